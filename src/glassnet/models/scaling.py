"""How columns are shifted and multiplied before the network sees them, and how extreme
values are drawn in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from glassnet.data.scaling import column_scaling, weighted_quantiles
from glassnet.errors import InputError
from glassnet.nn.arrays import Array

BLOCK_ROWS = 2048
CLIP = 5.0  # deviations at which a value is clearly drawn in
NORMAL_QUARTILES = 1.3489795003921634  # between the quartiles of N(0, 1)
RANGE = 4.0  # deviations that a range is taken for, where the quartiles are equal
LEAST_PIXELS = 16
HUGE = 1e150
_KINDS = {"standard": "standard", "robust": "robust", "minmax": "min-max", "min-max": "min-max"}


class Moments(NamedTuple):
    """Each column's mean, standard deviation, least and greatest value."""

    mean: Array
    deviation: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Scaling:
    """How columns of numbers are scaled: z = (x − shift) · factor, and with `clip` z is drawn in.

    fill: what stands for a number that is missing in new rows although none was in training.
    """

    shift: Array
    factor: Array
    fill: Array
    clip: float | None = None


def choose_scaling(N: Any, weights: Array, kind: object = "auto") -> Scaling | None:
    """Measure the columns of numbers N (n, d), dense or sparse, without missing values.

    "auto" is (x − median) · 1.349 / (q75 − q25) for each column, or (x − mean) · 4 / (max − min)
    where the quartiles are equal, with extreme values drawn in; for sparse columns (x − mean) /
    standard deviation; or, for columns of one unit such as pixels and counts, (x − mean) divided
    by the standard deviation of all columns together, so that a pixel that hardly varies stays
    small. A number divides all columns by it. "none" gives None.
    """
    if isinstance(kind, str) and kind in ("auto", "none", *_KINDS):
        if kind == "none":
            return None
        return _automatic(N, weights) if kind == "auto" else _by_column(N, weights, _KINDS[kind])
    if isinstance(kind, (int, float, np.number)) and not isinstance(kind, bool) and kind > 0:
        d = N.shape[1]
        return Scaling(np.zeros(d), np.full(d, 1.0 / float(kind)), np.zeros(d))
    raise InputError(
        f"scaling is {kind!r}; choose 'auto', 'none', 'standard', 'robust', 'minmax', or a number "
        "above 0 to divide by"
    )


def draw_in(N: Array, shift: Array, factor: Array, clip: float) -> Array:
    """z / √(1 + (z/c)²), z = (x − shift) · factor: close to z for |z| < 1 and never beyond ±c. The
    smooth clipping of RealMLP (Holzmüller et al. 2024, arXiv 2407.04491)."""
    result = np.empty(N.shape, dtype=np.float64)
    with np.errstate(over="ignore"):  # what overflows becomes ±c
        for rows in _blocks(len(N)):
            z = np.subtract(N[rows], shift, dtype=np.float64)
            z *= factor
            np.clip(z, -HUGE, HUGE, out=z)
            z /= np.hypot(1.0, z / clip)
            result[rows] = z
    return result


def moments(N: Any, weights: Array) -> Moments:
    """Weighted moments by column, Σw(x − mean)²/Σw, measured block by block in units of the
    largest value, so that no square overflows."""
    low, high = _extremes(N)
    unit = np.maximum(np.abs(low), np.abs(high))
    unit[unit == 0] = 1.0
    share = weights / weights.sum()
    mean = np.zeros(N.shape[1])
    for rows in _blocks(N.shape[0]):
        mean += share[rows] @ (_dense(N, rows) / unit)
    mean = np.where(low == high, low / unit, mean)
    variance = np.zeros(N.shape[1])
    for rows in _blocks(N.shape[0]):
        variance += share[rows] @ np.square(_dense(N, rows) / unit - mean)
    deviation = np.where(low == high, 0.0, np.sqrt(variance))
    return Moments(mean * unit, deviation * unit, low, high)


