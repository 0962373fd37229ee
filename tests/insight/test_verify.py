"""verify names what is wrong with a gradient that someone wrote, and accuses no right one."""

import numpy as np
import pytest

import glassnet as gn


class Net:
    """A network of two layers in plain NumPy, samples in columns, as in many notebooks."""

    def __init__(self, function="tanh", samples=40, seed=0):
        rng = np.random.default_rng(seed)
        self.X = rng.normal(size=(5, samples))
        self.Y = np.eye(3)[rng.integers(3, size=samples)].T
        self.m, self.function = samples, function
        self.p = {
            "W1": rng.normal(size=(6, 5)), "b1": rng.normal(size=(6, 1)) * 0.1,
            "W2": rng.normal(size=(3, 6)), "b2": rng.normal(size=(3, 1)) * 0.1,
        }  # fmt: skip

    def forward(self, p):
        Z = p["W1"] @ self.X + p["b1"]
        A = np.tanh(Z) if self.function == "tanh" else np.maximum(Z, 0)
        slope = 1 - A**2 if self.function == "tanh" else Z > 0
        E = np.exp(p["W2"] @ A + p["b2"])
        return A, slope, E / E.sum(axis=0)

    def loss(self, p):
        return -np.mean(np.sum(self.Y * np.log(self.forward(p)[2]), axis=0))

    def gradients(self, p):
        A, slope, P = self.forward(p)
        dZ2 = P - self.Y
        dZ1 = (p["W2"].T @ dZ2) * slope
        return {
            "W1": dZ1 @ self.X.T / self.m, "b1": dZ1.sum(axis=1, keepdims=True) / self.m,
            "W2": dZ2 @ A.T / self.m, "b2": dZ2.sum(axis=1, keepdims=True) / self.m,
        }  # fmt: skip


def changed(net, name, change):
    """The gradients with one array changed."""
    return lambda p: (g := net.gradients(p)) | {name: change(g[name])}


def without_slope(net):
    def gradients(p):
        A, _, P = net.forward(p)
        dZ1 = p["W2"].T @ (P - net.Y)
        own = {"W1": dZ1 @ net.X.T / net.m, "b1": dZ1.sum(axis=1, keepdims=True) / net.m}
        return net.gradients(p) | own

    return gradients


@pytest.mark.parametrize("function", ["tanh", "relu"])
@pytest.mark.parametrize("seed", range(8))
def test_right_gradients_are_not_accused(function, seed):
    net = Net(function, samples=10 + seed, seed=seed)
    report = gn.verify(net.p, net.loss, net.gradients)
    assert report.ok and not report.findings, report.text()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name, change, fault", [
    ("W2", lambda g: -g, "sign"),
    ("W1", lambda g: 2 * g + 0, None),
    ("b2", lambda g: np.full_like(g, g.sum()), "bias-summed-to-scalar"),
    ("b1", lambda g: np.full_like(g, g.sum()), "bias-summed-to-scalar"),
])  # fmt: skip
def test_one_array_is_wrong(name, change, fault, seed):
    net = Net(seed=seed)
    report = gn.verify(net.p, net.loss, changed(net, name, change))
    assert not report.ok and {f.parameter for f in report.findings} == {name}
    assert fault is None or [f.fault for f in report.findings] == [fault]
    assert {c.parameter for c in report.checks if c.verdict == "wrong"} == {name}


@pytest.mark.parametrize("seed", range(3))
def test_the_mean_is_missing(seed):
    net = Net(seed=seed)
    report = gn.verify(
        net.p, net.loss, lambda p: {k: g * net.m for k, g in net.gradients(p).items()}
    )
    assert {f.fault for f in report.findings} == {"missing-mean"}
    assert "missing-mean" in str(report)


@pytest.mark.parametrize("seed", range(3))
def test_the_activation_s_derivative_is_missing(seed):
    net = Net(seed=seed)
    report = gn.verify(net.p, net.loss, without_slope(net))
    assert "missing-activation-derivative" in {f.fault for f in report.findings}, report.text()
    assert {f.parameter for f in report.findings} <= {"W1", "b1"}


def test_numbers_instead_of_a_function():
    net = Net()
    right = net.gradients(net.p)
    assert gn.verify(net.p, net.loss, right).ok
    [finding] = gn.verify(net.p, net.loss, right | {"W2": -right["W2"]}).findings
    assert (finding.parameter, finding.fault) == ("W2", "sign")


def test_what_cannot_be_judged():
    net = Net()
    with pytest.raises(gn.InputError):
        gn.verify(net.p, lambda p: np.nan, net.gradients)
    with pytest.raises(gn.InputError):
        gn.verify(net.p, net.loss, net.gradients, X=net.X)
    rng = np.random.default_rng(0)
    restless = gn.verify(net.p, lambda p: net.loss(p) + rng.normal(), net.gradients)
    assert not restless.ok
