"""Regressor: numbers in their own units, one or several, under any loss."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score

import glassnet as gn
from glassnet.models.regressor import Regressor


@pytest.fixture(scope="module")
def line() -> tuple[Any, Any]:
    X = np.random.default_rng(0).uniform(-1, 1, size=(120, 3))
    return X, 1000 + 50 * (X @ [1, -2, 0.5])


def quick(**settings: Any) -> Regressor:
    """A small network for a few epochs, always the same, whatever the recipe."""
    given = {
        "layers": (8,), "activation": "tanh", "dropout": 0, "optimizer": "adam",
        "learning_rate": 0.03, "batch_size": 32, "epochs": 60, "l2": 0.0, "random_state": 0,
    }  # fmt: skip
    return Regressor(**(given | settings))


def test_it_learns_without_arguments(line: tuple[Any, Any]) -> None:
    X, y = line
    model = Regressor(random_state=0).fit(X[:90], y[:90])
    assert model.score(X[90:], y[90:]) > 0.9
    assert cross_val_score(quick(), X, y, cv=3).mean() > 0.9


@pytest.mark.parametrize("columns", [None, 1, 2])
def test_predictions_have_the_shape_of_the_targets(line: tuple[Any, Any], columns: Any) -> None:
    X, y = line
    Y = y if columns is None else np.column_stack([y, -3 * y + 7])[:, :columns]
    model = quick().fit(X, Y)
    predicted = model.predict(X)
    assert predicted.shape == Y.shape and predicted.dtype == np.float64
    assert np.abs(predicted - Y).mean() < 10


@pytest.mark.parametrize("loss", ["mean_absolute_error", "huber", gn.Huber(delta=0.5)])
def test_other_losses(line: tuple[Any, Any], loss: Any) -> None:
    X, y = line
    assert quick(loss=loss).fit(X, y).score(X, y) > 0.9


def test_poisson_predicts_counts_in_their_own_units() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 2))
    y = random.poisson(np.exp(3 + 0.5 * X[:, 0]))
    model = quick(loss="poisson").fit(X, y)
    assert model.network_.layers[-1].activation.name == "exponential"
    np.testing.assert_array_equal(model.targets_.factor, [1])
    assert (model.predict(X) > 0).all() and model.score(X, y) > 0.6
    with pytest.raises(gn.InputError, match="takes targets from 0"):
        quick(loss="poisson").fit(X, y - 50)


def test_shares_under_binary_cross_entropy(line: tuple[Any, Any]) -> None:
    X, y = line
    share = (y - y.min()) / np.ptp(y)
    predicted = quick(loss="binary_cross_entropy").fit(X, share).predict(X)
    assert 0 <= predicted.min() and predicted.max() <= 1 and np.abs(predicted - share).mean() < 0.05


def test_weights_are_copies_in_the_targets_scale(line: tuple[Any, Any]) -> None:
    X, y = line
    X, y = X[:30], y[:30]
    weights = np.arange(30) % 3
    copies = np.repeat(np.arange(30), weights)
    weighted = Regressor(random_state=0).fit(X, y, weights)
    repeated = Regressor(random_state=0).fit(X[copies], y[copies])
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-9)


def test_partial_fit_goes_on(line: tuple[Any, Any]) -> None:
    X, y = line
    model = Regressor(random_state=0)
    for _ in range(100):
        model.partial_fit(X, y)
    assert model.n_iter_ == 100 and model.score(X, y) > 0.9
    with pytest.raises(gn.InputError, match=r"2 target\(s\) a sample, the model learned 1"):
        model.partial_fit(X, np.column_stack([y, y]))


def test_a_table_with_text_and_gaps() -> None:
    frame = pd.DataFrame({"town": ["Rome", "Oslo", None] * 20, "size": [1.0, None, 3.0, 4.0] * 15})
    y = frame["town"].map({"Rome": 10.0, "Oslo": -10.0}).fillna(0.0)
    assert quick().fit(frame, y).score(frame, y) > 0.99


def test_early_stopping_and_a_validation_set(line: tuple[Any, Any]) -> None:
    X, y = line
    model = quick(epochs=500, early_stopping=5)
    model.fit(X[:60], y[:60], validation=(X[60:], y[60:]))
    assert model.history_.stopped == "early"
    assert len(model.history_.validation_r2) == model.n_iter_ < 500
    with pytest.raises(gn.InputError, match=r"2 target\(s\) a sample"):
        model.fit(X, y, validation=(X, np.column_stack([y, y])))


def test_targets_that_are_no_numbers(line: tuple[Any, Any]) -> None:
    X, _ = line
    with pytest.raises(gn.InputError, match="glassnet.Classifier learns labels"):
        quick().fit(X, ["a"] * len(X))


def test_lbfgs(line: tuple[Any, Any]) -> None:
    X, y = line
    assert Regressor(optimizer="lbfgs", epochs=60, random_state=0).fit(X, y).score(X, y) > 0.99
