"""Network: what it shows, copies, builds and refuses."""

import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.network import Network
from glassnet.nn.activations import LeakyReLU
from glassnet.nn.contract import Built
from glassnet.nn.layers import Activation, Dense, Dropout, Flatten, Scale
from glassnet.nn.normalization import BatchNorm
from glassnet.nn.soft_step import SoftStep
from training.problems import classes, classifier, noisy, numbers

QUIET = {"verbose": False}


def test_trace_is_the_forward_pass_layer_by_layer():
    X, y = classes(12)
    net = noisy("float64")
    net.fit(X, y, epochs=2, **QUIET)
    traces = net.trace(X)
    assert [trace.name for trace in traces] == list(net.stack.names)
    assert [trace.layer for trace in traces] == list(net.layers)
    np.testing.assert_array_equal(traces[0].input, X)
    for before, after in zip(traces, traces[1:], strict=False):
        assert after.input is before.output
    np.testing.assert_array_equal(traces[-1].output, net.forward(X))
    views = net.parameter_views()
    np.testing.assert_allclose(traces[0].cache.z, X @ views["hidden.W"] + views["hidden.b"])
    assert traces[1].output is traces[1].input  # dropout, predicting


def test_forward_is_prediction_and_changes_nothing():
    X, y = classes(40)
    net = noisy()
    net.fit(X, y, epochs=2, **QUIET)
    before = net.state.copy()
    first = net.forward(X)
    np.testing.assert_array_equal(first, net.forward(X))
    np.testing.assert_allclose(net.forward(X[3:5]), first[3:5], rtol=1e-5)
    np.testing.assert_equal(vars(net.state), vars(before))
    np.testing.assert_allclose(first.sum(axis=1), 1, rtol=1e-6)


def test_evaluate_does_not_touch_the_state():
    X, y = classes(40)
    net = noisy()
    net.fit(X, y, epochs=1, **QUIET)
    before = net.state.copy()
    assert net.evaluate(X, y) == net.evaluate(X, y)
    np.testing.assert_equal(vars(net.state), vars(before))


def test_summary(capsys):
    layers = [Flatten(), Dense(32, "relu"), Dropout(0.1), Dense(10, "softmax")]
    net = Network(layers, "cross_entropy")
    assert "not built" in net.summary()
    net.build((8, 8))
    text = net.summary()
    assert capsys.readouterr().out.endswith(text + "\n")
    assert "2,080  (W 64×32, b 32)" in text and "(n, 10)" in text
    assert "loss cross_entropy, float32, seed 0: 2,410 parameters" in text
    assert net.stack.layout.size == 2410
    assert "100 numbers" in Network([Scale((0.0,) * 100), Dense(1)], "huber").summary()


def test_astype_copies_all_that_a_training_needs():
    X, y = classes(40)
    net = noisy("float32")
    net.fit(X, y, epochs=2, **QUIET)
    wide = net.astype("float64")
    assert wide.parameters.dtype == wide.forward(X).dtype == np.float64
    np.testing.assert_array_equal(wide.parameters.astype("f4"), net.parameters)
    np.testing.assert_array_equal(wide.state.buffers.astype("f4"), net.state.buffers)
    np.testing.assert_allclose(wide.forward(X), net.forward(X), rtol=1e-4, atol=1e-6)
    assert wide.parameters is not net.parameters
    same = net.astype("float32")
    for each in (net, same):
        each.fit(X, y, epochs=2, **QUIET)
    np.testing.assert_array_equal(same.parameters, net.parameters)
    wide.fit(X, y, epochs=2, **QUIET)
    np.testing.assert_allclose(wide.parameters, net.parameters, rtol=1e-4, atol=1e-5)
    assert classifier().astype("float64")._stack is None


def test_parameters_and_their_views_are_one_memory():
    net = classifier().build(2)
    net.parameter_views()["output.b"][:] = 5
    assert (net.parameters[-3:] == 5).all()
    net.parameters[:] = 0
    assert (net.forward(np.ones((1, 2))) == np.float32(1 / 3)).all()


def test_copies_and_pickles_go_on_alike():
    X, y = classes(40)
    net = noisy()
    net.fit(X, y, epochs=2, **QUIET)
    others = [copy.deepcopy(net), pickle.loads(pickle.dumps(net))]
    for each in (net, *others):
        each.fit(X, y, epochs=2, **QUIET)
    for other in others:
        np.testing.assert_array_equal(other.parameters, net.parameters)
        assert other.parameters is not net.parameters


