"""The user's network rebuilt: its forward pass, and the parts that a backward pass is made of.

Either on the data (given, or found in the functions), or collapsed: with the first layer's weights
zero every sample looks alike, and the network above is that of one sample with the mean target.
"""

from dataclasses import dataclass, field

import numpy as np

from glassnet.insight.verify.evidence.tree import Point
from glassnet.insight.verify.inferred.architecture import Chain
from glassnet.insight.verify.inferred.curves import Curve
from glassnet.insight.verify.inferred.outputs import Output
from glassnet.nn.arrays import Array


@dataclass(frozen=True)
class Pass:
    """z[i] and a[i] of layer i, both (n, width); a[-1] are the predictions."""

    z: dict[int, Array]
    a: dict[int, Array]
    W: dict[int, Array]


@dataclass(frozen=True)
class Model:
    """What was found out about the user's network.

    w, v: the coefficients of the loss (see ``outputs``), one row a sample, scaled so that the loss
    is their sum. X (n, inputs), or None: collapsed at layer `start`, whose weights are zero.
    masks: what dropout multiplies a layer's outputs by. source: how it was found, in words.
    size: that of the parameters at which it was found.
    """

    chain: Chain
    hidden: tuple[Curve, ...]
    output: Output
    w: Array
    v: Array
    X: Array | None
    source: str
    left: float  # of the loss's changes: how much the model doesn't explain
    start: int = 0
    scale: float = 1.0
    size: float = 1.0
    masks: dict[int, Array] = field(default_factory=dict)
    columns: bool | None = None

    @property
    def samples(self) -> int | None:
        """The number of samples, where it is known."""
        return None if self.X is None else len(self.X)

    @property
    def last(self) -> int:
        """The output layer's place."""
        return len(self.chain.layers) - 1

    def curve(self, i: int) -> Curve | None:
        """The activation of layer i; None for softmax."""
        return self.output.curve if i == self.last else self.hidden[i]

    def forward(self, point: Point) -> Pass:
        """The forward pass at a point (a collapsed one, where the model is collapsed)."""
        z: dict[int, Array] = {}
        a: dict[int, Array] = {}
        weights: dict[int, Array] = {}
        for i in range(self.start, len(self.chain.layers)):
            W, b = self.chain.layers[i].split(point)
            weights[i] = W
            if i > self.start:
                z[i] = a[i - 1] @ W
            else:
                z[i] = np.zeros((1, W.shape[1])) if self.X is None else self.X @ W
            if b is not None:
                z[i] = z[i] + b
            a[i] = self.output.predict(z[i]) if i == self.last else self.hidden[i].value(z[i])
            if i in self.masks:
                a[i] = a[i] * self.masks[i]
        return Pass(z, a, weights)

    def loss(self, point: Point) -> float:
        """The loss but for penalties and constants."""
        record = self.forward(point)
        return self.output.total(record.z[self.last], record.a[self.last], self.w, self.v)

    def inputs(self, record: Pass, i: int) -> Array | None:
        """What layer i multiplies by its weights, (n, inputs); None where it isn't known."""
        return record.a[i - 1] if i > self.start else self.X

    def right_delta(self, record: Pass, i: int, above: Array | None) -> Array:
        """∂L/∂z of layer i, from that of the layer above."""
        if i == self.last or above is None:
            return self.output.by_logits(record.z[i], record.a[i], self.w, self.v)
        return above @ record.W[i + 1].T * self.derivative(record, i)

    def derivative(self, record: Pass, i: int) -> Array:
        """f′(z) of a hidden layer, with dropout's mask."""
        return self.hidden[i].slope(record.z[i]) * self.masks.get(i, np.float64(1.0))

    def gradient(self, point: Point) -> dict[int, tuple[Array | None, Array]]:
        """The right gradient of each layer, (W, b), without penalties."""
        record = self.forward(point)
        found: dict[int, tuple[Array | None, Array]] = {}
        delta: Array | None = None
        for i in range(self.last, self.start - 1, -1):
            delta = self.right_delta(record, i, delta)
            inputs = self.inputs(record, i)
            found[i] = (None if inputs is None else inputs.T @ delta, delta.sum(axis=0))
        return found

    def describe(self) -> str:
        """The network in words: 4 → 5 sigmoid → 3 softmax, cross-entropy."""
        widths = self.chain.widths
        names = [curve.name for curve in self.hidden] + [self.output.activation]
        parts = [f"{k} {name}" for k, name in zip(widths[1:], names, strict=True)]
        return f"{widths[0]} → {' → '.join(parts)}, {self.output.loss}"
