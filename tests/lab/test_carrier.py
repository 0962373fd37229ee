"""The carrier of the browser's worker: one bundle at a time, slices, faults as sentences."""

import json
from typing import Any

import numpy as np
import pytest

from glassnet.lab.frames import Frame, encode, unbundle
from glassnet.lab.session import Session
from glassnet.lab.static import carrier as module
from glassnet.lab.static.carrier import IDLE, Carrier


class Clock:
    """Time that goes on when it is told to, and a little with each look."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 1e-4
        return self.now


def carried(session: type[Session] = Session) -> tuple[Carrier, Clock]:
    clock = Clock()
    made = Carrier(session, clock)
    for command in ({"do": "open"}, {"do": "want", "views": ["loss"]}):
        made.receive(json.dumps(command))
    return made, clock


def heard(made: Carrier, clock: Clock) -> list[Frame]:
    """What the page hears next; it shows it at once."""
    clock.now += 1
    data = made.next_bundle()
    made.receive('{"do":"seen"}')
    return unbundle(data) if data else []


def words(frames: list[Frame], kind: str) -> dict[str, Any]:
    return next(frame.words for frame in reversed(frames) if frame.kind == kind)


def test_it_is_idle_until_something_is_asked() -> None:
    made = Carrier(clock=Clock())
    assert made.turn() == IDLE and made.next_bundle() is None


def test_one_bundle_is_unseen_at_most() -> None:
    made, clock = carried()
    clock.now += 1
    assert made.next_bundle() is not None
    made.receive('{"do":"play"}')
    for _ in range(3):
        assert made.turn() == 0.0  # it trains meanwhile
        clock.now += 1
        assert made.next_bundle() is None
    made.receive('{"do":"seen"}')
    assert words(heard(made, clock), "status")["step"] > 0


def test_pause_is_told_and_then_it_is_idle() -> None:
    made, clock = carried()
    made.receive('{"do":"play"}')
    made.turn()
    assert words(heard(made, clock), "status")["playing"]
    made.receive('{"do":"pause"}')
    assert not words(heard(made, clock), "status")["playing"]
    made.turn()
    heard(made, clock)
    assert made.turn() == IDLE


def test_a_set_speed_is_kept() -> None:
    made, clock = carried()
    heard(made, clock)
    made.receive('{"do":"play","speed":50}')
    began = clock.now
    while clock.now < began + 4:
        wait = made.turn()
        clock.now += max(wait, 1e-3)
    steps = words(heard(made, clock), "status")["step"]
    assert steps == pytest.approx(200, abs=10)


def test_bundles_wait_for_their_time() -> None:
    made, clock = carried()
    heard(made, clock)
    made.receive('{"do":"step"}')
    clock.now += 1
    assert made.next_bundle() is not None
    made.receive('{"do":"seen"}')
    made.receive('{"do":"step"}')
    assert made.next_bundle() is None and 0 < made.turn() <= module.BETWEEN
    assert heard(made, clock) != []


def test_a_command_with_arrays_is_a_frame() -> None:
    made, clock = carried()
    heard(made, clock)
    arrays = {"points": np.zeros((2, 2), np.float32), "targets": np.array([0, 1], np.int32)}
    made.receive(encode(Frame("points", {}, arrays)))
    kinds = {frame.kind for frame in heard(made, clock)}
    assert kinds & {"data", "error"}


@pytest.mark.parametrize("message", ["{", "7", '"seen"', "[]", b"", b"\xff" * 20, '{"do":"fly"}'])
def test_what_is_no_command_is_a_sentence(message: str | bytes) -> None:
    made, clock = carried()
    heard(made, clock)
    made.receive(message)
    assert words(heard(made, clock), "error")["message"]


class Broken(Session):
    """A session that fails in a way that nobody foresaw."""

    def work(self, seconds: float = 0.02) -> bool:
        """Fail."""
        raise MemoryError


def test_an_unforeseen_fault_pauses_and_is_told() -> None:
    made, clock = carried(Broken)
    heard(made, clock)
    made.receive('{"do":"play"}')
    made.turn()
    frames = heard(made, clock)
    assert "not enough memory" in words(frames, "error")["message"]
    assert not made.session.playing
    made.receive('{"do":"step"}')
    assert words(heard(made, clock), "status")["step"] == 1
