"""Thresholds: against brute force over every cut-off and against expected costs written out."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from glassnet.errors import InputError
from glassnet.scores import (
    METRICS,
    accuracy,
    bayes_decisions,
    bayes_threshold,
    separating_gap,
    tuned_threshold,
)

COUNTED = ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "f1_macro")


@st.composite
def scored_samples(draw):
    """p with many ties (and 0 and 1), y, weights or None, in float32 or float64."""
    n = draw(st.integers(2, 25))
    grid = draw(st.sampled_from([2, 5, 10, 1000]))
    kind = draw(st.sampled_from([np.float32, np.float64]))
    p = np.array(draw(st.lists(st.integers(0, grid), min_size=n, max_size=n)), dtype=kind) / grid
    y = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    weights = draw(st.one_of(st.none(), st.lists(st.integers(1, 5), min_size=n, max_size=n)))
    return p.astype(kind), y, weights


def every_cut(p):
    """A threshold inside each stretch of [0, 1) where the decisions p > t are constant."""
    edges = np.unique(np.concatenate([[0.0, 1.0], p]))
    return edges[:-1], edges[1:]


@given(scored_samples(), st.sampled_from(COUNTED))
def test_tuned_threshold_is_the_best_of_all_cut_offs(samples, metric):
    p, y, weight = samples
    low, high = every_cut(p)
    values = [METRICS[metric](y, (p > t).astype(int), weight) for t in low]
    tuned = tuned_threshold(p, y, metric, weight)
    assert tuned.score == pytest.approx(max(values), abs=1e-12)
    assert 0 < tuned.threshold < 1
    assert tuned.low <= tuned.threshold < tuned.high
    reached = METRICS[metric](y, (p > tuned.threshold).astype(int), weight)
    assert reached == pytest.approx(max(values), abs=1e-12)
    # Every stretch inside [low, high) is as good, and the ones beside it are worse.
    for a, b, value in zip(low, high, values, strict=True):
        inside = tuned.low <= a and b <= tuned.high
        if inside:
            assert value == pytest.approx(max(values), abs=1e-12)
        elif b == tuned.low or a == tuned.high:
            assert value < max(values) - 1e-12


@given(scored_samples(), st.sampled_from(COUNTED))
def test_a_function_is_tuned_like_its_name(samples, metric):
    p, y, weight = samples
    by_name = tuned_threshold(p, y, metric, weight)
    by_function = tuned_threshold(p, y, METRICS[metric].function, weight)
    assert by_function.score == pytest.approx(by_name.score, abs=1e-12)
    assert (by_function.low, by_function.high) == (by_name.low, by_name.high)


def test_a_threshold_between_neighbouring_floats_still_separates():
    for kind in (np.float32, np.float64):
        a = kind(0.3)
        b = np.nextafter(a, kind(1))
        p = np.array([a, b, kind(0.1)])
        tuned = tuned_threshold(p, [0, 1, 0], "accuracy")
        assert tuned.score == 1.0
        assert (p > tuned.threshold).tolist() == [False, True, False]


def test_a_tuned_threshold_by_hand():
    tuned = tuned_threshold([0.1, 0.2, 0.6, 0.9], [0, 0, 1, 1], "accuracy")
    assert (tuned.threshold, tuned.score) == (pytest.approx(0.4), 1.0)
    assert (tuned.low, tuned.high) == (0.2, 0.6)
    assert tuned.metric == "accuracy"


@given(scored_samples())
def test_separating_gap_is_where_every_threshold_is_perfect(samples):
    p, y, _ = samples
    gap = separating_gap(p, y)
    if gap is None:
        if 0 < y.sum() < len(y):
            assert p[y == 0].max() >= p[y == 1].min()
        return
    low, high = gap
    for t in (low, low + (high - low) / 2, np.nextafter(p.dtype.type(high), p.dtype.type(0))):
        assert accuracy(y, (p > t).astype(int)) == 1.0
    assert low in p[y == 0] and high in p[y == 1]


costs = st.floats(0.01, 100)


@given(costs, costs, st.floats(-1, 0), st.floats(-1, 0), st.floats(0, 1))
def test_bayes_threshold_is_where_the_expected_costs_cross(c_fp, c_fn, c_tp, c_tn, p):
    t = bayes_threshold(c_fp, c_fn, c_tp, c_tn)
    positive, negative = p * c_tp + (1 - p) * c_fp, p * c_fn + (1 - p) * c_tn
    if abs(positive - negative) > 1e-9:
        assert (p > t) == (positive < negative)
        cost = [[c_tn, c_fp], [c_fn, c_tp]]
        assert bayes_decisions([[1 - p, p]], cost)[0] == int(p > t)


def test_bayes_threshold_of_plain_costs():
    assert bayes_threshold(1, 1) == 0.5
    assert bayes_threshold(1, 9) == pytest.approx(0.1)
    assert bayes_threshold(10, 90) == pytest.approx(bayes_threshold(1, 9))


@given(st.integers(0, 2**32 - 1))
def test_bayes_decisions_are_the_cheapest_of_all(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 6))
    P, cost = rng.dirichlet(np.ones(k), 8), rng.normal(size=(k, k))
    decided = bayes_decisions(P, cost)
    for row, choice in zip(P, decided, strict=True):
        expected = [sum(row[i] * cost[i, j] for i in range(k)) for j in range(k)]
        assert expected[choice] == pytest.approx(min(expected))


def test_rows_of_the_cost_matrix_are_the_truth():
    # Missing class 1 (saying 0 of a 1) costs 10, the other mistake 1: a 20 % chance is enough.
    assert bayes_decisions([[0.8, 0.2]], [[0, 1], [10, 0]]).tolist() == [1]
    assert bayes_decisions([[0.8, 0.2]], [[0, 10], [1, 0]]).tolist() == [0]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: bayes_threshold(0, 1), "must cost more than the right decision"),
        (lambda: bayes_threshold(1, float("nan")), "finite"),
        (lambda: bayes_decisions([[0.5, 0.5]], np.ones((3, 3))), "rows = true class"),
        (lambda: bayes_decisions([0.5], [[1.0]]), "rows = true class"),
        (lambda: tuned_threshold([0.5], [2]), "y holds 2"),
        (lambda: tuned_threshold([0.5], ["yes"]), "y holds 'yes'"),
        (lambda: tuned_threshold([1.5], [1]), "p holds 1.5"),
        (lambda: tuned_threshold([0.5, 0.6], [1]), "p has 2 samples and y has 1"),
        (lambda: tuned_threshold([0.5], [1], "roc_auc"), "does not depend on a threshold"),
        (lambda: tuned_threshold([0.5], [1], "nonsense"), "is not known"),
        (lambda: tuned_threshold([0.5], [1], lambda y, z, w: float("nan")), "gave NaN"),
    ],
)
def test_bad_input_gets_one_sentence(call, sentence):
    with pytest.raises(InputError, match=sentence):
        call()
