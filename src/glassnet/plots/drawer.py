"""Training curves drawn by a process of their own, which gets ready while this one trains.

To import matplotlib and to draw two pictures takes longer than to train a small network. Where
there is a second processor, both happen at once; where the process can't be had, or fails, the
curves are drawn here.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from glassnet.errors import FileError


class Drawer:
    """A context that holds the process; `draw` is called once within it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Drawer":
        if (os.cpu_count() or 1) > 1 and sys.executable:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "glassnet.plots.drawer"], text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                )  # fmt: skip
            except OSError:
                pass  # drawn here, then
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process, which does nothing without an order."""
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()

    def draw(self, stem: Path, curves: dict[str, Any]) -> list[Path]:
        """stem.png and stem.svg of these arguments of `training_curves`, and their paths.

        Raises FileError as `save_figure` does.
        """
        answer = self._ask({"stem": str(stem), "curves": curves})
        if answer is None:
            return _drawn(stem, curves)
        if "error" in answer:
            raise FileError(answer["error"])
        return [Path(picture) for picture in answer["pictures"]]

    def _ask(self, order: dict[str, Any]) -> dict[str, Any] | None:
        """The process's answer; None where there's none."""
        if self._process is None:
            return None
        try:
            answer, _ = self._process.communicate(json.dumps(order))
            found = json.loads(answer)
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def _drawn(stem: Path, curves: dict[str, Any]) -> list[Path]:
    from glassnet.plots import save_figure, training_curves

    return save_figure(training_curves(**curves), stem)


def _serve() -> None:
    """Get ready, wait for an order, carry it out, answer. Without one there's nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that trains
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401

    given = sys.stdin.read()
    if not given:
        return
    order = json.loads(given)
    answer: dict[str, Any]
    try:
        pictures = _drawn(Path(order["stem"]), order["curves"])
        answer = {"pictures": [str(picture) for picture in pictures]}
    except FileError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer))


if __name__ == "__main__":
    _serve()
