"""Ctrl-C and a disk without room, in programs of their own: nothing is lost."""

import errno
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet
from cli.helpers import QUICK, assert_refused, files_in, program, run, surroundings
from glassnet.cli.progress import Progress
from glassnet.training.events import EpochEnded, Event


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


class PressedAt(Progress):
    """A progress that presses Ctrl-C at the end of the third epoch, `presses` times."""

    presses = 1

    def __call__(self, event: Event) -> None:
        """Press."""
        if isinstance(event, EpochEnded) and event.epoch == 3:
            for _ in range(self.presses):
                os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> type[PressedAt]:
    """Ctrl-C is pressed during the training."""
    monkeypatch.setattr("glassnet.cli.progress.Progress", PressedAt)
    return PressedAt


def test_an_interrupted_training_says_so_in_json(pressed: type[PressedAt]) -> None:
    result = run("train", "iris", "--epochs", "100", "--json")
    assert result.exit_code == 130
    document = json.loads(result.stdout)
    assert (document["stopped"], document["epochs"]) == ("interrupted", 3)
    assert result.stderr.splitlines() == [
        "glassnet: interrupted after 3 epochs; the state then is saved in 'iris.json'"
    ]
    assert glassnet.load("iris.json").predict(np.zeros((1, 4))).shape == (1,)


def test_the_best_state_is_kept_where_it_is_known(pressed: type[PressedAt]) -> None:
    result = run("train", "iris", "--epochs", "100", "--early-stopping", "50", "--quiet")
    assert result.exit_code == 130
    assert "after 3 epochs; the best state is saved in 'iris.json'" in result.stderr


def test_a_second_interruption_ends_at_once(
    pressed: type[PressedAt], monkeypatch: pytest.MonkeyPatch, own_folder: Path
) -> None:
    monkeypatch.setattr(PressedAt, "presses", 2)
    result = run("train", "iris", "--epochs", "100")
    assert result.exit_code == 130
    assert result.stderr == "glassnet: interrupted; nothing was saved\n"
    assert files_in(own_folder) == set()


def test_an_interruption_while_scoring_keeps_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("glassnet.models.run.score", interrupted)
    result = run("train", "iris", *QUICK, "--quiet")
    assert result.exit_code == 130
    assert result.stderr == (
        "glassnet: interrupted while scoring; the trained model is saved in 'iris.json'\n"
    )
    assert glassnet.load("iris.json").predict(np.zeros((1, 4))).shape == (1,)


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
