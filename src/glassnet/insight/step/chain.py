"""∂L/∂w of one weight by the chain rule: from the loss back, layer by layer, to the weight.

For sample s and the weight w from input i to unit j of a dense layer,

    ∂L/∂w = Σₛ ∂L/∂zₛⱼ · xₛᵢ,   ∂L/∂zⱼ = ∂L/∂yⱼ · f′(zⱼ),   ∂L/∂yⱼ = Σₖ W[j,k] · ∂L/∂zₖ,

where W and ∂L/∂zₖ are of the layer above, and so on up to ∂l/∂ŷ. Rumelhart, Hinton & Williams,
"Learning Representations by Back-Propagating Errors", 1986.
"""

from collections.abc import Sequence

import numpy as np

from glassnet.insight.step.arithmetic import optimizer_words, update_lines
from glassnet.insight.step.comparison import numeric_check
from glassnet.insight.step.joint import joint_rule
from glassnet.insight.step.links import links_to
from glassnet.insight.step.moment import Step
from glassnet.insight.step.parts import Chain
from glassnet.insight.step.places import Place, dense_layers
from glassnet.insight.step.units import input_names
from glassnet.nn.arrays import Array
from glassnet.nn.parameters import Segment


def chain(step: Step, row: int, number: int, place: Place, names: Sequence[str] | None) -> Chain:
    """The chain of one weight for the sample in `row`, which is called `number`."""
    segment, coordinate = _coordinate(step, place)
    unit = place.unit + 1
    name, input_name = f"b[{unit}]", ""
    if place.input is not None:
        name = f"W[{place.input + 1},{unit}]"
        input_name = input_names(step, place.layer, names)[place.input]
    return Chain(
        name=name,
        layer=segment.layer_name,
        input=None if place.input is None else place.input + 1,
        input_name=input_name,
        unit=unit,
        value=float(step.moment.state.parameters[coordinate]),
        sample=number,
        links=links_to(step, row, place),
        joint=joint_rule(step, row),
        shares=_shares(step, place),
        gradient=float(step.gradient[coordinate]),
        penalty=float(step.penalty_gradient[coordinate]),
        check=numeric_check(step, coordinate),
        optimizer=optimizer_words(step),
        update=update_lines(step, coordinate, place),
    )


def strongest(step: Step, row: int, unit: Place | None) -> Place | None:
    """The weight whose derivative is largest for this sample: of the unit, else of the first dense
    layer that the sample reaches; None where there is no dense layer."""
    dense = dense_layers(step.moment.stack) if unit is None else [unit.layer]
    for place in dense:
        dz = step.dz(place)
        if dz is None:
            continue
        x = np.abs(np.nan_to_num(step.record.caches[place].x[row]))
        slopes = np.abs(np.nan_to_num(dz[row]))
        chosen = int(slopes.argmax()) if unit is None else unit.unit
        if x.max(initial=0.0) * slopes[chosen] > 0 or place == dense[-1]:
            return Place(place, chosen, int(x.argmax()))
    return None


def most_telling(step: Step, weight: Place | None) -> tuple[int, str]:
    """The row of the sample with the largest part in the weight's derivative, else of the largest
    loss; and why it is that one."""
    if weight is not None:
        sizes = np.abs(np.nan_to_num(_shares(step, weight), nan=np.inf))
        return int(sizes.argmax()), "whose part in the weight's derivative is the largest"
    return int(np.nan_to_num(step.losses, nan=np.inf).argmax()), "whose loss is the largest"


def _shares(step: Step, place: Place) -> Array:
    """Each sample's part in ∂L/∂w, (n,) float64."""
    dz, cache = step.dz(place.layer), step.record.caches[place.layer]
    assert dz is not None
    x = np.ones(len(dz)) if place.input is None else cache.x[:, place.input]
    return np.asarray(dz[:, place.unit] * x, dtype=np.float64)


def _coordinate(step: Step, place: Place) -> tuple[Segment, int]:
    """The weight's segment, and its place in the flat vector."""
    name = "b" if place.input is None else "W"
    for segment in step.moment.stack.layout.segments:
        if segment.layer == place.layer and segment.spec.name == name:
            within = place.unit
            if place.input is not None:
                within += place.input * segment.shape[1]
            return segment, segment.offset + within
    raise AssertionError("a dense layer has W and b")
