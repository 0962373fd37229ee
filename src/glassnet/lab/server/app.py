"""The lab's server: the page's files, and a WebSocket behind which a session lives.

`make_app` is the whole of it as an ASGI application; `serve` runs it until it is told to stop.
"""

import asyncio
import contextlib
import errno
import logging
import mimetypes
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from glassnet.errors import FileError, InputError
from glassnet.lab.frames import Frame, bundle, encode
from glassnet.lab.messages import is_seen
from glassnet.lab.server.gate import Gate, Keys
from glassnet.lab.server.limits import FULL, Limits
from glassnet.lab.server.rooms import Rooms
from glassnet.lab.session import Session

FIRST_PORT, PORTS = 8765, 20
SWEEP_EVERY = 30.0  # seconds
STOP_WITHIN = 0.5  # seconds that the threads have to end


class PageLink:
    """A page's connection, for the thread of its session: what is to go out goes into a queue."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[bytes | tuple[int, str]] = asyncio.Queue()

    def send(self, data: bytes) -> None:
        """Send a bundle."""
        self._put(data)

    def close(self, code: int, reason: str) -> None:
        """Close it, with a sentence for the person."""
        self._put((code, reason))

    def _put(self, what: bytes | tuple[int, str]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and the server with it
            self._loop.call_soon_threadsafe(self._queue.put_nowait, what)

    async def carry(self, socket: WebSocket) -> None:
        """Send what comes into the queue, until one of both sides closes."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                what = await self._queue.get()
                if isinstance(what, tuple):
                    await socket.close(*what)
                    return
                await socket.send_bytes(what)


def make_app(
    page: dict[str, Path], keys: Keys, make_session: Callable[[], Session] = Session,
    limits: Limits | None = None, names: tuple[str, ...] = (),
) -> Starlette:  # fmt: skip
    """The server as an application.

    page: the page's files by their paths, one of them ``index.html``; all are read now, so that no
    path that a browser asks for is ever opened. names: hosts that it answers to besides loopback.
    """
    files = {f"/{path}": (file.read_bytes(), kind_of(file)) for path, file in page.items()}
    files["/"] = files["/index.html"]
    rooms = Rooms(make_session, Limits() if limits is None else limits)

    async def give_file(request: Request) -> Response:
        found = files.get(request.scope["path"])
        if found is None:
            return PlainTextResponse("There is no such page.\n", 404)
        return Response(found[0], media_type=found[1])

    async def talk(socket: WebSocket) -> None:
        try:
            await converse(socket, rooms)
        except WebSocketDisconnect:
            return
        except Exception as error:
            tell_fault(error)

    @contextlib.asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: tell_fault(context.get("exception") or context["message"])
        )
        sweeper = asyncio.create_task(sweep(rooms))
        yield
        sweeper.cancel()
        app.state.has_ended = await asyncio.to_thread(rooms.stop, STOP_WITHIN)

    app = Starlette(
        routes=[WebSocketRoute("/ws", talk), Route("/{path:path}", give_file)],
        middleware=[Middleware(Gate, keys=keys, names=names)],
        exception_handlers={Exception: answer_fault},
        lifespan=life,
    )
    app.state.rooms, app.state.has_ended = rooms, True
    return app


async def converse(socket: WebSocket, rooms: Rooms) -> None:
    """Carry messages between a page and its session, until the page goes away."""
    await socket.accept()
    try:
        worker = rooms.join(socket.query_params.get("session"))
    except InputError as error:
        frame = Frame("error", {"message": str(error), "about": None})
        await socket.send_bytes(bundle([encode(frame)]))
        await socket.close(*FULL)
        return
    link = PageLink()
    worker.attach(link)
    carrier = asyncio.create_task(link.carry(socket))
    try:
        while (message := await socket.receive())["type"] == "websocket.receive":
            told = message.get("text")
            if told is None:
                told = message.get("bytes") or b""
            if is_seen(told):
                worker.seen(link)
            else:
                worker.put(link, told)
    finally:
        worker.detach(link)
        carrier.cancel()


