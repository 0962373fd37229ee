"""What was heard of a training, and the way back to any state that it had."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from glassnet.engines.report import Report
from glassnet.errors import InputError
from glassnet.insight.doctor import Doctor, Finding
from glassnet.lab.lines.curve import Curve
from glassnet.nn.state import State
from glassnet.training.events import EpochEnded, Event, NonFinite, StepsDone
from glassnet.training.job import Job
from glassnet.training.past import Past

MOST_FIGURES = 2048  # epochs, and looks at the layers, that are kept
NOT_OURS = "this training is made by someone else: it can be watched, and its past looked at"


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


Figures = TypeVar("Figures", Epoch, Norms)


@dataclass(frozen=True)
class Stretch:
    """Steps that were made by the same rule: from `first` on, and how the states can be had."""

    first: int
    past: Past


@dataclass
class Course:
    """What the steps of a line came to: the loss of each, without penalties, before its update;
    figures of epochs and layers, evenly thinned when there are too many."""

    losses: Curve = field(default_factory=Curve)
    epochs: list[Epoch] = field(default_factory=list)
    norms: list[Norms] = field(default_factory=list)
    looked_up: dict[int, Epoch] = field(default_factory=dict)  # figures worked out afterwards

    def until(self, step: int) -> "Course":
        """A copy of what lies before a step."""
        return Course(
            self.losses.until(step),
            [each for each in self.epochs if each.step <= step],
            [each for each in self.norms if each.step < step],
            {end: each for end, each in self.looked_up.items() if end <= step},
        )

    def thin(self) -> None:
        """Keep within the limits: of too many figures every second one, evenly over all steps."""
        self.epochs, self.norms = _evenly(self.epochs), _evenly(self.norms)


def _evenly(figures: list[Figures]) -> list[Figures]:
    if len(figures) <= MOST_FIGURES:
        return figures
    steps = np.array([each.step for each in figures])
    wanted = np.linspace(steps[0], steps[-1], MOST_FIGURES // 2)
    return [figures[int(place)] for place in np.unique(np.searchsorted(steps, wanted))]


class Trail(ABC):
    """A training as it is looked at. Whoever makes it says what is trained and how it stands."""

    doctor: Doctor
    course: Course
    ended: str | None
    forked_at: int | None

    @property
    @abstractmethod
    def job(self) -> Job:
        """What is being trained, and by which rule."""

    @property
    @abstractmethod
    def state(self) -> State:
        """The state as it stands: to be read only."""

    @property
    @abstractmethod
    def engine(self) -> str:
        """Which engine makes the steps."""

    @property
    @abstractmethod
    def stretches(self) -> tuple[Stretch, ...]:
        """The stretches, the latest last."""

    @property
    def step(self) -> int:
        """How many steps there were."""
        return self.state.step

    @property
    def first_step(self) -> int:
        """The first step whose state can be had again."""
        stretches = self.stretches
        return stretches[0].first if stretches else self.step

    @property
    def kept_steps(self) -> list[int]:
        """The steps whose states are kept as they were, the others being run forward to."""
        stretches = self.stretches
        ends = [*(each.first for each in stretches[1:]), self.step + 1]
        return [
            step
            for stretch, end in zip(stretches, ends, strict=False)
            for step in stretch.past.kept_steps
            if step < end
        ]

    @property
    def findings(self) -> list[Finding]:
        """What the doctor has found so far."""
        return self.doctor.findings

    def advance(self, most: int | None = None, seconds: float = 0.05) -> Report | None:
        """Make some steps, `most` of them; None where the training has ended.

        Raises ``InputError``, as `change` and `branch` do, where it is not ours to go on with.
        """
        raise InputError(NOT_OURS)

    def state_at(self, step: int) -> State:
        """The state before a step, a copy. Raises ``InputError`` for a step that wasn't made, or
        can't be had again."""
        first = self.first_step
        if not first <= step <= self.step:
            raise InputError(
                f"this run has the steps {first} to {self.step}; there is no step {step}"
            )
        stretch = next((each for each in reversed(self.stretches) if each.first <= step), None)
        return self.state.copy() if stretch is None else stretch.past.state_at(step)

    def job_at(self, step: int) -> Job:
        """What was trained by the step from this state on, or will be."""
        if step < self.step:
            for stretch in reversed(self.stretches):
                if stretch.first <= step:
                    return stretch.past.job
        return self.job

    def change(self, **changes: Any) -> None:
        """Go on by another rule from here: fields of the ``Job``, such as rule or batch_size."""
        raise InputError(NOT_OURS)

    def branch(self, step: int, **changes: Any) -> "Trail":
        """One of its own that leaves this one before a step, by the rule of then or another."""
        raise InputError(NOT_OURS)

    def _hear(self, event: Event) -> None:
        if isinstance(event, StepsDone):
            self._add(event.report)
        elif isinstance(event, EpochEnded):
            held_out = event.validation
            if self.job.validation is not None and not held_out:
                return  # one of many that followed one another
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
        """No more steps can be made."""
        if self.ended is None:
            self.ended = reason
