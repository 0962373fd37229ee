"""Arguments of a network and its fit, checked once at the boundary, each fault one sentence."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.contract import Layer
from glassnet.nn.optimizers import optimizer as find_optimizer
from glassnet.nn.schedules import Constant, schedule as find_schedule
from glassnet.nn.update import UpdateRule


def check_layers(layers: Any) -> tuple[Layer, ...]:
    """The layers as a tuple; raises ``InputError`` for what is none."""
    if not isinstance(layers, Sequence) or isinstance(layers, str):
        raise InputError(
            f"layers is a list such as [glassnet.Dense(32, 'relu'), glassnet.Dense(1)], "
            f"{layers!r} was given"
        )
    for place, layer in enumerate(layers):
        if isinstance(layer, type):
            raise InputError(
                f"layers[{place}] is the class {layer.__name__}, not a layer made by it: write "
                f"{layer.__name__}() with its arguments"
            )
        if not all(hasattr(layer, part) for part in ("build", "forward", "backward")):
            raise InputError(
                f"layers[{place}] is {layer!r}, not a layer: give objects such as "
                "glassnet.Dense(32, 'relu')"
            )
    return tuple(layers)


def check_dtype(dtype: object) -> np.dtype[Any]:
    """float32 or float64."""
    for name in ("float32", "float64"):
        if dtype is not None and dtype in (name, np.dtype(name), np.dtype(name).type):
            return np.dtype(name)
    raise InputError(f"dtype is 'float32' or 'float64', {dtype!r} was given")


def check_validation(validation: Any) -> None:
    """None, or a pair of samples and targets."""
    if validation is not None and not (
        isinstance(validation, (tuple, list)) and len(validation) == 2
    ):
        raise InputError(
            "validation is a pair of samples and targets, (X, Y), such as train_test_split makes"
        )


def check_callbacks(callbacks: Any) -> None:
    """A list of functions."""
    if not isinstance(callbacks, Sequence) or not all(map(callable, callbacks)):
        raise InputError(f"callbacks is a list of functions of one event, {callbacks!r} was given")


def check_engine(engine: str) -> None:
    """auto, numpy or native."""
    if engine not in ("auto", "numpy", "native"):
        raise InputError(f"engine is 'auto', 'numpy' or 'native', {engine!r} was given")


def check_shuffle(shuffle: object) -> str | bool:
    """rows, blocks or False."""
    for known in ("rows", "blocks", False):
        if type(shuffle) is type(known) and shuffle == known:
            return known
    raise InputError(
        f"shuffle is 'rows', 'blocks' or False, {shuffle!r} was given; 'rows' shuffles all "
        "samples, 'blocks' suits a file larger than memory"
    )


def check_seed(seed: object) -> int:
    """A whole number of 64 bits."""
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool) and 0 <= seed < 2**64:
        return int(seed)
    raise InputError(f"seed is a whole number from 0 to 2⁶⁴ − 1, {seed!r} was given")


def update_rule(
    optimizer: object, learning_rate: object, l1: float, l2: float, weight_decay: float | None,
    clip_norm: float | None, max_norm: float | None,
) -> UpdateRule:  # fmt: skip
    """The optimizer with its rate (None: its own), penalties and limits."""
    chosen = find_optimizer("sgd" if optimizer == "lbfgs" else optimizer)
    rate = Constant(chosen.learning_rate) if learning_rate is None else find_schedule(learning_rate)
    return UpdateRule(chosen, rate, l1, l2, weight_decay, clip_norm, max_norm)
