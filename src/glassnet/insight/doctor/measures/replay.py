"""Steps of a run made again from one of its states: as they were, more slowly, or without one row.

What a change would have done is the surest test of a cause: the batches, their order and dropout
are the same, so that nothing else is different.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from glassnet.engines.samples import Samples
from glassnet.nn.arrays import Array
from glassnet.nn.schedules import Schedule
from glassnet.nn.state import State
from glassnet.training.past import Past
from glassnet.training.stepping import Stepper

WORK = 6e9  # multiplications that steps made again may take
MOST_STEPS = 512


@dataclass(frozen=True)
class Scaled:
    """Another schedule's rate, times a factor."""

    schedule: Schedule
    factor: float

    @property
    def name(self) -> str:
        """That of the other schedule."""
        return self.schedule.name

    @property
    def epochs(self) -> float | None:
        """That of the other schedule."""
        return self.schedule.epochs

    def rate(self, epoch: float, epochs: float) -> float:
        """The other schedule's rate, times the factor."""
        return self.factor * self.schedule.rate(epoch, epochs)


def affordable(past: Past) -> int:
    """How many steps may be made again."""
    job = past.job
    rows = min(job.batch_size, job.count)
    return int(min(MOST_STEPS, WORK / (6.0 * rows * max(1, job.stack.layout.size))))


def replay(
    past: Past,
    state: State,
    steps: int,
    *,
    factor: float = 1.0,
    without: Sequence[int] = (),
    penalties: bool = True,
) -> Array:
    """The per-row losses of so many steps from `state`, which is changed.

    factor: of the learning rate; without: rows that count for nothing; penalties: whether penalties
    and weight decay stay. Fewer losses come back where a step's loss is not finite; that one is
    infinity.
    """
    job = past.job
    rule = job.rule
    if not penalties:
        rule = replace(rule, l1=0.0, l2=0.0, weight_decay=0.0)
    if factor != 1.0:
        rule = replace(rule, schedule=Scaled(rule.schedule, factor))
    samples = _without(job.samples, without) if len(without) else job.samples
    changed = replace(job, rule=rule, samples=samples)
    stepper = Stepper(changed, past.plan, state, job.engine, whole_runs=False)
    summed = job.stack.loss.reduction == "sum"
    losses: list[float] = []
    while len(losses) < steps:
        report, _ = stepper.advance(state, state.epoch + 1, lambda: False, most=steps - len(losses))
        made = report.data_losses
        if summed:
            made = [loss / rows for loss, rows in zip(made, report.rows, strict=True)]
        losses += made
        if report.nonfinite is not None:
            losses[-1] = np.inf
            break
        if not made:
            break
    return np.array(losses)


def _without(samples: Samples, rows: Sequence[int]) -> Samples:
    weights = np.ones(len(samples)) if samples.weights is None else samples.weights.copy()
    weights[list(rows)] = 0.0
    return Samples(samples.X, samples.Y, weights)
