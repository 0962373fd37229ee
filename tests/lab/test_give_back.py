"""What a session held is freed when it ends, though it refers to itself in circles."""

import gc
import weakref
from pathlib import Path

import pytest

from glassnet.lab.server.held import give_back
from glassnet.lab.server.limits import Limits
from glassnet.lab.session import Session
from lab.serving import eventually, living_threads, serving


def test_a_circle_is_freed_though_nobody_looks_for_garbage() -> None:
    class Circle:
        """Refers to itself."""

    one = Circle()
    one.own = one  # type: ignore[attr-defined]
    alive = weakref.ref(one)
    gc.disable()
    try:
        del one
        assert alive() is not None
        give_back()
        assert alive() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("ending", ["idle", "stopped"])
def test_a_session_is_freed_with_its_room(tmp_path: Path, ending: str) -> None:
    made: list[weakref.ref[Session]] = []

    def make_session() -> Session:
        session = Session()
        made.append(weakref.ref(session))
        return session

    before = living_threads()
    idle = 0.1 if ending == "idle" else 600.0
    with serving(tmp_path, Limits(idle=idle), make_session=make_session) as lab:
        with lab.page() as page:
            page.begin()
            page.say("play")
            page.until("status", playing=True)
            assert made[0]() is not None
        if ending == "idle":
            assert eventually(lambda: made[0]() is None)
    assert eventually(lambda: made[0]() is None and not living_threads() - before)
