"""The axes of every array of a step: samples × units, inputs × units. Where people get lost."""

from glassnet.insight.step.moment import Step
from glassnet.insight.step.parts import ShapeRow
from glassnet.insight.step.stages import axes_of, features_axis, output_symbol
from glassnet.nn.layers import Activation, Dense

Axes = tuple[tuple[int, str], ...]


def shapes(step: Step) -> tuple[ShapeRow, ...]:
    """Row by row, in the order of the forward pass; an array's gradient has its own shape."""
    stack, record = step.moment.stack, step.record
    inputs = record.inputs[0].shape
    samples = (inputs[0], "samples")
    own = zip(inputs[1:], features_axis(inputs[1:]), strict=False)
    rows = [ShapeRow("data", "X", (samples, *own))]
    for place, layer in enumerate(stack.layers):
        name, symbol = stack.names[place], output_symbol(step, place)
        for segment in stack.layout.segments:
            if segment.layer == place:  # its gradient has its shape
                values = segment.view(step.moment.state.parameters)
                axes = tuple(zip(values.shape, axes_of(values), strict=True))
                own_symbol = segment.spec.name
                rows.append(ShapeRow(name, f"{own_symbol}, ∂L/∂{own_symbol}", axes))
        output = record.outputs[place].shape
        words = ("units",) if len(output) == 2 else features_axis(output[1:])
        both = f"z, {symbol}" if isinstance(layer, (Dense, Activation)) else symbol
        axes = (samples, *zip(output[1:], words, strict=False))
        if step.steps[place].dy is not None:
            both += f", ∂L/∂{both[0]}"
        rows.append(ShapeRow(name, both, axes))
    y = step.moment.y.shape
    more: Axes = ((y[1], "units"),) if len(y) == 2 else ()
    rows.append(ShapeRow("data", "Y", (samples, *more)))
    rows.append(ShapeRow("loss", "l", (samples,)))
    return tuple(rows)
