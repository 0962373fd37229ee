"""The "auto" of every parameter: small rules of the samples n, features d, outputs k and the task.

The whole recipe is in this file, so that another can be tried by exchanging it.
"""

import math
from dataclasses import dataclass

from glassnet.nn.optimizers import AdamW, Optimizer
from glassnet.nn.schedules import OneCycle

SMALL = 100  # up to here: one batch of all rows, no dropout, so that a weight is as good as copies
FLOAT64_ROWS = 1000


@dataclass(frozen=True)
class Recipe:
    """What is done where nothing else is asked for."""

    widths: tuple[int, ...]
    activation: str
    dropout: float
    label_smoothing: float
    optimizer: Optimizer
    rate: float
    batch_size: int
    epochs: int
    weight_decay: float
    l2: float

    @property
    def learning_rate(self) -> OneCycle:
        """Up to the rate and down again, once over the whole fit."""
        return OneCycle(self.rate, warmup=0.1)


def recipe(n: int, d: int, k: int, task: str) -> Recipe:
    """The recipe for n samples of d features and k outputs; task: binary, multiclass, multilabel
    or regression.

    Up to `SMALL` samples nothing in it depends on n: ten samples of weight 2 are trained exactly
    as twenty.
    """
    small = n <= SMALL
    batch_size = n if small else 64
    steps = 200 if small else 600
    epochs = max(10, math.ceil(steps / math.ceil(n / batch_size)))
    return Recipe(
        widths=(128, 64),
        activation="relu",
        dropout=0.0 if small else 0.2,
        label_smoothing=0.0 if small or task in ("regression", "multilabel") else 0.1,
        optimizer=AdamW(),
        rate=4e-3,
        batch_size=batch_size,
        epochs=epochs,
        weight_decay=3.0 if d > 1 else 0.01,
        l2=0.0,
    )


def dtype_for(n: int) -> str:
    """float64 up to 1,000 training rows, float32 above."""
    return "float64" if n <= FLOAT64_ROWS else "float32"
