"""Cells of text to columns of numbers or text: the rule, and where it is broken.

A column is numeric where all its values are numbers. Where at least 90 % are, the others are taken
for mistakes, and the first is named in an error; where fewer are, the column is text.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data.csv_dialect import is_missing, is_number
from glassnet.errors import InputError

Array = npt.NDArray[Any]

NUMERIC_SHARE = 0.9

_MOST_KEPT = 2**16


class Words:
    """The texts of cells, one string object for equal ones, to save memory."""

    def __init__(self) -> None:
        self._kept: dict[str, str | None] = {}

    def keep(self, cell: str) -> str | None:
        """Give the cell's text, None for a missing one."""
        if cell in self._kept:
            return self._kept[cell]
        value = cell.strip()
        known = None if is_missing(value) else value
        if len(self._kept) < _MOST_KEPT:
            self._kept[cell] = known
        return known


class Column:
    """What is known so far about a column: how many numbers and texts, and the first text."""

    __slots__ = ("name", "as_text", "decided", "numbers", "texts", "first_text", "words")

    def __init__(self, name: str, as_text: bool, words: "Words") -> None:
        self.name = name
        self.as_text = as_text
        self.decided = as_text
        self.numbers = 0
        self.texts = 0
        self.first_text: tuple[int, str] = (0, "")
        self.words = words

    def convert(self, cells: Sequence[str], rows: Sequence[int], decimal: str) -> Array:
        """Turn the cells of these rows into float64 numbers, or str and None in an object array."""
        if not self.as_text:
            numbers = numbers_or_none(cells, decimal)
            if numbers is not None:
                self.numbers += int(np.count_nonzero(~np.isnan(numbers)))
                return numbers
            self.as_text = True
        if not self.decided:
            self._count(cells, rows, decimal)
        text = np.empty(len(cells), dtype=object)
        text[:] = [self.words.keep(cell) for cell in cells]
        return text

    def check(self, shown: str) -> None:
        """Raise InputError where nearly all values are numbers and some are not."""
        known = self.numbers + self.texts
        if self.decided or self.texts == 0 or self.numbers < NUMERIC_SHARE * known:
            return
        from shlex import quote

        row, value = self.first_text
        raise InputError(
            f"{shown} column {self.name!r}, row {row}: {shortened(value)} is not a number; "
            f"mark the column as categorical with --categorical {quote(self.name)}"
        )

    def _count(self, cells: Sequence[str], rows: Sequence[int], decimal: str) -> None:
        for cell, row in zip(cells, rows, strict=True):
            value = cell.strip()
            if is_missing(value):
                continue
            if is_number(with_point(value, decimal)):
                self.numbers += 1
                continue
            if self.texts == 0:
                self.first_text = (row, value)
            self.texts += 1


def numbers_or_none(cells: Sequence[str], decimal: str) -> Array | None:
    """Float64 numbers with NaN for missing values, or None where a cell is neither."""
    together = "".join(cells)
    # float() also takes 1_000 and other scripts' digits, which no spreadsheet means as numbers.
    plain = together.isascii() and "_" not in together
    if plain and decimal == ".":
        try:
            return np.array([float(cell or "nan") for cell in cells], dtype=np.float64)
        except ValueError:
            pass
    values = np.empty(len(cells), dtype=np.float64)
    for i, cell in enumerate(cells):
        value = with_point(cell.strip(), decimal)
        if is_number(value):
            values[i] = float(value)
        elif is_missing(value):
            values[i] = np.nan
        else:
            return None
    return values


def with_point(value: str, decimal: str) -> str:
    """Write the number with a decimal point; with a decimal comma, 1.5 is no number."""
    if decimal == ".":
        return value
    return value.replace(decimal, ".") if "." not in value else f"not a number: {value}"


def compact(values: Array) -> Array:
    """Hold numbers as uint8 where all are whole and from 0 to 255."""
    with np.errstate(invalid="ignore"):
        small = values.astype(np.uint8)
    return small if np.array_equal(small, values) else values


def shortened(value: str, most: int = 60) -> str:
    """Quote the value for a message, its end left out where it is long."""
    return repr(value) if len(value) <= most else repr(value[:most]) + "…"
