"""A lab's server on a free loopback port, and a page that is a program."""

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from glassnet.lab.frames import Frame, unbundle
from glassnet.lab.server.app import bind, make_app, make_server
from glassnet.lab.server.gate import Keys
from glassnet.lab.server.limits import Limits
from glassnet.lab.session import Session

TOKEN = "a-token-that-nobody-guesses"
PAGE = {
    "index.html": "<!doctype html><title>a page for tests</title>",
    "lab.js": "export const answer = 42;",
    "assets/lab.css": "body { margin: 0 }",
}
PATIENCE = 30.0  # seconds: no test asserts speed, an answer that never comes has to end


def small_run(units: int = 4, **training: Any) -> dict[str, Any]:
    """A run on moons that goes on for ever."""
    layers = [{"kind": "dense", "units": units, "activation": "tanh"},
              {"kind": "dense", "units": 1, "activation": "sigmoid"}]  # fmt: skip
    return {"data": {"name": "moons"}, "model": {"layers": layers}, "training": training}


def make_page(folder: Path) -> dict[str, Path]:
    """A stand-in for the page that Vite builds."""
    for name, text in PAGE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return {name: folder / name for name in PAGE}


class Page:
    """A WebSocket to a session, which shows what comes and says so."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.name = ""

    def say(self, do: str, **fields: Any) -> None:
        """Send a command."""
        self.socket.send(json.dumps({"do": do, **fields}))

    def frames(self, seen: bool = True, timeout: float = PATIENCE) -> list[Frame]:
        """The next bundle."""
        data = self.socket.recv(timeout=timeout)
        assert isinstance(data, bytes)
        found = unbundle(data)
        for frame in found:
            if frame.kind == "session":
                self.name = frame.words["id"]
        if seen:
            with suppress(ConnectionClosed):  # the next bundle to be waited for says so
                self.say("seen")
        return found

    def until(self, kind: str, **words: Any) -> Frame:
        """The next frame of that kind with these words."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for frame in self.frames():
                if frame.kind == kind and words.items() <= frame.words.items():
                    return frame
        raise AssertionError(f"no frame {kind} {words} came")

    def begin(self, run: dict[str, Any] | None = None) -> "Page":
        """Open a run."""
        self.say("open", run=small_run() if run is None else run)
        self.until("data")
        return self


class Lab:
    """A running server."""

    def __init__(self, port: int, keys: Keys, app: Any) -> None:
        self.port, self.keys, self.app = port, keys, app
        self.own = f"127.0.0.1:{port}"
        self.cookie = f"{keys.cookie_name}={keys.cookie}"

    @contextmanager
    def page(self, session: str | None = None) -> Iterator[Page]:
        """A page in a browser: by its cookie, from its own origin."""
        query = "" if session is None else f"?session={session}"
        with connect(
            f"ws://{self.own}/ws{query}", origin=f"http://{self.own}",  # type: ignore[arg-type]
            additional_headers={"Cookie": self.cookie}, proxy=None, max_size=None,
        ) as socket:  # fmt: skip
            yield Page(socket)

    def get(
        self, path: str, method: str = "GET", host: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Ask for a path, as it is written: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", self.own if host is None else host)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        if answer.status == 101:
            body = ""
        else:
            body = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body

    def shake(self, path: str = "/ws", host: str | None = None, **headers: str) -> int:
        """The status of a WebSocket's handshake: 101 where it is let in."""
        return self.get(
            path, host=host, Connection="Upgrade", Upgrade="websocket",
            Sec_WebSocket_Version="13", Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==", **headers,
        )[0]  # fmt: skip


@contextmanager
def serving(
    folder: Path, limits: Limits | None = None, names: tuple[str, ...] = (),
    make_session: Any = Session,
) -> Iterator[Lab]:  # fmt: skip
    """A server in a thread, stopped at the end."""
    limits = limits or Limits()
    listener = bind("127.0.0.1", 0)
    keys = Keys(listener.getsockname()[1], TOKEN)
    app = make_app(make_page(folder), keys, make_session, limits, names)
    server = make_server(app, limits)
    started = threading.Event()
    server.on_start = started.set
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    assert started.wait(PATIENCE)
    try:
        yield Lab(keys.port, keys, app)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


def eventually(holds: Any) -> bool:
    """Whether something comes true, before patience ends."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def living_threads() -> set[threading.Thread]:
    """The threads of sessions; those of other tests may still be about to end."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("lab ")}
