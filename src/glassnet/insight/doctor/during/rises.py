"""Where the loss rose: a spike in the middle, a rise from the start, a bad end.

A rise is judged on window means, so that the noise of small batches is none, against what can be
learned at all (``scale.LossScale``): noise has its limit in MAD of the differences between windows.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.insight.doctor.measures.course import Course
from glassnet.insight.doctor.measures.scale import LossScale
from glassnet.nn.arrays import Array

TRAIL = 16  # windows that a level is taken from
NOISE = 6.0  # standard deviations
# So high a window must stand above the level, of what can be learned, and so many times it.
SPIKE, SPIKE_RATIO = 0.25, 1.5
LOW_SPIKE, LOW_SPIKE_RATIO = 0.1, 2.0
RISING = 0.6  # of what can be learned: so far above the first loss, from the start
LASTING = 4  # windows
SOON = 30  # steps
EARLY, EARLY_STEPS, EARLY_ROWS = 2.0, 100, 48  # of what can be learned; steps; rows of a mean
MOST_CANDIDATES = 48  # of one look


@dataclass(frozen=True)
class Rise:
    """The loss stood at `level` until the step `before` and reached `peak` in the window of steps
    from `step`. kind: "spike", "start" (it never fell before) or "end" (it did not come back)."""

    kind: str
    before: int
    step: int
    level: float
    peak: float
    height: float  # of what can be learned
    passed: bool = False  # of a rise from the start: soon after, the loss was below the first again

    @property
    def ratio(self) -> float:
        """The peak over the level."""
        return self.peak / max(self.level, 1e-300)


class RiseWatch:
    """Looks for rises in the steps that came since the last look. start: the loss before the first
    step, None if it is not known."""

    def __init__(self, scale: LossScale, start: float | None) -> None:
        self.scale = scale
        # Whoever starts below knowing nothing has not risen before it is above that.
        self.first = None if start is None else max(start, scale.constant)
        self._seen = 0
        self._window = 0
        self._risen = False

    def look(self, course: Course, final: bool = False) -> list[Rise]:
        """The rises in the new windows: one from the start first, then spikes, the highest first; a
        spike that goes on is one. final: nothing comes after this."""
        means = course.means.values
        if course.window != self._window:  # two windows became one meanwhile
            self._seen = self._seen * self._window // course.window
            self._window = course.window
        found: list[Rise] = []
        if not self._risen:
            found += [rise for rise in [self._from_start(course, final)] if rise is not None]
            self._risen = bool(found)
        spikes: list[Rise] = []
        last = -TRAIL
        for place in self._candidates(means):
            rise = self._spike(course, place)
            if rise is None:
                continue
            if place - last >= TRAIL:
                spikes.append(rise)
            elif rise.peak > spikes[-1].peak:
                first = spikes[-1]
                height = (rise.peak - first.level) / self.scale.range
                spikes[-1] = replace(rise, before=first.before, level=first.level, height=height)
            last = place
        self._seen = len(means)
        return [*found, *sorted(spikes, key=lambda rise: -rise.height)]

    def _from_start(self, course: Course, final: bool) -> Rise | None:
        """A loss above the first one: for long, or for a moment among the very first steps."""
        if self.first is None:
            return None
        count = max(LASTING, -(-SOON // course.window))
        latest = course.means.values[-count:]
        if len(latest) == count and float(latest.min()) - self.first >= self._rising:
            step = course.step_of(course.means.count - count)
            return self._start_rise(course, step, float(np.median(latest)), False)
        few = max(3, -(-EARLY_ROWS // course.batch))
        losses = course.between(course.first_step, course.first_step + EARLY_STEPS + SOON + few)
        if len(losses) < few:
            return None
        sums = np.cumsum(np.concatenate([[0.0], losses]))
        means = (sums[few:] - sums[:-few]) / few
        place = int(means[:EARLY_STEPS].argmax())
        peak = float(means[place])
        if peak < max(self.first + EARLY * self.scale.range, 2 * self.first):
            return None
        if place + SOON > len(means) and not final:
            return None  # how it goes on is still to be seen
        passed = bool((means[place : place + SOON] < self.first).any())
        return self._start_rise(course, course.first_step + place, peak, passed)

    def _start_rise(self, course: Course, step: int, peak: float, passed: bool) -> Rise:
        assert self.first is not None
        height = (peak - self.first) / self.scale.range
        return Rise("start", course.first_step, step, self.first, peak, height, passed)

    def _candidates(self, means: Array) -> list[int]:
        """The new windows that stand far enough above the lowest of those before them: quickly, so
        that few are looked at closely."""
        first = max(0, self._seen - TRAIL)
        part = means[first:]
        if len(part) < 1:
            return []
        padded = np.concatenate([np.full(TRAIL, np.inf), part])
        lowest = np.lib.stride_tricks.sliding_window_view(padded, TRAIL)[:-1].min(axis=1)
        high = _is_high((part - lowest) / self.scale.range, part, lowest)
        places = np.flatnonzero(high) + first
        places = places[places >= self._seen]
        if len(places) > MOST_CANDIDATES:
            highest = np.argsort(means[places])[-MOST_CANDIDATES:]
            places = np.sort(places[highest])
        return [int(place) for place in places]

    def _spike(self, course: Course, place: int) -> Rise | None:
        if place < 2:
            return None
        means = course.means.values
        value = float(means[place])
        trail = means[max(0, place - TRAIL) : place]
        level = float(np.median(trail[-min(len(trail), 9) :]))
        # A loss that falls fast has its median above its end: rises are counted from below it.
        level = min(level, float(np.median(trail[-3:])))
        height = (value - level) / self.scale.range
        if not np.isfinite(value) or not _is_high(height, value, level):
            return None
        noise = _noise(trail, course.errors.values[max(0, place - TRAIL) : place])
        if value - level < NOISE * noise:
            return None
        return Rise("spike", self._before(course, place, level), course.step_of(place), level,
                    value, height)  # fmt: skip

    @property
    def _rising(self) -> float:
        """So far above the first loss the loss has risen: a share of what can be learned, or of
        the loss itself where that is larger, because then it is not known more exactly."""
        return max(RISING * self.scale.range, 0.5 * (self.first or 0.0))

    def _before(self, course: Course, place: int, level: float) -> int:
        """The last step at which the loss still stood at its level: the state before it is the
        one to look into."""
        first = course.step_of(max(0, place - 2))
        last = course.step_of(place + 1)
        losses = course.between(first, last)
        if not len(losses):
            return first
        above = losses > level + 0.25 * (float(losses.max()) - level)
        if not above.any():
            return course.step_of(place)
        begin = int(np.argmax(above))
        if course.window > 1:
            # The jump within noisy steps: the first after which the rest stays above.
            later = [losses[k:].mean() for k in range(len(losses))]
            jump = int(np.argmax(np.diff(later))) if len(later) > 1 else 0
            begin = min(begin, jump) if begin else jump
        return max(course.first_step, first + begin - 1)


def _is_high(height: Any, value: Any, level: Any) -> Any:
    """Whether values stand high enough above their levels to be spikes; numbers or arrays."""
    clear = (height >= SPIKE) & (value >= SPIKE_RATIO * level)
    return clear | ((height >= LOW_SPIKE) & (value >= LOW_SPIKE_RATIO * level))


def _noise(trail: Array, errors: Array) -> float:
    """How much window means differ by chance: from their own differences, and from what their
    steps say."""
    within = float(np.median(errors))
    if len(trail) < 4:
        return within
    steps = np.abs(np.diff(trail))
    return float(max(within, 1.4826 * float(np.median(steps)) / np.sqrt(2)))
