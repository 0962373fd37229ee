"""The activations that people write, each with f, f′, and f′ written in the output where it can be.

What a mistaken line computes is one of these three at another value: f′(a) for f′(z), or the
output's form a(1 − a) at z.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glassnet.nn.arrays import Array

Curve1 = Callable[[Array], Array]


@dataclass(frozen=True)
class Curve:
    """a = value(z), slope(z) = f′(z), and from_output(a) = f′(z) where there is such a form."""

    name: str
    value: Curve1
    slope: Curve1
    from_output: Curve1 | None = None


def sigmoid(z: Array) -> Array:
    """1 / (1 + e⁻ᶻ), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * z)))


def softplus(z: Array) -> Array:
    """log(1 + eᶻ)."""
    return np.asarray(np.logaddexp(0.0, z))


def leaky(alpha: float) -> Curve:
    """z where z > 0, else αz."""
    return Curve(
        f"leaky relu ({alpha:g})",
        lambda z: np.where(z > 0, z, alpha * z),
        lambda z: np.where(z > 0, 1.0, alpha),
        lambda a: np.where(a > 0, 1.0, alpha),
    )


def _elu_slope(z: Array) -> Array:
    return np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))


def _silu_slope(z: Array) -> Array:
    s = sigmoid(z)
    return np.asarray(s * (1 + z * (1 - s)))


_erf = np.vectorize(math.erf, otypes=[np.float64])


def _gelu_exact(z: Array) -> Array:
    return np.asarray(0.5 * z * (1 + _erf(z / np.sqrt(2))))


def _gelu_exact_slope(z: Array) -> Array:
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray(0.5 * (1 + _erf(z / np.sqrt(2))) + z * density)


def _gelu_by_sigmoid_slope(z: Array) -> Array:
    s = sigmoid(1.702 * z)
    return np.asarray(s * (1 + 1.702 * z * (1 - s)))


_C = np.sqrt(2 / np.pi)


def _gelu(z: Array) -> Array:
    return np.asarray(0.5 * z * (1 + np.tanh(_C * (z + 0.044715 * z**3))))


def _gelu_slope(z: Array) -> Array:
    t = np.tanh(_C * (z + 0.044715 * z**3))
    return np.asarray(0.5 * (1 + t) + 0.5 * z * (1 - t**2) * _C * (1 + 3 * 0.044715 * z**2))


LINEAR = Curve("linear", lambda z: z, np.ones_like, np.ones_like)
SIGMOID = Curve("sigmoid", sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)), lambda a: a * (1 - a))
TANH = Curve("tanh", np.tanh, lambda z: 1 - np.tanh(z) ** 2, lambda a: 1 - a**2)
RELU = Curve(
    "relu",
    lambda z: np.maximum(z, 0.0),
    lambda z: (z > 0).astype(np.float64),
    lambda a: (a > 0).astype(np.float64),
)
SOFTPLUS = Curve("softplus", softplus, sigmoid, lambda a: -np.expm1(-a))
ELU = Curve(
    "elu",
    lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    _elu_slope,
    lambda a: np.where(a > 0, 1.0, a + 1),
)
SILU = Curve("silu", lambda z: z * sigmoid(z), _silu_slope)
GELU = Curve("gelu", _gelu_exact, _gelu_exact_slope)
GELU_TANH = Curve("gelu (tanh)", _gelu, _gelu_slope)
GELU_SIGMOID = Curve("gelu (sigmoid)", lambda z: z * sigmoid(1.702 * z), _gelu_by_sigmoid_slope)
SOFTSIGN = Curve(
    "softsign",
    lambda z: z / (1 + np.abs(z)),
    lambda z: 1 / (1 + np.abs(z)) ** 2,
    lambda a: (1 - np.abs(a)) ** 2,
)
ARCTAN = Curve("arctan", np.arctan, lambda z: 1 / (1 + z**2), lambda a: np.cos(a) ** 2)
SINE = Curve("sine", np.sin, np.cos)
LECUN_TANH = Curve(
    "1.7159 tanh(2z/3)",
    lambda z: 1.7159 * np.tanh(2 * z / 3),
    lambda z: 1.7159 * 2 / 3 * (1 - np.tanh(2 * z / 3) ** 2),
    lambda a: 1.7159 * 2 / 3 * (1 - (a / 1.7159) ** 2),
)

COMMON = (SIGMOID, RELU, TANH, leaky(0.01), LINEAR, SOFTPLUS)
RARE = (
    *(leaky(alpha) for alpha in (0.1, 0.2, 0.05, 0.02, 0.03, 0.001, 0.25, 0.3, 0.5)),
    *(ELU, SILU, GELU, GELU_TANH, GELU_SIGMOID, SOFTSIGN, ARCTAN, SINE, LECUN_TANH),
)
