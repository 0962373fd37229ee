"""One step of a 2-2-2 network, its arithmetic in comments: every number can be redone by hand.

x = (1, 2), y = (1, 0);  tanh, then softmax with cross-entropy
W1 = [[0.1, −0.2], [0.2, 0.1]], b1 = (0, 0.5);  W2 = [[0.5, −0.5], [1, 0]], b2 = (0.1, −0.1)
"""

import math

import numpy as np
import pytest

from glassnet.engines import numpy_engine
from glassnet.network import Network
from glassnet.nn.layers import Dense
from glassnet.nn.optimizers import Adam

X, Y = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
START = np.array([0.1, -0.2, 0.2, 0.1, 0.0, 0.5, 0.5, -0.5, 1.0, 0.0, 0.1, -0.1])


def network():
    layers = [Dense(2, "tanh"), Dense(2, "softmax")]
    net = Network(layers, "cross_entropy", dtype="float64", inputs=2)
    net.parameters[:] = START
    return net


# Forward.
# z1 = x W1 + b1 = (1·0.1 + 2·0.2 + 0, 1·(−0.2) + 2·0.1 + 0.5) = (0.5, 0.5)
# h = tanh z1 = (0.4621172, 0.4621172)
H = math.tanh(0.5)
# z2 = h W2 + b2 = (0.5 h + 1 h + 0.1, −0.5 h + 0 h − 0.1) = (0.7931757, −0.3310586)
# ŷ = softmax z2: e^z2 = (2.2104046, 0.7181631); their sum 2.9285677; ŷ = (0.7547733, 0.2452267)
P = math.exp(1.5 * H + 0.1) / (math.exp(1.5 * H + 0.1) + math.exp(-0.5 * H - 0.1))
# loss = −log ŷ₁ = 0.2813378

# Backward.
# dz2 = ŷ − y = (−0.2452267, 0.2452267); call the first −e
E = 1 - P
# dW2 = hᵀ dz2: both rows (−e h, e h) = (−0.1133235, 0.1133235);  db2 = dz2
# dh = dz2 W2ᵀ = (−0.5 e − 0.5 e, −e + 0) = (−e, −e)
# dz1 = dh (1 − h²) = −e · 0.7864477 each = −0.1928580
D = -E * (1 - H * H)
# dW1 = xᵀ dz1: rows (d, d) and (2d, 2d);  db1 = dz1
GRADIENT = np.array([D, D, 2 * D, 2 * D, D, D, -E * H, E * H, -E * H, E * H, -E, E])


def test_the_numbers_in_the_comments():
    assert H == pytest.approx(0.4621172, abs=5e-8)
    assert (P, E) == (pytest.approx(0.7547733, abs=5e-8), pytest.approx(0.2452267, abs=5e-8))
    assert -math.log(P) == pytest.approx(0.2813378, abs=5e-8)
    assert D == pytest.approx(-0.1928580, abs=5e-8)
    assert E * H == pytest.approx(0.1133235, abs=5e-8)


def test_forward():
    hidden, output = network().trace(X)
    np.testing.assert_allclose(hidden.cache.z, [[0.5, 0.5]], rtol=1e-15)
    np.testing.assert_allclose(hidden.output, [[H, H]], rtol=1e-15)
    np.testing.assert_allclose(output.cache.z, [[1.5 * H + 0.1, -0.5 * H - 0.1]], rtol=1e-15)
    np.testing.assert_allclose(output.output, [[P, E]], rtol=1e-14)
    np.testing.assert_array_equal(network().forward(X), output.output)


def test_backward():
    net = network()
    y = net.loss.targets(Y, 2, net.dtype)
    loss, gradient = numpy_engine.loss_and_gradient(net.stack, net.state, X, y)
    assert loss == pytest.approx(-math.log(P), rel=1e-14)
    np.testing.assert_allclose(gradient, GRADIENT, rtol=1e-13)


def test_gradient_descent():
    """W ← W − 0.5 dW: for instance W1's first number 0.1 + 0.5 · 0.1928580 = 0.1964290."""
    net = network()
    history = net.fit(
        X, Y, optimizer="sgd", learning_rate=0.5, batch_size=1, epochs=1, verbose=False
    )
    np.testing.assert_allclose(net.parameters, START - 0.5 * GRADIENT, rtol=1e-14)
    assert net.parameters[0] == pytest.approx(0.1964290, abs=5e-8)
    assert history.loss == [pytest.approx(-math.log(P), rel=1e-14)]
    assert history.accuracy == [1.0] and history.learning_rate == [0.5]
    assert history.gradient_norm == [pytest.approx(np.linalg.norm(GRADIENT), rel=1e-13)]


def test_two_steps_of_adam():
    """The first: m̂ = g, √ŝ = |g|, so every number moves by η g/(|g| + ε), nearly ±0.1."""
    net = network()
    settings = dict(optimizer=Adam(epsilon=1e-8), learning_rate=0.1, batch_size=1, verbose=False)
    net.fit(X, Y, epochs=1, **settings)
    first = START - 0.1 * GRADIENT / (np.abs(GRADIENT) + 1e-8)
    np.testing.assert_allclose(net.parameters, first, rtol=1e-13)
    # The second: m = 0.9 · 0.1 g₁ + 0.1 g₂, divided by 1 − 0.9²; s = 0.999 · 0.001 g₁² + 0.001 g₂²,
    # divided by 1 − 0.999².
    y = net.loss.targets(Y, 2, net.dtype)
    _, again = numpy_engine.loss_and_gradient(net.stack, net.state, X, y)
    m = (0.09 * GRADIENT + 0.1 * again) / 0.19
    s = (0.000999 * GRADIENT**2 + 0.001 * again**2) / 0.001999
    net.fit(X, Y, epochs=1, **settings)
    np.testing.assert_allclose(net.parameters, first - 0.1 * m / (np.sqrt(s) + 1e-8), rtol=1e-11)
