"""The stack: layers, loss and where each parameter lies. The network's whole mathematics meets
here: one forward pass, one backward pass, for a shard of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.activations import ActivationFunction, UserActivation
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context, Layer, Loss, Shape
from glassnet.nn.layers import Activation, Dense, Dropout, Flatten, Scale
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.parameters import Layout
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.state import State

Views = Sequence[dict[str, Array]]

SHARD_ROWS = 2048  # a batch's gradient is an ordered sum over shards of this many rows

_WORDS: dict[type, str] = {
    Dense: "hidden", Activation: "activation", Dropout: "dropout", Flatten: "flatten",
    Scale: "scale", BatchNorm: "batch_norm", LayerNorm: "layer_norm", SoftStep: "soft_step",
}  # fmt: skip


class Pass(NamedTuple):
    """A forward pass: each layer's input, output and cache, in order."""

    inputs: list[Array]
    outputs: list[Array]
    caches: list[Any]


class BackwardStep(NamedTuple):
    """One layer of a backward pass: what came in (∂L/∂y; ∂L/∂z where `from_logits`; None where
    nothing was needed), and the gradients of its parameters."""

    dy: Array | None
    from_logits: bool
    gradients: dict[str, Array]


class ShardGradient(NamedTuple):
    """What one shard adds: its samples' weighted losses, right answers and gradients by layer."""

    loss: float
    right: int | None
    gradients: list[dict[str, Array]]
    outputs: list[Array]


