"""Listeners that come with glassnet: early stopping and the progress bar."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from glassnet.errors import InputError
from glassnet.training.events import EpochEnded, Event, Listener, RunEnded, RunStarted, StepsDone


@dataclass
class EarlyStopping:
    """Stop when the validation loss has not fallen by more than `min_change` for `patience`
    epochs; the run then goes back to its best epoch. Prechelt, "Early Stopping - But When?", 1998.
    """

    patience: int = 10
    min_change: float = 0.0
    restores_best: bool = True
    _best: float = field(default=float("inf"), init=False, repr=False)
    _waited: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise InputError(f"patience is at least 1 epoch, {self.patience!r} was given")

    def __call__(self, event: Event) -> str | None:
        """Answer "early" when it's time."""
        if isinstance(event, RunStarted):
            self._best, self._waited = float("inf"), 0
            if not event.validated:
                raise InputError(
                    "EarlyStopping watches the validation loss: give fit validation=(X, Y)"
                )
        if not isinstance(event, EpochEnded):
            return None
        loss = event.validation["loss"]
        if loss < self._best - self.min_change:
            self._best, self._waited = loss, 0
            return None
        self._waited += 1
        return "early" if self._waited >= self.patience else None


class ProgressBar:
    """One line that fills while a run goes on: epochs, losses, metrics, the time left.

    On a terminal with rich installed it moves; elsewhere one line is written for about every
    tenth part of the run.
    """

    passive: ClassVar[bool] = True

    def __init__(self, stream: Any = None) -> None:
        self.stream = stream
        self._bar: Any = None
        self._task: Any = None
        self._started = RunStarted(0, 0, 0, 0, 0, "", False)
        self._steps = 0

    def __call__(self, event: Event) -> None:
        """Show what happened."""
        if isinstance(event, RunStarted):
            self._started, self._steps = event, 0
            self._bar = self._moving_bar() if self._out.isatty() else None
        elif isinstance(event, StepsDone) and self._bar is not None:
            self._steps += len(event.report.losses)
            self._bar.update(self._task, completed=self._steps)
        elif isinstance(event, EpochEnded):
            self._show(event)
        elif isinstance(event, RunEnded):
            self.close()

    def close(self) -> None:
        """Give the terminal back, also where a run ended by an exception."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    @property
    def _out(self) -> Any:
        return sys.stderr if self.stream is None else self.stream

    def _moving_bar(self) -> Any:
        try:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
        except ImportError:
            return None
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(compact=True),
            console=Console(file=self._out),
        )
        total = self._started.epochs * self._started.batches
        self._task = bar.add_task("epoch 0", total=total, figures="")
        bar.start()
        return bar

    def _show(self, event: EpochEnded) -> None:
        done = event.epoch - self._started.first_epoch
        figures = "  ".join(f"{name} {value:.4g}" for name, value in _figures(event))
        title = f"epoch {done}/{self._started.epochs}"
        if self._bar is not None:
            self._bar.update(self._task, description=title, figures=figures)
        elif done * 10 // self._started.epochs > (done - 1) * 10 // self._started.epochs:
            print(f"{title}  {figures}", file=self._out, flush=True)


def _figures(event: EpochEnded) -> list[tuple[str, float]]:
    figures = [("loss", event.loss)]
    if event.accuracy is not None:
        figures.append(("accuracy", event.accuracy))
    figures += [(f"validation {name}", value) for name, value in event.validation.items()]
    return figures


@contextmanager
def progress_bar(listeners: list[Listener]) -> Iterator[None]:
    """A progress bar among the listeners, which gives the terminal back whatever happens."""
    bar = ProgressBar()
    listeners.append(bar)
    try:
        yield
    finally:
        bar.close()
