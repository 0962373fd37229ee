"""The real download code against a server on this machine."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from glassnet.data import cache_folder, download, load_dataset
from glassnet.data.download import fetch
from glassnet.data.sources import REMOTE_SETS, RemoteFile, RemoteSet
from glassnet.errors import FileError, InputError

CONTENT = bytes(range(256)) * 2000
FILE = RemoteFile("file.gz", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


class Handler(BaseHTTPRequestHandler):
    """Answers as its folder says: /good/, /cut/ (100,000 bytes at a time), /wrong/, /long/, …."""

    server: "Server"

    def do_GET(self) -> None:
        kind = self.path.split("/")[1]
        asked = self.headers.get("Range")
        self.server.requests.append((kind, asked))
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if kind == "missing":
            self.send_error(404)
            return
        if kind == "mute":
            return
        content = {"wrong": CONTENT[::-1], "long": CONTENT * 2, "short": CONTENT[:7]}.get(
            kind, CONTENT
        )
        if kind == "norange":
            start = 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        rest = content[start:]
        self.wfile.write(rest[:100_000] if kind in ("cut", "cutonce") else rest)
        if kind == "cutonce":
            self.server.alive = False

    def handle(self) -> None:
        if self.server.alive:
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


class Server(ThreadingHTTPServer):
    """Keeps what was asked; drops every connection where not alive."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str | None]] = []
        self.alive = True

    def folder(self, kind: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{kind}/"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def remote(*addresses: str) -> RemoteSet:
    return RemoteSet("some-set", (FILE,), addresses)


def kept() -> list[str]:
    return sorted(path.name for path in cache_folder().rglob("*") if path.is_file())


def refused_address() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_good_file_is_fetched_once(server: Server) -> None:
    seen: list[tuple[str, int, int]] = []
    path = fetch(remote(server.folder("good")), FILE, lambda *step: seen.append(step))
    assert path.read_bytes() == CONTENT and path == cache_folder() / "some-set" / "file.gz"
    assert seen[-1] == ("file.gz", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in seen] == sorted({done for _, done, _ in seen})
    assert fetch(remote(server.folder("good")), FILE) == path
    assert len(server.requests) == 1 and kept() == ["file.gz"]


def test_a_cut_download_goes_on_where_it_was(server: Server) -> None:
    assert fetch(remote(server.folder("cut")), FILE).read_bytes() == CONTENT
    starts = [f"bytes={100_000 * i}-" for i in range(1, 6)]
    assert [asked for _, asked in server.requests] == [None, *starts]


def test_a_later_call_goes_on_where_an_earlier_one_was_cut(server: Server) -> None:
    with pytest.raises(FileError, match="could not be downloaded"):
        fetch(remote(server.folder("cutonce")), FILE)
    assert kept() == ["file.gz.part"]
    server.alive = True
    assert fetch(remote(server.folder("good")), FILE).read_bytes() == CONTENT
    assert server.requests[-1] == ("good", "bytes=100000-") and kept() == ["file.gz"]


def test_a_server_that_cannot_resume_starts_anew(server: Server) -> None:
    part = cache_folder() / "some-set" / "file.gz.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:50])
    assert fetch(remote(server.folder("norange")), FILE).read_bytes() == CONTENT


@pytest.mark.parametrize("leftover", [b"other bytes", CONTENT[::-1], CONTENT + b"more"])
def test_wrong_leftovers_are_fetched_anew(server: Server, leftover: bytes) -> None:
    part = cache_folder() / "some-set" / "file.gz.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(leftover)
    assert fetch(remote(server.folder("good")), FILE).read_bytes() == CONTENT


def test_a_changed_file_in_the_cache_is_fetched_anew(server: Server) -> None:
    path = fetch(remote(server.folder("good")), FILE)
    path.write_bytes(CONTENT[:-1] + b"x")
    assert fetch(remote(server.folder("good")), FILE).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("wrong", "sent a file with another SHA-256"),
        ("missing", "answered 404 Not Found"),
        ("long", "sent more than the 512000 bytes"),
        ("short", "broke off after 7 of 512000 bytes"),
        ("mute", "Remote end closed connection"),
    ],
)
def test_what_a_server_does_wrong_is_said(server: Server, kind: str, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence) as error:
        fetch(remote(server.folder(kind)), FILE)
    assert "some-set/file.gz" in str(error.value) and "GLASSNET_DATA" in str(error.value)
    assert "file.gz" not in kept()


@pytest.mark.parametrize("first", ["wrong", "missing", "long", "short", "mute", "refused"])
def test_the_second_source_is_tried(server: Server, first: str) -> None:
    address = refused_address() if first == "refused" else server.folder(first)
    assert fetch(remote(address, server.folder("good")), FILE).read_bytes() == CONTENT


def test_no_network() -> None:
    with pytest.raises(FileError, match="Connection refused.*; http.*Name or service not known"):
        fetch(remote(refused_address(), "http://nowhere.invalid/"), FILE)


def test_many_at_once_download_once(server: Server) -> None:
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: fetch(remote(server.folder("cut")), FILE), range(8)))
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert len(server.requests) == 6 and kept() == ["file.gz"]


def test_own_data_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "some-set" / "file.gz"
    own.parent.mkdir()
    own.write_bytes(CONTENT)
    monkeypatch.setenv("GLASSNET_DATA", str(tmp_path))
    assert fetch(remote(), FILE) == own and kept() == []
    own.write_bytes(b"another")
    with pytest.raises(InputError, match="file.gz' .found through GLASSNET_DATA. has SHA-256"):
        fetch(remote(), FILE)


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path / "file"))
    with pytest.raises(FileError, match="could not be kept in .*GLASSNET_CACHE"):
        fetch(remote(refused_address()), FILE)


def test_a_full_disk(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download.os, "replace", full)
    with pytest.raises(FileError, match="could not be kept .*No space left on device; make room"):
        fetch(remote(server.folder("good")), FILE)


def test_the_cache_is_the_platforms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GLASSNET_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(download.sys, "platform", "linux")
    assert cache_folder() == tmp_path / ".cache" / "glassnet"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_folder() == tmp_path / "x" / "glassnet"
    monkeypatch.setattr(download.sys, "platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "glassnet"
    monkeypatch.setattr(download.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "l"))
    assert cache_folder() == tmp_path / "l" / "glassnet" / "Cache"


def test_progress_is_shown_on_a_terminal_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    download.print_progress("a", 1, 2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(download.sys.stderr, "isatty", lambda: True)
    download.print_progress("a", 2_000_000, 2_000_000)
    assert capsys.readouterr().err == "\rdownloading a: 2.0 of 2.0 MB\n"


def test_the_addresses_are_tried_in_order_for_each_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, known in REMOTE_SETS.items():
        assert [file.name.split("-")[0] for file in known.files] == ["train"] * 2 + ["t10k"] * 2
        assert all(address.endswith("/") for address in known.addresses)
        nowhere = RemoteSet(name, known.files, ("http://nowhere.invalid/",))
        monkeypatch.setitem(REMOTE_SETS, name, nowhere)
        with pytest.raises(FileError, match=f"{name}/train-images-idx3-ubyte.gz could not"):
            load_dataset(name)
