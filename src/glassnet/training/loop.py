"""The training loop: it draws each pass's order, lets an engine make the steps, tells the
listeners, keeps the best state, and ends for a reason."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from glassnet.engines.numpy_engine import Plan
from glassnet.engines.report import NonFiniteReport, Report
from glassnet.errors import NonFiniteLossError
from glassnet.nn.stack import Stack
from glassnet.nn.state import State
from glassnet.training.evaluation import evaluate
from glassnet.training.events import (
    EpochEnded,
    Event,
    ImprovedBest,
    Listener,
    NonFinite,
    RunEnded,
    RunStarted,
    StepsDone,
)
from glassnet.training.history import History
from glassnet.training.interrupt import Interruption
from glassnet.training.job import Job
from glassnet.training.past import Past
from glassnet.training.stepping import PassFigures, Stepper

VALIDATION_SHARE = 0.05  # of the time of a run that is watched


@dataclass
class Outcome:
    """How a run ended: the reason, the best epoch (from 1), and where it was not finite."""

    reason: str = "finished"
    best_epoch: int | None = None
    nonfinite: NonFiniteReport | None = None
    engine: str = ""
    engine_reasons: tuple[str, ...] = ()


class Audience:
    """The listeners of a run, and what they asked for."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self.listeners = listeners
        self.wish: str | None = None

    def tell(self, event: Event) -> None:
        """Tell every listener; the first wish to stop counts."""
        for listener in self.listeners:
            answer = listener(event)
            if answer and self.wish is None:
                self.wish = answer if isinstance(answer, str) else "asked"


@dataclass
class _Best:
    """The state of the lowest validation loss so far."""

    loss: float = math.inf
    epoch: int | None = None
    state: State | None = field(default=None, repr=False)


class Training:
    """A run that is made piece by piece: `begin`, `advance` as often as one likes, `end`.

    plan: the schedule's clock and the seed of another run, which this one goes on with. watched:
    listeners look at the run as it goes, not at every epoch's end: passes may follow one another
    within a piece, of which only the last one's end is told, and validation samples are evaluated
    for a bounded share of the time, so that not every epoch has such figures.
    """

    def __init__(
        self, job: Job, state: State, listeners: Sequence[Listener], plan: Plan | None = None,
        watched: bool = False,
    ) -> None:  # fmt: skip
        self.job, self.state = job, state
        self._audience = Audience(listeners)
        unseen = all(getattr(listener, "passive", False) for listener in listeners)
        alone = unseen and job.validation is None and not job.stack.layout.of_kind("threshold")
        self.plan = _plan(job, state) if plan is None else plan
        whole_runs = alone or watched
        self.stepper = Stepper(job, self.plan, state, job.engine, whole_runs=whole_runs)
        self.watched = watched
        self._validation_due = 0.0  # the time before which nothing is evaluated, where watched
        self.past = None if unseen else Past(job, self.plan, state)
        self._last_epoch = state.epoch + job.epochs
        self._best = _Best()
        self._nonfinite: NonFiniteReport | None = None

    def begin(self) -> None:
        """Tell the listeners of the start."""
        job = self.job
        self._audience.tell(
            RunStarted(
                job.epochs, job.batches, job.count, job.stack.layout.size, self.state.epoch,
                self.stepper.name, job.validation is not None, self.past,
            )
        )  # fmt: skip

    @property
    def is_over(self) -> bool:
        """Whether all passes are made, a listener asked to stop, or the loss is not finite."""
        done = self.state.epoch >= self._last_epoch
        return done or self._audience.wish is not None or self._nonfinite is not None

    def advance(
        self, interrupted: Callable[[], bool] = lambda: False, most: int | None = None,
        seconds: float | None = None,
    ) -> Report:  # fmt: skip
        """Make some steps, `most` of them: as many as a few hundredths of a second hold, or so many
        seconds."""
        epoch = self.state.epoch
        report, passes = self.stepper.advance(
            self.state, self._last_epoch, interrupted, most, seconds
        )
        if self.past is not None:
            self.past.note()
        self._audience.tell(StepsDone(report, epoch + 1))
        for figures in passes[-1:] if self.watched else passes:
            self._end_epoch(figures)
        if report.nonfinite is not None:
            self._nonfinite = report.nonfinite
            self._audience.tell(NonFinite(report.nonfinite))
        return report

    def end(self, interrupted: bool = False) -> Outcome:
        """Go back to the best state where that was asked for, tell the listeners, say why."""
        best, state = self._best, self.state
        reason = self._audience.wish or "finished"
        if self._nonfinite is not None:
            reason = "non-finite"
        elif interrupted:
            reason = "interrupted"
        if best.state is not None and (self.job.keep_best or interrupted):
            state.become(best.state)
        self._audience.tell(RunEnded(reason, state.epoch, best.epoch))
        reasons = tuple(self.stepper.reasons)
        return Outcome(reason, best.epoch, self._nonfinite, self.stepper.name, reasons)

    def _end_epoch(self, figures: PassFigures) -> None:
        """Work out the epoch's figures, keep the best state, tell the listeners."""
        job, state, best = self.job, self.state, self._best
        began = time.perf_counter()
        validation: dict[str, float] = {}
        is_due = not self.watched or began >= self._validation_due
        if job.validation is not None and is_due:
            validation = evaluate(job.stack, state, job.validation, self.stepper.native)
            spent = time.perf_counter() - began
            self._validation_due = began + spent / VALIDATION_SHARE
        event = EpochEnded(
            epoch=figures.epoch,
            loss=figures.loss,
            loss_without_penalty=figures.loss_without_penalty,
            accuracy=figures.accuracy,
            validation=validation,
            learning_rate=figures.learning_rate,
            gradient_norm=figures.gradient_norm,
            seconds=figures.seconds + time.perf_counter() - began,
            threshold=learned_threshold(job.stack, state),
        )
        self._audience.tell(event)
        if validation and validation["loss"] < best.loss:
            best.loss, best.epoch, best.state = validation["loss"], state.epoch, state.copy()
            self._audience.tell(ImprovedBest(state.epoch, best.loss))


def train(job: Job, state: State, listeners: Sequence[Listener]) -> Outcome:
    """Train `state` in place for `job.epochs` passes, or until something ends the run."""
    training = Training(job, state, listeners)
    training.begin()
    with Interruption() as interruption:
        while not training.is_over and not interruption.asked:
            training.advance(lambda: interruption.asked)
        asked = interruption.asked
    return training.end(asked)


def _plan(job: Job, state: State) -> Plan:
    """The schedule's clock: from the network's first step, or from this fit's."""
    own = job.rule.schedule.epochs
    if own is not None:
        return Plan(job.seed, job.batch_size, own, 0.0, job.shard_rows)
    begin = state.epoch + state.batch / job.batches
    return Plan(job.seed, job.batch_size, float(job.epochs), begin, job.shard_rows)


def learned_threshold(stack: Stack, state: State) -> float | None:
    """The value of the SoftStep's threshold, where the network has one."""
    for segment in stack.layout.of_kind("threshold"):
        return float(state.parameters[segment.offset])
    return None


def nonfinite_error(where: NonFiniteReport, history: History) -> NonFiniteLossError:
    """The error of a loss that became infinite, with its place."""
    return NonFiniteLossError(
        f"the loss is no longer finite at step {where.step}: the first infinity or NaN is in the "
        f"{where.what} of layer '{where.layer}', where the largest finite value is "
        f"{where.largest:.3g}; try a smaller learning rate, scaled inputs, or clip_norm=1",
        step=where.step,
        layer=where.layer,
        largest=where.largest,
        history=history,
    )
