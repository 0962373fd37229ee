"""An explanation as a plain object, and as text: each array with its symbol, formula, axes and
numbers."""

from dataclasses import dataclass

import numpy as np

from glassnet.nn.arrays import Array

_MARGIN, _MORE = "      ", " …"
_LONGEST = 8  # so that eight numbers fit into a line of 80 characters


@dataclass(frozen=True)
class Quantity:
    """One array: its symbol, where it belongs, its formula, the names of its axes, its numbers."""

    symbol: str
    layer: str
    formula: str
    axes: tuple[str, ...]
    values: Array


@dataclass(frozen=True)
class Stage:
    """A part of a step, with what it works out."""

    name: str
    purpose: str
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True)
class Explanation:
    """A step in five stages; `loss` before the update, `loss_after` after it, same samples."""

    stages: tuple[Stage, ...]
    loss: float
    loss_after: float

    def text(self, largest: int = 8, width: int = 80) -> str:
        """The explanation for a terminal of `width` characters.

        Arrays above `largest` rows or columns, or wider than the terminal, show a corner and "…".
        """
        return _text(self, largest, width)


def _text(explanation: Explanation, largest: int, width: int) -> str:
    """The five stages, one under the other."""
    lines: list[str] = []
    for number, stage in enumerate(explanation.stages, start=1):
        title = f"{number}. {stage.name.capitalize()}: {stage.purpose}"
        lines += [title, "─" * len(title)]
        for quantity in stage.quantities:
            lines += _quantity(quantity, largest, width)
        lines.append("")
    lines.append(
        f"The loss was {explanation.loss:.8g}; after this step it is {explanation.loss_after:.8g}."
    )
    return "\n".join(lines)


def _quantity(quantity: Quantity, largest: int, width: int) -> list[str]:
    values = quantity.values
    if values.ndim == 0:
        return [f"  {quantity.layer}: {quantity.formula} = {float(values):.6g}"]
    sizes = zip(values.shape, (*quantity.axes, "", "", "")[: values.ndim], strict=False)
    shape = " × ".join(_counted(size, axis) for size, axis in sizes)
    head = f"  {quantity.layer}  {quantity.symbol}  ({shape})"
    formula = f"   {quantity.formula}"
    heads = [head + formula] if len(head + formula) <= width else [head, "   " + formula]
    return [*heads, *_numbers(values, largest, width)]


def _counted(size: int, axis: str) -> str:
    """A size with the name of its axis, which is a plural: 2 samples, but 1 sample."""
    return f"{size} {axis.removesuffix('s') if size == 1 else axis}".strip()


def _numbers(values: Array, largest: int, width: int) -> list[str]:
    """The numbers in columns, the corner alone where there are too many."""
    table = values.reshape(1, -1) if values.ndim == 1 else values.reshape(len(values), -1)
    rows, columns = (min(size, largest) for size in table.shape)
    cells = [[_short(value) for value in row[:columns]] for row in table[:rows]]
    widest = max((len(cell) for row in cells for cell in row), default=1)
    room = max(1, (width - len(_MARGIN) - len(_MORE)) // (widest + 1))
    columns = min(columns, room)
    more = _MORE if columns < table.shape[1] else ""
    lines = [
        _MARGIN + " ".join(cell.rjust(widest) for cell in row[:columns]) + more for row in cells
    ]
    if rows < len(table):
        left = len(table) - rows
        lines.append(f"{_MARGIN}… {left} more row{'s' * (left > 1)}")
    return lines


def _short(value: float) -> str:
    """A number in at most eight characters, if its exponent has two digits."""
    if isinstance(value, (np.integer, np.bool_)):
        return str(int(value))
    number = float(value) + 0.0  # -0.0 becomes 0.0
    if number != 0 and not 1e-4 <= abs(number) < 1e6:
        return f"{number:.1e}"
    text = f"{number:.4f}"
    return text if len(text) <= _LONGEST else f"{number:.{_LONGEST - 2}g}"
