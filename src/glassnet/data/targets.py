"""Which column is the target, what its values mean, and which samples are pictures."""

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data.table import Table, listed
from glassnet.errors import InputError

Array = npt.NDArray[Any]

TARGET_NAMES = (
    "target",
    "label",
    "labels",
    "class",
    "y",
    "diagnosis",
    "outcome",
    "species",
)
MOST_CLASSES = 20

_LABEL_NAMES = TARGET_NAMES[1:4] + TARGET_NAMES[5:]
_PIXEL_NAMES = re.compile(r"pixel.*\d|\d+x\d+", re.I)
_LEAST_UNNAMED_PIXELS = 64
_WIDEST_LABELS = 2**25


def choose_target(names: Sequence[str], target: str | None, shown: str) -> tuple[str, str]:
    """Choose the target's column, and say how.

    It is `target` where given; else the column called target, label, labels, class, y, diagnosis,
    outcome or species (the first of these, in any case); else the last column.

    Raises
    ------
    InputError : where there is no such column, or no column beside it.
    """
    if len(names) < 2:
        raise InputError(
            f"{shown} has only the column {listed(names)}; expected features and a target"
        )
    if target is not None:
        if target not in names:
            raise InputError(
                f"{shown} has no column {target!r}; choose the target with --target from "
                f"{listed(names)}"
            )
        return target, "as asked"
    by_name = {name.lower(): name for name in reversed(names)}
    for wanted in TARGET_NAMES:
        if wanted in by_name:
            return by_name[wanted], "found by its name"
    return names[-1], "the last column"


def understand_targets(
    values: Array, shown: str, task: str | None = None, *, are_labels: bool = False
) -> tuple[Array, Array | None, str]:
    """Give the targets (n,), the sorted classes or None, and the task.

    Text is labels. Whole numbers are labels where at most 20 different ones occur; with
    `are_labels` (the name or the type speaks for it), also where each occurs ten
    times on average. Other numbers are a regression. `task` decides where it is given.

    Raises
    ------
    InputError : for a missing or infinite target, or text where a regression is asked for.
    """
    if task not in (None, "classification", "regression"):
        raise InputError(f"task is {task!r}; choose 'classification' or 'regression'")
    _refuse_missing(values, shown)
    if values.dtype == object or values.dtype.kind == "U":
        if task == "regression":
            raise InputError(
                f"{shown} holds text ({listed(values[:1].tolist())}), which is no number to "
                "predict; choose another target or a classification"
            )
        labels = _as_text(values)
        return labels, np.unique(labels), "classification"
    if task == "regression" or (task is None and not _look_like_labels(values, are_labels)):
        return values.astype(np.float64), None, "regression"
    whole = values.dtype.kind in "biu" or bool(np.all(values == np.floor(values)))
    fits = bool(np.all(np.abs(values.astype(np.float64)) < 2.0**53))
    labels = values.astype(np.int64) if whole and fits else values.astype(np.float64)
    return labels, np.unique(labels), "classification"


def recognise_images(table: Table) -> tuple[int, int] | None:
    """Give (height, width) where the columns are the pixels of a square picture, else None.

    They are where all are called like pixel0, pixel_0_1 or 1x1 and their number is a square; or
    where all hold whole numbers 0 … 255 and their number is a square of at least 8 x 8.
    """
    side = math.isqrt(len(table.names))
    if side < 2 or side * side != len(table.names) or table.text_names:
        return None
    if all(_PIXEL_NAMES.fullmatch(name) for name in table.names):
        return side, side
    if len(table.names) >= _LEAST_UNNAMED_PIXELS and table.is_bytes():
        return side, side
    return None


def features_of(table: Table) -> tuple[Array | Table, tuple[int, int] | None]:
    """Give an array where all columns are numbers (uint8 for pictures), and (h, w) if any."""
    if table.text_names:
        return table, None
    image_shape = recognise_images(table)
    return table.matrix(np.uint8 if image_shape and table.is_bytes() else np.float64), image_shape


def names_labels(name: str) -> bool:
    """Whether a column of this name holds labels rather than numbers to predict."""
    return name.lower() in _LABEL_NAMES


def _look_like_labels(values: Array, are_labels: bool) -> bool:
    if values.dtype.kind == "f" and not np.all(values == np.floor(values)):
        return False
    different = len(np.unique(values))
    return different <= MOST_CLASSES or (are_labels and 10 * different <= len(values))


def _refuse_missing(values: Array, shown: str) -> None:
    if values.dtype == object:
        wrong = np.array([value is None for value in values], dtype=bool)
    elif values.dtype.kind == "f":
        wrong = ~np.isfinite(values)
    else:
        return
    if wrong.any():
        raise InputError(
            f"{shown} has no finite value in {wrong.sum()} of {len(wrong)} samples (first in "
            f"sample {np.flatnonzero(wrong)[0]}, counted from 0); remove these samples"
        )


def _as_text(values: Array) -> Array:
    """Text of fixed width, as NumPy has it; left as objects where a long label makes that huge."""
    if values.dtype.kind == "U":
        return values
    longest = max((len(value) for value in values), default=0)
    return values.astype(str) if 4 * longest * len(values) <= _WIDEST_LABELS else values
