"""The three ways to a threshold: learned, from costs, tuned."""

import signal
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.models.classifier import Classifier
from glassnet.models.decisions import before_step
from glassnet.models.threshold import learn_threshold
from glassnet.scores.metrics import f1


@pytest.fixture(scope="module")
def overlapping() -> tuple[Any, Any]:
    """One sample in four is positive, and neither class can be told quite apart."""
    random = np.random.default_rng(3)
    y = (random.random(240) < 0.25).astype(int)
    return random.normal(size=(240, 2)) + 1.2 * y[:, None], y


def quick(**settings: Any) -> Classifier:
    """A small network for a few epochs, always the same, whatever the recipe."""
    given = {
        "layers": (8,), "activation": "tanh", "dropout": 0, "optimizer": "adam",
        "learning_rate": 0.03, "batch_size": 32, "epochs": 30, "l2": 0.0, "random_state": 0,
    }  # fmt: skip
    return Classifier(**(given | settings))


def test_a_number_moves_the_cut(overlapping: tuple[Any, Any]) -> None:
    X, y = overlapping
    p = quick().fit(X, y).predict_proba(X)[:, 1]
    model = quick(threshold=0.2).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), (p > 0.2).astype(int))
    np.testing.assert_array_equal(model.decision_function(X) > 0, model.predict(X) == 1)


def test_learned_with_the_weights(overlapping: tuple[Any, Any]) -> None:
    X, y = overlapping
    model = quick(threshold="learned").fit(X, y)
    plain = quick(loss="binary_cross_entropy").fit(X, y)  # by name: without smoothed labels
    assert isinstance(model.network_.layers[-1], gn.SoftStep)
    assert 0 < model.threshold_ < 1 and model.threshold_ != 0.5
    assert model.threshold_ == model.network_.parameter_views()["soft_step.t"][0]
    p = model.predict_proba(X)[:, 1]
    np.testing.assert_array_equal(
        p, before_step(model.network_, model.preprocessor_.transform(X))[:, 0]
    )
    np.testing.assert_array_equal(model.predict(X), (p > model.threshold_).astype(int))
    # The weights follow p alone, as if there were no threshold behind it.
    np.testing.assert_allclose(p, plain.predict_proba(X)[:, 1], rtol=1e-9)


def test_the_threshold_moves_against_its_gradient(overlapping: tuple[Any, Any]) -> None:
    X, y = overlapping
    model = quick(
        threshold="learned", optimizer="sgd", learning_rate=1e-3, batch_size=1.0, epochs=0
    )
    before = model.fit(X, y).threshold_
    p = model.predict_proba(X)[:, 1]
    y_soft = 1 / (1 + np.exp(-10 * (p - before)))
    gradient = -10 * np.mean(y_soft - y)
    after = model.set_params(epochs=1).fit(X, y).threshold_
    np.testing.assert_allclose(after - before, -1e-3 * gradient, rtol=1e-9)


def test_learned_after_the_weights_on_held_out_samples(overlapping: tuple[Any, Any]) -> None:
    X, y = overlapping
    model = quick(threshold="learned_after").fit(X, y)
    assert not isinstance(model.network_.layers[-1], gn.SoftStep) and 0 < model.threshold_ < 1
    with_set = quick(threshold="learned_after").fit(X[:160], y[:160], validation=(X[160:], y[160:]))
    p = with_set.predict_proba(X[160:])[:, 1]
    found = learn_threshold(p, y[160:], None, 10.0, 0.5)
    assert with_set.threshold_ == found.threshold


def test_a_learned_threshold_is_the_best_of_all() -> None:
    random = np.random.default_rng(0)
    p = random.random(300)
    y = (random.random(300) < p**2).astype(int)

    def loss(t: float) -> float:
        z = 10 * (p - t)
        return float(np.mean(np.logaddexp(0, z) - y * z))

    grid = np.linspace(0.01, 0.99, 9801)
    best = grid[np.argmin([loss(t) for t in grid])]
    np.testing.assert_allclose(learn_threshold(p, y, None, 10.0, 0.5).threshold, best, atol=1e-3)


