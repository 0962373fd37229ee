"""Whether the backward pass drops the units that the forward pass dropped.

A unit that dropout took away has no part in the loss but for a penalty on its own weights: its
derivative doesn't change when the other layers do. One sample alone shows it for every layer; in a
batch a sample is seen alone in the weights' gradient if all others are zero.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.architecture import Chain
from glassnet.insight.verify.arithmetic import Arithmetic
from glassnet.insight.verify.fit import signed_points
from glassnet.insight.verify.questions import Questions
from glassnet.insight.verify.samples import Samples
from glassnet.insight.verify.shapes import filled
from glassnet.insight.verify.tree import Point
from glassnet.insight.verify.truth import along_direction
from glassnet.nn.arrays import Array

_ROWS = 4
_SETS, _EACH = 4, 3  # sets of a layer's own weights, and points of other layers' for each
_CHANGES = 1e-8  # of the largest unit's derivative


def mask_fault(
    questions: Questions, chain: Chain, samples: Samples, arithmetic: Arithmetic
) -> tuple[int, dict[str, float]] | None:
    """The layer nearest the loss whose mask isn't reused, with the numbers; None where none is."""
    if questions.data is None or questions.gradient_function is None:
        return None
    for asked, alone, sample in _situations(questions, samples):
        try:
            found = _compared(asked, chain, samples, arithmetic, alone)
        except InputError:
            continue
        if found is not None:
            layer, numbers = found
            return layer, {"sample": float(sample + 1), **numbers}
    return None


def _situations(questions: Questions, samples: Samples) -> Iterator[tuple[Questions, bool, int]]:
    """One sample by itself; then batches in which all samples but one are zero."""
    X, Y = (np.asarray(each) for each in questions.data or ())
    axis = 1 if samples.columns else 0
    if X.ndim == 2:
        y_axis = axis if Y.ndim == 2 and Y.shape[axis] == len(samples.X) else Y.ndim - 1
        if Y.ndim == 2 and Y.shape[y_axis] != len(samples.X):
            y_axis = 0
        yield questions.on(X.take([0], axis), Y.take([0], y_axis)), True, 0
        for row in range(min(_ROWS, len(samples.X))):
            only = np.zeros(X.shape)
            view, source = (only.T, X.T) if samples.columns else (only, X)
            view[row] = source[row]
            yield questions.on(only, Y), False, row


def _compared(
    questions: Questions, chain: Chain, samples: Samples, arithmetic: Arithmetic, alone: bool
) -> tuple[int, dict[str, float]] | None:
    """The highest hidden layer in which other units are dropped than in the truth."""
    size = float(np.sqrt(np.mean(samples.X**2))) or 1.0
    points = signed_points(chain, questions.home, _SETS * _EACH, 1 / size)
    points = points if alone else [_without_biases(chain, point) for point in points]
    for i in range(len(chain.layers) - 2, -1, -1):
        kept = np.zeros(chain.layers[i].outputs, dtype=bool)
        passed = kept.copy()
        for same_weights in _sets(chain, i, points):
            found = [_units(questions, chain, i, p, arithmetic, alone) for p in same_weights]
            kept |= _changing([true for true, _ in found])
            passed |= _changing([own for _, own in found])
        if (kept != passed).any():
            return i, {
                "units": float(kept.size),
                "dropped_forward": float((~kept).sum()),
                "dropped_backward": float((~passed).sum()),
            }
    return None


def _sets(chain: Chain, i: int, points: Sequence[Point]) -> Iterator[list[Point]]:
    """Points in sets that share layer i's parameters; every second set has them negated, so that
    a ReLU unit that is off in the one is on in the other."""
    for k in range(_SETS):
        W, b = chain.layers[i].split(points[_EACH * (k - k % 2)])
        sign = -1.0 if k % 2 else 1.0
        moved = [dict(point) for point in points[_EACH * k : _EACH * (k + 1)]]
        for point in moved:
            chain.layers[i].put(point, sign * W, None if b is None else sign * b)
        yield moved


def _changing(derivatives: Sequence[Array]) -> Array:
    """Which units' derivatives change over the points."""
    values = np.array(derivatives)
    return np.asarray(np.ptp(values, axis=0) > _CHANGES * float(np.abs(values).max()))


def _units(
    questions: Questions,
    chain: Chain,
    i: int,
    point: Point,
    arithmetic: Arithmetic,
    with_bias: bool,
) -> tuple[Array, Array]:
    """Of each unit of layer i: the derivative along all its weights, the true and the user's."""
    layer = chain.layers[i]
    user = filled(questions.tree.shapes, questions.gradient(point))
    W, b = layer.split(user)
    own = W.sum(axis=0) + (b if b is not None and with_bias else 0.0)
    tree = questions.tree
    f, x = questions.function(), tree.flat(point)
    centre = f(x.copy())
    true = np.zeros(layer.outputs)
    for j in range(layer.outputs):
        direction = {name: np.zeros(shape) for name, shape in tree.shapes.items()}
        ones = np.zeros((layer.inputs, layer.outputs))
        ones[:, j] = 1.0
        biases = ones[0].copy() if with_bias else np.zeros(layer.outputs)
        layer.put(direction, ones, biases if layer.has_bias else None)
        true[j] = along_direction(f, x, 0, tree.flat(direction), centre, arithmetic).value
    return true, own


def _without_biases(chain: Chain, point: Point) -> Point:
    moved = dict(point)
    for layer in chain.layers:
        W, b = layer.split(point)
        layer.put(moved, W, None if b is None else np.zeros_like(b))
    return moved
