"""A page and its session over a real WebSocket: replies, a slow page, coming back, many at once."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from glassnet.lab.server.limits import Limits
from lab.serving import PATIENCE, Lab, Page, eventually, living_threads, serving, small_run

VIEWS = ["network", "units", "output", "loss"]


def steps_of(page: Page) -> int:
    """How many steps there were, by the next status."""
    return int(page.until("status").words["steps"])


def test_a_session_gets_nothing_by_itself(lab: Lab) -> None:
    with lab.page() as page:
        assert [frame.kind for frame in page.frames()] == ["session"]
        with pytest.raises(TimeoutError):
            page.frames(timeout=0.3)


def test_every_command_is_answered(lab: Lab) -> None:
    with lab.page() as page:
        page.begin()
        page.say("want", views=VIEWS)
        page.say("step", count=3)
        assert page.until("status", steps=3).words["playing"] is False
        page.say("ask", weight="hidden:1,2")
        assert "hidden" in page.until("answer").words["html"]
        page.say("take", what="toml")
        assert b"moons" in bytes(page.until("file").arrays["data"])


def test_playing_sends_and_pause_ends_it(lab: Lab) -> None:
    with lab.page() as page:
        page.begin()
        page.say("want", views=VIEWS)
        page.say("play")
        first, second = steps_of(page), 0
        while second <= first:
            second = steps_of(page)
        page.say("pause")
        stopped = page.until("status", playing=False).words["steps"]
        page.say("step")
        assert page.until("status", playing=False, steps=stopped + 1)
        with pytest.raises(TimeoutError):
            page.frames(timeout=0.3)


def test_a_slow_speed_is_kept_to(lab: Lab) -> None:
    """At 10 steps a second, however often the page says something."""
    with lab.page() as page:
        page.begin()
        page.say("play", speed=10)
        began, count = time.monotonic(), 0
        while count < 10:
            page.say("want", views=[])
            count = steps_of(page)
        assert time.monotonic() - began > 0.7
        page.say("pause")


def test_a_slow_page_gets_the_newest_and_nothing_old(lab: Lab) -> None:
    with lab.page() as page:
        page.begin()
        page.say("play", speed=100)
        page.frames(seen=False)
        with pytest.raises(TimeoutError):  # nothing more, as long as this was not seen
            page.frames(timeout=1.0)
        page.say("seen")
        kinds = [frame.kind for frame in page.frames(seen=False)]
        assert kinds.count("status") == 1
        page.say("seen")
        assert page.frames()[0].words["steps"] >= 80
        page.say("pause")


def test_a_reply_waits_for_a_page_that_has_not_seen(lab: Lab) -> None:
    with lab.page() as page:
        page.frames(seen=False)
        page.say("play")
        with pytest.raises(TimeoutError):
            page.frames(timeout=0.3)
        page.say("seen")
        assert [frame.kind for frame in page.frames()] == ["error"]


def test_who_comes_back_finds_the_run(lab: Lab) -> None:
    with lab.page() as page:
        page.begin()
        page.say("want", views=["network"])
        page.say("play")
        while steps_of(page) < 20:
            pass
        name = page.name
    time.sleep(0.2)  # nobody is connected: it stands still
    with lab.page(name) as page:
        found = page.frames()
        assert page.name == name and found[0].kind == "session"
        page.say("pause")
        assert page.until("status", playing=False).words["steps"] >= 20


def test_nothing_is_trained_while_nobody_is_there(lab: Lab) -> None:
    with lab.page() as page:
        page.begin()
        page.say("play", speed=1000)
        page.until("status", playing=True)
        name = page.name
    time.sleep(0.3)
    with lab.page(name) as page:
        page.say("pause")
        before = page.until("status", playing=False).words["steps"]
        assert before < 1000
    time.sleep(0.3)
    with lab.page(name) as page:
        assert page.until("status").words["steps"] == before


def test_a_page_that_comes_back_is_told_everything_anew(lab: Lab) -> None:
    with lab.page() as page:
        page.begin()
        page.say("want", views=VIEWS)
        page.say("step", count=5)
        page.until("loss")
    with lab.page(page.name) as again:
        kinds: set[str] = set()
        while not kinds >= {"session", "setting", "data", "status", "network", "output", "loss"}:
            kinds |= {frame.kind for frame in again.frames()}


def test_another_window_takes_over_and_the_first_is_told(lab: Lab) -> None:
    with lab.page() as first:
        first.begin()
        first.say("step", count=2)
        first.until("status", steps=2)
        with lab.page(first.name) as second:
            assert second.frames()[0].words["id"] == first.name
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    first.frames()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4001
            assert "another window" in closed.value.rcvd.reason
            second.say("step")
            second.until("status", steps=3)


def test_an_unknown_name_gets_a_new_session(lab: Lab) -> None:
    for name in ("no-such-session", "", "../x", "%00"):
        with lab.page(name) as page:
            page.frames()
            assert page.name not in ("", name)


def test_two_sessions_have_nothing_to_do_with_each_other(lab: Lab) -> None:
    with lab.page() as one, lab.page() as other:
        one.begin()
        other.begin(small_run(units=7))
        one.say("step", count=4)
        other.say("step", count=2)
        assert one.until("status", steps=4) and other.until("status", steps=2)
        assert one.name != other.name


def test_a_page_that_dies_in_the_midst_of_a_message_harms_nobody(lab: Lab) -> None:
    before = len(lab.app.state.rooms)
    with lab.page() as page:
        page.begin()
        page.say("play")
        page.frames(seen=False)
        raw = page.socket.socket
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raw.sendall(b"\x82\xfe\xff\xff")  # the beginning of a message, and no more
        page.socket.socket.shutdown(socket.SHUT_RDWR)
    with lab.page(page.name) as again:
        again.say("pause")
        again.until("status", playing=False)
    assert len(lab.app.state.rooms) == before + 1


@pytest.fixture
def class_room(tmp_path: Path) -> Iterator[Lab]:
    """A server for twenty."""
    with serving(tmp_path, Limits(sessions=20)) as running:
        yield running


def test_twenty_that_train_all_answer(class_room: Lab) -> None:
    with contextlib.ExitStack() as stack:
        pages = [stack.enter_context(class_room.page()) for _ in range(20)]
        for page in pages:
            page.begin(small_run(units=16))
            page.say("want", views=VIEWS)
            page.say("play")
        for page in pages:
            page.until("status", playing=True)
        waits = []
        for page in pages:
            asked = time.monotonic()
            page.say("pause")
            page.until("status", playing=False)
            waits.append(time.monotonic() - asked)
            page.say("play")
        assert max(waits) < PATIENCE / 2


def test_many_at_once_come_to_the_bits_of_each_alone(class_room: Lab) -> None:
    def parameters(page: Page) -> list[bytes]:
        page.say("want", views=["network"])
        arrays = page.until("network", step=3000).arrays
        return [arrays[name].tobytes() for name in sorted(arrays)]

    runs = [small_run(units=units) for units in (5, 16, 40, 5)]
    alone = []
    for run in runs:
        with class_room.page() as page:
            page.begin(run)
            page.say("step", count=3000)
            alone.append(parameters(page))
    with contextlib.ExitStack() as stack:
        pages = [stack.enter_context(class_room.page()) for _ in runs]
        for page, run in zip(pages, runs, strict=True):
            page.begin(run)
        for page in pages:
            page.say("step", count=3000)
        assert [parameters(page) for page in pages] == alone
    assert alone[0] == alone[3] != alone[1]


def test_the_memory_of_a_session_goes_with_its_page(tmp_path: Path) -> None:
    before = living_threads()
    with serving(tmp_path, Limits(idle=0.2)) as lab:
        with lab.page() as page:
            page.begin()
            page.say("play")
            page.until("status", playing=True)
            assert len(living_threads() - before) == 1
        assert eventually(lambda: len(lab.app.state.rooms) == 0)
        assert eventually(lambda: not living_threads() - before)
        with lab.page(page.name) as page:
            page.frames()
            assert page.name and len(lab.app.state.rooms) == 1
    assert eventually(lambda: not living_threads() - before)
