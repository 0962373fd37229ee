"""Run in a process of its own by `parquet`: decode a Parquet file into NumPy arrays.

Called with the file, a folder and the largest size; leaves `columns.npz` and `answer.json` there.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data.csv_cells import compact
from glassnet.data.unpacking import reason

Arrays = dict[str, npt.NDArray[Any]]

_OWN_NEEDS = 8 * 2**30


def main(path: Path, folder: Path, max_size: int) -> None:
    """Decode the file, and say how that went."""
    _limit_memory(_OWN_NEEDS + 20 * max_size)
    try:
        answer, arrays = decode(path, max_size)
    # Polars raises its own errors for broken bytes, and panics, which are no Exception.
    except BaseException as error:
        answer, arrays = {"error": f"is no readable Parquet file: {reason(error)}"}, {}
    if arrays:
        np.savez(folder / "columns.npz", **arrays)  # type: ignore[arg-type]
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def decode(path: Path, max_size: int) -> tuple[dict[str, Any], Arrays]:
    """Give the columns' names, or what is wrong, and the columns' arrays."""
    import polars as pl

    scan = pl.scan_parquet(path, glob=False)
    width = len(scan.collect_schema())
    length = int(scan.select(pl.len()).collect().item())
    if width * length == 0:
        return {"error": f"has {length} rows and {width} columns; expected at least one each"}, {}
    if 8 * width * length > max_size:
        return {"too_large": True}, {}
    arrays: Arrays = {}
    frame = scan.collect()
    for j, column in enumerate(frame.iter_columns()):
        kind = column.dtype
        if kind.is_numeric() or kind in (pl.Boolean, pl.Null):
            numbers = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
            arrays[f"numbers {j}"] = compact(numbers)
        elif kind in (pl.String, pl.Categorical, pl.Enum):
            arrays |= _text(column.cast(pl.String), j)
        else:
            return {
                "error": f"column {column.name!r} holds {kind} values; make it numbers or text, "
                "or leave it out"
            }, {}
    return {"names": frame.columns}, arrays


def _text(column: Any, j: int) -> Arrays:
    """Give the texts as one array of UTF-8 bytes, where each ends, and which are known."""
    filled = column.fill_null("")
    together = "".join(filled.to_list()).encode("utf-8")
    return {
        f"text {j}": np.frombuffer(together, dtype=np.uint8),
        f"ends {j}": np.cumsum(filled.str.len_bytes().to_numpy(), dtype=np.int64),
        f"known {j}": column.is_not_null().to_numpy(),
    }


def _limit_memory(size: int) -> None:
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit, setrlimit
    except ImportError:
        return
    hard = getrlimit(RLIMIT_AS)[1]
    try:
        setrlimit(RLIMIT_AS, (size if hard == RLIM_INFINITY else min(size, hard), hard))
    except (OSError, ValueError):
        return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
