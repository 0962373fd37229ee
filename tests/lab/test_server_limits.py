"""What a server bears, and what it does with what nobody should send."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from glassnet.lab.commands import KINDS
from glassnet.lab.frames import Frame, encode
from glassnet.lab.messages import is_seen, read_message
from glassnet.lab.server.limits import Limits
from glassnet.lab.server.worker import MOST_WAITING
from glassnet.lab.session import Session
from lab.serving import Lab, Page, eventually, serving, small_run

HOSTILE = [
    "", "{", "null", "true", "3", '"play"', "[]", "[[[[", "{}", '{"do": 3}', '{"do": null}',
    '{"do": ["play"]}', '{"do": {"do": "play"}}', '{"do": "play", "speed": -1}',
    '{"do": "play", "speed": 1e999}', '{"do": "play", "speed": NaN}', '{"do": "play", "x": 1}',
    '{"do": "step", "count": 1e30}', '{"do": "step", "count": ' + "9" * 5000 + "}",
    '{"do": "seek", "step": -1}', '{"do": "open", "run": 3}',
    '{"do": "open", "run": {"data": {"path": "/etc/passwd"}}}',
    '{"do": "open", "run": {"seed": ' + "8" * 400 + "}}",
    '{"do": "open", "run": {"data": {"name": "moons", "options": {"n": 1000000000}}}}',
    "[" * 100_000, '{"do":' * 50_000, '{"do": "' + "a" * 100_000 + '"}', '{"do": "\\ud800"}',
    '{"do": "want", "views": ["' + "network" * 1000 + '"]}', "\x00", "\ufeff{}", "seen",
    '{"do": "seen", "x": 1}', '{"do": "session", "id": "x"}',
    b"", b"\x00", b"\xff" * 4, b"\xff\xff\xff\xff" + b"{" * 100, b"\x02\x00\x00\x00{}",
    b"\x04\x00\x00\x00null", b"\x02\x00\x00\x00[]", (1 << 31).to_bytes(4, "little"),
]  # fmt: skip


def a_frame(header: Any, tail: bytes = b"") -> bytes:
    data = json.dumps(header).encode()
    return len(data).to_bytes(4, "little") + data + tail


def an_array(kind: str, shape: Any, offset: Any) -> bytes:
    place = {"type": kind, "shape": shape, "offset": offset}
    return a_frame({"kind": "nothing", "arrays": {"x": place}}, bytes(8))


HOSTILE += [
    an_array("f4", [1 << 60], 0),
    an_array("f8", [-1], 0),
    an_array("f8", [1 << 40, 1 << 40], 0),
    an_array("u1", [4], -9),
    an_array("o", [4], 0),
    an_array("u1", "ab", {}),
    an_array("u1", [8], 1e300),
    a_frame({"kind": ["open"], "arrays": {}}),
    a_frame({"kind": "open", "arrays": [1]}),
    a_frame({"do": "play", "kind": "nothing", "arrays": {}}),
    len(b"[" * 99_999).to_bytes(4, "little") + b"[" * 99_999,
]  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server with a message of up to a megabyte."""
    with serving(tmp_path_factory.mktemp("page"), Limits(message=1 << 20)) as running:
        yield running


def lives(page: Page) -> None:
    """The session still does what it is told."""
    page.begin()
    page.say("step", count=2)
    page.until("status", steps=2, playing=False)


def only_errors(frames: list[Frame]) -> bool:
    return all(frame.kind == "error" and frame.words["message"] for frame in frames)


@pytest.mark.parametrize("message", HOSTILE, ids=lambda m: repr(m[:30]))
def test_a_hostile_message_is_one_sentence(small: Lab, message: str | bytes) -> None:
    with small.page() as page:
        page.frames()
        page.socket.send(message)
        found = page.frames()
        assert found and only_errors(found)
        for frame in found:
            assert len(frame.words["message"]) < 1000
            assert "should not happen" not in frame.words["message"]
        lives(page)


def test_random_bytes_and_mutated_commands_do_no_harm(small: Lab) -> None:
    chance = random.Random(7)
    good = [json.dumps({"do": "open", "run": small_run()}).encode()]
    good += [json.dumps({"do": do, "count": 3, "views": ["loss"]}).encode() for do in KINDS]
    good += [encode(Frame(do, {"step": 1}, {"data": np.arange(9.0)})) for do in KINDS]
    with small.page() as page:
        page.frames()
        for _ in range(40):
            for _ in range(8):
                data = bytearray(chance.choice(good))
                for _ in range(chance.randrange(1, 8)):
                    data[chance.randrange(len(data))] = chance.randrange(256)
                if chance.random() < 0.3:
                    data = bytearray(chance.randbytes(chance.randrange(200)))
                if chance.random() < 0.5:
                    page.socket.send(bytes(data))
                else:
                    page.socket.send(data.decode("utf-8", "replace"))
            page.say("nonsense")
            for frame in page.frames():
                assert "should not happen" not in frame.words.get("message", "")
        page.say("pause")
        lives(page)


