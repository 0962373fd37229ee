"""A real terminal of 80 columns: the bar moves, leaves nothing behind, and colours are few."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import IO

from cli.helpers import plain, surroundings


def on_a_terminal(*words: str, output: IO[bytes] | None = None, **more: str) -> str:
    """All that a command writes to a terminal of 80 columns; `output` takes its results."""
    master, slave = pty.openpty()
    command = subprocess.Popen(
        [sys.executable, "-m", "glassnet", *words],
        env=surroundings(TERM="xterm-256color", COLUMNS="80", LINES="40", **more),
        stdin=slave,
        stdout=slave if output is None else output,
        stderr=slave,
        close_fds=True,
    )
    os.close(slave)
    written = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(master)
    assert command.wait(60) == 0, written
    return written.decode()


def test_the_bar_moves_and_goes_away(own_folder: Path) -> None:
    text = on_a_terminal("train", "moons", "--epochs", "300")
    assert "━" in text
    assert "/300" in text
    # The cursor is hidden while the bar moves and comes back.
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1
    screen = text.split("\x1b[?25h")[-1]
    assert "held out" in screen
    assert "\x1b[1m" in screen
    assert max(len(line) for line in plain(screen).splitlines()) <= 81  # with its carriage return


def test_no_color_is_respected_on_a_terminal(own_folder: Path) -> None:
    text = on_a_terminal("data", "list", NO_COLOR="1")
    assert "\x1b" not in text
    assert "\x1b[1m" in on_a_terminal("data", "list")


def test_labels_go_into_a_file_while_the_bar_moves(own_folder: Path) -> None:
    words = ("train", "patterns", "--epochs", "5", "--print-labels")
    with open("labels.txt", "wb") as file:
        text = on_a_terminal(*words, output=file)
    assert "━" in text
    assert "actual" not in text
    written = Path("labels.txt").read_text(encoding="utf-8")
    assert sum(line.startswith("  actual") for line in written.splitlines()) == 5
    assert "\x1b" not in written
