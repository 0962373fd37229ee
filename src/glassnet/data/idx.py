"""IDX files (MNIST's format), gzipped or not: arrays, and pictures with their labels.

A file is two zero bytes, a type byte, the number of dimensions, each dimension as a big-endian
32-bit number, and the values. Source: the description on MNIST's original page (LeCun, Cortes,
Burges).
"""

import math
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data.dataset import Dataset
from glassnet.data.unpacking import MAX_SIZE, Source, too_large
from glassnet.errors import InputError

Array = npt.NDArray[Any]

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def is_idx(start: bytes) -> bool:
    """Whether a file that starts so says of itself that it is IDX."""
    return len(start) >= 4 and start[:2] == b"\0\0" and start[2] in _TYPES and 1 <= start[3] <= 8


def read_idx(path: str | os.PathLike[str], *, max_size: int = MAX_SIZE) -> Array:
    """Read one IDX file into an array of the shape that its header declares.

    Not a byte more is unpacked than the header declares, and one to see that there is no more.

    Raises
    ------
    InputError : where the magic number is another, the values are fewer or more than declared,
        there are none, the gzipped content is broken, or they are larger than `max_size` bytes.
    FileError : where the file cannot be opened.
    """
    with Source(path) as source:
        start = source.peek(4)
        if not is_idx(start):
            raise InputError(
                f"{source.shown} is no IDX file: it starts with the bytes "
                f"{start.hex(' ') or 'none'}, expected 00 00, a type 08-0e, the dimensions"
            )
        dimensions = start[3]
        header = source.read_up_to(4 + 4 * dimensions)
        if len(header) < 4 + 4 * dimensions:
            raise InputError(f"{source.shown} ends inside its header; fetch it again")
        shape = tuple(int(size) for size in np.frombuffer(header, dtype=">u4", offset=4))
        dtype = np.dtype(_TYPES[start[2]])
        declared = math.prod(shape) * dtype.itemsize
        sizes = " x ".join(str(size) for size in shape)
        if declared == 0:
            raise InputError(f"{source.shown} declares {sizes} values, which is none")
        if declared > max_size:
            raise too_large(f"{source.shown} declares {sizes} values and", max_size)
        values = source.read_up_to(declared + 1)
        if len(values) != declared:
            found = f"only {len(values)}" if len(values) < declared else "more"
            raise InputError(
                f"{source.shown} declares {sizes} values, {declared} bytes, and holds {found}; "
                "fetch it again"
            )
    array = np.frombuffer(values, dtype=dtype).reshape(shape)
    return array if dtype.isnative else array.astype(dtype.newbyteorder("="))


def read_idx_dataset(
    path: str | os.PathLike[str], *, name: str | None = None, max_size: int = MAX_SIZE
) -> Dataset:
    """Read pictures and the labels beside them; the t10k files beside a train file are its test.

    `train-images-idx3-ubyte.gz` has its labels in `train-labels-idx1-ubyte.gz`, gzipped or not.

    Raises
    ------
    InputError : where a file is broken, the labels' file is missing, or the counts differ.
    FileError : where a file cannot be opened.
    """
    given = Path(path)
    labels_path = _beside(given, {"images": "labels", "idx3": "idx1"})
    if labels_path is None:
        raise InputError(
            f"{str(path)!r} has no labels' file beside it; its name must hold 'images', and the "
            "labels' file the same name with 'labels' (train-images-idx3-ubyte, "
            "train-labels-idx1-ubyte)"
        )
    data = read_idx_pair(given, labels_path, name=name or given.name, max_size=max_size)
    test_path = _beside(given, {"train-": "t10k-"}) if "train-" in given.name else None
    if test_path is None or _beside(test_path, {"images": "labels", "idx3": "idx1"}) is None:
        return data
    return replace(data, test=read_idx_dataset(test_path, name=name, max_size=max_size))


def read_idx_pair(
    images: Path, labels_path: Path, *, name: str, max_size: int = MAX_SIZE
) -> Dataset:
    """Read a file of pictures and a file of labels; raises what `read_idx_dataset` raises."""
    X, image_shape = idx_features(images, max_size=max_size)
    labels = read_idx(labels_path, max_size=max_size)
    if labels.shape != (len(X),) or labels.dtype.kind not in "iu":
        raise InputError(
            f"{str(labels_path)!r} holds {labels.dtype} values of shape {labels.shape} and "
            f"{images.name!r} {len(X)} pictures; expected one whole number for each picture"
        )
    return Dataset(
        name=name,
        X=X,
        y=labels.astype(np.int64),
        target_name="label",
        image_shape=image_shape,
        description=f"pictures from {images.name}, labels from {labels_path.name}",
    )


def idx_features(
    path: str | os.PathLike[str], *, max_size: int = MAX_SIZE
) -> tuple[Array, tuple[int, int] | None]:
    """Samples as rows from one file, (n, h, w) or (n, d), and their picture's (h, w) if any.

    Bytes and floats keep their type, other whole numbers become float64.
    """
    values = read_idx(path, max_size=max_size)
    if values.ndim not in (2, 3):
        raise InputError(
            f"{str(path)!r} has {values.ndim} dimension{'s' * (values.ndim != 1)}; expected 3 "
            "(pictures) or 2 (samples and features): is it the labels' file?"
        )
    image_shape = (values.shape[1], values.shape[2]) if values.ndim == 3 else None
    X = values.reshape(len(values), -1)
    return (X if X.dtype.kind == "f" or X.dtype == np.uint8 else X.astype(np.float64)), image_shape


def find_idx_images(folder: Path) -> Path | None:
    """Find the training pictures in a folder of IDX files, as MNIST comes."""
    found = sorted(folder.glob("train-images*idx3-ubyte*"))
    return found[0] if found else None


def _beside(path: Path, changes: dict[str, str]) -> Path | None:
    """Find the file of the changed name beside this one, gzipped or not."""
    name = path.name
    if next(iter(changes)) not in name:
        return None
    for old, new in changes.items():
        name = name.replace(old, new)
    plain = re.sub(r"\.gz$", "", name)
    for candidate in (name, plain, plain + ".gz"):
        if (path.parent / candidate).is_file():
            return path.parent / candidate
    return None
