"""Layers: forward, and backward directly under it, in the symbols of each docstring's formula.

x (n, d) are the inputs, one sample a row; y the outputs; dy, dx are ∂L/∂y, ∂L/∂x.
"""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np

from glassnet.errors import InputError
from glassnet.nn import random
from glassnet.nn.activations import ActivationFunction, activation
from glassnet.nn.arrays import Array
from glassnet.nn.checks import is_number
from glassnet.nn.contract import Built, Context, Parameters, ParameterSpec, Shape
from glassnet.nn.initializers import Glorot, He, Initializer, initializer

_HALVING = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")  # He's √2 is theirs


class DenseCache(NamedTuple):
    """What Dense keeps for backward: its inputs, the pre-activations z and the outputs y."""

    x: Array
    z: Array
    y: Array


@dataclass(frozen=True)
class Dense:
    """y = f(z), z = x W + b: x (n, d), W (d, k), b (k,), z and y (n, k).

    ``weight_init`` is He's for ReLU and its kin and Glorot's otherwise, unless given.
    """

    units: int
    activation: ActivationFunction = "identity"  # type: ignore[assignment]
    weight_init: Initializer | None = None
    bias_init: Initializer = "zeros"  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if not _is_count(self.units):
            raise InputError(f"a dense layer has at least 1 unit, {self.units!r} was given")
        object.__setattr__(self, "units", int(self.units))
        object.__setattr__(self, "activation", activation(self.activation))
        object.__setattr__(self, "bias_init", initializer(self.bias_init))
        if self.weight_init is not None:
            object.__setattr__(self, "weight_init", initializer(self.weight_init))

    def build(self, shape: Shape) -> Built:
        """W of kind weight and b of kind bias; only flat samples are taken."""
        if len(shape) != 1:
            raise InputError(
                f"a dense layer takes samples of one axis, (n, features); these have the shape "
                f"(n, {', '.join(map(str, shape))}): put Flatten() before it"
            )
        weight_init = self.weight_init or (He() if self.activation.name in _HALVING else Glorot())
        return Built(
            (self.units,),
            (
                ParameterSpec("W", (shape[0], self.units), "weight", weight_init),
                ParameterSpec("b", (self.units,), "bias", self.bias_init),
            ),
        )

    def forward(self, p: Parameters, x: Array, ctx: Context) -> tuple[Array, DenseCache]:
        """z = x W + b, y = f(z)."""
        z = x @ p["W"]  # (n, d) @ (d, k)
        z += p["b"]
        y = self.activation.value(z)
        return y, DenseCache(x, z, y)

    def backward(
        self, p: Parameters, dy: Array, cache: DenseCache, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """∂L/∂z from ∂L/∂y through f, then as from the logits."""
        dz = self.activation.backward(dy, cache.z, cache.y)
        return self.backward_logits(p, dz, cache, inputs)

    def backward_logits(
        self, p: Parameters, dz: Array, cache: DenseCache, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """∂L/∂W = xᵀ ∂L/∂z and ∂L/∂b = Σ rows of ∂L/∂z (every row used them); ∂L/∂x = ∂L/∂z Wᵀ."""
        gradients = {"W": cache.x.T @ dz, "b": dz.sum(axis=0)}  # (d, n) @ (n, k); (k,)
        return (dz @ p["W"].T if inputs else None), gradients  # (n, k) @ (k, d)


@dataclass(frozen=True)
class Activation:
    """y = f(x), element by element or, for softmax, row by row; no parameters."""

    activation: ActivationFunction = "relu"  # type: ignore[assignment]

    def __post_init__(self) -> None:
        object.__setattr__(self, "activation", activation(self.activation))

    def build(self, shape: Shape) -> Built:
        """The shape stays."""
        return Built(shape)

    def forward(self, p: Parameters, x: Array, ctx: Context) -> tuple[Array, DenseCache]:
        """y = f(x)."""
        y = self.activation.value(x)
        return y, DenseCache(x, x, y)

    def backward(
        self, p: Parameters, dy: Array, cache: DenseCache, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """∂L/∂x from ∂L/∂y through f."""
        return self.activation.backward(dy, cache.z, cache.y), {}

    def backward_logits(
        self, p: Parameters, dz: Array, cache: DenseCache, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """The inputs are the logits."""
        return dz, {}


@dataclass(frozen=True)
class Dropout:
    """Training: y = x · m / (1 − rate), m = 1 with probability 1 − rate, else 0; else y = x.

    Inverted dropout: the division keeps the expected output, so prediction needs no change.
    The mask m is a function of (seed, step, layer, the row's place in the batch, unit).
    Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.
    """

    rate: float = 0.5

    def __post_init__(self) -> None:
        if not (is_number(self.rate) and 0 <= self.rate < 1):
            raise InputError(f"a dropout rate is in [0, 1), {self.rate!r} was given")

    def build(self, shape: Shape) -> Built:
        """The shape stays."""
        return Built(shape)

    def forward(self, p: Parameters, x: Array, ctx: Context) -> tuple[Array, Array | None]:
        """y = x · m / (1 − rate) in training; the cache is m / (1 − rate)."""
        if not ctx.training or self.rate == 0:
            return x, None
        rows = range(ctx.first_row, ctx.first_row + len(x))
        units = prod(x.shape[1:])
        keep = 1 - self.rate
        mask = random.keep_mask(ctx.seed, ctx.step, ctx.layer, rows, units, keep)
        scaled = (mask.astype(x.dtype) / x.dtype.type(keep)).reshape(x.shape)
        return x * scaled, scaled

    def backward(
        self, p: Parameters, dy: Array, cache: Array | None, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """∂L/∂x = ∂L/∂y · m / (1 − rate)."""
        return (dy if cache is None else dy * cache), {}


@dataclass(frozen=True)
class Flatten:
    """y = each sample's numbers in one row, last axis fastest: (n, h, w) becomes (n, h·w)."""

    def build(self, shape: Shape) -> Built:
        """The product of the axes."""
        return Built((prod(shape),))

    def forward(self, p: Parameters, x: Array, ctx: Context) -> tuple[Array, Shape]:
        """A new shape, the same numbers."""
        return x.reshape(len(x), prod(x.shape[1:])), x.shape

    def backward(
        self, p: Parameters, dy: Array, cache: Shape, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """The old shape again."""
        return dy.reshape(cache), {}


@dataclass(frozen=True)
class Scale:
    """y = (x − shift) · factor, a number for all features or one for each; fixed, not trained.

    As a network's first layer it takes the raw data (uint8 pixels, float64 columns): large
    offsets are subtracted before anything is rounded to the network's dtype.
    """

    shift: float | tuple[float, ...] = 0.0
    factor: float | tuple[float, ...] = 1.0

    def __post_init__(self) -> None:
        for name in ("shift", "factor"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            if values.ndim > 1 or not np.isfinite(values).all():
                raise InputError(
                    f"Scale's {name} is a finite number, or one for each feature; "
                    f"{getattr(self, name)!r} was given"
                )
            plain = float(values) if values.ndim == 0 else tuple(values.tolist())
            object.__setattr__(self, name, plain)

    @cached_property
    def _constants(self) -> tuple[Array, Array]:
        return np.asarray(self.shift), np.asarray(self.factor)

    def build(self, shape: Shape) -> Built:
        """The shape stays; shift and factor are single numbers or one for each feature."""
        for name, values in zip(("shift", "factor"), self._constants, strict=True):
            if values.ndim == 1 and values.shape[0] != shape[-1]:
                raise InputError(
                    f"Scale has {values.shape[0]} numbers as its {name}, but the samples have "
                    f"{shape[-1]} features"
                )
        return Built(shape)

    def forward(self, p: Parameters, x: Array, ctx: Context) -> tuple[Array, None]:
        """(x − shift) · factor, in float64 where x is wider than the network's dtype."""
        wide = x.dtype.kind != "f" and x.dtype.itemsize > 1 or x.dtype.itemsize > 4
        working = np.float64 if wide else ctx.dtype
        shift, factor = (values.astype(working) for values in self._constants)
        y = x.astype(working)  # a copy, on which the rest works in place
        if shift.any():
            y -= shift
        y *= factor
        return y.astype(ctx.dtype, copy=False), None

    def backward(
        self, p: Parameters, dy: Array, cache: None, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """∂L/∂x = ∂L/∂y · factor."""
        return dy * self._constants[1].astype(dy.dtype), {}


def _is_count(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and bool(value >= 1)
