"""How a CSV file is written: its separator, its decimal sign, whether it has a header.

Guessed from the start of the file, each by one rule that is said in the function's docstring.
"""

import csv
import re
from dataclasses import dataclass
from itertools import islice

SEPARATORS = ("\t", ";", ",")
MISSING = frozenset({"", "na", "n/a", "nan", "?", "null"})

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.A | re.I)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+", re.A)
_DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+", re.A)
_ROWS_LOOKED_AT = 50


@dataclass(frozen=True)
class Dialect:
    """One character between cells; "." or "," in numbers; whether the first row holds names."""

    separator: str
    decimal: str
    header: bool


def is_number(cell: str) -> bool:
    """Whether the cell reads as a number, written with a decimal point; `inf` is one, `nan` not."""
    return _NUMBER.fullmatch(cell) is not None


def is_missing(cell: str) -> bool:
    """Whether the cell stands for no value: empty, NA, N/A, NaN, ? or null, in any case."""
    return cell.strip().lower() in MISSING


def guess_dialect(
    start: str, separator: str | None, decimal: str | None, header: bool | None
) -> Dialect:
    """Guess what is not given from the first rows of the file."""
    separator = separator or _guess_separator(start)
    rows = _rows(start, separator)
    decimal = decimal or _guess_decimal(rows, separator)
    if header is None:
        header = not (rows and _is_data(rows[0], decimal))
    return Dialect(separator, decimal, header)


def _guess_separator(start: str) -> str:
    """Take tab, semicolon or comma: the first that cuts all first rows into equally many cells.

    Where none does (a ragged file), the one that is most frequent in the first row.
    """
    for separator in SEPARATORS:
        widths = {len(row) for row in _rows(start, separator)}
        if len(widths) == 1 and widths.pop() > 1:
            return separator
    first = start.lstrip("\n").split("\n", 1)[0]
    return max(reversed(SEPARATORS), key=first.count)


def _guess_decimal(rows: list[list[str]], separator: str) -> str:
    """Take the comma where it does not separate, some cell is like 1,5 and none is like 1.5."""
    if separator == ",":
        return "."
    cells = [cell.strip() for row in rows for cell in row]
    commas = any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells)
    points = any(_DECIMAL_POINT.fullmatch(cell) for cell in cells)
    return "," if commas and not points else "."


def _is_data(row: list[str], decimal: str) -> bool:
    """Whether the first row holds values rather than names.

    It does where all its cells are numbers, or at least half of them and one is a fraction.
    """
    cells = [cell.strip().replace(decimal, ".") for cell in row]
    numbers = [cell for cell in cells if is_number(cell)]
    fractions = any(_DECIMAL_POINT.fullmatch(cell) for cell in numbers)
    return len(numbers) == len(cells) or (2 * len(numbers) >= len(cells) and fractions)


def _rows(start: str, separator: str) -> list[list[str]]:
    lines = (line + "\n" for line in start.split("\n"))
    try:
        reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
        return [row for row in islice(reader, _ROWS_LOOKED_AT) if row]
    except csv.Error:
        return []
