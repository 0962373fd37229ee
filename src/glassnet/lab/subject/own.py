"""A person's own data: a table from a file, pictures, points set by hand; looked at before they
are used."""

import codecs
import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from glassnet.data.dataset import Dataset
from glassnet.data.readers import dataset_of, kind_of, read_data, read_table
from glassnet.data.table import Table
from glassnet.errors import GlassnetError, InputError
from glassnet.nn.arrays import Array

MOST_BYTES = 20 << 20
MOST_PICTURES, LARGEST_SIDE = 20_000, 64
HEAD = 8  # rows that are shown
FIRST_ROW = 2  # of the samples, as messages count them: the header is row 1
MOST_CLASSES = 30  # words with more values than this, and as many as a third of the rows, tell rows
NAME = re.compile(r"[^\w. -]")
ROW = re.compile(r"row (\d+)")
OF_THE_SHELL = re.compile(
    r"; mark the column as categorical with --categorical.*|, or give its encoding \(.*\)"
)
COLUMN = re.compile(r"column '([^']*)'")


@dataclass(frozen=True)
class File:
    """A file that came from the page, and how it is to be read."""

    name: str
    data: bytes
    target: str | None = None
    categorical: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    leave_out_rows: tuple[int, ...] = ()
    task: str | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Read:
    """What was read: the data to be used, None where it can't be; words and arrays of a preview.

    changes: in sentences, what else must be done with the file for the same data.
    """

    data: Dataset | None
    words: dict[str, Any]
    arrays: dict[str, Array]
    changes: tuple[str, ...] = ()


def read_file(file: File) -> Read:
    """Read a file; what is wrong with it stands in the preview, with what would mend it.

    Raises ``InputError`` where it is no table at all.
    """
    if len(file.data) > MOST_BYTES:
        raise InputError(
            f"'{file.name}' has {len(file.data) / 2**20:.0f} MB; the lab takes up to "
            f"{MOST_BYTES >> 20} MB: give it a part, or use glassnet train"
        )
    changes = _changes(file)
    file = replace(file, data=_in_utf8(file))
    with TemporaryDirectory(prefix="glassnet-") as folder:
        # The readers know files by their content; the name is the page's and only shown.
        path = Path(folder) / (NAME.sub("_", Path(file.name).name)[-80:].strip(". ") or "data")
        path.write_bytes(_without_rows(file))
        try:
            if kind_of(path) not in ("csv", "parquet"):
                return _of_arrays(file, path)
            table = read_table(path, categorical=file.categorical)
        except GlassnetError as error:
            return _problem(file, str(error).replace(str(path), file.name))
    return replace(_of_table(file, table), changes=changes)


def _changes(file: File) -> tuple[str, ...]:
    """What the lab does to a file that a run's description does not say."""
    told = []
    if _in_utf8(file) is not file.data:
        told.append("save the file as UTF-8")
    for what, of in (("row", file.leave_out_rows), ("column", file.leave_out)):
        if of:
            told.append(
                f"take {what}{'s' * (len(of) > 1)} {', '.join(map(str, of))} out of the file"
            )
    if file.categorical:
        told.append(f"the numbers of {', '.join(file.categorical)} are names: categorical")
    return tuple(told)


def _of_arrays(file: File, path: Path) -> Read:
    """Files of arrays (NPZ, IDX) are used as they are."""
    data = read_data(path, task=file.task)
    return Read(data, _words(file, data, len(data)), _pictures(data))


def _of_table(file: File, table: Table) -> Read:
    columns = [_column(table, name) for name in table.names]
    told: dict[str, Any] = {
        "name": file.name, "rows": len(table), "columns": columns, "head": _head(table),
        "target": file.target or "", "task": file.task or "classification", "classes": None,
        "findings": [], "problem": None, "image_shape": None, "first_row": FIRST_ROW,
    }  # fmt: skip
    kept = table.without(*(name for name in file.leave_out if name in table))
    try:
        data = dataset_of(kept, file.target, task=file.task, name=file.name, shown=f"'{file.name}'")
    except GlassnetError as error:
        return Read(None, told | {"problem": _told(str(error), None, None, [])}, {})
    words = told | _words(file, data, len(table)) | {"columns": columns, "head": _head(table)}
    if data.classes is not None and len(data.classes) < 2:
        alone = f"the target '{data.target_name}' is {str(data.classes[0])!r} in every row"
        message = f"'{file.name}': {alone}, so there is nothing to learn: choose another target"
        return Read(None, words | {"problem": _told(message, data.target_name, None, [])}, {})
    return Read(data, words, _pictures(data))


