"""A look into the network at one moment: one pass over at most 256 rows, and what it says of every
layer. Dropout is off, batch normalisation uses the rows looked at."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.engines.samples import Samples, dense_rows
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.layers import Dropout
from glassnet.nn.parameters import Segment
from glassnet.nn.stack import Pass, Stack
from glassnet.nn.state import State

MOST_ROWS = 256
NEAR = 0.05  # of the range: so near to a limit a unit is saturated
PINNED = 0.98  # of the rows at the same limit: the unit says nothing any more


@dataclass(frozen=True)
class LayerLook:
    """One layer with an activation, or with weights.

    signal: root mean square of its outputs; back: of ∂L/∂z, None behind a layer that nothing
    flows through; weights, slope: of its weights and of their gradient, None without weights.
    dead (units,): 0 on every row; pinned (units,): at the same limit on nearly every row;
    saturated: share of all outputs near a limit; bias (units,) its biases, None without.
    """

    place: int
    name: str
    activation: str
    units: int
    is_last: bool
    signal: float
    back: float | None
    weights: float | None
    slope: float | None
    dead: Array
    pinned: Array
    saturated: float
    bias: Array | None


@dataclass(frozen=True)
class Look:
    """What was seen before `step`: the mean loss of the rows and each layer; rows: which."""

    step: int
    loss: float
    layers: tuple[LayerLook, ...]
    rows: Array
    losses: Array = field(repr=False)
    outputs: Array = field(repr=False)
    inputs: float = 1.0  # what the first weights get: the median of the rows' root mean squares

    def hidden(self) -> tuple[LayerLook, ...]:
        """The layers before the last one with weights."""
        return tuple(layer for layer in self.layers if not layer.is_last)


def some_rows(count: int, turn: int, most: int = MOST_ROWS) -> Array:
    """At most so many of `count` places, evenly spread; each turn has others, as far as it can."""
    if count <= most:
        return np.arange(count)
    stride = count / most
    start = (turn * 0.6180339887498949) % 1.0  # the golden ratio: turns don't come back soon
    return np.minimum(((np.arange(most) + start) * stride).astype(np.int64), count - 1)


def passes(stack: Stack, state: State, x: Array) -> Pass:
    """A forward pass in training mode without dropout; nothing is kept of it."""
    p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
    ctx = Context(True, state.parameters.dtype, 0, state.step)
    record = Pass([], [], [])
    for place, layer in enumerate(stack.layers):
        if place or type(layer).__name__ != "Scale":
            x = x.astype(ctx.dtype, copy=False)
        ctx.layer, ctx.buffers = place, buffers[place]
        record.inputs.append(x)
        cache: Any = None
        if not isinstance(layer, Dropout):
            x, cache = layer.forward(p[place], x, ctx)
        record.outputs.append(x)
        record.caches.append(cache)
    return record


def look(stack: Stack, state: State, samples: Samples, rows: Array) -> Look:
    """Look at the network as it stands in `state`."""
    x, y = dense_rows(samples.X, rows), samples.Y[rows]
    weights = np.ones(len(rows)) if samples.weights is None else samples.weights[rows]
    with np.errstate(all="ignore"):
        record = passes(stack, state, x)
        losses = stack.losses(record, y)
        views = stack.layout.views(state.parameters)
        steps = stack.backward(views, record, y, weights / len(rows))
        last = max((s.layer for s in stack.layout.of_kind("weight")), default=len(stack.layers) - 1)
        layers = []
        for place, layer in enumerate(stack.layers):
            f = getattr(layer, "activation", None)
            weight = _weight(stack, place)
            if f is None and weight is None:
                continue
            z = getattr(record.caches[place], "z", None)
            back = steps[place].dy
            if (
                f is not None
                and back is not None
                and z is not None
                and not steps[place].from_logits
            ):
                back = f.backward(back, z, record.outputs[place])
            layers.append(
                _layer(stack, state, place, last, record.outputs[place], back, weight,
                       steps[place].gradients)
            )  # fmt: skip
        first = next((s.layer for s in stack.layout.of_kind("weight")), 0)
        return Look(
            state.step, float(weights @ losses / weights.sum()), tuple(layers), rows, losses,
            record.outputs[-1], usual_size(record.inputs[first]),
        )  # fmt: skip


def _layer(
    stack: Stack, state: State, place: int, last: int, y: Array, back: Array | None,
    weight: Segment | None, gradients: dict[str, Array],
) -> LayerLook:  # fmt: skip
    f = getattr(stack.layers[place], "activation", None)
    low, high = f.range if f is not None else (-math.inf, math.inf)
    flat = y.reshape(len(y), -1)
    units = flat.shape[1]
    dead = pinned = np.zeros(units, dtype=bool)
    saturated = 0.0
    if f is not None and f.name != "identity" and not math.isfinite(high - low):
        dead = (flat == 0).all(axis=0)
    elif math.isfinite(high - low) and f is not None and f.name != "softmax":
        margin = NEAR * (high - low)
        below, above = flat < low + margin, flat > high - margin
        saturated = float(np.mean(below | above))
        pinned = (below.mean(axis=0) >= PINNED) | (above.mean(axis=0) >= PINNED)
    bias = next((s for s in stack.layout.segments if s.layer == place and s.kind == "bias"), None)
    return LayerLook(
        place=place,
        name=stack.names[place],
        activation="none" if f is None else f.name,
        units=units,
        is_last=place >= last,
        signal=rms(flat),
        back=None if back is None else rms(back) * len(y),
        weights=None if weight is None else rms(weight.view(state.parameters)),
        slope=None if weight is None else rms(gradients.get(weight.spec.name)),
        dead=dead,
        pinned=pinned,
        saturated=saturated,
        bias=None if bias is None else bias.view(state.parameters).copy(),
    )


def _weight(stack: Stack, place: int) -> Segment | None:
    return next((s for s in stack.layout.of_kind("weight") if s.layer == place), None)


def rms(values: Array | None) -> float:
    """The root mean square; 0 of nothing."""
    if values is None or values.size == 0:
        return 0.0
    flat = values.reshape(-1).astype(np.float64, copy=False)
    return math.sqrt(float(flat @ flat) / flat.size)


def usual_size(x: Array) -> float:
    """The median of the rows' root mean squares: one odd row does not make the others large."""
    flat = x.reshape(len(x), -1).astype(np.float64)
    return float(np.median(np.sqrt(np.mean(np.square(flat), axis=1)))) if flat.size else 0.0
