"""The five stages of a step, in the order of the work: initialise, forward, loss, backward,
update."""

import numpy as np

from glassnet.insight.step.formulas import (
    activation_formula,
    joint_formula,
    layer_formula,
    loss_formula,
    loss_slope_formula,
    of_inputs,
)
from glassnet.insight.step.moment import Step
from glassnet.insight.step.parts import Quantity, Stage
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Activation, Dense
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.soft_step import SoftStep

_UNITS = ("samples", "units")
_GRADIENTS = {"W": "xᵀ · ∂L/∂z", "b": "Σ ∂L/∂z", "t": "−k Σ ∂L/∂z"}
_NORMAL = {"gain": "Σ ∂L/∂y · x̂", "shift": "Σ ∂L/∂y"}


def stages(step: Step, note: str = "") -> tuple[Stage, ...]:
    """All five; `note` is said of the update's rate."""
    return (_initialise(step), _forward(step), _loss(step), _backward(step), _update(step, note))


def features_axis(shape: tuple[int, ...]) -> tuple[str, ...]:
    """The names of a sample's own axes."""
    return ("features",) if len(shape) == 1 else ("rows", "columns", "channels")[: len(shape)]


def axes_of(values: Array) -> tuple[str, ...]:
    """The axes of a parameter."""
    return ("inputs", "units") if values.ndim == 2 else ("units",)


def output_symbol(step: Step, place: int) -> str:
    """ŷ for the last layer's outputs, y for the others', p for those before a SoftStep that learns
    alone, whose loss is the weights'."""
    last = len(step.moment.stack.layers) - 1
    if step.moment.stack.joint and place == last - 1:
        return "p"
    return "ŷ" if place == last else "y"


def in_loss(step: Step, formula: str) -> str:
    """A loss's formula in the symbol of the outputs that it is about."""
    return formula.replace("ŷ", "p") if step.moment.stack.joint else formula


def layer_axes(values: Array) -> tuple[str, ...]:
    """The axes of a layer's outputs."""
    return _UNITS if values.ndim == 2 else ("samples", *features_axis(values.shape[1:]))


def _initialise(step: Step) -> Stage:
    quantities = []
    for segment in step.moment.stack.layout.segments:
        values = segment.view(step.moment.state.parameters).copy()
        note = f"starts from {type(segment.spec.initializer).__name__}"
        quantities.append(
            Quantity(segment.spec.name, segment.layer_name, "", axes_of(values), values, note)
        )
    return Stage("initialise", "the parameters as they stand before the step", tuple(quantities))


def _forward(step: Step) -> Stage:
    stack, record = step.moment.stack, step.record
    X = record.inputs[0]
    axes = ("samples", *features_axis(X.shape[1:]))
    quantities = [Quantity("X", "data", "", axes, X, "the inputs")]
    for place, layer in enumerate(stack.layers):
        name, output, y = stack.names[place], record.outputs[place], output_symbol(step, place)
        formula, note = layer_formula(layer, step.moment.training)
        if isinstance(layer, Dense):
            quantities.append(Quantity("z", name, formula, _UNITS, record.caches[place].z))
            formula = activation_formula(layer.activation, y)
        elif isinstance(layer, Activation):
            formula = of_inputs(activation_formula(layer.activation, y))
        elif isinstance(layer, SoftStep):
            formula = formula if y == "ŷ" else formula.replace("ŷ", y)
        axes = layer_axes(output)
        quantities.append(Quantity(y, name, formula, axes, output, note))
    return Stage("forward", "from the inputs to the predictions", tuple(quantities))


def _loss(step: Step) -> Stage:
    moment = step.moment
    loss, n, k = moment.stack.loss, len(moment.X), moment.stack.outputs
    how = "the mean" if loss.reduction == "mean" else "the sum"
    axes = ("samples",) if moment.y.ndim == 1 else _UNITS
    note = "the targets: numbers of classes, from 0" if moment.y.ndim == 1 else "the targets"
    of = "the weights follow it, the threshold t that of ŷ" if moment.stack.joint else ""
    share = 1.0 / n if loss.reduction == "mean" else 1.0
    quantities = [
        Quantity("Y", "data", "", axes, moment.y, note),
        Quantity("l", "loss", in_loss(step, loss_formula(loss, k)), ("samples",), step.losses, of),
    ]
    if np.allclose(moment.weights, share, rtol=1e-12, atol=0):
        formula = f"L = {share:.4g} · Σ l"
    else:
        formula = "L = Σ w l"
        note = "what each sample counts for, over the batch"
        quantities.append(Quantity("w", "loss", "", ("samples",), moment.weights, note))
    quantities.append(Quantity("L", "loss", formula, (), np.asarray(step.data_loss)))
    rule = moment.rule
    if rule.l1 or rule.l2:
        formula, values = _penalty(rule.l1, rule.l2)
        penalty = Quantity("R", "penalty", formula, (), np.asarray(step.penalty), values)
        both = Quantity("L + R", "loss", "L + R", (), np.asarray(step.loss), "what is minimised")
        quantities += [penalty, both]
    return Stage("loss", f"{loss.name}: {how} of the samples' losses", tuple(quantities))


