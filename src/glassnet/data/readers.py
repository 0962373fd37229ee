"""Reading data from a path: which reader is chosen by the content, and by the name where it must.

A folder is one of pictures or of IDX files; a file starts with the magic number of Parquet, of a
zip (NPZ) or of IDX, gzipped or not; everything else is read as CSV.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from glassnet.data.csv import read_csv
from glassnet.data.dataset import Dataset
from glassnet.data.idx import find_idx_images, idx_features, is_idx, read_idx_dataset
from glassnet.data.npz import npz_features, read_npz_dataset
from glassnet.data.table import Table
from glassnet.data.targets import choose_target, features_of, names_labels, understand_targets
from glassnet.data.unpacking import MAX_SIZE, Source
from glassnet.errors import InputError

Array = npt.NDArray[Any]

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")


def read_data(
    path: str | os.PathLike[str],
    target: str | None = None,
    *,
    task: str | None = None,
    categorical: Sequence[str] = (),
    separator: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
    max_size: int = MAX_SIZE,
) -> Dataset:
    """Read samples with their targets.

    Parameters
    ----------
    path : a CSV, TSV, Parquet, IDX or NPZ file, or a folder of pictures or of IDX files.
    target : the target's column, for tables; None chooses as `choose_target` says.
    task : "classification" or "regression"; None decides as `understand_targets` says.
    categorical, separator, decimal, header, encoding : for CSV, see `read_csv`.
    max_size : how many bytes a packed file may unpack to.

    Raises
    ------
    InputError : where the content is not usable; the sentence says why.
    FileError : where the file cannot be opened.
    MissingExtraError : for Parquet without polars.
    """
    shown = repr(str(path))
    kind = kind_of(path)
    if kind in ("idx", "idx folder", "images") and (target or task == "regression"):
        raise InputError(f"{shown} holds pictures with labels; leave out the target and the task")
    if kind == "idx folder":
        return read_idx_dataset(find_idx_images(Path(path)) or path, max_size=max_size)
    if kind == "images":
        from glassnet.data.images import read_image_folder

        return read_image_folder(path, max_size=max_size)
    if kind == "idx":
        return read_idx_dataset(path, max_size=max_size)
    if kind == "npz":
        if target:
            raise InputError(
                f"{shown} holds arrays, of which y is the target; leave out {target!r}"
            )
        return read_npz_dataset(path, task=task, max_size=max_size)
    table = read_table(
        path,
        categorical=categorical,
        separator=separator,
        decimal=decimal,
        header=header,
        encoding=encoding,
        max_size=max_size,
    )
    return dataset_of(table, target, task=task, name=Path(path).name, shown=shown)


def read_table(
    path: str | os.PathLike[str],
    *,
    categorical: Sequence[str] = (),
    separator: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
    max_size: int = MAX_SIZE,
) -> Table:
    """Read a CSV, TSV or Parquet file as a table, without asking which column is the target.

    Raises
    ------
    InputError, FileError, MissingExtraError : see `read_data`.
    """
    kind = kind_of(path)
    if kind == "parquet":
        from glassnet.data.parquet import read_parquet

        table = read_parquet(path, max_size=max_size)
        for name in categorical:
            table.select([name])
        return table
    if kind != "csv":
        raise InputError(f"{str(path)!r} ({kind}) is no table; give a CSV, TSV or Parquet file")
    return read_csv(
        path,
        categorical=categorical,
        separator=separator,
        decimal=decimal,
        header=header,
        encoding=encoding,
        max_size=max_size,
    )


def read_features(
    path: str | os.PathLike[str], *, max_size: int = MAX_SIZE, **options: Any
) -> tuple[Array | Table, tuple[int, int] | None]:
    """Read samples without targets: a `Table` from a table, else rows (n, d) and (h, w) or None.

    `options` are those of `read_table`.

    Raises
    ------
    InputError, FileError, MissingExtraError : see `read_data`.
    """
    kind = kind_of(path)
    if kind == "images":
        from glassnet.data.images import image_features

        return image_features(path, max_size=max_size)
    if kind in ("idx", "idx folder"):
        file = find_idx_images(Path(path)) if kind == "idx folder" else None
        return idx_features(file or path, max_size=max_size)
    if kind == "npz":
        return npz_features(path, max_size=max_size)
    return read_table(path, max_size=max_size, **options), None


def dataset_of(
    table: Table,
    target: str | None = None,
    *,
    task: str | None = None,
    name: str = "table",
    shown: str = "the table",
) -> Dataset:
    """Split a table into features and target; X is an array where all features are numbers.

    Raises
    ------
    InputError : where there is no such column, or its values are no targets.
    """
    target_name, how = choose_target(table.names, target, shown)
    where = f"{shown} column {target_name!r} (the target, {how})"
    y, classes, found_task = understand_targets(
        table[target_name], where, task, are_labels=names_labels(target_name)
    )
    features = table.without(target_name)
    X, image_shape = features_of(features)
    return Dataset(
        name=name,
        X=X,
        y=y,
        classes=classes,
        feature_names=features.names,
        target_name=target_name,
        task=found_task,
        image_shape=image_shape,
        description=f"{name}; target {target_name!r}, {how}",
    )


def kind_of(path: str | os.PathLike[str]) -> str:
    """Say what the path holds: csv, parquet, idx, npz, images or idx folder.

    Raises
    ------
    InputError : where it is something that is not read, such as a single picture or a workbook.
    FileError : where there is nothing, or it cannot be opened.
    """
    place = Path(path)
    try:
        is_folder = place.is_dir()
    except ValueError:
        is_folder = False
    if is_folder:
        return "idx folder" if find_idx_images(place) else "images"
    with Source(path) as source:
        start = source.peek(8)
        shown = source.shown
    ending = place.suffix.lower()
    if not start:
        raise InputError(f"{shown} is empty; expected data")
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK\x03\x04") and ending not in (".xlsx", ".ods"):
        return "npz"
    if is_idx(start):
        return "idx"
    if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{shown} is a workbook or a zip; save the sheet as CSV (UTF-8)")
    if start.startswith(_PICTURES) and ending not in (".csv", ".tsv", ".txt"):
        raise InputError(f"{shown} is one picture; give a folder with one subfolder for each label")
    for known, endings in (
        ("Parquet", (".parquet", ".pq")),
        ("NPZ", (".npz",)),
        ("IDX", ("-ubyte", ".idx")),
    ):
        if place.name.lower().removesuffix(".gz").endswith(endings):
            raise InputError(
                f"{shown} is called like {known} but starts with the bytes {start[:4].hex(' ')}, "
                f"which is the wrong magic number for {known}; fetch it again"
            )
    return "csv"
