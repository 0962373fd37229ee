"""What a loss means: the loss of knowing nothing, and the least that is possible.

Knowing nothing is to predict the same for every sample, as well as that can be done: the classes'
shares (ln K where they are alike), the mean of the numbers. Between it and the least possible loss
every curve is measured as a share: 1 is nothing learned, 0 is everything.
"""

import math
from dataclasses import dataclass

import numpy as np

from glassnet.engines.samples import Samples
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Loss
from glassnet.nn.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
)

MOST_ROWS = 4096
TINY = 1e-12


@dataclass(frozen=True)
class LossScale:
    """constant: the mean loss of the best constant prediction; least: of the targets themselves,
    which is above 0 only for soft labels; classes: K, None where the loss is not about classes;
    zero: of outputs that are all 0, near which an untrained network begins, NaN for classes."""

    constant: float
    least: float
    classes: int | None = None
    zero: float = math.nan

    @property
    def range(self) -> float:
        """What can be learned."""
        return self.constant - self.least

    def share(self, loss: float) -> float:
        """How much of what can be learned is still to be learned; above 1: worse than nothing."""
        return (loss - self.least) / self.range

    @property
    def name(self) -> str:
        """The constant's name in sentences."""
        if self.classes is not None and abs(self.constant - math.log(self.classes)) < 0.005:
            return f"ln {self.classes} = {self.constant:.4g}"
        return f"{self.constant:.4g}"


def loss_scale(loss: Loss, samples: Samples, outputs: int, rows: Array | None) -> LossScale | None:
    """The scale of a loss on these targets; None where a constant is already right, or where a
    loss of the user's own does not say."""
    chosen = np.arange(len(samples.Y)) if rows is None else rows
    if len(chosen) > MOST_ROWS:
        chosen = chosen[np.linspace(0, len(chosen) - 1, MOST_ROWS).astype(np.int64)]
    y = samples.Y[chosen]
    weights = np.ones(len(y)) if samples.weights is None else samples.weights[chosen]
    weights = weights / weights.sum()
    try:
        constant, least = _levels(loss, y, weights, outputs)
    except Exception:  # a user's loss may refuse what it has never seen
        return None
    if not (math.isfinite(constant) and math.isfinite(least)) or constant - least <= TINY:
        return None
    classes = outputs if isinstance(loss, CrossEntropy) else None
    if isinstance(loss, BinaryCrossEntropy) and outputs == 1:
        classes = 2
    zero = math.nan
    if isinstance(loss, (MeanSquaredError, MeanAbsoluteError, Huber)):
        outputs_of_zero = np.zeros((len(y), outputs))
        zero = float(weights @ loss.per_sample(outputs_of_zero, y))
    return LossScale(constant, least, classes, zero)


def _levels(loss: Loss, y: Array, weights: Array, outputs: int) -> tuple[float, float]:
    """The mean losses of the best constant and of the targets themselves."""
    target = _as_outputs(loss, y, outputs)
    if isinstance(loss, (MeanAbsoluteError, Huber)):
        best = _weighted_median(target, weights)
    else:
        best = weights @ target
    constant = np.broadcast_to(best, target.shape).astype(np.float64)
    with np.errstate(all="ignore"):
        return (
            float(weights @ loss.per_sample(_logits(loss, constant), y)),
            float(weights @ loss.per_sample(_logits(loss, target), y)),
        )


def _as_outputs(loss: Loss, y: Array, outputs: int) -> Array:
    """The targets as the outputs that would hit them, (n, k) float64."""
    if isinstance(loss, CrossEntropy):
        rows = np.eye(outputs)[y] if y.ndim == 1 else y.astype(np.float64)
        if loss.label_smoothing:
            rows = rows * (1 - loss.label_smoothing) + loss.label_smoothing / outputs
        return np.asarray(rows)
    target = y.astype(np.float64)
    return np.asarray(target[:, None] if target.ndim == 1 else target)


def _logits(loss: Loss, probabilities: Array) -> Array:
    """Probabilities as what the loss takes: themselves, or their logits."""
    if isinstance(loss, Poisson):
        return np.maximum(probabilities, TINY)
    if not getattr(loss, "from_logits", False):
        return probabilities
    p = np.clip(probabilities, TINY, 1 - TINY)
    return np.asarray(np.log(p) if isinstance(loss, CrossEntropy) else np.log(p / (1 - p)))


def _weighted_median(values: Array, weights: Array) -> Array:
    """The median of each column."""
    medians = []
    for column in values.T:
        order = np.argsort(column, kind="stable")
        heavy = np.searchsorted(np.cumsum(weights[order]), 0.5)
        medians.append(column[order[min(int(heavy), len(order) - 1)]])
    return np.array(medians)
