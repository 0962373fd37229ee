"""The proof of a network's gradient: every parameter array, through the whole stack.

The loss is differentiated numerically as a function of the flat parameter vector, in training
mode and with everything random held fixed: a dropout mask is a function of seed and step, so it
is the same at every point.
"""

from collections.abc import Iterable

import numpy as np

from glassnet.insight.numeric import TOLERANCE, Evaluation, Function, Proof, compare, slopes
from glassnet.nn.activations import ELU
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.losses import Huber, MeanAbsoluteError
from glassnet.nn.stack import Pass, Stack
from glassnet.nn.state import State


def loss_of_parameters(
    stack: Stack, state: State, x: Array, y: Array, weights: Array, seed: int = 0
) -> Function:
    """Σ weightsᵢ lᵢ as a function of the flat vector; y in the loss's form, weights (n,)."""
    buffers = stack.buffer_layout.views(state.buffers.astype(np.float64))

    def loss(vector: Array) -> Evaluation:
        ctx = Context(True, np.dtype(np.float64), seed, state.step)
        record = stack.forward(stack.layout.views(vector), buffers, x, ctx)
        return Evaluation(float(weights @ stack.losses(record, y)), sides(stack, record, y))

    return loss


def gradient_of_parameters(
    stack: Stack, state: State, x: Array, y: Array, weights: Array, seed: int = 0
) -> Array:
    """The hand-derived gradient of the same loss, a flat float64 vector."""
    p = stack.layout.views(state.parameters.astype(np.float64))
    buffers = stack.buffer_layout.views(state.buffers.astype(np.float64))
    ctx = Context(True, np.dtype(np.float64), seed, state.step)
    shard = stack.gradient(p, buffers, x, y, weights, ctx)
    gradient = np.zeros(stack.layout.size)
    for views, arrays in zip(stack.layout.views(gradient), shard.gradients, strict=True):
        for name, values in arrays.items():
            views[name] += values
    return gradient


def prove(
    stack: Stack,
    state: State,
    x: Array,
    y: Array,
    weights: Array,
    seed: int = 0,
    tolerance: float = TOLERANCE,
) -> tuple[Proof, ...]:
    """One proof for each parameter array, in the order of the layout.

    A SoftStep with ``joint=True`` has no loss of which its update is the gradient; it is refused.
    """
    if stack.joint:
        raise ValueError("SoftStep(joint=True) follows two losses: prove each with joint=False")
    analytic = gradient_of_parameters(stack, state, x, y, weights, seed)
    f = loss_of_parameters(stack, state, x, y, weights, seed)
    numeric = slopes(f, state.parameters)
    return tuple(
        compare(segment.name, analytic[segment.slice], numeric[segment.slice], tolerance)
        for segment in stack.layout.segments
    )


def sides(stack: Stack, record: Pass, y: Array) -> Array:
    """On which side of each kink every pre-activation and every output lies, as booleans."""
    found: list[Array] = []
    for layer, cache in zip(stack.layers, record.caches, strict=True):
        activation = getattr(layer, "activation", None)
        z = getattr(cache, "z", None)
        if activation is not None and z is not None:
            found += [z > place for place in bends(activation)]
    if isinstance(stack.loss, MeanAbsoluteError):
        found.append(record.outputs[-1] > y)
    if isinstance(stack.loss, Huber):
        residual = record.outputs[-1] - y
        found += [residual > stack.loss.delta, residual < -stack.loss.delta]
    return np.concatenate([array.reshape(-1) for array in found] or [np.empty(0, dtype=bool)])


def bends(activation: object) -> Iterable[float]:
    """Where a derivative of the activation, not only the first, jumps."""
    return (0.0,) if isinstance(activation, ELU) else getattr(activation, "kinks", ())