@dataclass(frozen=True)
class Stack:
    """Layers and loss, built for samples of `input_shape`. Raises ``InputError`` where two parts
    do not fit, naming the layer."""

    layers: tuple[Layer, ...]
    loss: Loss
    input_shape: Shape

    def __post_init__(self) -> None:
        if not self.layers:
            raise InputError("a network has at least one layer, none was given")
        for place, layer in enumerate(self.layers):
            if isinstance(layer, SoftStep) and layer.joint and not self._can_be_joint(place):
                raise InputError(
                    "SoftStep(joint=True) must be the last layer, behind a sigmoid, under "
                    "binary_cross_entropy"
                )
        self._check_output_range()

    def _can_be_joint(self, place: int) -> bool:
        before = _activation_of(self.layers[place - 1]) if place else None
        return (
            place == len(self.layers) - 1
            and self.loss.meets == "sigmoid"
            and before is not None
            and before.name == "sigmoid"
        )

    def _check_output_range(self) -> None:
        activation = _activation_of(self.layers[-1])
        low, high = activation.range if activation is not None else (-np.inf, np.inf)
        if isinstance(activation, UserActivation) and activation.stated_range is None:
            return  # the user knows
        least, most = self.loss.outputs_in
        if low < least or high > most:
            name = activation.name if activation is not None else "no activation"
            usual = f"'{self.loss.meets}'" if self.loss.meets else "another activation"
            raise InputError(
                f"{self.loss.name} takes outputs from {least:g} to {most:g}, but the last layer "
                f"({name}) gives {low:g} to {high:g}: give it the activation {usual}"
            )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each layer: hidden, hidden2, …, output; dropout, dropout2, …"""
        words = [_WORDS.get(type(layer), type(layer).__name__.lower()) for layer in self.layers]
        dense = [place for place, layer in enumerate(self.layers) if isinstance(layer, Dense)]
        if dense:
            words[dense[-1]] = "output"
        seen: dict[str, int] = {}
        names = []
        for word in words:
            seen[word] = seen.get(word, 0) + 1
            names.append(word if seen[word] == 1 else f"{word}{seen[word]}")
        return tuple(names)

    @cached_property
    def _built(self) -> tuple[tuple[Shape, ...], Layout, Layout]:
        shape, shapes, parameters, buffers = self.input_shape, [], [], []
        for name, layer in zip(self.names, self.layers, strict=True):
            try:
                built = layer.build(shape)
            except InputError as error:
                raise InputError(f"layer '{name}': {error}") from None
            shape = tuple(built.shape)
            shapes.append(shape)
            parameters.append(built.parameters)
            buffers.append(built.buffers)
        return tuple(shapes), Layout.of(self.names, parameters), Layout.of(self.names, buffers)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shape of one sample after each layer."""
        return self._built[0]

    @property
    def layout(self) -> Layout:
        """Where each parameter lies in the flat vector."""
        return self._built[1]

    @property
    def buffer_layout(self) -> Layout:
        """Where each buffer lies in its flat vector."""
        return self._built[2]

    @cached_property
    def outputs(self) -> int:
        """How many numbers the network gives for a sample."""
        if len(self.shapes[-1]) != 1:
            raise InputError(
                f"the network's output has the shape (n, {', '.join(map(str, self.shapes[-1]))}); "
                "end it with Flatten() or a dense layer"
            )
        return self.shapes[-1][0]

    @cached_property
    def joint(self) -> bool:
        """Whether the last layer learns a threshold beside the others, not through them."""
        return isinstance(self.layers[-1], SoftStep) and self.layers[-1].joint

    @cached_property
    def whole_batch(self) -> bool:
        """Whether some layer must see a batch as one shard."""
        return any(isinstance(layer, BatchNorm) for layer in self.layers)

    def initial_state(self, seed: int, dtype: np.dtype) -> State:
        """Parameters and buffers as the initializers make them."""
        return State(self.layout.initial(seed, dtype), self.buffer_layout.initial(seed, dtype))

    def forward(self, p: Views, buffers: Views, x: Array, ctx: Context) -> Pass:
        """All layers in turn; x (n, …) in any dtype: it is cast after a Scale that comes first."""
        record = Pass([], [], [])
        for place, layer in enumerate(self.layers):
            if place or not isinstance(layer, Scale):
                x = x.astype(ctx.dtype, copy=False)
            ctx.layer, ctx.buffers = place, buffers[place]
            record.inputs.append(x)
            x, cache = layer.forward(p[place], x, ctx)
            record.outputs.append(x)
            record.caches.append(cache)
        return record

    def predict(self, p: Views, buffers: Views, x: Array, ctx: Context) -> Array:
        """The last layer's output alone; nothing is kept."""
        for place, layer in enumerate(self.layers):
            if place or not isinstance(layer, Scale):
                x = x.astype(ctx.dtype, copy=False)
            ctx.layer, ctx.buffers = place, buffers[place]
            x, _ = layer.forward(p[place], x, ctx)
        return x

    def losses(self, record: Pass, y: Array) -> Array:
        """Each sample's loss, (n,) float64; under a joint SoftStep that of p, not of ŷ."""
        place = len(self.layers) - (2 if self.joint else 1)
        if self._meets(place):
            return self.loss.per_sample_logits(record.caches[place].z, y)
        return self.loss.per_sample(record.outputs[place], y)

    def gradient(
        self, p: Views, buffers: Views, x: Array, y: Array, weights: Array, ctx: Context
    ) -> ShardGradient:
        """Σ weightsᵢ lᵢ over the shard's rows, and its gradient.

        weights (n,) hold sample weight over the batch's rows, so shards simply add up.
        """
        record = self.forward(p, buffers, x, ctx)
        steps = self.backward(p, record, y, weights)
        right = self.loss.right(record.outputs[-1], y)
        return ShardGradient(
            float(weights @ self.losses(record, y)),
            None if right is None else int(right.sum()),
            [step.gradients for step in steps],
            record.outputs,
        )

    def backward(self, p: Views, record: Pass, y: Array, weights: Array) -> list[BackwardStep]:
        """From the loss to every parameter, last layer first; given in the order of the layers."""
        steps = [BackwardStep(None, False, {}) for _ in self.layers]
        scale = weights.astype(record.outputs[-1].dtype, copy=False)[:, None]
        place = len(self.layers) - 1
        if self.joint:  # t follows BCE(ŷ, y), and nothing flows on to p
            dz = self.loss.derivative_logits(record.outputs[place], y) * scale
            steps[place], _ = self._backward(place, p, dz, record, True)
            place -= 1
        meets = self._meets(place)
        derivative = self.loss.derivative_logits if meets else self.loss.derivative
        dy: Array | None = derivative(record.outputs[place], y) * scale
        while place >= 0 and dy is not None:
            steps[place], dy = self._backward(place, p, dy, record, meets)
            meets = False
            place -= 1
        return steps

    def _backward(
        self, place: int, p: Views, dy: Array, record: Pass, from_logits: bool
    ) -> tuple[BackwardStep, Array | None]:
        layer: Any = self.layers[place]
        needed = place > self._first_trained
        backward = layer.backward_logits if from_logits else layer.backward
        dx, gradients = backward(p[place], dy, record.caches[place], inputs=needed)
        return BackwardStep(dy, from_logits, gradients), (dx if needed else None)

    @cached_property
    def _first_trained(self) -> int:
        """The first layer with parameters: nothing before it needs a gradient."""
        return min((segment.layer for segment in self.layout.segments), default=len(self.layers))

    def _meets(self, place: int) -> bool:
        activation = _activation_of(self.layers[place])
        return activation is not None and activation.name == self.loss.meets


def _activation_of(layer: Layer) -> ActivationFunction | None:
    """The activation that gives the layer its outputs, where its cache holds the logits."""
    if isinstance(layer, (Dense, Activation, SoftStep)):
        return layer.activation
    return None
