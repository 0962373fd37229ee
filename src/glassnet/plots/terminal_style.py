"""ANSI colours for text plots, told apart with every common colour blindness."""

RESET = "\x1b[0m"
# Bright enough on black and dark enough on white, in the 256-colour palette that terminals share.
SERIES = (32, 172, 36, 133)  # blue, orange, green-blue, purple
RIGHT, WRONG, FAINT = 32, 172, 244


def paint(text: str, colour: int, *, on: bool = True, bold: bool = False) -> str:
    """The text in a colour of the 256-colour palette; unchanged when colours are off."""
    if not on or not text:
        return text
    return f"\x1b[{'1;' if bold else ''}38;5;{colour}m{text}{RESET}"


def shorten(text: str, width: int, ascii_only: bool = False) -> str:
    """The text, or its beginning and an ellipsis, in at most `width` characters."""
    if len(text) <= width:
        return text
    mark = "~" if ascii_only else "…"
    return text[: max(width - 1, 0)] + mark
