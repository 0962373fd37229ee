"""One flat vector of parameters: each layer's arrays are named segments of it.

Gradients and each piece of optimizer state have the same layout, so an optimizer is a few
expressions on vectors, a checkpoint a few arrays, and a proof one loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from glassnet.nn.arrays import Array
from glassnet.nn.contract import ParameterSpec, Shape


@dataclass(frozen=True)
class Segment:
    """Where one array lies in the vector: elements offset … offset + size − 1, in C order."""

    layer: int
    layer_name: str
    spec: ParameterSpec
    offset: int

    @property
    def name(self) -> str:
        """The full name, as in 'hidden.W'."""
        return f"{self.layer_name}.{self.spec.name}"

    @property
    def kind(self) -> str:
        """weight, bias, gain, shift, threshold or buffer."""
        return self.spec.kind

    @property
    def shape(self) -> Shape:
        """The array's shape."""
        return self.spec.shape

    @property
    def size(self) -> int:
        """How many numbers the array has."""
        return prod(self.spec.shape)

    @property
    def slice(self) -> slice:
        """The segment's place in the vector."""
        return slice(self.offset, self.offset + self.size)

    def view(self, vector: Array) -> Array:
        """The segment of `vector` in its own shape, no copy."""
        return vector[self.slice].reshape(self.shape)


@dataclass(frozen=True)
class Layout:
    """The segments of a vector, in order."""

    layers: int
    segments: tuple[Segment, ...]

    @classmethod
    def of(cls, names: Sequence[str], specs: Sequence[Sequence[ParameterSpec]]) -> "Layout":
        """Lay the arrays of each layer one after another."""
        segments: list[Segment] = []
        offset = 0
        for layer, (name, layer_specs) in enumerate(zip(names, specs, strict=True)):
            for spec in layer_specs:
                segments.append(Segment(layer, name, spec, offset))
                offset += segments[-1].size
        return cls(len(names), tuple(segments))

    @cached_property
    def size(self) -> int:
        """How many numbers the vector has."""
        return sum(segment.size for segment in self.segments)

    def of_kind(self, kind: str) -> tuple[Segment, ...]:
        """The segments of one kind."""
        return tuple(segment for segment in self.segments if segment.kind == kind)

    def views(self, vector: Array) -> list[dict[str, Array]]:
        """For each layer, its arrays by name, as views of `vector`."""
        views: list[dict[str, Array]] = [{} for _ in range(self.layers)]
        for segment in self.segments:
            views[segment.layer][segment.spec.name] = segment.view(vector)
        return views

    def initial(self, seed: int, dtype: np.dtype) -> Array:
        """The starting vector: each segment drawn by its initializer at its own position."""
        vector = np.empty(self.size, dtype=dtype)
        for position, segment in enumerate(self.segments):
            values = segment.spec.initializer.sample(segment.shape, seed, position)
            vector[segment.slice] = np.asarray(values, dtype=dtype).reshape(-1)
        return vector
