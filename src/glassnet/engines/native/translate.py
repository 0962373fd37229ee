"""From a stack and an update rule to the kernel's plain description, or the reasons why not."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.nn.activations import (
    ELU,
    GELU,
    Exponential,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from glassnet.nn.contract import Layer
from glassnet.nn.layers import Activation, Dense, Dropout, Flatten, Scale
from glassnet.nn.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
)
from glassnet.nn.optimizers import Adam, AdamW, GradientDescent, Momentum, Nesterov, RMSProp
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.stack import Stack
from glassnet.nn.update import UpdateRule

# The numbers of description.hpp.
_DENSE, _ACTIVATION, _DROPOUT, _STEP = range(4)
_FUNCTIONS: dict[type, int] = {
    Identity: 0, ReLU: 1, LeakyReLU: 2, ELU: 3, GELU: 4, SiLU: 5, Softplus: 6, Tanh: 7,
    Sigmoid: 8, Exponential: 9, Softmax: 10,
}  # fmt: skip
_LOSSES: dict[type, int] = {
    MeanSquaredError: 0, MeanAbsoluteError: 1, Huber: 2, BinaryCrossEntropy: 3, CrossEntropy: 4,
    Poisson: 5,
}  # fmt: skip
_RULES: dict[type, int] = {
    GradientDescent: 0, Momentum: 1, Nesterov: 2, RMSProp: 3, Adam: 4, AdamW: 4,
}  # fmt: skip
_NUMBERS = {np.dtype(code) for code in "f4 f8 u1 i1 u2 i2 u4 i4 u8 i8 ?".split()}

LayerTuple = tuple[int, int, float, float, int, int, int, int, int]


@dataclass
class Description:
    """What the kernel is given, and which of its layers each layer of the network became: that
    with the parameters, and that with the outputs (−1 for none)."""

    layers: list[LayerTuple] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    loss: tuple[Any, ...] = ()
    shift: Any = None
    factor: Any = None
    reasons: list[str] = field(default_factory=list)


def describe(stack: Stack) -> Description:
    """Layers and loss for the kernel; ``reasons`` is empty where it takes them."""
    found = Description()
    for place, layer in enumerate(stack.layers):
        reason = _add(found, stack, place, layer)
        if reason:
            found.reasons.append(f"layer '{stack.names[place]}': {reason}")
    if not any(layer[0] == _DENSE for layer in found.layers):
        found.reasons.append("the network has no dense layer that the kernel takes")
    if not found.reasons:
        reason = _set_loss(found, stack)
        if reason:
            found.reasons.append(f"loss '{stack.loss.name}': {reason}")
    return found


def update_of(rule: UpdateRule) -> tuple[Any, ...]:
    """The update rule for the kernel."""
    optimizer: Any = rule.optimizer
    beta1 = getattr(optimizer, "beta1", getattr(optimizer, "beta", 0.0))
    beta2 = getattr(optimizer, "beta2", getattr(optimizer, "rho", 0.0))
    return (
        _RULES[type(optimizer)], float(beta1), float(beta2),
        float(getattr(optimizer, "epsilon", 1.0)), float(rule.l1), float(rule.l2),
        float(rule.decay), float(rule.clip_norm or 0.0), float(rule.max_norm or 0.0),
    )  # fmt: skip


def rule_reasons(rule: UpdateRule) -> list[str]:
    """Why the kernel does not take this update rule."""
    if type(rule.optimizer) not in _RULES:
        return [f"optimizer '{rule.optimizer.name}': it is the user's own"]
    if not getattr(rule.optimizer, "epsilon", 1.0) > 0:
        return [f"optimizer '{rule.optimizer.name}': its epsilon is not above 0"]
    return []


def sample_reasons(X: Any) -> list[str]:
    """Why the kernel does not read these samples."""
    if not isinstance(X, np.ndarray):
        return ["X is sparse"]
    if X.dtype not in _NUMBERS:
        return [f"X holds {X.dtype}"]
    if any(stride % X.itemsize for stride in X.strides):
        return ["X is a part of a structured array"]
    expected = X.strides[-1]
    for axis in range(X.ndim - 1, 0, -1):
        if X.shape[axis] != 1 and X.strides[axis] != expected:
            return ["the axes of X's samples do not follow one another in memory"]
        expected *= X.shape[axis]
    return []


def _add(found: Description, stack: Stack, place: int, layer: Layer) -> str | None:
    """Append what a layer becomes; or the reason why it is not taken."""
    shape = stack.shapes[place - 1] if place else stack.input_shape
    width = int(np.prod(shape))
    segments = [s for s in stack.layout.segments if s.layer == place]
    if type(layer) is Dense:
        function = _FUNCTIONS.get(type(layer.activation))
        if function is None:
            return f"the activation '{layer.activation.name}' is the user's own"
        fused = function if isinstance(layer.activation, (Identity, ReLU)) else 0
        found.layers.append(
            (_DENSE, fused, 0.0, 0.0, place, width, layer.units, segments[0].offset,
             segments[1].offset)
        )  # fmt: skip
        own = len(found.layers) - 1
        if fused != function:
            _add_function(found, place, layer.activation, layer.units)
        found.places.append((own, len(found.layers) - 1))
        return None
    if type(layer) is Activation:
        if type(layer.activation) not in _FUNCTIONS:
            return f"the activation '{layer.activation.name}' is the user's own"
        if len(shape) != 1:
            return "an activation on samples of several axes"
        _add_function(found, place, layer.activation, width)
        found.places.append((-1, len(found.layers) - 1))
        return None
    if type(layer) is SoftStep:
        behind = found.layers and found.layers[-1][:2] == (_ACTIVATION, _FUNCTIONS[Sigmoid])
        if place != len(stack.layers) - 1 or len(found.layers) < 2 or not behind:
            return "SoftStep is taken as the last layer, behind a dense layer with a sigmoid"
        found.layers.append((_STEP, 0, layer.k, 0.0, place, 1, 1, -1, segments[0].offset))
        found.places.append((len(found.layers) - 1, len(found.layers) - 1))
        return None
    if type(layer) is Scale and place == 0:
        for name in ("shift", "factor"):
            values = np.asarray(getattr(layer, name), dtype=np.float64)
            flat = np.broadcast_to(values, stack.input_shape).reshape(-1)
            setattr(found, name, np.ascontiguousarray(flat))
    elif type(layer) is Dropout:
        if layer.rate:
            found.layers.append((_DROPOUT, 0, 0.0, layer.rate, place, width, width, -1, -1))
    elif type(layer) is Scale:
        return "Scale is taken as the first layer only"
    elif type(layer) is not Flatten:
        return f"{type(layer).__name__} runs on the NumPy engine"
    found.places.append((-1, -1))
    return None


def _add_function(found: Description, place: int, activation: Any, width: int) -> None:
    slope = float(getattr(activation, "slope", getattr(activation, "alpha", 0.0)))
    kind = _FUNCTIONS[type(activation)]
    found.layers.append((_ACTIVATION, kind, slope, 0.0, place, width, width, -1, -1))


def _set_loss(found: Description, stack: Stack) -> str | None:
    loss: Any = stack.loss
    kind = _LOSSES.get(type(loss))
    if kind is None:
        return "it is the user's own"
    joint = stack.joint
    last = found.layers[-1]
    ends_in_step = last[0] == _STEP
    raw = bool(getattr(loss, "from_logits", False))
    meets = {"softmax": Softmax, "sigmoid": Sigmoid, "exponential": Exponential}.get(loss.meets)
    on_logits = False
    if ends_in_step:
        if type(loss) is not BinaryCrossEntropy or raw:
            return "SoftStep is taken with binary_cross_entropy only"
    elif raw:
        on_logits = True
    elif meets is not None:
        on_logits = last[:2] == (_ACTIVATION, _FUNCTIONS[meets])
        if not on_logits:
            return f"it is taken with the activation '{loss.meets}' as the last layer's"
    found.loss = (
        kind, on_logits, raw, loss.reduction == "mean", float(getattr(loss, "delta", 1.0)),
        float(getattr(loss, "label_smoothing", 0.0)), joint,
    )  # fmt: skip
    return None
