"""During training: nothing is learned, or hardly anything; and why."""

from dataclasses import dataclass

import numpy as np

from glassnet.insight.doctor.blame import Blame
from glassnet.insight.doctor.finding import FAULT, WARNING, Finding
from glassnet.insight.doctor.measures.course import Course
from glassnet.insight.doctor.measures.replay import affordable, replay
from glassnet.insight.doctor.measures.scale import LossScale
from glassnet.nn.state import State
from glassnet.training.past import Past

STUCK = 0.97  # of what can be learned is still to be learned
SLOW = 0.5  # … so much, where faster steps would learn more
FACTORS = (3.0, 10.0, 30.0, 100.0, 1e3, 1e4, 1e5, 1e6)
GAIN = 4.0  # times what the run's own rate gains in the same steps
LEAST_GAIN = 0.05  # of what can be learned
MOST_STEPS = 60
TENTH, PART = 0.1, 0.04  # of the rate; of the run's steps
LOWER, LOWERED = 0.04, 0.5  # of what can be learned; of the loss
SMALL_UPDATE = 1e-3  # of the weights: healthy are 0.001 to 0.01


@dataclass(frozen=True)
class Probe:
    """What the same steps reach with other learning rates, from the state as it stands: the share
    of what can be learned that each factor's rate gains."""

    steps: int
    gains: dict[float, float]

    @property
    def own(self) -> float:
        """With the run's own rate."""
        return self.gains[1.0]

    @property
    def best(self) -> tuple[float, float]:
        """The factor that gains most, and its gain."""
        factor = max(self.gains, key=lambda f: self.gains[f])
        return factor, self.gains[factor]

    @property
    def is_too_slow(self) -> bool:
        """Whether a larger rate gains far more."""
        factor, gain = self.best
        return factor > 1 and gain > max(LEAST_GAIN, GAIN * max(self.own, 0.0))


