"""Whether the backward pass drops the units that the forward pass dropped.

Where dropout took a unit away from a sample, that sample has no part in the derivative by the
unit's weights: other inputs in this sample don't change it. So one sample is changed, all else
stays, and the units whose derivative answers are those that weren't dropped: in the truth, and in
the user's gradient.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.evidence.arithmetic import Arithmetic
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.samples import Samples
from glassnet.insight.verify.evidence.shapes import filled
from glassnet.insight.verify.evidence.tree import Point
from glassnet.insight.verify.evidence.truth import along_direction
from glassnet.insight.verify.inferred.architecture import Chain
from glassnet.insight.verify.inferred.fit import SIZES, signed_points
from glassnet.insight.verify.inferred.influence import with_rows
from glassnet.nn.arrays import Array

_ROWS = 8
_POINTS = 2  # and the same with the layer's own weights negated, for ReLU units that are off
_VARIANTS = 3
_CHANGES = 1e-8  # of the largest unit's derivative


def mask_fault(
    questions: Questions, chain: Chain, samples: Samples, arithmetic: Arithmetic
) -> tuple[int, dict[str, float]] | None:
    """The layer nearest the loss whose mask isn't reused, with the numbers; None where none is."""
    if questions.data is None or questions.gradient_function is None:
        return None
    for i in range(len(chain.layers) - 2, -1, -1):
        for row in range(min(_ROWS, len(samples.X))):
            try:
                kept, passed = _alive(questions, chain, samples, arithmetic, i, row)
            except InputError:
                continue
            if (kept != passed).any() and kept.any() and passed.any():
                return i, {
                    "sample": float(row + 1),
                    "units": float(kept.size),
                    "dropped_forward": float((~kept).sum()),
                    "dropped_backward": float((~passed).sum()),
                }
    return None


def _alive(
    questions: Questions,
    chain: Chain,
    samples: Samples,
    arithmetic: Arithmetic,
    i: int,
    row: int,
) -> tuple[Array, Array]:
    """Which units of layer i answer to other inputs in this sample: truly, and in the gradient."""
    kept = np.zeros(chain.layers[i].outputs, dtype=bool)
    passed = kept.copy()
    asked = list(_variants(questions, samples, row))
    for point in _points(chain, questions.home, samples, i):
        found = [_units(each, chain, i, point, arithmetic) for each in asked]
        kept |= _changing([true for true, _ in found])
        passed |= _changing([own for _, own in found])
    return kept, passed


def _variants(questions: Questions, samples: Samples, row: int) -> Iterator[Questions]:
    """The same questions with other inputs in one sample."""
    X, Y = (np.asarray(each) for each in questions.data or ())
    spread = float(samples.X.std()) or 1.0
    rng = np.random.default_rng(row)
    for _ in range(_VARIANTS):
        values = samples.X[row] + spread * rng.normal(size=samples.X.shape[1])
        yield questions.on(with_rows(X, [row], values[None], samples), Y)


def _points(chain: Chain, home: Point, samples: Samples, i: int) -> Iterator[Point]:
    size = float(np.sqrt(np.mean(samples.X**2))) or 1.0
    for point in signed_points(chain, home, _POINTS, 1 / size, SIZES[-1]):
        W, b = chain.layers[i].split(point)
        for sign in (1.0, -1.0):
            moved = dict(point)
            chain.layers[i].put(moved, sign * W, None if b is None else sign * b)
            yield moved


def _changing(derivatives: Sequence[Array]) -> Array:
    """Which units' derivatives change over the variants."""
    values = np.array(derivatives)
    return np.asarray(np.ptp(values, axis=0) > _CHANGES * float(np.abs(values).max()))


def _units(
    questions: Questions, chain: Chain, i: int, point: Point, arithmetic: Arithmetic
) -> tuple[Array, Array]:
    """Of each unit of layer i: the derivative along all its weights, the true and the user's."""
    layer, tree = chain.layers[i], questions.tree
    W, b = layer.split(filled(tree.shapes, questions.gradient(point)))
    own = W.sum(axis=0) + (0.0 if b is None else b)
    f, x = questions.function(), tree.flat(point)
    centre = f(x.copy())
    true = np.zeros(layer.outputs)
    for j in range(layer.outputs):
        direction = {name: np.zeros(shape) for name, shape in tree.shapes.items()}
        unit = np.zeros(layer.outputs)
        unit[j] = 1.0
        layer.put(direction, np.tile(unit, (layer.inputs, 1)), unit if layer.has_bias else None)
        true[j] = along_direction(f, x, 0, tree.flat(direction), centre, arithmetic).value
    return true, own
