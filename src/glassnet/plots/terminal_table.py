"""The confusion matrix as a text table; where it is too wide, the most common mistakes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.plots.terminal_style import FAINT, RIGHT, WRONG, paint, shorten

LONGEST_LABEL = 14
MOST_MISTAKES = 12


def confusion(
    matrix: ArrayLike,
    labels: Sequence[Any],
    *,
    width: int = 80,
    colour: bool = False,
    ascii_only: bool = False,
) -> str:
    """Counts (k, k) as a table: rows = true class, columns = predicted class, zeros as dots.

    Long labels are shortened. A table wider than `width` gives way to a list of the most common
    mistakes.
    """
    counts = np.asarray(matrix)
    names = [str(label) for label in labels]
    k = len(names)
    if counts.shape != (k, k) or k == 0:
        raise InputError(
            f"confusion table: matrix {counts.shape} with {k} labels; expected {k} × {k}"
        )
    zero = "." if ascii_only else "·"
    texts = [[_number(value) if value else zero for value in row] for row in counts.tolist()]
    row_label = min(max(map(len, [*names, "true"])), LONGEST_LABEL)
    number = max(len(text) for row in texts for text in row)
    room = (width - row_label - 2) // k - 2
    if room < number:
        return _mistakes(counts, names, width, colour, ascii_only)
    cell = max(number, min(max(map(len, names)), room, LONGEST_LABEL)) + 2
    bar, cross, flat = ("|", "+", "-") if ascii_only else ("│", "┼", "─")

    heads = [shorten(name, cell - 2, ascii_only).rjust(cell) for name in names]
    lines = [
        " " * (row_label + 2) + paint("  predicted", FAINT, on=colour),
        paint("true".ljust(row_label) + f" {bar}", FAINT, on=colour) + "".join(heads),
        paint(flat * (row_label + 1) + cross + flat * (cell * k), FAINT, on=colour),
    ]
    for i, name in enumerate(names):
        row = shorten(name, row_label, ascii_only).ljust(row_label)
        cells = []
        for j, text in enumerate(texts[i]):
            shade = FAINT if counts[i, j] == 0 else RIGHT if i == j else WRONG
            bold = counts[i, j] != 0
            cells.append(paint(text.rjust(cell), shade, on=colour, bold=bold))
        lines.append(f"{row} {paint(bar, FAINT, on=colour)}" + "".join(cells))
    return "\n".join(line.rstrip() for line in lines)


def _mistakes(
    counts: NDArray[Any], names: list[str], width: int, colour: bool, ascii_only: bool
) -> str:
    """The most common pairs of true and predicted class, the commonest first."""
    k = len(names)
    arrow, times = ("->", "x") if ascii_only else ("→", "×")
    pairs = [(counts[i, j], -i, -j) for i in range(k) for j in range(k) if i != j and counts[i, j]]
    pairs.sort(reverse=True)
    if not pairs:
        return f"{k} classes, no mistakes"
    lines = [f"{k} classes; most common mistakes (true {arrow} predicted):"]
    longest = (width - 16) // 2
    wide = max(len(_number(count)) for count, _, _ in pairs)
    for count, i, j in pairs[:MOST_MISTAKES]:
        true, predicted = (shorten(names[-place], longest, ascii_only) for place in (i, j))
        number = paint(_number(count).rjust(wide), WRONG, on=colour, bold=True)
        lines.append(f"  {number} {times} {true} {arrow} {predicted}")
    if len(pairs) > MOST_MISTAKES:
        lines.append(f"  and {len(pairs) - MOST_MISTAKES} more kinds")
    return "\n".join(lines)


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)
