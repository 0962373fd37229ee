"""Plain data: what JSON can hold (text, whole and finite numbers, true, false, null, lists,
tables), made from results and checked before it is written or believed."""

import math
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.files.words import inside, place_in

DEEPEST = 16


def to_plain(value: Any, place: str = "", *, finite: bool = False, depth: int = 0) -> Any:
    """`value` as plain data: NumPy's numbers and arrays become Python's, tuples become lists, and
    NaN and the infinities the strings "NaN", "Infinity", "-Infinity", or with `finite` a fault.

    Raises ``InputError`` with the place of anything else, or of nesting deeper than 16.
    """
    if depth > DEEPEST:
        raise InputError(place_in(place, f"is nested more than {DEEPEST} deep"))
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        if finite:
            raise InputError(place_in(place, f"expected a finite number, found {value}"))
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return _text(value, place)
    if isinstance(value, (list, tuple)):
        return [
            to_plain(x, inside(place, f"[{i}]"), finite=finite, depth=depth + 1)
            for i, x in enumerate(value)
        ]
    if isinstance(value, dict):
        return {
            _text(str(k), place): to_plain(x, inside(place, str(k)), finite=finite, depth=depth + 1)
            for k, x in value.items()
        }
    raise InputError(place_in(place, f"{type(value).__name__} cannot be saved as plain data"))


def _text(text: str, place: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(
            place_in(place, f"{text!r} holds half of a surrogate pair, which no file can hold")
        ) from None
    return text
