"""The doctor names a planted fault with its measured cause, and leaves a healthy run in peace."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.insight.doctor import Doctor


def digits():
    data = gn.load_dataset("digits")
    return (data.X / 16.0).astype(np.float32), data.y


def looked_at(layers, seed=0, **options):
    """A network trained on the digits while a doctor listens: its findings."""
    (X, y), doctor = digits(), Doctor()
    net = gn.Network(layers, "cross_entropy", seed=seed)
    net.fit(X, y, verbose=False, callbacks=[doctor], **options)
    return doctor


@pytest.mark.parametrize("seed", range(3))
def test_a_rate_beyond_the_curvature(seed):
    layers = [gn.Dense(16, "tanh"), gn.Dense(10, "softmax")]
    doctor = looked_at(layers, seed, optimizer="sgd", learning_rate=2.0, batch_size=1.0, epochs=300)
    first = next(f for f in doctor.findings if f.level in ("fault", "warning"))
    assert first.rule == "loss-spike", doctor.text()
    assert "the learning rate is too large" in doctor.text() and "λ" in doctor.text()


@pytest.mark.parametrize("optimizer, rate", [("adam", 0.003), ("momentum", 0.1)])
@pytest.mark.parametrize("layers", [
    [gn.Dense(32, "relu"), gn.Dense(10, "softmax")],
    [gn.Dense(32, "tanh"), gn.Dropout(0.2), gn.Dense(10, "softmax")],
])  # fmt: skip
def test_a_healthy_run_raises_no_alarm(layers, optimizer, rate):
    doctor = looked_at(layers, optimizer=optimizer, learning_rate=rate, epochs=20)
    assert not [f for f in doctor.findings if f.level in ("fault", "warning")], doctor.text()


def test_a_run_with_the_doctor_is_the_run_without():
    X, y = digits()
    networks = []
    for callbacks in ([], [Doctor()]):
        net = gn.Network([gn.Dense(12, "relu"), gn.Dense(10, "softmax")], "cross_entropy")
        net.fit(X, y, epochs=3, verbose=False, callbacks=callbacks)
        networks.append(net.parameters.tobytes())
    assert networks[0] == networks[1]
