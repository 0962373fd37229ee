"""What is trained in the speed benchmarks: the rows of the table, their data, their arithmetic."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """One network on data of one shape: ReLU hidden layers, softmax output, cross-entropy."""

    widths: tuple[int, ...]
    batch: int
    samples: int
    optimizer: str = "sgd"
    rate: float = 0.05
    dropout: float = 0.0

    @property
    def name(self) -> str:
        """Such as '784-128-10 b128'."""
        batch = "full batch" if self.batch >= self.samples else f"b{self.batch}"
        parts = ["-".join(map(str, self.widths)), batch]
        if self.optimizer != "sgd":
            parts.append(self.optimizer.capitalize() + ("+dropout" if self.dropout else ""))
        return " ".join(parts)

    @property
    def steps(self) -> int:
        """Steps of an epoch; the last batch may be shorter."""
        return -(-self.samples // self.batch)

    @property
    def flops(self) -> float:
        """Floating-point operations of the matrix products of a step, on average.

        Forward X W, backward Xᵀ dY, and dY Wᵀ for every layer but the first: 2 n m k each.
        """
        sizes = [a * b for a, b in zip(self.widths, self.widths[1:], strict=False)]
        return 2.0 * (3 * sum(sizes) - sizes[0]) * self.samples / self.steps

    def smaller(self) -> "Row":
        """The same shape with few samples, to see that everything works."""
        full = self.batch >= self.samples
        samples = min(self.samples, max(4 * self.batch + 1, 500) if not full else 4_100)
        return replace(self, samples=samples, batch=samples if full else self.batch)

    def plain(self) -> dict[str, Any]:
        """What goes through a pipe."""
        return asdict(self)

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "Row":
        """The row that `plain` described."""
        return cls(**{**fields, "widths": tuple(fields["widths"])})


ROWS = [
    Row((784, 128, 10), 128, 60_000),
    Row((784, 128, 64, 10), 32, 60_000),
    Row((784, 800, 10), 128, 20_000),
    Row((64, 32, 10), 32, 1_797),
    Row((30, 16, 2), 32, 569),
    Row((2, 4, 2), 10, 500),
    Row((784, 10, 10), 41_000, 41_000),
    Row((784, 512, 256, 10), 128, 20_000, "adam", 0.001, 0.2),
]


def made_data(row: Row) -> tuple[np.ndarray, np.ndarray]:
    """Random but always the same: X (n, inputs) in [0, 1) float32, y (n,) class indices int64."""
    rng = np.random.default_rng(0)
    X = rng.random((row.samples, row.widths[0]), dtype=np.float32)
    return X, rng.integers(0, row.widths[-1], row.samples)


def initial_weights(row: Row, seed: int) -> list[np.ndarray]:
    """Weights (inputs, outputs) to begin with, float32, of the scale that glassnet has by default:
    He's before a ReLU (normal), Glorot's for the output (uniform)."""
    rng = np.random.default_rng(seed)
    weights = []
    for before, after in zip(row.widths, row.widths[1:], strict=False):
        if len(weights) < len(row.widths) - 2:
            W = rng.normal(0.0, np.sqrt(2 / before), (before, after))
        else:
            W = rng.uniform(-1.0, 1.0, (before, after)) * np.sqrt(6 / (before + after))
        weights.append(W.astype(np.float32))
    return weights
