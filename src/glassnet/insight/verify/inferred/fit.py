"""Which network it is: activations, loss and scale chosen so that the user's loss comes out.

The loss is asked at points that differ in signs alone. So every penalty on the size of parameters
is the same at all of them, and what changes must be

    L = scale · (the rebuilt network's loss) + constant                      on the data, or
    L = (coefficients) · (functions of the shared prediction) + constant     collapsed.

Both are linear, so a candidate takes one least-squares fit, and what is left over tells the right
one from the others: about 10⁻¹³ against more than 10⁻³.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.samples import Samples
from glassnet.insight.verify.evidence.tree import Point
from glassnet.insight.verify.inferred import curves
from glassnet.insight.verify.inferred.architecture import Chain
from glassnet.insight.verify.inferred.curves import Curve
from glassnet.insight.verify.inferred.model import Model, Pass
from glassnet.insight.verify.inferred.outputs import SQUARED, Output, candidates
from glassnet.nn.arrays import Array

SURE = 1e-8  # of the loss's changes left over: no other candidate need be tried
ENOUGH = 2e-5  # an ε inside a logarithm leaves so much
_UNSEEN = Curve("?", curves.LINEAR.value, curves.LINEAR.slope)
SIZES = (1.7, 0.7)  # of the parameters; the smaller where the larger lead to log(0)
_DIGITS = 9  # to which two points are one
_SPARE = 3  # points more than coefficients
_FLAT = 1e-9  # of the loss: it doesn't depend on what is changed


@dataclass(frozen=True)
class _Asked:
    """Signed points of a size, and the loss at each."""

    points: list[Point]
    losses: Array
    size: float


def fit_on_data(
    questions: Questions,
    chain: Chain,
    samples: Samples,
    source: str,
    masks: Sequence[dict[int, Array]] = ({},),
) -> Model | None:
    """The model of the user's loss on these samples, or None."""
    size = float(np.sqrt(np.mean(samples.X**2))) or 1.0
    asked = _asked(questions, chain, 7, first_scale=1 / size)
    if asked is None:
        return None
    draft = Model(
        chain, (), Output(SQUARED, curves.LINEAR), samples.Y, samples.Y, samples.X, source,
        np.inf, columns=samples.columns, size=asked.size,
    )  # fmt: skip
    best: Model | None = None
    for mask in masks:
        for hidden in _seen_first(questions, chain):
            if questions.budget.is_spent():
                break
            questions.budget.spend(len(asked.points))  # a forward pass is worth a call
            shape = replace(draft, hidden=hidden, masks=mask)
            records = [_forward(shape, point) for point in asked.points]
            for output in candidates(chain.outputs):
                found = _scaled(replace(shape, output=output), records, asked.losses, samples.Y)
                if found is not None and (best is None or found.left < best.left):
                    best = found
                    if best.left < SURE:
                        return best
    return best if best is not None and best.left < ENOUGH else None


def fit_collapsed(questions: Questions, chain: Chain) -> Model | None:
    """The model of the network with one layer's weights zero, or None; no data is needed.

    From the output layer downwards: what is known of the layers above leaves one activation to be
    found at each, so that those of all layers together need not be tried.
    """
    if chain not in questions.collapsed:
        best: Model | None = None
        for start in range(len(chain.layers) - 1, -1, -1):
            asked = _asked(questions, chain, 5 * chain.outputs + 16, start=start)
            if asked is None:
                continue
            model = _collapsed_at(questions, chain, start, asked, best)
            if model is None and best is not None and best.start == len(chain.layers) - 1:
                # The output alone may have been mistaken: its bias says little.
                model = _collapsed_at(questions, chain, start, asked, None)
            if model is None and start < len(chain.layers) - 1:
                break  # the layers below come on top of one that is not understood
            best = model or best
        questions.collapsed[chain] = best
    found: Model | None = questions.collapsed[chain]
    return found


def collapse(point: Point, chain: Chain, start: int) -> Point:
    """The point with this layer's weights zero; its bias stays."""
    moved = dict(point)
    W, b = chain.layers[start].split(point)
    chain.layers[start].put(moved, np.zeros_like(W), b)
    return moved


def signed_points(
    chain: Chain, point: Point, count: int, first_scale: float = 1.0, size: float = SIZES[0]
) -> list[Point]:
    """Points of a natural size that differ in the signs of the parameters alone."""
    rng = np.random.default_rng(count)
    sizes = []
    for i, layer in enumerate(chain.layers):
        scale = size / np.sqrt(layer.inputs) * (first_scale if i == 0 else 1.0)
        W = scale * (0.3 + np.abs(rng.normal(size=(layer.inputs, layer.outputs))))
        sizes.append((W, rng.uniform(0.2, 1.2, layer.outputs)))
    points = []
    for _ in range(count):
        moved = dict(point)
        for layer, (W, b) in zip(chain.layers, sizes, strict=True):
            signs = rng.choice([-1.0, 1.0], W.shape), rng.choice([-1.0, 1.0], b.shape)
            layer.put(moved, W * signs[0], b * signs[1] if layer.has_bias else None)
        points.append(moved)
    return points


