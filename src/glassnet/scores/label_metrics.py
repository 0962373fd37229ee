"""Metrics of labels: confusion matrix, accuracy, precision, recall, F1.

The truth first, the prediction second; a sample of weight 2 counts as two equal samples, one of
weight 0 as none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.scores.checks import Floats, as_weight, label_pair, label_positions, sorted_labels


def accuracy(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
    """Share of right answers, Σ wᵢ [yᵢ = ŷᵢ] / Σ wᵢ.

    Labels (n,), or indicator matrices (n, k), where a sample is right when its whole row is.
    """
    truth, predicted = np.asarray(y_true), np.asarray(y_pred)
    if truth.ndim == 2 and truth.shape == predicted.shape and truth.shape[1] > 1:
        right = (truth == predicted).all(axis=1)
    else:
        truth, predicted = label_pair(y_true, y_pred)
        right = np.asarray(truth == predicted)
    return float(np.average(right, weights=as_weight(sample_weight, len(right))))


def confusion_matrix(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> NDArray[Any]:
    """Counts C (k, k): C[i, j] samples of true class i were given class j (rows = truth).

    `labels` sets the order (default: the distinct labels, sorted). Integers without weights,
    sums of weights with them.
    """
    truth, predicted = label_pair(y_true, y_pred)
    order = sorted_labels(truth, predicted) if labels is None else np.asarray(labels)
    k = len(order)
    rows = label_positions(truth, order, "y_true")
    columns = label_positions(predicted, order, "y_pred")
    weight = None if sample_weight is None else as_weight(sample_weight, len(truth))
    return np.bincount(rows * k + columns, weights=weight, minlength=k * k).reshape(k, k)


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 of each class, and its support (number or weight of samples)."""

    labels: tuple[Any, ...]
    precision: Floats
    recall: Floats
    f1: Floats
    support: NDArray[Any]


def class_scores(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> ClassScores:
    """Per class: precision TP/(TP+FP), recall TP/(TP+FN), F1 2TP/(2TP+FP+FN); 0/0 counts as 0."""
    truth, predicted = label_pair(y_true, y_pred)
    order = sorted_labels(truth, predicted) if labels is None else np.asarray(labels)
    counts = confusion_matrix(truth, predicted, order, sample_weight)
    hits = np.diagonal(counts)
    given, support = counts.sum(axis=0), counts.sum(axis=1)
    return ClassScores(
        labels=tuple(order.tolist()),
        precision=_ratio(hits, given),
        recall=_ratio(hits, support),
        f1=_ratio(2 * hits, given + support),
        support=support,
    )


def balanced_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
) -> float:
    """Mean recall over the classes that occur in y_true."""
    scores = class_scores(y_true, y_pred, sample_weight=sample_weight)
    return float(scores.recall[scores.support > 0].mean())


def f1_macro(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
    """Mean F1 over the classes that occur in y_true or y_pred."""
    truth, predicted = label_pair(y_true, y_pred)
    counted = as_weight(sample_weight, len(truth)) > 0
    weight = None if sample_weight is None else np.asarray(sample_weight)[counted]
    return float(class_scores(truth[counted], predicted[counted], sample_weight=weight).f1.mean())


# The binary metrics as functions of counts (each (m,) or a float): true positives, false
# positives, false negatives, true negatives. One place, so that a tuned threshold maximises
# exactly the metric that is reported.
Counts = Floats
CountFunction = Callable[[Counts, Counts, Counts, Counts], Floats]


def _balanced_from_counts(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Floats:
    present = ((tp + fn) > 0).astype(float) + ((tn + fp) > 0)
    mean: Floats = (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / present
    return mean


COUNT_METRICS: dict[str, CountFunction] = {
    "accuracy": lambda tp, fp, fn, tn: (tp + tn) / (tp + fp + fn + tn),
    "balanced_accuracy": _balanced_from_counts,
    "precision": lambda tp, fp, fn, tn: _ratio(tp, tp + fp),
    "recall": lambda tp, fp, fn, tn: _ratio(tp, tp + fn),
    "f1": lambda tp, fp, fn, tn: _ratio(2 * tp, 2 * tp + fp + fn),
    "f1_macro": lambda tp, fp, fn, tn: (
        (_ratio(2 * tp, 2 * tp + fp + fn) + _ratio(2 * tn, 2 * tn + fp + fn))
        / (((tp + fp + fn) > 0).astype(float) + ((tn + fp + fn) > 0))
    ),
}


def precision(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    positive: Any = None,
) -> float:
    """TP / (TP + FP) of the positive class: of those called positive, how many are; 0/0 is 0.

    `positive` defaults to the larger of the two labels (1 of 0 and 1).
    """
    return _binary("precision", y_true, y_pred, sample_weight, positive)


def recall(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    positive: Any = None,
) -> float:
    """TP / (TP + FN) of the positive class: of the positives, how many were found; 0/0 is 0."""
    return _binary("recall", y_true, y_pred, sample_weight, positive)


def f1(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    positive: Any = None,
) -> float:
    """2TP / (2TP + FP + FN): the harmonic mean of precision and recall; 0/0 is 0."""
    return _binary("f1", y_true, y_pred, sample_weight, positive)


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """part / whole, and 0 where whole is 0."""
    ratio = np.zeros(np.shape(part))
    np.divide(part, whole, out=ratio, where=np.asarray(whole) > 0)
    return ratio


def _binary(
    name: str, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None, positive: Any
) -> float:
    truth, predicted = label_pair(y_true, y_pred)
    weight = as_weight(sample_weight, len(truth))
    if positive is None:
        positive = _positive_label(sorted_labels(truth, predicted), name)
    is_true, is_called = np.asarray(truth == positive), np.asarray(predicted == positive)
    counts = (
        weight[chosen].sum(keepdims=True)
        for chosen in (
            is_true & is_called,
            ~is_true & is_called,
            is_true & ~is_called,
            ~is_true & ~is_called,
        )
    )
    return float(COUNT_METRICS[name](*counts)[0])


def _positive_label(labels: NDArray[Any], name: str) -> Any:
    if labels.dtype.kind in "biuf" and np.isin(labels, (0, 1)).all():
        return 1
    if len(labels) != 2:
        raise InputError(
            f"{name} is defined for two labels and {len(labels)} were found; "
            f"give positive=, or use f1_macro or balanced_accuracy"
        )
    return labels[1]
