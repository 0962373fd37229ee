"""Before training: one value far from all others, in the features or in the target.

Long tails are no outliers: in them the second largest value is nearly as far away as the largest.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.engines.samples import dense_rows
from glassnet.insight.doctor.finding import WARNING, Finding
from glassnet.insight.doctor.measures.look import some_rows
from glassnet.nn.arrays import Array

FAR = 30.0  # times as far from the median as nine in ten others are
ALONE = 10.0  # times as far as the next row
# The same for a value in a column of so many rows without long tails: all others are within three
# times what nine in ten are.
MANY, SHORT, FAR_SHORT, ALONE_SHORT = 300, 3.0, 15.0, 8.0
SAMPLE = 512  # rows that a column's median and spread are taken from
NUMBERS = 4_000_000  # of X, that are looked at
LEAST = 20  # rows


def lonely_features(X: Any, rows: Array, names: Sequence[str] = ()) -> list[Finding]:
    """A row with a value far from those of all other rows; `rows` of X are looked at."""
    if len(rows) < LEAST or np.dtype(X.dtype).kind != "f":
        return []
    width = max(1, int(np.prod(X.shape[1:])))
    looked = rows[some_rows(len(rows), 0, max(LEAST, NUMBERS // width))]
    middle, spread = _usual(_flat(X, looked[some_rows(len(looked), 0, SAMPLE)]))
    known = np.flatnonzero(spread > 0)
    if not len(known):
        return []
    best, column = np.zeros(len(looked)), np.zeros(len(looked), dtype=np.int64)
    tops = _Tops(len(known))
    block = max(1, 1_000_000 // width)
    for first in range(0, len(looked), block):
        part = _flat(X, looked[first : first + block])[:, known]
        far = np.abs(part - middle[known]) / spread[known]
        column[first : first + block] = known[far.argmax(axis=1)]
        best[first : first + block] = far.max(axis=1)
        if len(looked) >= MANY:
            tops.add(far, first)
    found = _lonely(best)
    if found is None:
        cell = tops.lonely(len(looked))
        if cell is None:
            return []
        found = cell[:2]
        column[found[0]] = known[cell[2]]
    place, times = found
    row, where = int(looked[place]), int(column[place])
    name = names[where] if where < len(names) else f"x{where}"
    value = float(_flat(X, np.array([row]))[0, where])
    odd = _finding(row, f"{name!r}", value, times, float(middle[where]))
    return [replace(odd, numbers={**odd.numbers, "column": float(where)})]


class _Tops:
    """The two farthest values of each column, and the place of the farthest."""

    def __init__(self, columns: int) -> None:
        self.first, self.second = np.zeros(columns), np.zeros(columns)
        self.place = np.zeros(columns, dtype=np.int64)

    def add(self, far: Array, begin: int) -> None:
        """Some more rows (m, columns), of which the first is at `begin`; `far` is used up."""
        place, columns = far.argmax(axis=0), np.arange(far.shape[1])
        top = far[place, columns]
        far[place, columns] = 0
        self.second = np.maximum(self.second, far.max(axis=0))
        self.second = np.maximum(self.second, np.minimum(self.first, top))
        self.place = np.where(top > self.first, begin + place, self.place)
        self.first = np.maximum(self.first, top)

    def lonely(self, rows: int) -> tuple[int, float, int] | None:
        """Place, distance and column of a value that is far off in a column without long tails,
        although other columns have some."""
        if rows < MANY:
            return None
        short = (self.second > 0) & (self.second <= SHORT)
        odd = short & (self.first >= FAR_SHORT) & (self.first >= ALONE_SHORT * self.second)
        if not odd.any():
            return None
        column = int(np.where(odd, self.first, 0).argmax())
        return int(self.place[column]), float(self.first[column]), column


def lonely_held_out(X: Any, held_out: Any, names: Sequence[str] = ()) -> list[Finding]:
    """A validation sample with such a value, beside the training samples."""
    theirs = len(held_out)
    if hasattr(X, "toarray") or hasattr(held_out, "toarray") or theirs == 0:
        return []
    most = max(LEAST, NUMBERS // max(1, int(np.prod(X.shape[1:]))))
    mine = _flat(X, some_rows(len(X), 0, max(LEAST, most - theirs)))
    both = np.concatenate([mine, _flat(held_out, some_rows(theirs, 0, most))])
    found = lonely_features(both, np.arange(len(both)), names)
    if not found or found[0].row is None or found[0].row < len(mine):
        return []
    row = int(some_rows(theirs, 0, most)[found[0].row - len(mine)])
    return [
        replace(
            found[0],
            seen=found[0].seen.replace(f"in row {found[0].row}", f"in validation row {row}", 1),
            test="look at the sample: is the value possible? Without it the validation loss is "
            "another",
            advice="correct the sample, or leave it out of the validation samples",
            row=None,
        )
    ]


def lonely_target(y: Array, rows: Array) -> list[Finding]:
    """A row whose target is far from those of all other rows; y (n, k) numbers."""
    if len(rows) < LEAST or y.dtype.kind != "f":
        return []
    values = y[rows].astype(np.float64).reshape(len(rows), -1)
    middle, spread = _usual(values[some_rows(len(values), 0, SAMPLE)])
    if not (spread > 0).any():
        return []
    far = np.abs(values - middle) / np.where(spread > 0, spread, np.inf)
    found = _lonely(far.max(axis=1))
    if found is None:
        return []
    place, times = found
    where = int(far[place].argmax())
    value = float(values[place, where])
    return [_finding(int(rows[place]), "the target", value, times, float(middle[where]))]


def _usual(values: Array) -> tuple[Array, Array]:
    """Each column's median, and how far from it nine in ten values are at most."""
    middle = np.median(values, axis=0)
    return middle, np.quantile(np.abs(values - middle), 0.9, axis=0)


def _lonely(far: Array) -> tuple[int, float] | None:
    """The place of the farthest row and how far it is, if the next one is nowhere near."""
    place = int(far.argmax())
    times = float(far[place])
    second = float(np.max(np.delete(far, place))) if len(far) > 1 else 0.0
    if not times >= FAR or times < ALONE * second:
        return None
    return place, times


def _flat(X: Any, rows: Array) -> Array:
    return dense_rows(X, rows).reshape(len(rows), -1).astype(np.float64, copy=False)


def _finding(row: int, name: str, value: float, times: float, middle: float) -> Finding:
    return Finding(
        rule="outlier",
        level=WARNING,
        why="odd-sample",
        seen=f"in row {row} {name} is {value:.4g}; the median is {middle:.3g}, and this is "
        f"{times:,.0f} × as far from it as nine in ten samples are; no other comes near",
        cause="a typing error, another unit, or a number that stands for 'missing'",
        test="look at the sample: is the value possible? Without it the loss does not jump when "
        "its batch comes",
        advice=f"correct the sample, or leave it out: X = np.delete(X, {row}, axis=0), y likewise",
        numbers={"value": value, "times": times},
        row=row,
    )