def columns_to_leave_out(read: Read) -> list[str]:
    """The columns that tell nothing about other samples, the target aside."""
    return [
        column["name"]
        for column in read.words["columns"]
        if column["leave_out"] is not None and column["name"] != read.words["target"]
    ]


def _words(file: File, data: Dataset, rows: int) -> dict[str, Any]:
    classes = None if data.classes is None else [str(label) for label in data.classes[:100]]
    return {
        "name": file.name, "rows": rows, "columns": [], "head": [], "target": data.target_name,
        "task": data.task, "classes": classes, "findings": [], "problem": None,
        "image_shape": data.image_shape, "first_row": FIRST_ROW,
    }  # fmt: skip


def _pictures(data: Dataset) -> dict[str, Array]:
    from glassnet.lab.views.pictures import pictures

    if data.image_shape is None or not isinstance(data.X, np.ndarray):
        return {}
    return {"pictures": pictures(data, np.arange(min(40, len(data))))}


def _column(table: Table, name: str) -> dict[str, Any]:
    values = table[name]
    is_number = table.is_numeric(name)
    gaps = int(np.isnan(values).sum()) if is_number else sum(v is None for v in values)
    known = values[~np.isnan(values)] if is_number else np.array(
        [v for v in values if v is not None], dtype=object
    )  # fmt: skip
    distinct = len(np.unique(known)) if is_number else len(set(known.tolist()))
    return {
        "name": name, "kind": "number" if is_number else "words", "gaps": gaps,
        "distinct": distinct, "leave_out": _leave_out(known, distinct, len(table), is_number),
    }  # fmt: skip


