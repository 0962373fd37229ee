"""A text file as blocks of whole lines; a block of nothing but numbers is read at once."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data.csv_dialect import Dialect
from glassnet.data.unpacking import Source, too_large
from glassnet.errors import InputError

Array = npt.NDArray[Any]

MAX_LINE = 2**24

_PIECE = 2**20
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def line_blocks(source: Source, max_size: int) -> Iterator[bytes]:
    r"""Cut the file into blocks of about a megabyte that end with a line; line ends become \n.

    Raises
    ------
    InputError : for UTF-16, NUL bytes, a line above 16 MB, or a gzipped file of more than
        `max_size` bytes.
    """
    if source.peek(2) in _UTF16_MARKS:
        raise InputError(f"{source.shown} is UTF-16 text; save it as UTF-8")
    if source.peek(3) == _UTF8_MARK:
        source.read(3)
    size = 0
    rest = bytearray()
    held = b""
    while piece := source.read(_PIECE):
        size += len(piece)
        if source.gzipped and size > max_size:
            raise too_large(source.shown, max_size)
        if 0 in piece:
            raise InputError(
                f"{source.shown} holds a NUL byte (byte {size - len(piece) + piece.index(0)}), so "
                "it is no text; give a CSV, TSV, Parquet, IDX or NPZ file or a folder of images"
            )
        piece = held + piece
        # The \n of a line end \r\n may come with the next piece.
        held = b"\r" if piece.endswith(b"\r") else b""
        piece = piece[: len(piece) - len(held)]
        if b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = piece.rfind(b"\n") + 1
        if end:
            rest += piece[:end]
            yield bytes(rest)
            rest = bytearray(piece[end:])
        else:
            rest += piece
        if len(rest) > MAX_LINE:
            raise InputError(
                f"{source.shown} has a line of more than {MAX_LINE:,} bytes; is it a CSV file?"
            )
    if rest:
        yield bytes(rest) + b"\n"


def numbers_of_block(block: bytes, dialect: Dialect, width: int) -> Array | None:
    """Read a block of nothing but numbers as float64 (rows, width); None where it is not one.

    Then the slow way reads it, or says what is wrong.
    """
    separator, decimal = dialect.separator.encode(), dialect.decimal.encode()
    if block.translate(None, b"0123456789+-eE\n" + separator + decimal):
        return None
    flat = block.translate(bytes.maketrans(decimal + separator + b"\n", b".,,"))
    if flat.startswith(b",") or b",," in flat:
        return None
    ends = np.flatnonzero(np.frombuffer(flat, dtype=np.uint8) == ord(","))
    lines = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))
    if len(ends) != len(lines) * width or not np.array_equal(ends[width - 1 :: width], lines):
        return None
    try:
        with warnings.catch_warnings():
            # What NumPy before 2.3 says of a text that is no number; later it is a ValueError.
            warnings.simplefilter("error", DeprecationWarning)
            numbers: Array = np.fromstring(flat.decode("ascii"), dtype=np.float64, sep=",")
    except (ValueError, DeprecationWarning):
        return None
    return numbers.reshape(len(lines), width) if len(numbers) == len(ends) else None
