"""Baselines: right values, silent, indifferent to scale, bounded in work."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from glassnet.errors import InputError
from glassnet.scores import baseline_scores, baselines


def test_classification_equals_logistic_regression_on_standardised_columns(recwarn):
    X, y = load_breast_cancer(return_X_y=True)
    train, test = slice(0, None, 2), slice(1, None, 2)
    found = baseline_scores(X[train], y[train], X[test], y[test], "classification")
    scaler = StandardScaler().fit(X[train])
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(X[train]), y[train])
    assert list(found) == ["majority class", "logistic regression"]
    assert found["majority class"].score == pytest.approx((y[test] == 1).mean())
    expected = model.score(scaler.transform(X[test]), y[test])
    assert found["logistic regression"].score == pytest.approx(expected)
    assert found["logistic regression"].note == ""
    assert len(recwarn) == 0


def test_scale_and_constant_columns_change_nothing():
    X, y = load_breast_cancer(return_X_y=True)
    wild = np.column_stack([X * 10.0 ** np.arange(-10, 20), np.full(len(X), 0.1)])
    plain, scaled = (
        baseline_scores(A[::2], y[::2], A[1::2], y[1::2], "classification") for A in (X, wild)
    )
    assert scaled["logistic regression"].score == plain["logistic regression"].score


def test_regression_beats_the_mean_and_takes_several_targets():
    X, y = load_diabetes(return_X_y=True)
    found = baseline_scores(X[::2], y[::2], X[1::2], y[1::2], "regression")
    assert -0.1 < found["mean"].score <= 0
    assert 0.35 < found["ridge"].score < 0.6
    Y = np.column_stack([y, -y])
    both = baseline_scores(X[::2], Y[::2], X[1::2], Y[1::2], "regression", metric="rmse")
    assert both["ridge"].metric == "rmse"
    assert both["ridge"].score < both["mean"].score


def test_ridge_holds_on_more_columns_than_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 300))
    y = X[:, :3].sum(axis=1) + rng.normal(size=120)
    found = baseline_scores(X[:60], y[:60], X[60:], y[60:], "regression")
    assert found["ridge"].score > -0.2


def test_a_subsample_and_a_cap_are_said(monkeypatch, recwarn):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 5))
    y = np.where(X[:, 0] + 0.3 * rng.normal(size=2000) > 0, "yes", "no")
    monkeypatch.setattr(baselines, "PASS_BUDGET", 5 * 300)
    first, second = (
        baseline_scores(X[:1500], y[:1500], X[1500:], y[1500:], "classification", seed=4)
        for _ in range(2)
    )
    assert first == second
    assert first["logistic regression"].note == "trained on 300 of 1,500 rows"
    assert first["logistic regression"].score > 0.85
    monkeypatch.setattr(baselines, "RIDGE_BUDGET", 5 * 300)
    found = baseline_scores(X[:1500], X[:1500, 0], X[1500:], X[1500:, 0], "regression")
    assert found["ridge"].training_rows == 300
    monkeypatch.setattr(baselines, "FIT_BUDGET", 0)
    capped = baseline_scores(X[:1500] ** 3, y[:1500], X[1500:] ** 3, y[1500:], "classification")
    assert "300 of 1,500 rows" in capped["logistic regression"].note
    assert len(recwarn) == 0


def test_sparse_and_byte_inputs_give_the_same_as_dense():
    rng = np.random.default_rng(1)
    X = rng.integers(0, 255, size=(300, 8)).astype(np.uint8)
    y = (X[:, 0] > 120).astype(int)
    dense = baseline_scores(X[:200], y[:200], X[200:], y[200:], "classification")
    sparse = scipy.sparse.csr_matrix(X)
    assert baseline_scores(sparse[:200], y[:200], sparse[200:], y[200:], "classification") == dense


def test_one_class_leaves_the_majority():
    found = baseline_scores(np.eye(3), ["a"] * 3, np.eye(3), ["a", "a", "b"], "classification")
    assert list(found) == ["majority class"]
    assert found["majority class"].score == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((np.eye(2), [0, 1], np.eye(2), [0, 1], "ranking"), "task is 'ranking'"),
        ((np.eye(2), [0, 1, 1], np.eye(2), [0, 1], "classification"), "2 rows and y has 3"),
        ((np.ones(2), [0, 1], np.eye(2), [0, 1], "classification"), "expected a matrix"),
        ((np.eye(2) * np.nan, [0, 1], np.eye(2), [0, 1], "classification"), "column 0"),
        (([["a"], ["b"]], [0, 1], np.eye(2), [0, 1], "classification"), "expected a matrix"),
        ((np.array([["a"], ["b"]]), [0, 1], np.eye(2), [0, 1], "classification"), "one-hot"),
    ],
)
def test_bad_input_gets_one_sentence(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        baseline_scores(*arguments)


def test_a_metric_of_the_other_task_is_refused():
    with pytest.raises(InputError, match="does not fit classification"):
        baseline_scores(np.eye(2), [0, 1], np.eye(2), [0, 1], "classification", metric="r2")


def test_mnist_beside_a_network(shared_data):
    import gzip

    def read(name, offset):
        data = gzip.decompress((shared_data / "mnist" / name).read_bytes())
        return np.frombuffer(data, np.uint8, offset=offset)

    X = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784)
    y = read("t10k-labels-idx1-ubyte.gz", 8)
    found = baseline_scores(X[:4000], y[:4000], X[4000:], y[4000:], "classification")
    assert 0.85 < found["logistic regression"].score < 0.95
    assert found["majority class"].score < 0.13
