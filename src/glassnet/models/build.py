"""From an estimator's parameters and the recipe to layers, loss and the arguments of `fit`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.models.defaults import Recipe
from glassnet.nn.activations import activation as find_activation
from glassnet.nn.contract import Layer, Loss
from glassnet.nn.initializers import Initializer
from glassnet.nn.layers import Dense, Dropout, Scale
from glassnet.nn.losses import CrossEntropy
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.user_loss import loss as find_loss

AUTO = "auto"
_LOSSES = {
    "binary": "binary_cross_entropy",
    "multiclass": "cross_entropy",
    "multilabel": "binary_cross_entropy",
    "regression": "mean_squared_error",
}


@dataclass(frozen=True)
class Output:
    """The last layer as the task and the loss want it."""

    units: int
    activation: Any
    bias_init: Initializer | str = "zeros"


def is_auto(choice: object) -> bool:
    """Whether a parameter was left to the rules."""
    return isinstance(choice, str) and choice == AUTO


def choose_loss(choice: object, task: str) -> Loss:
    """The loss that was asked for, or the task's own."""
    return find_loss(_LOSSES[task] if is_auto(choice) else choice)


def output_of(loss: Loss, task: str, classes: int) -> Output:
    """Units and activation of the last layer: those that the loss meets, else the task's."""
    if task == "regression":
        return Output(classes, loss.meets or "identity")
    units = 1 if task == "binary" and not isinstance(loss, CrossEntropy) else classes
    if getattr(loss, "from_logits", False):
        return Output(units, "identity")
    # Under binary cross-entropy each class is a yes or no of its own.
    together = task != "multilabel" and units > 1 and loss.meets != "sigmoid"
    return Output(units, "softmax" if together else "sigmoid")


def build_layers(
    layers: Any, activation: Any, dropout: Any, recipe: Recipe, output: Output, scale: Scale | None
) -> list[Layer]:
    """The whole network: the scale, the hidden layers, the output.

    layers: "auto", hidden widths, or the network itself as layer objects.
    """
    whole = _as_network(layers)
    if whole is not None:
        has_scale = bool(whole) and isinstance(whole[0], Scale)
        return whole if scale is None or has_scale else [scale, *whole]
    widths = recipe.widths if is_auto(layers) else _widths(layers)
    activations = _each(recipe.activation if is_auto(activation) else activation, widths,
                        "activation")  # fmt: skip
    rates = _each(recipe.dropout if is_auto(dropout) else dropout, widths, "dropout")
    built: list[Layer] = [] if scale is None else [scale]
    for width, name, rate in zip(widths, activations, rates, strict=True):
        built.append(Dense(width, find_activation(name)))
        if rate:
            built.append(Dropout(rate))
    last: Any = output.bias_init
    built.append(Dense(output.units, find_activation(output.activation), bias_init=last))
    return built


def fit_arguments(parameters: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """The arguments of ``Network.fit``, every "auto" made into what the recipe says.

    The recipe's learning rate and weight decay belong to its optimizer: with another one, that
    one's own are taken.
    """
    own = is_auto(parameters["optimizer"])
    arguments = {
        name: parameters[name] for name in ("l1", "clip_norm", "max_norm", "engine", "verbose")
    }
    rate, decay = parameters["learning_rate"], parameters["weight_decay"]
    arguments["optimizer"] = recipe.optimizer if own else parameters["optimizer"]
    arguments["learning_rate"] = (recipe.learning_rate if own else None) if is_auto(rate) else rate
    arguments["weight_decay"] = (recipe.weight_decay if own else None) if is_auto(decay) else decay
    for name in ("batch_size", "epochs", "l2"):
        given = parameters[name]
        arguments[name] = getattr(recipe, name) if is_auto(given) else given
    return arguments


def ends_with_step(layers: Any) -> bool:
    """Whether the user's own network ends with a learned threshold."""
    whole = _as_network(layers)
    return bool(whole) and isinstance(whole[-1], SoftStep)  # type: ignore[index]


def _as_network(layers: Any) -> list[Layer] | None:
    if is_auto(layers) or not isinstance(layers, Sequence) or isinstance(layers, str):
        return None
    given = list(layers)
    return given if given and all(hasattr(layer, "build") for layer in given) else None


def _widths(layers: Any) -> tuple[int, ...]:
    if isinstance(layers, (int, np.integer)) and not isinstance(layers, bool):
        return (int(layers),)
    if isinstance(layers, (Sequence, np.ndarray)) and not isinstance(layers, str):
        if all(isinstance(w, (int, np.integer)) and not isinstance(w, bool) for w in layers):
            return tuple(int(width) for width in layers)
    raise InputError(
        f"layers is {layers!r}; give 'auto', the hidden layers' widths such as (64, 32), or a list "
        "of layers, the output included"
    )


def _each(choice: Any, widths: Sequence[int], name: str) -> list[Any]:
    """One choice for each hidden layer."""
    pair = isinstance(choice, tuple) and len(choice) == 2 and all(map(callable, choice))
    if isinstance(choice, (list, tuple, np.ndarray)) and not pair:  # a pair is a user's activation
        if len(choice) != len(widths):
            raise InputError(
                f"{name} has {len(choice)} entries for {len(widths)} hidden layers; give one for "
                "each, or one for all"
            )
        return list(choice)
    return [choice] * len(widths)
