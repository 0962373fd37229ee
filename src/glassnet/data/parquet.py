"""Parquet files, through polars (the extra `tables`)."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.data.csv_cells import compact
from glassnet.data.table import Table
from glassnet.data.unpacking import MAX_SIZE, missing, reason, too_large
from glassnet.errors import InputError, MissingExtraError


def read_parquet(path: str | os.PathLike[str], *, max_size: int = MAX_SIZE) -> Table:
    """Read a Parquet file: numbers and true/false as numbers, text and categories as text.

    Raises
    ------
    InputError : where it is broken, empty, has a column of another kind, or is larger than
        `max_size` bytes as a table of 8-byte values.
    FileError : where the file cannot be opened.
    MissingExtraError : where polars is not installed.
    """
    try:
        import polars as pl
    except ImportError:
        raise MissingExtraError.of("reading Parquet files", "tables") from None
    shown = repr(str(path))
    try:
        Path(path).open("rb").close()
    except (OSError, ValueError) as error:
        raise missing(path, error) from None
    try:
        scan = pl.scan_parquet(Path(path), glob=False)
        width = len(scan.collect_schema())
        length = int(scan.select(pl.len()).collect().item())
        frame = scan.collect() if 0 < 8 * width * length <= max_size else None
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    # Polars raises its own errors for broken bytes, and Rust panics, which are no Exception.
    except BaseException as error:
        raise InputError(f"{shown} is no readable Parquet file: {reason(error)}") from None
    if frame is None and width * length:
        raise too_large(shown, max_size)
    if frame is None:
        raise InputError(f"{shown} has {length} rows and {width} columns; expected at least one")
    return Table({column.name: _column(column, shown) for column in frame.iter_columns()})


def _column(column: Any, shown: str) -> Any:
    import polars as pl

    kind = column.dtype
    if kind.is_numeric() or kind in (pl.Boolean, pl.Null):
        return compact(column.cast(pl.Float64).fill_null(np.nan).to_numpy())
    if kind in (pl.String, pl.Categorical, pl.Enum):
        text = np.empty(len(column), dtype=object)
        text[:] = column.cast(pl.String).to_list()
        return text
    raise InputError(
        f"{shown} column {column.name!r} holds {kind} values; make it numbers or text, or leave it "
        "out"
    )
