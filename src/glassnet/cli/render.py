"""Text for the terminal: aligned columns, blocks side by side, bars, faint and bold words."""

import re
from collections.abc import Iterable, Sequence

from glassnet.cli.screen import Screen

FAINT, ACCENT, WARNING = "38;5;244", "38;5;32", "38;5;172"
_CODES = re.compile(r"\x1b\[[0-9;]*m")


def painted(text: str, code: str, screen: Screen) -> str:
    """The text in an ANSI style, where the screen has colours."""
    return f"\x1b[{code}m{text}\x1b[0m" if screen.colour and text else text


def faint(text: str, screen: Screen) -> str:
    """Text that stands back."""
    return painted(text, FAINT, screen)


def bold(text: str, screen: Screen) -> str:
    """Text that stands out."""
    return painted(text, "1", screen)


def wide(text: str) -> int:
    """How many characters of the text are seen."""
    return len(_CODES.sub("", text))


def padded(text: str, width: int) -> str:
    """The text, filled up with spaces to `width` visible characters."""
    return text + " " * max(0, width - wide(text))


def columns(rows: Iterable[Sequence[str]], *, right: Sequence[int] = (), gap: int = 2) -> list[str]:
    """Rows of cells as aligned lines; the columns numbered in `right` end at one place."""
    table = [tuple(row) for row in rows]
    if not table:
        return []
    widths = [max(wide(cell) for cell in column) for column in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = [
            " " * (width - wide(cell)) + cell if place in right else padded(cell, width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((" " * gap).join(cells).rstrip())
    return lines


def beside(left: str, right: str, gap: int = 4) -> str:
    """Two blocks of lines next to each other."""
    a, b = left.split("\n"), right.split("\n")
    width = max(map(wide, a))
    height = max(len(a), len(b))
    a += [""] * (height - len(a))
    b += [""] * (height - len(b))
    lines = (padded(x, width + gap) + y for x, y in zip(a, b, strict=True))
    return "\n".join(line.rstrip() for line in lines)


def width_of(block: str) -> int:
    """The visible width of the widest line."""
    return max(map(wide, block.split("\n")))


def bar(share: float, width: int, screen: Screen) -> str:
    """A bar of share · width characters, exact to an eighth where the screen has the signs."""
    share = min(max(share, 0.0), 1.0)
    if screen.ascii_only:
        return "#" * round(share * width)
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8]).strip()


def shortened(text: str, width: int, screen: Screen) -> str:
    """The text, its middle left out where it is wider than `width`."""
    if len(text) <= width:
        return text
    mark = "~" if screen.ascii_only else "…"
    head = (width - 1) // 2
    return text[:head] + mark + text[len(text) - (width - 1 - head) :]


def packed(parts: Sequence[str], gap: str, width: int) -> list[str]:
    """The parts one after another with `gap` between, in as few lines of `width` as will do."""
    lines: list[str] = []
    for part in parts:
        if lines and wide(lines[-1] + gap + part) <= width:
            lines[-1] += gap + part
        else:
            lines.append(part)
    return lines


def listing(rows: Iterable[tuple[str, str]], width: int, gap: int = 3) -> list[str]:
    """Names with their texts beside them, the texts wrapped into `width`."""
    from textwrap import wrap

    pairs = list(rows)
    left = max((wide(name) for name, _ in pairs), default=0)
    lines = []
    for name, text in pairs:
        parts = wrap(text, max(width - left - gap, 20)) or [""]
        lines.append(padded(name, left + gap) + parts[0])
        lines += [" " * (left + gap) + part for part in parts[1:]]
    return [line.rstrip() for line in lines]


def percent(share: float) -> str:
    """A share as a percentage with one decimal; only all is 100 and only nothing is 0."""
    text = f"{100 * share:.1f}"
    if text == "100.0" and share < 1:
        text = ">99.9"
    elif text == "0.0" and share > 0:
        text = "<0.1"
    return f"{text} %"


def seconds(time: float) -> str:
    """A duration in words short enough for a line."""
    if time < 1:
        return f"{time:.2f} s"
    if time < 60:
        return f"{time:.1f} s"
    minutes, rest = divmod(round(time), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def size(count: float) -> str:
    """A number of bytes in kB, MB or GB."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
