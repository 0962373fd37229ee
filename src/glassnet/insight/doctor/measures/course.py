"""The course of a run: every step's loss as the Reports bring them, and their means over windows.

A window is as many steps as have 2,048 rows, or one pass where that is less: batches are noisy,
windows hardly. For full batches a window is a step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from glassnet.engines.report import LayerReport, Report
from glassnet.nn.arrays import Array

WINDOW_ROWS = 2048
MOST_STEPS = 1 << 18  # kept of the latest steps; windows are kept of all
MOST_WINDOWS = 1 << 14  # then two and two become one


@dataclass
class Series:
    """Numbers that are appended in pieces and read as one array."""

    room: Array = field(default_factory=lambda: np.empty(256))
    count: int = 0

    def add(self, values: Array) -> None:
        """Append."""
        needed = self.count + len(values)
        if needed > len(self.room):
            grown = np.empty(max(needed, 2 * len(self.room)))
            grown[: self.count] = self.room[: self.count]
            self.room = grown
        self.room[self.count : needed] = values
        self.count = needed

    @property
    def values(self) -> Array:
        """All of them, a view."""
        return self.room[: self.count]

    def drop(self, first: int) -> None:
        """Forget the first so many."""
        self.room = self.room[first : self.count].copy()
        self.count -= first


class Course:
    """Per-row losses without penalties, by step and by window; steps count as ``State.step``."""

    def __init__(self, first_step: int, batch: int, batches: int, summed: bool) -> None:
        self.first_step, self.batch, self.batches = first_step, batch, batches
        self.summed = summed
        self.window = max(1, min(batches, -(-WINDOW_ROWS // batch)))
        self.base = first_step  # the first step whose loss is kept
        self.losses, self.norms, self.penalties = Series(), Series(), Series()
        self.means, self.errors, self.peaks = Series(), Series(), Series()
        self.layers: tuple[LayerReport, ...] = ()
        self.rate = 0.0
        self._in_windows = 0  # steps that are in windows already

    @property
    def steps(self) -> int:
        """How many steps there were."""
        return self.base - self.first_step + self.losses.count

    @property
    def next_step(self) -> int:
        """The step that comes next."""
        return self.first_step + self.steps

    def add(self, reports: list[Report]) -> None:
        """Take over the figures of these Reports, and close the windows that are full."""
        if not reports:
            return
        kept = [r for r in reports if r.losses]
        losses = _joined([r.data_losses for r in kept])
        totals = _joined([r.losses for r in kept])
        norms = _joined([r.gradient_norms for r in kept])
        if kept and kept[-1].nonfinite is not None:  # that step was not made
            losses, totals, norms = losses[:-1], totals[:-1], norms[:-1]
        penalties = totals - losses
        if self.summed:
            rows = _joined([r.rows for r in kept])[: len(losses)]
            losses, penalties = losses / rows, penalties / rows
        for series, values in (
            (self.losses, losses), (self.penalties, penalties), (self.norms, norms),
        ):  # fmt: skip
            series.add(values)
        if len(losses):
            self.rate = kept[-1].learning_rate
        self.layers = next((r.layers for r in reversed(kept) if r.layers), self.layers)
        self._close()

    def _close(self) -> None:
        whole = (self.steps - self._in_windows) // self.window
        if whole:
            begin = self._in_windows - (self.base - self.first_step)
            part = self.losses.values[begin : begin + whole * self.window]
            table = part.reshape(whole, self.window)
            self.means.add(table.mean(axis=1))
            self.errors.add(table.std(axis=1) / np.sqrt(self.window))
            self.peaks.add(table.max(axis=1))
            self._in_windows += whole * self.window
        if self.means.count > MOST_WINDOWS:
            self._halve()
        spare = self.losses.count - MOST_STEPS
        if spare > MOST_STEPS // 4:
            spare = min(spare, self._in_windows - (self.base - self.first_step))
            for series in (self.losses, self.norms, self.penalties):
                series.drop(spare)
            self.base += spare

    def _halve(self) -> None:
        """Two windows become one."""
        even = self.means.count // 2 * 2
        pairs = [s.values[:even].reshape(-1, 2) for s in (self.means, self.errors, self.peaks)]
        means, errors, peaks = Series(), Series(), Series()
        means.add(pairs[0].mean(axis=1))
        errors.add(np.sqrt(np.square(pairs[1]).sum(axis=1)) / 2)
        peaks.add(pairs[2].max(axis=1))
        left = self.means.count - even
        self.means, self.errors, self.peaks = means, errors, peaks
        self._in_windows -= left * self.window
        self.window *= 2

    def step_of(self, window: int) -> int:
        """The first step of a window."""
        return self.first_step + window * self.window

    def epoch_of(self, step: int, first_epoch: int) -> int:
        """The pass, from 1, that a step belongs to."""
        return first_epoch + (step - self.first_step) // self.batches + 1

    def loss_at(self, step: int) -> float:
        """The loss of a step, before its update; NaN where it is no longer kept."""
        place = step - self.base
        return float(self.losses.values[place]) if 0 <= place < self.losses.count else np.nan

    def between(self, first: int, last: int) -> Array:
        """The losses of the steps first … last − 1, as far as they are kept."""
        return self.losses.values[max(0, first - self.base) : max(0, last - self.base)]

    def recent(self, share: float = 0.25, least: int = 3) -> Array:
        """The means of the latest windows: this share of all, `least` at least."""
        count = max(least, round(share * self.means.count))
        return self.means.values[-count:]

    def level(self) -> float:
        """The loss as it stands: the median of the latest windows, or of the steps there were."""
        values = self.means.values[-5:] if self.means.count else self.losses.values[-5:]
        return float(np.median(values)) if len(values) else float("nan")


def _joined(lists: Sequence[Sequence[float]]) -> Array:
    return np.array(list(chain.from_iterable(lists)), dtype=np.float64)
