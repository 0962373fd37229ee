"""Figures to files: PNG and SVG, written beside their target and moved into place."""

import io
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from glassnet.errors import FileError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS_PER_INCH = 160


def save_figure(figure: "Figure", path_without_suffix: str | os.PathLike[str]) -> list[Path]:
    """Write path.png and path.svg and return both paths.

    Both are drawn before the first is written, and each appears whole or not at all: an older
    file stays as it was when anything fails. The same figure gives the same bytes. Raises
    FileError when the folder is missing, closed or full.
    """
    return write_pictures(path_without_suffix, pictures_of(figure))


def pictures_of(figure: "Figure") -> dict[str, bytes]:
    """The figure as a PNG and an SVG file would hold it, by suffix."""
    import matplotlib

    drawn: dict[str, bytes] = {}
    layout = figure.get_layout_engine()
    # Neither the date nor random identifiers belong in a picture that should not change.
    with matplotlib.rc_context({"svg.hashsalt": "glassnet"}):
        for kind in ("png", "svg"):
            metadata = {"Date": None} if kind == "svg" else {"Software": None}
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, dpi=PIXELS_PER_INCH, metadata=metadata)
            drawn[kind] = buffer.getvalue()
            figure.set_layout_engine("none")  # where all lies is known now
    figure.set_layout_engine(layout or "none")
    return drawn


def write_pictures(
    path_without_suffix: str | os.PathLike[str], drawn: dict[str, bytes]
) -> list[Path]:
    """Write what `pictures_of` made, as `save_figure` says."""
    stem = Path(path_without_suffix)
    paths = {stem.with_name(f"{stem.name}.{kind}"): content for kind, content in drawn.items()}
    for path, content in paths.items():
        _write_whole(path, content)
    return list(paths)


def _write_whole(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with open(beside, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(
            f"'{path}' could not be written: {error.strerror}; "
            f"choose a folder that exists, is writable and has room"
        ) from None
