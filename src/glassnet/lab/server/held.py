"""How much memory a session holds, estimated from its arrays and the length of its lists; and how
what it held is given back."""

import ctypes
import gc
import sys
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


def give_back() -> None:
    """Free what nothing refers to any more, and hand it back to the system.

    What a run was made of refers to itself in circles. Python, which counts objects and not bytes,
    would let it lie for long; and the C library keeps what a thread has freed for that thread.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
        if trim is not None:
            trim(0)
