"""What the tests of the mathematics go through: one of each layer, activation and loss."""

from dataclasses import dataclass

import numpy as np

from glassnet.nn.activations import ACTIVATIONS, ELU, LeakyReLU, activation
from glassnet.nn.contract import Context, Layer
from glassnet.nn.layers import Activation, Dense, Dropout, Flatten, Scale
from glassnet.nn.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
)
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.parameters import Layout
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.user_loss import loss

FLOAT64 = np.dtype(np.float64)


def cubic(z):
    """A user's activation: smooth, without a bound."""
    return z + 0.1 * z**3


cubic.derivative = lambda z: 1 + 0.3 * z**2
cubic.range = (-np.inf, np.inf)


def fourth_power(outputs, y):
    """A user's loss."""
    return ((outputs - y) ** 4).sum(axis=1)


fourth_power.derivative = lambda outputs, y: 4 * (outputs - y) ** 3

ACTIVATION_CASES = {
    **{name: kind() for name, kind in ACTIVATIONS.items()},
    "leaky_relu(0.2)": LeakyReLU(0.2),
    "elu(0.5)": ELU(0.5),
    "user": activation(cubic),
}

LOSS_CASES = {
    f"{name}-{reduction}": kind(reduction=reduction, **options)
    for reduction in ("mean", "sum")
    for name, kind, options in (
        ("squared", MeanSquaredError, {}),
        ("absolute", MeanAbsoluteError, {}),
        ("huber", Huber, {"delta": 0.4}),
        ("binary", BinaryCrossEntropy, {}),
        ("binary_logits", BinaryCrossEntropy, {"from_logits": True}),
        ("poisson", Poisson, {}),
        ("cross", CrossEntropy, {}),
        ("cross_smooth", CrossEntropy, {"label_smoothing": 0.1}),
        ("cross_logits", CrossEntropy, {"from_logits": True}),
        ("cross_logits_smooth", CrossEntropy, {"from_logits": True, "label_smoothing": 0.2}),
    )
}
LOSS_CASES["user"] = loss(fourth_power)


@dataclass(frozen=True)
class LayerCase:
    """A layer, the samples' shape that it takes, and in which mode."""

    layer: Layer
    shape: tuple[int, ...] = (3,)
    training: bool = True
    probabilities: bool = False  # whether its inputs lie in (0, 1)


LAYER_CASES = {
    **{f"dense {name}": LayerCase(Dense(4, f)) for name, f in ACTIVATION_CASES.items()},
    **{f"activation {name}": LayerCase(Activation(f)) for name, f in ACTIVATION_CASES.items()},
    "activation on images": LayerCase(Activation("gelu"), (2, 3)),
    "softmax on images": LayerCase(Activation("softmax"), (2, 3)),
    "dropout": LayerCase(Dropout(0.4), (20,)),
    "dropout on images": LayerCase(Dropout(0.4), (4, 5)),
    "dropout predicting": LayerCase(Dropout(0.4), training=False),
    "no dropout": LayerCase(Dropout(0.0)),
    "batch norm": LayerCase(BatchNorm()),
    "batch norm predicting": LayerCase(BatchNorm(), training=False),
    "layer norm": LayerCase(LayerNorm()),
    "layer norm of two": LayerCase(LayerNorm(epsilon=0.1), (2,)),
    "flatten": LayerCase(Flatten(), (2, 3)),
    "flatten flat": LayerCase(Flatten()),
    "scale": LayerCase(Scale((1.0, -2.0, 0.5), (0.3, 4.0, -1.0))),
    "scale by one number": LayerCase(Scale(0.5, 2.0), (2, 3)),
    "soft step": LayerCase(SoftStep(), (1,), probabilities=True),
    "steep soft step": LayerCase(SoftStep(k=25, threshold=0.3), (1,), probabilities=True),
}


def samples(case: LayerCase, rng: np.random.Generator, rows: int = 5) -> np.ndarray:
    """Random inputs of the case's shape."""
    shape = (rows, *case.shape)
    return rng.uniform(0.05, 0.95, shape) if case.probabilities else rng.normal(size=shape)


def parameters(layer: Layer, shape: tuple[int, ...], rng: np.random.Generator):
    """The layouts of parameters and buffers, and random vectors that a training could reach."""
    built = layer.build(shape)
    layout = Layout.of(["layer"], [built.parameters])
    buffer_layout = Layout.of(["layer"], [built.buffers])
    vector = rng.normal(size=layout.size)
    for segment in layout.of_kind("threshold"):
        vector[segment.slice] = rng.uniform(0.2, 0.8)
    return layout, vector, buffer_layout, rng.uniform(0.5, 2.0, buffer_layout.size)


def context(buffers=None, training: bool = True, dtype=FLOAT64, step: int = 3) -> Context:
    """A pass of seed 11."""
    return Context(training, dtype, seed=11, step=step, layer=0, buffers=buffers or {})


def targets_for(loss_object, rng: np.random.Generator, rows: int, outputs: int) -> list:
    """Targets in each form that the loss takes, as a user would give them."""
    if isinstance(loss_object, CrossEntropy):
        labels = rng.integers(outputs, size=rows)
        soft = rng.dirichlet(np.ones(outputs), rows)
        return [labels, np.eye(outputs)[labels], soft]
    if isinstance(loss_object, BinaryCrossEntropy):
        return [rng.integers(2, size=(rows, outputs)), rng.uniform(0, 1, (rows, outputs))]
    if isinstance(loss_object, Poisson):
        return [rng.poisson(1.5, (rows, outputs))]
    return [rng.normal(size=(rows, outputs))]
