"""Atomic writing: a file appears whole, or the one that was there before stays as it was.

Also the sentences for files that the system will not let us read or write.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from glassnet.errors import FileError, InputError

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than this system allows",
    errno.EACCES: "there is no permission to write there",
    errno.EPERM: "there is no permission to write there",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "the name is too long",
}


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path`, whole or not at all. Raises ``FileError`` where it cannot be."""
    with atomic_path(path) as temporary, open(temporary, "r+b") as file:
        file.write(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all. Raises ``FileError`` likewise."""
    write_bytes(path, text.encode("utf-8"))


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`, with its suffix, for any writer that takes a path.

    When the block ends, the file that it wrote is flushed to the disk and moved into place;
    where the block raises, the temporary file is removed and the old file stays. Raises
    ``FileError`` with one sentence where the system refuses (full disk, no permission, no folder).
    """
    try:
        target = _target(path)
        temporary = target.with_name(f".{secrets.token_hex(6)}{target.suffix}")
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except (OSError, ValueError) as error:
        raise _failure(path, error) from None
    try:
        yield temporary
        _flush(temporary)
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
        _flush_folder(target.parent)
    except OSError as error:
        raise _failure(path, error) from None
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def unreadable(path: str | os.PathLike[str], error: Exception) -> FileError | InputError:
    """The sentence for a file that could not be opened or read."""
    if isinstance(error, (FileError, InputError)):
        return error
    if isinstance(error, FileNotFoundError):
        reason = "there is no such file"
    elif isinstance(error, IsADirectoryError):
        reason = "it is a folder; give the name of a file"
    elif isinstance(error, PermissionError):
        reason = "there is no permission to read it"
    else:
        reason = getattr(error, "strerror", None) or str(error)
    return FileError(f"cannot read '{_shown(path)}': {reason}")


def _target(path: str | os.PathLike[str]) -> Path:
    """The file itself where `path` is a link to it, so that the link stays a link."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise FileError(f"cannot write '{_shown(path)}': it is a folder; give the name of a file")
    if target.exists() and not target.is_file():
        raise FileError(f"cannot write '{_shown(path)}': it is not an ordinary file")
    return target


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    """Make the new name itself last; some systems cannot, and the file is whole without it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _failure(path: str | os.PathLike[str], error: OSError | ValueError) -> FileError:
    if isinstance(error, FileError):
        return error
    code = getattr(error, "errno", None)
    if code in (errno.ENOENT, errno.ENOTDIR):
        folder = os.path.dirname(_shown(path)) or "."
        reason = f"the folder '{folder}' does not exist; make it first"
    else:
        reason = _REASONS.get(code or 0, "") or getattr(error, "strerror", None) or str(error)
    with suppress(OSError, ValueError):
        if os.path.exists(path):
            reason += "; the file that was there is unchanged"
    return FileError(f"cannot write '{_shown(path)}': {reason}")


def _shown(path: str | os.PathLike[str]) -> str:
    return os.fsdecode(path).encode("utf-8", "replace").decode("utf-8")
