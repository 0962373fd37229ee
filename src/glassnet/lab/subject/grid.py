"""The points of the plane at which a network of two features is looked at."""

from dataclasses import dataclass

import numpy as np

from glassnet.lab.subject.subject import Subject
from glassnet.nn.arrays import Array

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
    if not subject.has_plane or not isinstance(X, np.ndarray):
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
