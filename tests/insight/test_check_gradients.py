"""check_gradients proves what is right, and finds a derivative that is a little wrong anywhere."""

from dataclasses import dataclass

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import InputError
from glassnet.nn.contract import Built, ParameterSpec


def problem(rows=30, features=5, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, features)), rng.integers(classes, size=rows)


@dataclass(frozen=True)
class Tilted(gn.Dense):
    """A Dense layer whose gradient of one weight is a little wrong."""

    by: float = 1.0005

    def backward(self, p, dy, cache, inputs=True):
        dx, gradients = super().backward(p, dy, cache, inputs)
        W = gradients["W"].copy()
        W[-1, -1] *= self.by
        return dx, gradients | {"W": W}


NETWORKS = {
    "relu": [gn.Dense(8, "relu"), gn.Dense(3, "softmax")],
    "norms": [gn.Dense(8), gn.BatchNorm(), gn.Activation("gelu"), gn.Dense(3, "softmax")],
    "layer norm and dropout": [
        gn.Scale(0.3, 2.0), gn.Dense(8, "tanh"), gn.LayerNorm(), gn.Dropout(0.4),
        gn.Dense(6, "silu"), gn.Dense(3, "softmax"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_right_gradients_are_right(name, dtype):
    X, y = problem()
    net = gn.Network(NETWORKS[name], "cross_entropy", dtype=dtype, seed=4)
    net.fit(X, y, epochs=2, verbose=False)
    before = net.parameters.copy()
    report = gn.check_gradients(net, X, y)
    assert report.ok and report.text().startswith("the gradients are right"), report.text()
    assert [c.parameter for c in report.checks] == [s.name for s in net.stack.layout.segments]
    assert all(c.tested == c.size for c in report.checks)
    assert np.array_equal(net.parameters, before)


def test_weights_that_count_more():
    X, y = problem()
    weights = np.random.default_rng(1).uniform(0, 3, len(X))
    net = gn.Network(NETWORKS["relu"], "cross_entropy", seed=1)
    assert gn.check_gradients(net, X, y, sample_weight=weights).ok


def test_one_number_wrong_by_a_part_in_two_thousand():
    X, y = problem()
    layers = [Tilted(8, "tanh"), gn.Dense(3, "softmax")]
    report = gn.check_gradients(gn.Network(layers, "cross_entropy"), X, y)
    first, *others = report.checks
    assert not report.ok and first.verdict == "wrong" and first.worst == (4, 7)
    assert first.analytic == pytest.approx(1.0005 * first.numeric, rel=1e-6)
    assert all(check.verdict == "right" for check in others)
    assert report.text().startswith("wrong: tilted.W\n")


def test_what_the_sample_of_coordinates_misses_a_direction_finds():
    X, y = problem(features=60)
    layers = [Tilted(30, "tanh", by=3.0), gn.Dense(3, "softmax")]
    net = gn.Network(layers, "cross_entropy")
    found = [gn.check_gradients(net, X, y, coordinates=20, seed=seed).ok for seed in range(3)]
    assert found == [False] * 3
    text = gn.check_gradients(net, X, y, coordinates=20).text()
    assert "(20 of 1,800)" in text and all(len(line) <= 80 for line in text.splitlines())


def test_kinks_are_neither_right_nor_wrong():
    X, y = problem()
    net = gn.Network([gn.Dense(4, "relu"), gn.Dense(3, "softmax")], "cross_entropy")
    net.build(5)
    views = net.parameter_views()
    name = next(iter(views))
    views[name][...] = 0  # every pre-activation lies at the kink
    report = gn.check_gradients(net, X, y)
    assert report.ok and report.checks[0].verdict == report.checks[1].verdict == "kink"
    assert "at a kink" in report.text()


def test_many_samples_are_thinned_and_that_is_said():
    X, y = problem(rows=1000)
    report = gn.check_gradients(gn.Network(NETWORKS["relu"], "cross_entropy"), X, y)
    assert report.ok and (report.samples, report.given) == (256, 1000)
    assert "256 samples, drawn from 1,000" in report.text()


@pytest.mark.parametrize("change, words", [
    ({"coordinates": 0}, "at least 1"),
    ({"coordinates": 2.5}, "whole number"),
    ({"seed": "a"}, "seed is a whole number"),
    ({"tolerance": -1}, "tolerance is .* -1 was given"),
    ({"tolerance": "small"}, "tolerance is"),
    ({"network": "x"}, "network is a glassnet.Network, 'x' was given"),
    ({"X": np.zeros((0, 5))}, "no samples"),
    ({"X": np.full((30, 5), np.nan)}, "NaN"),
    ({"Y": np.zeros(29, dtype=int)}, "30 samples"),
])  # fmt: skip
def test_what_cannot_be_checked(change, words):
    X, y = problem()
    network = gn.Network(NETWORKS["relu"], "cross_entropy")
    with pytest.raises(InputError, match=words):
        gn.check_gradients(**({"network": network, "X": X, "Y": y} | change))


def test_a_joint_threshold_has_no_one_loss():
    X, y = problem(classes=2)
    layers = [gn.Dense(4, "tanh"), gn.Dense(1, "sigmoid"), gn.SoftStep(joint=True)]
    net = gn.Network(layers, "binary_cross_entropy")
    with pytest.raises(InputError, match="joint=False"):
        gn.check_gradients(net, X, y[:, None].astype(float))


def test_a_parameter_of_a_layer_of_ones_own():
    @dataclass(frozen=True)
    class Stretch:
        """y = s x, and its gradient forgets the sum over features."""

        right: bool = True

        def build(self, n_in):
            return Built(n_in, (ParameterSpec("s", (1,), "gain", gn.Uniform(0.5, 1.5)),))

        def forward(self, p, x, ctx):
            return x * p["s"], x

        def backward(self, p, dy, cache, inputs=True):
            total = (dy * cache).sum() if self.right else (dy * cache)[:, 0].sum()
            return dy * p["s"], {"s": np.array([total])}

    X, y = problem()
    for right in (True, False):
        net = gn.Network([Stretch(right), gn.Dense(3, "softmax")], "cross_entropy", seed=2)
        assert gn.check_gradients(net, X, y).ok == right
