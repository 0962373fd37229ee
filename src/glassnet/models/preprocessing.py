"""`TablePreprocessor`: raw rows to rows of finite numbers, and the `Scale` layer that follows."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from glassnet.data.scaling import checked_weights
from glassnet.errors import InputError
from glassnet.models.encoding import MISSING, Encoding, Number, Text
from glassnet.models.fills import fill_gaps, find_fills
from glassnet.models.scaling import Scaling, choose_scaling
from glassnet.models.tables import column_names, read_samples
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Scale

MOST_CATEGORIES = 100  # a column's rarer ones are treated as unseen
TEXT_WIDTH = 4  # Σ 4p(1 − p) over a column's categories, at most
MARK_FACTOR = 2.0  # a column of 0 and 1 that are equally frequent becomes −1 and 1


class TablePreprocessor:
    """Fill in what is missing, turn text into columns of 0 and 1, measure the scale.

    A missing number becomes the column's median, and a second column says that it was missing.
    Where none was missing in training, one that is later becomes the mean (0 for pixels and
    counts). A column of text becomes a column for each of its categories (the 100 most frequent),
    among them "missing" where some were missing in training; a category that was not seen in
    training is 0 in all of them. Every statistic is weighted: a sample of weight 2 is two samples.

    Parameters
    ----------
    scaling : "auto", "none", "standard", "robust", "minmax", or a number to divide by. It is kept
        for the layer `scale_layer`; only with "auto" for a table, where extreme values are drawn
        in, it is `transform` that scales.
    categorical : names or places of columns that are categories although they look like numbers.
    """

    def __init__(
        self, scaling: object = "auto", categorical: Sequence[str | int] | None = None
    ) -> None:
        self.scaling = scaling
        self.categorical = categorical
        self.scale_layer: Scale | None = None
        self._encoding: Encoding | None = None

    @property
    def encoding(self) -> Encoding:
        """What was learned of each column; raises ``InputError`` before `fit`."""
        if self._encoding is None:
            raise InputError("the preprocessor has seen no table yet: call fit first")
        return self._encoding

    @property
    def width(self) -> int:
        """How many columns the table counts for when the penalty is chosen: a column of text as
        at most 4, however many categories it has, for only one of them is 1 in a sample, and with
        a standard deviation of at most ½ each their variances, scaled by 2, add up to under 4."""
        columns = self.encoding.columns
        return sum(
            min(TEXT_WIDTH, len(column.categories)) if isinstance(column, Text)
            else 1 + column.indicator
            for column in columns
        )  # fmt: skip

    @property
    def one_unit(self) -> bool:
        """Whether the columns were found to share one scale, as pixels and counts do."""
        numbers = [column for column in self.encoding.columns if isinstance(column, Number)]
        alone = len(numbers) == len(self.encoding.columns)
        return self.scaling == "auto" and alone and all(c.clip is None for c in numbers)

    @classmethod
    def of(cls, encoding: Encoding) -> Self:
        """A preprocessor that has learned this, as a model file holds it."""
        made = cls()
        made._encoding = encoding
        return made

    def fit(self, X: Any, sample_weight: Any = None) -> Self:
        """Learn categories, fills and scales from the rows of weight above 0."""
        self.fit_transform(X, sample_weight)
        return self

    def fit_transform(self, X: Any, sample_weight: Any = None) -> Any:
        """Learn from X (n, d) and encode it, (n, D)."""
        samples = read_samples(X, self.categorical)
        names = column_names(X)
        _refuse_empty(samples)
        n = samples.shape[0]
        weights = np.ones(n) if sample_weight is None else checked_weights(sample_weight, n)
        used = np.flatnonzero(weights > 0)
        numbers, texts = Encoding.parts(samples)
        fill, gaps = find_fills(_rows(numbers, used), weights[used])
        filled = fill_gaps(numbers, fill)
        scaling = self._measure(_rows(filled, used), weights[used])
        learned = iter([_number(j, fill, gaps, scaling) for j in range(numbers.shape[1])])
        columns = [
            _categories(texts[place], weights) if place in texts else next(learned)
            for place in range(samples.shape[1])
        ]
        self._encoding = Encoding(tuple(names) if names is not None else None, tuple(columns))
        encoded = self._encoding.encode(numbers, texts)
        self.scale_layer = self._scale(scaling, encoded, weights)
        return encoded

    def transform(self, X: Any) -> Any:
        """Encode rows, (n, D): a column after the other, each with its "was missing" or its
        categories.

        Raises ``InputError`` for another number of columns, or text where numbers were learned.
        """
        encoding = self.encoding
        samples = read_samples(X)
        if samples.shape[1] != len(encoding.columns):
            raise InputError(
                f"X has {samples.shape[1]} features, but {len(encoding.columns)} were learned: "
                "give the columns of the training data, in their order"
            )
        return encoding.encode(*encoding.parts_as_learned(samples))

    @property
    def encoded_names(self) -> list[str]:
        """A name for each column that comes out: age, age missing, colour = red, …"""
        names = []
        for place, column in enumerate(self.encoding.columns):
            name = self.encoding.name_of(place)
            if isinstance(column, Text):
                names += [f"{name} = {label}" for label in column.categories]
            else:
                names += [name, f"{name} missing"] if column.indicator else [name]
        return names

    def _measure(self, numbers: Any, weights: Array) -> Scaling | None:
        if numbers.shape[1]:
            return choose_scaling(numbers, weights, self.scaling)
        choose_scaling(np.zeros((1, 1)), np.ones(1), self.scaling)  # refuses a wrong name
        return None

    def _scale(self, scaling: Scaling | None, encoded: Any, weights: Array) -> Scale | None:
        """The layer that does what `transform` left to be done; None for nothing."""
        values, marks = self.encoding.places()
        shift, factor = np.zeros(encoded.shape[1]), np.ones(encoded.shape[1])
        if scaling is not None and scaling.clip is None:
            shift[values], factor[values] = scaling.shift, scaling.factor
        if len(marks) and self.scaling in ("auto", "standard"):
            chosen = encoded[:, marks]
            chosen = chosen.toarray() if hasattr(chosen, "toarray") else chosen
            middle = (weights / weights.sum()) @ chosen
            shift[marks] = middle
            factor[marks] = np.where((middle <= 0) | (middle >= 1), 0.0, MARK_FACTOR)
        if not shift.any() and bool((factor == 1).all()):
            return None
        return Scale(tuple(shift.tolist()), tuple(factor.tolist()))


def _number(place: int, fill: Array, gaps: Array, scaling: Scaling | None) -> Number:
    """The number column at `place` among the number columns."""
    had_gaps = bool(gaps[place])
    value, how = float(fill[place]), "median"
    if not had_gaps:
        value, how = (0.0 if scaling is None else float(scaling.fill[place])), "mean"
        how = how if value else "constant"
    if scaling is None or scaling.clip is None:
        return Number(value, how, had_gaps)
    shift, factor = float(scaling.shift[place]), float(scaling.factor[place])
    return Number(value, how, had_gaps, shift, factor, scaling.clip)


def _categories(column: Array, weights: Array) -> Text:
    """The most frequent categories by weight, in order of their names; "missing" comes last."""
    counts: dict[str | None, float] = {}
    for cell, weight in zip(column.tolist(), weights.tolist(), strict=True):
        if weight > 0:
            counts[cell] = counts.get(cell, 0.0) + weight
    missing = counts.pop(None, 0.0) > 0
    labels = sorted(label for label in counts if label is not None and label != MISSING)
    labels.sort(key=lambda label: -counts[label])
    kept = sorted(labels[:MOST_CATEGORIES])
    if missing or MISSING in counts:
        kept.append(MISSING)
    return Text(tuple(kept), missing)


def _rows(numbers: Any, used: Array) -> Any:
    return numbers if len(used) == numbers.shape[0] else numbers[used]


def _refuse_empty(samples: Any) -> None:
    if 0 in samples.shape:
        missing = "sample(s)" if samples.shape[0] == 0 else "feature(s)"
        raise InputError(
            f"Found array with 0 {missing} (shape={samples.shape}) while a minimum of 1 is "
            "required: X is empty"
        )
