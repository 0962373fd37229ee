"""A line of training that one can walk along: forward step by step, back to any state it had, and
off into a branch.

A change in the middle of it (another learning rate, another batch size) begins a new stretch; a
branch shares the stretches before its fork with the line that it comes from.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from glassnet.engines.report import Report
from glassnet.insight.doctor import Doctor
from glassnet.lab.lines.trail import Course, Stretch, Trail
from glassnet.nn.state import State
from glassnet.training.job import Job
from glassnet.training.loop import Training
from glassnet.training.past import Past

PIECE = 0.05  # seconds of training at a time


class Line(Trail):
    """One line of training. start: makes its first stretch with these listeners."""

    def __init__(self, start: Callable[[list[Any]], Training]) -> None:
        self.doctor = Doctor()
        self.course = Course()
        self.ended: str | None = None
        self.forked_at: int | None = None
        self._earlier: tuple[Stretch, ...] = ()
        self._training = start([self.doctor, self._hear])
        self._training.begin()

    @property
    def job(self) -> Job:
        """What is being trained, and by which rule."""
        return self._training.job

    @property
    def state(self) -> State:
        """The state as it stands: to be read only."""
        return self._training.state

    @property
    def engine(self) -> str:
        """Which engine makes the steps."""
        return self._training.stepper.name

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The stretches, the latest last."""
        past = self._training.past
        assert past is not None  # there are listeners
        return (*self._earlier, Stretch(past.first, past))

    def advance(self, most: int | None = None, seconds: float = PIECE) -> Report | None:
        """Make some steps, `most` of them, for about so long; None where the line has ended."""
        if self.ended is not None:
            return None
        if self._training.is_over:
            self._finish("finished")
            return None
        return self._training.advance(most=most, seconds=seconds)

    def change(self, **changes: Any) -> None:
        """Go on by another rule from here: fields of the ``Job``, such as rule or batch_size."""
        self._earlier = self.stretches
        self._go_on(replace(self.job, **changes), self.state)

    def branch(self, step: int, **changes: Any) -> "Line":
        """A line of its own that leaves this one before a step, by the rule of then or another."""
        state = self.state_at(step)
        kept = [each for each in self.stretches if each.first <= step]
        job = replace(kept[-1].past.job, **changes)
        made = object.__new__(Line)
        made.doctor, made.course = Doctor(), self.course.until(step)
        made.ended, made.forked_at, made._earlier = None, step, tuple(kept)
        made._training = self._training
        made._go_on(job, state, kept[-1].past)
        return made

    def _go_on(self, job: Job, state: State, past: Past | None = None) -> None:
        """Another stretch from this state, by the clock of the one before it."""
        plan = self._training.plan if past is None else past.plan
        if state.batch >= job.batches or job.batches != self.job.batches:
            state.batch = 0
        plan = plan._replace(batch_size=job.batch_size)
        self._training = Training(job, state, [self.doctor, self._hear], plan, watched=True)
        self._training.begin()

    def _finish(self, reason: str) -> None:
        if self.ended is None:
            self.ended = reason
            self._training.end()
