"""The pages of a memory-mapped X: asked for ahead of time, and given back once read.

A page that was read stays mapped, and counts as the process's memory (VmRSS), until the system
wants it back. Giving it back loses nothing where the array cannot be changed, or where its
changes go to the file: it is read again when it is needed, mostly from the system's cache.
"""

import contextlib
import math
from typing import Any

import numpy as np

MAPPED_BYTES = 16 << 20  # read before pages are given back
_AHEAD_BYTES = 1 << 17  # asked for at once: some systems cut a larger wish


class Pages:
    """Counts the rows read of X; where X lies in a mapped file, gives its pages back each time
    that `most` bytes of rows were read. Does nothing for other arrays, a file mapped
    copy-on-write (its changes would be lost), and systems without ``madvise``."""

    def __init__(self, X: Any, most: int = MAPPED_BYTES) -> None:
        self._mapping = mapping_of(X)
        self._row = 1 if self._mapping is None else X.itemsize * math.prod(X.shape[1:])
        self._most, self._read = most, 0
        self._begin: int | None = None
        if self._mapping is not None and X.flags.c_contiguous:
            start = np.frombuffer(self._mapping, dtype=np.uint8, count=1)
            self._begin = X.ctypes.data - start.ctypes.data

    @property
    def rows(self) -> int | None:
        """The rows to read between two givings; None where there is nothing to give back."""
        return None if self._mapping is None else max(1, self._most // max(1, self._row))

    def read(self, rows: int) -> None:
        """So many more rows were read."""
        self._read += rows * self._row
        if self._mapping is not None and self._read >= self._most:
            self._read = 0
            self._advise("MADV_DONTNEED")

    def ahead(self, first: int, last: int) -> None:
        """Rows `first` to `last` − 1 are wanted soon: the system may begin to read them."""
        if self._begin is None:
            return
        from mmap import PAGESIZE

        begin, end = (self._begin + row * self._row for row in (first, last))
        for place in range(begin - begin % PAGESIZE, end, _AHEAD_BYTES):
            self._advise("MADV_WILLNEED", place, min(_AHEAD_BYTES, end - place))

    def _advise(self, wish: str, *part: int) -> None:
        import mmap

        with contextlib.suppress(OSError):  # a wish: training goes on without
            self._mapping.madvise(getattr(mmap, wish), *part)


def mapping_of(X: Any) -> Any:
    """The ``mmap.mmap`` that X lies in, where its pages can be given back and nothing is lost;
    else None."""
    mode, below = None, X
    while isinstance(below, np.ndarray):
        mode = getattr(below, "mode", mode)
        below = below.base
    if isinstance(below, memoryview):
        below = below.obj
    if below is None or not isinstance(X, np.ndarray):
        return None
    try:
        import mmap
    except ImportError:
        return None
    if not isinstance(below, mmap.mmap) or not hasattr(mmap, "MADV_DONTNEED"):
        return None
    # Shared or read-only; of a mapping that is no np.memmap's, only the latter can be told.
    is_safe = mode in ("r", "r+", "w+") or memoryview(below).readonly
    return below if is_safe else None
