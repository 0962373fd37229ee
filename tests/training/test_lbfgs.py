"""L-BFGS through SciPy: it finds known minima, tells its events, and says what it can't do."""

import numpy as np
import pytest

from glassnet.errors import InputError, NonFiniteLossError
from glassnet.network import Network
from glassnet.nn.layers import Dense, Dropout
from glassnet.nn.normalization import BatchNorm
from glassnet.nn.soft_step import SoftStep
from glassnet.training.callbacks import EarlyStopping
from glassnet.training.events import EpochEnded, RunStarted
from training.problems import classes, classifier, numbers

LBFGS = {"optimizer": "lbfgs", "verbose": False}


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-4), ("float64", 1e-6)])
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_linear_least_squares_to_its_solution(dtype, tolerance, l2):
    """mean (Xw + b − y)² + l2/2 w²: (2/n XᵀX + l2) w = 2/n Xᵀy for centred data."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    X -= X.mean(axis=0)
    y = X @ [1.0, -2.0, 0.5] + 3 + rng.normal(scale=0.1, size=40)
    net = Network([Dense(1)], "mean_squared_error", dtype=dtype)
    history = net.fit(X, y, epochs=100, l2=l2, **LBFGS)
    w = np.linalg.solve(2 / 40 * X.T @ X + l2 * np.eye(3), 2 / 40 * X.T @ (y - y.mean()))
    np.testing.assert_allclose(net.parameters, [*w, y.mean()], atol=tolerance)
    assert net.parameters.dtype == dtype and history.stopped == "finished"
    assert history.loss == sorted(history.loss, reverse=True)
    assert history.loss[-1] - history.loss_without_penalty[-1] == pytest.approx(
        l2 / 2 * w @ w, abs=1e-5
    )
    assert history.gradient_norm[-1] < 1e-4


def test_an_epoch_is_an_iteration():
    X, y = classes()
    net = classifier("float64")
    events = []
    history = net.fit(
        X, y, epochs=4, validation=classes(30, seed=7), callbacks=[lambda e: events.append(e)],
        **LBFGS,
    )  # fmt: skip
    assert isinstance(events[0], RunStarted) and events[0].engine == "scipy"
    assert history.epochs == 4 == net.state.epoch == net.state.step
    assert sum(isinstance(event, EpochEnded) for event in events) == 4
    assert history.loss[-1] == pytest.approx(net.evaluate(X, y)["loss"], rel=1e-9)
    assert history.accuracy[-1] == net.evaluate(X, y)["accuracy"]
    assert len(history.validation_loss) == 4
    assert net.fit(X, y, epochs=3, **LBFGS).epochs == 7


def test_no_epochs_change_nothing():
    X, y = classes()
    net = classifier()
    before = net.build(2).parameters.copy()
    assert net.fit(X, y, epochs=0, **LBFGS).epochs == 0
    np.testing.assert_array_equal(net.parameters, before)


def test_early_stopping_restores_the_best_iteration():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 2)), rng.integers(3, size=30)
    V, v = rng.normal(size=(30, 2)), rng.integers(3, size=30)
    net = classifier("float64")
    history = net.fit(
        X, y, epochs=300, validation=(V, v), callbacks=[EarlyStopping(patience=4)], **LBFGS
    )
    assert history.stopped == "early"
    assert net.evaluate(V, v)["loss"] == min(history.validation_loss)
    assert history.best_epoch == int(np.argmin(history.validation_loss)) + 1


def test_a_threshold_stays_within_its_bounds():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 1))
    net = Network(
        [Dense(1, "sigmoid"), SoftStep(k=5)], "binary_cross_entropy", dtype="float64", seed=3
    )
    net.fit(X, np.ones(40), epochs=50, **LBFGS)  # always "yes": t would go below 0
    assert 0 < net.parameter_views()["soft_step.t"][0] < 0.5


def test_it_goes_on_after_another_optimizer_and_back():
    X, y = classes()
    net = classifier()
    for choice in ("adam", "lbfgs", "adam"):
        net.fit(X, y, optimizer=choice, epochs=2, verbose=False)
    assert net.history.epochs == 6 and np.isfinite(net.history.loss).all()


@pytest.mark.parametrize(
    "layers, settings, sentence",
    [
        ([Dense(4), Dropout(0.1), Dense(1)], {}, "layer 'dropout' changes it from step to step"),
        ([Dense(4), BatchNorm(), Dense(1)], {}, "layer 'batch_norm' changes it"),
        ([Dense(1)], {"l1": 0.1}, "lbfgs does not take l1; use l2, or choose adam"),
        ([Dense(1)], {"weight_decay": 0.1}, "lbfgs does not take weight_decay"),
        ([Dense(1)], {"clip_norm": 1.0}, "lbfgs does not take clip_norm"),
        ([Dense(1)], {"max_norm": 1.0}, "lbfgs does not take max_norm"),
    ],
)
def test_what_it_does_not_take(layers, settings, sentence):
    X, Y = numbers()
    with pytest.raises(InputError, match=sentence):
        Network(layers, "mean_squared_error").fit(X, Y, **settings, **LBFGS)


def test_two_losses_are_refused():
    X, y = classes()
    net = Network([Dense(1, "sigmoid"), SoftStep(joint=True)], "binary_cross_entropy")
    with pytest.raises(InputError, match="lbfgs minimises one loss, but .* follows two"):
        net.fit(X, y == 1, **LBFGS)


def test_a_first_loss_that_is_not_finite():
    X, Y = numbers()
    net = Network([Dense(1)], "mean_squared_error", dtype="float64", inputs=2)
    net.parameters[:] = 1e200
    with pytest.raises(NonFiniteLossError, match="no longer finite at step 0"):
        net.fit(X, Y, **LBFGS)
    assert net.history.stopped == "non-finite"
