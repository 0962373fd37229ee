"""What a fault becomes for the person at the terminal: one sentence and an exit code."""

import errno
import os
import re
import sys

import click

from glassnet.errors import GlassnetError

WRONG_INPUT, UNEXPECTED, INTERRUPTED = 2, 1, 130


class InterruptedRunError(Exception):
    """Ctrl-C stopped the command; the sentence says what was kept."""


def explain(error: BaseException) -> tuple[str, int]:
    """The sentence that tells the person what happened and what to do, and the exit code."""
    if isinstance(error, InterruptedRunError):
        return one_line(str(error)), INTERRUPTED
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return "interrupted; nothing was saved", INTERRUPTED
    if isinstance(error, GlassnetError):
        return one_line(str(error)), WRONG_INPUT
    if isinstance(error, click.ClickException):
        return _usage(error), WRONG_INPUT
    if isinstance(error, MemoryError):
        return "there is not enough memory; give fewer samples or a smaller network", WRONG_INPUT
    if isinstance(error, OSError):
        return _system(error), WRONG_INPUT
    name, told = type(error).__name__, one_line(str(error))
    return (
        f"this should not happen ({name}{': ' * bool(told)}{told}); "
        "run it again with --debug for the traceback",
        UNEXPECTED,
    )


def one_line(text: str) -> str:
    """The text on one line; characters that would move the cursor are written out."""
    joined = re.sub(r"\s*[\r\n]+\s*", " ", text.strip())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in joined)


def silence_output() -> None:
    """Send what is still to be written nowhere: nobody reads it, or it cannot be written."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return


def _usage(error: click.ClickException) -> str:
    message = one_line(error.format_message()).rstrip(".").replace(". Did you", "; did you")
    message = message[:1].lower() + message[1:]
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message} (see '{error.ctx.command_path} --help')"
    return message


def _system(error: OSError) -> str:
    reason = one_line(error.strerror or str(error) or type(error).__name__)
    place = repr(os.fspath(error.filename)) if error.filename else "standard output"
    if error.errno == errno.ENOSPC:
        return f"{place} could not be written: {reason}; make room and run it again"
    if error.filename is None:
        return f"the system refused: {reason}"
    return f"{place}: {reason}"
