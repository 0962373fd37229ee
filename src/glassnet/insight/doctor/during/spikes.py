"""During training: findings about a loss that rose, or is no number any more, with the measured
cause."""

import math

import numpy as np

from glassnet.engines.report import NonFiniteReport
from glassnet.engines.samples import Samples
from glassnet.insight.doctor.during.rise_cause import GONE, RiseCause
from glassnet.insight.doctor.during.rises import SPIKE, Rise
from glassnet.insight.doctor.finding import FAULT, NOTE, WARNING, Finding
from glassnet.insight.doctor.measures.course import Course
from glassnet.insight.doctor.measures.look import Look
from glassnet.insight.doctor.measures.rows import OddRow, shown
from glassnet.nn.optimizers import GradientDescent, Momentum, Nesterov, Optimizer

RULE_OF = {"spike": "loss-spike", "start": "rising-loss", "end": "loss-spike"}
FAR = 1.8  # times the largest stable rate
CALM, MOST_BACK = 2.0, 200  # times the lowest loss so far; steps
MASSIVE, MASSIVE_TIMES = 1.0, 3.0  # of what can be learned, and of the level before


def rise_finding(
    rise: Rise, cause: RiseCause, samples: Samples, optimizer: Optimizer, epoch: int
) -> Finding:
    """A spike or a rise from the start."""
    level = FAULT if rise.height >= 1 else WARNING
    if not is_sure(rise, cause, optimizer):
        level = NOTE
    times = f", {rise.ratio:,.3g} × as much" if rise.level > 0 else ""
    seen = {
        "spike": f"the loss stood at {rise.level:.4g} and jumped to {rise.peak:.4g}{times}, at "
        f"step {rise.step:,}",
        "start": f"the loss rose from {rise.level:.4g} to {rise.peak:.4g}{times}, by step "
        f"{rise.step:,}",
        "end": f"the loss had come down to {rise.level:.4g} and ended at {rise.peak:.4g}{times}",
    }[rise.kind]
    told, test, advice = explanation(cause, samples, optimizer)
    return Finding(
        rule=RULE_OF[rise.kind],
        level=level,
        why=cause.why,
        seen=seen,
        cause=told,
        test=test,
        advice=advice,
        numbers={"level": rise.level, "peak": rise.peak, "height": rise.height, **numbers(cause)},
        epoch=epoch,
        step=rise.step,
        began=rise.before,
        row=cause.row.row if cause.why == "odd-sample" and cause.row is not None else None,
    )


def is_sure(rise: Rise, cause: RiseCause, optimizer: Optimizer) -> bool:
    """Whether the rise is an alarm: its cause was measured without a doubt, or it is massive and
    did not pass.

    A run at the edge of stability has spikes, and recovers from them by itself: its rate is the
    largest stable one or a bit more. Twice as much is too much. Optimizers that divide by their
    memory of gradients live with steps beyond the limit, and with spikes, once the loss is next to
    nothing: there only massive ones are. A row of which nothing but its loss is large is none.
    """
    massive = rise.height >= MASSIVE and rise.ratio >= MASSIVE_TIMES
    if cause.why == "odd-sample":
        return massive or (cause.row is not None and cause.row.kind != "hard")
    plain = isinstance(optimizer, (GradientDescent, Momentum, Nesterov))
    if plain and cause.curvature is not None and rise.kind != "end":
        lasting = rise.kind == "start" and not rise.passed
        high = massive or rise.height >= SPIKE or cause.slower < GONE
        return massive and lasting or cause.ratio > FAR and cause.why == "learning-rate" and high
    return massive and (cause.ratio > FAR or not rise.passed)


def nonfinite_finding(
    where: NonFiniteReport,
    course: Course,
    cause: RiseCause | None,
    first: Look | None,
    samples: Samples,
    optimizer: Optimizer,
    epoch: int,
) -> Finding:
    """The loss or its gradient is infinite or NaN."""
    seen = (
        f"step {where.step:,} is the first that is not finite: the first infinity or NaN is in the "
        f"{where.what} of layer '{where.layer}', where the largest finite value is "
        f"{where.largest:.3g}"
    )
    recent = course.losses.values[-4:]
    if len(recent):
        seen += f"; the losses before it: {', '.join(f'{loss:.3g}' for loss in recent)}"
    row = None
    if cause is None or where.step == course.first_step:
        large = first is not None and first.inputs > 10
        why = "inputs" if large else "initial-weights"
        told = "no update had been made: " + (
            f"the inputs are so large (root mean square {first.inputs:.3g}) that numbers overflow"
            if large and first is not None
            else "the initial weights are so large that numbers overflow"
        )
        test = "the forward pass alone, before any step, already holds the infinity"
        advice = "standardise the inputs; weight_init=gn.He() or gn.Glorot()"
    else:
        why = cause.why
        told, test, advice = explanation(cause, samples, optimizer)
        row = cause.row.row if why == "odd-sample" and cause.row is not None else None
    return Finding(
        rule="loss-not-finite",
        level=FAULT,
        why=why,
        seen=seen,
        cause=told,
        test=test,
        advice=advice,
        numbers={"step": float(where.step), "largest": where.largest,
                 **({} if cause is None else numbers(cause))},
        layer=where.layer,
        epoch=epoch,
        step=where.step,
        began=where.step if cause is None else cause.step,
        row=row,
    )  # fmt: skip


