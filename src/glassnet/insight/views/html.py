"""Blocks as HTML that is XML as well: formulas in MathML, numbers in tables, no script, no address.

Everything from outside is escaped; the page's own colours follow the reader's dark or light.
"""

from collections.abc import Sequence
from html import escape

from glassnet.insight.step.numbers import minus, short
from glassnet.insight.views.blocks import Block, Formula, Grid, Heading, Numbers, Rest, Sentence
from glassnet.insight.views.mathml import mathml
from glassnet.insight.views.pixel_map import pixel_map
from glassnet.insight.views.words import counted, is_formula, printable
from glassnet.nn.arrays import Array

Pictures = Sequence[tuple[str, Array]]

# The part of a page that may stand on another page: everything is below its own class.
_STYLE = """
.glassnet-step { color-scheme: light dark; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0;
  --paper: #ffffff; --shade: #f6f8fa; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
@media (prefers-color-scheme: dark) { .glassnet-step { --ink: #e6edf3; --faint: #9198a1;
  --line: #3d444d; --paper: #0d1117; --shade: #151b23; } }
.glassnet-step h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line);
  padding-bottom: .25rem; }
.glassnet-step h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
.glassnet-step p { margin: .5rem 0; }
.glassnet-step .wide { overflow-x: auto; margin: .5rem 0 1rem; }
.glassnet-step table { border-collapse: collapse; font-variant-numeric: tabular-nums;
  font-size: .9rem; }
.glassnet-step caption { text-align: left; white-space: nowrap; padding: .25rem 0; }
.glassnet-step caption .shape, .glassnet-step .note { color: var(--faint); }
.glassnet-step th, .glassnet-step td { border: 1px solid var(--line); padding: .2rem .5rem;
  text-align: left; font-weight: normal; }
.glassnet-step th { background: var(--shade); color: var(--faint); }
.glassnet-step th:first-child { white-space: nowrap; }
.glassnet-step td.number { text-align: right; white-space: nowrap; }
.glassnet-step figure { margin: 1rem 0; }
.glassnet-step figcaption { color: var(--faint); font-size: .9rem; }
.glassnet-step .rest { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: .75rem; }
"""


def html_page(blocks: Sequence[Block], largest: int, pictures: Pictures = ()) -> str:
    """A whole page."""
    body = "background: light-dark(#ffffff, #0d1117); color-scheme: light dark; margin: 0"
    return (
        "<!DOCTYPE html>\n"
        '<html xmlns="http://www.w3.org/1999/xhtml" lang="en">\n<head>\n<meta charset="utf-8" />\n'
        '<meta name="viewport" content="width=device-width" />\n'
        f'<title>One training step, explained</title>\n</head>\n<body style="{body}">\n'
        f"{html_fragment(blocks, largest, pictures)}\n</body>\n</html>\n"
    )


def html_fragment(blocks: Sequence[Block], largest: int, pictures: Pictures = ()) -> str:
    """A part of a page, with its own style."""
    parts = [f'<div class="glassnet-step">\n<style>{_STYLE}</style>']
    drawn = [
        f"<figure>{pixel_map(values, title)}<figcaption>{_text(title)}</figcaption></figure>"
        for title, values in pictures
    ]
    for block in blocks:
        if isinstance(block, Rest):
            parts += drawn
        parts.append(block_html(block, largest))
    return "\n".join([*parts, "</div>"])


def block_html(block: Block, largest: int) -> str:
    """One block."""
    if isinstance(block, Heading):
        tag = "h2" if block.level == 1 else "h3"
        return f"<{tag}>{_text(block.text)}</{tag}>"
    if isinstance(block, Sentence):
        return f"<p>{_text(block.text)}</p>"
    if isinstance(block, Formula):
        words = f" {_text(block.words)}" if block.words else ""
        return f"<p>{mathml(block.formula, block=not words)}{words}</p>"
    if isinstance(block, Numbers):
        return _quantity(block, largest)
    if isinstance(block, Grid):
        return _grid(block)
    return f'<p class="rest">{_text(block.text)}</p>'


def _quantity(block: Numbers, largest: int) -> str:
    values = block.values
    if values.ndim == 0:
        note = f' <span class="note">{_text(block.note)}</span>' if block.note else ""
        value = minus(f"{float(values):.6g}")
        return f"<p>{_text(block.layer)}: {mathml(f'{block.formula} = {value}')}{note}</p>"
    sizes = zip(values.shape, (*block.axes, "", "", "")[: values.ndim], strict=False)
    shape = " × ".join(counted(size, axis) for size, axis in sizes)
    told = [mathml(block.formula)] if block.formula else []
    told += [f'<span class="note">{_text(block.note)}</span>'] if block.note else []
    caption = (
        f"<caption>{_text(block.layer)} {mathml(block.symbol)} "
        f'<span class="shape">({_text(shape)})</span> {"; ".join(told)}</caption>'
    )
    return f'<div class="wide"><table>{caption}{_numbers(block, largest)}</table></div>'


def _numbers(block: Numbers, largest: int) -> str:
    """Rows with the number of each sample or input, columns with that of each unit."""
    values, axes = block.values, [*block.axes, "", ""]
    by_sample = values.ndim == 1 and axes[0] == "samples"
    is_row = values.ndim == 1 and not by_sample  # a bias, added to every row
    table = values.reshape(1, -1) if is_row else values.reshape(len(values), -1)
    rows, columns = (min(size, largest) for size in table.shape)
    more = columns < table.shape[1]
    corner = " \\ ".join(filter(None, axes[:2]))
    numbers = [""] if by_sample else [str(number) for number in range(1, columns + 1)]
    heads = [corner, *numbers, *(["…"] if more else [])]
    lines = ["<tr>" + "".join(f'<th scope="col">{_text(head)}</th>' for head in heads) + "</tr>"]
    for place, row in enumerate(table[:rows]):
        cells = "".join(
            f'<td class="number">{_text(minus(short(value)))}</td>' for value in row[:columns]
        )
        cells += "<td>…</td>" if more else ""
        called = "" if is_row else block.rows[place] if block.rows else str(place + 1)
        lines.append(f'<tr><th scope="row">{_text(called)}</th>{cells}</tr>')
    if rows < len(table):
        left = counted(len(table) - rows, "more rows")
        lines.append(f'<tr><td colspan="{len(heads)}">… {_text(left)}</td></tr>')
    return "".join(lines)


def _grid(grid: Grid) -> str:
    heads = [mathml(head) if is_formula(head) else _text(head) for head in grid.heads]
    lines = ["<tr>" + "".join(f'<th scope="col">{head}</th>' for head in heads) + "</tr>"]
    for row in grid.rows:
        cells = []
        for at, cell in enumerate(row):
            shown = (
                mathml(cell) if at in grid.formulas and cell else _text(minus_of(cell, at, grid))
            )
            number = ' class="number"' if at in grid.right else ""
            cells.append(f"<td{number}>{shown}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f'<div class="wide"><table>{"".join(lines)}</table></div>'


def minus_of(cell: str, at: int, grid: Grid) -> str:
    """A number's own minus sign."""
    return minus(cell) if at in grid.right else cell


def _text(text: str) -> str:
    return escape(printable(text))
