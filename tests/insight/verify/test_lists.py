"""Parameters in lists of weights and biases: as many gradients come back, in the same order."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.insight.verify.inferred.architecture import chains


class Lists:
    """6 → 5 tanh → 3 tanh → 1 sigmoid, samples in columns; the biases are columns, too."""

    def __init__(self, first_bias: bool = True) -> None:
        rng = np.random.default_rng(4)
        widths = (6, 5, 3, 1) if first_bias else (6, 5, 3, 5, 3)
        pairs = list(zip(widths[1:], widths, strict=False))
        self.X = rng.normal(size=(6, 12))
        self.Y = rng.integers(2, size=(widths[-1], 12)).astype(float)
        self.without = 0 if first_bias else 1
        self.parameters = {
            "weights": [rng.normal(size=pair) for pair in pairs],
            "biases": [rng.normal(size=(k, 1)) for k, _ in pairs[self.without :]],
        }

    def _forward(self, p):
        inputs = [self.X]
        for i, W in enumerate(p["weights"]):
            Z = W @ inputs[-1] + (p["biases"][i - self.without] if i >= self.without else 0.0)
            inputs.append(np.tanh(Z) if i < len(p["weights"]) - 1 else 1 / (1 + np.exp(-Z)))
        return inputs

    def loss(self, p):
        P = self._forward(p)[-1]
        return -np.mean(self.Y * np.log(P) + (1 - self.Y) * np.log(1 - P))

    def gradients(self, p, summed=False, forgotten=None):
        inputs = self._forward(p)
        dZ = (inputs[-1] - self.Y) / self.Y.size
        weights, biases = [], []
        for i in reversed(range(len(p["weights"]))):
            weights.insert(0, dZ @ inputs[i].T)
            if i >= self.without:
                biases.insert(0, np.sum(dZ) if summed else dZ.sum(axis=1, keepdims=True))
            dZ = p["weights"][i].T @ dZ * (1.0 if i == forgotten else 1 - inputs[i] ** 2)
        return {"weights": weights, "biases": biases}


def named(net, **mistake):
    report = gn.verify(net.parameters, net.loss, lambda p: net.gradients(p, **mistake))
    return report, {(finding.parameter, finding.fault) for finding in report.findings}


@pytest.mark.parametrize("first_bias", [True, False])
def test_right_ones(first_bias):
    assert named(Lists(first_bias))[0].ok


def test_a_list_of_scalars_is_one_for_each_bias():
    _, found = named(Lists(), summed=True)
    wanted = {(f"biases.{i}", "bias-summed-to-scalar") for i in (0, 1)}
    assert found == wanted  # the last bias is a single number: nothing is summed too far


def test_a_list_of_scalars_with_another_name():
    net = Lists()

    def gradients(p):
        found = net.gradients(p, summed=True)
        return {"dweights": found["weights"], "dbiases": found["biases"]}

    findings = gn.verify(net.parameters, net.loss, gradients).findings
    assert {finding.fault for finding in findings} == {"bias-summed-to-scalar"}


def test_a_bias_of_one_by_one_is_no_layer():
    report, found = named(Lists(), forgotten=1)
    assert found == {("weights.0", "missing-activation-derivative")}, report.text()
    assert "6 → 5 tanh → 3 tanh → 1 sigmoid" in report.text()


def test_a_bias_of_one_by_one_in_a_list_without_names():
    rng = np.random.default_rng(0)
    W1, W2, b2 = rng.normal(size=(5, 4)), rng.normal(size=(1, 5)), rng.normal(size=(1, 1))
    first = chains({0: W1, 1: W2, 2: b2})[0]
    assert first.widths == (4, 5, 1) and [layer.bias for layer in first.layers] == [None, 2]


def test_a_first_layer_without_bias_shifts_the_list():
    report, found = named(Lists(first_bias=False), forgotten=2)
    assert found == {("weights.1", "missing-activation-derivative")}, report.text()
    assert "6 → 5 tanh → 3 tanh → 5 tanh → 3 sigmoid" in report.text()


@pytest.mark.parametrize("wrap, read", [(lambda x: x, lambda p: p),
                                        (lambda x: {"x": x}, lambda p: p["x"])])  # fmt: skip
def test_a_list_of_numbers_is_the_array_of_one_parameter(wrap, read):
    x = np.random.default_rng(0).normal(size=5)
    report = gn.verify(
        wrap(x), lambda p: float((read(p) ** 2).sum()), lambda p: (2 * read(p)).tolist()
    )
    assert report.ok
