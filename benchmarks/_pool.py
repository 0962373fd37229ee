"""The parent's side: starts one worker a tool in a clean environment, and asks one at a time.

After each answer it waits until that worker's threads are asleep: OpenMP's and OpenBLAS's go on
spinning for a while after their work, and would take a core from the next tool.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _peers import MissingError

# Settings of the user's shell that would favour or hold back one library.
UNSET = (
    "OPENBLAS_", "OMP_", "GOMP_", "KMP_", "MKL_", "BLIS_", "GOTO_", "VECLIB_", "NPY_", "TORCH",
    "XLA_", "JAX_", "KERAS_", "GLASSNET_THREADS", "GLASSNET_ISA", "GLASSNET_KERNEL", "LD_PRELOAD",
    "MALLOC_",
)  # fmt: skip


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment without those settings, CPU only."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(UNSET)}
    return {**kept, "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", **extra}


def unset_here() -> list[str]:
    """The names of the settings that workers do not see."""
    return sorted(name for name in os.environ if name.startswith(UNSET))


class Helper:
    """A worker process, from outside."""

    def __init__(self, tool: str, **extra: str) -> None:
        self.tool = tool
        # No pool of compilers beside the measurement.
        extra = {"TORCHINDUCTOR_COMPILE_THREADS": "1", **extra}
        self.errors = tempfile.TemporaryFile("w+")  # open as long as the process
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("_worker.py")), tool],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
            env=clean_environment(**extra),
        )  # fmt: skip

    def ask(self, do: str, **values: Any) -> dict[str, Any]:
        """Have one thing done; raises ``MissingError`` with the reason where it can't be."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            print(json.dumps({"do": do, **values}), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.errors.seek(0)
            last = self.errors.read().strip().splitlines()[-1:]
            raise MissingError(f"its process ended with {self.process.wait()}: {' '.join(last)}")
        answer = json.loads(line)
        if "missing" in answer:
            raise MissingError(answer["missing"])
        return answer

    def settle(self) -> None:
        """Wait until the process uses no core; one that never stops is told of."""
        for _ in range(40):
            before = self._ticks()
            time.sleep(0.1)
            if self._ticks() - before <= 1:  # of ten milliseconds
                return
        print(f"{self.tool} keeps a core busy while it waits", file=sys.stderr, flush=True)

    def _ticks(self) -> int:
        """Hundredths of a second of all its threads so far; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0
        return int(fields[11]) + int(fields[12])

    def close(self) -> None:
        """End the input and thereby the process."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()


def calibrated(helper: Helper, seconds: float, most: int = 1_000_000) -> int:
    """How many epochs a fit has to have to last about so long; one of so many was made."""
    epochs = 1
    while True:
        helper.ask("fit", epochs=epochs)  # JAX compiles for each number of epochs
        took = max(helper.ask("fit", epochs=epochs)["seconds"], 1e-6)
        wanted = max(1, min(most, round(epochs * seconds / took)))
        if took > seconds / 4 or wanted <= epochs:
            break
        epochs = min(wanted, 20 * epochs)
    if wanted != epochs:
        helper.ask("fit", epochs=wanted)
    return wanted
