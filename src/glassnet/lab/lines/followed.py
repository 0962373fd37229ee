"""The trail of a training that someone else makes, such as a notebook's `fit`: it is followed by
its events, through one fit or several that go on from each other."""

import numpy as np

from glassnet.engines.samples import Samples
from glassnet.errors import InputError
from glassnet.insight.doctor import Doctor
from glassnet.lab.lines.curve import Curve
from glassnet.lab.lines.trail import Course, Stretch, Trail
from glassnet.nn.state import State
from glassnet.training.events import Event, RunEnded
from glassnet.training.job import Job
from glassnet.training.past import Past

MOST_BYTES = 128 << 20  # of the snapshots of earlier fits


class Followed(Trail):
    """job, state: as they are before the first fit that is heard."""

    def __init__(self, job: Job, state: State, engine: str = "") -> None:
        self.doctor = Doctor()
        self.course = Course(losses=Curve(state.step))
        self.ended: str | None = None
        self.forked_at: int | None = None
        self._job, self._state, self._engine = job, state, engine
        self._stretches: tuple[Stretch, ...] = ()

    @property
    def job(self) -> Job:
        """What is being trained, and by which rule."""
        return self._job

    @property
    def engine(self) -> str:
        """Which engine makes the steps."""
        return self._engine

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The fits whose states can be had again, the latest last."""
        return self._stretches

    @property
    def step(self) -> int:
        """How many steps there were; a model that went back to its best ones stands before it."""
        return self._stretches[-1].past.latest if self._stretches else self._state.step

    @property
    def state(self) -> State:
        """The state after the latest step: to be read only."""
        if self._state.step == self.step:
            return self._state
        try:
            return self.state_at(self.step)
        except InputError:  # too large to be had again: as the model stands
            return self._state

    @property
    def went_back_to(self) -> int | None:
        """The step at which the model stands, where that isn't the latest one."""
        return self._state.step if self._state.step < self.step else None

    def goes_on_with(self, past: Past) -> bool:
        """Whether a fit that begins goes on from here."""
        return past.state is self._state and self.course.losses.first <= past.first <= self.step

    def follow(self, past: Past, engine: str) -> None:
        """Follow a fit that begins, from `past.first` on."""
        if past.first < self.step:
            self.course = self.course.until(past.first)
        earlier = [each for each in self._stretches if each.first < past.first]
        if earlier and not same_samples(earlier[-1].past.job, past.job):
            earlier = []  # steps of other samples: there is nothing to show them with
        while sum(_bytes(each.past) for each in earlier) > MOST_BYTES:
            del earlier[0]
        self._stretches = (*earlier, Stretch(past.first, past))
        self._job, self._state, self._engine, self.ended = past.job, past.state, engine, None

    def hear(self, event: Event) -> None:
        """Take in what happened."""
        self.doctor(event)
        self._hear(event)
        if isinstance(event, RunEnded) and event.reason != "interrupted":
            self._finish("finished")


def same_samples(one: Job, other: Job) -> bool:
    """Whether two trainings are of the same samples, in the same order, beside the same others."""
    return _same(one.samples, other.samples) and _same(one.validation, other.validation)


def _same(a: Samples | None, b: Samples | None) -> bool:
    if a is None or b is None or (a.X is b.X and a.Y is b.Y):
        return (a is None) == (b is None)
    if hasattr(a.X, "toarray") or a.X.shape != b.X.shape or a.Y.shape != b.Y.shape:
        return False
    return np.array_equal(a.Y, b.Y) and np.array_equal(a.X, b.X)


def _bytes(past: Past) -> int:
    state = past.state
    vectors = [state.parameters, state.buffers, *state.slots.values()]
    return len(past.kept_steps) * sum(vector.nbytes for vector in vectors)
