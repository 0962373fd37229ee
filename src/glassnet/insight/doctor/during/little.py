"""Why too little was learned, where no finding says it yet: penalties (measured), width, dropout,
or too few epochs."""

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.doctor.before.start import narrow
from glassnet.insight.doctor.blame import Blame
from glassnet.insight.doctor.during import pace
from glassnet.insight.doctor.measures.course import Course
from glassnet.insight.doctor.measures.replay import affordable, replay
from glassnet.insight.doctor.measures.scale import LossScale
from glassnet.nn.layers import Dense, Dropout
from glassnet.training.past import Past

LESS = 0.1  # of what can be learned: so much more is learned without the penalty
MORE = 0.01  # … with steps of another length, or with more steps
STRONG_DROPOUT = 0.5


def blame_for_little(past: Past, course: Course, scale: LossScale) -> Blame:
    """Penalties (measured: the same steps without them), width, dropout, or too few epochs."""
    job = past.job
    rule, stack = job.rule, job.stack
    if rule.l1 or rule.l2 or rule.decay:
        gain = _gain_without_penalties(past, course, scale)
        if gain > LESS:
            return Blame(
                "penalty",
                f"the penalty on the weights: the same first steps without it learn "
                f"{100 * gain:.0f} % more of what can be learned",
                f"l2={rule.l2 / 100:.1g}, or none" if rule.l2 else "weight_decay=0, l1=0",
            )
    narrowest = narrow(stack)
    if narrowest is not None:
        return Blame(
            "capacity",
            f"the network is too small: {narrowest} unit{'s' * (narrowest > 1)} in its narrowest "
            f"layer for {stack.outputs} outputs",
            "wider layers (64 or 128 ReLU units)",
        )
    rates = [layer.rate for layer in stack.layers if isinstance(layer, Dropout)]
    if rates and max(rates) >= STRONG_DROPOUT:
        return Blame(
            "dropout",
            f"dropout leaves out {100 * max(rates):.0f} % of the units in every step",
            "gn.Dropout(0.2), or none",
        )
    if pace.trend(course) > 3:
        return Blame(
            "epochs",
            "the loss is still falling: training ended too early, or the learning rate is small",
            f"epochs={10 * max(1, course.steps // course.batches)}, or a larger learning rate "
            "(gn.find_learning_rate)",
        )
    measured = _by_other_steps(past, scale, course)
    if measured is not None:
        return measured
    widths = [layer.units for layer in stack.layers if isinstance(layer, Dense)][:-1]
    return Blame(
        "capacity",
        f"the network is too small: {min(widths)} units in its narrowest hidden layer"
        if widths
        else "a network without a hidden layer draws straight lines only",
        "wider layers (64 or 128 ReLU units)",
    )


def _by_other_steps(past: Past, scale: LossScale, course: Course) -> Blame | None:
    """Whether the next steps go on learning, or learn more when they are shorter or longer."""
    steps = affordable(past)
    if steps < 10 or past.state.step < course.next_step:
        return None
    tail = max(1, steps // 4)
    ends: dict[float, float] = {}
    for factor in (1.0, 0.1, 3.0, 10.0):
        losses = replay(past, past.state.copy(), steps, factor=factor)
        finite = len(losses) == steps and bool(np.isfinite(losses).all())
        ends[factor] = float(losses[-tail:].mean()) if finite else np.inf
        if factor == 1.0:
            head = float(losses[:tail].mean()) if finite else np.inf
    rate = course.rate

    def gain(factor: float) -> float:
        """How much more this factor's steps learn than the run's own, of what can be learned."""
        return (ends[1.0] - ends[factor]) / scale.range

    best = max((0.1, 3.0, 10.0), key=gain)
    if gain(best) > MORE:
        word, length = (
            ("small", f"{best:g} × as long") if best > 1 else ("large", "a tenth as long")
        )
        return Blame(
            "learning-rate",
            f"the learning rate is too {word}: the next {steps} steps learn {100 * gain(best):.2g} "
            f"% more of what can be learned when they are {length}",
            f"learning_rate={best * rate:.2g}; gn.find_learning_rate shows the range",
        )
    going = (head - ends[1.0]) / scale.range
    if going > MORE:
        return Blame(
            "epochs",
            f"the network is still learning: the next {steps} steps learn {100 * going:.2g} % more "
            "of what can be learned",
            f"epochs={10 * max(1, course.steps // course.batches)}",
        )
    return None


def _gain_without_penalties(past: Past, course: Course, scale: LossScale) -> float:
    """How much more the first steps learn without penalties and decay, of what can be learned."""
    steps = min(affordable(past), course.steps)
    if steps < 10:
        return 0.0
    try:
        start = past.state_at(past.first)
    except InputError:
        return 0.0
    with_them = replay(past, start.copy(), steps)
    without = replay(past, start.copy(), steps, penalties=False)
    if not np.isfinite(without).all():
        return 0.0
    tail = max(1, steps // 5)
    ended = float(with_them[-tail:].mean()) if np.isfinite(with_them).all() else np.inf
    ended = min(ended, scale.constant + scale.range)
    return (ended - float(without[-tail:].mean())) / scale.range
