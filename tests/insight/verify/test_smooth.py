"""Smooth activations, mixed, where no data are to be found: layer by layer from the top."""

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.tree import Tree
from glassnet.insight.verify.inferred import curves
from glassnet.insight.verify.inferred.architecture import chains
from glassnet.insight.verify.inferred.fit import fit_collapsed

ERF = np.vectorize(math.erf)
GELU = (
    lambda z: 0.5 * z * (1 + ERF(z / np.sqrt(2))),
    lambda z: 0.5 * (1 + ERF(z / np.sqrt(2))) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi),
)
SILU = (
    lambda z: z / (1 + np.exp(-z)),
    lambda z: (1 + np.exp(-z) + z * np.exp(-z)) / (1 + np.exp(-z)) ** 2,
)
ELU = (
    lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    lambda z: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0))),
)
SOFTPLUS = (lambda z: np.log1p(np.exp(z)), lambda z: 1 / (1 + np.exp(-z)))


class Smooth:
    """Hidden layers with these activations, softmax or (of one output) linear at the end."""

    def __init__(self, hidden, outputs):
        rng = np.random.default_rng(1)
        self.hidden, self.outputs = hidden, outputs
        widths = (5, *(4 + i for i in range(len(hidden))), outputs)
        self.parameters = {}
        for i, (k, m) in enumerate(zip(widths, widths[1:], strict=False), start=1):
            self.parameters |= {f"W{i}": rng.normal(size=(k, m)), f"b{i}": rng.normal(size=m)}
        # In a tuple of more than the two, nothing finds them.
        labels = np.eye(outputs)[rng.integers(outputs, size=20)]
        self.data = {
            0: [(rng.normal(size=(20, 5)), labels if outputs > 1 else rng.normal(size=(20, 1)))]
        }

    def _forward(self, p):
        A, Z = [self.data[0][0][0]], []
        for i in range(1, len(self.hidden) + 2):
            Z.append(A[-1] @ p[f"W{i}"] + p[f"b{i}"])
            A.append(self.hidden[i - 1][0](Z[-1]) if i <= len(self.hidden) else Z[-1])
        if self.outputs > 1:
            E = np.exp(Z[-1])
            A[-1] = E / E.sum(axis=1, keepdims=True)
        return Z, A

    def loss(self, p):
        P, Y = self._forward(p)[1][-1], self.data[0][0][1]
        if self.outputs > 1:
            return float(-np.mean(np.sum(Y * np.log(P), axis=1)))
        return float(0.5 * np.mean((P - Y) ** 2))

    def gradients(self, p, forgotten=0):
        Z, A = self._forward(p)
        dZ, found = (A[-1] - self.data[0][0][1]) / 20, {}
        for i in range(len(self.hidden) + 1, 0, -1):
            found |= {f"W{i}": A[i - 1].T @ dZ, f"b{i}": dZ.sum(axis=0)}
            if i > 1:
                slope = self.hidden[i - 2][1](Z[i - 2])
                dZ = dZ @ p[f"W{i}"].T * (1.0 if i - 1 == forgotten else slope)
        return found


@pytest.mark.parametrize("hidden, outputs, words", [
    ((GELU,), 3, "4 gelu → 3 softmax"),
    ((GELU,), 1, "4 gelu → 1 linear, squared error"),
    ((ELU, SILU), 3, "4 elu → 5 silu → 3 softmax"),
    ((SOFTPLUS, ELU, SILU), 3, "4 softplus → 5 elu → 6 silu → 3 softmax"),
])  # fmt: skip
def test_mixed_activations(hidden, outputs, words):
    net = Smooth(hidden, outputs)
    assert gn.verify(net.parameters, net.loss, net.gradients).ok
    report = gn.verify(net.parameters, net.loss, lambda p: net.gradients(p, forgotten=1))
    assert [(f.parameter, f.fault) for f in report.findings] == [
        ("W1", "missing-activation-derivative")
    ], report.text()
    assert words in " ".join(report.text().split())


def test_two_outputs_with_a_squared_error_are_not_taken_for_cross_entropy():
    """Their biases alone give four values, which both losses fit where the targets are even."""
    net = Smooth((ELU,), 2)
    net.data[0][0][1][:] = np.tile(np.eye(2), (10, 1))

    def loss(p):
        return float(np.mean((net._forward(p)[1][-1] - net.data[0][0][1]) ** 2))

    tree, home = Tree.of(net.parameters)
    [chain] = [each for each in chains(home) if each.widths == (5, 4, 2)]
    model = fit_collapsed(Questions(tree, home, loss, net.gradients), chain)
    assert model is not None
    assert model.describe() == "5 → 4 elu → 2 softmax, squared error"


def test_slopes_of_the_curves():
    z = np.linspace(-3, 3, 41) + 0.01
    for curve in (*curves.COMMON, *curves.RARE):
        numeric = (curve.value(z + 1e-6) - curve.value(z - 1e-6)) / 2e-6
        np.testing.assert_allclose(curve.slope(z), numeric, atol=1e-8, err_msg=curve.name)
