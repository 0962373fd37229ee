"""Estimators piece by piece: the training that fit makes, to the bit."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn


def run(model: Any, X: Any, y: Any, **more: Any) -> Any:
    training = model.start(X, y, **more)
    training.begin()
    while not training.is_over:
        training.advance(most=13)
    training.end()
    return model


@pytest.mark.parametrize("threshold", [0.5, "learned"])
def test_a_classifier(threshold: Any) -> None:
    data = gn.load_dataset("breast-cancer").rows(slice(0, 200))
    settings: dict[str, Any] = {"threshold": threshold, "epochs": 3, "random_state": 1}
    more = {"validation": (data.X[:50], data.y[:50])}
    whole = gn.Classifier((6,), verbose=False, **settings).fit(data.X, data.y, **more)
    parted = run(gn.Classifier((6,), **settings), data.X, data.y, **more)
    np.testing.assert_array_equal(whole.predict_proba(data.X), parted.predict_proba(data.X))
    np.testing.assert_array_equal(whole.predict(data.X), parted.predict(data.X))
    assert parted.threshold_ == whole.threshold_
    assert parted.history_.validation_loss == whole.history_.validation_loss


def test_a_regressor() -> None:
    data = gn.load_dataset("diabetes").rows(slice(0, 120))
    settings: dict[str, Any] = {"epochs": 4, "early_stopping": 2, "random_state": 2}
    whole = gn.Regressor((5,), verbose=False, **settings).fit(data.X, data.y)
    parted = run(gn.Regressor((5,), **settings), data.X, data.y)
    np.testing.assert_array_equal(whole.predict(data.X), parted.predict(data.X))
    np.testing.assert_array_equal(whole.fitted_rows_, parted.fitted_rows_)


def test_before_the_first_step_it_already_predicts() -> None:
    data = gn.load_dataset("iris")
    model = gn.Classifier((4,), random_state=0)
    model.start(data.X, data.y).begin()
    assert model.predict(data.X).shape == (150,)
