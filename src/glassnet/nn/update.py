"""From a gradient to the next parameters: penalties, clipping, the optimizer, decay, max-norm.

Penalties and decay touch parameters of kind *weight* only: L1 is λ₁ Σ|W|, L2 is λ₂/2 Σ W², both
added to the loss; decoupled decay is none of the loss, it changes W by −η λ W.
"""

from dataclasses import dataclass, field

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.arrays import Array
from glassnet.nn.checks import is_number
from glassnet.nn.optimizers import Adam, Optimizer, Slots
from glassnet.nn.parameters import Layout
from glassnet.nn.schedules import Constant, Schedule

THRESHOLD_MARGIN = 1e-6  # a learned threshold stays this far inside (0, 1)


@dataclass(frozen=True)
class UpdateRule:
    """How parameters follow their gradient.

    l1, l2: penalties; weight_decay: decoupled, None for the optimizer's own; clip_norm: the
    longest gradient, as a whole; max_norm: the longest vector of weights into one unit.
    """

    optimizer: Optimizer = field(default_factory=Adam)
    schedule: Schedule = field(default_factory=lambda: Constant(0.001))
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float | None = None
    clip_norm: float | None = None
    max_norm: float | None = None

    def __post_init__(self) -> None:
        for name in ("l1", "l2", "weight_decay"):
            value = getattr(self, name)
            if value is not None and not (is_number(value) and value >= 0):
                raise InputError(f"{name} is a finite number from 0 up, {value!r} was given")
        for name in ("clip_norm", "max_norm"):
            value = getattr(self, name)
            if value is not None and not (is_number(value) and value > 0):
                raise InputError(f"{name} must be a number above 0, {value!r} was given")

    @property
    def decay(self) -> float:
        """λ of the decoupled weight decay."""
        if self.weight_decay is not None:
            return self.weight_decay
        return float(getattr(self.optimizer, "weight_decay", 0.0))

    def penalty(self, parameters: Array, layout: Layout) -> float:
        """λ₁ Σ|W| + λ₂/2 Σ W² over the weights."""
        total = 0.0
        for segment in layout.of_kind("weight") if self.l1 or self.l2 else ():
            W = parameters[segment.slice].astype(np.float64, copy=False)
            total += self.l1 * float(np.abs(W).sum()) + 0.5 * self.l2 * float(W @ W)
        return total

    def add_penalty(self, gradient: Array, parameters: Array, layout: Layout) -> None:
        """∂/∂W of the penalties, λ₁ sign(W) + λ₂ W, added to the gradient in place."""
        for segment in layout.of_kind("weight") if self.l1 or self.l2 else ():
            W = parameters[segment.slice]
            if self.l1:
                gradient[segment.slice] += self.l1 * np.sign(W)
            if self.l2:
                gradient[segment.slice] += self.l2 * W

    def clip(self, gradient: Array, norm: float) -> None:
        """Shorten the gradient to `clip_norm`, in place; its direction stays (Pascanu 2013)."""
        if self.clip_norm is not None and norm > self.clip_norm:
            gradient *= self.clip_norm / norm

    def change(
        self, g: Array, parameters: Array, slots: Slots, layout: Layout, rate: float, t: int
    ) -> Array:
        """Δ of the optimizer, and −η λ W for the weights."""
        change = self.optimizer.change(g, slots, rate, t)
        for segment in layout.of_kind("weight") if self.decay else ():
            change[segment.slice] -= (rate * self.decay) * parameters[segment.slice]
        return change

    def project(self, parameters: Array, layout: Layout) -> None:
        """Bring the parameters back to where they may be, in place.

        The weights W[:, j] into unit j become no longer than `max_norm` (Srivastava 2014, §5.1);
        thresholds stay within (0, 1).
        """
        for segment in layout.of_kind("weight") if self.max_norm is not None else ():
            W = segment.view(parameters)
            lengths = np.sqrt(np.square(W).sum(axis=0))
            W *= np.minimum(1, self.max_norm / np.maximum(lengths, 1e-30))
        for segment in layout.of_kind("threshold"):
            t = parameters[segment.slice]
            np.clip(t, THRESHOLD_MARGIN, 1 - THRESHOLD_MARGIN, out=t)
