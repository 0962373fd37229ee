"""Optimizers: from a gradient g to the change Δ of the parameters, in order of complexity.

All are expressions on the flat vector; none knows what a layer is. η is the learning rate, t the
number of the update, counted from 1. ``slots`` names the vectors that an optimizer keeps from one
step to the next; they start at zero and are changed in place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.arrays import Array
from glassnet.nn.checks import is_number

Slots = Mapping[str, Array]


class Optimizer(Protocol):
    """What a run asks of an optimizer."""

    @property
    def name(self) -> str:
        """The name in descriptions and files."""

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the vectors that it keeps."""

    @property
    def learning_rate(self) -> float:
        """The rate that is used where none is given."""

    @property
    def weight_decay(self) -> float:
        """Decoupled weight decay that is used where none is given."""

    def change(self, g: Array, slots: Slots, rate: float, t: int) -> Array:
        """Δ, to be added to the parameters; a new vector."""


@dataclass(frozen=True)
class GradientDescent:
    """Δ = −η g. Under mini-batches it is called stochastic gradient descent (sgd)."""

    name: ClassVar[str] = "sgd"
    slots: ClassVar[tuple[str, ...]] = ()
    learning_rate: ClassVar[float] = 0.01
    weight_decay: ClassVar[float] = 0.0

    def change(self, g: Array, slots: Slots, rate: float, t: int) -> Array:
        """−η g."""
        return g * -rate


@dataclass(frozen=True)
class Momentum:
    """v ← β v + g;  Δ = −η v. A heavy ball: Polyak 1964."""

    beta: float = 0.9
    name: ClassVar[str] = "momentum"
    slots: ClassVar[tuple[str, ...]] = ("velocity",)
    learning_rate: ClassVar[float] = 0.01
    weight_decay: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        _check_share("beta", self.beta)

    def change(self, g: Array, slots: Slots, rate: float, t: int) -> Array:
        """−η v."""
        v = slots["velocity"]
        v *= self.beta
        v += g
        return v * -rate


@dataclass(frozen=True)
class Nesterov:
    """v ← β v + g;  Δ = −η (g + β v): the gradient as if momentum had already been followed.

    Nesterov 1983, in the form of Sutskever et al., "On the Importance of Initialization and
    Momentum in Deep Learning", 2013, with Bengio's change of variables.
    """

    beta: float = 0.9
    name: ClassVar[str] = "nesterov"
    slots: ClassVar[tuple[str, ...]] = ("velocity",)
    learning_rate: ClassVar[float] = 0.01
    weight_decay: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        _check_share("beta", self.beta)

    def change(self, g: Array, slots: Slots, rate: float, t: int) -> Array:
        """−η (g + β v)."""
        v = slots["velocity"]
        v *= self.beta
        v += g
        ahead = v * self.beta
        ahead += g
        ahead *= -rate
        return ahead


@dataclass(frozen=True)
class RMSProp:
    """s ← ρ s + (1 − ρ) g²;  Δ = −η g / (√s + ε). Tieleman & Hinton, lecture 6.5, 2012."""

    rho: float = 0.9
    epsilon: float = 1e-8
    name: ClassVar[str] = "rmsprop"
    slots: ClassVar[tuple[str, ...]] = ("square",)
    learning_rate: ClassVar[float] = 0.001
    weight_decay: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        _check_share("rho", self.rho)

    def change(self, g: Array, slots: Slots, rate: float, t: int) -> Array:
        """−η g / (√s + ε)."""
        s = slots["square"]
        s *= self.rho
        s += (1 - self.rho) * np.square(g)
        scale = np.sqrt(s)
        scale += self.epsilon
        return np.asarray(g * -rate / scale)


@dataclass(frozen=True)
class Adam:
    """m ← β₁ m + (1 − β₁) g;  s ← β₂ s + (1 − β₂) g²;  Δ = −η m̂ / (√ŝ + ε),

    with m̂ = m/(1 − β₁ᵗ) and ŝ = s/(1 − β₂ᵗ), which make up for the zeros that m and s start
    from. Kingma & Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    name: ClassVar[str] = "adam"
    slots: ClassVar[tuple[str, ...]] = ("mean", "square")
    learning_rate: ClassVar[float] = 0.001

    def __post_init__(self) -> None:
        _check_share("beta1", self.beta1)
        _check_share("beta2", self.beta2)

    @property
    def weight_decay(self) -> float:
        """None."""
        return 0.0

    def change(self, g: Array, slots: Slots, rate: float, t: int) -> Array:
        """−η m̂ / (√ŝ + ε)."""
        m, s = slots["mean"], slots["square"]
        m *= self.beta1
        m += (1 - self.beta1) * g
        s *= self.beta2
        s += (1 - self.beta2) * np.square(g)
        scale = np.sqrt(s / (1 - self.beta2**t))
        scale += self.epsilon
        return np.asarray(m * (-rate / (1 - self.beta1**t)) / scale)


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay: weights also change by −η λ W, λ = 0.01 unless given.

    Loshchilov & Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2.
    """

    decay: float = 0.01
    name: ClassVar[str] = "adamw"

    @property
    def weight_decay(self) -> float:
        """λ."""
        return self.decay


OPTIMIZERS: dict[str, type] = {
    kind.name: kind for kind in (GradientDescent, Momentum, Nesterov, RMSProp, Adam, AdamW)
}


def optimizer(choice: object) -> Optimizer:
    """An optimizer from its name or object; raises ``InputError`` for anything else."""
    if isinstance(choice, str):
        if choice not in OPTIMIZERS:
            names = ", ".join([*OPTIMIZERS, "lbfgs"])
            raise InputError(f"there is no optimizer '{choice}'; choose one of {names}")
        return OPTIMIZERS[choice]()  # type: ignore[no-any-return]
    if isinstance(choice, type) and hasattr(choice, "change"):
        return choice()  # type: ignore[no-any-return]
    if all(hasattr(choice, part) for part in ("name", "slots", "change", "learning_rate")):
        return choice  # type: ignore[return-value]
    raise InputError(
        f"{choice!r} is not an optimizer: give a name, or an object with name, slots, "
        "learning_rate and the method change(g, slots, rate, t)"
    )


def _check_share(name: str, value: float) -> None:
    if not (is_number(value) and 0 <= value < 1):
        raise InputError(f"{name} must be in [0, 1), {value!r} was given")
