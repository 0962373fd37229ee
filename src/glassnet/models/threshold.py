"""Where a binary classifier cuts its probabilities: a number, learned, from costs, or tuned."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InputError
from glassnet.network import Network
from glassnet.nn.arrays import Array
from glassnet.nn.optimizers import Adam
from glassnet.nn.schedules import Cosine
from glassnet.nn.soft_step import SoftStep
from glassnet.scores.folds import make_folds
from glassnet.scores.thresholds import bayes_threshold, separating_gap, tuned_threshold

FOLDS = 5
STEPS = 300
KINDS = ("learned", "learned_after", "cost", "tuned")


class Cut(NamedTuple):
    """How decisions are made: kind is "fixed", "learned", "learned_after", "cost" or "tuned"."""

    kind: str
    value: float = 0.5
    k: float = 10.0


class Found(NamedTuple):
    """A threshold, and the stretch [low, high) whose every t decides the samples as well."""

    threshold: float
    gap: tuple[float, float] | None


def choose_cut(threshold: Any, cost: Any, task: str) -> Cut:
    """What the parameter asks for; ``InputError`` where it doesn't fit the task."""
    if isinstance(threshold, SoftStep):
        kind = "learned" if threshold.joint else "learned_after"
        cut = Cut(kind, threshold.threshold, threshold.k)
    elif isinstance(threshold, str) and threshold in KINDS:
        cut = Cut(threshold)
    elif isinstance(threshold, (int, float, np.number)) and not isinstance(threshold, bool):
        if not 0 < float(threshold) < 1:
            raise InputError(f"threshold is {threshold!r}; a number lies within (0, 1)")
        cut = Cut("fixed", float(threshold))
    else:
        raise InputError(
            f"threshold is {threshold!r}; give a number within (0, 1), 'learned', 'learned_after', "
            "'cost' or 'tuned'"
        )
    if cut.kind == "cost" and cost is None:
        raise InputError(
            "threshold='cost' needs cost: (false positive, false negative), or a matrix with a row "
            "for each true class and a column for each decision"
        )
    allowed = {"binary": (*KINDS, "fixed"), "multiclass": ("cost",), "multilabel": ("fixed",)}[task]
    if cut.kind not in allowed and (cut.kind != "fixed" or cut.value != 0.5):
        raise InputError(
            f"threshold={threshold!r} is for two classes, this is a {task} problem: leave it at 0.5"
            + (", or give 'cost' and a cost matrix" if task == "multiclass" else "")
        )
    return cut


def cost_matrix(cost: Any, classes: int) -> Array:
    """Costs (K, K), a row for the true class, a column for the decision."""
    try:
        table = np.asarray(cost, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"cost is {cost!r}; give numbers") from None
    if table.shape == (2,) and classes == 2:
        table = np.array([[0.0, table[0]], [table[1], 0.0]])
    if table.shape != (classes, classes) or not np.isfinite(table).all():
        pair = " or (false positive, false negative)" if classes == 2 else ""
        raise InputError(
            f"cost has shape {table.shape}; expected a finite ({classes}, {classes}) matrix, a row "
            f"for each true class and a column for each decision{pair}"
        )
    return table


def cost_threshold(table: Array) -> float:
    """The Bayes threshold of a 2 × 2 matrix (Elkan 2001)."""
    return bayes_threshold(table[0, 1], table[1, 0], table[1, 1], table[0, 0])


def learn_threshold(p: Array, y: Array, weights: Array | None, k: float, start: float) -> Found:
    """t of ŷ = σ(k(p − t)) that makes the binary cross-entropy of held-out p (n,) small.

    A network of this one layer, trained on all rows at once: ∂L/∂t = −k mean(ŷ − y).
    """
    network = Network(
        [SoftStep(k=k, threshold=start)], "binary_cross_entropy", dtype="float64", inputs=1
    )
    network.fit(
        p.reshape(-1, 1).astype(np.float64), y, optimizer=Adam(), learning_rate=Cosine(0.02),
        batch_size=1.0, epochs=STEPS, sample_weight=weights, verbose=False,
    )  # fmt: skip
    return Found(float(network.parameters[0]), separating_gap(p, y))


def tune_threshold(p: Array, y: Array, weights: Array | None, metric: Any) -> Found:
    """The middle of the widest stretch of thresholds that is best by the metric."""
    tuned = tuned_threshold(p, y, metric, weights)
    return Found(tuned.threshold, (tuned.low, tuned.high))


def held_out_probabilities(
    fit_and_predict: Callable[[Array, Array], Array], y: Array, seed: int
) -> Array:
    """p (n,) of each sample from a model that did not train on it: stratified folds.

    ``fit_and_predict(train, test)`` gives p of the rows `test`. ``InputError`` where a class has
    fewer than two samples: some fold would have to train without it.
    """
    smallest = int(np.bincount(y).min())
    if smallest < 2:
        raise InputError(
            f"one class has {smallest} sample only: a threshold by cross-validation needs at least "
            "2 of each; give more samples, or threshold=0.5"
        )
    p = np.empty(len(y))
    for train, test in make_folds(y, folds=min(FOLDS, smallest), seed=seed):
        p[test] = fit_and_predict(train, test)
    return p
