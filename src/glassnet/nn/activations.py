"""Activations: y = f(z), each value beside its derivative, in order of complexity.

z are the pre-activations of a layer, shape (n, k); y has the same shape. Every value and
derivative is finite for every finite z (the exponential excepted, which truly overflows) and
raises no warning: where a formula would overflow or cancel, an equal one stands in its place.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.arrays import Array
from glassnet.nn.special import erfc


class ActivationFunction(Protocol):
    """What a layer asks of an activation."""

    @property
    def name(self) -> str:
        """The name in descriptions, summaries and files."""

    @property
    def range(self) -> tuple[float, float]:
        """The interval that holds every output."""

    def value(self, z: Array) -> Array:
        """y = f(z), shape (n, k)."""

    def backward(self, dy: Array, z: Array, y: Array) -> Array:
        """∂L/∂z from ∂L/∂y, shape (n, k); z and y are those of the forward pass."""


class Elementwise:
    """f acts on each number by itself, so ∂L/∂z = ∂L/∂y · f′(z)."""

    range: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    kinks: ClassVar[tuple[float, ...]] = ()  # where f′ jumps

    def derivative(self, z: Array, y: Array) -> Array:
        """f′(z), shape (n, k); y = f(z) is given because several derivatives are short in it."""
        raise NotImplementedError

    def backward(self, dy: Array, z: Array, y: Array) -> Array:
        """∂L/∂z = ∂L/∂y · f′(z)."""
        return dy * self.derivative(z, y)


@dataclass(frozen=True)
class Identity(Elementwise):
    """f(z) = z;  f′(z) = 1."""

    name: ClassVar[str] = "identity"

    def value(self, z: Array) -> Array:
        """z."""
        return z

    def derivative(self, z: Array, y: Array) -> Array:
        """1."""
        return np.ones_like(z)

    def backward(self, dy: Array, z: Array, y: Array) -> Array:
        """∂L/∂y itself."""
        return dy


@dataclass(frozen=True)
class ReLU(Elementwise):
    """f(z) = max(0, z);  f′(z) = 1 for z > 0, else 0 (0 is chosen at the kink z = 0).

    Nair & Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", 2010.
    """

    name: ClassVar[str] = "relu"
    range: ClassVar[tuple[float, float]] = (0.0, np.inf)
    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    def value(self, z: Array) -> Array:
        """max(0, z)."""
        return np.maximum(z, 0)

    def derivative(self, z: Array, y: Array) -> Array:
        """1 where z > 0, else 0."""
        return (z > 0).astype(z.dtype)

    def backward(self, dy: Array, z: Array, y: Array) -> Array:
        """∂L/∂y where z > 0, else 0."""
        return dy * (z > 0)


@dataclass(frozen=True)
class LeakyReLU(Elementwise):
    """f(z) = z for z > 0, else s·z;  f′(z) = 1 for z > 0, else s (the slope, 0.01).

    Maas, Hannun & Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
    """

    slope: float = 0.01
    name: ClassVar[str] = "leaky_relu"
    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    def value(self, z: Array) -> Array:
        """z where z > 0, else slope·z."""
        return np.where(z > 0, z, z * self.slope)

    def derivative(self, z: Array, y: Array) -> Array:
        """1 where z > 0, else the slope."""
        return np.where(z > 0, 1.0, self.slope).astype(z.dtype)


@dataclass(frozen=True)
class ELU(Elementwise):
    """f(z) = z for z > 0, else α(eᶻ − 1);  f′(z) = 1 for z > 0, else αeᶻ = f(z) + α.

    Clevert, Unterthiner & Hochreiter, "Fast and Accurate Deep Network Learning by ELUs", 2015.
    """

    alpha: float = 1.0
    name: ClassVar[str] = "elu"

    @property
    def range(self) -> tuple[float, float]:  # type: ignore[override]
        """(−α, ∞)."""
        return (-self.alpha, np.inf)

    @property
    def kinks(self) -> tuple[float, ...]:  # type: ignore[override]
        """The slope jumps at 0 unless α = 1."""
        return () if self.alpha == 1.0 else (0.0,)

    def value(self, z: Array) -> Array:
        """z where z > 0, else α(eᶻ − 1)."""
        return np.where(z > 0, z, self.alpha * np.expm1(np.minimum(z, 0)))

    def derivative(self, z: Array, y: Array) -> Array:
        """1 where z > 0, else αeᶻ (not y + α, which cancels far below zero)."""
        return np.where(z > 0, 1.0, self.alpha * np.exp(np.minimum(z, 0))).astype(z.dtype)


@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """f(z) = σ(z) = 1 / (1 + e⁻ᶻ);  f′(z) = σ(z)(1 − σ(z)) = σ(z) σ(−z)."""

    name: ClassVar[str] = "sigmoid"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def value(self, z: Array) -> Array:
        """σ(z), with the exponential of −|z| alone, which cannot overflow."""
        return sigmoid(z)

    def derivative(self, z: Array, y: Array) -> Array:
        """e^(−|z|) / (1 + e^(−|z|))²: σ(z)(1 − σ(z)) without its cancellation."""
        small = np.exp(-np.abs(z))
        return np.asarray(small / np.square(1 + small))

    def backward(self, dy: Array, z: Array, y: Array) -> Array:
        """∂L/∂y · y(1 − y): the exponential of the forward pass is not computed again."""
        return np.asarray(dy * (y * (1 - y)))


@dataclass(frozen=True)
class Tanh(Elementwise):
    """f(z) = tanh z;  f′(z) = 1 − tanh² z."""

    name: ClassVar[str] = "tanh"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def value(self, z: Array) -> Array:
        """tanh z."""
        return np.tanh(z)

    def derivative(self, z: Array, y: Array) -> Array:
        """4e^(−2|z|) / (1 + e^(−2|z|))²: 1 − tanh² z without its cancellation."""
        small = np.exp(-2 * np.minimum(np.abs(z), 1e3))
        return np.asarray(4 * small / np.square(1 + small))

    def backward(self, dy: Array, z: Array, y: Array) -> Array:
        """∂L/∂y · (1 − y²): the tanh of the forward pass is not computed again."""
        return np.asarray(dy * (1 - y * y))


@dataclass(frozen=True)
class Softplus(Elementwise):
    """f(z) = log(1 + eᶻ) = max(z, 0) + log(1 + e^(−|z|));  f′(z) = σ(z)."""

    name: ClassVar[str] = "softplus"
    range: ClassVar[tuple[float, float]] = (0.0, np.inf)

    def value(self, z: Array) -> Array:
        """max(z, 0) + log(1 + e^(−|z|))."""
        return softplus(z)

    def derivative(self, z: Array, y: Array) -> Array:
        """σ(z)."""
        return sigmoid(z)


@dataclass(frozen=True)
class SiLU(Elementwise):
    """f(z) = z σ(z);  f′(z) = σ(z) + z σ(z) σ(−z).

    Elfwing, Uchibe & Doya, "Sigmoid-Weighted Linear Units", 2017 (also called swish).
    """

    name: ClassVar[str] = "silu"
    range: ClassVar[tuple[float, float]] = (-0.2784645427610738, np.inf)  # at z = −1.27846

    def value(self, z: Array) -> Array:
        """z σ(z)."""
        return z * sigmoid(z)

    def derivative(self, z: Array, y: Array) -> Array:
        """σ(z) + z σ(z) σ(−z)."""
        return np.asarray(sigmoid(z) * (1 + z * sigmoid(-z)))


@dataclass(frozen=True)
class GELU(Elementwise):
    """f(z) = z Φ(z);  f′(z) = Φ(z) + z φ(z), with Φ and φ the normal distribution and density.

    Exact, not the tanh approximation: Φ(z) = erfc(−z/√2) / 2. Hendrycks & Gimpel, "Gaussian
    Error Linear Units", 2016.
    """

    name: ClassVar[str] = "gelu"
    range: ClassVar[tuple[float, float]] = (-0.16997120747990369, np.inf)  # at z = −0.75179

    def value(self, z: Array) -> Array:
        """z Φ(z)."""
        return z * self._distribution(z)

    def derivative(self, z: Array, y: Array) -> Array:
        """Φ(z) + z φ(z)."""
        near = np.clip(z, -40, 40)  # φ(40) is 0 in float64; the square of a larger z overflows
        density = np.exp(-0.5 * near * near) * 0.3989422804014327  # 1/√(2π)
        # Φ(z) = y/z saves a second erfc; next to 0, where y may have lost digits, Φ is 1/2 + zφ(0).
        tiny = np.abs(z) < 1e-5
        distribution = np.where(
            tiny, 0.5 + near * 0.3989422804014327, y / np.where(tiny, 1, z)
        ).astype(z.dtype)
        return np.asarray(distribution + near * density)

    @staticmethod
    def _distribution(z: Array) -> Array:
        return (0.5 * erfc(z * -0.7071067811865476)).astype(z.dtype)


@dataclass(frozen=True)
class Exponential(Elementwise):
    """f(z) = eᶻ;  f′(z) = eᶻ. The output of a Poisson regression; infinite above z ≈ 88 (709)."""

    name: ClassVar[str] = "exponential"
    range: ClassVar[tuple[float, float]] = (0.0, np.inf)

    def value(self, z: Array) -> Array:
        """eᶻ."""
        with np.errstate(over="ignore"):
            return np.exp(z)

    def derivative(self, z: Array, y: Array) -> Array:
        """eᶻ."""
        return y


@dataclass(frozen=True)
class Softmax:
    """f(z)ⱼ = e^(zⱼ) / Σₖ e^(zₖ) along the last axis;  ∂fᵢ/∂zⱼ = fᵢ (δᵢⱼ − fⱼ).

    The row's maximum is subtracted first: it cancels in the fraction, and no exponential is
    then above 1.
    """

    name: ClassVar[str] = "softmax"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def value(self, z: Array) -> Array:
        """Each row's softmax; every row sums to 1."""
        with np.errstate(over="ignore"):  # a difference of −∞ is right: its exponential is 0
            exponentials = np.exp(z - z.max(axis=-1, keepdims=True))
        exponentials /= exponentials.sum(axis=-1, keepdims=True)
        return np.asarray(exponentials)

    def backward(self, dy: Array, z: Array, y: Array) -> Array:
        """The full Jacobian product ∂L/∂zⱼ = Σᵢ ∂L/∂yᵢ yᵢ(δᵢⱼ − yⱼ) = yⱼ(∂L/∂yⱼ − Σᵢ ∂L/∂yᵢ yᵢ)."""
        return np.asarray(y * (dy - (dy * y).sum(axis=-1, keepdims=True)))