def test_built_by_inputs_by_build_or_by_the_first_data():
    X, y = classes(12)
    one = Network([Dense(3, "softmax")], "cross_entropy", inputs=2)
    two = Network([Dense(3, "softmax")], "cross_entropy").build((2,))
    three = Network([Dense(3, "softmax")], "cross_entropy")
    np.testing.assert_array_equal(three.forward(X), one.forward(X))
    for each in (one, two):
        np.testing.assert_array_equal(each.parameters, three.parameters)


def test_a_joint_threshold_moves_to_where_the_classes_part():
    """p is calibrated to rare events; the threshold learns to sit where ŷ is right on average."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 1))
    y = (X[:, 0] > 0.8).astype(float)
    net = Network([Dense(1, "sigmoid"), SoftStep(k=10, joint=True)], "binary_cross_entropy", seed=1)
    net.fit(X, y, epochs=60, learning_rate=0.05, **QUIET)
    plain = Network([Dense(1, "sigmoid")], "binary_cross_entropy", seed=1)
    plain.fit(X, y, epochs=60, learning_rate=0.05, **QUIET)
    np.testing.assert_allclose(net.parameters[:2], plain.parameters, rtol=1e-5)
    t = net.parameter_views()["soft_step.t"][0]
    p = net.trace(X)[0].output[:, 0]
    assert 0 < t < 1 and ((p > t) == y).mean() > 0.97
    # At its own minimum the residuals are 0 on average: ∂L/∂t = −k · mean(ŷ − y).
    assert abs((net.forward(X)[:, 0] - y).mean()) < 0.02


class Doubled:
    """A user's layer, nothing inherited: y = 2 x."""

    def build(self, shape):
        return Built(shape)

    def forward(self, p, x, ctx):
        return 2 * x, None

    def backward(self, p, dy, cache, inputs=True):
        return 2 * dy, {}


def test_a_user_s_layer_trains_as_ours():
    X, Y = numbers()
    one = Network([Dense(4, "tanh"), Doubled(), Dense(1)], "mean_squared_error")
    two = Network([Dense(4, "tanh"), Scale(0.0, 2.0), Dense(1)], "mean_squared_error")
    for net in (one, two):
        net.fit(X, Y, epochs=3, **QUIET)
    np.testing.assert_array_equal(one.parameters, two.parameters)
    assert one.stack.names == ("hidden", "doubled", "output")


def test_user_parts_all_together():
    """Activation, loss, optimizer, schedule and initializer of the user's own in one network."""

    def bent(z):
        return np.where(z > 0, z, 0.1 * z)

    bent.derivative = lambda z: np.where(z > 0, 1.0, 0.1)

    class Fixed:
        name = "fixed"

        def sample(self, shape, seed, position):
            return np.linspace(-0.5, 0.5, int(np.prod(shape))).reshape(shape)

    class Plain:
        name, slots, learning_rate = "plain", (), 0.1

        def change(self, g, slots, rate, t):
            return -rate * g

    def squared(outputs, y):
        return ((outputs - y) ** 2).mean(axis=1)

    squared.derivative = lambda outputs, y: 2 * (outputs - y) / outputs.shape[1]
    X, Y = numbers()
    mine = Network([Dense(5, bent, weight_init=Fixed()), Dense(1, weight_init=Fixed())], squared)
    mine.fit(X, Y, optimizer=Plain(), epochs=4, **QUIET)
    ours = Network(
        [Dense(5, LeakyReLU(0.1), weight_init=Fixed()), Dense(1, weight_init=Fixed())],
        "mean_squared_error",
    )
    ours.fit(X, Y, optimizer="sgd", learning_rate=0.1, epochs=4, **QUIET)
    np.testing.assert_allclose(mine.parameters, ours.parameters, rtol=1e-5)
    assert mine.history.loss == pytest.approx(ours.history.loss, rel=1e-6)


