"""The "auto" of every parameter: small rules of the samples n, features d, outputs k and the task.

Found by experiment on about 75 data sets of many kinds; `benchmarks/accuracy.py` measures what
they reach. The whole recipe is in this file, so that another can be tried by exchanging it.
"""

import math
from dataclasses import dataclass

from glassnet.nn.optimizers import Adam, Optimizer
from glassnet.nn.schedules import Cosine

SMALL = 100  # up to here: one batch of all rows, no dropout, so that a weight is as good as copies
SMALL_AS = 40  # … and the penalty of so many samples, for nothing may depend on their number
LARGE = 5000
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
    def learning_rate(self) -> Cosine:
        """Up to the rate over a twentieth of the fit, then down along half a cosine."""
        return Cosine(self.rate, warmup=0.05)


def recipe(n: int, d: int, k: int, task: str, one_unit: bool = False) -> Recipe:
    """The recipe for n samples of d features and k outputs; task: binary, multiclass, multilabel
    or regression; one_unit: the features are pixels or counts that share one scale.

    Up to `SMALL` samples nothing but the batch depends on n: ten samples of weight 2 are trained
    exactly as twenty.
    """
    small, large = n <= SMALL, one_unit or n > LARGE
    batch_size = n if small else 64 if n <= LARGE else 128
    steps = 250 if small else (1200 if one_unit else 600) * max(1.0, math.sqrt(n / 2000))
    return Recipe(
        widths=(256, 128) if large else (128, 64),
        activation="relu" if one_unit else "gelu",
        dropout=0.0 if small else 0.2,
        label_smoothing=0.1 if task in ("binary", "multiclass") else 0.0,
        optimizer=Adam(),
        rate=0.02 if small else 0.003 if large else 0.01,
        batch_size=batch_size,
        epochs=math.ceil(steps / math.ceil(n / batch_size)),
        weight_decay=0.0,
        l2=_penalty(SMALL_AS if small else n, d, task, one_unit),
    )


def _penalty(n: int, d: int, task: str, one_unit: bool) -> float:
    """The L2 penalty: a prior that weighs as much as a number of samples, so less the more there
    are; mean squared error is twice the ½ r² that the rule was found with."""
    samples = 1.0 if one_unit else 1.5 * math.sqrt(d)
    penalty = min(0.1, samples / n)
    return 2 * penalty if task == "regression" else penalty


def dtype_for(n: int) -> str:
    """float64 up to 1,000 training rows, float32 above."""
    return "float64" if n <= FLOAT64_ROWS else "float32"
