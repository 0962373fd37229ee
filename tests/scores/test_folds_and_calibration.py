"""Folds: partitions, balance, determinism. Calibration: by hand and for a calibrated stream."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from glassnet.errors import InputError
from glassnet.scores import (
    cross_validate,
    expected_calibration_error,
    fold_interval,
    make_folds,
    reliability_bins,
)


@given(st.integers(0, 2**32), st.integers(2, 6), st.lists(st.integers(0, 3), min_size=6))
def test_every_row_is_tested_once_and_classes_are_shared_out(seed, folds, y):
    y = np.array(y)
    pairs = make_folds(y, folds=folds, repeats=2, seed=seed)
    assert len(pairs) == 2 * folds
    for repeat in (pairs[:folds], pairs[folds:]):
        assert sorted(np.concatenate([test for _, test in repeat])) == list(range(len(y)))
        sizes = [len(test) for _, test in repeat]
        assert max(sizes) - min(sizes) <= 1
        for train, test in repeat:
            assert sorted([*train, *test]) == list(range(len(y)))
        for label in np.unique(y):
            counts = [int((y[test] == label).sum()) for _, test in repeat]
            assert max(counts) - min(counts) <= 1


def test_folds_follow_the_seed():
    y = np.arange(40) % 2
    first, again, other = (make_folds(y, folds=4, seed=s) for s in (0, 0, 1))
    assert all((a[1] == b[1]).all() for a, b in zip(first, again, strict=True))
    assert any((a[1] != b[1]).any() for a, b in zip(first, other, strict=True))
    plain = make_folds(np.linspace(0, 1, 40), folds=4, stratify=False)
    assert sorted(np.concatenate([test for _, test in plain])) == list(range(40))


def test_cross_validate_scores_every_fold_and_corrects_the_interval():
    y = np.arange(30) % 3
    result = cross_validate(lambda train, test: len(test) / 10 + test[0] / 1000, y, folds=5)
    assert len(result.scores) == 5
    assert result.mean == pytest.approx(np.mean(result.scores))
    expected = fold_interval(result.scores, n_train=24, n_test=6, bounds=(0, 1))
    assert result.interval == pytest.approx(expected)


def test_reliability_by_hand():
    bins = reliability_bins([0.0, 0.1, 0.5, 0.6, 1.0], [0, 1, 1, 0, 1], bins=2)
    np.testing.assert_allclose(bins.predicted, [0.05, 0.7])
    np.testing.assert_allclose(bins.observed, [0.5, 2 / 3])
    assert bins.weight.tolist() == [2, 3]
    # 2/5 · 0.45 + 3/5 · |2/3 − 0.7|
    error = expected_calibration_error([0.0, 0.1, 0.5, 0.6, 1.0], [0, 1, 1, 0, 1], bins=2)
    assert error == pytest.approx(0.4 * 0.45 + 0.6 * (0.7 - 2 / 3))
    empty = reliability_bins([0.1], [1], bins=4)
    assert np.isnan(empty.predicted[1:]).all() and np.isnan(empty.observed[1:]).all()


def test_calibrated_probabilities_have_a_small_error_and_pushed_ones_a_large_one():
    rng = np.random.default_rng(0)
    p = rng.random(20_000)
    y = rng.random(20_000) < p
    assert expected_calibration_error(p, y) < 0.02
    assert expected_calibration_error(np.where(p > 0.5, 0.99, 0.01), y) > 0.15
    weight = np.ones(20_000)
    assert expected_calibration_error(p, y, sample_weight=weight) == pytest.approx(
        expected_calibration_error(p, y)
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: make_folds([0, 1], folds=3), "3 folds of 2 samples"),
        (lambda: make_folds([0, 1], folds=1), "expected 2 to 2 folds"),
        (lambda: reliability_bins([0.5], [1], bins=0), "at least one bin"),
    ],
)
def test_bad_input_gets_one_sentence(call, sentence):
    with pytest.raises(InputError, match=sentence):
        call()
