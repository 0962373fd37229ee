"""`TablePreprocessor`: raw rows to rows of finite numbers, and the `Scale` layer that follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from glassnet.data.scaling import checked_weights, weighted_quantile
from glassnet.data.table import Table
from glassnet.errors import InputError
from glassnet.models.scaling import Scaling, choose_scaling, draw_in
from glassnet.models.tables import column_names, read_samples, text_of
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Scale

MOST_CATEGORIES = 100  # a column's rarer ones are treated as unseen
INDICATOR_FACTOR = 2.0  # 0 and 1 become about −1 and 1


@dataclass(frozen=True)
class Encoding:
    """What was learned of the columns; enough to encode any new row.

    names: of the input columns, None where an array came without; categories: for a column of
    text its categories (None is "missing"), for a column of numbers None; fill: what stands for a
    missing number, by number column; indicator: the number columns, counted among themselves,
    that get a second column saying "was missing"; scaling: of the numbers, before the others.
    """

    names: tuple[str, ...] | None
    categories: tuple[tuple[str | None, ...] | None, ...]
    fill: Array
    indicator: Array
    scaling: Scaling
    shift: Array | None
    factor: Array | None

    @property
    def columns(self) -> int:
        """How many input columns there are."""
        return len(self.categories)

    @property
    def is_all_numbers(self) -> bool:
        """Whether no column holds text."""
        return all(kept is None for kept in self.categories)

    def name_of(self, place: int) -> str:
        """The name of an input column."""
        return f"x{place}" if self.names is None else self.names[place]


class TablePreprocessor:
    """Fill in what is missing, turn text into columns of 0 and 1, measure the scale.

    A missing number becomes the column's median (its mean where none was missing in training),
    and a second column says that it was missing. A column of text becomes a column for each of its
    categories (the 100 most frequent), and one for "missing" where some were missing in training;
    a category that was not seen in training is 0 in all of them. Every statistic is weighted: a
    sample of weight 2 is two samples.

    Parameters
    ----------
    scaling : "auto", "none", "standard", "robust", "minmax", or a number to divide by; kept for
        the layer ``Scale`` (`scale_layer`), while `transform` leaves numbers in their own units.
    categorical : names or places of columns that are categories although they look like numbers.
    """

    def __init__(
        self, scaling: object = "auto", categorical: Sequence[str | int] | None = None
    ) -> None:
        self.scaling = scaling
        self.categorical = categorical
        self._encoding: Encoding | None = None

    @property
    def encoding(self) -> Encoding:
        """What was learned; raises ``InputError`` before `fit`."""
        if self._encoding is None:
            raise InputError("the preprocessor has seen no table yet: call fit first")
        return self._encoding

    @encoding.setter
    def encoding(self, value: Encoding) -> None:
        self._encoding = value

    def fit(self, X: Any, sample_weight: Any = None) -> Self:
        """Learn categories, fills and scales from the rows of weight above 0."""
        self.fit_transform(X, sample_weight)
        return self

    def fit_transform(self, X: Any, sample_weight: Any = None) -> Any:
        """Learn from X and encode it."""
        names = column_names(X)
        samples = read_samples(X, self.categorical)
        if samples.shape[0] == 0 or samples.shape[1] == 0:
            missing = "sample(s)" if samples.shape[0] == 0 else "feature(s)"
            raise InputError(
                f"Found array with 0 {missing} (shape={samples.shape}) while a minimum of 1 is "
                "required: X is empty"
            )
        weights = np.ones(samples.shape[0])
        if sample_weight is not None:
            weights = checked_weights(sample_weight, samples.shape[0])
        numbers, texts = _parts(samples)
        categories: list[tuple[str | None, ...] | None] = [None] * samples.shape[1]
        for place, column in texts.items():
            categories[place] = _categories(column, weights)
        fill, indicator = _fills(numbers, weights)
        filled = _filled(numbers, fill)
        scaling = Scaling()
        if numbers.shape[1]:
            used = weights > 0
            seen = filled if used.all() else filled[np.flatnonzero(used)]
            scaling = choose_scaling(seen, weights[used], self.scaling)
        else:
            choose_scaling(np.zeros((1, 1)), np.ones(1), self.scaling)  # refuses a wrong name
        draft = Encoding(
            tuple(names) if names is not None else None,
            tuple(categories), fill, indicator, scaling, None, None,
        )  # fmt: skip
        encoded, extras = _encode(draft, numbers, filled, texts)
        shift, factor = _with_extras(draft, extras, weights, self.scaling)
        self._encoding = Encoding(
            draft.names, draft.categories, fill, indicator, scaling, shift, factor
        )
        return encoded

    def transform(self, X: Any) -> Any:
        """Encode rows, (n, D): numbers in their own units, then "was missing", then categories.

        Raises ``InputError`` for another number of columns, or text where numbers were learned.
        """
        encoding = self.encoding
        samples = read_samples(X, self.categorical if _can_choose(X, self.categorical) else None)
        if samples.shape[1] != encoding.columns:
            raise InputError(
                f"X has {samples.shape[1]} features, but {encoding.columns} were learned: give "
                "the columns of the training data, in their order"
            )
        numbers, texts = _parts(samples, encoding)
        encoded, _ = _encode(encoding, numbers, _filled(numbers, encoding.fill), texts)
        return encoded

    @property
    def scale_layer(self) -> Scale | None:
        """The layer that follows: (x − shift) · factor."""
        encoding = self.encoding
        if encoding.shift is None or encoding.factor is None:
            return None
        return Scale(tuple(encoding.shift.tolist()), tuple(encoding.factor.tolist()))

    @property
    def encoded_names(self) -> list[str]:
        """A name for each column that comes out: age, age missing, colour = red, …"""
        encoding = self.encoding
        kept = list(enumerate(encoding.categories))
        numbers = [encoding.name_of(place) for place, labels in kept if labels is None]
        names = numbers + [f"{numbers[j]} missing" for j in encoding.indicator.tolist()]
        for place, labels in kept:
            for label in labels or ():
                shown = "missing" if label is None else label
                names.append(f"{encoding.name_of(place)} = {shown}")
        return names


def _can_choose(X: Any, categorical: object) -> bool:
    return categorical is not None and not hasattr(X, "toarray")


def _parts(samples: Any, encoding: Encoding | None = None) -> tuple[Any, dict[int, Array]]:
    """The columns of numbers as one matrix, and the columns of text by place.

    With an encoding, columns are taken as they were learned, whatever they look like now.
    """
    if not isinstance(samples, Table):
        if encoding is None or encoding.is_all_numbers:
            return samples, {}
        if hasattr(samples, "toarray"):
            samples = samples.toarray()
        samples = Table.from_matrix(
            samples, [encoding.name_of(place) for place in range(encoding.columns)]
        )
    texts: dict[int, Array] = {}
    columns: list[Array] = []
    for place, name in enumerate(samples.names):
        column = samples[name]
        is_text = column.dtype == object
        if encoding is not None:
            learned_text = encoding.categories[place] is not None
            if is_text and not learned_text:
                column = _as_numbers(column, encoding.name_of(place))
            elif learned_text and not is_text:
                column = _as_text(column)
            is_text = learned_text
        if is_text:
            texts[place] = column
        else:
            columns.append(column)
    matrix = np.empty((len(samples), len(columns)))
    for j, column in enumerate(columns):
        matrix[:, j] = column
    return matrix, texts


def _as_numbers(column: Array, name: str) -> Array:
    values = np.empty(len(column))
    for row, cell in enumerate(column.tolist()):
        try:
            values[row] = np.nan if cell is None else float(cell)
        except ValueError:
            raise InputError(
                f"column {name!r}, row {row}: {cell!r} is not a number, but the column held "
                "numbers in training; correct it, or leave it empty: it is then filled in"
            ) from None
    return values


def _as_text(column: Array) -> Array:
    text = np.empty(len(column), dtype=object)
    text[:] = [None if np.isnan(value) else text_of(value) for value in column.tolist()]
    return text


def _categories(column: Array, weights: Array) -> tuple[str | None, ...]:
    """The most frequent categories, in order, and None last where some are missing."""
    counts: dict[str | None, float] = {}
    for cell, weight in zip(column.tolist(), weights.tolist(), strict=True):
        if weight > 0:
            counts[cell] = counts.get(cell, 0.0) + weight
    missing: tuple[str | None, ...] = (None,) if counts.pop(None, None) is not None else ()
    labels = sorted(label for label in counts if label is not None)
    labels.sort(key=lambda label: -counts[label])
    return tuple(sorted(labels[:MOST_CATEGORIES])) + missing


def _fills(numbers: Any, weights: Array) -> tuple[Array, Array]:
    """What stands for a missing number in each column, and the columns that had some missing."""
    d = numbers.shape[1]
    if hasattr(numbers, "toarray"):
        return _sparse_fills(numbers, weights)
    used = np.flatnonzero(weights > 0)
    share = weights / weights.sum()
    gaps = np.zeros(d, dtype=bool)
    if numbers.dtype.kind == "f":
        with np.errstate(invalid="ignore", over="ignore"):
            gaps = np.isnan(numbers.sum(axis=0))
        gaps[gaps] = np.isnan(numbers[:, gaps][used]).any(axis=0)
    fill = np.zeros(d)
    whole = np.flatnonzero(~gaps)
    for first in range(0, len(whole), 256):
        part = whole[first : first + 256]
        columns = numbers[:, part][used]
        fill[part] = share[used] @ np.asarray(columns, dtype=np.float64)
    for j in np.flatnonzero(gaps):
        column = numbers[:, j][used]
        if not np.isnan(column).all():
            fill[j] = weighted_quantile(column, 0.5, weights[used])
        else:
            gaps[j] = False
    return fill, np.flatnonzero(gaps)


def _sparse_fills(numbers: Any, weights: Array) -> tuple[Array, Array]:
    share = weights / weights.sum()
    stored = np.nan_to_num(numbers.data.astype(np.float64))
    known = numbers.astype(np.float64)
    known.data = stored
    fill = np.asarray(share @ known).reshape(-1)
    indicator = []
    used = np.flatnonzero(weights > 0)
    gaps = np.isnan(numbers.data) if numbers.dtype.kind == "f" else np.zeros(0, dtype=bool)
    for j in np.unique(numbers.indices[gaps]) if gaps.any() else ():
        column = numbers[:, [j]].toarray().reshape(-1)[used]
        if np.isnan(column).all():
            fill[j] = 0.0
        elif np.isnan(column).any():
            fill[j] = weighted_quantile(column, 0.5, weights[used])
            indicator.append(j)
    return fill, np.array(indicator, dtype=np.int64)


def _filled(numbers: Any, fill: Array) -> Any:
    """The numbers with every gap filled; the same object where there is none."""
    if numbers.dtype.kind != "f":
        return numbers
    if hasattr(numbers, "toarray"):
        gaps = np.isnan(numbers.data)
        if not gaps.any():
            return numbers
        filled = numbers.copy()
        filled.data[gaps] = fill[numbers.indices[gaps]]
        return filled
    gaps = np.isnan(numbers)
    return np.where(gaps, fill, numbers) if gaps.any() else numbers


def _encode(
    encoding: Encoding, numbers: Any, filled: Any, texts: dict[int, Array]
) -> tuple[Any, Array]:
    """The encoded rows, and those of their columns that are 0 or 1."""
    extras = []
    if len(encoding.indicator):
        chosen = numbers[:, encoding.indicator]
        chosen = chosen.toarray() if hasattr(chosen, "toarray") else chosen
        extras.append(np.isnan(chosen).astype(np.float64))
    for place, column in texts.items():
        extras.append(_one_hot(column, encoding.categories[place] or ()))
    marks = np.hstack(extras) if extras else np.empty((numbers.shape[0], 0))
    if hasattr(filled, "toarray"):
        if not marks.shape[1]:
            return filled, marks
        from scipy import sparse

        return sparse.hstack([filled, sparse.csr_matrix(marks)], format="csr"), marks
    drawn = draw_in(filled, encoding.scaling)
    if not marks.shape[1]:
        return drawn, marks
    return np.hstack([drawn, marks]), marks


def _one_hot(column: Array, labels: tuple[str | None, ...]) -> Array:
    place = {label: j for j, label in enumerate(labels)}
    marks = np.zeros((len(column), len(labels)))
    found = np.array([place.get(cell, -1) for cell in column.tolist()], dtype=np.int64)
    rows = np.flatnonzero(found >= 0)
    marks[rows, found[rows]] = 1.0
    return marks


def _with_extras(
    encoding: Encoding, marks: Array, weights: Array, kind: object
) -> tuple[Array | None, Array | None]:
    """Shift and factor of all encoded columns."""
    scaling, extra = encoding.scaling, marks.shape[1]
    if kind == "none":
        return None, None
    shift = np.zeros(0) if scaling.shift is None else scaling.shift
    factor = np.zeros(0) if scaling.factor is None else scaling.factor
    if kind in ("auto", "standard"):
        middle = (weights / weights.sum()) @ marks
        constant = (middle <= 0) | (middle >= 1)
        return (
            np.concatenate([shift, middle]),
            np.concatenate([factor, np.where(constant, 0.0, INDICATOR_FACTOR)]),
        )
    return np.concatenate([shift, np.zeros(extra)]), np.concatenate([factor, np.ones(extra)])
