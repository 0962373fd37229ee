"""The stack: names, shapes, the flat vector, and parts that do not fit."""

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.nn.contract import Context
from glassnet.nn.layers import Activation, Dense, Dropout, Flatten, Scale
from glassnet.nn.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    MeanSquaredError,
    Poisson,
)
from glassnet.nn.normalization import BatchNorm
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.stack import Stack
from nn.cases import FLOAT64


def test_names_shapes_and_segments():
    layers = (
        Flatten(), Dense(5, "relu"), Dropout(), Dense(4, "tanh"), Dropout(), BatchNorm(), Dense(3),
    )  # fmt: skip
    stack = Stack(layers, MeanSquaredError(), (2, 3))
    assert stack.names == (
        "flatten", "hidden", "dropout", "hidden2", "dropout2", "batch_norm", "output",
    )  # fmt: skip
    assert stack.shapes == ((6,), (5,), (5,), (4,), (4,), (4,), (3,)) and stack.outputs == 3
    names = [segment.name for segment in stack.layout.segments]
    assert names == [
        "hidden.W", "hidden.b", "hidden2.W", "hidden2.b", "batch_norm.gain", "batch_norm.shift",
        "output.W", "output.b",
    ]  # fmt: skip
    assert stack.layout.size == 30 + 5 + 20 + 4 + 4 + 4 + 12 + 3
    assert stack.buffer_layout.size == 8
    offset = 0
    for segment in stack.layout.segments:
        assert segment.offset == offset
        offset += segment.size
    assert [s.name for s in stack.layout.of_kind("weight")] == ["hidden.W", "hidden2.W", "output.W"]


def test_views_are_the_vector():
    stack = Stack((Dense(2), Dense(1)), MeanSquaredError(), (3,))
    vector = np.arange(stack.layout.size, dtype=float)
    views = stack.layout.views(vector)
    np.testing.assert_array_equal(views[0]["W"], [[0, 1], [2, 3], [4, 5]])
    views[1]["b"][:] = -1
    assert vector[-1] == -1


def test_a_layer_may_be_used_twice():
    layer = Dense(3, "tanh")
    stack = Stack((layer, layer), MeanSquaredError(), (3,))
    assert stack.layout.size == 24 and stack.names == ("hidden", "output")


def test_prediction_equals_the_pass():
    rng = np.random.default_rng(0)
    stack = Stack((Dense(4, "relu"), BatchNorm(), Dropout(), Dense(2)), MeanSquaredError(), (3,))
    state = stack.initial_state(0, FLOAT64)
    p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
    x = rng.normal(size=(5, 3))
    record = stack.forward(p, buffers, x, Context(dtype=FLOAT64))
    np.testing.assert_array_equal(
        stack.predict(p, buffers, x, Context(dtype=FLOAT64)), record.outputs[-1]
    )
    for place in range(1, 4):
        assert record.inputs[place] is record.outputs[place - 1]


def test_gradients_before_the_first_parameters_are_not_worked_out():
    class Counting(Scale):
        def backward(self, p, dy, cache, inputs=True):
            raise AssertionError("nobody needs this gradient")

    stack = Stack((Counting(1.0, 2.0), Dense(2)), MeanSquaredError(), (3,))
    state = stack.initial_state(0, FLOAT64)
    views = stack.layout.views(state.parameters)
    shard = stack.gradient(
        views, [{}, {}], np.ones((1, 3)), np.zeros((1, 2)), np.ones(1), Context(True, FLOAT64)
    )
    assert shard.gradients[0] == {} and set(shard.gradients[1]) == {"W", "b"}


def test_a_network_without_parameters_has_a_loss():
    stack = Stack((Activation("tanh"),), MeanSquaredError(), (2,))
    x = np.zeros((3, 2))
    shard = stack.gradient([{}], [{}], x, x + 1, np.ones(3) / 3, Context(True, FLOAT64))
    assert shard.loss == 1 and shard.gradients == [{}]


def joint_gradient(x, y, vector, joint):
    layers = (Dense(1, "sigmoid"), SoftStep(k=10, threshold=0.4, joint=joint))
    stack = Stack(layers, BinaryCrossEntropy(), (2,))
    views = stack.layout.views(vector)
    weights = np.full(len(x), 1 / len(x))
    return stack.gradient(views, [{}, {}], x, y, weights, Context(True, FLOAT64))


