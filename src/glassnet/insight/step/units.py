"""How a unit comes to its number: z = w₁x₁ + w₂x₂ + … + b, its largest products first."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from glassnet.insight.step.moment import Step
from glassnet.insight.step.parts import Sum, UnitSum
from glassnet.insight.step.places import Place, dense_layers, inputs_of
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Dense, Dropout, Flatten, Scale

SHOWN_UNITS = 3  # of each layer, where no unit was asked for
SHOWN_TERMS, ALL_TERMS = 4, 8


def unit_sums(
    step: Step,
    row: int,
    number: int,
    names: Sequence[str] | None,
    asked: Place | None,
    classes: Sequence[str] = (),
) -> tuple[UnitSum, ...]:
    """Of the sample in this row, which is called `number`: the unit asked for, else the units of
    each dense layer that are largest, the target's class among the outputs'."""
    found: list[UnitSum] = []
    dense = dense_layers(step.moment.stack)
    for place in dense if asked is None else [asked.layer]:
        units = [asked.unit] if asked is not None else _largest(step, place, row)
        are_classes = place == dense[-1] and len(classes) == step.moment.stack.shapes[place][0]
        for unit in units:
            made = _unit_sum(step, place, unit, row, number, names, asked)
            found.append(replace(made, label=classes[unit]) if are_classes else made)
    return tuple(found)


def input_names(step: Step, place: int, names: Sequence[str] | None) -> list[str]:
    """What a dense layer's inputs are called: the columns where they come from the data, x1, x2, …
    where those have no names; y1, y2, … where they come from another layer's units."""
    count = inputs_of(step.moment.stack, place)
    before = step.moment.stack.layers[:place]
    from_data = all(isinstance(layer, (Scale, Flatten, Dropout)) for layer in before)
    if from_data and names is not None and len(names) == count:
        return [str(name) for name in names]
    letter = "x" if from_data else "y"
    return [f"{letter}{number}" for number in range(1, count + 1)]


def _largest(step: Step, place: int, row: int) -> list[int]:
    """The units of largest |y|; for outputs of classes the largest y, and the target's."""
    y = step.record.outputs[place][row].astype(np.float64)
    order: list[int] = np.argsort(-np.abs(y), kind="stable")[:SHOWN_UNITS].tolist()
    target = _target(step, row)
    if place == dense_layers(step.moment.stack)[-1] and target is not None and target not in order:
        order[-1] = target
    return order


def _target(step: Step, row: int) -> int | None:
    """The class of the sample, where it has one among several."""
    y: Array = step.moment.y[row]
    if step.moment.stack.loss.name != "cross_entropy":
        return None
    return int(y) if y.ndim == 0 else int(y.argmax())


def _unit_sum(
    step: Step, place: int, unit: int, row: int, number: int, names: Sequence[str] | None,
    asked: Place | None,
) -> UnitSum:  # fmt: skip
    layer = step.moment.stack.layers[place]
    assert isinstance(layer, Dense)
    cache, p = step.record.caches[place], step.p[place]
    called = input_names(step, place, names)
    most = SHOWN_TERMS if asked is None else ALL_TERMS
    return UnitSum(
        layer=step.moment.stack.names[place],
        unit=unit + 1,
        sample=number,
        sum=Sum.of(p["W"][:, unit], cache.x[row], called, most),
        bias=float(p["b"][unit]),
        z=float(cache.z[row, unit]),
        activation=layer.activation.name,
        y=float(cache.y[row, unit]),
        asked=asked is not None,
    )
