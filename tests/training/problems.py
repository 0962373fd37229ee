"""Small problems to train on."""

import numpy as np
import pytest

from glassnet.engines import native
from glassnet.network import Network
from glassnet.nn.layers import Dense, Dropout
from glassnet.nn.normalization import BatchNorm


def classes(n=60, seed=0):
    """Three classes of points in the plane; X (n, 2), labels (n,)."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    centres = np.array([[0, 1.5], [1.5, -1], [-1.5, -1]])
    return centres[y] + rng.normal(scale=0.7, size=(n, 2)), y


def numbers(n=50, seed=0):
    """A smooth function of two features; X (n, 2), Y (n, 1)."""
    X = np.random.default_rng(seed).normal(size=(n, 2))
    return X, np.sin(X[:, :1]) + 0.5 * X[:, 1:]


def classifier(dtype="float32", seed=1, hidden="relu"):
    return Network([Dense(8, hidden), Dense(3, "softmax")], "cross_entropy", seed=seed, dtype=dtype)


def noisy(dtype="float32", seed=1):
    """With everything that draws or keeps numbers while it trains."""
    layers = [Dense(8, "relu"), Dropout(0.3), Dense(6, "tanh"), BatchNorm(), Dense(3, "softmax")]
    return Network(layers, "cross_entropy", seed=seed, dtype=dtype)


def regressor(dtype="float64", seed=1):
    return Network([Dense(6, "tanh"), Dense(1)], "mean_squared_error", seed=seed, dtype=dtype)


needs_kernel = pytest.mark.skipif(native.why_not() is not None, reason="no native kernel here")
