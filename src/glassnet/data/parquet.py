"""Parquet files, through polars (the extra `tables`) in a process of its own.

A damaged file can end the process that decodes it (an allocation of exabytes, a panic), not only
raise an error. So the decoding is done by `parquet_worker`, and this process lives on.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data.table import Table
from glassnet.data.unpacking import MAX_SIZE, missing, too_large
from glassnet.errors import InputError, MissingExtraError

LONGEST_SECONDS = 600


def read_parquet(path: str | os.PathLike[str], *, max_size: int = MAX_SIZE) -> Table:
    """Read a Parquet file: numbers and true/false as numbers, text and categories as text.

    Raises
    ------
    InputError : where it is broken, empty, has a column of another kind, or is larger than
        `max_size` bytes as a table of 8-byte values.
    FileError : where the file cannot be opened.
    MissingExtraError : where polars is not installed.
    """
    if not _is_installed("polars"):
        raise MissingExtraError.of("reading Parquet files", "tables")
    shown = repr(str(path))
    try:
        Path(path).open("rb").close()
    except (OSError, ValueError) as error:
        raise missing(path, error) from None
    with TemporaryDirectory() as folder:
        answer = _ask_worker(Path(path), Path(folder), max_size)
        if answer.get("too_large"):
            raise too_large(shown, max_size)
        if "error" in answer:
            raise InputError(f"{shown} {answer['error']}")
        with np.load(Path(folder) / "columns.npz", allow_pickle=False) as arrays:
            columns = {name: _column(arrays, j) for j, name in enumerate(answer["names"])}
    return Table(columns)


def _ask_worker(path: Path, folder: Path, max_size: int) -> dict[str, Any]:
    """Have the file decoded into `folder`; say what the worker said."""
    # The worker finds what this process finds, and nothing in the folder it happens to start in.
    places = os.pathsep.join(place for place in sys.path if place)
    try:
        subprocess.run(
            [sys.executable, "-P", "-m", "glassnet.data.parquet_worker"]
            + [str(path.absolute()), str(folder), str(max_size)],
            env={**os.environ, "PYTHONPATH": places, "RUST_BACKTRACE": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_SECONDS,
        )
        answer: dict[str, Any] = json.loads((folder / "answer.json").read_bytes())
        return answer
    except subprocess.TimeoutExpired:
        return {"error": f"was not decoded within {LONGEST_SECONDS} seconds; is it damaged?"}
    except (OSError, ValueError):
        return {"error": "is no readable Parquet file: its decoder broke down; fetch it again"}


def _column(arrays: Any, j: int) -> npt.NDArray[Any]:
    if f"numbers {j}" in arrays:
        numbers: npt.NDArray[Any] = arrays[f"numbers {j}"]
        return numbers
    text = arrays[f"text {j}"].tobytes()
    ends = arrays[f"ends {j}"].tolist()
    column = np.empty(len(ends), dtype=object)
    start = 0
    for row, (end, known) in enumerate(zip(ends, arrays[f"known {j}"].tolist(), strict=True)):
        column[row] = text[start:end].decode("utf-8") if known else None
        start = end
    return column


def _is_installed(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except (ImportError, ValueError):
        return False
