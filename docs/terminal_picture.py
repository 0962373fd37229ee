"""A terminal's text with its colours as an SVG that looks the same everywhere.

Letters are placed column by column. Braille dots and blocks, which every font draws differently,
are drawn as shapes. No font, script or address is referred to.
"""

import re
from html import escape

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

CELL_WIDTH, CELL_HEIGHT, SIZE = 8.4, 18.0, 14.0
MARGIN, BAR = 16.0, 34.0
PAPER, FRAME, INK = "#0f1419", "#2a3139", "#d8dee6"
THEME = TerminalTheme(
    (15, 20, 25), (216, 222, 230),
    [(72, 80, 90), (224, 108, 97), (126, 188, 111), (214, 170, 92), (86, 156, 214), (190, 132, 200),
     (92, 184, 186), (216, 222, 230)],
)  # fmt: skip
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

# Columns of a Braille sign's dots by bit: (x, y) in a grid of 2 by 4 (Unicode, chapter 21.1).
DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))


def terminal_svg(text: str, command: str) -> str:
    """The SVG of what `command` printed, escape sequences and all."""
    lines = text.rstrip("\n").splitlines()
    columns = max(Text.from_ansi(line).cell_len for line in lines)
    width = 2 * MARGIN + CELL_WIDTH * columns
    height = BAR + MARGIN + CELL_HEIGHT * len(lines) + MARGIN / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}" '
        f'width="{width:.0f}" role="img">',
        f"<title>{escape(command)}</title>",
        f'<rect x="0.5" y="0.5" width="{width - 1:.1f}" height="{height - 1:.1f}" rx="9" '
        f'fill="{PAPER}" stroke="{FRAME}"/>',
        f'<g font-family="{FONT}" font-size="{SIZE:g}">',
        f'<text x="{MARGIN:g}" y="23" fill="#8b95a1">$ <tspan fill="{INK}" font-weight="bold">'
        f"{escape(command)}</tspan></text>",
        f'<path d="M0 {BAR:g}H{width:.1f}" stroke="{FRAME}"/>',
    ]
    for row, line in enumerate(lines):
        parts += _line(line, BAR + MARGIN / 2 + CELL_HEIGHT * row)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _line(line: str, top: float) -> list[str]:
    """The elements of one line: runs of letters of one style, and shapes."""
    console = Console(color_system="truecolor", width=200, legacy_windows=False)
    parts: list[str] = []
    column = 0
    for segment in console.render(Text.from_ansi(line), console.options.update(no_wrap=True)):
        for run, is_shape in _runs(segment):
            x = MARGIN + CELL_WIDTH * column
            if segment.style is not None and segment.style.bgcolor is not None:
                paper = segment.style.bgcolor.get_truecolor(THEME).hex
                size = f'width="{CELL_WIDTH * len(run):.1f}" height="{CELL_HEIGHT:g}"'
                parts.append(f'<rect x="{x:.1f}" y="{top:.1f}" {size} fill="{paper}"/>')
            if is_shape:
                parts += _shapes(run, x, top, _colour(segment.style))
            else:
                parts += _letters(run, x, top, segment.style)
            column += len(run)
    return parts


def _runs(segment: Segment) -> list[tuple[str, bool]]:
    """The segment's text cut where letters and drawn signs meet."""
    runs: list[tuple[str, bool]] = []
    for sign in segment.text.rstrip("\n"):
        is_shape = "⠀" <= sign <= "⣿" or "▀" <= sign <= "▐" or sign in "│─┼┤└"
        if runs and runs[-1][1] == is_shape:
            runs[-1] = (runs[-1][0] + sign, is_shape)
        else:
            runs.append((sign, is_shape))
    return runs


def _letters(run: str, x: float, top: float, style: Style | None) -> list[str]:
    """A text element for each stretch without a gap: some viewers draw several spaces as one."""
    bold = ' font-weight="bold"' if style is not None and style.bold else ""
    return [
        f'<text x="{x + CELL_WIDTH * found.start():.1f}" y="{top + 13.5:.1f}" '
        f'textLength="{CELL_WIDTH * len(found[0]):.1f}" lengthAdjust="spacingAndGlyphs" '
        f'fill="{_colour(style)}"{bold}>{escape(found[0])}</text>'
        for found in re.finditer(r"\S+(?: \S+)*", run)
    ]


def _shapes(run: str, x: float, top: float, colour: str) -> list[str]:
    """Lines, blocks and dots, as one path each kind."""
    boxes, strokes, dots = [], [], []
    for place, sign in enumerate(run):
        left = x + CELL_WIDTH * place
        middle, centre = left + CELL_WIDTH / 2, top + CELL_HEIGHT / 2
        if "⠀" <= sign <= "⣿":
            dots += [
                f'<circle cx="{left + CELL_WIDTH * (0.27 + 0.46 * i):.1f}" '
                f'cy="{top + CELL_HEIGHT * (0.14 + 0.24 * j):.1f}" r="1.35"/>'
                for bit, (i, j) in enumerate(DOTS)
                if (ord(sign) - 0x2800) >> bit & 1
            ]
        elif sign in "│─┼┤└":
            up, down = sign in "│┼┤└", sign in "│┼┤"
            before, after = sign in "─┼┤", sign in "─┼└"
            strokes += [f"M{middle:.1f} {top:.1f}V{centre:.1f}"] * up
            strokes += [f"M{middle:.1f} {centre:.1f}V{top + CELL_HEIGHT:.1f}"] * down
            strokes += [f"M{left:.1f} {centre:.1f}H{middle:.1f}"] * before
            strokes += [f"M{middle:.1f} {centre:.1f}H{left + CELL_WIDTH:.1f}"] * after
        else:
            boxes.append(_block(sign, left, top))
    parts = [f'<path d="{"".join(boxes)}" fill="{colour}"/>'] * bool(boxes)
    parts += [f'<path d="{"".join(strokes)}" stroke="{colour}" fill="none"/>'] * bool(strokes)
    return parts + [f'<g fill="{colour}">{"".join(dots)}</g>'] * bool(dots)


def _block(sign: str, left: float, top: float) -> str:
    """A block element: eighths from the left or from below, or the upper half."""
    eighths = ord(sign) - 0x2580
    if sign == "▀":
        x, y, w, h = 0.0, 0.0, 1.0, 0.5
    elif sign == "▐":
        x, y, w, h = 0.5, 0.0, 0.5, 1.0
    elif eighths <= 8:
        x, y, w, h = 0.0, 1 - eighths / 8, 1.0, eighths / 8
    else:
        x, y, w, h = 0.0, 0.0, (16 - eighths) / 8, 1.0
    bar = 0.18 if w < 1 or sign == "█" else 0.0  # bars of one line do not touch the next
    y, h = (max(y, bar), h - 2 * bar) if h == 1.0 and bar else (y, h)
    return (
        f"M{left + x * CELL_WIDTH:.2f} {top + y * CELL_HEIGHT:.2f}h{w * CELL_WIDTH:.2f}"
        f"v{h * CELL_HEIGHT:.2f}h{-w * CELL_WIDTH:.2f}z"
    )


def _colour(style: Style | None) -> str:
    if style is None or style.color is None or style.color.is_default:
        return INK
    return style.color.get_truecolor(THEME).hex
