"""How places and values are worded in the sentences about a file's content."""

import difflib
import json
import math
from collections.abc import Iterable
from typing import Any

_LONGEST = 40  # characters of a value that a sentence shows


def place_in(place: str, sentence: str) -> str:
    """'layers[0].units: expected …', or the sentence alone where there is no place."""
    return f"{place}: {sentence}" if place else sentence


def inside(place: str, name: str) -> str:
    """The place of `name` inside a place: 'model.json': layers, layers.units, layers[0]."""
    if not place or not name:
        return place or name
    if place.endswith("'"):  # a file's name
        return f"{place}: {name}"
    return f"{place}{name}" if name.startswith("[") else f"{place}.{name}"


def show(value: Any) -> str:
    """A value as it stands in the file, or what it is where that would be long."""
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if value is None:
        return "null"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**20:
        return f"a whole number of about {math.floor(math.log10(abs(value))) + 1} digits"
    if isinstance(value, (str, bool, int, float)):
        text = json.dumps(value, ensure_ascii=False)
        safe = text.encode("utf-8", "replace").decode("utf-8")
        return safe if len(safe) <= _LONGEST else safe[: _LONGEST - 1] + "…"
    return str(value)[:_LONGEST]


def near(name: object, known: Iterable[str]) -> str:
    """The words '(did you mean …?)' where a known name is close."""
    close = difflib.get_close_matches(str(name)[:100], list(known), n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""