def _penalty(l1: float, l2: float) -> tuple[str, str]:
    """R over the weights W of all layers, and the numbers in it."""
    parts = (["λ₁ Σ |W|"] if l1 else []) + (["λ₂/2 · Σ W²"] if l2 else [])
    values = ([f"λ₁ = {l1:g}"] if l1 else []) + ([f"λ₂ = {l2:g}"] if l2 else [])
    return "R = " + " + ".join(parts), ", ".join(values) + ", over all weights W"


def _backward(step: Step) -> Stage:
    stack = step.moment.stack
    quantities = []
    for place in reversed(range(len(stack.layers))):
        came = step.steps[place].dy
        if came is None:
            continue
        quantities += _came_back(step, place, came)
        layer, name = stack.layers[place], stack.names[place]
        for symbol, values in step.steps[place].gradients.items():
            table = _NORMAL if isinstance(layer, (BatchNorm, LayerNorm)) else _GRADIENTS
            formula = f"∂L/∂{symbol} = {table[symbol]}" if symbol in table else ""
            note = "over the samples" if formula and "Σ" in formula else ""
            note = note or ("" if formula else "the layer's own backward pass")
            quantities.append(
                Quantity(f"∂L/∂{symbol}", name, formula, axes_of(values), values, note)
            )
        quantities += _penalties(step, place)
    return Stage("backward", "from the loss to every parameter's gradient", tuple(quantities))


def _came_back(step: Step, place: int, came: Array) -> list[Quantity]:
    """∂L/∂y of a layer and, behind its activation, ∂L/∂z."""
    stack = step.moment.stack
    layer, name, loss = stack.layers[place], stack.names[place], stack.loss
    if step.steps[place].from_logits:
        formula = joint_formula(loss, stack.outputs)
        formula = in_loss(step, formula) if output_symbol(step, place) == "p" else formula
        formula = f"∂L/∂z = {_shared(step, formula)}"
        return [Quantity("∂L/∂z", name, formula, _UNITS, came, "activation and loss together")]
    y = output_symbol(step, place)
    note, formula = "what came back from the layer above", ""
    if place == len(stack.layers) - 1:
        formula = f"∂L/∂{y} = {_shared(step, loss_slope_formula(loss, stack.outputs))}"
        note = "from the loss"
    found = [Quantity(f"∂L/∂{y}", name, formula, layer_axes(came), came, note)]
    dz = step.dz(place)
    if dz is not None and isinstance(layer, (Dense, Activation)):
        formula = f"∂L/∂z = ∂L/∂{y} · f′(z)"
        axes = layer_axes(dz)
        found.append(Quantity("∂L/∂z", name, formula, axes, dz, f"f = {layer.activation.name}"))
    return found


def _penalties(step: Step, place: int) -> list[Quantity]:
    """∂R/∂W of a layer's weights, where there are penalties."""
    rule, layout = step.moment.rule, step.moment.stack.layout
    if not (rule.l1 or rule.l2):
        return []
    parts = (["λ₁ sign(W)"] if rule.l1 else []) + (["λ₂ W"] if rule.l2 else [])
    found = []
    for segment in layout.of_kind("weight"):
        if segment.layer == place:
            values = segment.view(step.penalty_gradient)
            symbol = segment.spec.name
            formula = f"∂R/∂{symbol} = " + " + ".join(parts).replace("W", symbol)
            found.append(
                Quantity(f"∂R/∂{symbol}", segment.layer_name, formula, axes_of(values), values)
            )
    return found


def _update(step: Step, told: str) -> Stage:
    moment, parameters = step.moment, step.update.parameters
    quantities = []
    for segment in moment.stack.layout.segments:
        symbol, values = segment.spec.name, segment.view(parameters)
        note = f"{moment.rule.optimizer.name} with learning rate {moment.rate:g}"
        quantities.append(
            Quantity(
                symbol,
                segment.layer_name,
                f"{symbol} ← {symbol} + Δ",
                axes_of(values),
                values,
                note,
            )
        )
    for (place, name), values in step.buffers.items():
        layer, momentum = moment.stack.names[place], moment.stack.layers[place]
        share = getattr(momentum, "momentum", 0.0)
        formula = f"{name} ← {share:g} · {name} + {1 - share:g} · batch"
        quantities.append(Quantity(name, layer, formula, ("units",), values, "running average"))
    purpose = "the parameters after the step" + (f" ({told})" if told else "")
    return Stage("update", purpose, tuple(quantities))


def _shared(step: Step, formula: str) -> str:
    """The formula times what a sample's loss counts for."""
    weights, n = step.moment.weights, len(step.moment.weights)
    inner = f"({formula})" if " " in formula else formula
    if not np.allclose(weights, weights[0], rtol=1e-12, atol=0):
        return f"w · {inner}"
    if weights[0] == 1:
        return formula
    is_mean = np.isclose(weights[0] * n, 1.0, rtol=1e-12)
    return f"1/{n} · {inner}" if is_mean else f"{float(weights[0]):.4g} · {inner}"
