"""The range of learning rates: it holds what trains well, leaves out what does not, and is the same
each time."""

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.insight.learning_rate import find_learning_rate
from glassnet.network import Network
from glassnet.nn.layers import Dense, Dropout
from glassnet.nn.losses import MeanSquaredError
from training.problems import classes, numbers


def network(dtype="float32"):
    layers = [Dense(12, "tanh"), Dense(3, "softmax")]
    return Network(layers, "cross_entropy", seed=1, dtype=dtype)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_rates_in_the_range_learn_more_than_rates_outside(optimizer):
    X, y = classes(150)
    found = find_learning_rate(network(), X, y, optimizer=optimizer)
    assert 0 < found.low < found.high <= 100

    def loss_with(rate):
        net = network()
        net.fit(X, y, optimizer=optimizer, learning_rate=rate, epochs=20, verbose=False)
        return net.evaluate(X, y)["loss"]

    inside = loss_with(found.middle)
    assert inside < found.start / 2
    assert inside < loss_with(found.low / 100)
    assert inside < loss_with(found.high * 100)


def test_the_curve_and_the_curvature_stand_beside_it():
    X, Y = numbers(80)
    layers = [Dense(8, "tanh"), Dense(1)]
    net = Network(layers, "mean_squared_error", seed=2, dtype="float64")
    found = find_learning_rate(net, X, Y, optimizer="sgd", batch_size=1.0, orders=1)
    assert len(found.rates) == len(found.losses) == len(found.worst)
    assert found.curvature is not None and found.curvature.limit == 2.0
    assert found.stable == pytest.approx(2 / found.curvature.value)
    # Beyond it nothing is gained any more; within the range something is.
    assert found.low < found.stable
    beyond = found.losses[found.rates > 10 * found.stable]
    assert (beyond > found.losses.min()).all()
    text = found.text()
    assert "range:" in text and "the curvature allows up to" in text
    assert max(map(len, text.splitlines())) <= 80


def test_it_is_the_same_each_time_and_the_network_stays():
    X, y = classes(90)
    net = network().build(2)
    net.fit(X, y, epochs=2, verbose=False)
    before = (net.parameters.copy(), net.history.epochs, net.state.step)
    first = find_learning_rate(net, X, y, orders=2, steps=30)
    second = find_learning_rate(net, X, y, orders=2, steps=30)
    assert first.losses.tolist() == second.losses.tolist()
    assert (first.low, first.high) == (second.low, second.high)
    assert np.array_equal(net.parameters, before[0])
    assert (net.history.epochs, net.state.step) == before[1:]


def test_summed_losses_dropout_and_a_wide_grid():
    X, Y = numbers(60)
    layers = [Dense(8, "relu"), Dropout(0.1), Dense(1)]
    net = Network(layers, MeanSquaredError("sum"), seed=0)
    found = find_learning_rate(net, X, Y, optimizer="sgd", steps=40, low=1e-8, high=10.0)
    assert found.high < 1 and np.isfinite(found.start)


def test_infinite_losses_are_shown_as_such():
    X, Y = numbers(60)
    net = Network([Dense(8, "relu"), Dense(1)], "mean_squared_error", seed=0)
    found = find_learning_rate(net, X * 100, Y, optimizer="sgd", steps=40)
    assert np.isinf(found.losses).any() and "infinite" in found.text()


@pytest.mark.parametrize("options, words", [
    ({"optimizer": "lbfgs"}, "no learning rate"),
    ({"low": 1.0, "high": 0.1}, "0 < low < high"),
    ({"low": float("nan")}, "0 < low < high"),
    ({"steps": 0}, "steps"),
    ({"orders": 1.5}, "orders"),
    ({"optimizer": "speedy"}, "no optimizer"),
    ({"low": 1e4, "high": 1e6}, "no learning rate from"),
])  # fmt: skip
def test_unusable_arguments(options, words):
    X, y = classes(60)
    with pytest.raises(InputError, match=words):
        find_learning_rate(network(), X, y, **({"optimizer": "sgd"} | options))


def test_unusable_samples():
    with pytest.raises(InputError, match="shape"):
        find_learning_rate(network().build(3), *classes(60))
    with pytest.raises(InputError, match="class indices"):
        find_learning_rate(network(), classes(60)[0], np.full(60, 7))
    with pytest.raises(InputError, match="X has no samples"):
        find_learning_rate(network(), np.zeros((0, 4)), np.zeros(0, dtype=int))
    with pytest.raises(InputError, match="'x' was given"):
        find_learning_rate("x", *classes(60))
