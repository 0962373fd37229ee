"""Mistakes that need the data or the update to be seen: one sample, stale weights, dropout."""

import numpy as np
import pytest

import glassnet as gn

RATE = 0.3


def data(n=15):
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, 4)), np.eye(3)[rng.integers(0, 3, n)]


def parameters():
    rng = np.random.default_rng(2)
    return {
        "W1": rng.normal(size=(4, 6)), "b1": 0.1 * rng.normal(size=6),
        "W2": rng.normal(size=(6, 5)), "b2": 0.1 * rng.normal(size=5),
        "W3": rng.normal(size=(5, 3)), "b3": 0.1 * rng.normal(size=3),
    }  # fmt: skip


def masks(n, draws=1, keep=0.7):
    """Dropout's masks of both hidden layers, the same at every call; of more draws the last."""
    rng = np.random.default_rng(3)
    for _ in range(draws):
        found = [(rng.random((n, k)) < keep) / keep for k in (6, 5)]
    return found


def forward(p, X, drop=False):
    a, activations = X, [X]
    for i in (1, 2):
        a = np.tanh(a @ p[f"W{i}"] + p[f"b{i}"])
        a = a * masks(len(X))[i - 1] if drop else a
        activations.append(a)
    e = np.exp(a @ p["W3"] + p["b3"])
    return activations, e / e.sum(axis=1, keepdims=True)


def loss(p, X, Y):
    return -np.sum(Y * np.log(forward(p, X)[1])) / len(X)


def dropped_loss(p, X, Y):
    return -np.sum(Y * np.log(forward(p, X, True)[1])) / len(X)


def backward(p, X, Y, *, stale=False, only=None, drop=None):
    """drop: the masks of the backward pass, none without dropout."""
    activations, P = forward(p, X, drop is not None)
    delta = (P - Y) / len(X)
    if only is not None:
        delta = np.where(np.arange(len(X))[:, None] == only, delta * len(X), 0.0)
    weights, found = {name: p[name].copy() for name in p}, {}
    for i in (3, 2, 1):
        found[f"W{i}"], found[f"b{i}"] = activations[i - 1].T @ delta, delta.sum(axis=0)
        if stale:
            weights[f"W{i}"] -= RATE * found[f"W{i}"]
        if i > 1:
            a = activations[i - 1]
            slope = 1 - a**2
            if drop is not None:
                kept = masks(len(X))[i - 2]
                slope = (1 - (a / np.where(kept > 0, kept, 1)) ** 2) * drop[i - 2]
            delta = delta @ weights[f"W{i}"].T * slope
    return found


def test_right_gradients_with_data():
    X, Y = data()
    assert gn.verify(parameters(), loss, backward, X=X, Y=Y).ok

    def dropped(p, X, Y):
        return backward(p, X, Y, drop=masks(len(X)))

    report = gn.verify(parameters(), dropped_loss, dropped, X=X, Y=Y)
    assert report.ok, report.text()


@pytest.mark.parametrize("sample", [0, 7, 14])
def test_one_sample_alone(sample):
    X, Y = data()
    report = gn.verify(parameters(), loss, lambda p, X, Y: backward(p, X, Y, only=sample), X=X, Y=Y)
    [finding] = report.findings
    assert (finding.parameter, finding.fault) == ("W3", "one-sample")
    assert finding.evidence["sample"] == sample + 1


def test_one_line_takes_one_sample():
    X, Y = data()

    def gradients(p, X, Y):
        return backward(p, X, Y) | {"b2": backward(p, X, Y, only=3)["b2"]}

    [finding] = gn.verify(parameters(), loss, gradients, X=X, Y=Y).findings
    assert (finding.parameter, finding.fault) == ("b2", "one-sample")


def test_weights_used_after_their_update():
    X, Y = data()
    stale = gn.verify(parameters(), loss, lambda p, X, Y: backward(p, X, Y, stale=True), X=X, Y=Y)
    assert {finding.fault for finding in stale.findings} == {"stale-weight"}
    assert [finding.parameter for finding in stale.findings] == ["W2", "W1"]
    for finding in stale.findings:
        assert finding.evidence["learning_rate"] == pytest.approx(RATE, rel=1e-5)


def test_an_update_that_mixes_gradients_and_steps():
    X, Y = data()

    def update(p):
        """In place, layer by layer."""
        g = backward(p, X, Y, stale=True)
        for name in p:
            p[name] -= RATE * g[name]

    kept = (lambda p: loss(p, X, Y)), (lambda p: backward(p, X, Y))
    report = gn.verify(parameters(), *kept, update=update)
    assert {finding.fault for finding in report.findings} == {"stale-weight"}
    assert all(check.verdict == "right" for check in report.checks)


@pytest.mark.parametrize("signature", ["p", "p, X, Y", "p, grads", "p, grads, lr", "p, lr"])
def test_updates_of_every_signature(signature):
    X, Y = data()
    names = {"np": np, "backward": backward, "X0": X, "Y0": Y, "RATE": RATE}
    grads = "grads" if "grads" in signature else "backward(p, X0, Y0)"
    rate = "lr" if "lr" in signature else "RATE"
    exec(
        f"def update({signature}):\n    g = {grads}\n"
        f"    return {{k: p[k] - {rate} * g[k] for k in p}}",
        names,
    )
    report = gn.verify(parameters(), loss, backward, X=X, Y=Y, update=names["update"])
    assert report.ok and "times the gradient in every layer" in report.text()


def test_an_update_that_climbs():
    X, Y = data()

    def update(p, X, Y):
        g = backward(p, X, Y)
        return {name: p[name] + RATE * g[name] for name in p}

    [finding] = gn.verify(parameters(), loss, backward, X=X, Y=Y, update=update).findings
    assert finding.fault == "sign"


def test_momentum_is_not_judged():
    X, Y = data()

    def update(p, X, Y):
        return {name: value * 0.9 for name, value in p.items()}

    report = gn.verify(parameters(), loss, backward, X=X, Y=Y, update=update)
    assert report.ok and "not judged" in report.text()


@pytest.mark.parametrize("draws", [0, 2])
def test_a_dropout_mask_that_is_not_reused(draws):
    """0: left out of the backward pass; 2: drawn anew for it."""
    X, Y = data()

    def gradients(p, X, Y):
        n = len(X)
        wrong = masks(n, draws) if draws else [np.ones((n, 6)), np.ones((n, 5))]
        return backward(p, X, Y, drop=wrong)

    [finding] = gn.verify(parameters(), dropped_loss, gradients, X=X, Y=Y).findings
    assert (finding.parameter, finding.fault) == ("W2", "dropout-mask")
    assert finding.evidence["dropped_forward"] != finding.evidence["dropped_backward"] or draws


def test_a_mask_drawn_by_a_generator_that_goes_on():
    X, Y = data()
    rng = np.random.default_rng(0)

    def gradients(p, X, Y):
        wrong = [(rng.random((len(X), k)) < 0.7) / 0.7 for k in (6, 5)]
        return backward(p, X, Y, drop=wrong)

    [finding] = gn.verify(parameters(), dropped_loss, gradients, X=X, Y=Y).findings
    assert finding.fault == "dropout-mask"
