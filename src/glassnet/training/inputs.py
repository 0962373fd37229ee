"""Arrays at the boundary: checked once, here, so that nothing behind has to."""

import math
from typing import Any

import numpy as np

from glassnet.engines.pages import Pages
from glassnet.errors import InputError
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Shape
from glassnet.nn.stack import Stack

_BLOCK = 1 << 22  # numbers looked at together: large data need no large temporary


def check_inputs(X: Any, expected: Shape | None = None, name: str = "X") -> Any:
    """X as an array of numbers, samples in rows, (n, …); sparse matrices stay sparse.

    Raises ``InputError`` where it has no sample axis, holds no numbers, NaN or infinity, or
    samples of another shape than `expected`.
    """
    if not hasattr(X, "toarray"):
        X = _array(X, name)
    elif X.format != "csr":
        X = X.tocsr()
    if X.dtype.kind not in "biuf":
        raise InputError(
            f"{name} must hold numbers, it holds {X.dtype}; glassnet.Classifier and "
            "glassnet.Regressor take tables with text"
        )
    if X.ndim < 2:
        raise InputError(
            f"{name} must be (n, features), one sample a row; shape {X.shape} was given: use "
            "X.reshape(-1, 1) for one feature, X.reshape(1, -1) for one sample"
        )
    if expected is not None and X.shape[1:] != expected:
        raise InputError(
            f"{name} has samples of shape {_show(X.shape[1:])}, the network takes {_show(expected)}"
        )
    if X.dtype.kind == "f":
        _check_finite(X, name)
    return X


def check_targets(stack: Stack, Y: Any, samples: int, dtype: np.dtype, name: str = "Y") -> Array:
    """Y in the form that the loss takes, one row for each of `samples`."""
    Y = _array(Y, name)
    if Y.ndim == 0 or len(Y) != samples:
        count = "no rows" if Y.ndim == 0 else f"{len(Y)} rows"
        raise InputError(
            f"{name} must have one row for each of the {samples} samples, it has {count}"
        )
    return stack.loss.targets(Y, stack.outputs, dtype)


def check_weights(sample_weight: Any, samples: int) -> tuple[Array | None, Array | None]:
    """Sample weights scaled to mean 1, and the rows of weight above 0 (None where all are).

    The mean is over the rows of weight above 0, which alone take part: a row of weight zero
    changes nothing.
    """
    if sample_weight is None:
        return None, None
    weights = _array(sample_weight, "sample_weight")
    if weights.dtype.kind not in "biuf":
        raise InputError(f"sample_weight must hold numbers, it holds {weights.dtype}")
    weights = weights.astype(np.float64)
    if weights.shape != (samples,):
        raise InputError(
            f"sample_weight must hold one number for each of the {samples} samples, shape "
            f"({samples},); shape {weights.shape} was given"
        )
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise InputError("sample_weight holds a number that is negative, NaN or infinite")
    rows = np.flatnonzero(weights)
    if not len(rows):
        raise InputError("every sample_weight is 0: there is nothing to learn from")
    weights = weights * (len(rows) / weights[rows].sum())
    return weights, (None if len(rows) == samples else rows)


def batch_rows(batch_size: int | float, samples: int) -> int:
    """How many rows a batch has: an int is rows, a float in (0, 1] a share of the samples."""
    if isinstance(batch_size, (int, np.integer)) and not isinstance(batch_size, bool):
        if batch_size >= 1:
            return min(int(batch_size), max(1, samples))
    elif isinstance(batch_size, (float, np.floating)) and 0 < batch_size <= 1:
        return max(1, round(float(batch_size) * samples))
    raise InputError(
        f"batch_size is a number of rows from 1 up, or a share of the samples in (0, 1] as a "
        f"float; {batch_size!r} was given"
    )


def check_epochs(epochs: int) -> int:
    """A whole number of passes, from 0 up."""
    if isinstance(epochs, (int, np.integer)) and not isinstance(epochs, bool) and epochs >= 0:
        return int(epochs)
    raise InputError(f"epochs is a whole number from 0 up, {epochs!r} was given")


def _array(values: Any, name: str) -> Any:
    """An array of these values; a memory-mapped one stays that."""
    if isinstance(values, np.ma.MaskedArray):
        raise InputError(f"{name} is a masked array: fill in or leave out what is masked")
    try:
        return np.asanyarray(values)
    except ValueError:
        raise InputError(f"{name} is not an array: its rows are not all of one length") from None


def _check_finite(X: Any, name: str) -> None:
    values = X.data if hasattr(X, "toarray") else X
    rows = max(1, _BLOCK // max(1, values[:1].size))
    count, place, pages = 0, None, Pages(values)
    for first in range(0, len(values), rows):
        block = values[first : first + rows]
        fine = _squares_are_finite(block) or np.isfinite(block).all()
        pages.read(rows)
        if fine:
            continue
        finite = np.isfinite(block)
        count += int((~finite).sum())
        if place is None:
            place = np.argwhere(~finite)[0]
            place[0] += first
    if place is None:
        return
    where = "" if values.ndim == 1 else f", the first in row {place[0]}"
    where += f", feature {place[1]}" if values.ndim == 2 else ""
    raise InputError(
        f"{name} holds {count} value(s) that are NaN or infinite{where}; fill in or leave out "
        "those samples, or use glassnet.Classifier or glassnet.Regressor, which impute"
    )


def _squares_are_finite(block: Any) -> bool:
    """Whether Σ x² is finite, so every x is: one fast product. False says nothing."""
    if not block.flags.c_contiguous or block.dtype not in (np.float32, np.float64):
        return False
    flat = block.reshape(-1)
    with np.errstate(all="ignore"):
        return math.isfinite(np.dot(flat, flat))


def _show(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