def are_one_unit(N: Any, found: Moments) -> bool:
    """Whether the columns look like pixels or counts of one unit: at least 16 of them, nothing
    below 0, and either more than four fifths zeros, or at most 256 different values with most
    columns reaching half of the largest."""
    if N.shape[1] < LEAST_PIXELS or found.low.min() < 0 or found.high.max() <= 0:
        return False
    if N.dtype == np.uint8:
        return True
    if _zero_share(N) > 0.8:
        return True
    if float(np.mean(found.high >= found.high.max() / 2)) <= 0.5:
        return False
    few: set[float] = set()
    for rows in _blocks(N.shape[0]):
        few.update(np.unique(_dense(N, rows)).tolist())
        if len(few) > 256:
            return False
    return True


def _automatic(N: Any, weights: Array) -> Scaling:
    found = moments(N, weights)
    if are_one_unit(N, found):
        # The variance of all numbers together: within the columns, and between their means.
        largest = found.high.max()
        between = np.square((found.mean - found.mean.mean()) / largest).mean()
        within = np.square(found.deviation / largest).mean()
        together = largest * np.sqrt(between + within)
        factor = np.where(found.deviation > 0, _inverse(together), 0.0)
        return Scaling(found.mean, factor, np.zeros(len(factor)))
    if hasattr(N, "toarray"):
        return Scaling(found.mean, _inverse(found.deviation), found.mean)
    quartiles = np.array(
        [weighted_quantiles(N[:, j], (0.25, 0.5, 0.75), weights) for j in range(N.shape[1])]
    )
    first, median, third = quartiles.T
    with np.errstate(over="ignore"):
        between, width = third - first, found.high - found.low
    spread = between > 0
    shift = np.where(spread, median, found.mean)
    factor = np.where(spread, NORMAL_QUARTILES * _inverse(between), RANGE * _inverse(width))
    return Scaling(shift, factor, found.mean, CLIP)


def _by_column(N: Any, weights: Array, kind: str) -> Scaling:
    found = moments(N, weights)
    if kind == "standard":
        return Scaling(found.mean, _inverse(found.deviation), found.mean)
    shift, factor = np.zeros(N.shape[1]), np.zeros(N.shape[1])
    columns = N.tocsc() if hasattr(N, "toarray") else N
    for first in range(0, N.shape[1], 64):
        part = slice(first, first + 64)
        dense = _dense(columns, (slice(None), part))
        shift[part], factor[part] = column_scaling(dense, kind, weights=weights)
    return Scaling(shift, factor, found.mean)


def _inverse(width: Any) -> Any:
    """1 / width, and 0 for a column that says nothing."""
    with np.errstate(divide="ignore", over="ignore"):
        factor = 1.0 / np.asarray(width, dtype=np.float64)
    return np.where(np.isfinite(factor), factor, 0.0)


def _extremes(N: Any) -> tuple[Array, Array]:
    if hasattr(N, "toarray"):
        low, high = N.min(axis=0), N.max(axis=0)
        low, high = (a.toarray() if hasattr(a, "toarray") else np.asarray(a) for a in (low, high))
    else:
        low, high = N.min(axis=0), N.max(axis=0)
    return low.reshape(-1).astype(np.float64), high.reshape(-1).astype(np.float64)


def _zero_share(N: Any) -> float:
    if hasattr(N, "toarray"):
        return float(1 - N.count_nonzero() / (N.shape[0] * N.shape[1]))
    return float(1 - np.count_nonzero(N) / N.size)


def _dense(N: Any, index: Any) -> Array:
    part = N[index]
    return np.asarray(part.toarray() if hasattr(part, "toarray") else part, dtype=np.float64)


def _blocks(n: int) -> Iterator[slice]:
    for first in range(0, n, BLOCK_ROWS):
        yield slice(first, min(first + BLOCK_ROWS, n))
