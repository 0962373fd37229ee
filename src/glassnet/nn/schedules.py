"""Schedules: the learning rate as a function of how far a run has come.

``rate(epoch, epochs)``: `epoch` are the passes over the data made so far, a fraction within a
pass; `epochs` is the length of the run. Cosine and OneCycle need that length: with their own
``epochs`` given, they count from the network's first step, so that 5 + 5 epochs are 10; without,
from the start of each fit and over that fit's epochs.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.checks import is_number


class Schedule(Protocol):
    """What a run asks of a schedule."""

    @property
    def name(self) -> str:
        """The name in descriptions and files."""

    @property
    def epochs(self) -> float | None:
        """The length of the whole run; None for that of each fit."""

    def rate(self, epoch: float, epochs: float) -> float:
        """The learning rate after `epoch` of `epochs` passes."""


@dataclass(frozen=True)
class Constant:
    """η, always."""

    learning_rate: float
    name: ClassVar[str] = "constant"
    epochs: ClassVar[float] = math.inf  # counts from the network's first step

    def __post_init__(self) -> None:
        _check_rate(self.learning_rate)

    def rate(self, epoch: float, epochs: float) -> float:
        """η."""
        return self.learning_rate


@dataclass(frozen=True)
class StepDecay:
    """η · factor^⌊epoch/every⌋."""

    learning_rate: float
    factor: float = 0.5
    every: float = 10
    name: ClassVar[str] = "step"
    epochs: ClassVar[float] = math.inf

    def __post_init__(self) -> None:
        _check_rate(self.learning_rate)
        if not (is_number(self.every) and self.every > 0):
            raise InputError(f"every is a number of epochs above 0, {self.every!r} was given")

    def rate(self, epoch: float, epochs: float) -> float:
        """η, times the factor after every so many epochs."""
        return float(self.learning_rate * self.factor ** math.floor(epoch / self.every))


@dataclass(frozen=True)
class Exponential:
    """η · decay^epoch."""

    learning_rate: float
    decay: float = 0.95
    name: ClassVar[str] = "exponential"
    epochs: ClassVar[float] = math.inf

    def __post_init__(self) -> None:
        _check_rate(self.learning_rate)
        if not (is_number(self.decay) and 0 < self.decay <= 1):
            raise InputError(f"decay must be in (0, 1], {self.decay!r} was given")

    def rate(self, epoch: float, epochs: float) -> float:
        """η, shrinking steadily."""
        return float(self.learning_rate * self.decay**epoch)


@dataclass(frozen=True)
class Cosine:
    """Up in a line over the share `warmup` of the run, then η·(f + (1 − f)(1 + cos πs)/2).

    s runs from 0 to 1 over the rest, f is `final`, a share of η. Loshchilov & Hutter, "SGDR",
    2017, one period; warm-up as in Goyal et al. 2017.
    """

    learning_rate: float
    warmup: float = 0.0
    final: float = 0.0
    epochs: float | None = None
    name: ClassVar[str] = "cosine"

    def __post_init__(self) -> None:
        _check_rate(self.learning_rate)
        _check_warmup(self.warmup)
        _check_length(self.epochs)

    def rate(self, epoch: float, epochs: float) -> float:
        """A line up to η, then half a cosine down to final · η."""
        share = min(1.0, epoch / epochs)
        if share < self.warmup:
            return self.learning_rate * share / self.warmup
        rest = (share - self.warmup) / (1 - self.warmup)
        height = self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * rest))
        return self.learning_rate * height


@dataclass(frozen=True)
class OneCycle:
    """From η/25 up to η over the share `warmup`, then down to η/10⁴, both along half a cosine.

    Smith & Topin, "Super-Convergence", 2018; the cosine form is Howard & Gugger's (fastai, 2020).
    """

    learning_rate: float
    warmup: float = 0.3
    start: float = 1 / 25
    final: float = 1e-4
    epochs: float | None = None
    name: ClassVar[str] = "one_cycle"

    def __post_init__(self) -> None:
        _check_rate(self.learning_rate)
        _check_warmup(self.warmup)
        _check_length(self.epochs)

    def rate(self, epoch: float, epochs: float) -> float:
        """Half a cosine up, half a cosine down."""
        share = min(1.0, epoch / epochs)
        if share < self.warmup:
            low, rest = self.start, 1 - share / self.warmup
        else:
            low, rest = self.final, (share - self.warmup) / (1 - self.warmup)
        height = low + (1 - low) * 0.5 * (1 + math.cos(math.pi * rest))
        return self.learning_rate * height


SCHEDULES: dict[str, type] = {
    kind.name: kind for kind in (Constant, StepDecay, Exponential, Cosine, OneCycle)
}


def schedule(choice: object) -> Schedule:
    """A schedule from a number (constant) or an object; raises ``InputError`` otherwise."""
    if isinstance(choice, (int, float)) and not isinstance(choice, bool):
        return Constant(float(choice))
    if isinstance(choice, np.floating | np.integer):
        return Constant(float(choice))
    if hasattr(choice, "rate") and hasattr(choice, "name") and not isinstance(choice, type):
        return choice  # type: ignore[return-value]
    raise InputError(
        f"{choice!r} is not a learning rate: give a number above 0 or a schedule, such as "
        "Cosine(0.1)"
    )


def _check_rate(rate: float) -> None:
    if not (is_number(rate) and rate > 0):
        raise InputError(f"a learning rate is a finite number above 0, {rate!r} was given")


def _check_length(epochs: float | None) -> None:
    if epochs is not None and not epochs > 0:
        raise InputError(f"a schedule's epochs must be above 0, {epochs!r} was given")


def _check_warmup(warmup: float) -> None:
    if not (is_number(warmup) and 0 <= warmup < 1):
        raise InputError(f"warmup is a share of the run in [0, 1), {warmup!r} was given")
