"""What can't be judged gets one clear sentence: the thing, what was found, what to do."""

import numpy as np
import pytest

import glassnet as gn
from insight.verify.styles import Rows


def refused(*words, parameters=None, loss=None, gradients=None, **more):
    net = Rows()
    with pytest.raises(gn.InputError) as caught:
        gn.verify(
            net.parameters if parameters is None else parameters,
            loss or net.loss,
            gradients or net.gradients,
            **more,
        )
    sentence = str(caught.value)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence, sentence
    return sentence


def test_parameters():
    bad = Rows().parameters
    bad["W1"][2, 3] = np.nan
    refused("'W1'", "nan", "[2, 3]", parameters=bad)
    refused("no array", parameters={})
    refused("no array", parameters={"name": "net"})
    refused("'W'", "empty", parameters={"W": np.empty((0, 3))})
    refused("'W'", "complex", parameters={"W": np.ones(3) * 1j})


def test_losses():
    refused("shape (20,)", "one number", loss=lambda p: np.ones(20))
    refused("None", "return", loss=lambda p: None)
    refused("str", loss=lambda p: "low")
    refused("nan", loss=lambda p: np.nan)
    refused("inf", loss=lambda p: np.inf)
    refused("function", loss=3.0)


def test_a_function_that_raises_is_told_with_its_line():
    def loss(p):
        return p["W9"].sum()

    sentence = refused("KeyError", "W9", "test_unusable.py", loss=loss)
    assert f"line {loss.__code__.co_firstlineno + 1}" in sentence


def test_gradients():
    refused("None", gradients=lambda p: None)
    refused("float", "W1", gradients=lambda p: 3.0)
    refused("keys a, b", gradients=lambda p: {"a": 1.0, "b": 2.0})
    refused("'W1'", gradients=lambda p: Rows().gradients(p) | {"dW1": "nothing"})


def test_data():
    X = np.zeros((3, 2))
    refused("together", X=X)
    refused("Y", "NaN", X=X, Y=np.array([1, np.nan, 0]))


def test_a_restless_loss_is_detected_and_said():
    net, rng = Rows(), np.random.default_rng(0)
    report = gn.verify(net.parameters, lambda p: net.loss(p) + 1e-4 * rng.normal(), net.gradients)
    assert not report.ok
    [finding] = report.findings
    assert finding.fault == "non-deterministic-loss" and "not deterministic" in report.text()
    assert finding.evidence["first"] != finding.evidence["second"]


def test_a_restless_gradient_is_detected_and_said():
    net, rng = Rows(), np.random.default_rng(0)

    def gradients(p):
        found = net.gradients(p)
        return found | {"dW1": found["dW1"] * rng.uniform(0.9, 1.1)}

    [finding] = gn.verify(net.parameters, net.loss, gradients).findings
    assert (finding.parameter, finding.fault) == ("W1", "non-deterministic-gradient")


@pytest.mark.parametrize("change, fault", [
    (lambda g: g.reshape(-1)[:-1], "wrong-shape"),
    (lambda g: g.T, "transposed"),
    (lambda g: g * np.nan, "not-finite"),
    (lambda g: None, "missing-gradient"),
])  # fmt: skip
def test_arrays_that_do_not_fit(change, fault):
    net = Rows()

    def gradients(p):
        found = net.gradients(p)
        return found | {"dW2": change(found["dW2"])}

    report = gn.verify(net.parameters, net.loss, gradients)
    assert [(f.parameter, f.fault) for f in report.findings] == [("W2", fault)], report.text()


def test_a_bias_gradient_that_would_grow_the_bias():
    """(k,) taken from (k, 1) makes (k, k)."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4, 9))
    p = {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=(3, 1))}

    def loss(p):
        return float(np.mean((p["W"] @ X + p["b"]) ** 2))

    def gradients(p, flat=True):
        d = 2 * (p["W"] @ X + p["b"]) / 27
        return {"W": d @ X.T, "b": d.sum(axis=1) if flat else d.sum(axis=1)[None].T}

    assert gn.verify(p, loss, lambda p: gradients(p, False)).ok
    [finding] = gn.verify(p, loss, gradients).findings
    assert (finding.parameter, finding.fault) == ("b", "wrong-shape")
    assert "keepdims=True" in finding.advice


def test_a_loss_that_looks_past_its_parameters():
    net = Rows()
    outside = net.parameters
    report = gn.verify(net.parameters, lambda p: net.loss(outside), net.gradients)
    assert {finding.fault for finding in report.findings} == {"loss-ignores-parameter"}
