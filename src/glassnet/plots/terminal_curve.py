"""Curves as text: braille dots (two by four in a character), or plain ASCII marks."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.plots.terminal_style import FAINT, SERIES, paint

# Bit of each dot in a braille character, by row (4) and column (2) of the cell; U+2800 is empty.
BRAILLE_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
ASCII_MARKS = "*o+x"
LOGARITHMIC_FROM = 30.0


def curve(
    values: ArrayLike | Mapping[str, ArrayLike],
    *,
    width: int = 72,
    height: int = 11,
    colour: bool = False,
    ascii_only: bool = False,
    best: int | None = None,
    x_label: str = "epoch",
) -> str:
    """A line plot of one series, or of several by name, against 1, 2, 3, …

    width (at least 30) and height (at least 3) are characters, the height that of the plot
    itself; below come the axis and its numbers, above the names of several series. best (from 1)
    is marked under the axis. Values that are all positive and change by more than a factor of
    30 are drawn on a logarithmic axis, which is then said. NaN and infinity leave a gap. Without
    colour, the second series is dashed.
    """
    series = {"": values} if not isinstance(values, Mapping) else values
    lines = {name: _checked(line, name) for name, line in series.items() if np.size(line)}
    if not lines or width < 30 or height < 3:
        raise InputError(
            f"curve: {len(lines)} series at {width} × {height} characters; "
            f"expected at least one value and 30 × 3 characters"
        )
    count = max(map(len, lines.values()))
    finite = np.concatenate([line[np.isfinite(line)] for line in lines.values()])
    if len(finite) == 0:
        return "(no finite value to draw)"
    low, high = float(finite.min()), float(finite.max())
    is_log = low > 0 and high > LOGARITHMIC_FROM * low
    ticks = _tick_texts(low, high, height, is_log)
    gutter = max(map(len, ticks.values()))
    columns = width - gutter - 2
    across, down = (1, 1) if ascii_only else (2, 4)
    dots = [
        _dots(line, count, low, high, is_log, columns * across, height * down)
        for line in lines.values()
    ]
    bar, tick, corner, flat = ("|", "+", "+", "-") if ascii_only else ("│", "┤", "└", "─")

    text = _legend(list(lines), is_log, colour, ascii_only)
    for row in range(height):
        label = ticks.get(row, "").rjust(gutter)
        cells = [
            _cell(dots, row, column, colour, ascii_only, across, down) for column in range(columns)
        ]
        edge = paint(f"{label} {tick if row in ticks else bar}", FAINT, on=colour)
        text.append(edge + "".join(cells).rstrip())
    text.append(paint(" " * (gutter + 1) + corner + flat * columns, FAINT, on=colour))
    numbers = _x_numbers(count, columns, x_label)
    text.append(paint(" " * (gutter + 2) + numbers, FAINT, on=colour))
    if best is not None:
        if not 1 <= best <= count:
            raise InputError(f"curve: best is {best}; expected 1 to {count}")
        text.append(" " * (gutter + 2) + _best_mark(best, count, columns, x_label, ascii_only))
    return "\n".join(line.rstrip() for line in text)


def _checked(line: ArrayLike, name: str) -> NDArray[np.float64]:
    numbers = np.asarray(line, dtype=np.float64)
    if numbers.ndim != 1:
        raise InputError(f"curve: {name or 'values'} has shape {numbers.shape}; expected (n,)")
    return numbers


def _tick_texts(low: float, high: float, height: int, is_log: bool) -> dict[int, str]:
    """The values at the top, middle and bottom row, in few digits."""
    middle = math.sqrt(low) * math.sqrt(high) if is_log else low / 2 + high / 2
    if low == high:
        return {(height - 1) // 2: f"{low:.3g}"}
    # Enough digits to tell the ends apart; halves, because high − low may overflow.
    share = (high / 2 - low / 2) / max(abs(low), abs(high))
    digits = max(3, 2 - math.floor(math.log10(share))) if share > 0 else 17
    places = {0: high, height - 1: low}
    if height % 2:
        places[height // 2] = middle
    return {row: f"{value:.{min(digits, 12)}g}" for row, value in places.items()}


def _dots(
    line: NDArray[np.float64],
    count: int,
    low: float,
    high: float,
    is_log: bool,
    columns: int,
    rows: int,
) -> NDArray[np.bool_]:
    """Which dots (rows, columns) the line passes: neighbours joined, columns never skipped."""
    drawn = np.zeros((rows, columns), dtype=bool)
    scaled, bottom, top = line, low, high
    if is_log:
        scaled = np.log(np.where(line > 0, line, np.nan))
        bottom, top = math.log(low), math.log(high)
    half_span = top / 2 - bottom / 2
    finite = np.where(np.isfinite(scaled), scaled, np.nan)
    share = (finite / 2 - bottom / 2) / half_span if half_span else 0.5 + 0 * finite
    y = (1 - share) * (rows - 1)
    kept = _telling_places(y, columns)
    y, x = y[kept], kept * ((columns - 1) / max(count - 1, 1))
    is_finite = np.isfinite(y)
    if len(line) == 1 and is_finite[0]:
        drawn[round(float(y[0])), 0] = True
    for k in range(len(y) - 1):
        if not (is_finite[k] and is_finite[k + 1]):
            if is_finite[k]:
                drawn[round(float(y[k])), round(float(x[k]))] = True
            continue
        steps = int(max(abs(y[k + 1] - y[k]), abs(x[k + 1] - x[k]))) + 1
        along = np.linspace(0, 1, steps + 1)
        rows_hit = np.rint(y[k] + along * (y[k + 1] - y[k])).astype(int)
        columns_hit = np.rint(x[k] + along * (x[k + 1] - x[k])).astype(int)
        drawn[rows_hit, columns_hit] = True
    return drawn


def _telling_places(y: NDArray[np.float64], columns: int) -> NDArray[np.intp]:
    """All places, or for long lines the lowest and highest of each column: no spike is lost."""
    n = len(y)
    if n <= 8 * columns:
        return np.arange(n)
    kept = {0, n - 1}
    size = -(-n // columns)
    for start in range(0, n, size):
        part = y[start : start + size]
        finite = np.flatnonzero(np.isfinite(part))
        if len(finite):
            kept.add(start + int(finite[part[finite].argmin()]))
            kept.add(start + int(finite[part[finite].argmax()]))
        else:
            kept.add(start)
    return np.array(sorted(kept))


def _cell(
    dots: list[NDArray[np.bool_]],
    row: int,
    column: int,
    colour: bool,
    ascii_only: bool,
    across: int,
    down: int,
) -> str:
    """One character: all series' dots in it, in the colour of the last one that passes."""
    bits, owner = 0, -1
    for i, drawn in enumerate(dots):
        # Dashes tell the second series from the first where no colour does.
        if i == 1 and not colour and not ascii_only and column % 3 == 2:
            continue
        block = drawn[row * down : (row + 1) * down, column * across : (column + 1) * across]
        if block.any():
            owner = i
            if not ascii_only:
                bits |= sum(BRAILLE_BITS[r][c] for r, c in np.argwhere(block))
    if owner < 0:
        return " "
    mark = ASCII_MARKS[owner % len(ASCII_MARKS)] if ascii_only else chr(0x2800 + bits)
    return paint(mark, SERIES[owner % len(SERIES)], on=colour)


