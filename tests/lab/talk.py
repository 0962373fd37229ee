"""Talking to a session in tests: commands in, the newest frame of each kind out."""

from typing import Any

from glassnet.lab.frames import Frame, decode
from glassnet.lab.session import Session
from glassnet.nn.arrays import Array


def news(session: Session) -> dict[str, Frame]:
    """The newest frame of each kind."""
    return {frame.kind: frame for frame in map(decode, session.frames())}


def tell(session: Session, arrays: dict[str, Array] | None = None, **command: Any) -> None:
    """A command that must succeed."""
    session.command(command, arrays)
    errors = [frame.words["message"] for frame in session._waiting if frame.kind == "error"]
    assert not errors, errors


def refused(session: Session, arrays: dict[str, Array] | None = None, **command: Any) -> str:
    """The sentence that a command is refused with."""
    session.command(command, arrays)
    frames = news(session)
    assert "error" in frames, list(frames)
    return str(frames["error"].words["message"])


def session_on(data: str, *views: str) -> Session:
    """A session on a data set, with the setting that it begins with."""
    session = Session()
    tell(session, do="open")
    tell(session, do="set", field="data", value=data)
    tell(session, do="want", views=list(views))
    return session
