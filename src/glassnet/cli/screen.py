"""What a stream can show: how wide it is, whether colours and signs beyond ASCII arrive."""

import os
import shutil
import sys
from dataclasses import dataclass
from typing import IO, Any

import click

NARROWEST, WIDEST, USUAL = 60, 100, 80
SIGNS = "│⣿✓█–·"


@dataclass(frozen=True)
class Screen:
    """The width in characters, and what may be used in a text for this stream."""

    width: int = USUAL
    colour: bool = False
    ascii_only: bool = False

    @classmethod
    def of(cls, stream: IO[str] | None) -> "Screen":
        """Look at the stream and at NO_COLOR, FORCE_COLOR and TERM."""
        is_terminal = stream is not None and stream.isatty()
        width = USUAL
        if is_terminal:
            width = min(max(shutil.get_terminal_size((USUAL, 24)).columns, NARROWEST), WIDEST)
        return cls(width, wants_colour(is_terminal), not _takes(stream, SIGNS))

    @property
    def dash(self) -> str:
        """The sign between the two ends of an interval."""
        return "-" if self.ascii_only else "–"

    @property
    def dot(self) -> str:
        """The sign between two figures on a line."""
        return "-" if self.ascii_only else "·"


def wants_colour(is_terminal: bool) -> bool:
    """Colour on terminals that know it; NO_COLOR forbids it, FORCE_COLOR asks for it anyway."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"


def tell(text: str) -> None:
    """Write to standard output; whether there are colours in the text was decided before."""
    click.echo(text, color=True)


def standard_output() -> Screen:
    """What standard output can show."""
    return Screen.of(sys.stdout)


def _takes(stream: Any, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
