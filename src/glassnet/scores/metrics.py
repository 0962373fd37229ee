"""All metrics in one place, and `METRICS`, which finds them by name.

Every metric takes the truth first and the prediction second, returns one float, and accepts
`sample_weight` (n,): a sample of weight 2 counts as two equal samples, one of weight 0 as none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from numpy.typing import ArrayLike

from glassnet.errors import InputError
from glassnet.scores.label_metrics import (
    COUNT_METRICS,
    ClassScores,
    accuracy,
    balanced_accuracy,
    class_scores,
    confusion_matrix,
    f1,
    f1_macro,
    precision,
    recall,
)
from glassnet.scores.number_metrics import mae, r2, rmse
from glassnet.scores.probability_metrics import brier, log_loss, roc_auc

__all__ = [
    "COUNT_METRICS",
    "METRICS",
    "ClassScores",
    "Metric",
    "accuracy",
    "balanced_accuracy",
    "brier",
    "class_scores",
    "confusion_matrix",
    "f1",
    "f1_macro",
    "find_metric",
    "log_loss",
    "mae",
    "precision",
    "r2",
    "recall",
    "rmse",
    "roc_auc",
]


@dataclass(frozen=True)
class Metric:
    """A metric with what it takes as prediction and which way is better; callable."""

    name: str
    function: Callable[..., float]
    takes: Literal["labels", "probabilities", "numbers"]
    greater_is_better: bool = True

    def __call__(
        self, y_true: ArrayLike, prediction: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        return self.function(y_true, prediction, sample_weight)


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", accuracy, "labels"),
        Metric("balanced_accuracy", balanced_accuracy, "labels"),
        Metric("precision", precision, "labels"),
        Metric("recall", recall, "labels"),
        Metric("f1", f1, "labels"),
        Metric("f1_macro", f1_macro, "labels"),
        Metric("log_loss", log_loss, "probabilities", greater_is_better=False),
        Metric("brier", brier, "probabilities", greater_is_better=False),
        Metric("roc_auc", roc_auc, "probabilities"),
        Metric("r2", r2, "numbers"),
        Metric("rmse", rmse, "numbers", greater_is_better=False),
        Metric("mae", mae, "numbers", greater_is_better=False),
    )
}


def find_metric(name: str) -> Metric:
    """The metric of that name; InputError names the known ones."""
    if name not in METRICS:
        raise InputError(f"metric {name!r} is not known; choose one of {', '.join(METRICS)}")
    return METRICS[name]
