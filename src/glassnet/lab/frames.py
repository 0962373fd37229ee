"""What the lab sends to its page: a frame is a few words as JSON and the arrays beside them, raw.

    4 bytes   length of the header, unsigned, little-endian
    header    JSON in UTF-8, padded with spaces so that the arrays begin at a multiple of 8 bytes
    arrays    one behind the other, little-endian, each padded to a multiple of 8 bytes

The header says of each array where it begins (behind the header), its type and its shape. A page
reads an array without copying it: `new Float32Array(buffer, start + offset, length)`.

What goes out at once is a bundle: each frame behind its length (8 bytes, unsigned, little-endian),
padded to a multiple of 8. A page's command that brings arrays (a file, a drawing) is one frame of
the same form, whose kind is the word `do`.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.arrays import Array

KINDS = {"f4": np.float32, "f8": np.float64, "u1": np.uint8, "u2": np.uint16, "i4": np.int32}
_NAMES = {np.dtype(dtype): name for name, dtype in KINDS.items()}
LARGEST_HEADER = 1 << 24  # bytes


@dataclass(frozen=True)
class Frame:
    """kind: what it is about; words: plain data for the header; arrays: by their names."""

    kind: str
    words: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)


def encode(frame: Frame) -> bytes:
    """The frame as bytes. Raises ``InputError`` for an array of another type than `KINDS`."""
    places: dict[str, Any] = {}
    pieces: list[bytes] = []
    offset = 0
    for name, array in frame.arrays.items():
        kind = _NAMES.get(array.dtype.newbyteorder("="))
        if kind is None:
            raise InputError(
                f"frame '{frame.kind}': the array '{name}' is {array.dtype}; expected one of "
                f"{', '.join(str(np.dtype(k)) for k in KINDS.values())}"
            )
        data = np.ascontiguousarray(array, dtype=np.dtype(KINDS[kind]).newbyteorder("<")).tobytes()
        places[name] = {"type": kind, "shape": list(array.shape), "offset": offset}
        pieces += [data, bytes(-len(data) % 8)]
        offset += len(data) + -len(data) % 8
    words = {"kind": frame.kind, **frame.words, "arrays": places}
    header = json.dumps(_finite(words), separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    header += b" " * (-(4 + len(header)) % 8)
    return b"".join([len(header).to_bytes(4, "little"), header, *pieces])


def decode(data: bytes) -> Frame:
    """A frame from its bytes. Raises ``InputError`` where they are none."""
    if len(data) < 4:
        raise InputError(f"a frame has at least 4 bytes, found {len(data)}")
    length = int.from_bytes(data[:4], "little")
    if length > min(LARGEST_HEADER, len(data) - 4):
        raise InputError(f"a frame of {len(data)} bytes can't have a header of {length}")
    try:
        words = json.loads(data[4 : 4 + length])
        places, kind = words.pop("arrays"), words.pop("kind")
        arrays = {name: _array(data, 4 + length, place) for name, place in places.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"the bytes are no frame: {error}") from None
    return Frame(kind, words, arrays)


def bundle(frames: list[bytes]) -> bytes:
    """Encoded frames as one message."""
    pieces = []
    for frame in frames:
        pieces += [len(frame).to_bytes(8, "little"), frame, bytes(-len(frame) % 8)]
    return b"".join(pieces)


def unbundle(data: bytes) -> list[Frame]:
    """The frames of a message. Raises ``InputError`` where they are none."""
    frames, place = [], 0
    while place < len(data):
        length = int.from_bytes(data[place : place + 8], "little")
        if place + 8 + length > len(data):
            raise InputError("the bytes are no bundle: a frame is longer than what is left")
        frames.append(decode(data[place + 8 : place + 8 + length]))
        place += 8 + length + -length % 8
    return frames


def _array(data: bytes, start: int, place: dict[str, Any]) -> Array:
    dtype = np.dtype(KINDS[place["type"]]).newbyteorder("<")
    count = int(np.prod(place["shape"], dtype=np.int64))
    return np.frombuffer(data, dtype, count, start + place["offset"]).reshape(place["shape"])


def _finite(value: Any) -> Any:
    """Numbers that JSON has no word for become null: the page shows a dash."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
