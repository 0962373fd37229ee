"""How much memory a session holds: an estimate, from its arrays and the length of its lists."""

from array import array
from collections import deque
from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

NUMBER = 32  # bytes of a number in a list: the object, and the list's pointer to it
OBJECT = 64
BYTES = (str, bytes, bytearray)
PLAIN = (int, float, complex, bool, type(None), type, np.generic, np.dtype)
CODE = (FunctionType, MethodType, BuiltinFunctionType, ModuleType)


def held_bytes(thing: Any) -> int:
    """About how many bytes an object holds with all that hangs on it, shared parts once."""
    seen: set[int] = set()
    waiting = [thing]
    total = 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, PLAIN + CODE) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            # What a view shows belongs to what it is a view of.
            if one.base is None:
                total += one.nbytes
            else:
                waiting.append(one.base)
        elif isinstance(one, BYTES):
            total += len(one)
        elif isinstance(one, (array, memoryview)):
            total += len(one) * one.itemsize
        elif isinstance(one, (list, deque)) and one and isinstance(one[0], (int, float)):
            total += NUMBER * len(one)
        else:
            total += OBJECT
            waiting.extend(_parts(one))
    return total


def _parts(one: Any) -> Iterable[Any]:
    if isinstance(one, Mapping):
        return one.values()
    if isinstance(one, (list, tuple, set, frozenset, deque)):
        return one
    fields: Any = getattr(one, "__struct_fields__", None) or getattr(one, "__slots__", ())
    names = (fields,) if isinstance(fields, str) else tuple(fields)
    slots = [getattr(one, name, None) for name in names if not name.startswith("__")]
    return [*getattr(one, "__dict__", {}).values(), *slots]
