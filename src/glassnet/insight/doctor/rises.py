"""Where the loss rose: a spike in the middle, a rise from the start, a bad end.

A rise is judged on window means, so that the noise of small batches is none, against what can be
learned at all (``scale.LossScale``): noise has its limit in MAD of the differences between windows.
"""

from dataclasses import dataclass

import numpy as np

from glassnet.insight.doctor.course import Course
from glassnet.insight.doctor.scale import LossScale
from glassnet.nn.arrays import Array

TRAIL = 16  # windows that a level is taken from
NOISE = 8.0  # standard deviations
SPIKE = 0.25  # of what can be learned: so high a window must stand above the level
SPIKE_RATIO = 1.5  # … and so many times the level
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
    """Looks for rises in the windows that came since the last look."""

    def __init__(self, scale: LossScale, start: float | None) -> None:
        self.scale, self.start = scale, start
        self._seen = 0
        self._window = 0

    def look(self, course: Course) -> list[Rise]:
        """The rises in the new windows, in order; a rise that goes on is one."""
        means = course.means.values
        if course.window != self._window:  # two windows became one meanwhile
            self._seen = self._seen * self._window // course.window
            self._window = course.window
        found: list[Rise] = []
        if not self._seen:
            early = self._early(course)
            found += [] if early is None else [early]
        for place in self._candidates(means):
            rise = self._at(course, place)
            if rise is not None and not (found and found[-1].kind == rise.kind):
                found.append(rise)
            elif rise is not None and rise.peak > found[-1].peak:
                found[-1] = Rise(rise.kind, found[-1].before, rise.step, found[-1].level,
                                 rise.peak, rise.height)  # fmt: skip
        self._seen = len(means)
        lasting = self._above_the_start(course)
        if lasting is not None and not any(rise.kind == "start" for rise in found):
            found.append(lasting)
        return found

    def _candidates(self, means: Array) -> list[int]:
        """The new windows that stand far enough above the lowest of those before them: quickly, so
        that few are looked at closely."""
        first = max(0, self._seen - TRAIL)
        part = means[first:]
        if len(part) < 1:
            return []
        padded = np.concatenate([np.full(TRAIL, np.inf), part])
        lowest = np.lib.stride_tricks.sliding_window_view(padded, TRAIL)[:-1].min(axis=1)
        start = self._lowest_start
        high = (part - lowest >= SPIKE * self.scale.range) & (part >= SPIKE_RATIO * lowest)
        high |= part - start >= RISING * self.scale.range
        places = np.flatnonzero(high) + first
        places = places[places >= self._seen]
        if len(places) > MOST_CANDIDATES:
            highest = np.argsort(means[places])[-MOST_CANDIDATES:]
            places = np.sort(places[highest])
        return [int(place) for place in places]

    @property
    def _lowest_start(self) -> float:
        return np.inf if self.start is None else max(self.start, self.scale.constant)

    def _early(self, course: Course) -> Rise | None:
        """The very first steps, which a window or two would hide: the mean over a few of them far
        above the loss before the first."""
        first = self._first_loss(course)
        few = max(3, -(-EARLY_ROWS // course.batch))
        losses = course.between(course.first_step, course.first_step + EARLY_STEPS + few)
        if first is None or len(losses) < few:
            return None
        sums = np.cumsum(np.concatenate([[0.0], losses]))
        means = (sums[few:] - sums[:-few]) / few
        place = int(means.argmax())
        height = (float(means[place]) - first) / self.scale.range
        if height < EARLY or float(means[place]) < 2 * first:
            return None
        step = course.first_step + place
        later = means[place:]
        passed = bool((later < first).any()) and int(np.argmax(later < first)) <= SOON
        return Rise("start", course.first_step, step, first, float(means[place]), height, passed)

    def _above_the_start(self, course: Course) -> Rise | None:
        """Noisy, but window after window worse than before the first step."""
        first = self._first_loss(course)
        latest = course.means.values[-LASTING:]
        if first is None or len(latest) < LASTING:
            return None
        if float(latest.min()) - first < self._rising(first):
            return None
        peak = float(np.median(latest))
        step = course.step_of(course.means.count - LASTING)
        height = (peak - first) / self.scale.range
        return Rise("start", course.first_step, step, first, peak, height)

    def _at(self, course: Course, place: int) -> Rise | None:
        means = course.means.values
        value = float(means[place])
        first = self._first_loss(course)
        if first is not None and place <= max(2, TRAIL // 4):
            height = (value - first) / self.scale.range
            noise = float(course.errors.values[place])
            if value - first > self._rising(first) and value - first > NOISE * noise:
                step = course.step_of(place)
                below = means[place : place + 1 + SOON // course.window] < first
                passed = bool(below.any())
                return Rise("start", course.first_step, step, first, value, height, passed)
        if place < 2:
            return None
        trail = means[max(0, place - TRAIL) : place]
        level = float(np.median(trail[-min(len(trail), 9) :]))
        # A loss that falls fast has its median above its end: rises are counted from below it.
        level = min(level, float(np.median(trail[-3:])))
        height = (value - level) / self.scale.range
        if height < SPIKE or value < SPIKE_RATIO * level or not np.isfinite(value):
            return None
        noise = _noise(trail, course.errors.values[max(0, place - TRAIL) : place])
        if value - level < NOISE * noise:
            return None
        return Rise("spike", self._before(course, place, level), course.step_of(place), level,
                    value, height)  # fmt: skip

    def _rising(self, first: float) -> float:
        """So far above the first loss the loss has risen: a share of what can be learned, or of
        the loss itself where that is larger, because then it is not known more exactly."""
        return max(RISING * self.scale.range, 0.5 * first)

    def _first_loss(self, course: Course) -> float | None:
        """The loss at the start; knowing nothing where it is below that."""
        if self.start is None:
            return None
        return max(self.start, self.scale.constant)

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


def _noise(trail: Array, errors: Array) -> float:
    """How much window means differ by chance: from their own differences, and from what their
    steps say."""
    within = float(np.median(errors))
    if len(trail) < 4:
        return within
    steps = np.abs(np.diff(trail))
    return float(max(within, 1.4826 * float(np.median(steps)) / np.sqrt(2)))