def _asked(
    questions: Questions,
    chain: Chain,
    count: int,
    first_scale: float = 1.0,
    start: int | None = None,
) -> _Asked | None:
    """Signed points, and the loss at each; None where it isn't finite, or stays the same."""
    for size in SIZES:
        points = signed_points(chain, questions.home, count, first_scale, size)
        if start is not None:
            points = [collapse(point, chain, start) for point in points]
        losses = np.array([questions.loss_or_nan(point) for point in points])
        if np.isfinite(losses).all():
            flat = np.ptp(losses) <= _FLAT * (np.abs(losses).max() + 1e-12)
            return None if flat else _Asked(points, losses, size)
    return None


def _combinations(hidden: int) -> Iterator[tuple[Curve, ...]]:
    """The activations of the hidden layers: all alike first, then mixed, then the rare ones."""
    if not hidden:
        yield ()
        return
    for curve in curves.COMMON:
        yield (curve,) * hidden
    for mixed in product(curves.COMMON, repeat=hidden) if hidden < 4 else ():
        if len(set(mixed)) > 1:
            yield mixed
    for curve in curves.RARE:
        yield (curve,) * hidden


def _seen_first(questions: Questions, chain: Chain) -> Iterator[tuple[Curve, ...]]:
    """The combinations, and behind the commonest the one that the loss alone shows."""
    hidden = len(chain.layers) - 1
    for place, combination in enumerate(_combinations(hidden)):
        if hidden and place == len(curves.COMMON):
            model = fit_collapsed(questions, chain)
            if model is not None and model.start == 0:
                yield model.hidden
        yield combination


def _forward(shape: Model, point: Point) -> tuple[Pass, Array]:
    """The forward pass up to the logits of the last layer."""
    with np.errstate(all="ignore"):
        record = shape.forward(point)
    return record, record.z[shape.last]


def _scaled(
    model: Model, records: Iterable[tuple[Pass, Array]], losses: Array, Y: Array
) -> Model | None:
    """The model with the scale that fits best; None where it can't be this output."""
    if model.output.loss != SQUARED and (Y.min() < 0 or Y.max() > 1):
        return None
    w, v = model.output.of_targets(Y)
    with np.errstate(all="ignore"):
        totals = [model.output.total(z, model.output.predict(z), w, v) for _, z in records]
    columns = np.stack([np.array(totals), np.ones(len(totals))], axis=1)
    fitted, left = _least_squares(columns, losses)
    if fitted is None or fitted[0] <= 0:
        return None
    scale = float(fitted[0])
    return replace(model, w=w * scale, v=v * scale, scale=scale, left=left)


def _collapsed_at(
    questions: Questions, chain: Chain, start: int, asked: _Asked, above: Model | None
) -> Model | None:
    """The model with the weights of layer `start` zero; `above`: that of a layer above it."""
    outputs, last = chain.outputs, len(chain.layers) - 1
    zero = np.zeros((1, outputs))
    draft = Model(
        chain, (), Output(SQUARED, curves.LINEAR), zero, zero, None, "the loss alone", np.inf,
        start, size=asked.size,
    )  # fmt: skip
    known = () if above is None else above.hidden[above.start :]
    tried = candidates(outputs) if above is None else [above.output]
    if start == last:  # by signs alone, what acts on each output by itself can't be told apart
        tried = [output for output in tried if output.is_softmax]
    best: Model | None = None
    for seen in _combinations(last - start - len(known)):
        if questions.budget.is_spent():
            break
        shape = replace(draft, hidden=(*(_UNSEEN,) * start, *seen, *known))
        z = np.concatenate([_forward(shape, point)[1] for point in asked.points])
        for output in tried:
            found = _with_coefficients(replace(shape, output=output), z, asked.losses)
            if found is not None and (best is None or found.left < best.left):
                best = found
                if best.left < SURE:
                    return best
    return best if best is not None and best.left < ENOUGH else None


def _with_coefficients(model: Model, z: Array, losses: Array) -> Model | None:
    outputs = model.chain.outputs
    with np.errstate(all="ignore"):
        columns = model.output.columns(z, model.output.predict(z))
    fitted, left = _least_squares(np.column_stack([columns, np.ones(len(z))]), losses)
    if fitted is None:
        return None
    w, v = model.output.coefficients(fitted, outputs)
    if model.output.loss == SQUARED and model.output.is_softmax:
        w = w + (v[0, 0] - w.sum()) / outputs  # Σp = 1 leaves this open; targets sum to 1
    if (v < -ENOUGH).any() or (model.output.loss != SQUARED and (w < -ENOUGH).any()):
        return None
    return replace(model, w=w, v=v, left=left)


def _least_squares(columns: Array, losses: Array) -> tuple[Array | None, float]:
    """The coefficients, and the share of the losses' changes that they leave over."""
    if not np.isfinite(columns).all():
        return None, np.inf
    if len(np.unique(columns.round(_DIGITS), axis=0)) < columns.shape[1] + _SPARE:
        return None, np.inf
    fitted, *_ = np.linalg.lstsq(columns, losses, rcond=1e-11)
    left = np.linalg.norm(columns @ fitted - losses) / np.linalg.norm(losses - losses.mean())
    return fitted, float(left)
