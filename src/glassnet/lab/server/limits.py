"""What a server bears, and what its sessions need of a connection."""

from dataclasses import dataclass
from typing import Protocol

# Why a connection is closed: a code, and the sentence that the page shows.
TAKEN = (4001, "This lab was opened in another window.")
BROKEN = (1011, "This lab broke down; reload the page for a new one.")
FULL = (4003, "The server is full.")


@dataclass(frozen=True)
class Limits:
    """What a server bears.

    sessions: at once, with those that nobody is connected to; idle: seconds that a session waits
    for its page to come back; message: bytes of a command; memory: bytes that a session may hold.
    """

    sessions: int = 40
    idle: float = 600.0
    message: int = 20 << 20
    memory: int = 512 << 20


class Link(Protocol):
    """A connection to a page. Both may be called from any thread, and return at once."""

    def send(self, data: bytes) -> None:
        """Send a bundle."""

    def close(self, code: int, reason: str) -> None:
        """Close it, with a sentence for the person."""
