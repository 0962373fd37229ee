"""From plain data to typed Structs, and from msgspec's errors to sentences with a place."""

import re
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from glassnet.errors import InputError
from glassnet.files.words import inside, near, place_in, show

T = TypeVar("T")

_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "null",
}
_KINDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}
_COMPARED = {">=": "from", ">": "above", "<=": "up to", "<": "below"}
_PATH = re.compile(r" - at `(?:key in )?`?\$?([^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|\[\.\.\.\]")


def to_struct(data: Any, kind: type[T], place: str = "") -> T:
    """`data`, plain, as a Struct of `kind`. Raises ``InputError`` with the place of a fault."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise InputError(sentence(error, kind, data, place)) from None
    except RecursionError:
        raise InputError(place_in(place, "is nested too deeply")) from None


def sentence(error: msgspec.ValidationError, kind: Any, data: Any = None, place: str = "") -> str:
    """'training.epochs: expected a whole number from 1, found "x"' from msgspec's message."""
    message, path = _split(str(error))
    where = inside(place, path.removeprefix("."))
    found = _value_at(data, path)
    hints = list(_hints_at(kind, path))
    return place_in(where.replace("[...]", ".*"), _say(message, hints, found))


def _say(message: str, hints: list[Any], found: str) -> str:
    if unknown := re.search(r"unknown field `(.*)`", message, re.DOTALL):
        fields = [field for hint in hints for field in getattr(hint, "__struct_fields__", ())]
        name = unknown[1]
        return f"there is no field {show(name)}{near(name, fields)}; it has {', '.join(fields)}"
    if missing := re.search(r"missing required field `(.*)`", message):
        return f"the field '{missing[1]}' is missing"
    if message.startswith(("Integer value out", "Number out")):
        return "the number is too large to be read"
    match = re.match(r"Expected `([^`]*)`(?: ([<>]=?) (\S+))?(?:, got `([^`]*)`)?", message)
    if match is None and not message.startswith("Invalid enum value"):
        return message[:1].lower() + message[1:]
    expected, sign, limit, got = match.groups() if match else ("", "", "", None)
    words = _words(hints) or [_WORDS.get(name, name) for name in expected.split(" | ")]
    if sign:
        bound = f" {_COMPARED[sign]} {limit.removesuffix('.0')}"
        words = [word + bound if word.endswith("number") else word for word in words]
    wanted = _one_of(words)
    if "length" in message:
        wanted += message[message.index(" of length") :]
    return f"expected {wanted}{found or _found_kind(got)}"


def _words(hints: list[Any]) -> list[str]:
    """What may stand at a place, in words; null only where nothing else may."""
    words: dict[str, None] = {}
    for hint in hints:
        kind = get_origin(hint) or hint
        if kind is Literal:
            words.update(dict.fromkeys(show(option) for option in get_args(hint)))
        elif kind in _KINDS or hasattr(kind, "__struct_fields__"):
            words[_KINDS.get(kind, "a table")] = None
    return list(words)


def _one_of(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _found_kind(name: str | None) -> str:
    return f", found {_WORDS.get(name, name)}" if name else ""


def _split(message: str) -> tuple[str, str]:
    match = _PATH.search(message)
    return (message[: match.start()], match[1]) if match else (message, "")


def _value_at(data: Any, path: str) -> str:
    """', found …' where the value can be reached."""
    for name, index in _STEP.findall(path):
        try:
            data = data[name] if name else data[int(index)]
        except (KeyError, IndexError, TypeError, ValueError):
            return ""
    return "" if data is None or not path else f", found {show(data)}"


def _hints_at(kind: Any, path: str) -> Iterator[Any]:
    """The types that may stand at a path."""
    hints = list(_options(kind))
    for name, _index in _STEP.findall(path):
        inner: list[Any] = []
        for hint in hints:
            if name and hasattr(hint, "__struct_fields__"):
                inner += _options(get_type_hints(hint, include_extras=True).get(name, Any))
            elif get_args(hint) and get_origin(hint) in (list, dict):
                inner += _options(get_args(hint)[-1])
        hints = inner
    yield from hints


def _options(hint: Any) -> Iterator[Any]:
    """A type's alternatives, without their annotations."""
    if get_origin(hint) is Annotated:
        yield from _options(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType):
        for option in get_args(hint):
            yield from _options(option)
    else:
        yield hint
