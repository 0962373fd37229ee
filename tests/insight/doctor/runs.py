"""Small runs under the doctor's eyes."""

import numpy as np

from glassnet.data.catalog import load_dataset
from glassnet.errors import NonFiniteLossError
from glassnet.insight.doctor import Doctor
from glassnet.network import Network
from glassnet.nn.layers import Dense


def moons(n=300, noise=0.12, seed=1):
    data = load_dataset("moons", n=n, noise=noise, seed=seed)
    return data.X, data.y


def clouds(n=300, classes=3, d=4, seed=0, width=0.6):
    """Classes of normal clouds; X (n, d) of about unit size, labels (n,)."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(classes, d)) * 1.2
    y = np.arange(n) % classes
    X = centres[y] + width * draw.normal(size=(n, d))
    return (X - X.mean(0)) / X.std(0), y


def line(n=300, d=5, seed=0, noise=0.2):
    """Numbers that depend on the columns, a little bent; Y (n, 1) of unit size."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(n, d))
    Y = X[:, :1] - 0.5 * X[:, 1:2] + np.sin(2 * X[:, 2:3]) + noise * draw.normal(size=(n, 1))
    return X, (Y - Y.mean()) / Y.std()


def net(*layers, loss="cross_entropy", seed=0, dtype="float64"):
    return Network(layers, loss, seed=seed, dtype=dtype)


def classifier(classes=3, hidden=16, activation="tanh", seed=0, **hidden_options):
    layers = [Dense(hidden, activation, **hidden_options), Dense(classes, "softmax")]
    return net(*layers, seed=seed)


def watch(network, X, Y, **options):
    """Train with a doctor listening; also a run that becomes infinite leaves its findings."""
    doctor = Doctor()
    options = {"epochs": 30, "learning_rate": 0.01, "verbose": False} | options
    try:
        network.fit(X, Y, callbacks=[doctor], **options)
    except NonFiniteLossError:
        pass
    return doctor


def found(doctor, rule):
    """The finding of that rule; the test fails where there is none."""
    matches = [finding for finding in doctor.findings if finding.rule == rule]
    assert matches, f"no {rule} in\n{doctor.text()}"
    return matches[0]
