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


@pytest.mark.parametrize("seed", [2, 5, 6, 9, 10])
def test_right_where_all_is_nearly_linear_is_no_proof(seed):
    """1 − z² is tanh's slope but for z⁴: right at small weights, wrong at others."""
    rng = np.random.default_rng(seed)
    widths = (5, 4, 6, 5, 1)
    p = {
        f"W{i}": rng.normal(size=(d, k)) / np.sqrt(d)
        for i, (d, k) in enumerate(zip(widths, widths[1:], strict=False))
    }

    def forward(p):
        draws = np.random.default_rng(seed + 100)  # data that nobody can find
        found = [0.5 * draws.normal(size=(6, 5))]
        for W in p.values():
            found.append(found[-1] @ W)
        return found, draws.normal(size=(6, 1))

    def loss(p):
        found, y = forward(p)
        return float(((np.tanh(found[-1]) - y) ** 2).sum())

    def gradients(p):
        found, y = forward(p)
        delta = 2 * (np.tanh(found[-1]) - y) * (1 - found[-1] ** 2)
        grads = {}
        for i in (3, 2, 1, 0):
            grads[f"W{i}"] = found[i].T @ delta
            delta = delta @ p[f"W{i}"].T
        return {name: grads[name] for name in p}

    report = gn.verify(p, loss, gradients)
    assert max(check.error for check in report.checks) < 0.05
    assert not report.ok
