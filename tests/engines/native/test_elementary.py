"""Every activation of the kernel, number by number, is within a few units of the last place.

The reference is worked out in extended precision (``np.longdouble``, ``math.erfc``). A unit is the
spacing of the dtype at the true value, at least the smallest normal number's: results below the
normal numbers are as exact as those. REFERENCES holds how many units each function may miss: 1.5
to 4, and 8 for GELU. Two tails may miss more: GELU's argument z/√2 is rounded, and so is 1/√2, and
e^(−z²/2) makes up to 2z² units of that; below the normal numbers, a factor z
multiplies the rounding of its exponential.
"""

import math

import numpy as np
import pytest

from glassnet.engines import native
from glassnet.engines.native.steps import Native
from glassnet.nn.activations import ELU, LeakyReLU, activation
from glassnet.nn.layers import Activation, Dense
from glassnet.nn.losses import MeanSquaredError
from glassnet.nn.stack import Stack
from glassnet.nn.update import UpdateRule

pytestmark = pytest.mark.skipif(native.why_not() is not None, reason=str(native.why_not()))

WIDE = np.longdouble


def sigma(x):
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, WIDE(1), small) / (1 + small)


def normal_distribution(x):
    """Φ(x) = erfc(−x/√2)/2; erfc in float64 of the rounded argument, moved on by its derivative."""
    u = -x / np.sqrt(WIDE(2))
    near = u.astype(np.float64)
    values = np.array([WIDE(math.erfc(v)) for v in near])
    slope = -2 / np.sqrt(WIDE(np.pi)) * np.exp(-(near.astype(WIDE) ** 2))
    return (values + slope * (u - near)) / 2


REFERENCES = {
    "identity": (lambda x: x, 0),
    "relu": (lambda x: np.maximum(x, 0), 0),
    "leaky_relu": (lambda x: np.where(x > 0, x, x * WIDE(0.01)), 1.5),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), 4),
    "gelu": (lambda x: x * normal_distribution(x), 8),
    "silu": (lambda x: x * sigma(x), 4),
    "softplus": (lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), 4),
    "tanh": (np.tanh, 4),
    "sigmoid": (sigma, 4),
    "exponential": (np.exp, 4),
}


def grid(dtype):
    """From −1e4 to 1e4, close to 0, denormal, and ±0."""
    rng = np.random.default_rng(0)
    tiny = np.finfo(dtype).tiny
    parts = [
        np.linspace(-1e4, 1e4, 4001), np.linspace(-120, 100, 8001), np.linspace(-4, 4, 8001),
        np.linspace(-760, 720, 4001), rng.normal(size=4000),
        np.geomspace(1e-30, 1, 400), -np.geomspace(1e-30, 1, 400),
        [0.0, -0.0, 1e-30, -1e-30, tiny, -tiny, tiny / 8, -tiny / 8, 1e4, -1e4],
    ]  # fmt: skip
    return np.concatenate(parts).astype(dtype)


def outputs_of(function, x, isa, monkeypatch):
    """f(x) by the kernel: one unit of weight 1 and bias 0."""
    monkeypatch.setenv("GLASSNET_ISA", isa)
    layers = (Dense(1, "identity"), Activation(function))
    stack = Stack(layers, MeanSquaredError(), (1,))
    state = stack.initial_state(0, x.dtype)
    state.parameters[:] = (1, 0)
    return Native(stack, UpdateRule(), x.dtype).forward(state, x[:, None])[:, 0]


def worst(found, reference, x, name=""):
    """The largest error in units of the last place, those that a tail may miss taken off."""
    info = np.finfo(x.dtype)
    with np.errstate(all="ignore"):
        expected = reference(x.astype(WIDE))
        rounded = expected.astype(x.dtype)
        unit = np.spacing(np.maximum(np.abs(rounded), info.tiny))
        finite = np.isfinite(rounded)
        np.testing.assert_array_equal(found[~finite], rounded[~finite])
        apart = np.abs(found.astype(WIDE) - expected) / unit
        if name == "gelu":
            apart = np.maximum(0, apart - 2 * np.minimum(x.astype(WIDE), 0) ** 2)
        if name in ("gelu", "silu"):
            small = np.abs(expected) < info.tiny * np.maximum(np.abs(x), 1)
            apart = np.where(small, np.maximum(0, apart - np.abs(x)), apart)
    place = np.argmax(np.where(finite, apart, 0))
    return float(apart[place]), f"{x[place]!r}: {found[place]!r}, not {expected[place]!r}"


@pytest.mark.parametrize("isa", native.supported())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", REFERENCES)
def test_activations_to_the_last_places(name, dtype, isa, monkeypatch):
    reference, ulps = REFERENCES[name]
    x = grid(dtype)
    found = outputs_of(activation(name), x, isa, monkeypatch)
    assert not np.isnan(found).any()
    error, where = worst(found, reference, x, name)
    print("error", (name, dtype, isa, error, where))
    assert error <= ulps, where


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slopes_of_their_own(dtype, monkeypatch):
    x, isa = grid(dtype), native.supported()[-1]
    slope, alpha = (np.dtype(dtype).type(v).astype(WIDE) for v in (0.2, 0.5))
    for function, reference in (
        (LeakyReLU(0.2), lambda x: np.where(x > 0, x, x * slope)),
        (ELU(0.5), lambda x: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))),
    ):
        error, where = worst(outputs_of(function, x, isa, monkeypatch), reference, x)
        assert error <= 4, where


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_of_any_logits(dtype, monkeypatch):
    """Rows of 1 to 40 numbers up to ±1e4: no NaN, each sums to 1, each within 16 units or 0."""
    rng = np.random.default_rng(1)
    info = np.finfo(dtype)
    for width in (1, 2, 7, 8, 9, 16, 17, 33, 40):
        stack = Stack((Dense(width), Activation("softmax")), MeanSquaredError(), (width,))
        state = stack.initial_state(0, np.dtype(dtype))
        state.parameters[:] = np.append(np.eye(width).ravel(), np.zeros(width))
        z = rng.normal(size=(60, width)) * np.geomspace(1e-30, 1e4, 60)[:, None]
        z = z.astype(dtype)
        found = Native(stack, UpdateRule(), np.dtype(dtype)).forward(state, z)
        wide = z.astype(WIDE)
        e = np.exp(wide - wide.max(axis=1, keepdims=True))
        expected = e / e.sum(axis=1, keepdims=True)
        below = (wide.max(axis=1, keepdims=True) - wide).astype(dtype)
        # Rounding z − max z by half a unit moves the result by that much of itself.
        room = expected * (16 * info.eps + np.spacing(below)) + info.tiny
        assert (np.abs(found - expected) <= room).all()
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=32 * info.eps)


@pytest.mark.parametrize("name", [*REFERENCES, "softmax"])
def test_nan_stays_nan(name, monkeypatch):
    x = np.array([np.nan, 1.0], dtype=np.float32)
    found = outputs_of(activation(name), x, native.supported()[-1], monkeypatch)
    assert np.isnan(found).tolist() == [True, False]
