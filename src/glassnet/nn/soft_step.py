"""SoftStep: a decision threshold that can be learned, because its step is soft.

Predicting "1 where p > t" has no useful derivative by t: it is 0 almost everywhere. SoftStep
replaces the step by a steep sigmoid, ŷ = σ(k(p − t)), which becomes the step as k grows. Through
binary cross-entropy ∂L/∂z = ŷ − y for z = k(p − t), and ∂z/∂t = −k, so

    ∂L/∂t = −k · mean(ŷ − y).

This is not the output's bias in disguise. A threshold *inside* the output unit, p = σ(z − t), is:
there ∂L/∂t = Σ ∂L/∂z · (−1) = −∂L/∂b, so t is −b and adds nothing to the network. SoftStep's t
stands behind the sigmoid, where it moves the cut without changing the probability p.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.activations import Sigmoid, sigmoid
from glassnet.nn.arrays import Array
from glassnet.nn.checks import is_number
from glassnet.nn.contract import Built, Context, Parameters, ParameterSpec, Shape
from glassnet.nn.initializers import Constant


class StepCache(NamedTuple):
    """The probabilities p (n, 1), the logits z = k(p − t) and the outputs ŷ."""

    p: Array
    z: Array
    y: Array


@dataclass(frozen=True)
class SoftStep:
    """ŷ = σ(k(p − t)): p (n, 1) a probability, t the threshold, trained within (0, 1).

    With ``joint=True`` (as the last layer under binary cross-entropy) the layers before it follow
    BCE(p, y), as if it were not there, while t follows BCE(ŷ, y) with p held constant. With
    ``joint=False`` everything follows BCE(ŷ, y).
    """

    k: float = 10.0
    threshold: float = 0.5
    joint: bool = False
    activation: ClassVar[Sigmoid] = Sigmoid()

    def __post_init__(self) -> None:
        if not (is_number(self.k) and self.k > 0):
            raise InputError(f"SoftStep's steepness k must be above 0, {self.k!r} was given")
        if not (is_number(self.threshold) and 0 < self.threshold < 1):
            raise InputError(
                f"SoftStep's threshold starts within (0, 1), {self.threshold!r} was given"
            )

    def build(self, shape: Shape) -> Built:
        """One threshold, for one probability a sample."""
        if shape != (1,):
            raise InputError(
                f"SoftStep takes one probability a sample, shape (n, 1); it was given "
                f"(n, {', '.join(map(str, shape))}): put Dense(1, 'sigmoid') before it"
            )
        spec = ParameterSpec("t", (1,), "threshold", Constant(self.threshold))
        return Built(shape, (spec,))

    def forward(self, p: Parameters, x: Array, ctx: Context) -> tuple[Array, StepCache]:
        """z = k(x − t), ŷ = σ(z)."""
        z = np.asarray(self.k * (x - p["t"]))
        y = sigmoid(z)
        return y, StepCache(x, z, y)

    def backward(
        self, p: Parameters, dy: Array, cache: StepCache, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """∂L/∂z = ∂L/∂ŷ · ŷ(1 − ŷ), then as from the logits."""
        return self.backward_logits(p, dy * (cache.y * (1 - cache.y)), cache, inputs)

    def backward_logits(
        self, p: Parameters, dz: Array, cache: StepCache, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """∂L/∂t = −k Σ rows of ∂L/∂z; ∂L/∂p = k ∂L/∂z."""
        return self.k * dz, {"t": -self.k * dz.sum(axis=0)}