def _legend(names: list[str], is_log: bool, colour: bool, ascii_only: bool) -> list[str]:
    """One line that names the series, where they have names, and the logarithmic axis."""
    parts = []
    for i, name in enumerate(names):
        sign = ASCII_MARKS[i % len(ASCII_MARKS)] * 2
        if not ascii_only:
            sign = "╌╌" if i == 1 and not colour else "──"
        if name:
            parts.append(f"{paint(sign, SERIES[i % len(SERIES)], on=colour)} {name}")
    if is_log:
        parts.append("(logarithmic axis)")
    return ["  " + "   ".join(parts)] if parts else []


def _x_numbers(count: int, columns: int, x_label: str) -> str:
    """The first and last number at their places, and what is counted between them."""
    if count == 1:
        return f"1 {x_label}"
    last = f"{count:,}"
    room = columns - 1 - len(last)
    return "1" + x_label.center(room)[:room] + last


def _best_mark(best: int, count: int, columns: int, x_label: str, ascii_only: bool) -> str:
    mark = "^" if ascii_only else "▲"
    place = round((best - 1) * (columns - 1) / max(count - 1, 1))
    text = f"best: {x_label} {best:,}"
    if place + 2 + len(text) <= columns:
        return " " * place + f"{mark} {text}"
    return f"{text} {mark}".rjust(place + 1)
