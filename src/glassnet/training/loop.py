"""The training loop: it draws each pass's order, lets an engine make the steps, tells the
listeners, keeps the best state, and ends for a reason."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from glassnet.engines.native.steps import Native
from glassnet.engines.numpy_engine import Plan
from glassnet.engines.report import NonFiniteReport
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
from glassnet.training.interrupt import Interruption
from glassnet.training.job import Job
from glassnet.training.past import Past
from glassnet.training.stepping import PassFigures, Stepper


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


def train(job: Job, state: State, listeners: Sequence[Listener]) -> Outcome:
    """Train `state` in place for `job.epochs` passes, or until something ends the run."""
    audience, outcome, best = Audience(listeners), Outcome(), _Best()
    unseen = all(getattr(listener, "passive", False) for listener in listeners)
    alone = unseen and job.validation is None and not job.stack.layout.of_kind("threshold")
    plan = _plan(job, state)
    stepper = Stepper(job, plan, state, job.engine, whole_runs=alone)
    past = None if unseen else Past(job, plan, state)
    outcome.engine, outcome.engine_reasons = stepper.name, tuple(stepper.reasons)
    last_epoch = state.epoch + job.epochs
    audience.tell(
        RunStarted(
            job.epochs, job.batches, job.count, job.stack.layout.size, state.epoch,
            stepper.name, job.validation is not None, past,
        )
    )  # fmt: skip
    with Interruption() as interruption:
        while state.epoch < last_epoch and audience.wish is None and not interruption.asked:
            epoch = state.epoch
            report, passes = stepper.advance(state, last_epoch, lambda: interruption.asked)
            if past is not None:
                past.note()
            audience.tell(StepsDone(report, epoch + 1))
            for figures in passes:
                _end_epoch(job, state, figures, best, audience, stepper.native)
            if report.nonfinite is not None:
                outcome.nonfinite = report.nonfinite
                audience.tell(NonFinite(outcome.nonfinite))
                break
        asked = interruption.asked
    outcome.reason = _reason(outcome, asked, audience)
    outcome.best_epoch = best.epoch
    if best.state is not None and (job.keep_best or asked):
        state.become(best.state)
    audience.tell(RunEnded(outcome.reason, state.epoch, best.epoch))
    return outcome


@dataclass
class _Best:
    """The state of the lowest validation loss so far."""

    loss: float = math.inf
    epoch: int | None = None
    state: State | None = field(default=None, repr=False)


def _plan(job: Job, state: State) -> Plan:
    """The schedule's clock: from the network's first step, or from this fit's."""
    own = job.rule.schedule.epochs
    if own is not None:
        return Plan(job.seed, job.batch_size, own, 0.0, job.shard_rows)
    begin = state.epoch + state.batch / job.batches
    return Plan(job.seed, job.batch_size, float(job.epochs), begin, job.shard_rows)


def _end_epoch(
    job: Job, state: State, figures: PassFigures, best: _Best, audience: Audience,
    kernel: Native | None,
) -> None:  # fmt: skip
    """Work out the epoch's figures, keep the best state, tell the listeners."""
    began = time.perf_counter()
    validation = (
        {} if job.validation is None else evaluate(job.stack, state, job.validation, kernel)
    )
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
    audience.tell(event)
    if validation and validation["loss"] < best.loss:
        best.loss, best.epoch, best.state = validation["loss"], state.epoch, state.copy()
        audience.tell(ImprovedBest(state.epoch, best.loss))


def learned_threshold(stack: Stack, state: State) -> float | None:
    """The value of the SoftStep's threshold, where the network has one."""
    for segment in stack.layout.of_kind("threshold"):
        return float(state.parameters[segment.offset])
    return None


def _reason(outcome: Outcome, interrupted: bool, audience: Audience) -> str:
    if outcome.nonfinite is not None:
        return "non-finite"
    if interrupted:
        return "interrupted"
    return audience.wish or "finished"