def test_joint_threshold_follows_its_own_loss_beside_the_network():
    """The layers follow BCE(p, y) as if it were not there; ∂L/∂t = −k · mean(ŷ − y)."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(30, 2)), rng.integers(2, size=(30, 1)).astype(float)
    vector = np.array([0.7, -0.3, 0.1, 0.4])
    shard = joint_gradient(x, y, vector, joint=True)
    alone = Stack((Dense(1, "sigmoid"),), BinaryCrossEntropy(), (2,))
    plain = alone.gradient(
        alone.layout.views(vector[:3]), [{}], x, y, np.full(30, 1 / 30), Context(True, FLOAT64)
    )
    np.testing.assert_array_equal(shard.gradients[0]["W"], plain.gradients[0]["W"])
    np.testing.assert_array_equal(shard.gradients[0]["b"], plain.gradients[0]["b"])
    assert shard.loss == plain.loss
    p = 1 / (1 + np.exp(-(x @ vector[:2, None] + 0.1)))
    answer = 1 / (1 + np.exp(-10 * (p - 0.4)))
    assert shard.gradients[1]["t"] == pytest.approx(-10 * (answer - y).mean(), rel=1e-12)
    through = joint_gradient(x, y, vector, joint=False)
    assert through.gradients[1]["t"] == pytest.approx(shard.gradients[1]["t"], rel=1e-12)
    assert (through.gradients[0]["W"] != shard.gradients[0]["W"]).all()


SIGMOID_1 = (Dense(1, "sigmoid"),)


@pytest.mark.parametrize(
    "layers, loss, shape, sentence",
    [
        ((), MeanSquaredError(), (2,), "at least one layer, none was given"),
        ((Dense(2),), CrossEntropy(), (2,), r"\(identity\) gives -inf to inf: .* 'softmax'"),
        ((Dense(2, "relu"),), BinaryCrossEntropy(), (2,), "from 0 to 1, .* activation 'sigmoid'"),
        (
            (Dense(2, "gelu"),),
            Poisson(),
            (2,),
            r"\(gelu\) gives -0.169971 to inf: .* 'expon",
        ),
        ((Dense(2, "softmax"), Dropout()), CrossEntropy(), (2,), r"\(no activation\) gives -inf"),
        ((SoftStep(joint=True), *SIGMOID_1), BinaryCrossEntropy(), (1,), "must be the last layer"),
        (
            (*SIGMOID_1, SoftStep(joint=True)),
            MeanSquaredError(),
            (2,),
            "under binary_cross_entropy",
        ),
        ((Dense(1), SoftStep(joint=True)), BinaryCrossEntropy(), (2,), "behind a sigmoid"),
        ((SoftStep(joint=True),), BinaryCrossEntropy(), (1,), "must be the last layer, behind"),
    ],
)
def test_parts_that_do_not_fit(layers, loss, shape, sentence):
    with pytest.raises(InputError, match=sentence):
        Stack(tuple(layers), loss, shape)


def test_shapes_that_do_not_fit_name_the_layer():
    with pytest.raises(InputError, match=r"layer 'hidden2': a dense layer takes samples of one"):
        stack = Stack((Dense(4), Unflatten(), Dense(2), Dense(1)), MeanSquaredError(), (2,))
        stack.layout  # noqa: B018
    with pytest.raises(InputError, match=r"layer 'scale': Scale has 2 numbers"):
        Stack((Scale((1, 2)), Dense(1)), MeanSquaredError(), (3,)).outputs  # noqa: B018
    with pytest.raises(InputError, match=r"output has the shape \(n, 2, 3\); end it with Flatten"):
        Stack((Activation("tanh"),), MeanSquaredError(), (2, 3)).outputs  # noqa: B018


class Unflatten(Flatten):
    """A user's layer: two numbers a row."""

    def build(self, shape):
        built = super().build(shape)
        return built._replace(shape=(built.shape[0] // 2, 2))


def test_a_user_s_own_sigmoid_may_meet_binary_cross_entropy():
    """Its range is not known, so it's not refused; a stated one is judged."""

    def mine(z):
        return 1 / (1 + np.exp(-z))

    mine.derivative = lambda z, y: y * (1 - y)
    Stack((Dense(1, mine),), BinaryCrossEntropy(), (2,))
    mine.range = (-1.0, 1.0)
    with pytest.raises(InputError, match=r"\(mine\) gives -1 to 1"):
        Stack((Dense(1, mine),), BinaryCrossEntropy(), (2,))
