"""One training step explained: every array of it with its formula, its axes and its numbers.

In the order of the work: initialise, forward, loss, backward, update.
"""

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.explanation import Explanation, Quantity, Stage
from glassnet.network import Network
from glassnet.nn.activations import ActivationFunction
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.layers import Activation, Dense, Dropout, Flatten, Scale
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.optimizers import optimizer as find_optimizer
from glassnet.nn.schedules import schedule as find_schedule
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.stack import BackwardStep, Pass
from glassnet.nn.update import UpdateRule
from glassnet.training.inputs import check_inputs, check_targets

_FORWARD: dict[type, str] = {
    Activation: "y = f(x)",
    Dropout: "y = x in prediction; x · m / (1 − rate) in training",
    Flatten: "y = x, each sample in one row",
    Scale: "y = (x − shift) · factor",
    BatchNorm: "y = gain · (x − μ) / √(σ² + ε) + shift",
    LayerNorm: "y = gain · (x − μ) / √(σ² + ε) + shift",
    SoftStep: "ŷ = σ(k(p − t))",
}
_ACTIVATION: dict[str, str] = {
    "identity": "z",
    "relu": "max(0, z)",
    "leaky_relu": "z where z > 0, else slope · z",
    "elu": "z where z > 0, else α(eᶻ − 1)",
    "gelu": "z Φ(z)",
    "silu": "z σ(z)",
    "softplus": "log(1 + eᶻ)",
    "tanh": "tanh z",
    "sigmoid": "1 / (1 + e⁻ᶻ)",
    "exponential": "eᶻ",
    "softmax": "e^(zⱼ) / Σₖ e^(zₖ), row by row",
}


def explain(
    network: Network,
    X: Array,
    Y: Array,
    *,
    optimizer: object = "sgd",
    learning_rate: object = None,
    l1: float = 0.0,
    l2: float = 0.0,
) -> Explanation:
    """What one full-batch step from where the network stands would do; nothing is changed.

    X (n, d), Y as ``Network.fit`` takes them. Dropout is off, and the optimizer starts with empty
    slots. Raises ``InputError`` for unusable arrays.
    """
    X = check_inputs(X, network.stack.input_shape)
    if hasattr(X, "toarray"):
        raise InputError("explain takes dense arrays: give X[rows].toarray() of a few samples")
    stack, state = network.stack, network.state.copy()
    y = check_targets(stack, Y, len(X), network.dtype)
    chosen = find_optimizer(optimizer)
    rate = chosen.learning_rate if learning_rate is None else learning_rate
    rule = UpdateRule(chosen, find_schedule(rate), l1, l2)
    share = 1.0 / len(X) if stack.loss.reduction == "mean" else 1.0
    weights = np.full(len(X), share)
    p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
    ctx = Context(dtype=network.dtype)
    record = stack.forward(p, buffers, X, ctx)
    losses = stack.losses(record, y)
    steps = stack.backward(p, record, y, weights)
    loss = float(weights @ losses) + rule.penalty(state.parameters, stack.layout)
    stages = [
        _initialise(network),
        _forward(network, record),
        _loss(network, y, losses, loss, share),
        _backward(network, record, steps),
    ]
    update, parameters = _update(network, steps, rule)
    stages.append(update)
    after = stack.forward(stack.layout.views(parameters), buffers, X, ctx)
    loss_after = float(weights @ stack.losses(after, y)) + rule.penalty(parameters, stack.layout)
    return Explanation(tuple(stages), loss, loss_after)


def _initialise(network: Network) -> Stage:
    quantities = []
    for segment in network.stack.layout.segments:
        start = segment.spec.initializer
        axes = ("inputs", "units") if len(segment.shape) == 2 else ("units",)
        values = segment.view(network.state.parameters).copy()
        formula = f"starts from {type(start).__name__}"
        quantities.append(Quantity(segment.spec.name, segment.layer_name, formula, axes, values))
    return Stage("initialise", "the parameters as they stand before the step", tuple(quantities))