async def sweep(rooms: Rooms) -> None:
    """Now and then, let sessions go that nobody came back to."""
    while True:
        await asyncio.sleep(min(SWEEP_EVERY, max(0.05, rooms.limits.idle / 4)))
        rooms.sweep()


def tell_fault(error: object) -> None:
    """A fault of ours is a line on standard error; that a connection was lost is none."""
    if not isinstance(error, (ConnectionError, TimeoutError)):
        print(f"glassnet: the lab's server: {type(error).__name__}: {error}", file=sys.stderr)


async def answer_fault(request: Request, error: Exception) -> Response:
    """A fault of ours, for the browser."""
    tell_fault(error)
    return PlainTextResponse("This should not have happened.\n", 500)


def kind_of(file: Path) -> str:
    """The content type of a file of the page, whatever the machine's own tables say."""
    known = {".js": "text/javascript", ".css": "text/css", ".html": "text/html",
             ".svg": "image/svg+xml", ".json": "application/json",
             ".wasm": "application/wasm"}  # fmt: skip
    guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return known.get(file.suffix.lower(), guessed)


def bind(host: str, port: int | None) -> socket.socket:
    """A listening socket; port None: 8765 or the next free one, 0: any.

    Raises ``InputError`` for a host that is none of this machine's, ``FileError`` for a port that
    is not to be had.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise InputError(
            f"--host {host!r} is no address; give one of this machine's, such as 0.0.0.0 for all"
        ) from None
    family, _, _, _, address = found[0]
    tried = range(FIRST_PORT, FIRST_PORT + PORTS) if port is None else (port,)
    for each in tried:
        listener = socket.socket(family, socket.SOCK_STREAM)
        # Else a port could not be had again for a minute after a lab was stopped.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address[0], each))
            listener.listen(128)
        except PermissionError:
            listener.close()
            raise FileError(f"port {each} is not for users: take one from 1024 on") from None
        except OSError as error:
            listener.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise InputError(
                    f"--host {host!r} is no address of this machine; 127.0.0.1 always is"
                ) from None
            continue
        return listener
    if port is None:
        raise FileError(f"the ports {tried[0]} to {tried[-1]} are all in use: give one by --port")
    raise FileError(f"port {port} is in use: leave --port out, and the lab takes a free one")


class Server(uvicorn.Server):
    """uvicorn's, whose signals are ours, and which says when it listens."""

    on_start: Callable[[], None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve`: uvicorn would raise them again at the end."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        if self.on_start is not None:
            self.on_start()


def make_server(app: Starlette, limits: Limits) -> Server:
    """The server, silent: neither a log nor a header tells what it is."""
    logger = logging.getLogger("uvicorn")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return Server(uvicorn.Config(
        app, http="h11", ws="websockets-sansio", loop="asyncio", lifespan="on", log_config=None,
        log_level=logging.CRITICAL + 1, access_log=False, server_header=False, date_header=False,
        proxy_headers=False, ws_per_message_deflate=False, interface="asgi3",
        # A little more than a command may have, so that this is told in a sentence.
        ws_max_size=limits.message + (8 << 20), ws_ping_interval=20, ws_ping_timeout=40,
        timeout_keep_alive=10, timeout_graceful_shutdown=1, h11_max_incomplete_event_size=16384,
        limit_concurrency=10 * limits.sessions + 100,
    ))  # fmt: skip


def serve(
    app: Starlette, listener: socket.socket, limits: Limits, on_start: Callable[[], None]
) -> bool:
    """Serve until Ctrl-C or SIGTERM; whether every session's thread has ended."""
    server = make_server(app, limits)
    server.on_start = on_start

    def stop(*_: Any) -> None:
        server.force_exit = server.should_exit  # the second time at once
        server.should_exit = True

    # So long at most the event loop waits for the interpreter, while a session computes in Python.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.001)
    earlier = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        done: Awaitable[None] = server.serve(sockets=[listener])
        asyncio.run(done)  # type: ignore[arg-type]  # a coroutine, in fact
    finally:
        sys.setswitchinterval(interval)
        for number, handler in earlier.items():
            signal.signal(number, handler)
    return bool(app.state.has_ended)
