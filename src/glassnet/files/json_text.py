"""JSON as text: written to be read by a person, and looked through before it is believed."""

import json
import re
from typing import Any

import msgspec

from glassnet.errors import InputError

WIDTH = 100  # a list or object that fits on a line of this width stays on it
DEEPEST = 32
MOST_ITEMS = 1_000_000  # of a list that is not of weights
MOST_TOKENS = 1_000_000  # brackets and strings outside flat lists: each may become an object

# A flat list (no brackets inside, no escapes) holds no names, so it is passed over as one token:
# the numbers of a readable file. A string before a colon is a name.
_TOKENS = re.compile(
    rb'\[(?:[^\[\]{}"]++|"[^"\\\[\]{}]*+")*+\]|([{\[])|([}\]])|("(?:[^"\\]++|\\.)*+")(\s*+:)?',
    re.DOTALL,
)


def pretty(value: Any, indent: int = 0) -> str:
    """JSON text: what is short stays on one line, lists of plain values always do.

    `value` is plain data whose numbers are finite.
    """
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    flat = not isinstance(value, (dict, list)) or not value
    if flat or len(line) + indent <= WIDTH or _is_plain_list(value):
        return line
    space = " " * (indent + 2)
    if isinstance(value, dict):
        rows = [
            f"{json.dumps(k, ensure_ascii=False)}: {pretty(v, indent + 2)}"
            for k, v in value.items()
        ]
        opening, closing = "{", "}"
    else:
        rows = [pretty(item, indent + 2) for item in value]
        opening, closing = "[", "]"
    return f"{opening}\n{space}" + f",\n{space}".join(rows) + f"\n{' ' * indent}{closing}"


def look_through(data: bytes, source: str) -> None:
    """Refuse what a JSON reader would take silently or choke on, in text that is valid JSON.

    A name given twice in one object (readers keep one of the two), nesting deeper than any
    document of ours, more objects or longer lists than memory is meant for. Raises ``InputError``.
    """
    names: list[set[bytes]] = []
    latest = b""
    for count, token in enumerate(_TOKENS.finditer(data)):
        opening, closing, string, colon = token.groups()
        if count > MOST_TOKENS:
            raise InputError(f"{source} has more than {MOST_TOKENS:,} parts; no model has so many")
        if opening:
            names.append(set())
            if len(names) > DEEPEST:
                raise InputError(f"{source} is nested more than {DEEPEST} deep; no model is")
        elif closing:
            names.pop()
        elif colon:
            name = _unescaped(string)
            if name in names[-1]:
                line = data.count(b"\n", 0, token.start()) + 1
                shown = name.decode("utf-8", "replace")[:60]
                raise InputError(f"{source}, line {line}: '{shown}' is given twice; keep one")
            names[-1].add(name)
            latest = name
        elif not string and not (len(names) == 3 and latest == b"values"):  # a list, not of weights
            begin, end = token.span()
            if end - begin > MOST_ITEMS and data.count(b",", begin, end) >= MOST_ITEMS:
                line = data.count(b"\n", 0, begin) + 1
                raise InputError(f"{source}, line {line}: a list of more than {MOST_ITEMS:,} items")


def _unescaped(string: bytes) -> bytes:
    try:
        return msgspec.json.decode(string, type=str).encode("utf-8")
    except (msgspec.DecodeError, UnicodeDecodeError):  # no UTF-8: the typed reading refuses it
        return string


def _is_plain_list(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value)
