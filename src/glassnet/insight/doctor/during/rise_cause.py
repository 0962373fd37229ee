"""Why the loss rose, measured on the state before it: the learning rate against the curvature, or
one odd row; and what the same steps do with the one and the other taken away."""

from dataclasses import dataclass

import numpy as np

from glassnet.errors import InputError
from glassnet.insight import curvature
from glassnet.insight.curvature import Curvature
from glassnet.insight.doctor.during.rises import Rise
from glassnet.insight.doctor.measures.look import some_rows
from glassnet.insight.doctor.measures.replay import affordable, replay
from glassnet.insight.doctor.measures.rows import OddRow, heaviest_row
from glassnet.nn.arrays import Array
from glassnet.nn.state import State
from glassnet.training.past import Past

HOLDS = 0.5  # of a batch's gradient: more than that is most of it
GONE = 0.4  # of the rise's height: so little left, and the change has taken it away
REMEMBERED = 20  # updates, before an optimizer's memory of gradients is one
MOST_BATCHES = 64  # that are looked through for an odd row
SLOWER = (0.1, 0.01, 1e-3, 1e-4)  # the factors of the learning rate that are tried
CALM, CALM_RANGE = 1.5, 0.25  # times the level, or so much of what can be learned above it


@dataclass(frozen=True)
class RiseCause:
    """What was measured. why: "learning-rate", "odd-sample" or "unknown".

    rate: the largest η of the rise; curvature, ratio: λ before it, and η over the largest stable
    rate; row: the heaviest row of its batches; slower, without: the height that is left of the
    rise, as a share, when the steps are made again with `factor` of the rate, and without the row
    (NaN: not tried); step: the state before it was looked into.
    """

    why: str
    rate: float
    curvature: Curvature | None
    ratio: float
    row: OddRow | None
    slower: float
    factor: float
    without: float
    step: int


def find_cause(past: Past, rise: Rise, window: int) -> RiseCause:
    """Measure the causes of a rise; window: the steps of a window of the course."""
    job = past.job
    before = min(max(rise.before, past.first), past.latest)
    rate = largest_rate(past, before, max(before, min(rise.step, past.latest)))
    try:
        state = past.state_at(before)
    except InputError:  # a network so large that no state of it is kept
        return RiseCause("unknown", rate, None, np.nan, None, np.nan, SLOWER[0], np.nan, before)
    bend, ratio = _curvature(past, state, rate)
    steps = min(max(rise.step + window - before, 2), affordable(past))
    row = _heaviest(past, state, before, min(steps, max(2, rise.step - before + 1)))
    slower, factor, without = np.nan, SLOWER[0], np.nan
    if steps >= 2:
        span = slice(max(0, min(rise.step - before, steps - window)), steps)
        height = max(rise.peak - rise.level, 1e-300)

        def left(losses: Array) -> float:
            """The height of the rise in these losses, as a share of the real one."""
            if not np.isfinite(losses).all():
                return 1.0
            part = losses[span]
            return max(0.0, float(part.mean() if len(part) else losses[-1]) - rise.level) / height

        range_ = height / rise.height if np.isfinite(rise.height) and rise.height > 0 else 0.0
        calm = max(CALM * rise.level, rise.level + CALM_RANGE * range_)
        for factor in SLOWER:
            losses = replay(past, state.copy(), steps, factor=factor)
            slower = left(losses)
            if slower < GONE and losses[span].mean() <= calm:
                break  # a small part of a huge rise is still a rise
        if row is not None and (row.share > HOLDS or row.kind != "hard"):
            without = left(replay(past, state.copy(), steps, without=[row.row]))
    why = _decide(row, ratio, slower, without, job.batch_size)
    return RiseCause(why, rate, bend, ratio, row, slower, factor, without, before)


def largest_rate(past: Past, first: int, last: int) -> float:
    """The largest learning rate of the steps first … last, of which the rise is made."""
    job, plan = past.job, past.plan
    now = past.state
    place = now.epoch * job.batches + now.batch - now.step  # the same at every step
    return max(
        float(job.rule.schedule.rate((place + step) / job.batches - plan.first_epoch, plan.epochs))
        for step in range(first, last + 1)
    )


def _curvature(past: Past, state: State, rate: float) -> tuple[Curvature | None, float]:
    job = past.job
    optimizer = job.rule.optimizer
    if job.stack.joint or curvature.stability_limit(optimizer) is None:
        return None, np.nan
    if "square" in optimizer.slots and state.updates < REMEMBERED:
        return None, np.nan  # what it divides by is not yet what it will be
    found = curvature.measure(
        job.stack, state, job.samples, job.rule, rows=job.rows, batch=job.batch_size, seed=job.seed
    )
    return found, found.ratio(rate)


def _heaviest(past: Past, state: State, before: int, steps: int) -> OddRow | None:
    """The heaviest row of the batches that led into the rise, each seen from the state before."""
    job = past.job
    everything = np.arange(len(job.samples)) if job.rows is None else job.rows
    others = everything[some_rows(len(everything), 0)]
    last = min(before + min(steps, MOST_BATCHES), past.latest + 1)
    if job.batch_size >= job.count:
        last = before + 1  # every batch is the same
    batches = [past.batch_rows(step) for step in range(before, last)]
    return heaviest_row(job.stack, state, job.samples, batches, others) if batches else None


def _decide(row: OddRow | None, ratio: float, slower: float, without: float, batch: int) -> str:
    if row is not None and row.kind != "hard":
        # Taking the row away settles it; where that was not tried, its share must.
        if without < GONE or (np.isnan(without) and row.share > HOLDS):
            return "odd-sample"
    if ratio > 1 or slower < GONE:
        return "learning-rate"
    if row is not None and row.share > HOLDS and without < GONE and batch > 1:
        return "odd-sample"
    return "unknown"
