"""Where the loss as it is written has another slope than its formula, at predictions near 0 or 1.

An ε inside a logarithm, or a clipped one, puts a floor under log p: below it the loss is flat,
while the gradient that everybody writes, p − y, is that of the loss without a floor. And 1 − p has
few digits where p is nearly 1: there the loss is a staircase, and differences over short steps see
one of its treads.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from glassnet.insight.verify.evidence.examine import Seen, check
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.tree import Name, Point
from glassnet.insight.verify.evidence.truth import Truth
from glassnet.insight.verify.faults.search import models_on_data
from glassnet.insight.verify.inferred.architecture import Chain
from glassnet.insight.verify.inferred.fit import fit_collapsed
from glassnet.insight.verify.inferred.outputs import SQUARED
from glassnet.nn.arrays import Array

# Of the output layer: from no opinion to far more certain than at the user's own parameters, as a
# floor beyond them is felt before.
_SCALES = np.geomspace(0.02, 4.0, 240)
_DEPTH = 16.0  # of the floor, at least: −log ε
_NEAR = 1.6
_SHARP = 1.5  # a bend at a floor, as −k L″ over the slope that is lost; a squared error's is 0.7
_LOST = (0.5, 4.0)  # what the user's slope has more than the numeric one, in units of what was lost
#                     as far as it shows: where other samples bend the loss upwards it shows less
_BELOW = 5.0  # times the output layer's error: those below, which follow from it
_LEAST = 1e-4  # of the slope: what a floor takes, to be seen
_LEAST_GAP = 1e-5  # of the gradient
_STEP = 1e-4
_STEPS = (1e-2, 3e-3, 1e-3)
_FOLLOWS = 0.2  # of the difference


def without_staircases(questions: Questions, seen: Seen) -> Seen:
    """The point; where the loss follows the user's gradient over longer steps than the numeric one
    was taken with, and not the numeric one, that is in doubt by as much as the two differ."""
    gaps = dict(_gaps(seen))
    size = float(np.sqrt(sum(float((gap**2).sum()) for gap in gaps.values())))
    known = np.concatenate([truth.values[: len(truth.slopes)] for truth in seen.truth.values()])
    if not np.isfinite(size) or size <= _LEAST_GAP * float(np.linalg.norm(known)):
        return seen  # what is wrong lies elsewhere
    direction = {name: np.zeros(array.shape) for name, array in seen.point.items()}
    numeric = 0.0
    for name, gap in gaps.items():
        truth = seen.truth[name]
        direction[name].reshape(-1)[truth.coordinates] = gap / size
        slopes = np.array([each.value for each in truth.slopes])
        numeric += float(np.where(gap != 0, slopes, 0.0) @ gap) / size
    along = [_slope_along(questions, seen, direction, step) for step in _STEPS]
    # The user's slope along the difference is the numeric one and its length.
    follow = [abs(slope - numeric - size) <= _FOLLOWS * size for slope in along]
    if sum(follow) < 2:
        return seen
    truths = {
        name: _in_doubt(truth, gaps[name]) if name in gaps else truth
        for name, truth in seen.truth.items()
    }
    return replace(seen, truth=truths, is_staircase=True)


def is_floored(questions: Questions, chain: Chain, seen: Seen) -> bool:
    """Whether a floor under a logarithm hides a part of the slope at the point, and the user's
    gradient has that part. Where that is a function, it is known to be right at other points.

    The loss without a floor is convex in the output layer's parameters, penalties included: its
    slope grows all the way from zero parameters to the user's and on. What it loses on the way is
    what the floor takes.
    """
    names = chain.layers[-1].names
    own = worst = 0.0
    for name in names:
        array = seen.user[name].array
        if array is None or seen.user[name].fault is not None:
            return False
        own += float((array * seen.point[name]).sum())
        worst = max(worst, _error(seen, name))
    if any(_error(seen, name) > _BELOW * worst for name in seen.truth):
        return False
    outputs = {name: array for name, array in seen.point.items() if name in names}
    excess = own - _slope_along(questions, seen, outputs, _STEP)
    losses = []
    for scale in _SCALES:
        scaled = {name: scale * array for name, array in outputs.items()}
        losses.append(questions.loss_or_nan({**seen.point, **scaled}))
    slopes = np.diff(losses) / np.diff(_SCALES)
    if not np.isfinite(slopes).all():
        return False
    lost = np.maximum(0.0, -np.diff(slopes))
    total = float(lost.sum())
    if total <= _LEAST * float(np.abs(slopes).max()):
        return False
    # Of what a floor takes at k times the parameters, this share is gone at the parameters already.
    places = _SCALES[1:-1]
    share = 1 / (1 + np.exp(_DEPTH * (1 - 1 / places)))
    least = _LOST[0] * float(lost[places <= 1.0].sum())
    if not least <= excess <= _LOST[1] * float(lost @ share) or excess <= 0:
        return False
    model = next(models_on_data(questions, [chain]), None) or fit_collapsed(questions, chain)
    if model is not None:
        return model.output.loss != SQUARED
    return questions.gradient_function is not None or _is_sharp(lost)


def _is_sharp(lost: Array) -> bool:
    """Whether the slope is lost over a short way, as at a floor; a squared error's goes slowly."""
    between = np.sqrt(_SCALES[:-1] * _SCALES[1:])
    places = _SCALES[1:-1]
    near = places <= _NEAR if lost[places <= _NEAR].any() else places > 0
    return bool((lost / np.diff(between) * places)[near].max() >= _SHARP * lost[near].sum())


def _error(seen: Seen, name: Name) -> float:
    return check(name, seen, 0.0).error


def _gaps(seen: Seen) -> Iterator[tuple[Name, Array]]:
    """The user's numbers less the numeric ones at the coordinates; 0 at kinks."""
    for name, truth in seen.truth.items():
        shaped = seen.user[name]
        if shaped.array is not None and shaped.fault is None:
            count = len(truth.slopes)
            gaps = (truth.look(shaped.array) - truth.values)[:count]
            yield name, np.where(truth.usable[:count], gaps, 0.0)


def _slope_along(questions: Questions, seen: Seen, direction: Point, step: float) -> float:
    """The slope of the loss along a direction through some of the parameters, by five points."""
    values = []
    for places in (-2, -1, 1, 2):
        moved = {name: seen.point[name] + places * step * v for name, v in direction.items()}
        values.append(questions.loss_or_nan({**seen.point, **moved}))
    near, far = (values[2] - values[1]) / (2 * step), (values[3] - values[0]) / (4 * step)
    return (4 * near - far) / 3


def _in_doubt(truth: Truth, gaps: Array) -> Truth:
    slopes = tuple(
        replace(slope, rounding=max(slope.rounding, abs(float(gap))))
        for slope, gap in zip(truth.slopes, gaps, strict=True)
    )
    return replace(truth, slopes=slopes)
