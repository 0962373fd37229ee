"""A line of training that one can walk along: forward step by step, back to any state it had, and
off into a branch.

A change in the middle of it (another learning rate, another batch size) begins a new stretch; a
branch shares the stretches before its fork with the line that it comes from.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from glassnet.engines.report import Report
from glassnet.errors import InputError
from glassnet.insight.doctor import Doctor, Finding
from glassnet.lab.curve import Curve
from glassnet.nn.state import State
from glassnet.training.events import EpochEnded, Event, NonFinite, StepsDone
from glassnet.training.job import Job
from glassnet.training.loop import Training
from glassnet.training.past import Past

MOST_FIGURES = 2048  # epochs, and looks at the layers, that are kept


@dataclass(frozen=True)
class Epoch:
    """The figures of an epoch; step: the state at its end, which the held-out ones belong to."""

    step: int
    accuracy: float | None
    held_out_loss: float | None
    held_out_accuracy: float | None


@dataclass(frozen=True)
class Norms:
    """The layers with weights at a step, weights and biases w of each together: ‖∂L/∂w‖, and
    ‖Δw‖ / ‖w‖."""

    step: int
    gradients: tuple[float, ...]
    updates: tuple[float, ...]


@dataclass(frozen=True)
class Stretch:
    """Steps that were made by the same rule: from `first` on, and how the states can be had."""

    first: int
    past: Past


@dataclass
class Course:
    """What the steps of a line came to: the loss of each, without penalties, before its update;
    figures of epochs and layers, every second one dropped when there are too many."""

    losses: Curve = field(default_factory=Curve)
    epochs: list[Epoch] = field(default_factory=list)
    norms: list[Norms] = field(default_factory=list)

    def until(self, step: int) -> "Course":
        """A copy of what lies before a step."""
        return Course(
            self.losses.until(step),
            [each for each in self.epochs if each.step <= step],
            [each for each in self.norms if each.step < step],
        )

    def thin(self) -> None:
        """Keep within the limits."""
        for figures in (self.epochs, self.norms):
            if len(figures) > MOST_FIGURES:
                del figures[-2::-2]


class Line:
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
    def step(self) -> int:
        """How many steps there were."""
        return self.state.step

    @property
    def engine(self) -> str:
        """Which engine makes the steps."""
        return self._training.stepper.name

    @property
    def kept_steps(self) -> list[int]:
        """The steps whose states are kept as they were, the others being run forward to."""
        stretches = self.stretches
        ends = [each.first for each in stretches[1:]] + [self.step + 1]
        return [
            step
            for stretch, end in zip(stretches, ends, strict=True)
            for step in stretch.past.kept_steps
            if step < end
        ]

    @property
    def findings(self) -> list[Finding]:
        """What the doctor has found so far."""
        return self.doctor.findings

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The stretches, the latest last."""
        past = self._training.past
        assert past is not None  # there are listeners
        return (*self._earlier, Stretch(past.first, past))

    def advance(self, most: int | None = None) -> Report | None:
        """Make some steps, `most` of them; None where the line has ended."""
        if self.ended is not None:
            return None
        if self._training.is_over:
            self._finish("finished")
            return None
        return self._training.advance(most=most)

    def state_at(self, step: int) -> State:
        """The state before a step, a copy. Raises ``InputError`` for a step that wasn't made."""
        if not 0 <= step <= self.step:
            raise InputError(f"this run has the steps 0 to {self.step}; there is no step {step}")
        stretch = next(each for each in reversed(self.stretches) if each.first <= step)
        return stretch.past.state_at(step)

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
        self._training = Training(job, state, [self.doctor, self._hear], plan)
        self._training.begin()

    def _hear(self, event: Event) -> None:
        if isinstance(event, StepsDone):
            self._add(event.report)
        elif isinstance(event, EpochEnded):
            held_out = event.validation
            self.course.epochs.append(Epoch(
                self.step, event.accuracy, held_out.get("loss"), held_out.get("accuracy")
            ))  # fmt: skip
            self.course.thin()
        elif isinstance(event, NonFinite):
            self._finish("non-finite")

    def _add(self, report: Report) -> None:
        made = len(report.losses) - (report.nonfinite is not None)
        losses = np.array(report.data_losses[:made])
        if self.job.stack.loss.reduction == "sum":
            losses = losses / np.array(report.rows[:made])
        self.course.losses.add(losses)
        layers = [each for each in report.layers if each.weight_norm is not None]
        if made and layers:
            self.course.norms.append(Norms(
                self.step - 1,
                tuple(each.gradient_norm or 0.0 for each in layers),
                tuple((each.update_norm or 0.0) / (each.weight_norm or 1.0) for each in layers),
            ))  # fmt: skip
            self.course.thin()

    def _finish(self, reason: str) -> None:
        if self.ended is None:
            self.ended = reason
            self._training.end()
