"""Layers that normalise: over the batch for each feature, or over the features for each sample.

With m numbers normalised together, x̂ = (x − μ)/√(σ² + ε) and y = g x̂ + s (gain g, shift s):

    ∂L/∂x̂ = ∂L/∂y · g
    ∂L/∂x = (∂L/∂x̂ − mean(∂L/∂x̂) − x̂ · mean(∂L/∂x̂ · x̂)) / √(σ² + ε)

because μ and σ depend on every one of the m numbers: the first mean is the way through μ, the
second the way through σ.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.arrays import Array
from glassnet.nn.checks import is_number
from glassnet.nn.contract import Built, Context, Parameters, ParameterSpec, Shape
from glassnet.nn.initializers import Constant, Zeros


class NormalCache(NamedTuple):
    """The normalised inputs x̂, 1/√(σ² + ε), and whether μ and σ were those of the batch."""

    normalised: Array
    inverse: Array
    of_batch: bool


@dataclass(frozen=True)
class BatchNorm:
    """Training: μ, σ² of each feature over the whole batch; prediction: their running averages.

    running ← momentum · running + (1 − momentum) · batch, the variance with n/(n − 1). Ioffe &
    Szegedy, "Batch Normalization", 2015, algorithms 1 and 2.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        _check_epsilon(self.epsilon)
        if not (is_number(self.momentum) and 0 <= self.momentum < 1):
            raise InputError(f"momentum is in [0, 1), {self.momentum!r} was given")

    def build(self, shape: Shape) -> Built:
        """Gain and shift, trained; running mean and variance, buffers."""
        return Built(
            shape,
            _gain_and_shift(shape),
            (
                ParameterSpec("mean", shape, "buffer", Zeros()),
                ParameterSpec("variance", shape, "buffer", Constant(1.0)),
            ),
        )

    def forward(self, p: Parameters, x: Array, ctx: Context) -> tuple[Array, NormalCache]:
        """y = g (x − μ)/√(σ² + ε) + s."""
        mean, variance = ctx.buffers["mean"], ctx.buffers["variance"]
        if ctx.training:
            running_mean, running_variance = mean, variance
            mean, variance = x.mean(axis=0), x.var(axis=0)
            share, unbiased = 1 - self.momentum, len(x) / max(1, len(x) - 1)
            ctx.update("mean", self.momentum * running_mean + share * mean)
            ctx.update("variance", self.momentum * running_variance + share * unbiased * variance)
        inverse = 1 / np.sqrt(variance + self.epsilon)
        normalised = (x - mean) * inverse
        y = p["gain"] * normalised + p["shift"]
        return y, NormalCache(normalised, inverse, ctx.training)

    def backward(
        self, p: Parameters, dy: Array, cache: NormalCache, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """Each feature's numbers over the batch were normalised together."""
        gradients = {"gain": (dy * cache.normalised).sum(axis=0), "shift": dy.sum(axis=0)}
        if not inputs:
            return None, gradients
        if not cache.of_batch:
            return dy * (p["gain"] * cache.inverse), gradients
        return _through_normalising(dy * p["gain"], cache, axis=0), gradients


@dataclass(frozen=True)
class LayerNorm:
    """μ, σ² of each sample over its features; the same in training and prediction.

    Ba, Kiros & Hinton, "Layer Normalization", 2016.
    """

    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        _check_epsilon(self.epsilon)

    def build(self, shape: Shape) -> Built:
        """Gain and shift, one for each feature."""
        return Built(shape, _gain_and_shift(shape))

    def forward(self, p: Parameters, x: Array, ctx: Context) -> tuple[Array, NormalCache]:
        """y = g (x − μ)/√(σ² + ε) + s."""
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        inverse = 1 / np.sqrt(variance + self.epsilon)
        normalised = centred * inverse
        return p["gain"] * normalised + p["shift"], NormalCache(normalised, inverse, True)

    def backward(
        self, p: Parameters, dy: Array, cache: NormalCache, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """Each sample's features were normalised together."""
        gradients = {"gain": (dy * cache.normalised).sum(axis=0), "shift": dy.sum(axis=0)}
        if not inputs:
            return None, gradients
        return _through_normalising(dy * p["gain"], cache, axis=-1), gradients


def _through_normalising(dnormalised: Array, cache: NormalCache, axis: int) -> Array:
    """∂L/∂x from ∂L/∂x̂, the formula at the top."""
    through_mean = dnormalised.mean(axis=axis, keepdims=True)
    through_variance = (dnormalised * cache.normalised).mean(axis=axis, keepdims=True)
    centred = dnormalised - through_mean - cache.normalised * through_variance
    return np.asarray(centred * cache.inverse)


def _gain_and_shift(shape: Shape) -> tuple[ParameterSpec, ParameterSpec]:
    if len(shape) != 1:
        raise InputError(
            f"a normalising layer takes samples of one axis, (n, features); these have the shape "
            f"(n, {', '.join(map(str, shape))}): put Flatten() before it"
        )
    return (
        ParameterSpec("gain", shape, "gain", Constant(1.0)),
        ParameterSpec("shift", shape, "shift", Zeros()),
    )


def _check_epsilon(epsilon: float) -> None:
    if not (is_number(epsilon) and epsilon > 0):
        raise InputError(f"epsilon must be above 0, {epsilon!r} was given")
