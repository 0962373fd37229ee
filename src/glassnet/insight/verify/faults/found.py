"""The data that a user's functions hold: arrays in closures, defaults, globals and objects.

A help, never a need: what is found is believed only where the rebuilt network gives the user's
loss with it.
"""

import functools
import types
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from glassnet.nn.arrays import Array

_DEEPEST = 4
_MOST = 400  # objects looked at


def arrays_in(*functions: Any) -> list[Array]:
    """Every different array of one or two axes that the functions can reach, in order."""
    found: list[Array] = []
    seen: set[int] = set()
    for function in functions:
        for value in _reached(function, 0, seen):
            if not any(value is other for other in found):
                found.append(value)
    return found


def _reached(thing: Any, depth: int, seen: set[int]) -> Iterator[Array]:
    if id(thing) in seen or depth > _DEEPEST or len(seen) > _MOST:
        return
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        if thing.ndim in (1, 2) and thing.size > 1 and thing.dtype.kind in "fiub":
            yield thing
        return
    for part in _parts(thing):
        yield from _reached(part, depth + 1, seen)


def _parts(thing: Any) -> Iterator[Any]:
    """What lies inside: of a function its closure, of an object its attributes, of a list items."""
    if isinstance(thing, functools.partial):
        yield from (thing.func, *thing.args, *thing.keywords.values())
    elif isinstance(thing, types.MethodType):
        yield from (thing.__self__, thing.__func__)
    elif isinstance(thing, types.FunctionType):
        for cell in thing.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:  # a cell that isn't filled yet
                continue
        yield from thing.__defaults__ or ()
        yield from (thing.__kwdefaults__ or {}).values()
        names = _global_names(thing.__code__)
        yield from (thing.__globals__[name] for name in names if name in thing.__globals__)
    elif isinstance(thing, Mapping):
        yield from list(thing.values())[:50]
    elif isinstance(thing, (list, tuple)):
        yield from thing[:50]
    elif _is_users_object(thing):
        yield from vars(thing).values()
        yield vars(type(thing)).get("__call__")  # what an object that is a function does


def _global_names(code: types.CodeType) -> list[str]:
    """The names that a function looks up, those of functions inside it too."""
    names = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names += _global_names(constant)
    return names


def _is_users_object(thing: Any) -> bool:
    if isinstance(thing, (type, types.ModuleType, types.BuiltinFunctionType)):
        return False
    module = type(thing).__module__.split(".")[0]
    return hasattr(thing, "__dict__") and module not in ("numpy", "builtins")
