"""Too little learned: worse than simple models, or the same answer for all."""

import math

import numpy as np

from glassnet.insight.doctor.blame import Blame
from glassnet.insight.doctor.finding import FAULT, WARNING, Finding
from glassnet.insight.doctor.measures.simple import SimpleScores
from glassnet.nn.arrays import Array

BEHIND_ACCURACY, BEHIND_R2 = 0.05, 0.1
SAME = 0.99  # of the predictions
FLAT = 0.01  # variance of the predictions over that of the targets


def underfitting(
    score: float, simple: SimpleScores, are_classes: bool, blame: Blame
) -> list[Finding]:
    """The training samples are predicted worse than simple models predict samples that they have
    not seen."""
    margin = _margin(simple.best, simple.rows, are_classes)
    if score >= simple.best - margin:
        return []
    return [
        Finding(
            rule="underfitting",
            level=FAULT if score < simple.best - 3 * margin else WARNING,
            why=blame.why,
            seen=f"on its own training samples the network has {_told(score, are_classes)}; "
            f"{simple.best_has} {_told(simple.best, are_classes)} on samples never seen",
            cause=blame.cause,
            test="a network with 128 ReLU units, no penalty, no dropout: if its training score is "
            "as low, it is the data",
            advice=blame.advice,
            numbers={"score": score, "simple": simple.best, "constant": simple.constant},
        )
    ]


def worse_than_baseline(
    score: float, simple: SimpleScores, are_classes: bool, blame: Blame
) -> list[Finding]:
    """Validation samples that a simple model predicts clearly better."""
    margin = _margin(simple.best, simple.rows, are_classes)
    if score >= simple.best - margin:
        return []
    return [
        Finding(
            rule="worse-than-baseline",
            level=FAULT if score < simple.best - 3 * margin else WARNING,
            why=blame.why,
            seen=f"on {simple.rows:,} validation samples the network has "
            f"{_told(score, are_classes)}, {simple.best_has} "
            f"{_told(simple.best, are_classes)}",
            cause=blame.cause,
            test="glassnet.scores.baseline_scores on the same split",
            advice=blame.advice,
            numbers={"score": score, "simple": simple.best, "constant": simple.constant},
        )
    ]


def one_answer(predictions: Array, truth: Array, are_classes: bool, blame: Blame) -> list[Finding]:
    """The same prediction for every sample."""
    if len(predictions) < 20:
        return []
    rare = False
    if are_classes:
        counts = np.bincount(predictions)
        name = int(counts.argmax())
        share, true_share = counts[name] / len(predictions), float(np.mean(truth == name))
        if share < SAME or true_share > 0.98 or len(np.unique(truth)) < 2:
            return []
        seen = (
            f"{100 * share:.4g} % of the predictions are class {name}; {100 * true_share:.3g} % of "
            "the samples are: the accuracy is that of always saying so"
        )
        numbers = {"share": float(share), "true": true_share}
        rare = true_share > 0.7
    else:
        target = truth.reshape(len(truth), -1).astype(np.float64)
        given = predictions.reshape(len(target), -1).astype(np.float64)
        varied = float(target.var(axis=0).sum())
        ratio = float(given.var(axis=0).sum()) / varied if varied > 0 else 1.0
        if ratio >= FLAT:
            return []
        seen = f"the predictions vary by {100 * ratio:.2g} % of the targets' variance: always the "
        seen += "same number"
        numbers = {"ratio": ratio}
    if rare and blame.why in ("unknown", "epochs", "capacity"):
        blame = Blame(
            "rare-class",
            "the other classes are so rare that saying never costs little",
            "Classifier(class_weight='balanced'), or sample_weight",
        )
    return [
        Finding(
            rule="one-class",
            level=FAULT,
            why=blame.why,
            seen=seen,
            cause=blame.cause,
            test="balanced accuracy: 1/K says that nothing is told apart",
            advice=blame.advice,
            numbers=numbers,
        )
    ]


def _margin(best: float, rows: int, are_classes: bool) -> float:
    if not are_classes:
        return BEHIND_R2
    p = min(max(best, 0.02), 0.98)
    return BEHIND_ACCURACY + 2 * math.sqrt(p * (1 - p) / rows)


def _told(score: float, are_classes: bool) -> str:
    return f"{100 * score:.1f} % right" if are_classes else f"r² = {score:.3f}"
