"""What is seen while a network trains: a bar with its figures, or plain lines where none can move.

All of it goes to standard error, so that standard output holds the results alone.
"""

import sys
import time
from types import TracebackType
from typing import Any, Self

import click

from glassnet.cli.screen import Screen
from glassnet.training.events import EpochEnded, Event, RunEnded, RunStarted, StepsDone

LINES = 10  # about so many lines tell of a run where no bar can move
SILENCE = 10.0  # seconds after which a long epoch's end is told in any case


class Progress:
    """A listener that shows a run; a context that leaves the terminal as it was."""

    def __init__(self, *, quiet: bool = False, after: str = "") -> None:
        self.quiet, self.after = quiet, after
        self.screen = Screen.of(sys.stderr)
        self.moves = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self.started = RunStarted(0, 0, 0, 0, 0, "", False)
        self.steps, self.told, self.ended = 0, time.monotonic(), False
        self.live: Any = None
        self.task: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        """Show what happened."""
        if isinstance(event, RunEnded):
            self.ended = True
        if self.quiet:
            return
        if isinstance(event, RunStarted):
            self.started, self.steps = event, 0
            if self.moves:
                self.close()
                self._open_bar()
        elif isinstance(event, StepsDone) and self.live is not None:
            self.steps += len(event.report.losses)
            self.live.update(self.task, completed=self.steps)
        elif isinstance(event, EpochEnded):
            self._show(event)
        elif isinstance(event, RunEnded):
            self.close()
            if self.after and event.reason != "interrupted":
                self._open_status()

    def close(self) -> None:
        """Take the bar or the spinner away; the cursor comes back."""
        if self.live is not None:
            self.live.stop()
            self.live = None

    def _open_bar(self) -> None:
        from rich.progress import BarColumn, Progress as Bar, TextColumn, TimeRemainingColumn

        self.live = Bar(
            TextColumn("{task.description}"),
            BarColumn(20, complete_style="color(32)", finished_style="color(32)"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(compact=True),
            console=_console(),
            transient=True,
            # What is printed meanwhile goes above the bar, but into a file where that is wished.
            redirect_stdout=sys.stdout.isatty(),
        )
        total = max(self.started.epochs * self.started.batches, 1)
        self.task = self.live.add_task("training", total=total, figures="")
        self.live.start()

    def _open_status(self) -> None:
        if not self.moves:
            click.echo(self.after, err=True)
            return
        from rich.status import Status

        self.live = Status(self.after, console=_console(), spinner="dots")
        self.live.start()

    def _show(self, event: EpochEnded) -> None:
        epochs = self.started.epochs
        done = event.epoch - self.started.first_epoch
        title = f"epoch {done:>{len(str(epochs))}}/{epochs}"
        gap = f" {self.screen.dot} "
        if self.live is not None:
            self.live.update(self.task, description=title, figures=gap.join(figures(event)))
            return
        now = time.monotonic()
        if event.threshold is None and not is_told(done, epochs) and now < self.told + SILENCE:
            return
        self.told = now
        click.echo(f"{title}  {gap.join(figures(event))}", err=True)


def figures(event: EpochEnded) -> list[str]:
    """The figures of an epoch, in the fewest words that a line of 80 characters has room for."""
    told = [f"loss {event.loss:.4g}"]
    if event.validation:
        told.append(f"held out {event.validation['loss']:.4g}")
    accuracy = event.validation.get("accuracy", event.accuracy)
    if accuracy is not None:
        told.append(f"right {100 * accuracy:.1f} %")
    elif "r2" in event.validation:
        told.append(f"r2 {event.validation['r2']:.3f}")
    if event.threshold is not None:
        told.append(f"threshold {event.threshold:.3f}")
    return told


def is_told(done: int, epochs: int) -> bool:
    """Whether this epoch is one of the about ten that plain lines tell of."""
    return done * LINES // epochs > (done - 1) * LINES // epochs


def _console() -> Any:
    from rich.console import Console
    from rich.theme import Theme

    from glassnet.cli.screen import wants_colour

    theme = Theme({"progress.remaining": "color(244)", "status.spinner": "color(32)"})
    return Console(stderr=True, no_color=not wants_colour(True), highlight=False, theme=theme)
