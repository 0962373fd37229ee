"""Networks of many hands: a right gradient is right, a mistake is named where it was made."""

import numpy as np
import pytest

import glassnet as gn
from insight.verify.styles import Columns, Lists, Logistic, NoBias, Rows, Theta

STYLES = (Lists, Theta, Rows, Columns, NoBias, Logistic)
MISTAKES = [
    (Lists, "output", "missing-activation-derivative", ["weights.1"]),
    (Lists, "hidden", "missing-activation-derivative", ["weights.0"]),
    (Lists, "at a", "derivative-at-wrong-value", ["weights.0"]),
    (Lists, "sum", "missing-mean", ["weights.1"]),
    (Theta, "hidden", "missing-activation-derivative", ["Theta1"]),
    (Theta, "sign", "sign", ["Theta1"]),
    (Theta, "no penalty", "regularisation", ["Theta2", "Theta1"]),
    (Theta, "bias penalised", "regularisation", ["Theta1"]),
    (Rows, "hidden", "missing-activation-derivative", ["W1"]),
    (Rows, "elementwise", "softmax-jacobian", ["W2"]),
    (Rows, "scalar", "bias-summed-to-scalar", ["b2", "b1"]),
    (Rows, "penalty twice", "regularisation", ["W2", "W1"]),
    (Rows, "no penalty", "regularisation", ["W2", "W1"]),
    (Columns, "at z", "derivative-at-wrong-value", ["W2"]),
    (Columns, "scalar", "bias-summed-to-scalar", ["b2"]),
    (Columns, "transposed", "transposed", ["W2"]),
    (Columns, "upside down", "transposed", ["W1"]),
    (NoBias, "output", "missing-activation-derivative", ["syn1"]),
    (NoBias, "hidden", "missing-activation-derivative", ["syn0"]),
    (Logistic, "sum", "missing-mean", ["w"]),
    (Logistic, "sign", "sign", ["w"]),
    (Logistic, "twice", "derivative-twice", ["w"]),
]


@pytest.mark.parametrize("style", STYLES)
def test_right(style):
    net = style()
    report = gn.verify(net.parameters, net.loss, net.gradients)
    assert report.ok and report.findings == (), report.text()
    assert {check.verdict for check in report.checks} <= {"right", "kink"}


@pytest.mark.parametrize("style, mistake, fault, where", MISTAKES)
def test_a_mistake_is_named_where_it_was_made(style, mistake, fault, where):
    net = style()
    report = gn.verify(net.parameters, net.loss, lambda p: net.gradients(p, mistake))
    assert [finding.fault for finding in report.findings] == [fault] * len(where), report.text()
    assert [finding.parameter for finding in report.findings] == where
    assert not report.ok


def test_the_corrected_line_is_in_the_user_s_own_convention():
    columns, rows = Columns(), Rows()
    [finding] = gn.verify(
        columns.parameters, columns.loss, lambda p: columns.gradients(p, "scalar")
    ).findings
    assert finding.advice.endswith("\ndb2 = np.sum(dZ2, axis=1, keepdims=True) / m")
    [finding] = gn.verify(
        columns.parameters, columns.loss, lambda p: columns.gradients(p, "at z")
    ).findings
    assert finding.advice.endswith("\ndZ2 = (W3.T @ dZ3) * (1 - A2 ** 2)")
    [first, _] = gn.verify(
        rows.parameters, rows.loss, lambda p: rows.gradients(p, "scalar")
    ).findings
    assert first.advice.endswith("\ndb2 = np.sum(dZ2, axis=0, keepdims=True) / n")


def test_a_gradient_in_numbers_is_judged_at_its_own_point():
    for style, mistake, fault, where in MISTAKES:
        if fault in ("missing-mean", "sign", "transposed", "bias-summed-to-scalar"):
            net = style()
            numbers = net.gradients(net.parameters, mistake)
            report = gn.verify(net.parameters, net.loss, numbers)
            assert [finding.fault for finding in report.findings] == [fault] * len(where)
            assert gn.verify(net.parameters, net.loss, net.gradients(net.parameters)).ok


def test_nothing_that_is_given_is_changed():
    net = Columns()
    before = {name: array.copy() for name, array in net.parameters.items()}

    def gradients(p):
        found = net.gradients(p)
        for name in p:
            p[name] *= 0.5  # a careless update, in place
        return found

    report = gn.verify(net.parameters, net.loss, gradients)
    assert report.ok and "changes the parameters" in report.text()
    assert all(np.array_equal(before[name], net.parameters[name]) for name in before)


def test_the_numbers_behind_a_finding():
    net = Rows()
    report = gn.verify(net.parameters, net.loss, lambda p: net.gradients(p, "penalty twice"))
    for finding in report.findings:
        assert finding.evidence["difference"] == pytest.approx(1e-3, rel=1e-4)
        assert finding.evidence["penalty"] == pytest.approx(1e-3, rel=1e-4)
        assert "0.002" in finding.advice
    net = Lists()
    report = gn.verify(net.parameters, net.loss, lambda p: net.gradients(p, "sum"))
    assert report.findings[0].evidence["ratio"] == pytest.approx(net.samples)
