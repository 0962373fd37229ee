"""Intervals around scores: Wilson for shares, corrected Student for folds, bootstrap for R².

NumPy and the standard library only: the normal and Student quantiles are computed here.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.scores.checks import Floats, as_column, as_numbers

# Second half of the Philox key: keeps resampling apart from every other use of the seed.
BOOTSTRAP_STREAM = 0x626F6F74
# Above this many rows resampling only repeats what the central limit theorem says at once.
LARGEST_BOOTSTRAP = 20_000


class Interval(NamedTuple):
    """The two ends of an interval; unpacks as `low, high`."""

    low: float
    high: float


def wilson_interval(successes: float, n: float, level: float = 0.95) -> Interval:
    """Score interval of a share p̂ = successes / n (Wilson 1927, J. Am. Stat. Assoc. 22).

    (p̂ + z²/2n ± z √(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n), z the normal quantile of (1+level)/2.
    Unlike p̂ ± z·SE it stays in [0, 1] and has a width at 0 of n and at n of n.
    Raises InputError unless 0 ≤ successes ≤ n and n > 0.
    """
    if not (math.isfinite(n) and n > 0):
        raise InputError(f"wilson_interval: n is {n}; expected at least one trial")
    if not 0 <= successes <= n:
        raise InputError(f"wilson_interval: {successes} successes of {n}; expected 0 to {n}")
    z = normal_quantile(0.5 + _check_level(level) / 2)
    share = successes / n
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / shrink
    # Exact at the ends, where rounding would leave 1e-17 instead of 0.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(low, high)


def fold_interval(
    scores: ArrayLike,
    *,
    n_train: float,
    n_test: float,
    level: float = 0.95,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Interval:
    """Student interval of the mean of J fold scores, corrected for shared training samples.

    mean ± t_{J−1} √((1/J + n_test/n_train) s²), s² the sample variance of the scores. The naive
    1/J takes the folds for independent and is too narrow: their training sets overlap.
    n_train and n_test are the samples trained and tested on in one fold; `bounds` clips, e.g.
    (0, 1). Source: Nadeau & Bengio 2003, Machine Learning 52, eq. 9 ("corrected resampled t").
    Raises InputError for fewer than two scores.
    """
    values = as_column(scores, "scores").astype(np.float64)
    if len(values) < 2 or not np.isfinite(values).all():
        raise InputError(
            f"fold_interval: got {len(values)} scores; expected at least two, all finite"
        )
    if not (n_train > 0 and n_test > 0):
        raise InputError(
            f"fold_interval: n_train={n_train}, n_test={n_test}; expected both above 0"
        )
    folds = len(values)
    t = t_quantile(0.5 + _check_level(level) / 2, folds - 1)
    half = t * math.sqrt((1 / folds + n_test / n_train) * float(values.var(ddof=1)))
    mean = float(values.mean())
    return Interval(max(bounds[0], mean - half), min(bounds[1], mean + half))


def r2_interval(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Bootstrap percentile interval of R² (Efron 1979): the samples are drawn again, with return.

    y (n,) or (n, k), as in `metrics.r2`. Deterministic in `seed`: rows come from the raw words of
    Philox4x64 with key (seed, BOOTSTRAP_STREAM). Above 20,000 rows the normal interval from the
    influence of each sample on R² is used; it is what the bootstrap converges to.
    Raises InputError for fewer than three samples or a target that does not vary.
    """
    truth, predicted = as_numbers(y_true, y_pred)
    _check_level(level)
    n = len(truth)
    if n < 3 or (np.ptp(truth, axis=0) == 0).any():
        raise InputError(
            f"r2_interval: needs at least three samples and a target that varies; got {n} samples"
        )
    centred = truth - truth.mean(axis=0)  # shifts nothing in R², and keeps Σy² − (Σy)²/n exact
    errors = (truth - predicted) ** 2
    if n > LARGEST_BOOTSTRAP:
        return _r2_normal_interval(centred, errors, level)
    words = np.random.Philox(key=np.array([seed % 2**64, BOOTSTRAP_STREAM], dtype=np.uint64))
    draws = np.empty(resamples)
    for i in range(resamples):
        rows = _draw_rows(words, n)
        y = centred[rows]
        squares = (y**2).sum(axis=0)
        total = squares - y.sum(axis=0) ** 2 / n
        # A resample that drew one value only has no variance to explain: it scores 0, as in `r2`.
        varies = total > 1e-12 * squares
        share = np.divide(errors[rows].sum(axis=0), total, out=np.ones_like(total), where=varies)
        draws[i] = 1 - share.mean()
    low, high = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(float(low), float(high))


def _r2_normal_interval(centred: Floats, errors: Floats, level: float) -> Interval:
    """R² = 1 − A/B with A = mean e², B = var y: dR² = −(e² − A)/B + A (y² − B)/B² a sample."""
    n = len(centred)
    a, b = errors.mean(axis=0), (centred**2).mean(axis=0)
    influence = (-(errors - a) / b + a * (centred**2 - b) / b**2).mean(axis=1)
    half = normal_quantile(0.5 + level / 2) * float(influence.std()) / math.sqrt(n)
    score = float(1 - (a / b).mean())
    return Interval(score - half, score + half)


def _draw_rows(words: np.random.Philox, n: int) -> NDArray[np.int64]:
    """n rows with return: each half of a 64-bit word, times n, without its low 32 bits."""
    halves = words.random_raw((n + 1) // 2).view(np.uint32)[:n].astype(np.uint64)
    return (halves * np.uint64(n) >> np.uint64(32)).astype(np.int64)


def normal_quantile(p: float) -> float:
    """x with Φ(x) = p, 1e-300 ≤ p < 1; error below 1e-15 (1 + |x|).

    Newton's method on ln Φ(x) = ln p, with Φ(x) = erfc(−x/√2)/2. ln Φ is concave and
    −√(−2 ln 2p) lies left of the root (Φ(x) ≤ exp(−x²/2)/2 for x ≤ 0), so the steps never
    overshoot.
    """
    if not 1e-300 <= p < 1:
        raise InputError(f"normal_quantile: p is {p}; expected a probability in [1e-300, 1)")
    if p > 0.5:
        return -normal_quantile(1 - p)
    x = -math.sqrt(max(0.0, -2 * math.log(2 * p)))
    for _ in range(50):
        below = math.erfc(-x / math.sqrt(2)) / 2
        density = math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        step = math.log(p / below) * below / density
        x += step
        if abs(step) <= 1e-15 * (1 + abs(x)):
            break
    return x


def t_quantile(p: float, degrees: float) -> float:
    """x with P(T ≤ x) = p for Student's T with `degrees` > 0 degrees of freedom, 0 < p < 1.

    Bisection with Newton steps on the logarithm of the upper tail; from 100,000 degrees on the
    expansion around the normal quantile (Abramowitz & Stegun 26.7.5), exact to 1e-12 there.
    """
    if not 1e-300 <= p < 1:
        raise InputError(f"t_quantile: p is {p}; expected a probability in [1e-300, 1)")
    if not degrees > 0:
        raise InputError(f"t_quantile: degrees is {degrees}; expected a number above 0")
    if p < 0.5:
        return -_t_upper_quantile(p, degrees)
    return _t_upper_quantile(1 - p, degrees)


def _t_upper_quantile(tail: float, degrees: float) -> float:
    """t ≥ 0 with P(T > t) = tail ≤ 1/2."""
    z = -normal_quantile(tail)
    if degrees >= 1e5:
        first = (z**3 + z) / 4
        second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
        return z + first / degrees + second / degrees**2
    low, high = z, max(2 * z, 1.0)  # Student's tails are heavier than the normal's: t ≥ z
    while _t_tail(high, degrees) > tail:
        low, high = high, 2 * high
    t = low
    for _ in range(200):
        now = _t_tail(t, degrees)
        if now > tail:
            low = max(low, t)
        else:
            high = min(high, t)
        step = math.log(now / tail) * now / _t_density(t, degrees)
        following = t + step
        if not low <= following <= high:
            following = (low + high) / 2
        if abs(following - t) <= 2e-16 * following:
            break
        t = following
    return t


def _t_density(t: float, degrees: float) -> float:
    """Γ((ν+1)/2) / (√(νπ) Γ(ν/2)) · (1 + t²/ν)^(−(ν+1)/2)."""
    log_power = -(degrees + 1) / 2 * math.log1p(t * t / degrees)
    return math.exp(_log_gamma_step(degrees / 2) + log_power) / math.sqrt(degrees * math.pi)


def _t_tail(t: float, degrees: float) -> float:
    """P(T > t) for t ≥ 0: half the regularised incomplete beta I_x(ν/2, 1/2), x = ν/(ν + t²)."""
    a, b = degrees / 2, 0.5
    x, complement = degrees / (degrees + t * t), t * t / (degrees + t * t)
    if complement == 0:
        return 0.5
    # ln of x^a (1−x)^b / B(a, 1/2), with B(a, 1/2) = √π Γ(a)/Γ(a + 1/2)
    log_front = -a * math.log1p(t * t / degrees) + b * math.log(complement)
    front = math.exp(log_front + _log_gamma_step(a)) / math.sqrt(math.pi)
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a / 2
    return (1 - front * _beta_fraction(complement, b, a) / b) / 2


def _log_gamma_step(a: float) -> float:
    """ln Γ(a + 1/2) − ln Γ(a); the series avoids cancelling two large logarithms."""
    if a < 50:
        return math.lgamma(a + 0.5) - math.lgamma(a)
    return 0.5 * math.log(a) - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5)


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method."""
    tiny = 1e-300
    numerator, denominator = 1.0, 1 - (a + b) * x / (a + 1)
    denominator = 1 / (denominator if abs(denominator) > tiny else tiny)
    fraction = denominator
    for m in range(1, 20_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            denominator = 1 + term * denominator
            denominator = 1 / (denominator if abs(denominator) > tiny else tiny)
            numerator = 1 + term / numerator
            numerator = numerator if abs(numerator) > tiny else tiny
            fraction *= numerator * denominator
        if abs(numerator * denominator - 1) < 1e-16:
            break
    return fraction


def _check_level(level: float) -> float:
    if not 0 < level < 1:
        raise InputError(f"level is {level}; expected a share between 0 and 1, such as 0.95")
    return level
