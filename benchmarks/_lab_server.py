"""A lab's server as a process of its own, and pages of it without a browser: for measurements."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.sync.client import ClientConnection, connect

from glassnet.lab.frames import Frame, unbundle


class Server:
    """A running `glassnet lab`; url: the page's address with its token."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    @property
    def memory(self) -> float:
        """The memory that it holds now, in MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * 4096 / 2**20


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server on a free port; it is ended at the end."""
    command = [sys.executable, "-m", "glassnet", "lab", "--port", "0", "--no-browser"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url.startswith("http://"):
            raise SystemExit(f"the lab did not start: it printed {url!r}")
        yield Server(process, url)
    finally:
        process.terminate()
        process.wait(10)


class Page:
    """A page without a browser: it says at once that it has seen what came."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        token = parse_qs(parts.query)["token"][0]
        self.socket: ClientConnection = connect(
            f"ws://{parts.netloc}/ws?token={token}", max_size=None, open_timeout=30
        )
        self.latest: dict[str, dict[str, Any]] = {}

    def tell(self, **command: Any) -> None:
        """Send a command."""
        self.socket.send(json.dumps(command))

    def take(self, timeout: float = 30.0) -> list[Frame]:
        """The next bundle's frames."""
        frames = unbundle(self.socket.recv(timeout=timeout))  # type: ignore[arg-type]
        self.tell(do="seen")
        for frame in frames:
            self.latest[frame.kind] = frame.words
        return frames

    def until(self, kind: str, holds: Any, timeout: float = 60.0) -> float:
        """Take bundles until a frame of this kind is as wanted; the seconds that it took."""
        began = time.perf_counter()
        while time.perf_counter() - began < timeout:
            for frame in self.take(timeout):
                if frame.kind == kind and holds(frame.words):
                    return time.perf_counter() - began
        raise SystemExit(f"no {kind} frame was as wanted within {timeout:.0f} s")

    def close(self) -> None:
        """Go away."""
        self.socket.close()