def _forward(network: Network, record: Pass) -> Stage:
    quantities = [Quantity("X", "data", "the inputs", ("samples", "features"), record.inputs[0])]
    for place, layer in enumerate(network.layers):
        name, output = network.stack.names[place], record.outputs[place]
        if isinstance(layer, Dense):
            z = record.caches[place].z
            quantities.append(Quantity("z", name, "z = x W + b", ("samples", "units"), z))
            formula = _activation_formula(layer.activation)
        elif isinstance(layer, Activation):
            formula = _activation_formula(layer.activation)
        else:
            formula = _FORWARD.get(type(layer), f"y = {type(layer).__name__}(x)")
        symbol = "ŷ" if place == len(network.layers) - 1 else "y"
        quantities.append(Quantity(symbol, name, formula, ("samples", "units"), output))
    return Stage("forward", "from the inputs to the predictions", tuple(quantities))


def _loss(network: Network, y: Array, losses: Array, loss: float, share: float) -> Stage:
    how = "the mean" if network.loss.reduction == "mean" else "the sum"
    axes = ("samples",) if y.ndim == 1 else ("samples", "units")
    return Stage(
        "loss",
        f"{network.loss.name}: {how} of the samples' losses",
        (
            Quantity("Y", "data", "the targets", axes, y),
            Quantity("l", "loss", "each sample's loss", ("samples",), losses),
            Quantity("L", "loss", f"L = {share:.4g} · Σ l (+ penalties)", (), np.asarray(loss)),
        ),
    )


def _backward(network: Network, record: Pass, steps: list[BackwardStep]) -> Stage:
    quantities = []
    for place in reversed(range(len(network.layers))):
        layer, name, step = network.layers[place], network.stack.names[place], steps[place]
        if step.dy is None:
            continue
        if step.from_logits:
            formula = "(ŷ − y) / n: the activation and its loss together"
            quantities.append(Quantity("∂L/∂z", name, formula, ("samples", "units"), step.dy))
        else:
            formula = "what came back from the layer above"
            quantities.append(Quantity("∂L/∂y", name, formula, ("samples", "units"), step.dy))
            if isinstance(layer, Dense):
                cache = record.caches[place]
                dz = layer.activation.backward(step.dy, cache.z, cache.y)
                formula = f"∂L/∂y · f′(z), f = {layer.activation.name}"
                quantities.append(Quantity("∂L/∂z", name, formula, ("samples", "units"), dz))
        for symbol, values in step.gradients.items():
            formula = {"W": "xᵀ · ∂L/∂z", "b": "Σ over samples of ∂L/∂z"}.get(symbol, "chain rule")
            axes = ("inputs", "units") if values.ndim == 2 else ("units",)
            quantities.append(Quantity(f"∂L/∂{symbol}", name, formula, axes, values))
    return Stage("backward", "from the loss to every parameter's gradient", tuple(quantities))


def _update(network: Network, steps: list[BackwardStep], rule: UpdateRule) -> tuple[Stage, Array]:
    stack, parameters = network.stack, network.state.parameters.copy()
    gradient = np.zeros_like(parameters)
    for place, views in enumerate(stack.layout.views(gradient)):
        for name, values in steps[place].gradients.items():
            views[name][...] = values
    rule.add_penalty(gradient, parameters, stack.layout)
    slots = {name: np.zeros_like(parameters) for name in rule.optimizer.slots}
    rate = rule.schedule.rate(0.0, 1.0)
    parameters += rule.change(gradient, parameters, slots, stack.layout, rate, 1)
    rule.project(parameters, stack.layout)
    quantities = []
    for segment in stack.layout.segments:
        symbol = segment.spec.name
        formula = f"{symbol} ← {symbol} + Δ, {rule.optimizer.name} with learning rate {rate:g}"
        axes = ("inputs", "units") if len(segment.shape) == 2 else ("units",)
        values = segment.view(parameters)
        quantities.append(Quantity(symbol, segment.layer_name, formula, axes, values))
    return Stage("update", "the parameters after the step", tuple(quantities)), parameters


def _activation_formula(f: ActivationFunction) -> str:
    return f"y = {_ACTIVATION.get(f.name, f'{f.name}(z)')}"
