"""Splits into training and held-out samples, and folds: a function of the seed alone.

The random order is the order of raw Philox words (`streams`), so a split never changes between
NumPy versions.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data import streams
from glassnet.data.table import Table
from glassnet.errors import InputError

Array = npt.NDArray[Any]
Places = npt.NDArray[np.intp]


def train_test_split(
    X: Any, y: Any, *, test: float | int = 0.2, seed: int = 0, stratify: bool = True
) -> tuple[Any, Any, Any, Any]:
    """Split samples and targets at random.

    Parameters
    ----------
    X : (n, d) array, `Table`, sparse matrix or data frame; the parts are of the same type.
    y : (n,) labels or numbers, or (n, k).
    test : the part that is held out: a share in (0, 1), or a number of samples.
    seed : the same seed gives the same split.
    stratify : each class keeps its share in both parts. Targets that are fractions, or of shape
        (n, k), have no classes and are split without.

    Returns
    -------
    X_train, X_test, y_train, y_test

    Raises
    ------
    InputError : where the lengths differ or a part would be empty.
    """
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    targets = np.asarray(y)
    if targets.ndim == 0 or len(targets) != n:
        raise InputError(
            f"X has {n} samples and y has shape {targets.shape}; give one target for each sample"
        )
    labels = targets if stratify and _are_labels(targets) else None
    kept, held_out = split_indices(n, labels, test=test, seed=seed)
    return _take(X, kept), _take(X, held_out), _take(y, kept), _take(y, held_out)


def split_indices(
    n: int, labels: Array | None = None, *, test: float | int = 0.2, seed: int = 0
) -> tuple[Places, Places]:
    """Places of the training and of the held-out samples, each in random order.

    With `labels` (n,), class c gives n_c · n_test / n samples to the held-out part, the remainders
    rounded by size; a class keeps at least one training sample where that is possible.

    Raises
    ------
    InputError : where a part would be empty.
    """
    n_test = held_out_count(n, test)
    order = streams.order(seed, streams.SPLIT, n)
    if labels is None:
        return order[n_test:], order[:n_test]
    class_of = _class_of(labels)
    quota = _shares(np.bincount(class_of), n_test)
    held_out = _place_in_class(class_of, order) < quota[class_of[order]]
    return order[~held_out], order[held_out]


def k_fold(
    n: int, labels: Array | None = None, *, folds: int = 5, seed: int = 0
) -> list[tuple[Places, Places]]:
    """Cut n samples into folds; pair (train, held out) for each, every sample held out once.

    With `labels` (n,), each class is dealt over the folds one by one. The folds' sizes differ by
    at most one sample.

    Raises
    ------
    InputError : where there are fewer than two folds or fewer samples than folds.
    """
    if not 2 <= folds <= n:
        raise InputError(f"{folds} folds of {n} samples; choose from 2 to {n} folds")
    order = streams.order(seed, streams.FOLDS, n)
    if labels is not None:
        order = order[np.argsort(_class_of(labels)[order], kind="stable")]
    fold_of = np.empty(n, dtype=np.intp)
    fold_of[order] = np.arange(n) % folds
    return [(np.flatnonzero(fold_of != f), np.flatnonzero(fold_of == f)) for f in range(folds)]


def held_out_count(n: int, test: float | int) -> int:
    """Count the samples held out: `test` of them, or the share `test` of n, rounded; never all."""
    if n < 2:
        raise InputError(f"{n} sample{'s' * (n != 1)} cannot be split; give at least 2")
    if isinstance(test, bool) or not isinstance(test, int | float | np.integer | np.floating):
        raise InputError(f"test is {test!r}; give a share between 0 and 1 or a number of samples")
    if isinstance(test, int | np.integer):
        if not 1 <= test < n:
            raise InputError(f"test is {test} of {n} samples; choose from 1 to {n - 1}")
        return int(test)
    if not 0.0 < test < 1.0:
        raise InputError(f"test is {test}; give a share between 0 and 1 or a number of samples")
    return min(max(int(np.floor(test * n + 0.5)), 1), n - 1)


def _shares(counts: Array, total: int) -> Array:
    """Whole numbers near counts · total / Σ counts that add up to `total` (largest remainder)."""
    exact = counts * (total / counts.sum())
    shares: Array = np.floor(exact).astype(np.intp)
    by_remainder = np.argsort(shares - exact, kind="stable")
    # A class gives its last sample only where the others are not enough.
    keeps_one = shares[by_remainder] < counts[by_remainder] - 1
    in_turn = np.concatenate([by_remainder[keeps_one], by_remainder[~keeps_one]])
    shares[in_turn[: total - shares.sum()]] += 1
    return shares


def _class_of(labels: Array) -> Array:
    return np.unique(labels, return_inverse=True)[1].reshape(-1)


def _place_in_class(class_of: Array, order: Places) -> Array:
    """For each entry of `order`: how many of its class came before it."""
    drawn = class_of[order]
    by_class = np.argsort(drawn, kind="stable")
    starts = np.searchsorted(drawn[by_class], drawn[by_class], side="left")
    places = np.empty(len(order), dtype=np.intp)
    places[by_class] = np.arange(len(order)) - starts
    return places


def _are_labels(targets: Array) -> bool:
    if targets.ndim != 1:
        return False
    return targets.dtype.kind != "f" or bool(np.all(targets == np.floor(targets)))


def _take(values: Any, places: Places) -> Any:
    if isinstance(values, Table):
        return values.rows(places)
    if hasattr(values, "iloc"):
        return values.iloc[places]
    if hasattr(values, "tocsr"):
        return values.tocsr()[places]
    if hasattr(values, "gather_every"):
        return values[places]
    return np.asarray(values)[places]
