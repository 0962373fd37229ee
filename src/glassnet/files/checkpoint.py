"""Checkpoints: the whole state of a training, one file; from it a run goes on to the same bits.

The file is an .npz (a ZIP of NumPy arrays): the parameters, the buffers, the optimizer's slots,
the counters, and the run's description as JSON text. No pickle is written or read.
"""

import io
import json
import math
import os
import zipfile
from typing import Any, BinaryIO

import numpy as np

from glassnet.errors import InputError
from glassnet.files.atomic import atomic_path, unreadable
from glassnet.files.plain import to_plain
from glassnet.nn.arrays import Array
from glassnet.nn.state import State

VERSION = 1

_COUNTERS = ("updates", "step", "epoch", "batch")
_SLOT = "slot_"
_DTYPES = ("<f4", "<f8")


def save_checkpoint(
    path: str | os.PathLike[str], state: State, description: dict[str, Any] | None = None
) -> None:
    """Write the state, whole or not at all, with a description (plain data) of its run.

    Raises ``FileError`` where the system refuses, ``InputError`` where the description is not
    plain data.
    """
    text = json.dumps(to_plain(description or {}, finite=True))
    arrays = {
        "version": np.array([VERSION], dtype="<i8"),
        "description": np.frombuffer(text.encode("utf-8"), dtype=np.uint8),
        "counters": np.array([getattr(state, name) for name in _COUNTERS], dtype="<i8"),
        "parameters": state.parameters,
        "buffers": state.buffers,
        **{_SLOT + name: vector for name, vector in state.slots.items()},
    }
    with atomic_path(path) as temporary, open(temporary, "r+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)


def load_checkpoint(path: str | os.PathLike[str]) -> tuple[State, dict[str, Any]]:
    """The state and the description that a checkpoint holds.

    Raises ``FileError`` where the file cannot be read, ``InputError`` where it is no checkpoint,
    is damaged (every array has a checksum) or was written by a newer version.
    """
    source = f"'{os.fsdecode(path)}'"
    try:
        file = open(path, "rb")  # closed below, where its content is judged
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    with file:
        try:
            arrays = _arrays(file)
            return _state(arrays), _description(arrays)
        except InputError as error:
            raise InputError(f"{source}: {error}") from None
        except Exception:  # what zipfile and NumPy raise for damaged bytes is of many kinds
            raise InputError(f"{source} is no checkpoint, or a damaged one") from None


def _arrays(file: BinaryIO) -> dict[str, Array]:
    """Every array; the archive may hold no more bytes than it has, so nothing is unpacked."""
    archive, size = zipfile.ZipFile(file), os.fstat(file.fileno()).st_size
    members = archive.infolist()
    stored = all(member.compress_type == zipfile.ZIP_STORED for member in members)
    if not stored or sum(member.file_size for member in members) > size:
        raise InputError("is compressed, which no checkpoint is")
    return {
        member.filename.removesuffix(".npy"): _array(archive.read(member)) for member in members
    }


def _array(data: bytes) -> Array:
    """The array of .npy bytes, whose length must be what its header declares."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise InputError("holds an array of an unknown format")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if (
        len(shape) != 1
        or dtype.hasobject
        or math.prod(shape) * dtype.itemsize != len(data) - file.tell()
    ):
        raise InputError("holds an array whose length is not what its header declares")
    return np.frombuffer(data, dtype=dtype, offset=file.tell()).astype(dtype.newbyteorder("="))


def _state(arrays: dict[str, Array]) -> State:
    for name, dtypes in {
        "version": ("<i8",), "counters": ("<i8",), "description": ("|u1",),
        "parameters": _DTYPES, "buffers": _DTYPES,
    }.items():  # fmt: skip
        if name not in arrays:
            raise InputError(f"is no checkpoint: it has no '{name}'")
        if arrays[name].dtype.newbyteorder("<").str not in dtypes:
            raise InputError(f"'{name}' has the type {arrays[name].dtype}")
    version = arrays["version"].tolist()
    if version != [VERSION]:
        raise InputError(f"made by a newer glassnet (version {version}); update glassnet")
    counters = arrays["counters"].tolist()
    if len(counters) != len(_COUNTERS) or min(counters) < 0:
        raise InputError(f"'counters' is {counters}; four numbers from 0 are expected")
    parameters, buffers = arrays["parameters"], arrays["buffers"]
    slots = {
        name.removeprefix(_SLOT): vector
        for name, vector in arrays.items()
        if name.startswith(_SLOT)
    }
    for name, vector in {**slots, "buffers": buffers}.items():
        if (
            vector.dtype != parameters.dtype
            or name != "buffers"
            and vector.shape != parameters.shape
        ):
            raise InputError(f"'{name}' does not fit the parameters")
    return State(parameters, buffers, slots, **dict(zip(_COUNTERS, counters, strict=True)))


def _description(arrays: dict[str, Array]) -> dict[str, Any]:
    try:
        description = json.loads(arrays["description"].tobytes().decode("utf-8"))
    except (ValueError, RecursionError):
        description = None
    if not isinstance(description, dict):
        raise InputError("'description' is not the JSON of a table")
    return description
