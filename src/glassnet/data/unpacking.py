"""Reading a file's bytes, unpacked on the way where it is gzipped, and never more than asked for.

What a broken or missing file does is said here, once for all readers.
"""

import os
from pathlib import Path
from types import TracebackType
from typing import Any

from glassnet.errors import FileError, InputError

MAX_SIZE = 2**30
GZIP_MAGIC = b"\x1f\x8b"

_PIECE = 2**20


class Source:
    """The content of a file as a stream of bytes; a context manager.

    Raises
    ------
    FileError : where the file is missing, a folder, or cannot be read.
    InputError : from `read`, where the gzipped content is broken or cut off.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.shown = repr(str(path))
        try:
            self._file = self.path.open("rb")
        except (OSError, ValueError) as error:
            raise missing(path, error) from None
        self._stream: Any = self._file
        self._ahead = b""
        self.gzipped = self.peek(2) == GZIP_MAGIC
        if self.gzipped:
            from gzip import GzipFile

            self._file.seek(0)
            self._ahead = b""
            self._stream = GzipFile(fileobj=self._file, mode="rb")

    def __enter__(self) -> "Source":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._file.close()

    def peek(self, count: int) -> bytes:
        """Look at the next `count` bytes, or as many as there are, without taking them."""
        while len(self._ahead) < count and (more := self._take(count - len(self._ahead))):
            self._ahead += more
        return self._ahead[:count]

    def read(self, count: int) -> bytes:
        """Take the next `count` bytes at most; empty at the end only."""
        if self._ahead:
            taken, self._ahead = self._ahead[:count], self._ahead[count:]
            return taken
        return self._take(count)

    def read_up_to(self, limit: int) -> bytearray:
        """Take all that is left, but `limit` bytes at most."""
        content = bytearray()
        while len(content) < limit and (piece := self.read(min(_PIECE, limit - len(content)))):
            content += piece
        return content

    def _take(self, count: int) -> bytes:
        import zlib

        try:
            taken: bytes = self._stream.read(count)
        except EOFError:
            raise InputError(
                f"{self.shown} is gzipped and cut off before its end; fetch it again"
            ) from None
        except (zlib.error, OSError) as error:
            if not self.gzipped:
                raise FileError(f"{self.shown} cannot be read: {reason(error)}") from None
            raise InputError(
                f"{self.shown} is gzipped but broken ({reason(error)}); fetch it again"
            ) from None
        return taken


def too_large(shown: str, max_size: int) -> InputError:
    """Say that the content of `shown` is larger than `max_size` bytes, and what helps."""
    return InputError(
        f"{shown} unpacks to more than {max_size:,} bytes, the limit; "
        "if you trust the file, raise the limit with --max-size (in Python max_size)"
    )


def missing(path: str | os.PathLike[str], error: Exception) -> FileError:
    """Say why the file could not be opened."""
    if isinstance(error, FileNotFoundError):
        return FileError(f"there is no file {str(path)!r}; look at the path")
    if isinstance(error, IsADirectoryError):
        return FileError(f"{str(path)!r} is a folder; give a file")
    return FileError(f"{str(path)!r} cannot be opened: {reason(error)}")


def reason(error: BaseException) -> str:
    """Give the cause of a library's error in one line, without paths and line breaks."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return " ".join(text.split())[:200] or type(error).__name__
