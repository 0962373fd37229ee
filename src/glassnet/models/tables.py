"""Any table that comes in, as one of three things: an array of numbers (n, d), a sparse CSR matrix
of numbers, or a `glassnet.data.Table` whose columns are numbers or text."""

import datetime
import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.data.table import Table
from glassnet.errors import InputError
from glassnet.nn.arrays import Array

_DATES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)


def read_samples(X: Any, categorical: Sequence[str | int] | None = None) -> Any:
    """X as an array, a CSR matrix or a Table; the columns in `categorical` as text.

    Data frames of pandas, polars, pyarrow and whatever else narwhals knows; arrays and nested
    lists, also of mixed objects. Raises ``InputError`` for X that isn't (n, d), for complex
    numbers, dates, nested cells and infinite values.
    """
    values: Any
    if isinstance(X, Table):
        values = X
    elif hasattr(X, "toarray"):
        values = _sparse(X)
    else:
        values = _frame(X) if _is_frame(X) else _array(X)
    if isinstance(values, Table) and categorical is None and not values.text_names:
        values = values.matrix(np.uint8 if values.is_bytes() else np.float64)
    if categorical is not None and len(categorical):
        values = _with_categories(values, categorical)
    _refuse_infinite(values)
    return values


def column_names(X: Any) -> list[str] | None:
    """The names that X gives its columns; None where it has none, or numbers for names."""
    if isinstance(X, Table):
        return list(X.names)
    if not _is_frame(X):
        return None
    names = X.column_names if hasattr(X, "column_names") else X.columns
    return list(names) if all(isinstance(name, str) for name in names) else None


def text_of(value: Any) -> str:
    """The name of a category: 1, 1.0 and "1" are the same one."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, numbers.Real) and float(value).is_integer():
        return str(int(float(value)))
    return str(value)


def is_missing(value: Any) -> bool:
    """Whether a cell is empty: None, NaN, pandas' NA and NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(value != value)


def _is_frame(X: Any) -> bool:
    """Whether X has named columns; asked of its class, since a lazy frame would have to compute."""
    return any(hasattr(type(X), name) for name in ("columns", "column_names"))


def _array(X: Any) -> Array | Table:
    try:
        values = np.asarray(X)
    except ValueError:  # rows of different lengths
        raise InputError(
            "X is no table: its rows differ in length; give every sample the same features"
        ) from None
    if values.dtype.kind in "US" and not isinstance(X, np.ndarray):
        values = np.asarray(X, dtype=object)  # a list's numbers and None are not yet text
    if values.dtype.kind == "c":
        raise InputError("Complex data not supported: X holds complex numbers; give real ones")
    if values.dtype.kind in "mMV":
        raise InputError(f"X holds {values.dtype}: turn dates into numbers, such as days")
    if values.ndim != 2:
        raise InputError(_wrong_axes(values))
    if values.dtype.kind in "biuf":
        return values.astype(np.float64) if values.dtype.itemsize > 8 else values
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError):
        columns = {f"x{j}": _cells(values[:, j].tolist(), f"x{j}") for j in range(values.shape[1])}
        return Table(columns)


def _wrong_axes(values: Array) -> str:
    if values.ndim == 1 and len(values):
        return (
            f"Expected 2D array, got 1D array instead: X has shape {values.shape}, samples are "
            "rows (n, d). Reshape your data: X.reshape(-1, 1) for one feature, X.reshape(1, -1) "
            "for one sample"
        )
    return f"X has shape {values.shape}; samples are rows (n, d)"


def _sparse(X: Any) -> Any:
    if X.ndim != 2:
        raise InputError(f"X has shape {X.shape}; samples are rows (n, d)")
    if X.dtype.kind not in "biuf":
        text = "Complex data not supported: " if X.dtype.kind == "c" else ""
        raise InputError(f"{text}X is a sparse matrix of {X.dtype}; give real numbers")
    return X.tocsr()


def _frame(X: Any) -> Table:
    import narwhals as nw

    try:
        frame = nw.from_native(X, eager_only=True)
    except TypeError:
        raise InputError(
            f"X is a {type(X).__name__}, which is no table that glassnet knows; give an array, a "
            "data frame in memory or a sparse matrix"
        ) from None
    named = [(str(series.name), series) for series in frame.iter_columns()]
    return Table({name: _series(series, name) for name, series in named})


