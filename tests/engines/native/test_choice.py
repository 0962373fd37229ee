"""Which engine runs, and what it says of it; the kernel among processes, threads and signals."""

import copy
import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from scipy import sparse
from sklearn import datasets

import glassnet as gn
from engines.native.draws import Case
from glassnet.engines import native
from glassnet.engines.native.steps import Native
from glassnet.engines.numpy_engine import Plan
from glassnet.engines.samples import Samples
from glassnet.errors import NonFiniteLossError
from glassnet.network import Network
from glassnet.nn.layers import Activation, Dense, Dropout, Scale
from glassnet.nn.losses import MeanSquaredError
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.optimizers import Adam
from glassnet.nn.schedules import Constant
from glassnet.nn.stack import Stack
from glassnet.nn.update import UpdateRule
from nn.cases import cubic, fourth_power

HAS_KERNEL = native.why_not() is None
needs_kernel = pytest.mark.skipif(not HAS_KERNEL, reason=str(native.why_not()))

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 6))
Y = RNG.integers(3, size=60)
T = RNG.normal(size=(60, 2))


class MyAdam(Adam):
    """A rule of the user's own, by inheritance."""


class Doubling(Activation):
    """A layer of the user's own, by inheritance."""


class Descent:
    """A rule of the user's own."""

    name, slots, learning_rate, weight_decay = "mine", (), 0.05, 0.0

    def change(self, g, slots, rate, t):
        return -rate * g


def head(*layers):
    return [Dense(8, "relu"), *layers, Dense(3, "softmax")]


def fitted(engine, layers=None, loss="cross_entropy", x=X, y=Y, **settings):
    network = Network(layers or head(), loss, seed=3)
    network.fit(x, y, epochs=3, engine=engine, verbose=False, **settings)
    return network


# What the NumPy engine runs, and the words of the report.
OURS = {
    "batch norm": ({"layers": head(BatchNorm())}, ("batch_norm", "BatchNorm")),
    "layer norm": ({"layers": head(LayerNorm())}, ("layer_norm", "LayerNorm")),
    "activation": ({"layers": head(Dense(4, cubic))}, ("hidden2", "cubic", "user's own")),
    "activation layer": ({"layers": head(Activation(cubic))}, ("activation", "user's own")),
    "layer": ({"layers": head(Doubling("tanh"))}, ("doubling", "Doubling")),
    "late scale": ({"layers": head(Scale(0.1, 2.0))}, ("scale", "first layer")),
    "loss": (
        {"layers": [Dense(2)], "loss": fourth_power, "y": T},
        ("loss", "fourth_power", "user's own"),
    ),
    "optimizer": ({"optimizer": Descent()}, ("optimizer", "mine", "user's own")),
    "optimizer's kin": ({"optimizer": MyAdam()}, ("optimizer", "adam", "user's own")),
    "no epsilon": ({"optimizer": Adam(epsilon=0.0)}, ("optimizer", "adam", "epsilon")),
    "sparse": ({"x": sparse.csr_array(X)}, ("X is sparse",)),
    "probabilities": (
        {"layers": [Dense(3, "sigmoid")], "loss": "cross_entropy"},
        ("loss", "cross_entropy", "softmax"),
    ),
    "no dense layer": (
        {"layers": [Activation("tanh"), Dropout(0.1)], "loss": "mean_squared_error", "y": X},
        ("no dense layer",),
    ),
}


@needs_kernel
@pytest.mark.parametrize("name", OURS)
def test_what_the_kernel_does_not_take_runs_on_numpy_and_is_named(name):
    options, words = OURS[name]
    auto, ours = fitted("auto", **options), fitted("numpy", **options)
    report = auto.engine_report()
    assert report.startswith("numpy: ") and "\n" not in report
    assert all(word in report for word in words), report
    np.testing.assert_array_equal(auto.parameters, ours.parameters)
    assert auto.history.loss == ours.history.loss
    assert "engine='numpy' was asked for" in ours.engine_report()