@dataclass(frozen=True)
class UserActivation(Elementwise):
    """A function of the user's, with its derivative: value(z), and derivative(z) or (z, y).

    `stated_range` and `kinks` are the attributes ``range`` and ``kinks`` of the user's own, if it
    has them; an output whose range isn't stated is taken by every loss.
    """

    name: str
    function: Callable[[Array], Array] = field(repr=False)
    slope: Callable[..., Array] = field(repr=False)
    stated_range: tuple[float, float] | None = None
    kinks: tuple[float, ...] = ()  # type: ignore[misc]

    @property
    def range(self) -> tuple[float, float]:  # type: ignore[override]
        """The stated one, else all numbers."""
        return self.stated_range or (-np.inf, np.inf)

    def value(self, z: Array) -> Array:
        """The user's value(z), checked for its shape."""
        return _same_shape(self.function(z), z, f"the activation '{self.name}' returned")

    def derivative(self, z: Array, y: Array) -> Array:
        """The user's derivative, checked for its shape."""
        result = self.slope(z, y) if _needs_two(self.slope) else self.slope(z)
        return _same_shape(result, z, f"the derivative of the activation '{self.name}' returned")


ACTIVATIONS: dict[str, type[Any]] = {
    kind.name: kind
    for kind in (
        Identity, ReLU, LeakyReLU, ELU, GELU, SiLU, Softplus, Tanh, Sigmoid, Exponential, Softmax,
    )
}  # fmt: skip
SYNONYMS = {"linear": "identity", "swish": "silu"}


