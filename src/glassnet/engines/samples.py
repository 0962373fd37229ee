"""Training samples as the engines take them: rows are gathered batch by batch, never all copied."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.nn.arrays import Array


@dataclass(frozen=True)
class Samples:
    """X (n, …) of any dtype, also memory-mapped or sparse; Y in the loss's form; weights (n,) of
    mean 1 in float64, or None for all 1."""

    X: Any
    Y: Array
    weights: Array | None = None

    def __len__(self) -> int:
        return int(self.X.shape[0])

    def batch(self, rows: Array | slice) -> tuple[Array, Array, Array]:
        """X, Y and weights of these rows."""
        x = dense_rows(self.X, rows)
        weights = np.ones(len(x)) if self.weights is None else self.weights[rows]
        return x, self.Y[rows], weights


def dense_rows(X: Any, rows: Array | slice) -> Array:
    """The rows of X as a dense array; a slice of a dense X is a view of it."""
    x = X[rows]
    return np.asarray(x.toarray() if hasattr(x, "toarray") else x)