def _series(series: Any, name: str) -> Array:
    """A column of a data frame as float64 with NaN, or objects with None."""
    import narwhals as nw

    kind = series.dtype
    if kind.is_temporal():
        raise InputError(_date_sentence(name, str(kind)))
    if kind.is_nested() or isinstance(kind, nw.Binary):
        raise InputError(
            f"column {name!r} holds {kind} values; give one number or one text in each cell"
        )
    if kind.is_numeric() or isinstance(kind, nw.Boolean):
        values = series.to_numpy()
        if values.dtype.kind in "biuf":
            return np.asarray(values if values.dtype == np.uint8 else values.astype(np.float64))
    is_text = isinstance(kind, (nw.String, nw.Categorical, nw.Enum))
    return _cells(series.to_list(), name, "text" if is_text else "typed")


def _cells(cells: list[Any], name: str, kind: str = "untyped") -> Array:
    """Objects as a column of numbers or of text; text that reads as numbers is numbers where the
    column has no type ("typed": one of a data frame, which has a type for numbers)."""
    missing = [is_missing(cell) for cell in cells]
    known = [cell for cell, empty in zip(cells, missing, strict=True) if not empty]
    for cell in known:
        if isinstance(cell, _DATES):
            raise InputError(_date_sentence(name, type(cell).__name__))
        if isinstance(cell, (complex, np.complexfloating)):
            raise InputError(f"Complex data not supported: column {name!r} holds {cell!r}")
    if kind != "text" and all(_is_number(cell, kind == "untyped") for cell in known):
        return np.array(
            [np.nan if empty else float(c) for c, empty in zip(cells, missing, strict=True)]
        )
    column = np.empty(len(cells), dtype=object)
    column[:] = [None if empty else text_of(c) for c, empty in zip(cells, missing, strict=True)]
    return column


def _is_number(cell: Any, text_too: bool) -> bool:
    if isinstance(cell, (numbers.Real, np.number)) or type(cell).__name__ == "Decimal":
        return True
    if not (text_too and isinstance(cell, str)):
        return False
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def _date_sentence(name: str, kind: str) -> str:
    return (
        f"column {name!r} holds dates or times ({kind}); turn it into numbers, such as the days "
        "since a first one, or leave it out"
    )


def _with_categories(values: Any, categorical: Sequence[str | int]) -> Table:
    """The chosen columns, by name or place, as text."""
    if hasattr(values, "toarray"):
        raise InputError("categorical is for tables; a sparse matrix holds numbers alone")
    if not isinstance(values, Table):
        values = Table.from_matrix(values, [f"x{j}" for j in range(values.shape[1])])
    names = list(values.names)
    chosen = set()
    for place in categorical:
        if isinstance(place, (int, np.integer)) and 0 <= place < len(names):
            chosen.add(names[place])
        elif place in names:
            chosen.add(str(place))
        else:
            raise InputError(
                f"categorical names the column {place!r}; the columns are {', '.join(names[:12])}"
            )
    columns = {}
    for name in names:
        column = values[name]
        if name in chosen and column.dtype != object:
            text = np.empty(len(column), dtype=object)
            text[:] = [None if np.isnan(v) else text_of(v) for v in column.tolist()]
            column = text
        columns[name] = column
    return Table(columns)


def _refuse_infinite(values: Any) -> None:
    if isinstance(values, Table):
        for name in values.names:
            if values.is_numeric(name):
                _check_column(values[name], name)
        return
    stored = values.data if hasattr(values, "toarray") else values
    if stored.dtype.kind != "f" or not stored.size:
        return
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(stored.sum(dtype=np.float64)):
            return
    if not np.isinf(stored).any():
        return
    dense = values.tocsc() if hasattr(values, "toarray") else values
    for j in range(dense.shape[1]):
        column = dense[:, [j]].toarray() if hasattr(values, "toarray") else dense[:, j]
        _check_column(np.asarray(column).reshape(-1), f"x{j}")


def _check_column(column: Array, name: str) -> None:
    infinite = np.flatnonzero(np.isinf(column))
    if len(infinite):
        raise InputError(
            f"column {name!r} of X holds {len(infinite)} infinity value(s), the first in row "
            f"{infinite[0]}; correct them, or make them NaN: missing values are filled in"
        )