def _leave_out(known: Array, distinct: int, rows: int, is_number: bool) -> str | None:
    """Why a column tells nothing about other samples."""
    if distinct <= 1:
        return "the same in every row"
    counts_up = is_number and distinct == rows > 10 and bool(
        np.all(known == np.floor(known)) and np.all(np.abs(np.diff(np.sort(known))) == 1)
    )  # fmt: skip
    if counts_up:
        return "a number of its own in every row"
    if not is_number and distinct > max(MOST_CLASSES, rows // 3):
        return "nearly different in every row"
    return None


def _head(table: Table) -> list[list[str]]:
    columns = [table[name][:HEAD] for name in table.names]
    return [[_cell(column[row]) for column in columns] for row in range(min(HEAD, len(table)))]


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    return value[:60] if isinstance(value, str) else f"{value:.6g}"


def _problem(file: File, message: str) -> Read:
    """A table that can't be read as it is: what would make it readable."""
    message = OF_THE_SHELL.sub("", message)
    row, column = ROW.search(message), COLUMN.search(message)
    remedies: list[dict[str, Any]] = []
    if "is no utf-8 text" in message:
        row = None  # no row is wrong, but the text as a whole
        remedies.append({"label": "Read it as Windows-1252", "fields": {"encoding": "cp1252"}})
    if column is not None:
        name = column[1]
        remedies.append({
            "label": f"Treat “{name}” as words",
            "fields": {"categorical": [*file.categorical, name]},
        })  # fmt: skip
    if row is not None:
        number = int(row[1])
        remedies.append({
            "label": f"Leave row {number} out",
            "fields": {"leave_out_rows": [*file.leave_out_rows, number]},
        })  # fmt: skip
    names, head, first = _around(file.data, 0 if row is None else int(row[1]))
    columns = [
        {"name": name, "kind": "words", "gaps": 0, "distinct": 0, "leave_out": None}
        for name in names
    ]
    words: dict[str, Any] = {
        "name": file.name, "rows": 0, "columns": columns, "head": head, "first_row": first,
        "target": "", "classes": None, "task": "classification", "findings": [],
        "image_shape": None,
        "problem": _told(
            message, None if column is None else column[1], None if row is None else int(row[1]),
            remedies,
        ),
    }  # fmt: skip
    return Read(None, words, {})


def _around(data: bytes, row: int) -> tuple[list[str], list[list[str]], int]:
    """The header, the rows around one, and the number of the first of these; nothing where they
    can't be told apart."""
    try:
        lines = data[:MOST_BYTES].decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return [], [], FIRST_ROW
    first = max(FIRST_ROW, row - 2)
    if not row or len(lines) < first:
        return [], [], FIRST_ROW
    separator = max(",;\t", key=lines[0].count)
    rows = list(csv.reader([lines[0], *lines[first - 1 : first + 3]], delimiter=separator))
    return [*dict.fromkeys(rows[0])], [[cell[:60] for cell in each] for each in rows[1:]], first


def _told(
    message: str, column: str | None, row: int | None, remedies: list[dict[str, Any]]
) -> dict[str, Any]:
    return {"message": message, "column": column, "row": row, "remedies": remedies}


def _in_utf8(file: File) -> bytes:
    """The file's text in UTF-8, as the readers want it: UTF-16 tells so by its first two bytes,
    another encoding is chosen by the person."""
    told = file.data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if not told and file.encoding == "utf-8":
        return file.data
    try:
        return file.data.decode("utf-16" if told else file.encoding, "replace").encode()
    except UnicodeError:
        return file.data


def _without_rows(file: File) -> bytes:
    """The file without some rows, counted as messages count them: the header is row 1."""
    if not file.leave_out_rows:
        return file.data
    lines = file.data.splitlines(keepends=True)
    dropped = {number - 1 for number in file.leave_out_rows if number > 1}
    return b"".join(line for number, line in enumerate(lines) if number not in dropped)


def of_pictures(name: str, labels: Sequence[str], pixels: Array) -> Read:
    """Pictures (n, h, w) of 0 to 255, each with its label. Raises ``InputError``."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or not len(pixels):
        raise InputError(
            f"pictures are bytes of shape (n, height, width), found {pixels.dtype} {pixels.shape}"
        )
    n, height, width = pixels.shape
    if n > MOST_PICTURES or max(height, width) > LARGEST_SIDE:
        raise InputError(
            f"{n:,} pictures of {height} × {width}: the lab takes up to {MOST_PICTURES:,} of "
            f"{LARGEST_SIDE} × {LARGEST_SIDE}"
        )
    if len(labels) != n:
        raise InputError(f"there are {n} pictures and {len(labels)} labels: give each one")
    found, counts = np.unique(np.array([str(label)[:60] for label in labels]), return_counts=True)
    if len(found) < 2:
        raise InputError(
            f"all pictures have the label '{found[0]}': put those of each class into a folder "
            "with its name"
        )
    X = np.ascontiguousarray(pixels.reshape(n, -1))
    y = np.array([str(label)[:60] for label in labels])
    data = Dataset(name, X, y, image_shape=(height, width), target_name="label")
    file = File(name, b"")
    words = _words(file, data, n) | {
        "columns": [
            {"name": str(label), "kind": "picture", "gaps": 0, "distinct": int(count),
             "leave_out": None}
            for label, count in zip(found, counts, strict=True)
        ]
    }  # fmt: skip
    return Read(data, words, _pictures(data))


def of_points(arrays: Mapping[str, Array]) -> Dataset:
    """Points of the plane with the place of the class of each. Raises ``InputError``."""
    points, targets = arrays.get("points"), arrays.get("targets")
    if points is None or targets is None or points.ndim != 2 or points.shape[1:] != (2,):
        raise InputError("points are numbers (n, 2), with a class for each of them (n,)")
    if targets.shape != (len(points),) or len(points) > MOST_PICTURES:
        raise InputError(f"{len(points):,} points have {targets.size:,} classes: give each one")
    if not np.isfinite(points).all() or np.abs(points).max(initial=0) > 1e6:
        raise InputError("a point's coordinates are numbers up to a million")
    classes = np.unique(targets)
    if len(classes) < 2:
        raise InputError("points of a single class teach nothing: set some of another class")
    return Dataset(
        "points", points.astype(np.float64), targets.astype(np.int64), classes,
        ("x1", "x2"), "class", description="points set by hand",
    )  # fmt: skip
