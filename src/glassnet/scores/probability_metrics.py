"""Metrics of probabilities and scores: log loss, Brier score, area under the ROC curve.

P (n,) belongs to the larger of two labels; P (n, k) has a column a label. Weights as elsewhere:
a sample of weight 2 counts as two equal samples, one of weight 0 as none.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.scores.checks import (
    Floats,
    Integers,
    as_column,
    as_probabilities,
    as_weight,
    check_same_length,
    label_positions,
    sorted_labels,
)


def log_loss(
    y_true: ArrayLike,
    P: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    labels: ArrayLike | None = None,
) -> float:
    """Mean of −ln P(true class), in nats.

    P (n,) is the probability of the larger of two labels, or (n, k) has a column a label, in
    the order of `labels` (default: sorted). A float type cannot tell a probability within its
    epsilon of 1 from 1, so probabilities are held at least that far from 0: a single rounding
    does not make the score infinite.
    """
    positions, probabilities, weight = _classes_and_probabilities(y_true, P, sample_weight, labels)
    epsilon = np.finfo(np.asarray(P).dtype).eps if np.asarray(P).dtype.kind == "f" else 2.0**-52
    true_class = probabilities[np.arange(len(positions)), positions]
    return float(np.average(-np.log(np.clip(true_class, epsilon, 1.0)), weights=weight))


def brier(
    y_true: ArrayLike,
    P: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    labels: ArrayLike | None = None,
) -> float:
    """Mean squared error of the probabilities (Brier 1950).

    Two classes: mean (p − y)², from 0 to 1. More: mean Σₖ (pₖ − [y = k])², from 0 to 2.
    P and labels as in `log_loss`.
    """
    positions, probabilities, weight = _classes_and_probabilities(y_true, P, sample_weight, labels)
    truth = np.eye(probabilities.shape[1])[positions]
    squared = ((probabilities - truth) ** 2).sum(axis=1)
    return float(np.average(squared, weights=weight)) / (2 if probabilities.shape[1] == 2 else 1)


def roc_auc(
    y_true: ArrayLike,
    scores: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    labels: ArrayLike | None = None,
) -> float:
    """Probability that a random positive scores above a random negative; a tie counts one half.

    scores (n,) belong to the larger of two labels and may be any numbers; (n, k) gives the mean
    over classes of each against the rest. Raises InputError when a class has no samples.
    Source: Hanley & McNeil 1982 (the Mann-Whitney form).
    """
    truth = as_column(y_true, "y_true")
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    check_same_length(truth, values, ("y_true", "scores"))
    if not np.isfinite(values).all():
        raise InputError("scores holds NaN or infinite values; expected finite numbers")
    weight = as_weight(sample_weight, len(truth))
    order = _label_order(truth, values.shape[1] if values.ndim == 2 else 2, labels)
    positions = label_positions(truth, order, "y_true")
    if values.ndim == 1:
        return _auc(positions == 1, values, weight, order[1])
    if len(order) == 2:
        return _auc(positions == 1, values[:, 1], weight, order[1])
    areas = [_auc(positions == k, values[:, k], weight, order[k]) for k in range(len(order))]
    return float(np.mean(areas))


def _label_order(truth: NDArray[Any], k: int, labels: ArrayLike | None) -> NDArray[Any]:
    """The labels of k probability columns: as given, or sorted from what the truth holds."""
    if labels is None:
        order = sorted_labels(truth)
        if len(order) < k == 2 and order.dtype.kind in "biuf" and np.isin(order, (0, 1)).all():
            order = np.array([0, 1])
    else:
        order = np.asarray(labels)
    if len(order) != k:
        raise InputError(
            f"there are probabilities for {k} classes and {len(order)} labels; "
            f"give labels= with the label of every column"
        )
    return order


def _classes_and_probabilities(
    y_true: ArrayLike, P: ArrayLike, sample_weight: ArrayLike | None, labels: ArrayLike | None
) -> tuple[Integers, Floats, Floats]:
    truth = as_column(y_true, "y_true")
    probabilities = as_probabilities(P, "P").astype(np.float64)
    check_same_length(truth, probabilities, ("y_true", "P"))
    if probabilities.ndim == 1:
        probabilities = np.column_stack([1 - probabilities, probabilities])
    order = _label_order(truth, probabilities.shape[1], labels)
    positions = label_positions(truth, order, "y_true")
    return positions, probabilities, as_weight(sample_weight, len(truth))


def _auc(positive: NDArray[np.bool_], score: Floats, weight: Floats, label: Any) -> float:
    """Weighted Mann-Whitney: equal scores meet all negatives below, and half of their own."""
    distinct, group = np.unique(score, return_inverse=True)
    positives = np.bincount(group, weights=weight * positive, minlength=len(distinct))
    negatives = np.bincount(group, weights=weight * ~positive, minlength=len(distinct))
    pairs = positives.sum() * negatives.sum()
    if pairs == 0:
        raise InputError(
            f"the ROC AUC of class {label!r} needs samples inside and outside of that class; "
            f"one of the two is missing"
        )
    below = np.cumsum(negatives) - negatives
    return float((positives * (below + negatives / 2)).sum() / pairs)
