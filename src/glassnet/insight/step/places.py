"""Which unit and which weight: "hidden:3" and "output:3,7", everything counted from 1."""

import re
from typing import NamedTuple

from glassnet.errors import InputError
from glassnet.nn.layers import Dense
from glassnet.nn.stack import Stack


class Place(NamedTuple):
    """A unit of a dense layer, or a weight into it, all from 0; input None is the bias."""

    layer: int
    unit: int
    input: int | None = None


def unit_place(stack: Stack, text: str) -> Place:
    """The unit of "hidden:3", the third of layer 'hidden'; raises ``InputError`` for any other."""
    layer, numbers = _split(stack, text, "unit", "LAYER:UNIT, such as {name}:1")
    if len(numbers) != 1 or not numbers[0].isdecimal():
        raise InputError(_malformed(text, "unit", f"LAYER:UNIT, such as {stack.names[layer]}:1"))
    return Place(layer, _number(stack, layer, numbers[0], text, "unit"))


def weight_place(stack: Stack, text: str) -> Place:
    """The weight of "output:3,7": from input 3 of layer 'output' to its unit 7; "output:b,7" is the
    bias of that unit. Raises ``InputError`` for any other text."""
    shape = "LAYER:INPUT,UNIT, such as {name}:1,2, or {name}:b,2 for a bias"
    layer, numbers = _split(stack, text, "weight", shape)
    fine = len(numbers) == 2 and numbers[1].isdecimal()
    if not fine or not (numbers[0].isdecimal() or numbers[0] == "b"):
        raise InputError(_malformed(text, "weight", shape.format(name=stack.names[layer])))
    unit = _number(stack, layer, numbers[1], text, "unit")
    if numbers[0] == "b":
        return Place(layer, unit)
    return Place(layer, unit, _number(stack, layer, numbers[0], text, "input"))


def dense_layers(stack: Stack) -> list[int]:
    """The places of the layers that have weights."""
    return [place for place, layer in enumerate(stack.layers) if isinstance(layer, Dense)]


def inputs_of(stack: Stack, layer: int) -> int:
    """How many inputs a dense layer has."""
    shape = stack.shapes[layer - 1] if layer else stack.input_shape
    return shape[0]


def _split(stack: Stack, text: str, what: str, shape: str) -> tuple[int, list[str]]:
    found = re.fullmatch(r"\s*([^:]+?)\s*:\s*(.*?)\s*", text) if isinstance(text, str) else None
    dense = dense_layers(stack)
    if not dense:
        raise InputError(f"the network has no dense layer, so there is no {what} to look at")
    if found is None:
        raise InputError(_malformed(text, what, shape.format(name=stack.names[dense[0]])))
    name = found[1]
    if name in stack.names:
        layer = stack.names.index(name)
    elif name.isdecimal() and 1 <= int(name) <= len(stack.names):
        layer = int(name) - 1
    else:
        raise InputError(
            f"{what} {text!r}: there is no layer {name!r}; choose one of {_listed(stack)}"
        )
    if layer not in dense:
        raise InputError(
            f"{what} {text!r}: layer '{stack.names[layer]}' is not dense and has no weights; "
            f"choose one of {_listed(stack)}"
        )
    return layer, [part.strip() for part in found[2].split(",")]


def _number(stack: Stack, layer: int, digits: str, text: str, what: str) -> int:
    most = stack.shapes[layer][0] if what == "unit" else inputs_of(stack, layer)
    if not 1 <= int(digits) <= most:
        raise InputError(
            f"{text!r}: layer '{stack.names[layer]}' has the {what}s 1 to {most:,}, there is no "
            f"{what} {int(digits)}"
        )
    return int(digits) - 1


def _listed(stack: Stack) -> str:
    return ", ".join(f"{stack.names[place]} (layer {place + 1})" for place in dense_layers(stack))


def _malformed(text: object, what: str, shape: str) -> str:
    return f"{text!r} is not a {what}: write {shape}, counted from 1"
