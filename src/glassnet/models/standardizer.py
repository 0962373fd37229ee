"""A regression's targets brought to mean 0 and standard deviation 1, and back."""

from dataclasses import dataclass

import numpy as np

from glassnet.nn.arrays import Array


@dataclass(frozen=True)
class Standardizer:
    """Numbers to predict as the network sees them: (y − shift) · factor, a number for each output.

    one_column: whether y came as (n,), so that predictions leave in that shape.
    """

    shift: Array
    factor: Array
    one_column: bool

    @classmethod
    def learn(
        cls, Y: Array, weights: Array | None, one_column: bool, active: bool
    ) -> "Standardizer":
        """Weighted mean and standard deviation; 0 and 1 where not `active`."""
        k = Y.shape[1]
        if not active:
            return cls(np.zeros(k), np.ones(k), one_column)
        share = np.full(len(Y), 1.0 / len(Y)) if weights is None else weights / weights.sum()
        unit = np.abs(Y).max(axis=0)
        unit[unit == 0] = 1.0
        mean = share @ (Y / unit)
        deviation = np.sqrt(share @ np.square(Y / unit - mean)) * unit
        constant = Y.min(axis=0) == Y.max(axis=0)
        shift = np.where(constant, Y[0], mean * unit)
        with np.errstate(divide="ignore", over="ignore"):
            factor = 1.0 / np.where(constant, 1.0, deviation)
        return cls(shift, np.where(np.isfinite(factor), factor, 1.0), one_column)

    def encode(self, Y: Array) -> Array:
        """Targets (n, k) for the network."""
        return np.asarray((Y - self.shift) * self.factor)

    def decode(self, outputs: Array) -> Array:
        """Predictions in the targets' own units and shape."""
        Y = outputs.astype(np.float64) / self.factor + self.shift
        return Y[:, 0] if self.one_column else Y
