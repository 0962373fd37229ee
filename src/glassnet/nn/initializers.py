"""Initializers: the numbers that weights start from.

For a weight matrix (inputs, outputs), fan_in = inputs and fan_out = outputs. Samples are drawn
in float64 from the INIT stream, one position a parameter, and then rounded to the network's dtype.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import numpy as np

from glassnet.errors import InputError
from glassnet.nn import random
from glassnet.nn.arrays import Array
from glassnet.nn.checks import is_number

Shape = tuple[int, ...]
Distribution = Literal["normal", "uniform"]


class Initializer(Protocol):
    """What a layer asks of an initializer."""

    @property
    def name(self) -> str:
        """The name in descriptions and files."""

    def sample(self, shape: Shape, seed: int, position: int) -> Array:
        """The starting values, float64, a function of seed and position alone."""


@dataclass(frozen=True)
class Constant:
    """Every number is `value`."""

    value: float = 0.0
    name: ClassVar[str] = "constant"

    def sample(self, shape: Shape, seed: int, position: int) -> Array:
        """The value, everywhere."""
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Zeros:
    """Every number is 0: right for biases, never for hidden weights (all units stay alike)."""

    name: ClassVar[str] = "zeros"

    def sample(self, shape: Shape, seed: int, position: int) -> Array:
        """0, everywhere."""
        return np.zeros(shape)


@dataclass(frozen=True)
class Normal:
    """N(0, 1) · scale, whatever the layer's size; scale is the standard deviation."""

    scale: float = 0.01
    name: ClassVar[str] = "normal"

    def sample(self, shape: Shape, seed: int, position: int) -> Array:
        """Normal numbers times the scale."""
        return self.scale * _draw("normal", shape, seed, position)


@dataclass(frozen=True)
class Uniform:
    """U(low, high), whatever the layer's size."""

    low: float = -0.5
    high: float = 0.5
    name: ClassVar[str] = "uniform"

    def __post_init__(self) -> None:
        if not (is_number(self.low) and is_number(self.high) and self.low < self.high):
            raise InputError(f"uniform needs low < high, ({self.low}, {self.high}) was given")

    def sample(self, shape: Shape, seed: int, position: int) -> Array:
        """Numbers between low and high, all equally likely."""
        share = random.uniform(seed, random.Stream.INIT, math.prod(shape), position)
        return (self.low + (self.high - self.low) * share).reshape(shape)


@dataclass(frozen=True)
class Glorot:
    """Variance 2/(fan_in + fan_out): keeps signals and gradients of one size through tanh layers.

    Glorot & Bengio, "Understanding the Difficulty of Training Deep Feedforward Neural Networks",
    2010, equation 16 (uniform: ±√(6/(fan_in + fan_out))).
    """

    distribution: Distribution = "uniform"
    name: ClassVar[str] = "glorot"

    def sample(self, shape: Shape, seed: int, position: int) -> Array:
        """Variance 2/(fan_in + fan_out)."""
        deviation = math.sqrt(2.0 / max(1, sum(_fans(shape))))
        return deviation * _draw(self.distribution, shape, seed, position)


@dataclass(frozen=True)
class He:
    """Variance 2/fan_in: makes up for the half that ReLU sets to zero.

    He et al., "Delving Deep into Rectifiers", 2015, equation 10.
    """

    distribution: Distribution = "normal"
    name: ClassVar[str] = "he"

    def sample(self, shape: Shape, seed: int, position: int) -> Array:
        """Variance 2/fan_in."""
        deviation = math.sqrt(2.0 / max(1, _fans(shape)[0]))
        return deviation * _draw(self.distribution, shape, seed, position)


@dataclass(frozen=True)
class LeCun:
    """Variance 1/fan_in: a unit's sum has the variance of its inputs.

    LeCun, Bottou, Orr & Müller, "Efficient BackProp", 1998, equation 16.
    """

    distribution: Distribution = "normal"
    name: ClassVar[str] = "lecun"

    def sample(self, shape: Shape, seed: int, position: int) -> Array:
        """Variance 1/fan_in."""
        deviation = math.sqrt(1.0 / max(1, _fans(shape)[0]))
        return deviation * _draw(self.distribution, shape, seed, position)


@dataclass(frozen=True)
class Orthogonal:
    """Rows or columns, whichever are fewer, orthonormal, times `gain`: lengths are preserved.

    Saxe, McClelland & Ganguli, "Exact Solutions to the Nonlinear Dynamics of Learning in Deep
    Linear Neural Networks", 2013: the Q of a normal matrix's QR decomposition, its signs fixed by
    the diagonal of R so that every orthogonal matrix is equally likely (Mezzadri 2007).
    """

    gain: float = 1.0
    name: ClassVar[str] = "orthogonal"

    def sample(self, shape: Shape, seed: int, position: int) -> Array:
        """An orthogonal matrix times the gain."""
        if len(shape) != 2:
            raise InputError("orthogonal starts weight matrices; for biases choose zeros")
        rows, columns = _fans(shape)
        tall = _draw("normal", (max(rows, columns), min(rows, columns)), seed, position)
        q, r = np.linalg.qr(tall)
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return np.asarray(self.gain * (q if rows >= columns else q.T)).reshape(shape)


INITIALIZERS: dict[str, type] = {
    kind.name: kind for kind in (Zeros, Constant, Normal, Uniform, Glorot, He, LeCun, Orthogonal)
}


def initializer(choice: object) -> Initializer:
    """An initializer from its name or object; raises ``InputError`` for anything else."""
    if isinstance(choice, str):
        if choice not in INITIALIZERS:
            names = ", ".join(INITIALIZERS)
            raise InputError(f"there is no initializer '{choice}'; choose one of {names}")
        return INITIALIZERS[choice]()  # type: ignore[no-any-return]
    if isinstance(choice, type) and hasattr(choice, "sample"):
        return choice()  # type: ignore[no-any-return]
    if hasattr(choice, "sample") and hasattr(choice, "name"):
        return choice
    raise InputError(
        f"{choice!r} is not an initializer: give one of {', '.join(INITIALIZERS)}, or an object "
        "with a name and the method sample(shape, seed, position)"
    )


def _fans(shape: Shape) -> tuple[int, int]:
    if len(shape) == 1:
        return shape[0], shape[0]
    return shape[0], shape[1]


def _draw(distribution: Distribution, shape: Shape, seed: int, position: int) -> Array:
    """Numbers of mean 0 and variance 1."""
    count = math.prod(shape)
    if distribution == "normal":
        return random.normal(seed, random.Stream.INIT, count, position).reshape(shape)
    if distribution == "uniform":
        share = random.uniform(seed, random.Stream.INIT, count, position)
        return (math.sqrt(3.0) * (2.0 * share - 1.0)).reshape(shape)
    raise InputError(f"distribution is 'normal' or 'uniform', {distribution!r} was given")
