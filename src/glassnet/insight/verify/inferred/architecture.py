"""The chain of dense layers that the shapes of the parameters allow.

Weights (inputs, outputs) or (outputs, inputs); biases (k,), (1, k), (k, 1), or none; or the bias as
a first or last line of the weights, (inputs + 1, outputs). All of it is brought into one form:
samples in rows, W (inputs, outputs), b (outputs,).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, permutations

import numpy as np

from glassnet.insight.verify.evidence.tree import Name, Point
from glassnet.nn.arrays import Array

_MOST_PERMUTED = 5
_MOST_PLACED = 6  # ways to give fewer biases than layers a layer each


@dataclass(frozen=True)
class Layer:
    """z = a W + b. `flipped`: the user's W is (outputs, inputs). `within`: '', or the bias is the
    'first' or the 'last' line of W."""

    weight: Name
    bias: Name | None
    inputs: int
    outputs: int
    flipped: bool = False
    within: str = ""

    def split(self, arrays: Point) -> tuple[Array, Array | None]:
        """W (inputs, outputs) and b (outputs,), or a gradient's arrays in the same form."""
        W = np.asarray(arrays[self.weight], dtype=np.float64)
        W = W.reshape(self._lines) if W.ndim < 2 else W
        W = W.T if self.flipped else W
        if self.within:
            rest = W[1:] if self.within == "first" else W[:-1]
            return rest, W[0] if self.within == "first" else W[-1]
        b = None if self.bias is None else np.asarray(arrays[self.bias], dtype=np.float64)
        return W, None if b is None else b.reshape(-1)

    def put(self, arrays: Point, W: Array, b: Array | None) -> None:
        """Write W and b into the user's arrays, in place."""
        if self.within:
            assert b is not None
            lines = [b[None], W] if self.within == "first" else [W, b[None]]
            W = np.concatenate(lines)
        shape = arrays[self.weight].shape
        arrays[self.weight] = np.ascontiguousarray(W.T if self.flipped else W).reshape(shape)
        if self.bias is not None and b is not None:
            arrays[self.bias] = b.reshape(arrays[self.bias].shape)

    @property
    def has_bias(self) -> bool:
        """Whether there is a bias, of its own or within the weights."""
        return self.bias is not None or bool(self.within)

    @property
    def names(self) -> tuple[Name, ...]:
        """The parameters' names, the weight first."""
        return (self.weight,) if self.bias is None else (self.weight, self.bias)

    @property
    def _lines(self) -> tuple[int, int]:
        inputs = self.inputs + bool(self.within)
        return (self.outputs, inputs) if self.flipped else (inputs, self.outputs)


