"""What comes from a page: a command as JSON, or with arrays as the bytes of a frame."""

from typing import Any

import msgspec

from glassnet.errors import GlassnetError, InputError
from glassnet.lab.frames import decode

SEEN = {"do": "seen"}


def is_seen(message: str | bytes) -> bool:
    """Whether a message says that the page has shown the last bundle; no work to find out."""
    if not isinstance(message, str) or len(message) > 40 or "seen" not in message:
        return False
    try:
        return bool(msgspec.json.decode(message) == SEEN)
    except (ValueError, RecursionError):
        return False


def read_message(message: str | bytes, most: int) -> tuple[Any, dict[str, Any] | None]:
    """The command in a message and its arrays. Raises ``InputError`` for what is none."""
    if len(message) > most:
        raise InputError(
            f"a message of {len(message) / 1e6:.1f} MB is more than the {most / 1e6:.0f} MB that "
            "the lab takes: give a part of the file"
        )
    try:
        if isinstance(message, str):
            return msgspec.json.decode(message), None
        frame = decode(message)
        return {**frame.words, "do": frame.kind}, frame.arrays
    except GlassnetError:
        raise
    except (ValueError, RecursionError, TypeError, OverflowError) as error:
        raise InputError(f"the message is no command: {str(error)[:200]}") from None
