"""`glassnet lab` as a program: its address, its faults, and how it ends."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.sync.client import connect

from cli.helpers import assert_refused, run, surroundings
from glassnet.lab import page_files
from lab.serving import PATIENCE, Page, make_page, small_run

PROGRAM = (
    "import sys; from pathlib import Path; from glassnet.lab import page_files; "
    "page_files.FOLDER = Path(sys.argv[1]); "
    "from glassnet.cli.main import console; sys.argv[1:] = sys.argv[2:]; console()"
)


@contextmanager
def started(folder: Path, *words: str, **more: str) -> Iterator[Any]:
    """A running `glassnet lab` that has printed its address; killed if it goes on."""
    make_page(folder)
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(folder), "lab", *words],
        env=surroundings(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        found = re.fullmatch(r"http://(127\.0\.0\.1:(\d+))/\?token=([\w.~-]+)", address)
        assert found, (address, process.communicate(timeout=PATIENCE))
        yield SimpleNamespace(
            process=process, address=address, own=found[1], port=int(found[2]), token=found[3]
        )
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def get(port: int, path: str, host: str | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path, headers={"Host": host or f"127.0.0.1:{port}"})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_one_line_while_it_trains(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path, "--port", "0", "--no-browser") as lab:
        address = f"ws://{lab.own}/ws?token={lab.token}"
        with connect(address, proxy=None) as one, connect(address, proxy=None) as other:
            for socket_ in (one, other):
                page = Page(socket_)
                page.begin(small_run(units=16))
                page.say("play")
                page.until("status", playing=True)
            lab.process.send_signal(number)
            output, error = lab.process.communicate(timeout=PATIENCE)
        assert lab.process.returncode == 0
        assert output == ""
        assert error.splitlines() == [
            "the lab is open at this address; Ctrl-C ends it", "lab stopped"
        ]  # fmt: skip


def test_it_ends_in_the_midst_of_a_long_command(tmp_path: Path) -> None:
    with started(tmp_path, "--port", "0", "--no-browser") as lab:
        with connect(f"ws://{lab.own}/ws?token={lab.token}", proxy=None) as raw:
            page = Page(raw)
            page.begin(small_run(units=1000))
            page.say("step", count=1_000_000)
            time.sleep(0.2)
            lab.process.send_signal(signal.SIGINT)
            error = lab.process.communicate(timeout=PATIENCE)[1]
        assert lab.process.returncode == 0
        assert error.splitlines()[-1] == "lab stopped"


def test_each_start_has_a_token_of_its_own(tmp_path: Path) -> None:
    words = ("--port", "0", "--no-browser")
    with started(tmp_path, *words) as one, started(tmp_path, *words) as other:
        assert one.token != other.token and len(one.token) >= 40
        assert get(one.port, f"/?token={one.token}") == 200
        assert get(other.port, f"/?token={one.token}") == 403


def test_the_browser_gets_a_pass_of_its_own(tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser.sh"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part; mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    with started(tmp_path / "page", "--port", "0", BROWSER=f"{browser} %s") as lab:
        end = time.monotonic() + PATIENCE
        while not opened.exists() and time.monotonic() < end:
            time.sleep(0.02)
        address = opened.read_text()
        assert address.startswith(f"http://{lab.own}/?token=") and lab.token not in address
        path = address.partition(lab.own)[2]
        assert [get(lab.port, path), get(lab.port, path)] == [200, 403]


def test_a_token_of_ones_own_and_a_name_for_others(tmp_path: Path) -> None:
    words = ("--port", "0", "--no-browser", "--allow-host", "lab.school.example")
    with started(tmp_path, *words, GLASSNET_TOKEN="a-token-for-the-class") as lab:
        assert lab.token == "a-token-for-the-class"
        path = "/?token=a-token-for-the-class"
        assert get(lab.port, path, "lab.school.example") == 200
        assert get(lab.port, path, "lab.other.example") == 400


def test_another_lab_takes_the_next_port(tmp_path: Path) -> None:
    with started(tmp_path, "--no-browser") as one, started(tmp_path, "--no-browser") as other:
        assert one.port != other.port
        assert {one.port, other.port} <= set(range(8765, 8785))


@pytest.fixture
def with_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is there."""
    make_page(tmp_path / "page")
    monkeypatch.setattr(page_files, "FOLDER", tmp_path / "page")
    monkeypatch.delenv("GLASSNET_TOKEN", raising=False)


@pytest.mark.usefixtures("with_page")
def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert_refused(run("lab", "--port", str(port)), f"port {port} is in use")


@pytest.mark.usefixtures("with_page")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "0.0.0.0"], "opens the lab to others: give it a token"),
        (["--host", "192.0.2.1"], "opens the lab to others"),
        (["--host", "127.0.0.x", "--token", "long-enough-a-token"], "is no address"),
        (["--host", "nowhere.invalid", "--token", "long-enough-a-token"], "is no address"),
        (["--token", "short"], "16 characters or more"),
        (["--token", "a token with spaces"], "16 characters or more"),
        (["--token", ""], "16 characters or more"),
        (["--allow-host", "http://x"], "without http://"),
        (["--allow-host", "a:1"], "without a port"),
        (["--port", "65536"], "65536"),
        (["--pyodide", "x"], "goes with --static"),
        (["--target", "y"], "give the file, too"),
        (["absent.csv"], "absent.csv"),
    ],
)
def test_what_is_not_possible_is_one_sentence(words: list[str], said: str) -> None:
    assert_refused(run("lab", *words), said)


def test_without_its_page_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_files, "FOLDER", tmp_path / "nowhere")
    assert_refused(run("lab"), "'make lab'", "Node 20.19", "wheel")


def test_the_files_of_the_page_are_named_as_a_browser_asks(tmp_path: Path) -> None:
    made = make_page(tmp_path)
    (tmp_path / ".hidden").touch()
    assert page_files.page_files(tmp_path) == made


def test_static_is_handed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given: list[Any] = []
    fake = SimpleNamespace(write_static=lambda *arguments: given.append(arguments))
    monkeypatch.setitem(sys.modules, "glassnet.lab.static.folder", fake)
    result = run("lab", "--static", "out", "--pyodide", "there")
    assert result.exit_code == 0 and "out" in result.stdout
    assert run("lab", "--static", "out").exit_code == 0
    assert given == [(Path("out"), Path("there")), (Path("out"), None)]


def test_a_table_of_ones_own_is_in_every_session(tmp_path: Path) -> None:
    from glassnet.cli.lab import session_maker

    table = tmp_path / "own.csv"
    rows = [f"{n / 10},{n % 7},{'yes' if n % 2 else 'no'}" for n in range(40)]
    table.write_text("\n".join(["a,b,answer", *rows]) + "\n", encoding="utf-8")
    make_session = session_maker(os.fspath(table), "answer")
    one, other = make_session(), make_session()
    assert one is not other
    assert one.data is not None and one.data.name.startswith("own")
