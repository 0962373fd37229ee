"""What stands at the end of a network: an output activation and a loss, with their derivatives.

Every loss here is linear in a few coefficients of each sample and output, so that its sum over
samples that share one prediction is the same loss with summed coefficients:

    cross-entropy         l = −Σ w log p                        ∂l/∂p = −w/p
    binary cross-entropy  l = −Σ (w log p + v log(1 − p))       ∂l/∂p = −w/p + v/(1 − p)
    squared error         l = Σ (v p² − 2 w p)                  ∂l/∂p = 2(v p − w)

w is the target times the loss's scale, v the rest of it (1 − target) or the scale. "p − y" is then
Σw·p − w, (w + v)p − w and v p − w.
"""

from dataclasses import dataclass

import numpy as np

from glassnet.insight.verify.inferred import curves
from glassnet.insight.verify.inferred.curves import Curve
from glassnet.nn.arrays import Array

CROSS_ENTROPY, BINARY, SQUARED = "cross-entropy", "binary cross-entropy", "squared error"


@dataclass(frozen=True)
class Output:
    """An output activation (`curve` None for softmax) and a loss."""

    loss: str
    curve: Curve | None

    @property
    def activation(self) -> str:
        """The activation's name."""
        return "softmax" if self.curve is None else self.curve.name

    @property
    def is_softmax(self) -> bool:
        """Whether the outputs of a sample depend on one another."""
        return self.curve is None

    @property
    def is_shortcut(self) -> bool:
        """Whether ∂l/∂z is p − y without any derivative."""
        pair = (self.activation, self.loss)
        return pair in (("softmax", CROSS_ENTROPY), ("sigmoid", BINARY))

    def predict(self, z: Array) -> Array:
        """p (n, k) from the logits."""
        return softmax(z) if self.curve is None else self.curve.value(z)

    def columns(self, z: Array, p: Array) -> Array:
        """What the loss is linear in, (n, c k): its values before any coefficients."""
        if self.loss == CROSS_ENTROPY:
            return -self._log(z, p)
        if self.loss == BINARY:
            return -np.concatenate([self._log(z, p), self._log_rest(z, p)], axis=1)
        return np.concatenate([(p**2).sum(axis=1, keepdims=True), -2 * p], axis=1)

    def coefficients(self, fitted: Array, outputs: int) -> tuple[Array, Array]:
        """w and v, each (1, k), from fitted coefficients of `columns`."""
        if self.loss == CROSS_ENTROPY:
            return fitted[None, :outputs], np.zeros((1, outputs))
        if self.loss == BINARY:
            return fitted[None, :outputs], fitted[None, outputs : 2 * outputs]
        return fitted[None, 1 : 1 + outputs], np.full((1, outputs), fitted[0])

    def of_targets(self, Y: Array) -> tuple[Array, Array]:
        """w and v of samples with these targets, for a loss that is their sum."""
        return Y, (1 - Y if self.loss == BINARY else np.ones_like(Y))

    def total(self, z: Array, p: Array, w: Array, v: Array) -> float:
        """The loss summed over the samples, but for what no prediction changes."""
        if self.loss == SQUARED:
            return float((v * p**2 - 2 * w * p).sum())
        value = -(np.where(w != 0, w * self._log(z, p), 0.0)).sum()
        if self.loss == BINARY:
            value -= np.where(v != 0, v * self._log_rest(z, p), 0.0).sum()
        return float(value)

    def by_prediction(self, p: Array, w: Array, v: Array) -> Array:
        """∂l/∂p."""
        if self.loss == SQUARED:
            return 2 * (v * p - w)
        slope = -w / p
        return slope + v / (1 - p) if self.loss == BINARY else slope

    def residual(self, p: Array, w: Array, v: Array) -> Array:
        """What people write as p − y, with the loss's scale."""
        if self.loss == SQUARED:
            return v * p - w
        if self.loss == BINARY:
            return (w + v) * p - w
        return np.asarray(w.sum(axis=1, keepdims=True) * p - w)

    def through(self, d: Array, z: Array, p: Array) -> Array:
        """∂l/∂z from d = ∂l/∂p: through the whole Jacobian."""
        if self.curve is None:
            return np.asarray(p * (d - (d * p).sum(axis=1, keepdims=True)))
        return d * self.curve.slope(z)

    def by_logits(self, z: Array, p: Array, w: Array, v: Array) -> Array:
        """∂l/∂z."""
        if self.is_shortcut:
            return self.residual(p, w, v)
        return self.through(self.by_prediction(p, w, v), z, p)

    def _log(self, z: Array, p: Array) -> Array:
        if self.curve is None:
            return np.asarray(z - _log_sum(z))
        return -curves.softplus(-z) if self.curve is curves.SIGMOID else np.log(p)

    def _log_rest(self, z: Array, p: Array) -> Array:
        return -curves.softplus(z) if self.curve is curves.SIGMOID else np.log1p(-p)


def softmax(z: Array) -> Array:
    """Row by row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def _log_sum(z: Array) -> Array:
    most = z.max(axis=1, keepdims=True)
    return np.asarray(most + np.log(np.exp(z - most).sum(axis=1, keepdims=True)))


def candidates(outputs: int) -> list[Output]:
    """Every pair that is looked for, the common ones first."""
    found = [Output(BINARY, curves.SIGMOID), Output(SQUARED, curves.LINEAR)]
    found += [Output(SQUARED, curve) for curve in (curves.SIGMOID, curves.TANH)]
    if outputs > 1:
        found.insert(0, Output(CROSS_ENTROPY, None))
        found += [Output(SQUARED, None), Output(BINARY, None)]
    found.append(Output(CROSS_ENTROPY, curves.SIGMOID))
    found += [Output(SQUARED, curve) for curve in (curves.RELU, curves.SOFTPLUS)]
    found += [Output(SQUARED, curve) for curve in curves.RARE if curve.from_output is not None]
    return found
