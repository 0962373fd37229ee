"""Statistics of columns as (shift, factor) for the layer `Scale`: y = (x - shift) · factor.

A sample of weight w counts as w copies of it, so every statistic here is one of the weighted
distribution: it does not change when all weights are multiplied by one number. NaN is left out
(a missing value), and a column that never varies gets factor 0: it says nothing.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.errors import InputError

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


def column_scaling(
    X: Array, kind: str = "standard", *, weights: Array | None = None, shared: bool = False
) -> tuple[Floats, Floats]:
    """Measure how each column is to be shifted and multiplied.

    Parameters
    ----------
    X : (n, d) numbers; NaN is a missing value.
    kind : "standard": (x - mean) / standard deviation (the population's, Σw(x - mean)² / Σw).
        "min-max": (x - min) / (max - min), so 0 … 1.
        "robust": (x - median) / (q75 - q25); where the quartiles are equal,
        2 (x - median) / (max - min). Source: RealMLP (Holzmüller et al. 2024, arXiv 2407.04491).
    weights : (n,) how often each sample counts, 0 or more; None is once each.
    shared : one scale for all columns, for columns of one unit such as pixels.

    Returns
    -------
    shift, factor : float64, each of shape (d,).

    Raises
    ------
    InputError : for an unknown kind, a wrong shape, weights that are negative or all zero, or an
        infinite value.
    """
    if kind not in _KINDS:
        raise InputError(f"scaling is {kind!r}; choose from {', '.join(_KINDS)}")
    if X.ndim != 2:
        raise InputError(f"X has shape {X.shape}; samples are rows (n, d)")
    w = None if weights is None else checked_weights(weights, len(X))
    measure = _KINDS[kind]
    if shared:
        shift, factor = measure(*_distribution(X, w))
        return np.full(X.shape[1], shift), np.full(X.shape[1], factor)
    found = [measure(*_distribution(X[:, j : j + 1], w)) for j in range(X.shape[1])]
    both = np.array(found, dtype=np.float64).reshape(X.shape[1], 2)
    return both[:, 0].copy(), both[:, 1].copy()


def weighted_quantile(values: Array, q: float, weights: Array | None = None) -> float:
    """One of `weighted_quantiles`."""
    return weighted_quantiles(values, (q,), weights)[0]


def weighted_quantiles(
    values: Array, shares: tuple[float, ...], weights: Array | None = None
) -> list[float]:
    """Find, for each share q, the smallest value with at least q of the weight at or below it.

    Where the share is q exactly, the mean of that value and the next (definition 2 of Hyndman and
    Fan 1996), so the median of an even number of values is the usual one.

    Raises
    ------
    InputError : where there is no value, or a share is not in [0, 1].
    """
    for q in shares:
        if not 0.0 <= q <= 1.0:
            raise InputError(f"q is {q}; give a share from 0 to 1")
    w = None if weights is None else checked_weights(weights, len(values))
    v, w = _distribution(np.asarray(values).reshape(-1, 1), w)
    if len(v) == 0:
        raise InputError("there is no value to take a quantile of; give at least one")
    return _quantiles(v, w, shares)


def checked_weights(weights: Array, n: int) -> Floats:
    """Weights as float64 (n,); raises InputError where one is negative or not finite, or all 0."""
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (n,):
        raise InputError(f"the weights have shape {w.shape}; expected ({n},), one for each sample")
    wrong = np.flatnonzero(~np.isfinite(w) | (w < 0))
    if len(wrong):
        raise InputError(
            f"sample {wrong[0]} has weight {w[wrong[0]]}; a weight is 0 or more, and finite"
        )
    if not w.any():
        raise InputError("every sample has weight 0; give at least one a weight above 0")
    return w


def _distribution(columns: Array, weights: Floats | None) -> tuple[Floats, Floats]:
    """All values of the columns with their weights; without NaN and without weight 0."""
    n, d = columns.shape
    if columns.dtype == np.uint8:
        counts = np.zeros(256)
        for start in range(0, n, 4096):
            rows = columns[start : start + 4096]
            w = None if weights is None else np.repeat(weights[start : start + 4096], d)
            counts += np.bincount(rows.reshape(-1), weights=w, minlength=256)
        seen = np.flatnonzero(counts)
        return seen.astype(np.float64), counts[seen]
    values = columns.reshape(-1).astype(np.float64)
    if np.isinf(values).any():
        raise InputError("a column to be scaled holds an infinite value; remove or correct it")
    w = np.ones(n * d) if weights is None else np.repeat(weights, d)
    kept = ~np.isnan(values) & (w > 0.0)
    return (values, w) if kept.all() else (values[kept], w[kept])


def _standard(values: Floats, w: Floats) -> tuple[float, float]:
    low, high = _range(values)
    if low == high:
        return low, 0.0
    # Measured in units of the largest size, so that no square overflows or vanishes.
    unit = max(abs(low), abs(high))
    share = w / w.sum()
    mean = float(np.sum(share * (values / unit)))
    deviation = float(np.sqrt(np.sum(share * (values / unit - mean) ** 2)))
    return mean * unit, _inverse(deviation * unit)


def _min_max(values: Floats, w: Floats) -> tuple[float, float]:
    low, high = _range(values)
    return low, _inverse(high - low)


def _robust(values: Floats, w: Floats) -> tuple[float, float]:
    low, high = _range(values)
    if low == high:
        return low, 0.0
    first, median, third = _quantiles(values, w, (0.25, 0.5, 0.75))
    if third > first:
        return median, _inverse(third - first)
    return median, _inverse((high - low) / 2.0)


_KINDS: dict[str, Callable[[Floats, Floats], tuple[float, float]]] = {
    "standard": _standard,
    "min-max": _min_max,
    "robust": _robust,
}


def _range(values: Floats) -> tuple[float, float]:
    """Smallest and largest; (0, 0) where every value is missing."""
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)


def _inverse(width: float) -> float:
    """1 / width, or 0 where that is no finite number."""
    with np.errstate(divide="ignore", over="ignore"):
        factor = float(np.float64(1.0) / np.float64(width))
    return factor if np.isfinite(factor) else 0.0


def _quantiles(values: Floats, w: Floats, shares: tuple[float, ...]) -> list[float]:
    by_size = np.argsort(values, kind="stable")
    ordered, reached = values[by_size], np.cumsum(w[by_size])
    total = reached[-1]
    found = []
    for q in shares:
        # Sums of weights are rounded: equal means equal to 12 digits.
        i = int(np.searchsorted(reached, q * total - 1e-12 * total))
        i = min(i, len(ordered) - 1)
        exact = abs(reached[i] - q * total) <= 1e-12 * total and i + 1 < len(ordered)
        found.append(float(ordered[i] / 2 + ordered[i + 1] / 2 if exact else ordered[i]))
    return found
