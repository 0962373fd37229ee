"""Targets in the network's form: labels as indices or columns of 0 and 1, numbers standardised."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from glassnet.data.table import listed
from glassnet.errors import InputError
from glassnet.models.tables import is_missing
from glassnet.nn.arrays import Array


@dataclass(frozen=True)
class Labels:
    """What the labels of a classifier are: sorted classes, and one of three tasks.

    task: "binary", "multiclass" or "multilabel" (an indicator matrix, a column a label); dtype:
    that of the labels as they came.
    """

    classes: Array
    task: str
    dtype: np.dtype

    @property
    def outputs(self) -> int:
        """The units that the last layer needs: 1 for two classes, else one a class."""
        return 1 if self.task == "binary" else len(self.classes)

    def encode(self, y: Any, place: str = "y") -> Array:
        """The classes' places (n,), or for "multilabel" 0 and 1 (n, k); ``InputError`` for a label
        that was not seen in training."""
        values = read_labels(y, place)
        if self.task == "multilabel":
            if values.ndim != 2 or values.shape[1] != len(self.classes):
                raise InputError(
                    f"{place} has shape {values.shape}; the model knows {len(self.classes)} "
                    "labels, a column each"
                )
            return values.astype(np.float64)
        index = {label: j for j, label in enumerate(self.classes.tolist())}
        places = np.array([index.get(label, -1) for label in values.tolist()], dtype=np.int64)
        unseen = np.flatnonzero(places < 0)
        if len(unseen):
            raise InputError(
                f"{place} holds the label {values.tolist()[unseen[0]]!r} ({len(unseen)} sample(s) "
                f"with such labels), which was never seen in training; the classes are "
                f"{listed(self.classes.tolist())}"
            )
        return places

    def decode(self, places: Array) -> Array:
        """Labels from the classes' places, or the indicator matrix as it came."""
        if self.task == "multilabel":
            return np.asarray(places.astype(self.dtype))
        return np.asarray(self.classes[places])


def read_labels(y: Any, place: str = "y") -> Array:
    """Labels (n,), or an indicator matrix (n, k) of 0 and 1; ``InputError`` for anything else."""
    if y is None:
        raise InputError(f"a classifier requires y to be passed, but the target {place} is None")
    if hasattr(y, "toarray"):
        y = y.toarray()
    values = _plain(y)
    _refuse_missing(values, place)
    if values.dtype.kind == "O":
        values = _of_one_type(values, place)
    try:
        check_classification_targets(values)
        kind = type_of_target(values)
        if kind == "multilabel-indicator":
            return values
        if kind != "multiclass-multioutput":
            return np.asarray(column_or_1d(values, warn=True))
    except (TypeError, ValueError) as error:
        raise InputError(" ".join(str(error).split())) from None
    raise InputError(
        f"Unknown label type: {place} has {values.shape[1]} columns that are not all 0 and 1; give "
        "one label a sample, or an indicator matrix"
    )


def find_labels(y: Array) -> Labels:
    """The classes of labels as `read_labels` gives them; ``InputError`` where there is only one."""
    if y.ndim == 2:
        return Labels(np.arange(y.shape[1]), "multilabel", y.dtype)
    classes = np.unique(y)
    if len(classes) < 2:
        raise InputError(
            f"y has 1 class only ({classes.tolist()[0]!r}), a classifier needs at least 2 classes: "
            "check the column of labels, or the rows that were chosen"
        )
    return Labels(classes, "binary" if len(classes) == 2 else "multiclass", y.dtype)


def class_weights(
    choice: Any, labels: Labels, places: Array, weights: Array | None
) -> Array | None:
    """Sample weights (n,) times their class's weight; None where all are 1.

    "balanced" gives each class the same sum: Σw / (K · Σw over the class). A dictionary gives a
    weight by label, 1 where none is named.
    """
    if choice is None:
        return weights
    if labels.task == "multilabel":
        raise InputError("class_weight is for one label a sample; weigh samples by sample_weight")
    base = np.ones(len(places)) if weights is None else weights
    count = len(labels.classes)
    if isinstance(choice, str) and choice == "balanced":
        sums = np.bincount(places, weights=base, minlength=count)
        by_class = base.sum() / (count * np.where(sums > 0, sums, 1.0))
    elif isinstance(choice, Mapping):
        known = labels.classes.tolist()
        unknown = [label for label in choice if label not in known]
        if unknown:
            raise InputError(
                f"class_weight names the class {unknown[0]!r}; the classes are {listed(known)}"
            )
        by_class = np.array([float(choice.get(label, 1.0)) for label in known])
        if not (np.isfinite(by_class).all() and (by_class >= 0).all() and by_class.any()):
            raise InputError(f"class_weight is {dict(choice)!r}; weights are finite and 0 or more")
    else:
        raise InputError(f"class_weight is {choice!r}; give 'balanced' or a weight for each class")
    return np.asarray(base * by_class[places])


def read_numbers(y: Any, place: str = "y") -> tuple[Array, bool]:
    """Numbers (n, k) as float64, and whether they came as (n,); ``InputError`` otherwise."""
    if y is None:
        raise InputError(f"a regressor requires y to be passed, but the target {place} is None")
    values = _plain(y)
    if values.dtype.kind == "c":
        raise InputError(f"Complex data not supported: {place} holds complex numbers")
    if values.ndim not in (1, 2) or not values.size:
        raise InputError(
            f"Found array with 0 sample(s) or a wrong shape: {place} has shape {values.shape}; "
            "expected (n,) or (n, k) numbers"
        )
    _refuse_missing(values, place)
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"{place} holds {_first_text(values)!r}, which is not a number; glassnet.Classifier "
            "learns labels"
        ) from None
    if not np.isfinite(numbers).all():
        raise InputError(
            f"Input {place} contains infinity or a value too large for float64 "
            f"({int((~np.isfinite(numbers)).sum())} in all); correct or remove those samples"
        )
    return numbers.reshape(len(numbers), -1), values.ndim == 1


def _plain(y: Any) -> Array:
    to_numpy = getattr(y, "to_numpy", None)
    return np.asarray(to_numpy() if callable(to_numpy) else y)


def _of_one_type(values: Array, place: str) -> Array:
    """Objects as they are where all are text, else as an array of numbers."""
    labels = values.reshape(-1).tolist()
    if all(isinstance(label, str) for label in labels):
        return values
    if any(isinstance(label, str) for label in labels):
        other = next(label for label in labels if not isinstance(label, str))
        raise InputError(
            f"Unknown label type: {place} mixes text with {other!r}; make all labels text, or all "
            "numbers"
        )
    return np.array(labels).reshape(values.shape)


def _refuse_missing(values: Array, place: str) -> None:
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        if np.isinf(values).any():
            raise InputError(
                f"Input {place} contains infinity ({int(np.isinf(values).sum())} value(s)); "
                "correct or remove those samples"
            )
    elif values.dtype.kind == "O":
        missing = np.array([is_missing(value) for value in values.reshape(-1).tolist()], dtype=bool)
    else:
        return
    if missing.any():
        raise InputError(
            f"Input {place} contains NaN: {int(missing.sum())} of {missing.size} targets are "
            f"missing, the first at {int(np.flatnonzero(missing)[0])}; remove those samples"
        )


def _first_text(values: Array) -> Any:
    for value in values.reshape(-1).tolist():
        try:
            float(value)
        except (TypeError, ValueError):
            return value
    return values.reshape(-1).tolist()[0]
