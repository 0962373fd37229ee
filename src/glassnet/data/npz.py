"""NPZ files (NumPy's zip of arrays): features and targets, never a pickle, never a zip bomb."""

import math
import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glassnet.data.dataset import Dataset
from glassnet.data.table import listed
from glassnet.data.targets import understand_targets
from glassnet.data.unpacking import MAX_SIZE, missing, reason, too_large
from glassnet.errors import InputError

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

Array = npt.NDArray[Any]

_FEATURES = ("X", "x", "data", "images", "features")
_TARGETS = ("y", "Y", "target", "targets", "labels", "label")
_PIECE = 2**20


def read_npz(path: str | os.PathLike[str], *, max_size: int = MAX_SIZE) -> dict[str, Array]:
    """Read every array of an NPZ file by its name.

    Raises
    ------
    InputError : where it is no zip, an array holds Python objects or is broken, or the arrays are
        larger than `max_size` bytes (looked at before anything is unpacked).
    FileError : where the file cannot be opened.
    """
    from zipfile import ZipFile

    shown = repr(str(path))
    try:
        opened = Path(path).open("rb")
    except (OSError, ValueError) as error:
        raise missing(path, error) from None
    with opened:
        try:
            packed = ZipFile(opened)
        # Whatever the zip module meets in a broken file: it has no one error for it.
        except Exception as error:
            raise InputError(f"{shown} is no NPZ file: {reason(error)}") from None
        with packed:
            members = [member for member in packed.infolist() if member.filename.endswith(".npy")]
            if not members:
                raise InputError(f"{shown} holds no arrays; expected X and y as numpy.savez writes")
            if sum(member.file_size for member in members) > max_size:
                raise too_large(shown, max_size)
            return {m.filename[:-4]: _read_member(packed, m, shown) for m in members}


def read_npz_dataset(
    path: str | os.PathLike[str], *, task: str | None = None, max_size: int = MAX_SIZE
) -> Dataset:
    """Read X and y, or x_train, y_train, x_test and y_test, from an NPZ file.

    Raises
    ------
    InputError : where an array is missing or of another shape; see `read_npz`.
    """
    shown = repr(str(path))
    arrays = read_npz(path, max_size=max_size)
    name = Path(path).name
    for suffix in ("", "_train"):
        x_name = _find(arrays, _FEATURES, suffix)
        y_name = _find(arrays, _TARGETS, suffix)
        if x_name and y_name:
            data = _dataset(name, shown, arrays, x_name, y_name, task)
            x_test, y_test = _find(arrays, _FEATURES, "_test"), _find(arrays, _TARGETS, "_test")
            if not (x_test and y_test):
                return data
            test = _dataset(name, shown, arrays, x_test, y_test, data.task)
            return replace(data, test=test)
    raise InputError(
        f"{shown} holds the arrays {listed(arrays)}; expected X and y, or x_train, y_train, "
        "x_test and y_test"
    )


def npz_features(
    path: str | os.PathLike[str], *, max_size: int = MAX_SIZE
) -> tuple[Array, tuple[int, int] | None]:
    """Read the samples alone, from X or x_test, and their picture's (h, w) if any."""
    arrays = read_npz(path, max_size=max_size)
    name = _find(arrays, _FEATURES, "") or _find(arrays, _FEATURES, "_test")
    if name is None:
        raise InputError(f"{str(path)!r} holds the arrays {listed(arrays)}; expected X or x_test")
    return _samples(arrays[name], f"{str(path)!r} array {name!r}")


def _dataset(
    name: str,
    shown: str,
    arrays: dict[str, Array],
    x_name: str,
    y_name: str,
    task: str | None,
) -> Dataset:
    X, image_shape = _samples(arrays[x_name], f"{shown} array {x_name!r}")
    values = arrays[y_name]
    if values.shape not in ((len(X),), (len(X), 1)) or values.dtype.kind not in "biufU":
        raise InputError(
            f"{shown} array {y_name!r} holds {values.dtype} values of shape {values.shape} for "
            f"{len(X)} samples; expected one number or text for each sample"
        )
    where = f"{shown} array {y_name!r}"
    y, classes, task = understand_targets(
        values.reshape(-1), where, task, are_labels=values.dtype.kind in "biu"
    )
    return Dataset(
        name=name,
        X=X,
        y=y,
        classes=classes,
        target_name=y_name,
        task=task,
        image_shape=image_shape,
        description=f"arrays {x_name} and {y_name} of {name}",
    )


def _samples(values: Array, where: str) -> tuple[Array, tuple[int, int] | None]:
    if values.dtype.kind not in "biuf" or values.ndim not in (2, 3) or values.size == 0:
        raise InputError(
            f"{where} holds {values.dtype} values of shape {values.shape}; expected numbers of "
            "shape (n, d), or (n, height, width) for pictures"
        )
    image_shape = (values.shape[1], values.shape[2]) if values.ndim == 3 else None
    X = values.reshape(len(values), -1)
    if X.dtype not in (np.uint8, np.float32, np.float64):
        X = X.astype(np.float64)
    return X, image_shape


def _find(arrays: dict[str, Array], stems: tuple[str, ...], suffix: str) -> str | None:
    return next((stem + suffix for stem in stems if stem + suffix in arrays), None)


def _read_member(packed: "ZipFile", member: "ZipInfo", shown: str) -> Array:
    """Read one array, not a byte more than its header declares."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    where = f"{shown} array {member.filename[:-4]!r}"
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise InputError(f"{where} is packed in a way that numpy.savez does not use; save it again")
    try:
        with packed.open(member) as stream:
            shape, column_major, dtype = _read_header(stream)
            size = math.prod(shape) * dtype.itemsize
            if not dtype.hasobject and 0 <= size <= member.file_size:
                content = bytearray()
                while len(content) < size:
                    piece = stream.read(min(_PIECE, size - len(content)))
                    if not piece:
                        break
                    content += piece
                if len(content) == size:
                    array = np.frombuffer(content, dtype=dtype)
                    native = array.astype(dtype.newbyteorder("="), copy=False)
                    if column_major:
                        return native.reshape(shape[::-1]).transpose()
                    return native.reshape(shape)
    # Whatever the zip module, zlib or NumPy's header parser meets in broken bytes.
    except Exception as error:
        raise InputError(f"{where} is broken: {reason(error)}") from None
    if dtype.hasobject:
        raise InputError(
            f"{where} holds Python objects, which are never loaded (they can run code); save it "
            "as numbers or text"
        )
    raise InputError(
        f"{where} declares {size} bytes and holds {member.file_size} at most; save it again"
    )


def _read_header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    # NumPy warns of headers written by Python 2, Python of odd text in them; neither matters.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if np.lib.format.read_magic(stream) == (1, 0):
            return np.lib.format.read_array_header_1_0(stream)
        return np.lib.format.read_array_header_2_0(stream)