def activation(choice: object) -> ActivationFunction:
    """An activation from its name, from an object of this module, or from the user's own.

    The user's own is a function with an attribute ``derivative``, a pair (value, derivative), or
    an object or class with the methods ``value(z)`` and ``derivative(z)``. Raises ``InputError``
    for anything else.
    """
    if isinstance(choice, (Elementwise, Softmax)):
        return choice  # type: ignore[return-value]
    if isinstance(choice, str):
        kind = ACTIVATIONS.get(SYNONYMS.get(choice, choice))
        if kind is None:
            raise InputError(
                f"there is no activation '{choice}'; choose one of {', '.join(ACTIVATIONS)}, "
                "or give a function with a derivative"
            )
        return kind()  # type: ignore[no-any-return]
    if isinstance(choice, type):
        return activation(choice())
    if isinstance(choice, tuple) and len(choice) == 2 and all(map(callable, choice)):
        return UserActivation(_name_of(choice[0]), *choice)
    derivative = getattr(choice, "derivative", None)
    function = getattr(choice, "value", choice)
    if callable(derivative) and callable(function):
        stated_range, kinks = getattr(choice, "range", None), getattr(choice, "kinks", ())
        return UserActivation(_name_of(choice), function, derivative, stated_range, kinks)
    raise InputError(
        f"{choice!r} is not an activation: give a name, a pair (value, derivative), a function "
        "with an attribute 'derivative', or an object with the methods 'value' and 'derivative'"
    )


def sigmoid(z: Array) -> Array:
    """σ(z) = 1/(1 + e⁻ᶻ) = eᶻ/(1 + eᶻ): the form whose exponential is at most 1."""
    small = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, 1, small) / (1 + small))


def softplus(z: Array) -> Array:
    """log(1 + eᶻ) = max(z, 0) + log(1 + e^(−|z|))."""
    return np.asarray(np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))))


def _name_of(part: object) -> str:
    for candidate in (getattr(part, "name", None), getattr(part, "__name__", None)):
        if isinstance(candidate, str):
            return candidate
    return type(part).__name__


def _needs_two(function: Callable[..., Array]) -> bool:
    """Whether a function asks for (z, y); an argument with a default isn't asked for."""
    if isinstance(function, np.ufunc):
        return function.nin == 2
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # a built-in that doesn't tell
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters) >= 2


def _same_shape(result: object, z: Array, what: str) -> Array:
    array = np.asarray(result)
    if array.shape != z.shape:
        raise InputError(
            f"{what} an array of shape {array.shape} for pre-activations of shape {z.shape}; "
            "it must act on each number by itself"
        )
    return array.astype(z.dtype, copy=False)
