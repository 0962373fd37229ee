"""Where a training's files go, and what must not be overwritten."""

import os
import re
from pathlib import Path

from glassnet.errors import FileError, InputError

_IS_MODEL = re.compile(rb'"format"\s*:\s*"glassnet"')
_HEAD = 4096  # bytes: the format is the first field


def model_path(out: str | None, name: str) -> Path:
    """The model file's path, checked before any work is done: its folder is there, and what it
    would replace is a model of glassnet."""
    path = Path(out) if out else Path(f"{name}.json")
    shown = repr(str(path))
    if path.is_dir():
        raise InputError(f"{shown} is a folder; give --out the name of a file")
    folder = path.parent
    if not folder.is_dir():
        raise FileError(f"{shown} cannot be written: there is no folder {str(folder)!r}")
    if path.exists():
        if not is_model(path):
            raise InputError(
                f"{shown} exists and is not a model of glassnet; choose another name with --out"
            )
    elif not os.access(folder, os.W_OK):
        raise FileError(f"{shown} cannot be written: the folder {str(folder)!r} is not writable")
    _check_pictures(path)
    return path


def picture_stem(model: Path) -> Path:
    """What the pictures beside a model are called, without their suffix."""
    return model.with_name(f"{model.stem}-loss")


def is_model(path: Path) -> bool:
    """Whether the file begins like a model of glassnet."""
    try:
        with path.open("rb") as file:
            return _IS_MODEL.search(file.read(_HEAD)) is not None
    except OSError:
        return False


def _check_pictures(model: Path) -> None:
    if model.exists():
        return
    stem = picture_stem(model)
    for suffix in ("png", "svg"):
        picture = stem.with_name(f"{stem.name}.{suffix}")
        if picture.exists():
            raise InputError(
                f"{str(picture)!r} exists, without a model {str(model)!r} that it would belong "
                "to; move it away or choose another name with --out"
            )
