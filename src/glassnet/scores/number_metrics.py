"""Metrics of numbers (regression): R², root mean squared error, mean absolute error.

y (n,) or (n, outputs). A sample of weight 2 counts as two equal samples, one of weight 0 as none.
"""

import numpy as np
from numpy.typing import ArrayLike

from glassnet.scores.checks import as_numbers, as_weight


def r2(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
    """1 − Σ w (y − ŷ)² / Σ w (y − ȳ)²: the share of the variance that is explained.

    Several outputs (n, k): the mean over them. A target that never varies scores 1 when it is
    hit exactly and 0 otherwise.
    """
    truth, predicted = as_numbers(y_true, y_pred)
    weight = as_weight(sample_weight, len(truth))[:, None]
    mean = (weight * truth).sum(axis=0) / weight.sum()
    left = (weight * (truth - predicted) ** 2).sum(axis=0)
    total = (weight * (truth - mean) ** 2).sum(axis=0)
    constant = np.ptp(truth[weight[:, 0] > 0], axis=0) == 0
    share = np.where(constant, (left > 0).astype(float), left / np.where(constant, 1.0, total))
    return float(np.mean(1 - share))


def rmse(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
    """√(mean (y − ŷ)²), in the target's unit; several outputs: the mean of their roots."""
    truth, predicted = as_numbers(y_true, y_pred)
    weight = as_weight(sample_weight, len(truth))
    return float(np.sqrt(np.average((truth - predicted) ** 2, axis=0, weights=weight)).mean())


def mae(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
    """mean |y − ŷ|, in the target's unit; several outputs: their mean."""
    truth, predicted = as_numbers(y_true, y_pred)
    weight = as_weight(sample_weight, len(truth))
    return float(np.average(np.abs(truth - predicted), axis=0, weights=weight).mean())
