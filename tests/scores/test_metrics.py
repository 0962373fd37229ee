"""Metrics: against scikit-learn on random data with weights, and by hand where definitions bite."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn import metrics as sk

from glassnet.errors import InputError
from glassnet.scores import (
    METRICS,
    accuracy,
    balanced_accuracy,
    brier,
    class_scores,
    confusion_matrix,
    f1,
    f1_macro,
    find_metric,
    log_loss,
    mae,
    precision,
    r2,
    recall,
    rmse,
    roc_auc,
)

seeds = st.integers(0, 2**32 - 1)


def random_labels(seed, classes=None):
    """Labels, predictions that are right about half of the time, and weights or None."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(2, 60)), classes or int(rng.integers(2, 6))
    names = np.array(["ant", "bee", "cow", "dog", "eel"])[:k] if seed % 3 else np.arange(k)
    truth = rng.integers(0, k, n)
    predicted = np.where(rng.random(n) < 0.5, truth, rng.integers(0, k, n))
    weight = rng.random(n) + 0.01 if seed % 2 else None
    return names[truth], names[predicted], weight, names


@given(seeds)
def test_label_metrics_equal_scikit_learn(seed):
    y, z, w, names = random_labels(seed)
    assert accuracy(y, z, w) == pytest.approx(sk.accuracy_score(y, z, sample_weight=w))
    counts = confusion_matrix(y, z, names, w)
    np.testing.assert_allclose(counts, sk.confusion_matrix(y, z, labels=names, sample_weight=w))
    assert counts.dtype.kind == ("i" if w is None else "f")
    scores = class_scores(y, z, names, w)
    expected = sk.precision_recall_fscore_support(
        y, z, labels=names, sample_weight=w, zero_division=0
    )
    for ours, theirs in zip(
        (scores.precision, scores.recall, scores.f1, scores.support), expected, strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    expected_f1 = sk.f1_score(y, z, average="macro", sample_weight=w, zero_division=0)
    assert f1_macro(y, z, w) == pytest.approx(expected_f1)
    # scikit-learn warns about predictions of a class that never occurs; its value is the same.
    present = np.unique(y)
    rows = confusion_matrix(y, z, names, w)
    recalls = [rows[i, i] / rows[i].sum() for i, name in enumerate(names) if name in present]
    assert balanced_accuracy(y, z, w) == pytest.approx(np.mean(recalls))
    if set(z) <= set(y):
        assert balanced_accuracy(y, z, w) == pytest.approx(
            sk.balanced_accuracy_score(y, z, sample_weight=w)
        )


@given(seeds)
def test_binary_metrics_equal_scikit_learn(seed):
    y, z, w, names = random_labels(seed, classes=2)
    for positive in names:
        for ours, theirs in (
            (precision, sk.precision_score),
            (recall, sk.recall_score),
            (f1, sk.f1_score),
        ):
            expected = theirs(y, z, pos_label=positive, sample_weight=w, zero_division=0)
            assert ours(y, z, w, positive=positive) == pytest.approx(expected)
    if len(np.unique(np.concatenate([y, z]))) == 2:
        assert f1(y, z, w) == f1(y, z, w, positive=names[1])


@given(seeds)
def test_probability_metrics_equal_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    y, _, w, names = random_labels(seed)
    y[: len(names)] = names[: len(y)]  # every class occurs, where there is room for it
    k = len(names)
    P = rng.dirichlet(np.ones(k), len(y))
    if len(np.unique(y)) < k:
        return
    assert log_loss(y, P, w) == pytest.approx(sk.log_loss(y, P, labels=names, sample_weight=w))
    expected = sk.brier_score_loss(y, P, labels=names, sample_weight=w)
    assert brier(y, P, w) == pytest.approx(expected)
    coarse = np.round(P, 1)
    areas = [
        sk.roc_auc_score(y == name, coarse[:, i], sample_weight=w) for i, name in enumerate(names)
    ]
    if k == 2:
        assert roc_auc(y, coarse, w) == pytest.approx(areas[1])
        assert roc_auc(y, coarse[:, 1], w) == pytest.approx(areas[1])
        assert log_loss(y, P[:, 1], w) == pytest.approx(log_loss(y, P, w))
        assert brier(y, P[:, 1], w) == pytest.approx(
            np.average((P[:, 1] - (y == names[1])) ** 2, weights=w)
        )
    else:
        assert roc_auc(y, coarse, w) == pytest.approx(np.mean(areas))


@given(seeds)
def test_number_metrics_equal_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 50))
    shape = (n,) if seed % 2 else (n, 3)
    y, z = rng.normal(size=shape), rng.normal(size=shape)
    w = rng.random(n) if seed % 3 else None
    assert r2(y, z, w) == pytest.approx(sk.r2_score(y, z, sample_weight=w))
    assert rmse(y, z, w) == pytest.approx(sk.root_mean_squared_error(y, z, sample_weight=w))
    assert mae(y, z, w) == pytest.approx(sk.mean_absolute_error(y, z, sample_weight=w))


