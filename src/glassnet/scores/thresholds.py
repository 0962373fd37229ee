"""Thresholds: where to cut probabilities into decisions, given costs or a metric.

Everywhere a sample is called positive when p > t.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.scores.checks import (
    Floats,
    Integers,
    as_binary,
    as_probabilities,
    as_weight,
    check_same_length,
    sum_by_place,
)
from glassnet.scores.metrics import COUNT_METRICS, METRICS

DecisionMetric = Callable[[NDArray[Any], NDArray[Any], Any], float]


def bayes_threshold(
    cost_false_positive: float,
    cost_false_negative: float,
    cost_true_positive: float = 0.0,
    cost_true_negative: float = 0.0,
) -> float:
    """The cut that makes calibrated probabilities cheapest (Elkan 2001, IJCAI, eq. 2).

    With p = P(y = 1 | x), calling x positive costs p·c_tp + (1 − p)·c_fp on average, calling it
    negative p·c_fn + (1 − p)·c_tn. Positive is cheaper when

        (1 − p)(c_fp − c_tn) < p (c_fn − c_tp),   that is p > t* with
        t* = (c_fp − c_tn) / ((c_fp − c_tn) + (c_fn − c_tp)),

    and t* = c_fp / (c_fp + c_fn) when right decisions cost nothing. Equal costs give 0.5; only
    the ratio matters, so any unit will do. Raises InputError when a mistake is not dearer than
    the right decision: then one class would always be chosen.
    """
    costs = (cost_false_positive, cost_false_negative, cost_true_positive, cost_true_negative)
    if not np.isfinite(costs).all():
        raise InputError(f"bayes_threshold: the costs are {costs}; expected finite numbers")
    false_alarm = cost_false_positive - cost_true_negative
    miss = cost_false_negative - cost_true_positive
    if false_alarm <= 0 or miss <= 0:
        raise InputError(
            f"bayes_threshold: a false positive costs {cost_false_positive:g} (true negative "
            f"{cost_true_negative:g}) and a false negative {cost_false_negative:g} (true positive "
            f"{cost_true_positive:g}); each mistake must cost more than the right decision"
        )
    return float(1 / (1 + miss / false_alarm))


def bayes_decisions(P: ArrayLike, cost: ArrayLike) -> Integers:
    """The cheapest class of each sample: argmin over j of Σᵢ P[·, i] · cost[i, j], integers (n,).

    P (n, K) are calibrated probabilities; cost (K, K) has a row for the true class and a column
    for the decision: cost[i, j] is what it costs to say j of a sample of class i. The expected
    cost of saying j is the mean of column j under P (Elkan 2001, eq. 1). For K = 2 this is
    p > `bayes_threshold`. Equally cheap: the first.
    """
    probabilities = as_probabilities(P, "P")
    table = np.asarray(cost, dtype=np.float64)
    k = probabilities.shape[1] if probabilities.ndim == 2 else 1
    if k < 2 or table.shape != (k, k) or not np.isfinite(table).all():
        raise InputError(
            f"bayes_decisions: P has shape {probabilities.shape} and cost {table.shape}; expected "
            f"(n, K) and a finite (K, K), rows = true class, columns = decision"
        )
    expected_cost: Floats = probabilities.astype(np.float64) @ table  # (n, K) @ (K, K) -> (n, K)
    cheapest: Integers = expected_cost.argmin(axis=1)
    return cheapest


@dataclass(frozen=True)
class TunedThreshold:
    """A tuned threshold, its score, and the stretch low ≤ t < high that scores exactly as well."""

    threshold: float
    score: float
    low: float
    high: float
    metric: str


def tuned_threshold(
    p: ArrayLike,
    y: ArrayLike,
    metric: str | DecisionMetric = "balanced_accuracy",
    sample_weight: ArrayLike | None = None,
) -> TunedThreshold:
    """The threshold in (0, 1) with the best metric over *all* cut-offs, not over a grid.

    Decisions p > t only change where t passes a score, so one cut-off between each two distinct
    neighbouring scores (and one outside either end) stands for all of them. Sorted once, the
    positives and negatives above every cut-off are running sums: O(n log n) for all, for the
    metrics that are functions of the four counts. Of several best stretches the widest is taken
    (a score may move furthest without changing a decision), and t is its middle.

    p (n,) in [0, 1], y (n,) of 0 and 1. Use probabilities that the model did not train on. metric
    is a name (accuracy, balanced_accuracy, precision, recall, f1, f1_macro) or f(y, decisions,
    sample_weight), greater = better, called once a cut-off with y and decisions of 0 and 1.
    """
    scores = as_probabilities(p, "p")
    positive = as_binary(y, "y")
    if scores.ndim != 1:
        raise InputError(f"tuned_threshold: p has shape {scores.shape}; expected (n,)")
    check_same_length(scores, positive, ("p", "y"))
    weight = as_weight(sample_weight, len(scores))
    name = metric if isinstance(metric, str) else getattr(metric, "__name__", "custom")

    edges = _edges(scores)
    if isinstance(metric, str):
        values = _count_scores(scores, positive, weight, edges, metric)
    else:
        values = _called_scores(scores, positive, sample_weight, edges, metric)

    # Running sums of weights round: scores that differ by this little are the same score.
    best = values >= values.max() - 1e-12 * max(1.0, abs(float(values.max())))
    first, last = _widest_run(best, edges)
    low, high = edges[first], edges[last + 1]
    middle = low + (high - low) / 2
    threshold = low if middle >= high else middle  # no number lies between two neighbours
    return TunedThreshold(
        threshold=float(threshold),
        score=float(values[first : last + 1].max()),
        low=float(low),
        high=float(high),
        metric=name,
    )


def separating_gap(p: ArrayLike, y: ArrayLike) -> tuple[float, float] | None:
    """The ends (largest p of class 0, smallest p of class 1) when they are apart, else None.

    Every t with low ≤ t < high decides all samples rightly; none of them is better than another.
    """
    scores = as_probabilities(p, "p")
    positive = as_binary(y, "y")
    check_same_length(scores, positive, ("p", "y"))
    if positive.all() or not positive.any():
        return None
    low, high = float(scores[~positive].max()), float(scores[positive].min())
    return (low, high) if low < high else None


def _edges(scores: NDArray[Any]) -> NDArray[Any]:
    """0, the distinct scores, 1: decisions p > t are constant for t from one edge to the next.

    They keep the float type of the scores, so that a threshold between two float32 neighbours
    does not move when it is compared in float32.
    """
    ends = np.array([0, 1], dtype=scores.dtype)
    return np.unique(np.concatenate([scores, ends]))


def _count_scores(
    scores: NDArray[Any],
    positive: NDArray[np.bool_],
    weight: Floats,
    edges: NDArray[Any],
    metric: str,
) -> Floats:
    if metric not in COUNT_METRICS:
        reason = "does not depend on a threshold" if metric in METRICS else "is not known"
        raise InputError(
            f"tuned_threshold: the metric {metric!r} {reason}; "
            f"choose one of {', '.join(COUNT_METRICS)}"
        )
    place = np.searchsorted(edges, scores)
    positives = sum_by_place(place, weight * positive, len(edges))
    negatives = sum_by_place(place, weight * ~positive, len(edges))
    fn, tn = np.cumsum(positives)[:-1], np.cumsum(negatives)[:-1]  # at or below each edge but 1
    # Sums from the other end, not total − below: the difference would leave 1e-17 for no weight.
    tp = np.cumsum(positives[::-1])[::-1][1:]
    fp = np.cumsum(negatives[::-1])[::-1][1:]
    return COUNT_METRICS[metric](tp, fp, fn, tn)


def _called_scores(
    scores: NDArray[Any],
    positive: NDArray[np.bool_],
    sample_weight: ArrayLike | None,
    edges: NDArray[Any],
    metric: DecisionMetric,
) -> Floats:
    y = positive.astype(np.int64)
    values = np.array(
        [metric(y, (scores > edge).astype(np.int64), sample_weight) for edge in edges[:-1]],
        dtype=np.float64,
    )
    if np.isnan(values).any():
        raise InputError("tuned_threshold: the metric gave NaN at a cut-off; expected numbers")
    return values


def _widest_run(best: NDArray[np.bool_], edges: NDArray[Any]) -> tuple[int, int]:
    """First and last place of the run of True whose stretch of thresholds is the widest."""
    padded = np.concatenate([[False], best, [False]]).astype(np.int8)
    change = np.diff(padded)
    starts, stops = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    widest = int(np.argmax(edges[stops] - edges[starts]))
    return int(starts[widest]), int(stops[widest]) - 1
