"""What a network may be given of a point of the plane: its two coordinates, and products and sines
of them, which a single unit can then tell apart."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from glassnet.data.dataset import Array, Dataset
from glassnet.errors import InputError

INPUTS: dict[str, Callable[[Array, Array], Array]] = {
    "x1": lambda a, b: a,
    "x2": lambda a, b: b,
    "x1^2": lambda a, b: a * a,
    "x2^2": lambda a, b: b * b,
    "x1x2": lambda a, b: a * b,
    "sin x1": lambda a, b: np.sin(np.pi * a),
    "sin x2": lambda a, b: np.sin(np.pi * b),
}
PLAIN = ("x1", "x2")


def expand(points: Array, inputs: Sequence[str]) -> Array:
    """Points (n, 2) as the chosen inputs (n, m); sin x is sin(πx), one wave over [−1, 1]."""
    return np.stack([INPUTS[name](points[:, 0], points[:, 1]) for name in inputs], axis=1)


def check_inputs(inputs: object) -> tuple[str, ...]:
    """The names as a tuple. Raises ``InputError`` for an empty list and for unknown names."""
    known = ", ".join(INPUTS)
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise InputError(f"inputs: expected a list with some of {known}, found {inputs!r}")
    for name in inputs:
        if not isinstance(name, str) or name not in INPUTS:
            raise InputError(f"inputs: there is no {name!r}; choose some of {known}")
    return tuple(dict.fromkeys(inputs))


def with_inputs(data: Dataset, inputs: Sequence[str]) -> Dataset:
    """A plane's data set with these inputs as its features."""
    return replace(data, X=expand(np.asarray(data.X), inputs), feature_names=tuple(inputs))
