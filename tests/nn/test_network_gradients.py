"""Numeric proof of whole networks: each legal layer × output activation × loss, and random ones."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from glassnet.errors import InputError
from glassnet.insight.proof import prove
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
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.stack import Stack
from nn.cases import ACTIVATION_CASES, FLOAT64, LOSS_CASES, targets_for

ROWS = 4

# What stands before the output layer, for samples of which shape.
BEFORE = {
    "dense": ([Dense(3, "tanh")], (2,)),
    "activation": ([Dense(3), Activation("silu")], (2,)),
    "dropout": ([Dense(5, "softplus"), Dropout(0.4)], (2,)),
    "batch norm": ([Dense(3), BatchNorm(), Activation("tanh")], (2,)),
    "layer norm": ([Dense(3), LayerNorm()], (2,)),
    "flatten": ([Flatten()], (2, 2)),
    "scale": ([Scale((0.5, -1.0), (2.0, 0.3)), Dense(2, "gelu")], (2,)),
    "soft step": ([Dense(1, "sigmoid"), SoftStep(k=4)], (2,)),
}


def proofs_of(layers, loss, shape, rng, outputs):
    """The proofs of a network for each form of target that its loss takes."""
    stack = Stack(tuple(layers), loss, shape)
    state = stack.initial_state(int(rng.integers(1000)), FLOAT64)
    state.parameters += rng.normal(scale=0.3, size=state.parameters.shape)
    for segment in stack.layout.of_kind("threshold"):
        state.parameters[segment.slice] = rng.uniform(0.3, 0.7)
    if isinstance(loss, Poisson):  # ReLU's 0 expects no event: the loss of one is infinite
        state.parameters[stack.layout.segments[-1].slice] += 4
    state.step = int(rng.integers(100))
    x = rng.normal(size=(ROWS, *shape))
    for Y in targets_for(loss, rng, ROWS, outputs):
        y = loss.targets(Y, outputs, FLOAT64)
        weights = rng.uniform(0.3, 1.0, ROWS) / ROWS
        yield from prove(stack, state, x, y, weights, seed=7)


def hold(proofs) -> tuple[int, int]:
    """Assert each proof; how many coordinates were tested, and how many were kinks."""
    tested = kinks = 0
    for proof in proofs:
        assert proof.holds, proof
        tested, kinks = tested + proof.tested, kinks + len(proof.kinks)
    return tested, kinks


@pytest.mark.parametrize("loss_name", LOSS_CASES)
@pytest.mark.parametrize("before", BEFORE)
def test_every_layer_activation_and_loss(before, loss_name):
    loss = LOSS_CASES[loss_name]
    layers, shape = BEFORE[before]
    tested = kinks = legal = 0
    for number, (name, activation) in enumerate(ACTIVATION_CASES.items()):
        rng = np.random.default_rng([number, len(before), len(loss_name)])
        network = [*layers, Dense(2, activation)]
        try:
            Stack(tuple(network), loss, shape)
        except InputError:
            low, high = activation.range
            assert low < loss.outputs_in[0] or high > loss.outputs_in[1], name
            continue
        legal += 1
        more = hold(proofs_of(network, loss, shape, rng, 2))
        tested, kinks = tested + more[0], kinks + more[1]
    assert legal >= 2
    assert kinks < 0.01 * tested


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("last", ["soft step", "activation"])
def test_losses_that_meet_the_last_layer(last, reduction):
    """SoftStep and Activation as the last layer, where the shortcut starts at their logits."""
    rng = np.random.default_rng(9)
    if last == "soft step":
        layers = [Dense(3, "tanh"), Dense(1, "sigmoid"), SoftStep(k=10)]
        cases = [(layers, BinaryCrossEntropy(reduction=reduction), 1)]
    else:
        cases = [
            ([Dense(3, "tanh"), Dense(3), Activation(name)], kind(reduction=reduction), 3)
            for name, kind in (
                ("softmax", CrossEntropy), ("sigmoid", BinaryCrossEntropy),
                ("exponential", Poisson),
            )
        ]  # fmt: skip
    for layers, loss, outputs in cases:
        assert hold(proofs_of(layers, loss, (2,), rng, outputs))[1] == 0


SMOOTH = ["identity", "gelu", "silu", "softplus", "tanh", "sigmoid", "softmax"]
HIDDEN = [name for name in ACTIVATION_CASES if name != "exponential"]  # it grows out of bounds
OUTPUTS = [
    ("softmax", CrossEntropy()),
    ("softmax", CrossEntropy(label_smoothing=0.1, reduction="sum")),
    ("softplus", CrossEntropy(from_logits=True)),
    ("sigmoid", BinaryCrossEntropy()),
    ("tanh", BinaryCrossEntropy(from_logits=True, reduction="sum")),
    ("exponential", Poisson()),
    ("softplus", Poisson(reduction="sum")),
    ("identity", MeanSquaredError()),
    ("gelu", MeanSquaredError(reduction="sum")),
    ("identity", MeanAbsoluteError()),
    ("silu", Huber(delta=0.5)),
]


# Among four samples a feature hardly varies at times, and is then blown up by 1/√ε: by 300 with
# the usual ε, so that the numeric derivative is the one that is wrong.
EPSILON = 0.02


@st.composite
def networks(draw):
    """Layers, loss, the samples' shape and the outputs of a random network."""
    layers, shape = [], draw(st.sampled_from([(2,), (4,), (2, 2), (1, 2, 3)]))
    if draw(st.booleans()):
        layers.append(Scale(draw(st.floats(-1, 1)), draw(st.floats(0.2, 2))))
    if len(shape) > 1:
        layers.append(Flatten())
    for _ in range(draw(st.integers(0, 3))):
        layers.append(
            Dense(draw(st.integers(1, 5)), ACTIVATION_CASES[draw(st.sampled_from(HIDDEN))])
        )
        extra = draw(st.sampled_from(["none", "none", "batch", "layer", "dropout", "activation"]))
        if extra == "batch":
            layers.append(BatchNorm(epsilon=EPSILON))
        elif extra == "layer" and layers[-1].units > 2:
            layers.append(LayerNorm(epsilon=EPSILON))
        elif extra == "dropout":
            layers.append(Dropout(draw(st.floats(0, 0.6))))
        elif extra == "activation":
            layers.append(Activation(draw(st.sampled_from(SMOOTH))))
    name, loss = draw(st.sampled_from(OUTPUTS))
    outputs = draw(st.integers(2, 4))
    return [*layers, Dense(outputs, name)], loss, shape, outputs


def test_random_networks():
    seen = {"tested": 0, "kinks": 0}

    @settings(max_examples=120)
    @given(networks(), st.integers(0, 2**32))
    def prove_one(network, seed):
        layers, loss, shape, outputs = network
        tested, kinks = hold(proofs_of(layers, loss, shape, np.random.default_rng(seed), outputs))
        seen["tested"] += tested
        seen["kinks"] += kinks

    prove_one()
    assert seen["tested"] > 1000
    assert seen["kinks"] < 0.01 * seen["tested"]
