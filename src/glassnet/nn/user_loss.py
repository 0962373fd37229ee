"""A loss by its name, as an object, or as the user's own function with its derivative."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Loss, Reduction
from glassnet.nn.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
)

LOSSES: dict[str, type] = {
    "mean_squared_error": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "huber": Huber,
    "binary_cross_entropy": BinaryCrossEntropy,
    "cross_entropy": CrossEntropy,
    "poisson": Poisson,
}


@dataclass(frozen=True)
class UserLoss:
    """A loss of the user's: value(ŷ, y) one number per sample (n,), derivative(ŷ, y) (n, k)."""

    name: str
    value: Callable[[Array, Array], Array] = field(repr=False)
    slope: Callable[[Array, Array], Array] = field(repr=False)
    reduction: Reduction = "mean"
    meets: ClassVar[str | None] = None
    outputs_in: ClassVar[tuple[float, float]] = (-np.inf, np.inf)

    def targets(self, Y: Array, outputs: int, dtype: np.dtype) -> Array:
        """Y as it is, but (n,) numbers become one column when the network has one output."""
        Y = np.asarray(Y)
        if Y.ndim == 1 and outputs == 1:
            Y = Y[:, None]
        return Y.astype(dtype, copy=False) if Y.dtype.kind == "f" else Y

    def per_sample(self, outputs: Array, y: Array) -> Array:
        """The user's value, checked for its shape."""
        losses = np.asarray(self.value(outputs, y), dtype=np.float64)
        if losses.shape != (len(outputs),):
            raise InputError(
                f"the loss '{self.name}' returned shape {losses.shape} for {len(outputs)} samples; "
                f"it must return one number per sample, shape ({len(outputs)},), not their mean"
            )
        return losses

    def derivative(self, outputs: Array, y: Array) -> Array:
        """The user's derivative, checked for its shape."""
        slope = np.asarray(self.slope(outputs, y))
        if slope.shape != outputs.shape:
            raise InputError(
                f"the derivative of the loss '{self.name}' returned shape {slope.shape} for "
                f"outputs of shape {outputs.shape}; it must return the derivative of each "
                "sample's loss by each of its outputs"
            )
        return slope.astype(outputs.dtype, copy=False)

    def per_sample_logits(self, logits: Array, y: Array) -> Array:
        """Never asked for: a user's loss meets no activation."""
        raise NotImplementedError

    def derivative_logits(self, outputs: Array, y: Array) -> Array:
        """Never asked for: a user's loss meets no activation."""
        raise NotImplementedError

    def right(self, outputs: Array, y: Array) -> Array | None:
        """Not known to be about classes."""
        return None


def loss(choice: object) -> Loss:
    """A loss from its name, from an object of ``losses``, or from the user's own.

    The user's own is a function with an attribute ``derivative``, a pair (value, derivative), or
    an object or class with the methods ``value(outputs, targets)`` and
    ``derivative(outputs, targets)``. Raises ``InputError`` for anything else.
    """
    if isinstance(choice, str):
        if choice not in LOSSES:
            raise InputError(f"there is no loss '{choice}'; choose one of {', '.join(LOSSES)}")
        return LOSSES[choice]()  # type: ignore[no-any-return]
    if isinstance(choice, (*LOSSES.values(), UserLoss)):
        return choice  # type: ignore[return-value]
    if isinstance(choice, type):
        return loss(choice())
    if isinstance(choice, tuple) and len(choice) == 2 and all(map(callable, choice)):
        return UserLoss(getattr(choice[0], "__name__", "loss"), *choice)
    derivative = getattr(choice, "derivative", None)
    value = getattr(choice, "value", choice)
    if callable(derivative) and callable(value):
        name = getattr(choice, "name", None) or getattr(choice, "__name__", type(choice).__name__)
        return UserLoss(str(name), value, derivative, getattr(choice, "reduction", "mean"))
    raise InputError(
        f"{choice!r} is not a loss: give a name, a pair (value, derivative), a function with an "
        "attribute 'derivative', or an object with the methods 'value' and 'derivative'"
    )
