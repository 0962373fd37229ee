"""Cross-validation: stratified folds drawn from Philox, and a score with an interval over them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.scores.checks import Integers, as_column, label_positions, sorted_labels
from glassnet.scores.intervals import Interval, fold_interval

# Second half of the Philox key: keeps the folds apart from every other use of the seed.
FOLD_STREAM = 0x666F6C64

Fold = tuple[Integers, Integers]


@dataclass(frozen=True)
class CrossValidation:
    """The score of every fold, their mean, and the corrected interval of that mean."""

    scores: tuple[float, ...]
    mean: float
    interval: Interval
    folds: int
    repeats: int


def make_folds(
    y: ArrayLike, *, folds: int = 10, repeats: int = 1, seed: int = 0, stratify: bool = True
) -> list[Fold]:
    """`repeats` × `folds` pairs (training rows, test rows), every row tested once a repeat.

    Stratified: each class is dealt out over the folds like cards, so that a fold's share of it
    is off by less than one sample. Deterministic in `seed`.
    """
    target = as_column(y, "y")
    n = len(target)
    if not 2 <= folds <= n:
        raise InputError(f"make_folds: {folds} folds of {n} samples; expected 2 to {n} folds")
    classes = np.zeros(n, dtype=np.intp)
    if stratify:
        classes = label_positions(target, sorted_labels(target), "y")
    bits = np.random.Philox(key=np.array([seed % 2**64, FOLD_STREAM], dtype=np.uint64))
    result = []
    for _ in range(repeats):
        shuffled = np.argsort(bits.random_raw(n), kind="stable")
        dealt = shuffled[np.argsort(classes[shuffled], kind="stable")]
        fold_of = np.empty(n, dtype=np.intp)
        # Dealing goes on from class to class, so the folds' sizes differ by at most one too.
        fold_of[dealt] = np.arange(n) % folds
        result += [
            (np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)) for k in range(folds)
        ]
    return result


def cross_validate(
    score_fold: Callable[[NDArray[np.intp], NDArray[np.intp]], float],
    y: ArrayLike,
    *,
    folds: int = 10,
    repeats: int = 1,
    seed: int = 0,
    stratify: bool = True,
    level: float = 0.95,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> CrossValidation:
    """Score every fold and put the corrected interval (`fold_interval`) around the mean.

    score_fold(training rows, test rows) trains on the first and returns the score on the second.
    `bounds` are those of the score: (0, 1) for shares, (−∞, 1) for R².
    """
    pairs = make_folds(y, folds=folds, repeats=repeats, seed=seed, stratify=stratify)
    scores = [float(score_fold(train, test)) for train, test in pairs]
    n = len(np.asarray(y))
    interval = fold_interval(
        scores, n_train=n - n / folds, n_test=n / folds, level=level, bounds=bounds
    )
    return CrossValidation(tuple(scores), float(np.mean(scores)), interval, folds, repeats)
