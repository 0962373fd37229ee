"""Samples as small pictures."""

import numpy as np

from glassnet.data.dataset import Dataset
from glassnet.nn.arrays import Array


def pictures(data: Dataset, rows: Array) -> Array:
    """The pictures of these rows, (m, h, w) of 0 to 255; the largest value of the set is 255."""
    assert data.image_shape is not None and isinstance(data.X, np.ndarray)
    return as_pictures(data.X[rows], data, data.image_shape)


def as_pictures(X: Array, data: Dataset, shape: tuple[int, int]) -> Array:
    """Rows of pixels as pictures, by the scale of a set."""
    scaled = np.clip(X.astype(np.float64) * (255 / ink_of(data)), 0, 255)
    return np.round(scaled).astype(np.uint8).reshape(-1, *shape)


def ink_of(data: Dataset) -> float:
    """The value of full ink: 255 for bytes, else the largest of the first samples."""
    assert isinstance(data.X, np.ndarray)
    if data.X.dtype == np.uint8:
        return 255.0
    return float(np.abs(data.X[:1000]).max()) or 1.0