def probe(past: Past, state: State, scale: LossScale, steps: int = MOST_STEPS) -> Probe | None:
    """Make the next steps with the run's rate and with larger ones."""
    steps = min(steps, affordable(past) // 2)
    if steps < 4:
        return None
    gains: dict[float, float] = {}
    tail = max(1, steps // 4)
    head: float | None = None
    for factor in (1.0, *FACTORS):
        losses = replay(past, state.copy(), steps, factor=factor)
        if len(losses) < steps or not np.isfinite(losses).all():
            gains[factor] = -np.inf
            continue
        head = float(losses[:tail].mean()) if head is None else head
        gains[factor] = (head - float(losses[-tail:].mean())) / scale.range
        worse = [f for f in gains if f < factor and gains[f] > gains[factor] + 0.1]
        if worse:
            break
    if 1.0 not in gains or not np.isfinite(gains[1.0]):
        return None
    return Probe(steps, gains)


def trend(course: Course) -> float:
    """The fall of the loss over the last third of the windows, in standard errors."""
    values = course.recent(1 / 3, 6)
    if len(values) < 4:
        return 0.0
    half = len(values) // 2
    first, second = values[:half], values[-half:]
    noise = np.sqrt(first.var() / len(first) + second.var() / len(second))
    return float((first.mean() - second.mean()) / max(noise, 1e-300))


def crawling(
    course: Course, scale: LossScale, found: Probe, rate: float, epoch: int
) -> list[Finding]:
    """A learning rate so small that nothing gets done."""
    share = scale.share(course.level())
    factor, gain = found.best
    ratio = max(
        (
            r.update_norm / r.weight_norm
            for r in course.layers
            if r.update_norm is not None and r.weight_norm
        ),
        default=0.0,
    )
    if not found.is_too_slow or ratio > SMALL_UPDATE:
        return []
    pace = max(found.own, 1e-12)
    more = share / pace * found.steps / course.batches
    return [
        Finding(
            rule="crawling",
            level=FAULT if share > 0.9 else WARNING,
            why="learning-rate",
            seen=f"after {course.steps:,} steps {_left(share, course, scale)}; a step changes the "
            f"weights by {ratio:.1g} of their length (learning rate {rate:.3g})",
            cause="the learning rate is too small"
            + (f": at this pace about {more:,.0f} epochs more" if more < 1e7 else ""),
            test=f"the next {found.steps} steps gain {100 * found.own:.2g} % with this rate, and "
            f"{100 * gain:.2g} % with {factor:g} × as much",
            advice=f"learning_rate={rate * factor:.2g}; gn.find_learning_rate shows the range",
            numbers={"share": share, "own": found.own, "gain": gain, "factor": factor,
                     "update_ratio": ratio},
            epoch=epoch,
            step=course.next_step,
        )
    ]  # fmt: skip


def noisy(past: Past, course: Course, scale: LossScale, rate: float) -> list[Finding]:
    """Steps so long that the loss jumps about: the next steps with a tenth of the rate bring it
    down at once, the same steps with the run's own do not."""
    steps = min(affordable(past) // 2, max(MOST_STEPS, round(PART * course.steps)))
    if steps < 4:
        return []
    own, slow = (
        float(replay(past, past.state.copy(), steps, factor=factor)[-(steps // 2) :].mean())
        for factor in (1.0, TENTH)
    )
    gain = (own - slow) / scale.range
    if not (
        np.isfinite(gain) and gain > LOWER and slow - scale.least < LOWERED * (own - scale.least)
    ):
        return []
    return [
        Finding(
            rule="noisy-loss",
            level=WARNING,
            why="learning-rate",
            seen=f"the next {steps} steps with a tenth of the learning rate ({TENTH * rate:.3g}) "
            f"have a mean loss of {slow:.4g}, the same steps with the run's own of {own:.4g}",
            cause="the learning rate is too large for the end of the run: the steps throw the "
            "weights to and fro around a place that is better",
            test=f"made again, with the same batches, a tenth of the rate takes away "
            f"{100 * gain:.2g} % of what can be learned",
            advice=f"learning_rate=gn.Cosine({rate:.2g}), which ends at 0, or "
            f"learning_rate={TENTH * rate:.2g}",
            numbers={"own": own, "slower": slow, "gain": gain, "rate": rate},
            step=course.next_step,
        )
    ]


def _left(share: float, course: Course, scale: LossScale) -> str:
    if share > 1:
        return f"the loss is {course.level():.4g}, and knowing nothing has {scale.name}"
    return f"{100 * share:.0f} % of what can be learned is still to be learned"


def plateau(
    course: Course, scale: LossScale, blame: Blame | None, simple: float | None, epoch: int
) -> list[Finding]:
    """The loss of knowing nothing, all the time. blame: what explains it; simple: by how much a
    simple model beats a constant."""
    level = course.level()
    share = scale.share(level)
    if share < STUCK:
        return []
    if blame is not None:
        why, cause, advice = blame.why, blame.cause, blame.advice
        test = "take the cause away, as advised: if the loss then falls, it was this"
    elif simple is not None and simple < 0.02:
        why = "data"
        cause = (
            "the features say nothing of the targets: neither a linear model nor the nearest "
            "neighbours are better than a constant, though 20 samples can be learned by heart"
        )
        advice = "are X and y still in the same order? Were the labels shuffled alone?"
        test = "look at a few samples beside their targets"
    else:
        why = "start"
        cause = "the start, or the learning rate: the samples can be learned, but not from here"
        advice = "another learning rate (gn.find_learning_rate), ReLU with gn.He(), another seed"
        test = "20 samples alone are learned; three other seeds tell if it was the start"
    return [
        Finding(
            rule="plateau",
            level=FAULT,
            why=why,
            seen=f"after {course.steps:,} steps the loss is {level:.4g}; knowing nothing has "
            f"{scale.name}",
            cause=cause,
            test=test,
            advice=advice,
            numbers={"loss": level, "constant": scale.constant, "steps": float(course.steps)},
            epoch=epoch,
            step=course.next_step,
        )
    ]
