"""The factors of the chain rule for one sample, from the loss back to one unit of one layer.

Each link's product is the engine's own number; its factor is what the product was multiplied with.
A layer that ties units or samples together in another way than by a matrix has no factor: its own
backward pass gives the product.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.insight.step.formulas import joint_formula, loss_slope_formula, slope_formula
from glassnet.insight.step.moment import Step
from glassnet.insight.step.parts import Link, Sum
from glassnet.insight.step.places import Place
from glassnet.insight.step.stages import in_loss, output_symbol
from glassnet.nn.activations import ActivationFunction, Elementwise, Softmax
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Activation, Dense, Dropout, Flatten, Scale
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.soft_step import SoftStep

SHOWN_TERMS = 5
LARGEST_JACOBIAN = 512  # units: above, softmax's is not written out


def links_to(step: Step, row: int, target: Place) -> tuple[Link, ...]:
    """From ∂L/∂l to ∂L/∂w of the sample in this row, for a weight of a dense layer."""
    place = loss_place(step)
    found = _from_loss(step, row, place)
    while place > target.layer:
        found += _through_activation(step, row, place) + _to_inputs(step, row, place)
        place -= 1
    found += _through_activation(step, row, place)
    focused = _focused(found, target.unit)
    return (*focused, _to_weight(step, row, target, focused[-1]))


def loss_place(step: Step) -> int:
    """The layer at which the loss of the weights begins: before a SoftStep that learns alone."""
    return len(step.moment.stack.layers) - (2 if step.moment.stack.joint else 1)


def _from_loss(step: Step, row: int, place: int) -> list[Link]:
    """∂L/∂l, and ∂l/∂ŷ, or ∂l/∂z where loss and activation meet."""
    moment = step.moment
    loss, name, k = moment.stack.loss, moment.stack.names[place], moment.stack.outputs
    share = np.asarray(float(moment.weights[row]))
    meaning = "what the sample counts for in the batch's loss"
    first = Link("loss", "∂L/∂l", "", "number", share, "∂L/∂l", share, "loss", note=meaning)
    came = step.steps[place].dy
    assert came is not None
    output, y = step.record.outputs[place][row : row + 1], moment.y[row : row + 1]
    if step.steps[place].from_logits:
        slope, symbol = loss.derivative_logits(output, y)[0], "∂l/∂z"
        formula, result = in_loss(step, joint_formula(loss, k)), "∂L/∂z"
        note = f"{loss.name} and {_name_of(moment.stack.layers[place])} together"
    else:
        slope, symbol, result = loss.derivative(output, y)[0], "∂l/∂ŷ", "∂L/∂ŷ"
        formula, note = in_loss(step, loss_slope_formula(loss, k)), loss.name
    if moment.stack.joint:
        note += "; the SoftStep behind it learns its threshold beside the weights, not through them"
    second = Link(name, symbol, formula, "elementwise", slope, result, came[row], name, note=note)
    return [first, second]


def _through_activation(step: Step, row: int, place: int) -> list[Link]:
    """∂L/∂z from ∂L/∂y; nothing where a layer has no activation, or the loss gave ∂L/∂z."""
    layer, name, came = (
        step.moment.stack.layers[place],
        step.moment.stack.names[place],
        step.steps[place],
    )
    if came.from_logits or came.dy is None:
        return []
    if not isinstance(layer, (Dense, Activation, SoftStep)):
        return []
    f, cache = layer.activation, step.record.caches[place]
    y = output_symbol(step, place)
    dz = step.dz(place)
    if dz is None:  # SoftStep
        dz = f.backward(came.dy, cache.z, cache.y)
    kind, factor, note = _slope(f, cache.z[row : row + 1], cache.y[row : row + 1])
    return [
        Link(
            name, f"∂{y}/∂z", slope_formula(f, y), kind, factor, "∂L/∂z", dz[row], name, note=note
        )
    ]  # fmt: skip


def _slope(f: ActivationFunction, z: Array, y: Array) -> tuple[str, Array | None, str]:
    """The kind of an activation's factor, the factor, and what is to be said of it."""
    if isinstance(f, Elementwise):
        return "elementwise", np.asarray(f.backward(np.ones_like(z), z, y))[0], f.name
    if isinstance(f, Softmax) and y.shape[1] <= LARGEST_JACOBIAN:
        jacobian = np.diag(y[0]) - np.outer(y[0], y[0])
        return "jacobian", jacobian, "softmax: each output depends on every z of the row"
    return "through", None, f"{f.name}'s own backward pass gives the product"


