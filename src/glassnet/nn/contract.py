"""The contracts of a layer and of a loss. A layer is a frozen description that holds no arrays.

``build(shape)`` declares what the layer makes of samples of that shape and which numbers it
needs; ``forward`` and ``backward`` are pure: parameters come in as views of one flat vector, what
backward needs goes out as the cache, so nothing is stale and a layer may be used twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from glassnet.nn.arrays import Array
from glassnet.nn.initializers import Initializer

Shape = tuple[int, ...]
Parameters = Mapping[str, Array]
Reduction = Literal["mean", "sum"]


@dataclass(frozen=True)
class ParameterSpec:
    """One array of numbers that a layer needs: kind is weight, bias, gain, shift or threshold
    (trained), or buffer (kept and saved, never optimized)."""

    name: str
    shape: Shape
    kind: str
    initializer: Initializer


class Built(NamedTuple):
    """What a layer makes of its inputs: the shape of one output sample, and its numbers."""

    shape: Shape
    parameters: tuple[ParameterSpec, ...] = ()
    buffers: tuple[ParameterSpec, ...] = ()


@dataclass
class Context:
    """What a pass tells a layer beside its inputs, and where it leaves its buffers' new values."""

    training: bool = False
    dtype: np.dtype = field(default_factory=lambda: np.dtype(np.float32))
    seed: int = 0
    step: int = 0
    layer: int = 0  # the layer's place in the network
    first_row: int = 0  # the place in the batch of the first sample
    buffers: Parameters = field(default_factory=dict)
    updates: dict[tuple[int, str], Array] = field(default_factory=dict)

    def update(self, name: str, value: Array) -> None:
        """Leave a buffer's new value; it's stored when the step is done."""
        self.updates[self.layer, name] = value


class Layer(Protocol):
    """What a network asks of a layer; a class of the user's with these works as ours do."""

    def build(self, shape: Shape) -> Built:
        """Declare the output's shape and the parameters, for samples of `shape`."""

    def forward(self, p: Parameters, x: Array, ctx: Context) -> tuple[Array, Any]:
        """The output y for the inputs x, samples in rows, and the cache for backward."""

    def backward(
        self, p: Parameters, dy: Array, cache: Any, inputs: bool = True
    ) -> tuple[Array | None, dict[str, Array]]:
        """From ∂L/∂y to ∂L/∂x and each parameter's gradient.

        With ``inputs=False`` nobody needs ∂L/∂x (the layer is the first), and None may be given.
        """


class Loss(Protocol):
    """What a network asks of a loss."""

    @property
    def name(self) -> str:
        """The name in descriptions, summaries and files."""

    @property
    def reduction(self) -> Reduction:
        """How the samples' losses become the batch's: their mean or their sum."""

    @property
    def meets(self) -> str | None:
        """The output activation whose logits this loss takes instead of ŷ, if there is one."""

    @property
    def outputs_in(self) -> tuple[float, float]:
        """The interval in which ŷ must lie for the loss to be defined."""

    def targets(self, Y: Array, outputs: int, dtype: np.dtype) -> Array:
        """Y checked and in the form that the other methods take; raises ``InputError``."""

    def per_sample(self, outputs: Array, y: Array) -> Array:
        """lᵢ from ŷ, shape (n,), float64."""

    def derivative(self, outputs: Array, y: Array) -> Array:
        """∂lᵢ/∂ŷᵢ, shape (n, k), in the dtype of ŷ."""

    def per_sample_logits(self, logits: Array, y: Array) -> Array:
        """lᵢ from the logits, shape (n,), float64; only where the loss meets its activation."""

    def derivative_logits(self, outputs: Array, y: Array) -> Array:
        """∂lᵢ/∂zᵢ, shape (n, k); only where the loss meets its activation: ŷ − y."""

    def right(self, outputs: Array, y: Array) -> Array | None:
        """Which samples are answered rightly, booleans (n,); None where it's not about classes."""
