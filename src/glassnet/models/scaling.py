"""How columns are shifted and multiplied before the network sees them, and which extreme values are
drawn in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from glassnet.data.scaling import column_scaling
from glassnet.errors import InputError
from glassnet.nn.arrays import Array

BLOCK_ROWS = 2048
CLIP = 3.0  # standard deviations beyond which a value is drawn in
LEAST_PIXELS = 16
_KINDS = {"standard": "standard", "robust": "robust", "minmax": "min-max", "min-max": "min-max"}


class Moments(NamedTuple):
    """Each column's mean, standard deviation, least and greatest value."""

    mean: Array
    deviation: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Scaling:
    """shift and factor for each column, for the layer ``Scale``; None for none at all.

    clip: values are drawn in to within so many 1/factor of the shift; None: they stay.
    """

    shift: Array | None = None
    factor: Array | None = None
    clip: float | None = None


def choose_scaling(N: Any, weights: Array, kind: object = "auto") -> Scaling:
    """Measure the columns of numbers N (n, d), dense or sparse, without missing values.

    "auto" is (x − mean) / standard deviation for each column, with extreme values drawn in; or,
    for columns of one unit such as pixels and counts, (x − mean) divided by the standard deviation
    of all columns together, so that a pixel that hardly varies stays small. A number divides all
    columns by it; "none" leaves them as they are.
    """
    if isinstance(kind, str):
        if kind == "none":
            return Scaling()
        if kind == "auto":
            return _automatic(N, weights)
        if kind in _KINDS:
            return _by_column(N, weights, _KINDS[kind])
    elif isinstance(kind, (int, float, np.number)) and not isinstance(kind, bool) and kind > 0:
        d = N.shape[1]
        return Scaling(np.zeros(d), np.full(d, 1.0 / float(kind)))
    raise InputError(
        f"scaling is {kind!r}; choose 'auto', 'none', 'standard', 'robust', 'minmax', or a number "
        "above 0 to divide by"
    )


def draw_in(N: Array, scaling: Scaling) -> Array:
    """x ← shift + (x − shift) / √(1 + z²/c²), z = (x − shift) · factor: close to x for |z| < 1 and
    never further than c from the middle. The smooth clipping of RealMLP (arXiv 2407.04491)."""
    if scaling.clip is None or scaling.shift is None or scaling.factor is None:
        return N
    result = np.empty(N.shape, dtype=np.float64)
    with np.errstate(over="ignore"):  # z² may be infinite: then x is c from the middle
        for rows in _blocks(len(N)):
            away = np.subtract(N[rows], scaling.shift, dtype=np.float64)
            z = away * (scaling.factor / scaling.clip)
            result[rows] = scaling.shift + away / np.hypot(1.0, z)
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
        return Scaling(found.mean, factor)
    clip = None if hasattr(N, "toarray") else CLIP
    return Scaling(found.mean, _inverse(found.deviation), clip)


def _by_column(N: Any, weights: Array, kind: str) -> Scaling:
    if kind == "standard":
        found = moments(N, weights)
        return Scaling(found.mean, _inverse(found.deviation))
    shift, factor = np.zeros(N.shape[1]), np.zeros(N.shape[1])
    columns = N.tocsc() if hasattr(N, "toarray") else N
    for first in range(0, N.shape[1], 64):
        part = slice(first, first + 64)
        dense = _dense(columns, (slice(None), part))
        shift[part], factor[part] = column_scaling(dense, kind, weights=weights)
    return Scaling(shift, factor)


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
        return 1.0 - float(N.count_nonzero()) / (N.shape[0] * N.shape[1])
    return 1.0 - float(np.count_nonzero(N)) / N.size


def _dense(N: Any, index: Any) -> Array:
    part = N[index]
    return np.asarray(part.toarray() if hasattr(part, "toarray") else part, dtype=np.float64)


def _blocks(n: int) -> Iterator[slice]:
    for first in range(0, n, BLOCK_ROWS):
        yield slice(first, min(first + BLOCK_ROWS, n))
