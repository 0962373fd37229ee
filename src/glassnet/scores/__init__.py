"""Scores: how good predictions are, how sure that is, and what a simple model reaches.

Metrics, intervals, thresholds and calibration need NumPy alone; baselines call scikit-learn.
"""

from glassnet.scores.baselines import Baseline, baseline_scores
from glassnet.scores.calibration import (
    ReliabilityBins,
    expected_calibration_error,
    reliability_bins,
)
from glassnet.scores.folds import CrossValidation, cross_validate, make_folds
from glassnet.scores.intervals import (
    Interval,
    fold_interval,
    normal_quantile,
    r2_interval,
    t_quantile,
    wilson_interval,
)
from glassnet.scores.metrics import (
    METRICS,
    ClassScores,
    Metric,
    accuracy,
    balanced_accuracy,
    brier,
    class_scores,
    confusion_matrix,
    f1,
    f1_macro,
    find_metric,
    log_loss,
    mae,
    precision,
    r2,
    recall,
    rmse,
    roc_auc,
)
from glassnet.scores.thresholds import (
    TunedThreshold,
    bayes_decisions,
    bayes_threshold,
    separating_gap,
    tuned_threshold,
)

__all__ = [
    "METRICS",
    "Baseline",
    "ClassScores",
    "CrossValidation",
    "Interval",
    "Metric",
    "ReliabilityBins",
    "TunedThreshold",
    "accuracy",
    "balanced_accuracy",
    "baseline_scores",
    "bayes_decisions",
    "bayes_threshold",
    "brier",
    "class_scores",
    "confusion_matrix",
    "cross_validate",
    "expected_calibration_error",
    "f1",
    "f1_macro",
    "find_metric",
    "fold_interval",
    "log_loss",
    "mae",
    "make_folds",
    "normal_quantile",
    "precision",
    "r2",
    "r2_interval",
    "recall",
    "reliability_bins",
    "rmse",
    "roc_auc",
    "separating_gap",
    "t_quantile",
    "tuned_threshold",
    "wilson_interval",
]
