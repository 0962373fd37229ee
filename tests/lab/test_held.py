"""The estimate of what a session holds: every array that hangs on it, each once."""

from array import array
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from glassnet.lab.server.held import held_bytes
from glassnet.lab.session import Session
from lab.serving import small_run

LARGE = 1 << 20


@dataclass
class Holder:
    """Something with a number first, and a large thing behind it."""

    count: int = 1
    thing: Any = None


@dataclass(slots=True)
class Slotted:
    """Something without a dictionary."""

    thing: Any = field(default=None)


THINGS = [
    np.zeros(LARGE // 8), bytes(LARGE), bytearray(LARGE), "a" * LARGE, array("d", bytes(LARGE)),
    [0.5] * (LARGE // 32), deque([1] * (LARGE // 32)), np.zeros((2, LARGE // 16))[0],
    np.frombuffer(bytes(LARGE), np.uint8),
]  # fmt: skip


@pytest.mark.parametrize("thing", THINGS, ids=lambda t: type(t).__name__)
@pytest.mark.parametrize(
    "wrapped",
    [lambda t: t, lambda t: [[t], t], lambda t: {"a": {1: (t,)}}, lambda t: Holder(3, t),
     lambda t: Slotted(Holder(0, Slotted(t)))],
)  # fmt: skip
def test_it_is_found_wherever_it_hangs_and_counted_once(thing: Any, wrapped: Any) -> None:
    assert 1.0 <= held_bytes(wrapped(thing)) / LARGE < 1.01


def test_a_circle_ends() -> None:
    holder = Holder()
    holder.thing = [holder, holder]
    assert held_bytes(holder) < 1000


def test_code_and_types_weigh_nothing() -> None:
    assert held_bytes([np, len, Holder, held_bytes, None, True, 1.5, np.float64(3)]) < 200


def test_a_session_weighs_more_with_a_larger_network_and_after_training() -> None:
    def opened(units: int) -> Session:
        session = Session()
        session.command({"do": "open", "run": small_run(units=units)})
        return session

    small, large = opened(4), opened(1000)
    assert held_bytes(large) - held_bytes(small) > 3000 * 8
    before = held_bytes(small)
    small.command({"do": "step", "count": 20_000})
    assert held_bytes(small) > before