def _to_inputs(step: Step, row: int, place: int) -> list[Link]:
    """∂L/∂y of the layer below, from what came to this one's z (or y, where it has no z)."""
    stack = step.moment.stack
    layer, name, below = stack.layers[place], stack.names[place], stack.names[place - 1]
    product = step.steps[place - 1].dy
    assert product is not None
    kind, symbol, formula, factor, note = _input_factor(step, row, place, layer)
    if kind == "none":
        return []
    return [
        Link(
            name, symbol, formula, kind, factor, "∂L/∂y", product[row].reshape(-1), below, note=note
        )
    ]  # fmt: skip


def _input_factor(
    step: Step, row: int, place: int, layer: Any
) -> tuple[str, str, str, Array | None, str]:
    """Kind, symbol, formula, factor and note of a layer's way to its inputs."""
    cache, width = step.record.caches[place], step.record.inputs[place][row].size
    if isinstance(layer, Dense):
        return "matrix", "∂z/∂x", "W", step.p[place]["W"], "summed over the units"
    if isinstance(layer, Activation):
        return "none", "", "", None, ""  # its z are its inputs
    if isinstance(layer, Flatten):
        return "none", "", "", None, ""
    if isinstance(layer, Dropout):
        if cache is None:
            return "elementwise", "∂y/∂x", "1", np.ones(width), "dropout is off"
        formula = "m / (1 − rate)"
        return "elementwise", "∂y/∂x", formula, cache[row], "0 where the unit is left out"
    if isinstance(layer, Scale):
        factor = np.broadcast_to(np.asarray(layer.factor), (width,))
        return "elementwise", "∂y/∂x", "factor", factor, ""
    if isinstance(layer, SoftStep):
        return "elementwise", "∂z/∂p", "k", np.full(width, layer.k), ""
    if isinstance(layer, BatchNorm) and not cache.of_batch:
        factor = step.p[place]["gain"] * cache.inverse
        note = "μ and σ are running averages, fixed"
        return "elementwise", "∂y/∂x", "g / √(σ² + ε)", factor, note
    if isinstance(layer, (BatchNorm, LayerNorm)):
        tied = "the batch's samples" if isinstance(layer, BatchNorm) else "the sample's units"
        note = f"μ and σ tie {tied} together: the layer's own backward pass gives the product"
        return "through", "∂y/∂x", "", None, note
    return "through", "∂y/∂x", "", None, "the layer's own backward pass gives the product"


def _to_weight(step: Step, row: int, target: Place, last: Link) -> Link:
    """∂L/∂w from ∂L/∂z of its unit: times the input, 1 for a bias."""
    name = step.moment.stack.names[target.layer]
    dz = step.dz(target.layer)
    assert dz is not None
    if target.input is None:
        one = np.asarray(1.0)
        return Link(name, "∂z/∂b", "1", "number", one, "∂L/∂b", last.product, name, last.unit)
    x = step.record.caches[target.layer].x[row, target.input]
    product = np.asarray(dz[row, target.unit] * x)
    return Link(name, "∂z/∂w", "x", "number", np.asarray(x), "∂L/∂w", product, name, last.unit)


def _focused(links: list[Link], unit: int) -> list[Link]:
    """The links with single numbers where one unit alone matters: from the last one on that mixes
    units."""
    mixing = [at for at, link in enumerate(links) if link.kind in ("matrix", "jacobian", "through")]
    last = mixing[-1] if mixing else 0
    found = links[:last]
    for at, link in enumerate(links[last:], start=last):
        if link.kind == "number":
            found.append(link)
            continue
        factor, terms = link.factor, None
        if link.kind == "elementwise" and factor is not None:
            factor = np.asarray(factor[unit])
        elif factor is not None:
            factor = factor[unit] if link.kind == "matrix" else factor[:, unit]
            names = [f"unit {number}" for number in range(1, len(factor) + 1)]
            terms = Sum.of(links[at - 1].product, factor, names, SHOWN_TERMS)
        product = np.asarray(link.product[unit])
        found.append(replace(link, factor=factor, product=product, unit=unit + 1, sum=terms))
    return found


def _name_of(layer: Any) -> str:
    return str(layer.activation.name)
