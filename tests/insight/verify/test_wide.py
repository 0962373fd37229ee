"""Arrays too large to be compared number by number: what is wrong in a corner of them is seen, and
what is right stays right."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn

N, INPUTS, HIDDEN, CLASSES = 50, 30, 24, 4


def network(activation: str, seed: int) -> tuple[dict[str, Any], Any, Any]:
    """Parameters, loss and right gradient; ReLU or tanh, softmax, cross-entropy, no ε."""
    rng = np.random.default_rng(seed)
    X, Y = rng.random((N, INPUTS)), np.eye(CLASSES)[rng.integers(CLASSES, size=N)]
    parameters = {
        "W1": rng.normal(size=(INPUTS, HIDDEN)) * np.sqrt(2 / INPUTS),
        "b1": np.zeros(HIDDEN),
        "W2": rng.normal(size=(HIDDEN, CLASSES)) * np.sqrt(2 / HIDDEN),
        "b2": np.zeros(CLASSES),
    }

    def forward(p: Any) -> tuple[Any, Any, Any]:
        Z = X @ p["W1"] + p["b1"]
        A = np.maximum(Z, 0) if activation == "relu" else np.tanh(Z)
        E = np.exp(A @ p["W2"] + p["b2"])
        return Z, A, E / E.sum(axis=1, keepdims=True)

    def loss(p: Any) -> float:
        return float(-np.mean(np.sum(Y * np.log(forward(p)[2]), axis=1)))

    def gradients(p: Any) -> dict[str, Any]:
        Z, A, P = forward(p)
        dZ2 = (P - Y) / N
        slope = Z > 0 if activation == "relu" else 1 - A**2
        dZ1 = dZ2 @ p["W2"].T * slope
        return {"W1": X.T @ dZ1, "b1": dZ1.sum(0), "W2": A.T @ dZ2, "b2": dZ2.sum(0)}

    return parameters, loss, gradients


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("factor", [0.0, 1.5, -1.0])
@pytest.mark.parametrize("column", [1, 7, 20])
def test_one_units_column_is_wrong(activation: str, factor: float, column: int) -> None:
    parameters, loss, gradients = network(activation, seed=5)

    def wrong(p: Any) -> dict[str, Any]:
        found = gradients(p)
        found["W1"][:, column] *= factor
        return found

    true, given = gradients(parameters)["W1"], wrong(parameters)["W1"]
    assert np.linalg.norm(true - given) > 0.005 * np.linalg.norm(true)
    report = gn.verify(parameters, loss, wrong)
    assert [finding.parameter for finding in report.findings] == ["W1"], report.text()


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("seed", range(4))
def test_the_table_agrees_with_the_verdict(activation: str, seed: int) -> None:
    report = gn.verify(*network(activation, seed))
    assert report.ok, report.text()
    assert {check.verdict for check in report.checks} == {"right"}


def test_numbers_that_are_not_among_the_compared_are_not_shown_as_wrong() -> None:
    parameters, loss, gradients = network("tanh", seed=5)
    report = gn.verify(parameters, loss, gradients)
    check = next(check for check in report.checks if check.parameter == "W1")
    assert check.tested < check.size

    def wrong(p: Any) -> dict[str, Any]:
        found = gradients(p)
        found["W1"][:, 20] *= 2
        return found

    (finding,) = gn.verify(parameters, loss, wrong).findings
    shown = finding.evidence
    assert "yours" not in shown or abs(shown["yours"] - shown["numeric"]) > 1e-6


def test_a_layer_whose_gradient_is_its_penalty_is_not_accused() -> None:
    """Below dead units the gradient is the penalty's alone, and no factor can be seen in it."""
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(20, 3)), np.eye(3)[rng.integers(3, size=20)]
    W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 3))
    parameters = {"W1": W1, "b1": np.full(4, -50.0), "W2": W2, "b2": rng.normal(size=3)}

    def forward(p: Any) -> tuple[Any, Any]:
        A = np.maximum(X @ p["W1"] + p["b1"], 0)
        E = np.exp(A @ p["W2"] + p["b2"])
        return A, E / E.sum(axis=1, keepdims=True)

    def loss(p: Any) -> float:
        fit = -np.mean(np.sum(Y * np.log(forward(p)[1]), axis=1))
        return float(fit + 0.05 * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2)))

    A, P = forward(parameters)
    dZ2 = P - Y  # the mean is missing
    dZ1 = dZ2 @ W2.T * (A > 0)
    numbers = {
        "W1": X.T @ dZ1 + 0.1 * W1, "b1": dZ1.sum(0),
        "W2": A.T @ dZ2 + 0.1 * W2, "b2": dZ2.sum(0),
    }  # fmt: skip
    report = gn.verify(parameters, loss, numbers)
    assert {(f.parameter, f.fault) for f in report.findings} == {("b2", "missing-mean")}
