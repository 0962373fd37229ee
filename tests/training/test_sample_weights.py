"""A sample of weight w is w samples; weights are scaled to mean 1; weight zero is not there."""

import numpy as np
import pytest

from glassnet.network import Network
from glassnet.nn.layers import Dense
from glassnet.training.inputs import check_weights
from training.problems import classes, classifier, numbers, regressor

FULL = {"batch_size": 1.0, "verbose": False, "learning_rate": 0.05}


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "lbfgs"])
def test_weights_are_copies_in_a_full_batch(optimizer):
    X, y = classes(30)
    weights = np.arange(30) % 4 + 1
    one, two = classifier("float64", hidden="tanh"), classifier("float64", hidden="tanh")
    settings = FULL | {"optimizer": optimizer, "epochs": 8}
    if optimizer == "lbfgs":
        del settings["learning_rate"]
    one.fit(X, y, sample_weight=weights, **settings)
    two.fit(np.repeat(X, weights, axis=0), np.repeat(y, weights), **settings)
    np.testing.assert_allclose(one.parameters, two.parameters, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(one.history.loss, two.history.loss, rtol=1e-9)


@pytest.mark.parametrize("make, data", [(classifier, classes), (regressor, numbers)])
def test_evaluate_counts_weights_as_copies(make, data):
    X, Y = data(30)
    net = make()
    net.fit(X, Y, epochs=2, verbose=False)
    weights = np.arange(30) % 4  # zeros too
    weighted = net.evaluate(X, Y, sample_weight=weights)
    copied = net.evaluate(np.repeat(X, weights, axis=0), np.repeat(Y, weights, axis=0))
    assert weighted == {name: pytest.approx(value, rel=1e-6) for name, value in copied.items()}


@pytest.mark.parametrize("batch_size", [8, 1.0])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_rows_of_weight_zero_change_nothing_to_the_bit(batch_size, optimizer):
    X, y = classes(40)
    rng = np.random.default_rng(0)
    kept = rng.random(40) < 0.7
    weights = np.where(kept, rng.uniform(0.5, 2, 40), 0)
    settings = {"batch_size": batch_size, "verbose": False, "epochs": 3, "optimizer": optimizer}
    one, two = classifier(), classifier()
    one.fit(X, y, sample_weight=weights, **settings)
    two.fit(X[kept], y[kept], sample_weight=weights[kept], **settings)
    np.testing.assert_array_equal(one.parameters, two.parameters)
    assert one.history.loss == two.history.loss and one.history.accuracy == two.history.accuracy


def test_a_row_of_weight_zero_may_hold_anything():
    """An extreme sample that is weighted away must not even make the loss infinite."""
    X, Y = numbers(20)
    X[3], Y[7] = 1e30, 1e300
    weights = np.ones(20)
    weights[[3, 7]] = 0
    net = regressor()
    history = net.fit(X, Y, sample_weight=weights, epochs=3, verbose=False)
    assert np.isfinite(history.loss).all()
    assert np.isfinite(net.evaluate(X, Y, sample_weight=weights)["loss"])


@pytest.mark.parametrize("factor", [2.0, 0.125, 1e6, 1e-9, 1 / 3])
def test_scaling_all_weights_is_irrelevant(factor):
    X, y = classes(40)
    weights = np.random.default_rng(1).uniform(0.5, 2, 40)
    one, two = classifier("float64"), classifier("float64")
    for net, scale in ((one, 1.0), (two, factor)):
        net.fit(X, y, sample_weight=weights * scale, epochs=3, verbose=False)
    np.testing.assert_allclose(one.parameters, two.parameters, rtol=1e-9)
    if factor in (2.0, 0.125):  # powers of two scale without rounding
        np.testing.assert_array_equal(one.parameters, two.parameters)


@pytest.mark.parametrize("value", [1, 7.0, 0.25])
def test_equal_weights_are_no_weights(value):
    X, y = classes(40)
    one, two = classifier(), classifier()
    one.fit(X, y, sample_weight=np.full(40, value), epochs=2, verbose=False)
    two.fit(X, y, epochs=2, verbose=False)
    np.testing.assert_array_equal(one.parameters, two.parameters)


def test_the_batch_s_loss_is_the_weighted_sum_over_its_rows():
    """Σ wᵢ lᵢ / rows, with weights of mean 1 over the training set."""
    X, Y = numbers(4)
    weights = np.array([1.0, 3.0, 0.0, 4.0])  # of mean 8/3 over those above 0
    net = Network([Dense(1)], "mean_squared_error", dtype="float64", inputs=2)
    squares = np.square(net.forward(X) - Y)[:, 0]
    history = net.fit(X, Y, sample_weight=weights, epochs=1, **FULL)
    expected = (weights * 3 / 8 * squares).sum() / 3
    assert history.loss == [pytest.approx(expected, rel=1e-12)]


def test_scaled_to_mean_one():
    weights, rows = check_weights([2.0, 0.0, 6.0, 1.0], 4)
    np.testing.assert_allclose(weights, [2 / 3, 0, 2, 1 / 3])
    np.testing.assert_array_equal(rows, [0, 2, 3])
    assert check_weights(None, 3) == (None, None)
    assert check_weights(np.ones(3), 3)[1] is None
