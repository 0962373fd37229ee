"""Whole processes in turn, A B A B, each timed from its start to its end."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from _pool import clean_environment


def seconds_in_turn(
    commands: Mapping[str, Sequence[str]],
    runs: int,
    folder: Path | None = None,
    after: Callable[[str], None] = lambda name: None,
    unmeasured: int = 1,
) -> dict[str, list[float]]:
    """Seconds of each command, in turn so that a slow moment of the machine hits all alike; first
    once unmeasured: files cached, bytecode written. `after` is called with its name after each."""
    environment = clean_environment()
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(-unmeasured, runs):
        for name, command in commands.items():
            began = time.perf_counter()
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
            took = time.perf_counter() - began
            if done.returncode != 0:
                raise SystemExit(f"{name} ended with {done.returncode}: {done.stderr.decode()}")
            if run >= 0:
                seconds[name].append(took)
            after(name)
    return seconds


def medians(seconds: dict[str, list[float]]) -> dict[str, float]:
    """The median of each."""
    return {name: median(values) for name, values in seconds.items()}
