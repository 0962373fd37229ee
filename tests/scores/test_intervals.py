"""Intervals: quantiles against SciPy, published values, and the share of truths they cover."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from glassnet.errors import InputError
from glassnet.scores import (
    fold_interval,
    make_folds,
    normal_quantile,
    r2,
    r2_interval,
    t_quantile,
    wilson_interval,
)


@given(st.floats(1e-300, 1 - 1e-16))
def test_normal_quantile_equals_scipy(p):
    assert normal_quantile(p) == pytest.approx(stats.norm.ppf(p), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("p", [1e-300, 1e-100, 1e-12, 0.025, 0.4999999, 0.5, 0.975, 1 - 1e-12])
def test_normal_quantile_in_the_tails_and_the_middle(p):
    assert normal_quantile(p) == pytest.approx(stats.norm.ppf(p), rel=1e-13, abs=1e-15)


@given(st.floats(1e-12, 1 - 1e-12), st.floats(-0.3, 7))
def test_t_quantile_equals_scipy(p, log_degrees):
    degrees = 10**log_degrees
    assert t_quantile(p, degrees) == pytest.approx(stats.t.ppf(p, degrees), rel=1e-10, abs=1e-12)


def test_t_quantile_of_one_and_two_degrees_has_a_closed_form():
    for p in (0.6, 0.9, 0.975, 0.9999):
        assert t_quantile(p, 1) == pytest.approx(math.tan(math.pi * (p - 0.5)), rel=1e-12)
        expected = (2 * p - 1) / math.sqrt(2 * p * (1 - p))
        assert t_quantile(p, 2) == pytest.approx(expected, rel=1e-12)


@given(st.integers(1, 3000), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_equals_scipy(n, share, level):
    successes = round(share * n)
    expected = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    low, high = wilson_interval(successes, n, level)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= low <= successes / n <= high <= 1


def test_wilson_has_exact_ends_and_a_width_there():
    assert wilson_interval(0, 20).low == 0.0
    assert wilson_interval(20, 20).high == 1.0
    assert wilson_interval(0, 20).high > 0.1


def test_fold_interval_by_hand():
    # scores 0.90 0.94 0.92: mean 0.92, s² = 0.0004, t(0.975, 2) = 4.302653,
    # half = 4.302653 · √((1/3 + 1/2) · 0.0004) = 0.0785553
    low, high = fold_interval([0.90, 0.94, 0.92], n_train=200, n_test=100)
    assert low == pytest.approx(0.92 - 0.0785553, abs=1e-7)
    assert high == pytest.approx(0.92 + 0.0785553, abs=1e-7)
    assert fold_interval([0.9, 1.0], n_train=9, n_test=1, bounds=(0, 1)).high == 1.0


def test_fold_interval_covers_where_the_naive_one_does_not():
    """Repeated folds of one small set: 50 scores are far from 50 independent measurements.

    The classifier cuts between the class means of N(0, 1) and N(1, 1); it is right with
    probability Φ(1/2) = 0.6915, less about 0.004 for the estimated cut.
    """
    rng = np.random.default_rng(0)
    n, folds, repeats, runs = 40, 5, 10, 120
    corrected = naive = 0
    for run in range(runs):
        y = np.arange(n) % 2
        x = rng.normal(size=n) + y
        scores = []
        for train, test in make_folds(y, folds=folds, repeats=repeats, seed=run):
            cut = (x[train][y[train] == 0].mean() + x[train][y[train] == 1].mean()) / 2
            scores.append(((x[test] > cut) == y[test]).mean())
        low, high = fold_interval(scores, n_train=32, n_test=8)
        corrected += low <= 0.6875 <= high
        low, high = fold_interval(scores, n_train=1e12, n_test=8)
        naive += low <= 0.6875 <= high
    assert corrected / runs > 0.9
    assert naive / runs < 0.6


def test_r2_interval_is_deterministic_and_holds_the_score():
    rng = np.random.default_rng(1)
    y = rng.normal(size=200)
    z = y + rng.normal(size=200)
    first, second = (r2_interval(y, z, resamples=500, seed=3) for _ in range(2))
    assert first == second
    assert first != r2_interval(y, z, resamples=500, seed=4)
    assert first.low < r2(y, z) < first.high
    wider = r2_interval(y, z, resamples=500, seed=3, level=0.99)
    assert wider.low < first.low and wider.high > first.high


def test_r2_interval_covers_the_true_value():
    rng = np.random.default_rng(2)
    hits = 0
    for seed in range(200):
        x, noise = rng.normal(size=(2, 120))
        low, high = r2_interval(x + noise, x, resamples=300, seed=seed)
        hits += low <= 0.5 <= high  # 1 − Var(noise) / Var(x + noise)
    assert 0.89 <= hits / 200 <= 0.99


def test_r2_interval_of_many_rows_joins_on_to_the_bootstrap():
    rng = np.random.default_rng(5)
    x, noise = rng.normal(size=(2, 20_001))
    x = x**3  # heavy tails: much of the uncertainty is that of the target's own variance
    y = 1e6 + x + 3 * noise
    low, high = r2_interval(y[1:], 1e6 + x[1:], resamples=1000)
    normal = r2_interval(y, 1e6 + x)
    assert normal.high - normal.low == pytest.approx(high - low, rel=0.1)
    assert normal.low + normal.high == pytest.approx(low + high, abs=0.1 * (high - low))


def test_r2_interval_of_three_rows_stays_finite():
    low, high = r2_interval([1.0, 2.0, 4.0], [1.1, 2.1, 3.9])
    assert -math.inf < low <= high <= 1.0


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: wilson_interval(1, 0), "at least one trial"),
        (lambda: wilson_interval(3, 2), "3 successes of 2"),
        (lambda: wilson_interval(1, 2, level=95), "level is 95"),
        (lambda: fold_interval([0.9], n_train=2, n_test=1), "got 1 scores"),
        (lambda: fold_interval([0.9, 0.8], n_train=0, n_test=1), "both above 0"),
        (lambda: r2_interval([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]), "target that varies"),
        (lambda: normal_quantile(0.0), "p is 0.0"),
        (lambda: t_quantile(0.5, 0), "degrees is 0"),
    ],
)
def test_bad_input_gets_one_sentence(call, sentence):
    with pytest.raises(InputError, match=sentence):
        call()


def test_metrics_and_intervals_run_with_numpy_alone():
    program = (
        "import sys\n"
        "for name in ('scipy', 'sklearn', 'matplotlib', 'pandas'): sys.modules[name] = None\n"
        "from glassnet.scores import *\n"
        "wilson_interval(3, 4); t_quantile(0.975, 3); r2_interval([1, 2, 4], [1, 2, 3])\n"
        "tuned_threshold([0.1, 0.9], [0, 1], 'f1'); METRICS['roc_auc']([0, 1], [0.1, 0.9])\n"
        "make_folds([0, 1, 0, 1], folds=2)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
