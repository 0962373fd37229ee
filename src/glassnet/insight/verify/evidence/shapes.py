"""The user's gradient brought into the parameters' shapes, and what its shape alone tells."""

from dataclasses import dataclass

import numpy as np

from glassnet.insight.verify.evidence.tree import Name, Point
from glassnet.nn.arrays import Array

MISSING, WRONG_SHAPE = "missing-gradient", "wrong-shape"
TRANSPOSED, SCALAR = "transposed", "bias-summed-to-scalar"


@dataclass(frozen=True)
class Shaped:
    """An array in the parameter's shape (None where it can't be), and the fault of its shape."""

    array: Array | None
    fault: str | None = None
    raw: tuple[int, ...] | None = None


def shaped(shape: tuple[int, ...], array: Array | None) -> Shaped:
    """The array as a gradient of a parameter of this shape.

    An axis of one more or less changes nothing; but (k,) taken from (k, 1) would make (k, k).
    """
    if array is None:
        return Shaped(None, MISSING)
    values = np.asarray(array, dtype=np.float64)
    size = int(np.prod(shape))
    if values.shape == shape:
        return Shaped(values)
    if values.size == size:
        if _stays(shape, values.shape, size):
            return Shaped(values.reshape(shape))
        if values.ndim == 2 and values.shape == shape[::-1] and 1 not in shape:
            return Shaped(values.T, TRANSPOSED, values.shape)
        if 1 in shape or len(shape) < 2:
            return Shaped(values.reshape(shape), WRONG_SHAPE, values.shape)
        return Shaped(None, WRONG_SHAPE, values.shape)
    if values.size == 1 and size > 1:
        fault = SCALAR if len(shape) < 2 or 1 in shape else WRONG_SHAPE
        return Shaped(np.full(shape, values.reshape(())), fault, values.shape)
    return Shaped(None, WRONG_SHAPE, values.shape)


def all_shaped(
    shapes: dict[Name, tuple[int, ...]], arrays: dict[Name, Array]
) -> dict[Name, Shaped]:
    """Every parameter's gradient in its shape."""
    return {name: shaped(shape, arrays.get(name)) for name, shape in shapes.items()}


def filled(shapes: dict[Name, tuple[int, ...]], arrays: dict[Name, Array]) -> Point:
    """The same as plain arrays, NaN where there is none."""
    return {
        name: np.full(shapes[name], np.nan) if each.array is None else each.array
        for name, each in all_shaped(shapes, arrays).items()
    }


def _stays(shape: tuple[int, ...], other: tuple[int, ...], size: int) -> bool:
    """Whether a parameter less such an array keeps its size."""
    try:
        together = np.broadcast_shapes(shape, other)
    except ValueError:
        return False
    return int(np.prod(together)) == size
