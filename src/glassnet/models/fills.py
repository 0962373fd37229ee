"""What stands for a missing number, and putting it there."""

from typing import Any

import numpy as np

from glassnet.data.scaling import weighted_quantile
from glassnet.nn.arrays import Array


def find_fills(numbers: Any, weights: Array) -> tuple[Array, Array]:
    """Each column's weighted median where it has gaps, else 0; and which columns have gaps.

    A column that is missing entirely says nothing: it is filled with 0 and has no gaps.
    """
    d = numbers.shape[1]
    fill, gaps = np.zeros(d), np.zeros(d, dtype=bool)
    if numbers.dtype.kind != "f":
        return fill, gaps
    for j in _with_gaps(numbers):
        column = numbers[:, [j]]
        column = np.asarray(column.toarray() if hasattr(column, "toarray") else column)[:, 0]
        if not np.isnan(column).all():
            fill[j], gaps[j] = weighted_quantile(column, 0.5, weights), True
    return fill, gaps


def fill_gaps(numbers: Any, fill: Array) -> Any:
    """The numbers with every gap filled; the same object where there is none."""
    if numbers.dtype.kind != "f" or not len(_with_gaps(numbers)):
        return numbers
    if hasattr(numbers, "toarray"):
        gaps = np.isnan(numbers.data)
        filled = numbers.copy()
        filled.data[gaps] = fill[numbers.indices[gaps]]
        return filled
    return np.where(np.isnan(numbers), fill, numbers)


def _with_gaps(numbers: Any) -> Array:
    """The places of the columns that hold NaN."""
    if hasattr(numbers, "toarray"):
        return np.unique(numbers.indices[np.isnan(numbers.data)])
    with np.errstate(invalid="ignore", over="ignore"):
        suspect = np.flatnonzero(np.isnan(numbers.sum(axis=0)))  # also ∞ − ∞ of huge sums
    return np.asarray(suspect[np.isnan(numbers[:, suspect]).any(axis=0)])
