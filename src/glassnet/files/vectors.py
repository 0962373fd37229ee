"""Arrays of numbers in a JSON document, to the bit: base64, or decimals that a person can read.

Base64 holds the little-endian numbers in their own dtype. Decimals are the shortest that give the
same bits back, also to a reader that works in float64; NaN and the infinities are the strings
"NaN", "Infinity" and "-Infinity" (JSON has no such numbers).
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from math import prod
from typing import Annotated, Literal

import msgspec
import numpy as np

from glassnet.errors import InputError
from glassnet.files.words import place_in, show
from glassnet.nn.arrays import Array

NonFinite = Literal["NaN", "Infinity", "-Infinity"]

_CHUNK = 1 << 20  # bytes of decimals that are read at a time: their Python numbers take 16 times it
_NUMBERS = msgspec.json.Decoder(list[float | NonFinite])


class VectorDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One array: its shape, and its numbers in C order as base64 or as a list of decimals."""

    shape: Annotated[list[Annotated[int, msgspec.Meta(ge=0)]], msgspec.Meta(max_length=8)]
    base64: str | msgspec.UnsetType = msgspec.UNSET
    values: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def encode_vector(array: Array, readable: bool = False) -> VectorDocument:
    """The document of a float32 or float64 array."""
    shape = list(array.shape)
    if readable:
        return VectorDocument(shape=shape, values=msgspec.Raw(_decimals(array.reshape(-1))))
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return VectorDocument(shape=shape, base64=b64encode(little.tobytes()).decode("ascii"))


def check_vector(
    document: VectorDocument, shape: Sequence[int], dtype: np.dtype, place: str = ""
) -> None:
    """Refuse, by arithmetic alone, a text that cannot hold the numbers of this shape and dtype."""
    if document.shape != list(shape):
        raise InputError(
            place_in(place, f"expected the shape {list(shape)}, found {_few(document.shape)}")
        )
    size, raw, text = prod(shape), document.values, document.base64
    if (raw is msgspec.UNSET) == (text is msgspec.UNSET):
        raise InputError(place_in(place, "expected either 'base64' or 'values'"))
    if not isinstance(raw, msgspec.UnsetType):
        listed = bytes(raw)
        found = listed.count(b",") + 1 if listed.strip(b"[] \t\r\n") else 0
        if listed[:1] != b"[" or found != size:
            raise InputError(place_in(place, f"expected a list of {size} numbers, found {found}"))
        return
    expected = -(-size * dtype.itemsize // 3) * 4
    if len(text or "") != expected:
        raise InputError(
            place_in(
                place,
                f"expected {expected} characters of base64 for {size} numbers of {dtype}, found "
                f"{len(text or '')}",
            )
        )


def decode_vector(
    document: VectorDocument, shape: Sequence[int], dtype: np.dtype, place: str = ""
) -> Array:
    """The array of a document, which must have this shape; dtype is float32 or float64.

    Raises ``InputError`` with the place where the numbers are too few, too many or no numbers;
    nothing is allocated before that is known.
    """
    check_vector(document, shape, dtype, place)
    size = prod(shape)
    if not isinstance(document.values, msgspec.UnsetType):
        return _from_decimals(bytes(document.values), size, dtype, place).reshape(shape)
    try:
        data = b64decode(document.base64 or "", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != size * dtype.itemsize:
        raise InputError(place_in(place, "is not base64"))
    numbers = np.frombuffer(data, dtype=dtype.newbyteorder("<"))
    return numbers.astype(dtype.newbyteorder("=")).reshape(shape)


def as_vector(
    document: VectorDocument, dtype: np.dtype, readable: bool, place: str
) -> VectorDocument:
    """The same array in the wanted one of the two forms."""
    if readable == (document.base64 is msgspec.UNSET):
        return document
    return encode_vector(decode_vector(document, document.shape, dtype, place), readable)


def _few(shape: list[int]) -> str:
    return f"[{', '.join(map(show, shape))}]"


def _decimals(vector: Array) -> bytes:
    """The JSON list of a vector's shortest decimals."""
    if vector.dtype == np.float32:
        texts = vector.astype("U").tolist()
        again = np.array(list(map(float, texts)), dtype=np.float64)
        with np.errstate(over="ignore"):
            differing = np.flatnonzero(again.astype(np.float32) != vector)
        # A shortest decimal beside the middle of two float32 can round to that middle in float64;
        # nine digits are the closest to the number and far from any middle. NaN differ as well.
        for place in differing[np.isfinite(vector[differing])].tolist():
            texts[place] = f"{float(vector[place]):.9g}"
    else:
        texts = list(map(repr, vector.tolist()))
    for place in np.flatnonzero(~np.isfinite(vector)).tolist():
        texts[place] = _name_of(float(vector[place]))
    return f"[{', '.join(texts)}]".encode("ascii")


def _name_of(number: float) -> str:
    if number != number:
        return '"NaN"'
    return '"Infinity"' if number > 0 else '"-Infinity"'


def _from_decimals(raw: bytes, size: int, dtype: np.dtype, place: str) -> Array:
    """The numbers of a JSON list, a chunk at a time."""
    numbers = np.empty(size, dtype=dtype.newbyteorder("="))
    begin, filled, end = 1, 0, len(raw) - 1
    while filled < size:
        cut = raw.find(b",", begin + _CHUNK, end) if begin + _CHUNK < end else -1
        cut = end if cut < 0 else cut
        try:
            chunk = _NUMBERS.decode(b"[" + raw[begin:cut] + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise InputError(
                place_in(place, 'expected numbers, "NaN", "Infinity" or "-Infinity" alone')
            ) from None
        _fill(numbers[filled : filled + len(chunk)], chunk, place)
        begin, filled = cut + 1, filled + len(chunk)
    return numbers


def _fill(numbers: Array, chunk: list[float | NonFinite], place: str) -> None:
    wide = np.fromiter(map(float, chunk), dtype=np.float64, count=len(chunk))
    with np.errstate(over="ignore"):
        numbers[...] = wide
    if (np.isfinite(wide) & ~np.isfinite(numbers)).any():
        raise InputError(place_in(place, f"holds a number that is too large for {numbers.dtype}"))
