"""Ctrl-C and a disk without room, in programs of their own: nothing is lost."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import glassnet
from cli.helpers import QUICK, assert_refused, files_in, program, run, surroundings


def started(*words: str) -> "subprocess.Popen[str]":
    """A command that goes on while the test does something else."""
    return subprocess.Popen(
        [sys.executable, "-m", "glassnet", *words],
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_an_interrupted_training_keeps_its_state(own_folder: Path) -> None:
    command = started("train", "moons", "--threshold", "learned", "--epochs", "1000000")
    assert command.stderr is not None
    assert command.stderr.readline().startswith("epoch")
    command.send_signal(signal.SIGINT)
    output, error = command.communicate(timeout=60)
    assert command.returncode == 130
    last = error.splitlines()[-1]
    assert last.startswith("glassnet: interrupted after ")
    assert "saved in 'moons.json'" in last
    assert "Traceback" not in error
    assert "interrupted" in output
    assert glassnet.load("moons.json").predict([[0.0, 0.0]]).shape == (1,)
    assert files_in(own_folder) == {"moons.json", "moons-loss.png", "moons-loss.svg"}


def test_an_interrupted_training_says_so_in_json(own_folder: Path) -> None:
    import json
    import time

    command = started("train", "moons", "--epochs", "1000000", "--json")
    time.sleep(3)
    command.send_signal(signal.SIGINT)
    output, error = command.communicate(timeout=60)
    assert command.returncode == 130
    if output:  # it had begun to train
        assert json.loads(output)["stopped"] == "interrupted"
    else:
        assert error.startswith("glassnet: interrupted")


def limited() -> None:
    """No file of this process may grow beyond 20,000 bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_a_disk_without_room_leaves_the_old_model(own_folder: Path) -> None:
    assert run("train", "iris", *QUICK, "--quiet").exit_code == 0
    before = Path("iris.json").read_bytes()
    answer = subprocess.run(
        [sys.executable, "-m", "glassnet", "train", "iris", "--epochs", "2", "--layers", "200,200"],
        env=surroundings(),
        capture_output=True,
        text=True,
        preexec_fn=limited,
    )
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[-1].startswith("glassnet: cannot write 'iris.json'")
    assert "Traceback" not in answer.stderr
    assert Path("iris.json").read_bytes() == before
    assert files_in(own_folder) == {"iris.json", "iris-loss.png", "iris-loss.svg"}


def test_a_full_disk_is_one_sentence(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    line = assert_refused(run("train", "iris", *QUICK, "--json"), "'iris.json'")
    assert "disk is full" in line
    assert files_in(own_folder) == set()


def test_the_training_is_saved_before_a_reader_goes_away(own_folder: Path) -> None:
    answer = subprocess.run(
        f"{sys.executable} -m glassnet train iris --epochs 2 2>err | head -1",
        shell=True,
        env=surroundings(),
        capture_output=True,
        text=True,
    )
    assert "iris" in answer.stdout
    assert "Traceback" not in Path("err").read_text() + answer.stderr
    assert Path("iris.json").is_file()


def test_a_program_of_its_own_refuses_with_two(own_folder: Path) -> None:
    answer = program("predict", "nowhere.json")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