@needs_kernel
@pytest.mark.parametrize("engine", ["auto", "native"])
@pytest.mark.parametrize("settings", [{}, {"batch_size": 1.0}, {"l2": 0.1, "max_norm": 1.0}])
def test_what_the_kernel_takes(engine, settings):
    layers = [Scale(0.1, 2.0), *head(Dropout(0.2))]
    one, two = fitted(engine, layers, **settings), fitted("numpy", layers, **settings)
    assert one.engine_report() == "native"
    np.testing.assert_allclose(one.parameters, two.parameters, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(one.history.loss, two.history.loss, rtol=1e-4)
    np.testing.assert_allclose(one.forward(X), two.forward(X), rtol=1e-3, atol=1e-5)
    assert one.history.accuracy == two.history.accuracy


@needs_kernel
def test_before_any_fit_the_report_says_what_would_run():
    assert Network(head(), "cross_entropy", inputs=6).engine_report() == "native"
    report = Network(head(BatchNorm()), "cross_entropy", inputs=6).engine_report()
    assert report.startswith("numpy: ") and "batch_norm" in report


@needs_kernel
def test_validation_thresholds_and_best_states_are_the_same_on_both_engines():
    settings = {"validation": (X[:20], Y[:20]), "keep_best": True, "batch_size": 7}
    one, two = fitted("auto", **settings), fitted("numpy", **settings)
    np.testing.assert_allclose(one.history.validation_loss, two.history.validation_loss, rtol=1e-4)
    np.testing.assert_allclose(one.parameters, two.parameters, rtol=1e-3, atol=1e-5)


def moons(n=200):
    return datasets.make_moons(n, noise=0.2, random_state=0)


TABLES = {
    "iris": lambda: (gn.Classifier(), *datasets.load_iris(return_X_y=True)),
    "digits": lambda: (gn.Classifier(epochs=2), *datasets.load_digits(return_X_y=True)),
    "breast cancer": lambda: (gn.Classifier(), *datasets.load_breast_cancer(return_X_y=True)),
    "moons": lambda: (gn.Classifier(), *moons()),
    "few rows": lambda: (gn.Classifier(), *moons(60)),
    "many rows": lambda: (gn.Classifier(epochs=3), *moons(1500)),
    "a threshold learned": lambda: (gn.Classifier(threshold="learned"), *moons()),
    "learned after": lambda: (gn.Classifier(threshold="learned_after"), *moons()),
    "several labels": lambda: (
        gn.Classifier(),
        *datasets.make_multilabel_classification(150, 8, n_classes=4, random_state=0),
    ),
    "diabetes": lambda: (gn.Regressor(), *datasets.load_diabetes(return_X_y=True)),
    "few numbers": lambda: (gn.Regressor(), X, T[:, 0]),
    "several numbers": lambda: (gn.Regressor(), X, T),
    "many numbers": lambda: (
        gn.Regressor(epochs=2), *datasets.make_regression(1500, 5, random_state=0)
    ),
}  # fmt: skip


@needs_kernel
@pytest.mark.parametrize("name", TABLES)
def test_every_default_of_the_estimators_runs_natively(name):
    estimator, x, y = TABLES[name]()
    estimator.set_params(random_state=0).fit(x, y)
    assert estimator.network_.engine_report() == "native"
    assert np.isfinite(estimator.score(x, y))


def test_an_instruction_set_that_is_none(monkeypatch):
    monkeypatch.setenv("GLASSNET_ISA", "abacus")
    sentence = native.why_not()
    assert sentence and "\n" not in sentence
    if HAS_KERNEL:
        assert "GLASSNET_ISA is 'abacus'" in sentence and native.supported()[0] in sentence
    network = fitted("auto")
    assert network.engine_report() == f"numpy: {sentence}"
    np.testing.assert_array_equal(network.parameters, fitted("numpy").parameters)
    assert np.isfinite(network.forward(X)).all()


def python(program, **environment):
    """The words that a program prints in a process of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in ("GLASSNET_THREADS", "OMP_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=kept | environment,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("text, most", [
    ("1", 1), ("2", 2), ("3,1", 3), (" 2 ", 2), ("0", 64), ("-1", 64), ("all", 64), ("", 64),
])  # fmt: skip
@pytest.mark.parametrize("name", ["GLASSNET_THREADS", "OMP_NUM_THREADS"])
def test_threads_follow_the_environment(name, text, most, monkeypatch):
    for variable in ("GLASSNET_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(native, "_processors", lambda: 64)
    monkeypatch.setattr(native, "_quota", lambda: 1 << 16)
    monkeypatch.setenv(name, text)
    assert native.threads() == most
    other = {"GLASSNET_THREADS": "OMP_NUM_THREADS", "OMP_NUM_THREADS": "GLASSNET_THREADS"}[name]
    monkeypatch.setenv(other, "1")
    assert native.threads() == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no processor affinity here")
def test_threads_follow_the_affinity():
    program = """
import os
from glassnet.engines import native
before = native.threads()
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
print(before >= 1, native.threads())
"""
    assert python(program) == ["True", "1"]


START = """
import os, signal, sys, threading
import numpy as np
from glassnet.network import Network
from glassnet.nn.layers import Dense

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(2048, 100)), rng.integers(10, size=2048)

