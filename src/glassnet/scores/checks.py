"""Checks of what the scores are given: lengths, weights, labels and probabilities.

Everything is checked once, here, so that the formulas elsewhere stay bare.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


def as_weight(sample_weight: ArrayLike | None, rows: int) -> Floats:
    """Weights (rows,) as float64; ones when None. At least one must be above zero."""
    if sample_weight is None:
        return np.ones(rows)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (rows,):
        raise InputError(
            f"sample_weight has shape {weight.shape}; expected ({rows},), one weight a sample"
        )
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise InputError("sample_weight holds a negative or non-finite weight; expected all ≥ 0")
    if not weight.any():
        raise InputError("sample_weight is zero for every sample; at least one must be above 0")
    return weight


def as_column(values: ArrayLike, name: str) -> NDArray[Any]:
    """A one-dimensional array with at least one value; a single column (n, 1) is flattened."""
    column = np.asarray(values)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1:
        raise InputError(f"{name} has shape {column.shape}; expected one value a sample, (n,)")
    if len(column) == 0:
        raise InputError(f"{name} is empty; a score needs at least one sample")
    return column


def check_same_length(first: NDArray[Any], second: NDArray[Any], names: tuple[str, str]) -> None:
    """Raise when two arrays do not describe the same samples."""
    if len(first) != len(second):
        raise InputError(
            f"{names[0]} has {len(first)} samples and {names[1]} has {len(second)}; "
            f"they must describe the same samples"
        )


def label_pair(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """True and predicted labels, both (n,), of one kind (both numbers or both text)."""
    truth, predicted = as_column(y_true, "y_true"), as_column(y_pred, "y_pred")
    check_same_length(truth, predicted, ("y_true", "y_pred"))
    # NumPy would turn 1 into "1" to compare it, and every label would be silently wrong.
    if {truth.dtype.kind in "US", predicted.dtype.kind in "US"} == {True, False} and (
        "O" not in (truth.dtype.kind, predicted.dtype.kind)
    ):
        raise InputError(
            f"y_true holds {truth.dtype} and y_pred holds {predicted.dtype}; "
            f"labels must be text in both or numbers in both"
        )
    return truth, predicted


def sorted_labels(*columns: NDArray[Any]) -> NDArray[Any]:
    """The distinct labels of all columns, in order."""
    try:
        return np.unique(np.concatenate([np.unique(column) for column in columns]))
    except TypeError:
        raise InputError(
            "the labels mix text with numbers or missing values; make them all text or all numbers"
        ) from None


def label_positions(y: NDArray[Any], labels: ArrayLike | Sequence[Any], name: str) -> Integers:
    """The place of each sample's label in `labels`: integers (n,)."""
    known = np.asarray(labels).tolist()
    place = {label: i for i, label in enumerate(known)}
    if len(place) != len(known):
        raise InputError(f"labels {known} names a label twice; name each one once")
    found, inverse = np.unique(y, return_inverse=True)
    unknown = [label for label in found.tolist() if label not in place]
    if unknown:
        raise InputError(f"{name} holds the label {unknown[0]!r}; expected one of {known[:20]}")
    positions = np.array([place[label] for label in found.tolist()], dtype=np.intp)
    return positions[inverse]


def as_probabilities(p: ArrayLike, name: str = "p") -> NDArray[Any]:
    """Probabilities (n,) or (n, k), finite and in [0, 1], in their own float type."""
    probabilities = np.asarray(p)
    if probabilities.dtype.kind != "f":
        probabilities = probabilities.astype(np.float64)
    if probabilities.ndim == 2 and probabilities.shape[1] == 1:
        probabilities = probabilities[:, 0]
    if probabilities.ndim not in (1, 2) or len(probabilities) == 0:
        raise InputError(f"{name} has shape {probabilities.shape}; expected (n,) or (n, classes)")
    outside = ~((probabilities >= 0) & (probabilities <= 1))
    if outside.any():
        raise InputError(
            f"{name} holds {float(probabilities[outside][0]):g}; probabilities lie in [0, 1]"
        )
    return probabilities


def as_binary(y: ArrayLike, name: str = "y") -> NDArray[np.bool_]:
    """A target of zeros and ones (or booleans) as booleans (n,)."""
    column = as_column(y, name)
    if column.dtype.kind == "b":
        return column
    other = [value for value in set(column.tolist()) if value not in (0, 1)]
    if other:
        raise InputError(
            f"{name} holds {other[0]!r}; expected 0 and 1 only: encode the positive class as 1"
        )
    return np.asarray(column == 1, dtype=np.bool_)


def sum_by_place(place: Integers, weight: NDArray[Any], size: int) -> Floats:
    """Sum of the weights at each place 0 … size − 1, float64 (size,)."""
    return np.bincount(place, weights=weight, minlength=size).astype(np.float64)


def as_numbers(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Floats, Floats]:
    """True and predicted numbers, both (n, outputs), finite."""
    pair = []
    for values, name in ((y_true, "y_true"), (y_pred, "y_pred")):
        try:
            numbers = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(f"{name} is not all numbers; regression needs a number each") from None
        if numbers.ndim not in (1, 2) or numbers.size == 0:
            raise InputError(f"{name} has shape {numbers.shape}; expected (n,) or (n, outputs)")
        if not np.isfinite(numbers).all():
            count = int((~np.isfinite(numbers)).sum())
            raise InputError(
                f"{name} holds {count} NaN or infinite values; expected finite numbers"
            )
        pair.append(numbers.reshape(len(numbers), -1))
    if pair[0].shape != pair[1].shape:
        raise InputError(
            f"y_true has shape {pair[0].shape} and y_pred {pair[1].shape}; they must be equal"
        )
    return pair[0], pair[1]
