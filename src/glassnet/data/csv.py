"""The CSV reader: standard library and NumPy, block by block, small in memory.

Rows are counted as a spreadsheet shows them: the first row of the file, the header, is row 1.
"""

import csv
import io
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data.csv_blocks import line_blocks, numbers_of_block
from glassnet.data.csv_cells import Column, Words, compact
from glassnet.data.csv_dialect import Dialect, guess_dialect
from glassnet.data.table import Table, listed
from glassnet.data.unpacking import MAX_SIZE, Source
from glassnet.errors import InputError

Array = npt.NDArray[Any]

MAX_COLUMNS = 70_000

_START = 2**16
_CELLS_AT_ONCE = 2**18


def read_csv(
    path: str | os.PathLike[str],
    *,
    separator: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    categorical: Sequence[str] = (),
    encoding: str = "utf-8",
    max_size: int = MAX_SIZE,
) -> Table:
    """Read a CSV file, gzipped or not, into a table.

    Missing values are empty cells, NA, N/A, NaN, ? and null; blank lines are passed over. An empty
    column name becomes x and its place, the second `age` becomes `age_2`.

    Parameters
    ----------
    path : the file.
    separator : the character between cells; None guesses among tab, semicolon and comma.
    decimal : "." or ","; None guesses: a comma where it does not separate and numbers are like 1,5.
    header : whether the first row holds the names; None guesses: it does, unless all its cells are
        numbers, or at least half and one of them a fraction. Without, the names are x0, x1, ….
    categorical : columns that are text although they look like numbers.
    encoding : the text's encoding, one in which ASCII is as ever.
    max_size : how many bytes a gzipped file may unpack to.

    Raises
    ------
    InputError : where the file is empty, has no rows, is no text in that encoding, a row has more
        or fewer cells than the first, a quote is never closed, or a column of numbers holds a text
        (at least 90 % of its values are numbers, and it is not in `categorical`).
    FileError : where the file cannot be opened.
    """
    as_text: set[str] = set()
    while True:
        with Source(path) as source:
            reading = _Reading(source, encoding, as_text, categorical)
            reading.run(line_blocks(source, max_size), separator, decimal, header)
        late = reading.found_late()
        if not late:
            return reading.table()
        # A column was read as numbers until its first text came: once more, as text throughout.
        as_text |= late


class _Reading:
    """One pass over the file."""

    def __init__(
        self, source: Source, encoding: str, as_text: set[str], categorical: Sequence[str]
    ) -> None:
        self.source = source
        self.shown = source.shown
        self.encoding = _checked_encoding(encoding)
        self.as_text = as_text
        self.categorical = set(categorical)
        self.columns: list[Column] = []
        self.dialect = Dialect(",", ".", True)
        self.blocks: list[Array | list[Array]] = []
        self.rows_seen = 0

    def run(
        self,
        blocks: Iterator[bytes],
        separator: str | None,
        decimal: str | None,
        header: bool | None,
    ) -> None:
        first = next((block for block in blocks if block.strip()), None)
        if first is None:
            raise InputError(f"{self.shown} is empty; expected a header and a row for each sample")
        start = first[:_START].decode(self.encoding, errors="replace")
        if len(first) > _START and "\n" in start:
            start = start[: start.rindex("\n")]
        self.dialect = guess_dialect(start, separator, decimal, header)
        lines = _Lines(self, first, blocks)
        records = csv.reader(
            lines, delimiter=self.dialect.separator, skipinitialspace=True, strict=True
        )
        rows = self._name_columns(records)
        self._read_rows(records, lines, rows)
        for block in blocks:
            numbers = None
            if not any(column.as_text for column in self.columns):
                numbers = numbers_of_block(block, self.dialect, len(self.columns))
            if numbers is None:
                lines.add(block)
                self._read_rows(records, lines, [])
                continue
            self.rows_seen += len(numbers)
            for column in self.columns:
                column.numbers += len(numbers)
            self.blocks.append(compact(numbers))
        if not self.blocks:
            raise InputError(f"{self.shown} has a header and no rows; expected a row a sample")
        for column in self.columns:
            column.check(self.shown)

    def found_late(self) -> set[str]:
        """Columns of text of which a part was read as numbers."""
        late = set()
        for j, column in enumerate(self.columns):
            if column.as_text and any(
                isinstance(block, np.ndarray) or block[j].dtype != object for block in self.blocks
            ):
                late.add(column.name)
        return late

    def table(self) -> Table:
        names = [column.name for column in self.columns]
        matrices = [block for block in self.blocks if isinstance(block, np.ndarray)]
        if len(matrices) == len(self.blocks):
            return Table.from_matrix(np.concatenate(matrices), names)
        columns = {}
        for j, name in enumerate(names):
            pieces = [b[:, j] if isinstance(b, np.ndarray) else b[j] for b in self.blocks]
            columns[name] = np.concatenate(pieces)
        return Table(columns)

    def _name_columns(self, records: Iterator[list[str]]) -> list[list[str]]:
        """Take the first record; give it back as a row where it holds values."""
        first: list[str] = []
        while not first:
            first = self._next(records)
        if self.dialect.header:
            names = unique_names(first)
        else:
            names = [f"x{j}" for j in range(len(first))]
        for name in self.categorical:
            if name not in names:
                raise InputError(
                    f"{self.shown} has no column {name!r} to be categorical; "
                    f"the columns are {listed(names)}"
                )
        as_text, words = self.as_text | self.categorical, Words()
        self.columns = [Column(name, name in as_text, words) for name in names]
        return [] if self.dialect.header else [first]

    def _read_rows(
        self, records: Iterator[list[str]], lines: "_Lines", rows: list[list[str]]
    ) -> None:
        """Read the lines at hand, and the end of a quoted cell that goes on in the next block."""
        width = len(self.columns)
        numbers = [self.rows_seen] * len(rows)
        while not lines.at_end:
            row = self._next(records)
            if not row:
                continue
            if len(row) != width:
                raise InputError(
                    f"{self.shown} row {self.rows_seen} has {len(row)} cells, expected {width} as "
                    "in the first row; correct the row, or give the separator"
                )
            rows.append(row)
            numbers.append(self.rows_seen)
            if len(rows) * width >= _CELLS_AT_ONCE:
                self._convert(rows, numbers)
                rows, numbers = [], []
        if rows:
            self._convert(rows, numbers)

    def _next(self, records: Iterator[list[str]]) -> list[str]:
        self.rows_seen += 1
        try:
            return next(records)
        except csv.Error as error:
            raise InputError(
                f"{self.shown} row {self.rows_seen}: {_said(str(error))}; correct the row"
            ) from None

    def _convert(self, rows: list[list[str]], numbers: list[int]) -> None:
        pieces = [
            column.convert(cells, numbers, self.dialect.decimal)
            for column, cells in zip(self.columns, zip(*rows, strict=True), strict=True)
        ]
        if any(piece.dtype == object for piece in pieces):
            self.blocks.append(pieces)
        else:
            self.blocks.append(compact(np.stack(pieces, axis=1)))


