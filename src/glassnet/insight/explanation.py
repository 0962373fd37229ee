"""An explanation as a plain object, and as text: each array with its symbol, formula, axes and
numbers."""

from dataclasses import dataclass

import numpy as np

from glassnet.nn.arrays import Array


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

    def text(self, largest: int = 8) -> str:
        """The explanation for a terminal; arrays above `largest` rows or columns show a corner."""
        return _text(self, largest)


def _text(explanation: Explanation, largest: int) -> str:
    """The five stages, one under the other."""
    lines: list[str] = []
    for number, stage in enumerate(explanation.stages, start=1):
        title = f"{number}. {stage.name.capitalize()}: {stage.purpose}"
        lines += [title, "─" * len(title)]
        for quantity in stage.quantities:
            lines += _quantity(quantity, largest)
        lines.append("")
    lines.append(
        f"The loss was {explanation.loss:.6g}; after this step it is {explanation.loss_after:.6g}."
    )
    return "\n".join(lines)


def _quantity(quantity: Quantity, largest: int) -> list[str]:
    values = quantity.values
    if values.ndim == 0:
        return [f"  {quantity.layer}: {quantity.formula} = {float(values):.6g}"]
    sizes = zip(values.shape, (*quantity.axes, "", "", "")[: values.ndim], strict=False)
    shape = " × ".join(f"{size} {axis}".strip() for size, axis in sizes)
    head = f"  {quantity.layer}  {quantity.symbol}  ({shape})   {quantity.formula}"
    return [head, *_numbers(values, largest)]


def _numbers(values: Array, largest: int) -> list[str]:
    """The numbers in columns, the corner alone where there are too many."""
    table = values.reshape(1, -1) if values.ndim == 1 else values.reshape(len(values), -1)
    rows, columns = (min(size, largest) for size in table.shape)
    cells = [[_short(value) for value in row[:columns]] for row in table[:rows]]
    width = max((len(cell) for row in cells for cell in row), default=1)
    more = " …" if columns < table.shape[1] else ""
    lines = ["      " + " ".join(cell.rjust(width) for cell in row) + more for row in cells]
    if rows < len(table):
        lines.append(f"      … {len(table) - rows} more rows")
    return lines


def _short(value: float) -> str:
    if isinstance(value, (np.integer, np.bool_)):
        return str(int(value))
    text = f"{float(value):.4f}"
    return f"{float(value):.3g}" if value != 0 and abs(value) < 1e-4 else text