@given(seeds)
def test_an_integer_weight_counts_as_copies_and_zero_as_absence(seed):
    rng = np.random.default_rng(seed)
    n = 30
    copies = rng.integers(0, 4, n)
    copies[:4] = 1
    y = rng.integers(0, 2, n)
    y[:4] = [0, 1, 0, 1]
    predictions = {
        "labels": rng.integers(0, 2, n),
        "probabilities": np.round(rng.random(n), 1),
        "numbers": rng.normal(size=n),
    }
    for metric in METRICS.values():
        prediction = predictions[metric.takes]
        repeated = metric(np.repeat(y, copies), np.repeat(prediction, copies))
        assert metric(y, prediction, copies) == pytest.approx(repeated), metric.name


def test_an_auc_by_hand_with_ties():
    # Pairs (positive, negative): .5>.2 .5=.5 .9>.2 .9>.5 -> 1 + 1/2 + 1 + 1 of 4
    assert roc_auc([0, 0, 1, 1], [0.2, 0.5, 0.5, 0.9]) == 3.5 / 4
    assert roc_auc(["no", "no", "yes", "yes"], [0.2, 0.5, 0.5, 0.9]) == 3.5 / 4


def test_log_loss_is_finite_where_float32_rounds_to_certainty():
    wrong = np.array([1.0, 0.0], dtype=np.float32)
    assert log_loss([0, 1], wrong) == pytest.approx(-np.log(np.finfo(np.float32).eps))
    assert log_loss([1, 0], wrong) == 0.0


def test_the_undefined_cases_have_the_stated_values():
    assert precision([1, 1], [0, 0]) == 0.0
    assert recall([0, 0], [1, 0]) == 0.0
    assert f1([0, 0], [0, 0]) == 0.0
    assert r2([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert r2([2.0, 2.0], [2.0, 2.1]) == 0.0
    # Three thirds of 0.1 do not add up to a mean of 0.1; the target is constant all the same.
    assert r2([0.1] * 3, [0.1] * 3) == 1.0


def test_a_whole_row_of_indicators_must_be_right():
    truth = np.array([[1, 0], [1, 1], [0, 0]])
    assert accuracy(truth, np.array([[1, 0], [1, 0], [0, 0]])) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: accuracy([0, 1], [0]), "y_true has 2 samples and y_pred has 1"),
        (lambda: accuracy([], []), "y_true is empty"),
        (lambda: accuracy([1, 2], ["1", "2"]), "text in both or numbers in both"),
        (lambda: accuracy([0, 1], [0, 1], [0, 0]), "zero for every sample"),
        (lambda: accuracy([0, 1], [0, 1], [1, -1]), "negative"),
        (lambda: accuracy([0, 1], [0, 1], [1]), "shape (1,)"),
        (lambda: confusion_matrix([0, 7], [0, 1], [0, 1]), "y_true holds the label 7"),
        (lambda: confusion_matrix([0, 1], [0, 1], [0, 0, 1]), "names a label twice"),
        (lambda: f1([0, 1, 2], [0, 1, 2]), "3 were found"),
        (lambda: log_loss([0, 1], [0.5, 1.5]), "P holds 1.5"),
        (lambda: log_loss([0, 1], [0.5, np.nan]), "P holds nan"),
        (lambda: log_loss([0, 1], np.ones((2, 3)) / 3), "3 classes and 2 labels"),
        (lambda: roc_auc([1, 1], [0.1, 0.2]), "one of the two is missing"),
        (lambda: r2([1.0, np.inf], [1.0, 2.0]), "1 NaN or infinite"),
        (lambda: mae(["a"], [1.0]), "y_true is not all numbers"),
        (lambda: rmse(np.ones((3, 2)), np.ones((3, 1))), "must be equal"),
        (lambda: find_metric("auc"), "metric 'auc' is not known; choose one of accuracy"),
        (lambda: accuracy(np.array(["a", None], object), np.array(["a", 1], object)), None),
        (lambda: f1_macro(np.array(["a", None], object), np.array(["a", 1], object)), "mix text"),
    ],
)
def test_bad_input_gets_one_sentence(call, sentence):
    if sentence is None:
        assert call() == 0.5
        return
    with pytest.raises(InputError) as caught:
        call()
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_registry_knows_which_way_is_better():
    perfect = {"labels": [0, 1], "probabilities": [0.0, 1.0], "numbers": [0.0, 1.0]}
    wrong = {"labels": [1, 0], "probabilities": [0.9, 0.1], "numbers": [3.0, -3.0]}
    for name, metric in METRICS.items():
        assert metric.name == name
        good, bad = (metric([0, 1], given[metric.takes]) for given in (perfect, wrong))
        assert (good > bad) == metric.greater_is_better, name