class _Lines:
    """The lines of the blocks at hand, one after the other, for the csv module."""

    def __init__(self, reading: _Reading, block: bytes, blocks: Iterator[bytes]) -> None:
        self._reading = reading
        self._blocks = blocks
        self.add(block)

    def add(self, block: bytes) -> None:
        """Go on with this block, after the end of the one before."""
        try:
            text = block.decode(self._reading.encoding)
        except UnicodeDecodeError as error:
            row = self._reading.rows_seen + block.count(b"\n", 0, error.start) + 1
            raise InputError(
                f"{self._reading.shown} is no {self._reading.encoding} text: byte "
                f"0x{block[error.start]:02x} in row {row}; save it as UTF-8, or give its encoding "
                "(encoding='latin-1' in Python)"
            ) from None
        self._text = io.StringIO(text, newline="\n")
        self._ahead = self._text.readline()

    @property
    def at_end(self) -> bool:
        """Whether the block's last line is taken."""
        return not self._ahead

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.at_end:
            self.add(next(self._blocks))
        line, self._ahead = self._ahead, self._text.readline()
        if line.count(self._reading.dialect.separator) >= MAX_COLUMNS:
            raise InputError(
                f"{self._reading.shown} row {self._reading.rows_seen} has more than "
                f"{MAX_COLUMNS:,} cells; is it a CSV file?"
            )
        return line


def unique_names(cells: Sequence[str]) -> list[str]:
    """Give each column a name of its own: x and the place for an empty one, _2 for a second one."""
    taken: set[str] = set()
    last: dict[str, int] = {}
    names = []
    for j, cell in enumerate(cells):
        stem = cell.strip() or f"x{j}"
        name, count = stem, last.get(stem, 1)
        while name in taken:
            count += 1
            name = f"{stem}_{count}"
        last[stem] = count
        taken.add(name)
        names.append(name)
    return names


def _checked_encoding(encoding: str) -> str:
    try:
        if '",;\t\n0'.encode(encoding) == b'",;\t\n0':
            return encoding
    except (LookupError, UnicodeError):
        pass
    raise InputError(
        f"encoding is {encoding!r}; give one in which ASCII is as ever, such as 'utf-8', "
        "'latin-1' or 'cp1252'"
    )


def _said(reason: str) -> str:
    """What the csv module's error means."""
    if "unexpected end of data" in reason:
        return "a quote is opened and never closed"
    if "field larger" in reason:
        return f"a cell has more than {csv.field_size_limit():,} characters (a quote not closed?)"
    if "expected after" in reason:
        return "there is text after a closing quote (a quote inside a cell is written twice)"
    return reason
