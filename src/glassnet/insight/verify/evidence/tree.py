"""The user's parameters by name: a dict, a list, or both nested, taken apart and put together."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.arrays import Array

Name: TypeAlias = Hashable
Point: TypeAlias = dict[Name, Array]  # every parameter, float64, by its name
Path: TypeAlias = tuple[Hashable, ...]
_DEEPEST = 16  # lists in lists; one that holds itself is deeper


@dataclass(frozen=True)
class Tree:
    """How the user keeps the parameters; `paths` leads from each name to its place.

    What is no array of numbers (a setting, a text) stays where it is and is not looked at.
    """

    whole: Any
    paths: dict[Name, Path]
    shapes: dict[Name, tuple[int, ...]]

    @classmethod
    def of(cls, parameters: Any) -> tuple["Tree", Point]:
        """The tree of these parameters, and their values. Raises ``InputError``."""
        paths: dict[Name, Path] = {}
        point: Point = {}
        for path, leaf in leaves(parameters):
            if not _is_parameter(leaf):
                continue
            name = name_of(path)
            if name in paths:
                raise InputError(f"two parameters are called {name!r}; rename one of them")
            paths[name] = path
            point[name] = _numbers(name, leaf)
        if not point:
            raise InputError(
                "parameters hold no array of numbers; give a dict such as {'W1': W1, 'b1': b1}"
            )
        return cls(parameters, paths, {name: array.shape for name, array in point.items()}), point

    def build(self, point: Point) -> Any:
        """The user's own structure with copies of these values; scalars come as NumPy floats."""
        values = {self.paths[name]: array for name, array in point.items()}
        return _rebuilt(self.whole, values, ())

    def read(self, structure: Any) -> Point:
        """The values that a structure like the user's holds now."""
        found = {path: leaf for path, leaf in leaves(structure)}
        return {
            name: np.array(found[path], dtype=np.float64)
            for name, path in self.paths.items()
            if path in found
        }

    def flat(self, point: Point) -> Array:
        """All values in one vector."""
        return np.concatenate([point[name].reshape(-1) for name in self.paths])

    def unflat(self, vector: Array) -> Point:
        """The point of which this is the vector."""
        point: Point = {}
        start = 0
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            point[name] = vector[start : start + size].reshape(shape)
            start += size
        return point

    def starts(self) -> dict[Name, int]:
        """Where each array begins in the vector."""
        sizes = [int(np.prod(shape)) for shape in self.shapes.values()]
        return dict(zip(self.shapes, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True))


def leaves(
    structure: Any, path: Path = (), above: tuple[int, ...] = ()
) -> Iterator[tuple[Path, Any]]:
    """Every leaf with the keys that lead to it; a list of plain numbers is one leaf.

    `above`: the ids of what it lies in. Raises ``InputError`` for what lies in itself.
    """
    if id(structure) in above:
        raise InputError(f"{name_of(path)!r} is a {type(structure).__name__} that holds itself")
    above = (*above, id(structure))
    if isinstance(structure, Mapping):
        for key, value in structure.items():
            yield from leaves(value, (*path, key), above)
    elif isinstance(structure, (list, tuple)) and not _is_list_of_numbers(structure):
        for index, value in enumerate(structure):
            yield from leaves(value, (*path, index), above)
    else:
        yield path, structure


def name_of(path: Path) -> Name:
    """The key itself where the dict is flat, else the keys joined by dots."""
    if len(path) == 1:
        return path[0]
    return ".".join(map(str, path)) if path else "parameters"


def _rebuilt(structure: Any, values: dict[Path, Array], path: Path) -> Any:
    if path in values:
        array = np.array(values[path])
        return array if array.ndim else np.float64(array)
    if isinstance(structure, Mapping):
        return {key: _rebuilt(value, values, (*path, key)) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)) and not _is_list_of_numbers(structure):
        parts = [_rebuilt(value, values, (*path, i)) for i, value in enumerate(structure)]
        return parts if isinstance(structure, list) else tuple(parts)
    return structure


def _is_list_of_numbers(value: Any, deepest: int = _DEEPEST) -> bool:
    if isinstance(value, (list, tuple)):
        within = deepest - 1
        return within > 0 and bool(value) and all(_is_list_of_numbers(v, within) for v in value)
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _is_parameter(leaf: Any) -> bool:
    """Arrays and floats are; a Python integer, a truth value or a text is a setting."""
    if leaf is None or isinstance(leaf, (str, bytes, bool, int)) or callable(leaf):
        return False
    return isinstance(leaf, float) or np.asarray(leaf).dtype.kind not in "bSU"


def _numbers(name: Name, leaf: Any) -> Array:
    array = np.asarray(leaf)
    if array.dtype.kind not in "fiu":
        raise InputError(
            f"parameter {name!r} holds {array.dtype} values; it must be an array of real numbers"
        )
    if array.size == 0:
        raise InputError(f"parameter {name!r} is empty, shape {array.shape}; leave it out")
    array = np.array(array, dtype=np.float64)
    bad = ~np.isfinite(array)
    if bad.any():
        first = np.unravel_index(int(bad.argmax()), array.shape) if array.ndim else ()
        place = f" at [{', '.join(str(int(i)) for i in first)}]" if first else ""
        raise InputError(
            f"parameter {name!r} holds {array[tuple(first)]}{place}, {int(bad.sum())} such values "
            "in all; a gradient has a meaning at finite numbers only, so verify before the step "
            "that made it"
        )
    return array
