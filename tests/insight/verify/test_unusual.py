"""Right gradients in unusual forms, that must not be accused; and what can only be said in part."""

import numpy as np
import pytest

import glassnet as gn
from insight.verify.styles import Columns, Rows


def test_an_epsilon_in_the_logarithm():
    net = Rows()

    def loss(p):
        probabilities = net._forward(p)[1]
        picked = probabilities[range(20), net.labels]
        squares = (p["W1"] ** 2).sum() + (p["W2"] ** 2).sum()
        return float(-np.log(picked + 1e-8).mean() + 0.5 * net.penalty * squares)

    assert gn.verify(net.parameters, loss, net.gradients).ok
    report = gn.verify(net.parameters, loss, lambda p: net.gradients(p, "hidden"))
    assert [f.fault for f in report.findings] == ["missing-activation-derivative"]


def test_a_tiny_penalty_that_is_missing_is_told_from_an_epsilon():
    net = Rows()
    net.penalty = 3e-6
    report = gn.verify(net.parameters, net.loss, lambda p: net.gradients(p, "no penalty"))
    assert {f.fault for f in report.findings} == {"regularisation"}
    assert max(check.error for check in report.checks) < 1e-3


def test_float32_inside_is_said_and_widens_the_tolerance():
    net = Rows()

    def loss(p):
        return np.float32(net.loss({k: v.astype(np.float32) for k, v in p.items()}))

    def gradients(p, factor=1.0):
        narrow = {k: v.astype(np.float32) for k, v in p.items()}
        return {k: np.float32(factor * v) for k, v in net.gradients(narrow).items()}

    report = gn.verify(net.parameters, loss, gradients)
    assert report.ok and report.tolerance > 1e-3 and "float32" in report.text()
    [finding] = gn.verify(net.parameters, loss, lambda p: gradients(p, 20.0)).findings
    assert finding.fault == "missing-mean"


def test_float32_parameters_are_judged_in_float64():
    net = Rows()
    narrow = {name: array.astype(np.float32) for name, array in net.parameters.items()}
    report = gn.verify(narrow, net.loss, net.gradients)
    assert report.ok and report.tolerance <= 1e-6 and "float32" not in report.text()


def test_kinks_are_reported_as_kinks():
    """A sample of zeros and biases of zero: its pre-activations lie exactly at ReLU's kink."""
    net = Rows()
    net.X[3] = 0.0
    report = gn.verify(net.parameters, net.loss, net.gradients(net.parameters))
    assert report.ok
    [check] = [check for check in report.checks if check.parameter == "b1"]
    assert check.verdict == "kink" and check.kinks == 10
    assert "kink" in report.text()
    again = gn.verify(net.parameters, net.loss, net.gradients)
    assert again.ok and {c.verdict for c in again.checks} == {"right"}


def test_a_large_network_is_sampled_and_the_sample_is_stated():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 200)), rng.normal(size=(30, 1))
    p = {"W1": rng.normal(size=(200, 50)) / 14, "W2": rng.normal(size=(50, 1)) / 7}

    def loss(p):
        return float(np.mean((np.tanh(X @ p["W1"]) @ p["W2"] - y) ** 2))

    def gradients(p, wrong=None):
        hidden = np.tanh(X @ p["W1"])
        error = 2 * (hidden @ p["W2"] - y) / 30
        grads = {"W1": X.T @ (error @ p["W2"].T * (1 - hidden**2)), "W2": hidden.T @ error}
        if wrong is not None:
            grads["W1"][wrong] *= 3
        return grads

    report = gn.verify(p, loss, gradients)
    [check] = [check for check in report.checks if check.parameter == "W1"]
    assert report.ok and check.tested < check.size == 10_000
    assert f"W1 ({check.tested} of 10,000)" in report.text()
    # One wrong row of 200, wherever it lies: the directions through the whole array see it.
    for row in (0, 77, 199):
        assert not gn.verify(p, loss, lambda p, row=row: gradients(p, row)).ok


def test_settings_in_the_dict_are_handed_through():
    net = Columns()
    given = {"activation": "tanh", "layers": 3, **net.parameters}

    def checked(p):
        assert p["activation"] == "tanh" and p["layers"] == 3
        return p

    report = gn.verify(given, lambda p: net.loss(checked(p)), lambda p: net.gradients(checked(p)))
    assert report.ok and {c.parameter for c in report.checks} == set(net.parameters)


def test_a_flat_vector_of_parameters():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(12, 12))
    x = rng.normal(size=12)
    report = gn.verify(x, lambda v: float(np.sin(A @ v).sum()), lambda v: A.T @ np.cos(A @ v))
    assert report.ok
    [finding] = gn.verify(
        x, lambda v: float(np.sin(A @ v).sum()), lambda v: -A.T @ np.cos(A @ v)
    ).findings
    assert finding.fault == "sign"


@pytest.mark.parametrize("wrap", [
    lambda g, loss: (loss, g),
    lambda g, loss: {f"grad_{k}": v for k, v in g.items()},
    lambda g, loss: {f"{k}.grad": v for k, v in g.items()} | {"dZ1": np.zeros(3)},
    lambda g, loss: list(g.values()),
    lambda g, loss: {k: v.tolist() for k, v in g.items()},
])  # fmt: skip
def test_what_gradients_are_returned_as(wrap):
    net = Columns()

    def gradients(p):
        found = net.gradients(p)
        return wrap({name: found[name] for name in p}, net.loss(p))

    assert gn.verify(net.parameters, net.loss, gradients).ok


def test_what_is_no_chain_of_dense_layers_is_judged_array_by_array():
    """A skip connection, a product of parameters: the lines are compared all the same."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(9, 4))
    p = {"A": rng.normal(size=(4, 4)), "scale": rng.normal(size=4), "B": rng.normal(size=(2, 3, 2))}

    def loss(p):
        return float(np.sum((np.tanh(X @ p["A"]) * p["scale"] + X) ** 2) + np.sum(p["B"] ** 4))

    def gradients(p, sign=1.0):
        hidden = np.tanh(X @ p["A"])
        d = 2 * (hidden * p["scale"] + X)
        return {
            "A": X.T @ (d * p["scale"] * (1 - hidden**2)),
            "scale": sign * (d * hidden).sum(axis=0), "B": 4 * p["B"] ** 3,
        }  # fmt: skip

    assert gn.verify(p, loss, gradients).ok
    report = gn.verify(p, loss, lambda p: gradients(p, -1.0))
    assert [(f.parameter, f.fault) for f in report.findings] == [("scale", "sign")]


def test_an_unknown_mistake_is_told_with_its_numbers_at_its_origin():
    net = Columns()

    def gradients(p):
        cache, m = net._forward(p), net.m
        dZ3 = cache["A3"] - net.Y
        dZ2 = p["W3"].T @ dZ3 * np.cos(3 * cache["Z2"])
        found = net.gradients(p)
        dZ1 = p["W2"].T @ dZ2 * (1 - cache["A1"] ** 2)
        return found | {
            "W2": dZ2 @ cache["A1"].T / m, "b2": dZ2.sum(axis=1, keepdims=True) / m,
            "W1": dZ1 @ net.X.T / m, "b1": dZ1.sum(axis=1, keepdims=True) / m,
        }  # fmt: skip

    [finding] = gn.verify(net.parameters, net.loss, gradients).findings
    assert (finding.parameter, finding.fault) == ("W2", "unknown")
    assert finding.evidence["error"] > 0.01
    assert finding.evidence["yours"] != finding.evidence["numeric"]
