"""`Table`: named columns, each of numbers or of text; what a CSV or Parquet file is read into."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.errors import InputError

Array = npt.NDArray[Any]


class Table:
    """Ordered columns of one length.

    A numeric column is float64 with NaN where a value is missing; a text column is an object
    array of str with None where a value is missing.

    Parameters
    ----------
    columns : the columns by name, each of shape (n,). Columns of whole numbers 0 … 255 may be
        held as uint8 to save memory; `table[name]` still gives float64.

    Raises
    ------
    InputError : where the columns differ in length or one is not of shape (n,).
    """

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._columns = {str(name): _as_column(str(name), v) for name, v in columns.items()}
        lengths = {len(column) for column in self._columns.values()}
        if len(lengths) > 1:
            found = ", ".join(f"{n!r} {len(c)}" for n, c in list(self._columns.items())[:5])
            raise InputError(f"the columns of a table differ in length ({found}); make them equal")
        self._length = lengths.pop() if lengths else 0

    @classmethod
    def from_matrix(cls, matrix: Array, names: Iterable[str]) -> "Table":
        """Make a table of views of the columns of `matrix`, shape (n, d)."""
        names = list(names)
        if matrix.ndim != 2 or matrix.shape[1] != len(names) or len(set(names)) != len(names):
            raise InputError(
                f"a matrix of shape {matrix.shape} and {len(names)} names make no table; "
                "give one name, not used twice, for each column"
            )
        table = cls({name: matrix[:, j] for j, name in enumerate(names)})
        table._length = len(matrix)
        return table

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self._columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self._length, len(self._columns)

    def __len__(self) -> int:
        return self._length

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> Array:
        column = self._held(name)
        return column if column.dtype == object else column.astype(np.float64, copy=False)

    def __repr__(self) -> str:
        return f"Table({self.shape[0]} rows, {self.shape[1]} columns)"

    def is_numeric(self, name: str) -> bool:
        """Whether the column holds numbers rather than text."""
        return self._held(name).dtype != object

    @property
    def text_names(self) -> tuple[str, ...]:
        """The names of the text columns, in order."""
        return tuple(name for name in self._columns if not self.is_numeric(name))

    def select(self, names: Iterable[str]) -> "Table":
        """Make the table of these columns, in this order; raises InputError for an unknown name."""
        return self._with_columns({name: self._held(name) for name in names})

    def without(self, *names: str) -> "Table":
        """Make the table of all columns but these; raises InputError for an unknown name."""
        for name in names:
            self._held(name)
        return self.select(name for name in self._columns if name not in names)

    def rows(self, index: Any) -> "Table":
        """Make the table of these rows: an array of places, a mask of shape (n,), or a slice."""
        rows = {name: column[index] for name, column in self._columns.items()}
        table = Table(rows)
        table._length = len(np.arange(self._length)[index])
        return table

    def matrix(self, dtype: npt.DTypeLike = np.float64) -> Array:
        """Copy the numeric columns into one array of shape (n, d).

        Raises
        ------
        InputError : where a column holds text.
        """
        if self.text_names:
            name = self.text_names[0]
            raise InputError(
                f"column {name!r} holds text and {len(self.text_names)} of {len(self.names)} "
                "columns do, so this is no matrix of numbers; encode or leave out these columns"
            )
        matrix = np.empty(self.shape, dtype=dtype)
        # Bands of rows keep both the columns read and the rows written in the processor's cache.
        for start in range(0, self._length, 512):
            band = slice(start, start + 512)
            for j, column in enumerate(self._columns.values()):
                matrix[band, j] = column[band]
        return matrix

    def is_bytes(self) -> bool:
        """Whether every column is held as whole numbers 0 … 255."""
        return bool(self._columns) and all(c.dtype == np.uint8 for c in self._columns.values())

    def _held(self, name: str) -> Array:
        if name not in self._columns:
            raise InputError(f"there is no column {name!r}; the columns are {listed(self.names)}")
        return self._columns[name]

    def _with_columns(self, columns: dict[str, Array]) -> "Table":
        table = Table(columns)
        table._length = self._length
        return table


def listed(names: Iterable[object], most: int = 12) -> str:
    """Write the names one after the other, the middle ones left out where there are many."""
    shown = [repr(name) for name in names]
    if len(shown) > most:
        shown = [*shown[: most - 1], f"… ({len(shown) - most} more)", shown[-1]]
    return ", ".join(shown) if shown else "none"


def _as_column(name: str, values: Any) -> Array:
    column = np.asarray(values)
    if column.ndim != 1:
        raise InputError(f"column {name!r} has shape {column.shape}; give one value for each row")
    if column.dtype.kind in "US":
        return column.astype(object)
    if column.dtype == object or column.dtype in (np.float64, np.uint8):
        return column
    if column.dtype.kind in "biuf":
        return column.astype(np.float64)
    raise InputError(f"column {name!r} holds {column.dtype} values; give numbers or text")
