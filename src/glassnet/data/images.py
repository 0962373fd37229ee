"""A folder of pictures, one subfolder a label, read as grey through Pillow."""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data.dataset import Dataset
from glassnet.data.unpacking import MAX_SIZE, reason, too_large
from glassnet.errors import FileError, InputError, MissingExtraError

Array = npt.NDArray[Any]

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
_FORMATS = ("PNG", "JPEG", "BMP", "GIF")


def read_image_folder(path: str | os.PathLike[str], *, max_size: int = MAX_SIZE) -> Dataset:
    """Read the pictures of each subfolder as samples; the subfolder's name is the label.

    Colour becomes grey (0.299 R + 0.587 G + 0.114 B), of a moving GIF the first picture counts.
    The samples are in the order of the subfolders' and files' names.

    Raises
    ------
    InputError : where there are no subfolders with pictures, one is broken, or of another size
        than the first.
    FileError : where the folder cannot be read.
    """
    folder = Path(path)
    shown = repr(str(path))
    by_label = {sub.name: _pictures(sub) for sub in _entries(folder) if sub.is_dir()}
    by_label = {label: files for label, files in by_label.items() if files}
    if not by_label:
        raise InputError(
            f"{shown} has no subfolders with pictures; expected one subfolder for each label, with "
            f"{', '.join(ENDINGS)} files"
        )
    files = [file for group in by_label.values() for file in group]
    labels = [label for label, group in by_label.items() for _ in group]
    images = read_images(files, max_size=max_size)
    return Dataset(
        name=folder.name or shown,
        X=images.reshape(len(images), -1),
        y=np.array(labels),
        target_name="subfolder",
        image_shape=(images.shape[1], images.shape[2]),
        description=f"pictures of {shown}, labelled by their subfolders",
    )


def image_features(
    path: str | os.PathLike[str], *, max_size: int = MAX_SIZE
) -> tuple[Array, tuple[int, int]]:
    """Read the pictures of a folder without labels, in its subfolders too, in the names' order."""
    folder = Path(path)
    files = _pictures(folder)
    for sub in _entries(folder):
        files += _pictures(sub) if sub.is_dir() else []
    if not files:
        raise InputError(f"{str(path)!r} holds no pictures ({', '.join(ENDINGS)}); give another")
    images = read_images(files, max_size=max_size)
    return images.reshape(len(images), -1), (images.shape[1], images.shape[2])


def read_images(files: Sequence[Path], *, max_size: int = MAX_SIZE) -> Array:
    """Read pictures of one size as grey: (n, height, width) uint8, 0 black, 255 white.

    Raises
    ------
    InputError : where one is broken or of another size than the first.
    MissingExtraError : where Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError(
            "reading pictures needs Pillow; install it with: pip install pillow"
        ) from None
    images: Array | None = None
    for i, file in enumerate(files):
        try:
            # Pillow warns of odd metadata, which says nothing about the pixels.
            with warnings.catch_warnings(), Image.open(file, formats=_FORMATS) as picture:
                warnings.simplefilter("ignore")
                width, height = picture.size
                if images is None:
                    if len(files) * width * height > max_size:
                        raise too_large(f"{len(files)} pictures like {str(file)!r}", max_size)
                    images = np.empty((len(files), height, width), dtype=np.uint8)
                if (height, width) != images.shape[1:]:
                    raise InputError(
                        f"{str(file)!r} has {width} x {height} pixels and {str(files[0])!r} "
                        f"{images.shape[2]} x {images.shape[1]}; make all pictures of one size"
                    )
                images[i] = _grey(picture)
        except InputError:
            raise
        # Whatever Pillow's decoders meet in broken bytes: they have no one error for it.
        except Exception as error:
            raise InputError(
                f"{str(file)!r} is no readable picture ({reason(error)}); remove or replace it"
            ) from None
    if images is None:
        raise InputError("there are no pictures to read; give at least one")
    return images


def _grey(picture: Any) -> Array:
    if picture.mode.startswith("I"):
        # 16 bits: Pillow's own conversion would cut at 255 instead of scaling.
        return np.asarray(picture).astype(np.uint32).clip(0, 65535).astype(np.uint16) // 257
    grey: Array = np.asarray(picture.convert("L"))
    return grey


def _pictures(folder: Path) -> list[Path]:
    return [file for file in _entries(folder) if file.suffix.lower() in ENDINGS and file.is_file()]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise FileError(f"{str(folder)!r} cannot be read: {reason(error)}") from None
