"""How each column of a raw table becomes numbers, as it was learned: what a model file keeps."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.data.table import Table
from glassnet.errors import InputError
from glassnet.models.fills import fill_gaps
from glassnet.models.scaling import draw_in
from glassnet.models.tables import text_of
from glassnet.nn.arrays import Array

MISSING = "missing"


@dataclass(frozen=True)
class Number:
    """A column of numbers. A missing one becomes `fill`, had by `how` (median, mean, constant);
    with `indicator` a second feature is 1 where it was missing. With `clip` the number is then
    (x − shift) · factor, drawn in to ±clip."""

    fill: float = 0.0
    how: str = "constant"
    indicator: bool = False
    shift: float = 0.0
    factor: float = 1.0
    clip: float | None = None

    @property
    def width(self) -> int:
        """How many features it becomes."""
        return 1 + self.indicator


@dataclass(frozen=True)
class Text:
    """A column of text: a feature, 0 or 1, for each of its categories. A missing cell is the
    category "missing" where some were missing in training, else, as an unseen one, all 0."""

    categories: tuple[str, ...]
    missing: bool = False

    @property
    def width(self) -> int:
        """How many features it becomes."""
        return len(self.categories)


@dataclass(frozen=True)
class Encoding:
    """The columns of a table in order, and their names, None where they had none."""

    names: tuple[str, ...] | None
    columns: tuple[Number | Text, ...]

    def name_of(self, place: int) -> str:
        """The name of a column, x0 … where it has none."""
        return f"x{place}" if self.names is None else self.names[place]

    @property
    def width(self) -> int:
        """How many features all columns become."""
        return sum(column.width for column in self.columns)

    @cached_property
    def _numbers(self) -> list[Number]:
        return [column for column in self.columns if isinstance(column, Number)]

    def places(self) -> tuple[Array, Array]:
        """The features that are numbers, and those that are 0 or 1."""
        values: list[int] = []
        marks: list[int] = []
        at = 0
        for column in self.columns:
            if isinstance(column, Number):
                values.append(at)
                marks += range(at + 1, at + column.width)
            else:
                marks += range(at, at + column.width)
            at += column.width
        return np.array(values, dtype=np.int64), np.array(marks, dtype=np.int64)

    @staticmethod
    def parts(samples: Any) -> tuple[Any, dict[int, Array]]:
        """The columns of numbers as one matrix, and the columns of text by place."""
        if not isinstance(samples, Table):
            return samples, {}
        texts = {
            place: samples[name]
            for place, name in enumerate(samples.names)
            if not samples.is_numeric(name)
        }
        return samples.without(*samples.text_names).matrix(), texts

    def parts_as_learned(self, samples: Any) -> tuple[Any, dict[int, Array]]:
        """The same, each column taken as it was learned, whatever it looks like now."""
        is_text = [isinstance(column, Text) for column in self.columns]
        if not isinstance(samples, Table):
            if not any(is_text):
                return samples, {}
            dense = samples.toarray() if hasattr(samples, "toarray") else samples
            samples = Table.from_matrix(dense, [f"x{j}" for j in range(len(self.columns))])
        texts: dict[int, Array] = {}
        numbers = np.empty((len(samples), len(self._numbers)))
        free = iter(numbers.T)
        for place, name in enumerate(samples.names):
            column = samples[name]
            if is_text[place]:
                texts[place] = column if column.dtype == object else _as_text(column)
            else:
                if column.dtype == object:
                    column = _as_numbers(column, self.name_of(place))
                next(free)[:] = column
        return numbers, texts

    def encode(self, numbers: Any, texts: dict[int, Array]) -> Any:
        """Rows (n, width) of finite numbers; the very matrix where there is nothing to do."""
        learned = self._numbers
        filled = fill_gaps(numbers, np.array([column.fill for column in learned]))
        clip = learned[0].clip if learned else None
        if clip is not None:
            dense = filled.toarray() if hasattr(filled, "toarray") else filled
            shift = np.array([column.shift for column in learned])
            factor = np.array([column.factor for column in learned])
            filled = draw_in(dense, shift, factor, clip)
        indicated = [j for j, column in enumerate(learned) if column.indicator]
        if not indicated and not texts:
            return filled
        marks = self._marks(numbers, texts, indicated)
        order = np.argsort(np.concatenate(self.places()), kind="stable")
        if hasattr(filled, "toarray"):
            from scipy import sparse

            return sparse.hstack([filled, sparse.csr_matrix(marks)], format="csr")[:, order]
        return np.hstack([filled, marks])[:, order]

    def _marks(self, numbers: Any, texts: dict[int, Array], indicated: list[int]) -> Array:
        """All features that are 0 or 1, in the order of the columns."""
        pieces = []
        if indicated:
            chosen = numbers[:, indicated]
            chosen = chosen.toarray() if hasattr(chosen, "toarray") else chosen
            gaps = iter(np.isnan(chosen).astype(np.float64).T)
        for place, column in enumerate(self.columns):
            if isinstance(column, Text):
                pieces.append(_one_hot(texts[place], column))
            elif column.indicator:
                pieces.append(next(gaps)[:, None])
        return np.hstack(pieces)


def _one_hot(cells: Array, column: Text) -> Array:
    place: dict[str | None, int] = {label: j for j, label in enumerate(column.categories)}
    if column.missing:
        place[None] = place[MISSING]
    marks = np.zeros((len(cells), len(column.categories)))
    found = np.array([place.get(cell, -1) for cell in cells.tolist()], dtype=np.int64)
    rows = np.flatnonzero(found >= 0)
    marks[rows, found[rows]] = 1.0
    return marks


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