def train(epochs, seed=0):
    net = Network([Dense(100, "relu"), Dense(10, "softmax")], "cross_entropy", seed=seed)
    net.fit(X, Y, batch_size=512, epochs=epochs, verbose=False)
    return net
"""


@needs_kernel
def test_ctrl_c_ends_a_long_fit():
    """One pass after the other within the kernel, with nobody looking."""
    program = (
        START
        + """
signal.signal(signal.SIGINT, signal.default_int_handler)
net = Network([Dense(8, "relu"), Dense(2, "softmax")], "cross_entropy")
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
history = net.fit(X[:, :3], Y % 2, batch_size=1.0, epochs=100_000_000, verbose=False)
print(history.stopped, net.engine_report(), np.isfinite(net.parameters).all(), history.epochs > 0,
      net.state.epoch == history.epochs)
"""
    )
    assert python(program) == ["interrupted", "native", "True", "True", "True"]


@needs_kernel
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_trains_on():
    program = (
        START.replace("import os", "import os, warnings", 1)
        + """
warnings.simplefilter("ignore")
before = train(2).parameters
read, write = os.pipe()
child = os.fork()
if child == 0:
    os.write(write, b"1" if np.array_equal(train(2).parameters, before) else b"0")
    os._exit(0)
os.close(write)
after = train(2).parameters
print(os.read(read, 1).decode(), os.waitpid(child, 0)[1], np.array_equal(after, before))
"""
    )
    assert python(program, GLASSNET_THREADS="2") == ["1", "0", "True"]


@needs_kernel
def test_two_threads_train_two_networks_at_once():
    program = (
        START
        + """
alone = [train(3, seed).parameters for seed in (1, 2)]
for _ in range(3):
    found = {}
    def work(seed):
        found[seed] = train(3, seed).parameters
    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2)]
    [t.start() for t in threads], [t.join() for t in threads]
    print(all(np.array_equal(found[s], a) for s, a in zip((1, 2), alone)))
"""
    )
    assert python(program, GLASSNET_THREADS="2") == ["True"] * 3


@needs_kernel
def test_one_network_read_by_several_threads():
    """Its kernel's memory serves one call at a time."""
    network = fitted("auto")
    expected, wrong = network.forward(X), []

    def read():
        for _ in range(50):
            if not np.array_equal(network.forward(X), expected):
                wrong.append(1)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert not wrong


