"""Whether the backward pass drops the units that the forward pass dropped.

Where dropout took a unit away from a sample, that sample has no part in the derivative by the
unit's weights: other inputs in this sample don't change it. So one sample is changed, all else
stays, and the units whose derivative answers are those that weren't dropped: in the truth, and in
the user's gradient.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
_UNITS = 128  # looked at in all rows together: the more units, the fewer rows say enough
_POINTS = 2  # and the same with the layer's own weights negated, for ReLU units that are off
_VARIANTS = 3
_CHANGES = 1e-8  # of the largest unit's derivative
_STEP = 1e-4


def mask_fault(
    questions: Questions,
    chain: Chain,
    samples: Samples,
    arithmetic: Arithmetic,
    keeps_all: bool = False,
) -> tuple[int, dict[str, float]] | None:
    """The layer nearest the loss whose mask isn't reused, with the numbers; None where none is.

    keeps_all: the forward pass is known to drop nothing, so only a backward pass can.
    """
    if questions.data is None or questions.gradient_function is None:
        return None
    for i in range(len(chain.layers) - 2, -1, -1):
        units = chain.layers[i].outputs
        for row in range(min(_ROWS, max(1, _UNITS // units), len(samples.X))):
            if questions.budget.is_spent():
                return None
            try:
                fault = _Row(questions, chain, samples, arithmetic, i, row).fault(keeps_all)
            except InputError:
                continue
            if fault is not None:
                return i, fault
    return None


@dataclass(frozen=True)
class _Row:
    """Which units of layer i answer to other inputs in this sample."""

    questions: Questions
    chain: Chain
    samples: Samples
    arithmetic: Arithmetic
    i: int
    row: int

    def fault(self, keeps_all: bool) -> dict[str, float] | None:
        """The numbers, where the gradient's units are others than the truth's."""
        points = list(_points(self.chain, self.questions.home, self.samples, self.i))
        asked = list(_variants(self.questions, self.samples, self.row))
        passed = np.zeros(self.chain.layers[self.i].outputs, dtype=bool)
        for point in points:
            passed |= _changing(np.array([self._own(each, point) for each in asked]))
        if not passed.any() or (keeps_all and passed.all()):
            return None
        # Those that the gradient drops come first: if the truth does too, the mask is reused.
        rng = np.random.default_rng(0)
        order = sorted(rng.permutation(passed.size).tolist(), key=lambda j: bool(passed[j]))
        first, rest = order[:_UNITS], order[_UNITS:]
        kept = self._kept(asked, points, first)
        if (kept == passed)[first].all():
            return None
        kept |= self._kept(asked, points, rest)
        if not kept.any():
            return None
        return {
            "sample": float(self.row + 1),
            "units": float(kept.size),
            "dropped_forward": float((~kept).sum()),
            "dropped_backward": float((~passed).sum()),
        }

    def _own(self, questions: Questions, point: Point) -> Array:
        """Of each unit: the user's derivative along all its weights."""
        arrays = filled(questions.tree.shapes, questions.gradient(point))
        W, b = self.chain.layers[self.i].split(arrays)
        return np.asarray(W.sum(axis=0) + (0.0 if b is None else b))

    def _kept(
        self, asked: Sequence[Questions], points: Sequence[Point], units: Sequence[int]
    ) -> Array:
        """Which of the units answer truly, at one of the points."""
        kept = np.zeros(self.chain.layers[self.i].outputs, dtype=bool)
        for point in points:
            still = [j for j in units if not kept[j]]
            values = np.zeros((0, len(still)))
            for each in asked:
                # A unit that has answered need not be asked again.
                known = kept[still]
                slopes = [
                    0.0 if done else self._slope(each, point, j)
                    for j, done in zip(still, known, strict=True)
                ]
                values = np.concatenate([values, np.array([slopes])])
                if len(values) > 1 and still:
                    values[-1] = np.where(known, values[0], values[-1])
                    kept[still] |= _changing(values)
        return kept

    def _slope(self, questions: Questions, point: Point, j: int) -> float:
        """The true derivative along all weights of unit j."""
        layer, tree = self.chain.layers[self.i], questions.tree
        names = layer.names
        direction = {name: np.zeros(tree.shapes[name]) for name in names}
        unit = np.zeros(layer.outputs)
        unit[j] = 1.0
        layer.put(direction, np.tile(unit, (layer.inputs, 1)), unit if layer.has_bias else None)
        if self.arithmetic.is_coarse:
            whole = {name: np.zeros(shape) for name, shape in tree.shapes.items()} | direction
            f, x = questions.function(), tree.flat(point)
            return along_direction(f, x, 0, tree.flat(whole), f(x.copy()), self.arithmetic).value
        step = _STEP / np.sqrt(layer.inputs)
        ends = [
            {**point, **{name: point[name] + sign * step * direction[name] for name in names}}
            for sign in (1.0, -1.0)
        ]
        return float((questions.loss(ends[0]) - questions.loss(ends[1])) / (2 * step))


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


def _changing(values: Array) -> Array:
    """Which units' derivatives change over the variants (the first axis)."""
    return np.asarray(np.ptp(values, axis=0) > _CHANGES * float(np.abs(values).max()))