def numbers(cause: RiseCause) -> dict[str, float]:
    """What was measured, by name."""
    found = {"rate": cause.rate, "ratio": cause.ratio, "slower": cause.slower,
             "without": cause.without}  # fmt: skip
    if cause.curvature is not None:
        found |= {
            "eigenvalue": cause.curvature.value,
            "limit": cause.curvature.limit or math.nan,
            "stable_rate": cause.curvature.stable_rate,
        }
    if cause.row is not None:
        found |= {"row": float(cause.row.row), "share": float(cause.row.share)}
    return {name: value for name, value in found.items() if not math.isnan(value)}


def explanation(cause: RiseCause, samples: Samples, optimizer: Optimizer) -> tuple[str, str, str]:
    """Cause, test and advice in words."""
    rate, row = cause.rate, cause.row
    if cause.why == "odd-sample" and row is not None:
        return (
            f"one odd sample: row {row.row} holds {100 * row.share:.0f} % of the gradient of its "
            f"batch of {row.batch} ({_what_is_odd(row)}): {shown(samples, row.row)}",
            f"{_without(cause)}; {_bend(cause, optimizer)}",
            f"look at sample {row.row}: correct it or leave it out (X = np.delete(X, {row.row}, "
            "axis=0)); clip_norm=1 limits what one batch can do; loss 'huber' what a target can",
        )
    if cause.why == "learning-rate":
        advised = advised_rate(cause)
        if cause.curvature is None:
            told = f"a learning rate of {rate:.3g} is too large: a shorter step takes the rise away"
        else:
            told = f"the learning rate is too large: {_bend(cause, optimizer)}"
            if not cause.ratio > 1:
                told += "; the curvature there allows it, but a shorter step takes the rise away"
        return (
            told,
            f"made again from the state before it, with the same batches and {cause.factor:g} × "
            f"the rate, {_left(cause.slower)}"
            + (f"; {_without(cause)}" if not math.isnan(cause.without) else ""),
            f"learning_rate={advised:.2g}; clip_norm=1 makes larger rates bearable, and at the "
            "start of a run a warm-up does (gn.Cosine(…, warmup=0.05))",
        )
    return (
        f"not found: {_bend(cause, optimizer)}, and no row holds most of a batch's gradient",
        f"made again with {cause.factor:g} × the rate, {_left(cause.slower)}",
        f"learning_rate={rate * 0.1:.2g} or a larger batch; if it comes again at the same "
        "place of every epoch, look at the samples of that batch",
    )


def advised_rate(cause: RiseCause) -> float:
    """Half of the largest stable rate; a tenth of the run's, where the curvature doesn't say."""
    if cause.curvature is not None and cause.ratio > 1:
        stable = cause.curvature.stable_rate
        if math.isfinite(stable) and stable > 0:
            return 0.5 * stable
    return cause.rate * cause.factor


def _bend(cause: RiseCause, optimizer: Optimizer) -> str:
    bend = cause.curvature
    if bend is None or bend.limit is None:
        return f"the learning rate was {cause.rate:.3g}"
    kind = "" if optimizer.name in ("sgd", "momentum", "nesterov") else "preconditioned "
    product = cause.rate * bend.value
    sign = ">" if product > bend.limit else "<"
    stable = bend.stable_rate
    largest = f"; the largest stable rate there was {stable:.3g}" if math.isfinite(stable) else ""
    return (
        f"before it, the largest eigenvalue of the {kind}Hessian was λ = {bend.value:.3g}, so η λ "
        f"= {cause.rate:.3g} × {bend.value:.3g} = {product:.3g} {sign} {bend.limit:.3g}, the limit "
        f"of {optimizer.name}{largest}"
    )


def _left(share: float) -> str:
    if math.isnan(share):
        return "the steps were too many to be made again"
    if share < 0.05:
        return "the loss does not rise at all"
    return f"{100 * share:.0f} % of the rise is left"


def _without(cause: RiseCause) -> str:
    if math.isnan(cause.without):
        return "the same steps without it were not made"
    return f"made again without row {cause.row.row if cause.row else '?'}, {_left(cause.without)}"


def _what_is_odd(row: OddRow) -> str:
    if row.kind == "features":
        return f"its features are {row.input_ratio:,.0f} × as large as other samples'"
    if row.kind == "target":
        return f"its target is {row.residual_ratio:,.0f} × as far from the prediction as others'"
    return f"its loss is {row.loss:.3g}"


def last_calm_steps(course: Course, failed: int) -> list[Rise]:
    """Where the loss began to rise before it was no number any more, as rises without end: the
    last step at which it was near the lowest that it had been; and, since some batches may have
    no loss while weights already run away, as far back as is looked."""
    losses = course.losses.values
    if not len(losses):
        return [Rise("spike", failed, failed, math.nan, math.inf, math.inf)]
    lowest = np.minimum.accumulate(losses)
    last = int(np.flatnonzero(losses <= CALM * lowest)[-1])
    farthest = max(failed - MOST_BACK, course.first_step)
    places = [max(course.base + last, farthest), farthest]
    return [
        Rise("spike", step, failed, course.loss_at(step), math.inf, math.inf)
        for step in dict.fromkeys(places)
    ]
