"""Predictions that are all but certain: the loss as written has another slope there than p − y has,
and that is no mistake; but a mistake there is one."""

import numpy as np
import pytest

import glassnet as gn
from insight.verify.certain import Certain


def faults(net, gradients):
    report = gn.verify(net.parameters, net.loss, gradients)
    return {finding.fault for finding in report.findings}


def with_epsilon(seed, hidden="linear", size=1.5):
    return Certain((5, 6, 4, 3), hidden, epsilon=1e-8, size=size, seed=seed)


def as_numbers(net, **mistake):
    return net.gradients(net.parameters, **mistake)


@pytest.mark.parametrize("seed, hidden, size", [
    (13, "linear", 1.0), (0, "relu", 1.5), (1, "relu", 1.5), (8, "relu", 1.5), (14, "relu", 1.5),
])  # fmt: skip
def test_what_an_epsilon_leaves_is_no_penalty(seed, hidden, size):
    """Nearly as much was left over of the difference as without any penalty."""
    net = with_epsilon(seed, hidden, size)
    assert faults(net, net.gradients) == set()


@pytest.mark.parametrize("seed", [8, 23, 26, 29, 30])
def test_an_epsilon_above_the_probability(seed):
    """The loss is flat there, so the two gradients differ by many per cent."""
    net = with_epsilon(seed)
    report = gn.verify(net.parameters, net.loss, net.gradients)
    assert report.ok and max(check.error for check in report.checks) > 0.01
    assert "ε" in report.text() and "hidden too" in " ".join(report.text().split())
    assert faults(net, as_numbers(net)) == set()


@pytest.mark.parametrize("seed", [2, 5, 10, 14, 16, 25, 38])
def test_an_epsilon_where_the_gradient_is_given_in_numbers(seed):
    net = with_epsilon(seed)
    assert faults(net, as_numbers(net)) == set()


@pytest.mark.parametrize("seed", [8, 23, 26, 29, 30])
def test_a_mistake_beside_an_epsilon_is_named(seed):
    net = with_epsilon(seed)
    assert faults(net, lambda p: net.gradients(p, factor=-1.0)) == {"sign"}
    assert faults(net, lambda p: net.gradients(p, factor=20.0)) == {"missing-mean"}
    for factor in (-1.0, 20.0, 1 / 20):
        assert faults(net, as_numbers(net, factor=factor))


@pytest.mark.parametrize("seed", [8, 23])
def test_a_squared_error_bends_too_but_has_no_floor(seed):
    net = with_epsilon(seed)

    def loss(p):
        return float(((net.forward(p)[-1] - net.Y) ** 2).sum()) / 20

    # p − y without the softmax's Jacobian: wrong at the very same predictions.
    assert not gn.verify(net.parameters, loss, as_numbers(net)).ok
    assert not gn.verify(net.parameters, loss, net.gradients).ok


@pytest.mark.parametrize("strength", [1e-3, 1e-2])
def test_a_penalty_forgotten_beside_an_epsilon_is_named(strength):
    net = Certain((5, 10, 3), "relu", epsilon=1e-8, size=4.0, seed=3, l2=strength)
    assert net.forward(net.parameters)[-1].min() < 1e-6
    assert faults(net, net.gradients) == set()
    assert faults(net, lambda p: net.gradients(p, penalised=False)) == {"regularisation"}


@pytest.mark.parametrize("seed", [6, 14, 44, 47])
def test_digits_that_run_out_in_1_minus_p(seed):
    """1 − p is a multiple of 10⁻¹⁶: with p nearly 1 the loss is a staircase."""
    net = Certain((4, 4, 7, 5, 4), "linear", "sigmoid", samples=23, size=1.5, seed=seed)
    assert 1 - net.forward(net.parameters)[-1].max() < 1e-10
    report = gn.verify(net.parameters, net.loss, as_numbers(net))
    assert report.ok and "few digits at your parameters" in report.text()
    assert not gn.verify(net.parameters, net.loss, as_numbers(net, factor=-1.0)).ok
    assert not gn.verify(net.parameters, net.loss, as_numbers(net, factor=1.2)).ok


def test_a_larger_array_than_is_compared_whole():
    net = Certain((5, 60, 3), "relu", epsilon=1e-8, size=4.0, seed=0)
    assert net.forward(net.parameters)[-1].min() < 1e-12
    assert faults(net, net.gradients) == set()
    assert np.isfinite(net.loss(net.parameters))
