"""The network seen over the plane of two features: what each unit says at each point, and which
class the network would choose there."""

from dataclasses import dataclass

import numpy as np

from glassnet.lab.subject import Subject
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.layers import Dense
from glassnet.nn.stack import Stack
from glassnet.nn.state import State

MARGIN = 0.15  # of the samples' range, on each side
CELLS, OUTPUT_CELLS = 24, 80  # a side, of a unit's map and of the output's


@dataclass(frozen=True)
class Plane:
    """low, high (2,): the corners; units, output: the points of the two grids as the network takes
    them, row by row from the top left."""

    low: Array
    high: Array
    units: Array
    output: Array


def plane_of(subject: Subject) -> Plane | None:
    """The plane of a subject with two numeric features; None for others."""
    X = subject.train.X
    if not isinstance(X, np.ndarray) or X.shape[1] != 2 or subject.train.image_shape is not None:
        return None
    both = X if subject.held_out is None else np.concatenate([X, subject.held_out.X])
    both = both.astype(np.float64)
    low, high = np.nanmin(both, axis=0), np.nanmax(both, axis=0)
    room = MARGIN * np.maximum(high - low, 1e-9)
    low, high = low - room, high + room

    def grid(cells: int) -> Array:
        share = (np.arange(cells) + 0.5) / cells
        x = low[0] + share * (high[0] - low[0])
        y = high[1] - share * (high[1] - low[1])
        points = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
        return subject.encode(points.astype(X.dtype, copy=False))

    return Plane(low, high, grid(CELLS), grid(OUTPUT_CELLS))


def unit_maps(stack: Stack, state: State, plane: Plane) -> dict[str, Array]:
    """What every unit with weights says over the plane: (units, cells, cells) of 0 to 255 by the
    layer's name, 128 for 0, and 1 or 255 for the largest size that the unit reaches."""
    found: dict[str, Array] = {}
    for place, output in enumerate(outputs(stack, state, plane.units)):
        layer = stack.layers[place]
        if isinstance(layer, Dense):
            maps = output.T.reshape(-1, CELLS, CELLS).astype(np.float64)
            sizes = np.maximum(np.abs(maps).max(axis=(1, 2), keepdims=True), 1e-12)
            found[stack.names[place]] = np.round(128 + 127 * maps / sizes).astype(np.uint8)
    return found


def output_map(stack: Stack, state: State, plane: Plane) -> Array:
    """The outputs over the plane, (k, cells, cells) of 0 to 255: probabilities; a number's, by its
    rank between the lowest and the highest of the map."""
    values = outputs(stack, state, plane.output)[-1].T.astype(np.float64)
    values = values.reshape(-1, OUTPUT_CELLS, OUTPUT_CELLS)
    if stack.loss.name not in ("binary_cross_entropy", "cross_entropy"):
        low, high = values.min(), values.max()
        if low < 0 or high > 1:
            values = (values - low) / max(high - low, 1e-12)
    return np.round(255 * np.clip(values, 0.0, 1.0)).astype(np.uint8)


def outputs(stack: Stack, state: State, X: Array) -> list[Array]:
    """Every layer's outputs for these rows, in prediction mode."""
    p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
    with np.errstate(all="ignore"):
        record = stack.forward(p, buffers, X, Context(dtype=state.parameters.dtype))
    return [np.nan_to_num(output, posinf=0.0, neginf=0.0) for output in record.outputs]
