"""The training loop: it draws each pass's order, lets an engine make the steps, tells the
listeners, keeps the best state, and ends for a reason."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from glassnet.engines import numpy_engine
from glassnet.engines.numpy_engine import Plan
from glassnet.engines.report import NonFiniteReport, Report
from glassnet.engines.samples import Samples
from glassnet.nn import random
from glassnet.nn.arrays import Array
from glassnet.nn.stack import SHARD_ROWS, Stack
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule
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

SECONDS_BETWEEN_REPORTS = 0.05


@dataclass(frozen=True)
class Job:
    """What is trained, on what, for how long: all that `train` needs beside the state.

    rows: the rows that take part (those of weight above 0), None for all; keep_best: end with the
    state of the lowest validation loss.
    """

    stack: Stack
    rule: UpdateRule
    samples: Samples
    seed: int
    batch_size: int
    epochs: int
    rows: Array | None = None
    validation: Samples | None = None
    keep_best: bool = False
    shard_rows: int = SHARD_ROWS

    @property
    def count(self) -> int:
        """How many samples a pass has."""
        return len(self.samples) if self.rows is None else len(self.rows)

    @property
    def batches(self) -> int:
        """How many steps a pass has."""
        return -(-self.count // self.batch_size)

    def order(self, epoch: int) -> Array | None:
        """The rows of a pass, in turn: shuffled, a function of seed and epoch, unless one batch
        holds them all."""
        if self.batch_size >= self.count:
            return self.rows
        order = random.permutation(self.seed, random.Stream.ORDER, self.count, epoch)
        return order if self.rows is None else self.rows[order]


@dataclass
class Outcome:
    """How a run ended: the reason, the best epoch (from 1), and where it was not finite."""

    reason: str = "finished"
    best_epoch: int | None = None
    nonfinite: NonFiniteReport | None = None


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
    plan = _plan(job, state)
    last_epoch = state.epoch + job.epochs
    audience.tell(
        RunStarted(
            job.epochs, job.batches, job.count, job.stack.layout.size, state.epoch,
            numpy_engine.NAME, job.validation is not None,
        )
    )  # fmt: skip
    with Interruption() as interruption:
        while state.epoch < last_epoch and audience.wish is None and not interruption.asked:
            began = time.perf_counter()
            reports = _pass(job, plan, state, audience, lambda: interruption.asked)
            if reports and reports[-1].nonfinite is not None:
                outcome.nonfinite = reports[-1].nonfinite
                audience.tell(NonFinite(outcome.nonfinite))
                break
            if state.batch == 0:
                _end_epoch(job, state, reports, began, best, audience)
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


def _pass(
    job: Job, plan: Plan, state: State, audience: Audience, interrupted: Callable[[], bool]
) -> list[Report]:
    """The rest of the pass under way, in pieces short enough to report and to stop."""
    epoch, order = state.epoch, job.order(state.epoch)
    reports: list[Report] = []
    while state.epoch == epoch and audience.wish is None and not interrupted():
        until = time.monotonic() + SECONDS_BETWEEN_REPORTS

        def stop(until: float = until) -> bool:
            return interrupted() or time.monotonic() > until

        report = numpy_engine.run(
            job.stack, job.rule, state, job.samples, plan, order, job.batches, stop
        )
        reports.append(report)
        audience.tell(StepsDone(report, epoch + 1))
        if report.nonfinite is not None:
            break
    return reports


def _end_epoch(
    job: Job,
    state: State,
    reports: list[Report],
    began: float,
    best: _Best,
    audience: Audience,
) -> None:
    """Work out the epoch's figures, keep the best state, tell the listeners."""
    validation = {} if job.validation is None else evaluate(job.stack, state, job.validation)
    rows = [count for report in reports for count in report.rows]
    right = [count for report in reports for count in report.right]
    known = [count for count in right if count is not None]
    event = EpochEnded(
        epoch=state.epoch,
        loss=_mean(job, [x for report in reports for x in report.losses], rows),
        loss_without_penalty=_mean(job, [x for r in reports for x in r.data_losses], rows),
        accuracy=sum(known) / sum(rows) if len(known) == len(right) else None,
        validation=validation,
        learning_rate=reports[-1].learning_rate,
        gradient_norm=_average([x for report in reports for x in report.gradient_norms]),
        seconds=time.perf_counter() - began,
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


def _mean(job: Job, losses: list[float], rows: list[int]) -> float:
    """The mean over batches; a shorter last batch counts for less where losses are means."""
    if job.stack.loss.reduction == "sum":
        return _average(losses)
    return math.fsum(loss * count for loss, count in zip(losses, rows, strict=True)) / sum(rows)


def _average(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _reason(outcome: Outcome, interrupted: bool, audience: Audience) -> str:
    if outcome.nonfinite is not None:
        return "non-finite"
    if interrupted:
        return "interrupted"
    return audience.wish or "finished"
