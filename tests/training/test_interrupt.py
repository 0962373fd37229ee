"""Ctrl-C, in a process of its own: once it returns the best state, twice it raises."""

import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from glassnet.training.interrupt import Interruption
from training.problems import classes, classifier

PROGRAM = """
import os, signal, sys
import numpy as np
from glassnet.network import Network
from glassnet.nn.layers import Dense
from glassnet.training.events import EpochEnded, StepsDone

# A suite that runs in the background may have been started with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
rng = np.random.default_rng(0)
X, y, V, v = rng.normal(size=(30, 2)), rng.integers(2, size=30), rng.normal(size=(30, 2)), None
v = rng.integers(2, size=30)
net = Network([Dense(8, "tanh"), Dense(2, "softmax")], "cross_entropy", dtype="float64")
times, mode = int(sys.argv[1]), sys.argv[2]

def listener(event):
    if isinstance(event, EpochEnded) and event.epoch == 40 or mode == "step" and (
        isinstance(event, StepsDone) and event.report.first_step > 100
    ):
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)

settings = {"validation": (V, v)} if mode == "validated" else {}
try:
    history = net.fit(X, y, epochs=100_000, learning_rate=0.05, batch_size=5, verbose=False,
                      callbacks=[listener], **settings)
except KeyboardInterrupt:
    print("KeyboardInterrupt", np.isfinite(net.parameters).all())
    sys.exit(0)
print(history.stopped, history.epochs, net.state.epoch, history.best_epoch)
if mode == "validated":
    best = min(history.validation_loss)
    print(net.evaluate(V, v)["loss"] == best, history.validation_loss[-1] > best)
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


def run(times, mode):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(times), mode],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_once_fit_returns_with_the_best_state():
    stopped, epochs, epoch, best, is_best, was_worse, restored = run(1, "validated")
    assert stopped == "interrupted" and epochs == "40" and epoch == best
    assert (is_best, was_worse, restored) == ("True", "True", "True")


def test_once_without_validation_fit_returns_with_the_latest_state():
    assert run(1, "plain") == ["interrupted", "40", "40", "None", "True"]


def test_in_the_middle_of_an_epoch():
    stopped, epochs, epoch, _, restored = run(1, "step")
    assert (stopped, restored) == ("interrupted", "True") and epochs == epoch


def test_twice_raises():
    assert run(2, "plain") == ["KeyboardInterrupt", "True"]


def test_in_a_thread_nothing_breaks():
    X, y = classes()
    expected = classifier()
    expected.fit(X, y, epochs=3, verbose=False)
    net, faults = classifier(), []

    def work():
        try:
            net.fit(X, y, epochs=3, verbose=False)
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not faults
    np.testing.assert_array_equal(net.parameters, expected.parameters)


def test_the_old_handler_comes_back_also_after_a_fault():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(RuntimeError), Interruption():
        assert signal.getsignal(signal.SIGINT) is not before
        raise RuntimeError
    assert signal.getsignal(signal.SIGINT) is before
