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
    """A context that holds the process. `begin` has it draw, `finish` has it write."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._order: dict[str, Any] = {}

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

    def begin(self, curves: dict[str, Any]) -> None:
        """Draw these arguments of `training_curves` meanwhile, and keep the pictures."""
        self._order = curves
        if self._process is None or self._process.stdin is None:
            return
        try:
            self._process.stdin.write(json.dumps({"curves": curves}) + "\n")
            self._process.stdin.flush()
        except OSError:
            self.__exit__(None, None, None)
            self._process = None

    def finish(self, stem: Path, curves: dict[str, Any]) -> list[Path]:
        """Write stem.png and stem.svg of these curves; drawn anew if others were begun with.

        Returns their paths; raises FileError as `save_figure` does.
        """
        if curves != self._order:
            self.begin(curves)
        answer = self._answer(stem)
        if answer is None:
            from glassnet.plots import save_figure, training_curves

            return save_figure(training_curves(**curves), stem)
        if "error" in answer:
            raise FileError(answer["error"])
        return [Path(picture) for picture in answer["pictures"]]

    def _answer(self, stem: Path) -> dict[str, Any] | None:
        """What the process says when told to write; None where there's none, or it failed."""
        if self._process is None:
            return None
        try:
            answer, _ = self._process.communicate(json.dumps({"stem": str(stem)}) + "\n")
            found = json.loads(answer)
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def _serve() -> None:
    """Get ready, then do what the lines say. Where they end, so does this; nothing is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that trains
    from glassnet.plots.loss_curve import training_curves
    from glassnet.plots.save import pictures_of, write_pictures

    # A first drawing loads fonts and all else that the next would wait for.
    pictures = pictures_of(training_curves([2.0, 1.0], accuracy=[0.5, 1.0], best_epoch=2))
    for line in sys.stdin:
        order = json.loads(line)
        if "curves" in order:
            pictures = pictures_of(training_curves(**order["curves"]))
            continue
        answer: dict[str, Any]
        try:
            written = write_pictures(order["stem"], pictures)
            answer = {"pictures": [str(picture) for picture in written]}
        except FileError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve()