@dataclass(frozen=True)
class Chain:
    """The layers from the inputs to the loss, as one reading of the shapes."""

    layers: tuple[Layer, ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """The number of inputs, then each layer's outputs."""
        return (self.layers[0].inputs, *(layer.outputs for layer in self.layers))

    @property
    def outputs(self) -> int:
        """How many numbers the network gives."""
        return self.layers[-1].outputs

    def samples_in_columns(self, point: Point) -> bool | None:
        """Whether a sample is a column, as the biases tell; None where they don't."""
        for layer in self.layers:
            if layer.bias is not None and layer.outputs > 1:
                shape = point[layer.bias].shape
                if len(shape) == 2:
                    return bool(shape[1] == 1)
                if len(shape) == 1:
                    return False
        return None

    def layer_of(self, name: Name) -> int | None:
        """The place of the layer that has this parameter."""
        return next((i for i, layer in enumerate(self.layers) if name in layer.names), None)


def chains(point: Point) -> list[Chain]:
    """Every reading of the shapes, the likeliest first; none where they make no chain."""
    found: list[Chain] = []
    for weights, biases in _roles(point):
        of_roles = _of_roles(point, weights, biases)
        found += [chain for chain in of_roles if chain not in found]
    return found


def _of_roles(point: Point, weights: Sequence[Name], biases: Sequence[Name]) -> list[Chain]:
    """The chains of these weights and biases, in the first order that makes any."""
    for order in _orders(weights):
        found = [
            chain
            for flipped in (False, True)
            for within in (("",) if biases else ("", "first", "last"))
            for chain in _chains(point, order, biases, flipped, within)
        ]
        if found:
            return sorted(found, key=lambda chain: _unlikely(chain, point))
    return []


def _roles(point: Point) -> Iterator[tuple[list[Name], list[Name]]]:
    """Which arrays are weights and which biases: by name and shape, then by shape alone."""
    if any(array.ndim > 2 for array in point.values()):
        return
    names = list(point)
    if len({re.sub(r"\d+", "", name) if isinstance(name, str) else name for name in names}) == 1:
        yield names, []  # syn0, syn1: all of a kind
    sure = [name for name, array in point.items() if array.ndim == 2 and 1 not in array.shape]
    thin = [name for name in names if name not in sure]
    named = {name: _sounds_like_bias(name) for name in thin}
    weights = [name for name in names if name in sure or named.get(name) is False]
    biases = [name for name in thin if named[name]]
    if len(weights) + len(biases) == len(names):
        yield weights, biases
    yield sure, thin
    # (1, 1) is the bias of a single output far more often than a layer of one unit after another.
    yield [n for n in names if point[n].size > 1], [n for n in names if point[n].size == 1]
    # Every second array a bias, as in a list W1, b1, W2, b2.
    if len(names) % 2 == 0:
        yield names[::2], names[1::2]
    yield names, []


def _sounds_like_bias(name: Name) -> bool | None:
    """True for b1, bias2, 'hidden.b', 'biases.0'; False for W2, weights, theta; None for a
    number."""
    words = [word for word in re.split(r"[.\s]", str(name)) if not word.isdigit()]
    word = words[-1].lower().replace("_", "") if words else ""
    if re.match(r"(b\d*|b[a-z]|b(ia|ai)s.*|.*bias.*|intercepts?.*|offset.*|beta.*)$", word):
        return True
    if re.match(r"(w.*|theta.*|.*weights?.*|.*kernel.*|coefs?.*|.*w\d*|.*w[a-z])$", word):
        return False
    return None


def _orders(weights: Sequence[Name]) -> Iterator[tuple[Name, ...]]:
    """As given, then by the numbers in the names, then every order."""
    yield tuple(weights)
    yield tuple(sorted(weights, key=lambda name: [int(n) for n in re.findall(r"\d+", str(name))]))
    if len(weights) <= _MOST_PERMUTED:
        yield from permutations(weights)


def _chains(
    point: Point, order: Sequence[Name], biases: Sequence[Name], flipped: bool, within: str
) -> Iterator[Chain]:
    """The chains of these weights in this order; none where two don't meet."""
    if not order:
        return
    sizes = [_size(point[name], flipped, i == len(order) - 1) for i, name in enumerate(order)]
    extra = bool(within)
    for (_, outputs), (inputs, _) in zip(sizes, sizes[1:], strict=False):
        if inputs != outputs + extra:
            return
    if sizes[0][0] - extra < 1:
        return
    for places in _bias_places(point, order, biases, [outputs for _, outputs in sizes]):
        layers = tuple(
            Layer(name, places.get(i), inputs - extra, outputs, flipped, within)
            for i, (name, (inputs, outputs)) in enumerate(zip(order, sizes, strict=True))
        )
        yield Chain(layers)


def _size(array: Array, flipped: bool, is_last: bool) -> tuple[int, int]:
    """Inputs and outputs; a vector leads to one output, or from one input."""
    if array.ndim == 2:
        return (array.shape[1], array.shape[0]) if flipped else (array.shape[0], array.shape[1])
    return (array.size, 1) if is_last else (1, array.size)


def _bias_places(
    point: Point, order: Sequence[Name], biases: Sequence[Name], outputs: Sequence[int]
) -> list[dict[int, Name]]:
    """Which layer each bias belongs to: the likeliest way first, others where names don't tell."""
    ways = [_nearest_places(point, order, biases, outputs)]
    # In a list the numbers count the biases, not the layers: where there are fewer, any may lack.
    if len(biases) < len(order) and not all(map(_has_number_of_its_own, biases)):
        fitting = (
            dict(zip(layers, biases, strict=True))
            for layers in combinations(range(len(order)), len(biases))
            if all(outputs[i] == point[b].size for i, b in zip(layers, biases, strict=True))
        )
        in_turn = list(islice(fitting, _MOST_PLACED))
        ways = [*in_turn, *(way for way in ways if way not in in_turn)]
    return [way for way in ways if way is not None]


def _nearest_places(
    point: Point, order: Sequence[Name], biases: Sequence[Name], outputs: Sequence[int]
) -> dict[int, Name] | None:
    """Each bias by width, then by its number or its place in the dict."""
    names = list(point)
    places: dict[int, Name] = {}
    for bias in biases:
        fitting = [i for i, k in enumerate(outputs) if k == point[bias].size and i not in places]
        if not fitting:
            return None

        def distance(i: int, bias: Name = bias) -> tuple[bool, int]:
            same = _stem(bias) == _stem(order[i])
            return (not same, abs(names.index(bias) - names.index(order[i])))

        places[min(fitting, key=distance)] = bias
    return places


def _has_number_of_its_own(name: Name) -> bool:
    """Whether a name was given, as b2 is; 'biases.0' and 0 are places in a list."""
    return isinstance(name, str) and not re.search(r"(^|\.)\d+$", name)


def _stem(name: Name) -> str:
    """What is left of a name without its word for weight or bias: 'hidden', '1'."""
    word = re.sub(r"(?i)weights?|bias(es)?|theta|kernel", "", str(name))
    return re.sub(r"(?i)(^|[._\s])[wb](?=$|[._\s\d])", r"\1", word).strip("._ ")


def _unlikely(chain: Chain, point: Point) -> tuple[int, ...]:
    """A key that sorts the likelier reading first: biases by their weights' side and of their
    name; (k, 1) biases with (outputs, inputs)."""
    flipped = chain.layers[0].flipped
    columns = chain.samples_in_columns(point)
    missing = sum(not layer.has_bias for layer in chain.layers)
    names = list(point)
    astray = sum(
        abs(names.index(layer.bias) - names.index(layer.weight) - 1)
        for layer in chain.layers
        if layer.bias is not None and _stem(layer.bias) != _stem(layer.weight)
    )
    return (astray, columns is not None and columns != flipped, flipped, missing)