def test_separated_samples_have_a_gap() -> None:
    X = np.concatenate([np.linspace(-2, -1, 20), np.linspace(1, 2, 20)])[:, None]
    y = np.repeat(["no", "yes"], 20)
    model = quick(threshold="learned", epochs=60).fit(X, y)
    p = model.predict_proba(X)[:, 1]
    assert model.threshold_gap_ == (p[:20].max(), p[20:].min())
    low, high = model.threshold_gap_
    assert low <= model.threshold_ < high and model.score(X, y) == 1


def test_overlapping_samples_have_no_gap(overlapping: tuple[Any, Any]) -> None:
    assert quick(threshold="learned").fit(*overlapping).threshold_gap_ is None


@pytest.mark.parametrize("cost", [(1.0, 4.0), [[0.0, 1.0], [4.0, 0.0]]])
def test_costs_of_two_classes(overlapping: tuple[Any, Any], cost: Any) -> None:
    X, y = overlapping
    model = quick(threshold="cost", cost=cost).fit(X, y)
    p = model.predict_proba(X)[:, 1]
    assert model.threshold_ == pytest.approx(0.2)
    cheaper = (1 - p) * 1.0 < p * 4.0  # of saying yes, and of saying no
    np.testing.assert_array_equal(model.predict(X) == 1, cheaper)


def test_a_cost_matrix_of_three_classes() -> None:
    data = gn.load_dataset("iris")
    cost = np.array([[0, 1, 2], [5, 0, 1], [9, 3, 0]])
    model = quick(threshold="cost", cost=cost, epochs=3).fit(data.X, data.y)
    P = model.predict_proba(data.X)
    expected = [
        min(range(3), key=lambda j: sum(row[i] * cost[i, j] for i in range(3))) for row in P
    ]
    np.testing.assert_array_equal(model.predict(data.X), expected)
    assert model.threshold_ is None
    np.testing.assert_array_equal(model.decision_function(data.X).argmax(axis=1), expected)


def test_tuned_on_a_metric(overlapping: tuple[Any, Any]) -> None:
    X, y = overlapping
    model = quick(threshold="tuned", threshold_metric="f1")
    model.fit(X[:160], y[:160], validation=(X[160:], y[160:]))
    p = model.predict_proba(X[160:])[:, 1]
    best = max(f1(y[160:], (p > t).astype(int)) for t in np.linspace(0.01, 0.99, 500))
    assert f1(y[160:], model.predict(X[160:])) >= best
    low, high = model.threshold_gap_
    assert low <= model.threshold_ < high


def test_tuned_by_cross_validation(overlapping: tuple[Any, Any]) -> None:
    X, y = overlapping
    model = quick(threshold="tuned").fit(X, y)
    assert 0.05 < model.threshold_ < 0.5  # the positives are the fewer
    again = quick(threshold="tuned").fit(X, y)
    assert again.threshold_ == model.threshold_


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"threshold": "cost"}, "needs cost"),
        ({"threshold": "cost", "cost": (1, 2, 3)}, r"cost has shape \(3,\)"),
        ({"threshold": "cost", "cost": (-1, 2)}, "must cost more"),
        ({"threshold": "tuned", "threshold_metric": "r2"}, "r2"),
    ],
)
def test_wrong_settings(
    overlapping: tuple[Any, Any], settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(gn.InputError, match=sentence):
        quick(epochs=1, **settings).fit(*overlapping)


def test_a_class_of_one_sample_cannot_be_held_out(overlapping: tuple[Any, Any]) -> None:
    X, _ = overlapping
    with pytest.raises(gn.InputError, match="one class has 1 sample only"):
        quick(epochs=1, threshold="tuned").fit(X, np.arange(len(X)) == 3)


@pytest.mark.parametrize("threshold", ["learned", "tuned", 0.3])
def test_thresholds_are_for_two_classes(threshold: Any) -> None:
    data = gn.load_dataset("iris")
    with pytest.raises(gn.InputError, match="is for two classes"):
        quick(threshold=threshold).fit(data.X, data.y)


def test_ctrl_c_is_not_answered_by_five_more_trainings(overlapping: tuple[Any, Any]) -> None:
    started = 0

    def interrupt(event: Any) -> None:
        nonlocal started
        started += isinstance(event, gn.RunStarted)
        if isinstance(event, gn.EpochEnded) and event.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    model = quick(threshold="tuned", callbacks=(interrupt,)).fit(*overlapping)
    assert model.history_.stopped == "interrupted" and started == 1
    assert model.threshold_ == 0.5 and model.n_iter_ == 2
