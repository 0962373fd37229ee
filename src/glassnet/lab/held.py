"""How much memory a session holds: an estimate, from its arrays and the length of its lists."""

from collections import deque
from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

NUMBER = 32  # bytes of a number in a list: the object, and the list's pointer to it
OBJECT = 64
PLAIN = (str, bytes, int, float, complex, bool, type(None), type)
CODE = (FunctionType, MethodType, BuiltinFunctionType, ModuleType)


def held_bytes(thing: Any) -> int:
    """About how many bytes an object holds with all that hangs on it, shared parts once."""
    seen: set[int] = set()
    waiting = [thing]
    total = 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            # What a view shows belongs to the array that it is a view of.
            if isinstance(one.base, np.ndarray):
                waiting.append(one.base)
            else:
                total += one.nbytes
            continue
        if isinstance(one, PLAIN + CODE):
            total += len(one) if isinstance(one, (str, bytes)) else 0
            continue
        parts = _parts(one)
        if isinstance(parts, list) and parts and isinstance(parts[0], (int, float)):
            total += NUMBER * len(parts)
            continue
        total += OBJECT
        waiting.extend(parts)
    return total


def _parts(one: Any) -> Iterable[Any]:
    if isinstance(one, Mapping):
        return list(one.values())
    if isinstance(one, list):
        return one
    if isinstance(one, (tuple, set, frozenset, deque)):
        return list(one)
    fields: Any = getattr(one, "__struct_fields__", None) or getattr(one, "__slots__", ())
    names = (fields,) if isinstance(fields, str) else tuple(fields)
    slots = [getattr(one, name, None) for name in names if not name.startswith("__")]
    return [*getattr(one, "__dict__", {}).values(), *slots]
