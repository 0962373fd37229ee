"""Blocks as text for a terminal: nothing is wider than the terminal, nothing is left out without a
sign."""

import unicodedata
from collections.abc import Sequence
from textwrap import wrap

from glassnet.insight.step.numbers import minus, short
from glassnet.insight.views.blocks import Block, Formula, Grid, Heading, Numbers, Rest, Sentence
from glassnet.insight.views.words import counted, printable
from glassnet.nn.arrays import Array

_INDENT, _MARGIN, _MORE = "  ", "      ", " …"
_GAP = 2
_NARROWEST = 6


def text_of(blocks: Sequence[Block], largest: int, width: int) -> str:
    """All blocks, one under the other."""
    lines: list[str] = []
    for place, block in enumerate(blocks):
        is_stage = isinstance(block, Heading) and block.level == 1
        if (is_stage or isinstance(block, Rest)) and place:
            lines.append("")
        lines += _lines(block, largest, width)
    return "\n".join(lines)


def _lines(block: Block, largest: int, width: int) -> list[str]:
    if isinstance(block, Heading):
        return _heading(block, width)
    if isinstance(block, Sentence):
        return _wrapped(printable(block.text), width, _INDENT)
    if isinstance(block, Formula):
        words = f"   {block.words}" if block.words else ""
        return _wrapped(f"{block.formula}{words}", width, _INDENT * 2)
    if isinstance(block, Numbers):
        return _quantity(block, largest, width)
    if isinstance(block, Grid):
        return _grid(block, width)
    return [printable(block.text)]


def _heading(heading: Heading, width: int) -> list[str]:
    if heading.level > 1:
        return ["", *_wrapped(printable(heading.text), width, _INDENT)]
    lines = wrap(printable(heading.text), width)
    return [*lines, "─" * max(map(len, lines))]


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return wrap(text, width, initial_indent=indent, subsequent_indent=indent + _INDENT)


def _quantity(block: Numbers, largest: int, width: int) -> list[str]:
    values = block.values
    told = "; ".join(filter(None, (block.formula, block.note)))
    if values.ndim == 0:
        line = f"  {block.layer}: {block.formula} = {float(values):.6g}"
        line += f"   {block.note}" if block.note else ""
        return _wrapped(line.strip(), width, _INDENT)
    sizes = zip(values.shape, (*block.axes, "", "", "")[: values.ndim], strict=False)
    shape = " × ".join(counted(size, axis) for size, axis in sizes)
    head = f"  {block.layer}  {block.symbol}  ({shape})"
    if not told:
        return [*_wrapped(head.strip(), width, _INDENT), *_numbers(values, largest, width)]
    if len(f"{head}   {told}") <= width:
        heads = [f"{head}   {told}"]
    else:
        heads = [*_wrapped(head.strip(), width, _INDENT), *_wrapped(told, width, "   ")]
    return [*heads, *_numbers(values, largest, width)]


def _numbers(values: Array, largest: int, width: int) -> list[str]:
    """The numbers in columns, the corner alone where there are too many."""
    table = values.reshape(1, -1) if values.ndim == 1 else values.reshape(len(values), -1)
    rows, columns = (min(size, largest) for size in table.shape)
    cells = [[short(value) for value in row[:columns]] for row in table[:rows]]
    widest = max((len(cell) for row in cells for cell in row), default=1)
    room = max(1, (width - len(_MARGIN) - len(_MORE)) // (widest + 1))
    columns = min(columns, room)
    more = _MORE if columns < table.shape[1] else ""
    lines = [
        _MARGIN + " ".join(cell.rjust(widest) for cell in row[:columns]) + more for row in cells
    ]
    if rows < len(table):
        left = len(table) - rows
        lines.append(f"{_MARGIN}… {left:,} more row{'s' * (left > 1)}")
    return lines


def _grid(grid: Grid, width: int) -> list[str]:
    """Aligned columns; the widest ones are broken into lines where all do not fit."""
    rows = [
        [minus(cell) if at in grid.right else printable(cell) for at, cell in enumerate(row)]
        for row in grid.rows
    ]
    table = [[printable(head) for head in grid.heads], *rows]
    widths = [max(map(_wide, column)) for column in zip(*table, strict=True)]
    marks = max(sum(len(cell) - _wide(cell) for cell in row) for row in table)
    room = width - len(_INDENT) - _GAP * (len(widths) - 1) - marks
    while sum(widths) > room:
        free = [at for at in range(len(widths)) if at not in grid.right or at == 0]
        widest = max(free, key=lambda at: widths[at])
        if widths[widest] <= _NARROWEST:
            break
        # Down to the next widest, or as far as is needed.
        others = sorted((widths[at] for at in free if at != widest), reverse=True)
        least = max(_NARROWEST, widths[widest] - (sum(widths) - room))
        widths[widest] = max(least, min(widths[widest] - 1, others[0] if others else 0))
    lines: list[str] = []
    for row in table:
        parts = [
            (wrap(cell, size) or [""]) if _wide(cell) > size else [cell]
            for cell, size in zip(row, widths, strict=True)
        ]
        for number in range(max(map(len, parts))):
            cells = [
                _aligned(part[number] if number < len(part) else "", size, at in grid.right)
                for at, (part, size) in enumerate(zip(parts, widths, strict=True))
            ]
            lines.append((_INDENT + (" " * _GAP).join(cells)).rstrip())
    return lines


def _aligned(text: str, size: int, right: bool) -> str:
    space = " " * max(0, size - _wide(text))
    return space + text if right else text + space


def _wide(text: str) -> int:
    """How many columns a text takes: a hat takes none, a sign of Chinese two."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )
