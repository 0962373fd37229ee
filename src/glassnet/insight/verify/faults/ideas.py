"""Mistakes as formulas: what ∂L/∂z of a layer comes out as, if a certain line is wrong.

Each idea is worked out on the rebuilt network at several points, from the ∂L/∂z that the user's
code has in the layer above; so a mistake is met where it is made, and not once more below.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.insight.verify.evidence.tree import Point
from glassnet.insight.verify.faults.wrong_slopes import wrong_slopes
from glassnet.insight.verify.inferred.curves import Curve
from glassnet.insight.verify.inferred.model import Model, Pass
from glassnet.insight.verify.inferred.outputs import softmax
from glassnet.nn.arrays import Array

Deltas = tuple[Array, ...]  # ∂L/∂z of one layer, one array (n, width) a point
Lines = Sequence[tuple[Array, Array | None]]  # the user's gradient of one layer, a pair a point


@dataclass(frozen=True)
class Idea:
    """fault: its stable name, None for the right formula. wrote: what the code computes."""

    fault: str | None
    wrote: str
    deltas: Deltas
    number: float | None = None  # what the idea fitted: a learning rate, a sample's place


@dataclass(frozen=True)
class View:
    """The rebuilt network at the points: what the ideas are made from."""

    model: Model
    points: Sequence[Point]
    records: Sequence[Pass]

    @classmethod
    def of(cls, model: Model, points: Sequence[Point]) -> "View":
        return cls(model, points, [model.forward(point) for point in points])

    def each(self, formula: Callable[[int, Pass], Array]) -> Deltas:
        """The formula at every point, given its place and its pass."""
        with np.errstate(all="ignore"):
            return tuple(formula(t, record) for t, record in enumerate(self.records))


def output_ideas(view: View) -> Iterator[Idea]:
    """What ∂L/∂z of the output layer may come out as, the right formula first."""
    model, i = view.model, view.model.last
    out, w, v = model.output, model.w, model.v
    by_prediction = view.each(lambda t, r: out.by_prediction(r.a[i], w, v))
    residual = view.each(lambda t, r: out.residual(r.a[i], w, v))
    yield Idea(None, "", view.each(lambda t, r: out.by_logits(r.z[i], r.a[i], w, v)))
    if out.curve is None:
        yield from _softmax_ideas(view, by_prediction, residual)
        return
    missing = "missing-activation-derivative"
    yield Idea(missing, "∂L/∂p", by_prediction)
    yield from _sloped(view, i, out.curve, by_prediction, "∂L/∂p")
    if out.is_shortcut:
        yield from _sloped(view, i, out.curve, residual, "(p − y)", with_right=True)
    elif out.curve.name != "linear":
        yield Idea(missing, "p − y, as if for cross-entropy", residual)


def _softmax_ideas(view: View, by_prediction: Deltas, residual: Deltas) -> Iterator[Idea]:
    """The Jacobian of the softmax, J = diag(p) − p pᵀ, left out, taken twice, or in part."""
    name, i, out = "softmax-jacobian", view.model.last, view.model.output

    def through(d: Deltas) -> Deltas:
        return view.each(lambda t, r: out.through(d[t], r.z[i], r.a[i]))

    def diagonal(d: Deltas) -> Deltas:
        return view.each(lambda t, r: d[t] * r.a[i] * (1 - r.a[i]))

    yield Idea(name, "∂L/∂p: the Jacobian is left out", by_prediction)
    if not out.is_shortcut:
        yield Idea(name, "p − y: the Jacobian is left out", residual)
    yield Idea(name, "J J ∂L/∂p: the Jacobian twice", through(through(by_prediction)))
    yield Idea(name, "(p − y) · p(1 − p): a derivative too much", diagonal(residual))
    words = "∂L/∂p · p(1 − p): the Jacobian's diagonal alone"
    yield Idea(name, words, diagonal(by_prediction))
    again = view.each(lambda t, r: out.through(by_prediction[t], r.a[i], softmax(r.a[i])))
    yield Idea(name, "J(softmax(p)) ∂L/∂p: the softmax twice", again)


def hidden_ideas(view: View, i: int, above: Deltas) -> Iterator[Idea]:
    """What ∂L/∂z of hidden layer i may come out as, given that of the layer above."""
    model, curve = view.model, view.model.hidden[i]
    backs = view.each(lambda t, r: above[t] @ r.W[i + 1].T)
    slopes = view.each(lambda t, r: model.derivative(r, i))
    yield Idea(None, "", _times(backs, slopes))
    mask = model.masks.get(i, np.ones(1))
    masked = tuple(back * mask for back in backs)
    if curve.name != "linear":
        yield Idea("missing-activation-derivative", f"dA{i + 1}", masked)
        yield from _sloped(view, i, curve, masked, f"dA{i + 1}")
        words = f"dA{i + 1} · f′(dA{i + 1})"
        at_itself = tuple(d * curve.slope(back) for d, back in zip(masked, backs, strict=True))
        yield Idea("derivative-at-wrong-value", words, at_itself)
    if i in model.masks:
        plain = view.each(lambda t, r: backs[t] * curve.slope(r.z[i]))
        yield Idea("dropout-mask", "the mask is left out of the backward pass", plain)
    shape = view.records[0].W[i + 1].shape
    if shape[0] == shape[1]:
        turned = view.each(lambda t, r: above[t] @ r.W[i + 1])
        words = f"dZ{i + 2} is taken through W{i + 2}, not its transpose"
        yield Idea("transposed", words, _times(turned, slopes))


def _sloped(
    view: View, i: int, curve: Curve, d: Deltas, called: str, with_right: bool = False
) -> Iterator[Idea]:
    """d times each derivative that people write in place of f′(z)."""
    for wrong in wrong_slopes(curve, with_right):
        slopes = [wrong.at(record.z[i], curve.value(record.z[i])) for record in view.records]
        yield Idea(wrong.fault, f"{called} · {wrong.words}", _times(d, slopes))


def _times(d: Sequence[Array], slopes: Sequence[Array]) -> Deltas:
    with np.errstate(all="ignore"):
        return tuple(a * b for a, b in zip(d, slopes, strict=True))