def test_max_norm_clipping_and_decay_in_a_run():
    X, y = classes(40)
    settings = dict(epochs=1, batch_size=1.0, optimizer="sgd", learning_rate=0.5, verbose=False)
    net = classifier("float64").build(2)
    start = net.parameters.copy()
    plain = net.fit(X, y, **settings)
    gradient = (start - net.parameters) / 0.5
    assert plain.gradient_norm[0] == pytest.approx(np.linalg.norm(gradient))

    clipped = classifier("float64")
    history = clipped.fit(X, y, clip_norm=0.1, **settings)
    expected = start - 0.5 * gradient * 0.1 / np.linalg.norm(gradient)
    np.testing.assert_allclose(clipped.parameters, expected, rtol=1e-10)
    assert history.gradient_norm == plain.gradient_norm  # before clipping

    decayed = classifier("float64")
    decayed.fit(X, y, weight_decay=0.2, **settings)
    weights = np.r_[np.ones(16), np.zeros(8), np.ones(24), np.zeros(3)]
    expected = start - 0.5 * gradient - 0.5 * 0.2 * weights * start
    np.testing.assert_allclose(decayed.parameters, expected, rtol=1e-10)

    short = classifier("float64")
    short.fit(X, y, max_norm=0.7, **settings)
    lengths = np.linalg.norm(net.parameter_views()["hidden.W"], axis=0)
    factors = np.minimum(1, 0.7 / lengths)
    np.testing.assert_allclose(
        short.parameter_views()["hidden.W"], net.parameter_views()["hidden.W"] * factors, rtol=1e-12
    )
    assert (factors < 1).any() and (factors == 1).any()


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Network([], "huber", inputs=2), "a network has at least one layer, none was"),
        (lambda: Network(Dense(3), "huber"), r"layers is a list such as .*, Dense\("),
        (lambda: Network([Flatten, Dense(1)], "huber"), r"layers\[0\] is the class Flatten, not a"),
        (lambda: Network([Dense(1), "relu"], "huber"), r"layers\[1\] is 'relu', not a layer: give"),
        (lambda: Network([Dense(1)], "mse"), "there is no loss 'mse'"),
        (lambda: Network([Dense(1)], "huber", dtype="float16"), "dtype is 'float32' or 'float64'"),
        (lambda: Network([Dense(1)], "huber", dtype=None), "dtype is 'float32' or 'float64', None"),
        (lambda: Network([Dense(1)], "huber", seed=-1), "seed is a whole number from 0 to"),
        (lambda: Network([Dense(1)], "huber", seed=0.5), "seed is a whole number from 0 to"),
        (lambda: Network([Dense(2)], "cross_entropy", inputs=2), "give it the activation 'soft"),
        (lambda: Network([Dense(2)], "huber", inputs=(2, 2)), r"layer 'output': .* put Flatten"),
        (lambda: Network([Activation()], "huber", inputs=(2, 2)), r"end it with Flatten\(\)"),
        (lambda: classifier().parameters, "the network has no parameters yet: fit it, or call"),
        (lambda: classifier().evaluate([[1, 2]], [0]), "doesn't know its inputs yet: fit it, or"),
    ],
)  # fmt: skip
def test_what_a_network_refuses(make, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_the_largest_seed():
    X, y = classes(12)
    net = Network([Dense(4), Dropout(), BatchNorm(), Dense(3, "softmax")], "cross_entropy",
                  seed=2**64 - 1)  # fmt: skip
    net.fit(X, y, epochs=2, batch_size=4, **QUIET)
    assert np.isfinite(net.parameters).all()


THREADS = """
import hashlib
import numpy as np
from glassnet.network import Network
from glassnet.nn.layers import Dense
import threadpoolctl
assert {i["num_threads"] for i in threadpoolctl.threadpool_info()} == {__THREADS__}
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(3000, 150)), rng.normal(size=(3000, 20))
net = Network([Dense(200, "tanh"), Dense(20)], "mean_squared_error")
history = net.fit(X, Y, validation=(X[:500], Y[:500]), epochs=1, batch_size=1500, verbose=False)
assert {i["num_threads"] for i in threadpoolctl.threadpool_info()} == {__THREADS__}
print(hashlib.sha256(net.parameters.tobytes()).hexdigest(), history.loss, history.validation_loss)
"""


def test_any_number_of_blas_threads_gives_the_same_bits():
    found = set()
    for threads in ("1", "2"):
        environment = {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", THREADS.replace("__THREADS__", threads)],
            capture_output=True, text=True, timeout=120, env={**os.environ, **environment},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1