def test_a_flood_is_told_and_left_out(small: Lab) -> None:
    with small.page() as page:
        page.frames(seen=False)
        for _ in range(20 * MOST_WAITING):
            page.say("nonsense")
        page.say("seen")
        kinds: list[str] = []
        while not any("left out" in kind for kind in kinds):
            kinds += [frame.words["message"] for frame in page.frames()]
        assert len(kinds) < 3 * MOST_WAITING
        lives(page)


def test_a_command_that_is_too_large_is_one_sentence(small: Lab) -> None:
    with small.page() as page:
        page.frames()
        file = Frame("upload", {"name": "x.csv"}, {"data": np.zeros(2 << 20, np.uint8)})
        page.socket.send(encode(file))
        message = page.until("error").words["message"]
        assert "2.1 MB is more than the 1 MB" in message
        lives(page)


def test_a_message_without_end_closes_the_connection(small: Lab) -> None:
    with small.page() as page:
        page.frames()
        with pytest.raises(ConnectionClosed):
            page.socket.send(b"a" * (10 << 20))
            page.frames()
    with small.page(page.name) as again:
        assert again.frames()[0].words["id"] == page.name
        lives(again)


def test_one_more_than_the_server_bears_is_told_so(tmp_path: Path) -> None:
    with serving(tmp_path, Limits(sessions=2)) as lab:
        with lab.page() as one, lab.page() as two:
            one.begin()
            two.begin()
            with lab.page() as three:
                assert "as many as it bears" in three.until("error").words["message"]
                with pytest.raises(ConnectionClosed) as closed:
                    three.frames()
                assert closed.value.rcvd is not None and closed.value.rcvd.code == 4003
            one.say("step")
            one.until("status", steps=1)
        # Both are alone now: the one that has been for longest gives way.
        assert eventually(lambda: waiting(lab) == 2)
        with lab.page() as three:
            three.begin()
            assert len(lab.app.state.rooms) == 2


def waiting(lab: Lab) -> int:
    workers = lab.app.state.rooms._workers.values()
    return sum(worker.alone_since is not None for worker in workers)


def test_a_session_that_holds_too_much_is_paused(tmp_path: Path) -> None:
    wide = small_run(units=1000)
    wide["model"]["layers"].insert(0, {"kind": "dense", "units": 1000, "activation": "tanh"})
    with serving(tmp_path, Limits(memory=12 << 20)) as lab, lab.page() as page:
        page.begin(wide)
        page.say("play")
        message = page.until("error").words["message"]
        assert "a session may hold 12 MB" in message
        page.begin()


class Lost(Session):
    """A session that can't even be made."""

    def __init__(self) -> None:
        raise ZeroDivisionError("a fault of ours")


def test_a_session_that_breaks_down_closes_its_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path, make_session=Lost) as lab, lab.page() as page:
        with pytest.raises(ConnectionClosed) as closed:
            page.frames()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1011
    assert len(capsys.readouterr().err.splitlines()) == 1


class Broken(Session):
    """A session with a fault in it."""

    def work(self, seconds: float = 0.02) -> bool:
        """Fail while it is playing."""
        if self.playing:
            raise ZeroDivisionError("a fault of ours")
        return False


def test_a_fault_of_ours_is_told_and_ends_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, make_session=Broken) as lab, lab.page() as page:
        page.begin()
        page.say("play")
        assert "a fault of ours" in page.until("error").words["message"]
        lives(page)


def test_what_says_seen() -> None:
    assert is_seen('{"do":"seen"}') and is_seen(' {"do": "seen"} ')
    for message in ('{"do":"seen","x":1}', "seen", '"seen"', b'{"do":"seen"}', "seen" * 100):
        assert not is_seen(message)


def test_a_command_with_arrays_is_read() -> None:
    command, arrays = read_message(encode(Frame("pad", {"size": 3}, {"ink": np.arange(3.0)})), 999)
    assert command == {"do": "pad", "size": 3}
    assert arrays is not None and arrays["ink"].tolist() == [0, 1, 2]