@needs_kernel
@pytest.mark.parametrize("way", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_of_a_trained_network_go_on_alike(way):
    network = fitted("auto")
    network.forward(X)
    other = way(network)
    np.testing.assert_array_equal(other.forward(X), network.forward(X))
    for net in (network, other):
        net.fit(X, Y, epochs=2, verbose=False)
    np.testing.assert_array_equal(other.parameters, network.parameters)
    assert other.engine_report() == "native"


def broken(engine, layers, x, y, loss, **settings):
    network = Network(layers, loss, dtype="float32")
    network.build(x.shape[1:])
    network.fit(np.zeros_like(x), y, epochs=1, engine=engine, verbose=False, **settings)
    before = network.state.copy()
    with pytest.raises(NonFiniteLossError) as caught:
        network.fit(x, y, epochs=2, engine=engine, verbose=False, **settings)
    return network, before, caught.value


WILD = {
    "outputs": ([Dense(2, "exponential"), Dense(1)], 1e3, "mean_squared_error"),
    "loss": ([Scale(0.0, 1e3), Dense(1, "exponential")], 1e3, "poisson"),
    "sums": ([Dense(3), Dense(2), Dense(1)], 1e30, "mean_squared_error"),
    "infinite differences": ([Dense(3), Dense(3, "relu"), Dense(1)], 1e38, "mean_squared_error"),
}


@needs_kernel
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("batch", [4, 1.0])
@pytest.mark.parametrize("name", WILD)
def test_a_step_that_is_not_finite_changes_nothing_and_is_named(name, batch, optimizer):
    layers, size, loss = WILD[name]
    x = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32) * np.float32(size)
    y = np.ones((12, 1), dtype=np.float32)
    settings = {"optimizer": optimizer, "batch_size": batch, "learning_rate": 1e-6}
    errors = []
    for engine in ("native", "numpy"):
        network, before, error = broken(engine, layers, x, y, loss, **settings)
        state = network.state
        errors.append((error.step, error.layer))
        assert error.step == state.step and f"at step {error.step}" in str(error)
        assert np.isfinite(state.parameters).all()
        assert network.history.stopped == "non-finite"
        if state.step == before.step:
            assert state.parameters.tobytes() == before.parameters.tobytes()
            assert state.updates == before.updates
            for slot, values in state.slots.items():
                assert values.tobytes() == before.slots[slot].tobytes()
    assert errors[0] == errors[1]


@needs_kernel
@pytest.mark.parametrize("batch", [4, 1.0])
def test_a_finite_loss_beyond_float32_is_trained_on(batch):
    """Losses are worked out in float64 on both engines: 1e50 is no reason to stop."""
    x, y = np.ones((12, 3), np.float32), np.full((12, 1), 1e25, np.float32)
    settings = {"loss": "mean_squared_error", "x": x, "y": y, "batch_size": batch}
    one, two = (fitted(engine, [Dense(1)], **settings) for engine in ("native", "numpy"))
    assert one.history.loss[-1] > 1e49
    np.testing.assert_allclose(one.history.loss, two.history.loss, rtol=1e-5)
    np.testing.assert_allclose(one.parameters, two.parameters, rtol=1e-4)


@needs_kernel
def test_the_steps_before_a_bad_one_are_those_of_a_run_that_ends_there():
    """The bad rows come last: parameters, slots and counters are those after the good steps."""
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    x[32:] = 3e38  # beyond float32 in the first sum already
    y = np.zeros((40, 1), np.float32)
    stack = Stack((Dense(5), Dense(1)), MeanSquaredError(), (3,))
    rule = UpdateRule(Adam(), Constant(0.01))
    state = stack.initial_state(0, np.dtype(np.float32))
    state.restart_optimizer(rule.optimizer.slots)
    case = Case(stack, rule, state, Samples(x, y), Plan(0, 8, 1.0, 0.0))
    bad, report, figures = case.native(steps=20)
    good, *_ = case.native(steps=4)
    assert report.nonfinite.step == 4 and len(report.losses) == 5
    assert not np.isfinite(figures.losses[-1]) and np.isfinite(figures.losses[:-1]).all()
    assert (bad.updates, bad.step, bad.epoch, bad.batch) == (4, 4, 0, 4)
    np.testing.assert_array_equal(bad.parameters, good.parameters)
    np.testing.assert_equal(bad.slots, good.slots)


def test_a_kernel_holds_nothing_of_the_state():
    """A network's kernel is left out of its pickle, and its memory is not the network's."""
    network = fitted("auto")
    network.forward(X)
    assert network.__getstate__()["_native"] is None
    if HAS_KERNEL:
        assert isinstance(network._native[2], Native)
