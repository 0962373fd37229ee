"""A training made piece by piece is the training that fit makes, to the bit."""

import inspect
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import InputError

SETTINGS: dict[str, Any] = {
    "optimizer": "momentum", "learning_rate": gn.Cosine(0.05), "batch_size": 7, "epochs": 6,
    "l2": 1e-3,
}  # fmt: skip


def network() -> gn.Network:
    layers = [gn.Dense(8, "relu"), gn.Dropout(0.2), gn.Dense(3, "softmax")]
    return gn.Network(layers, "cross_entropy", seed=4)


def samples() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    return draw.normal(size=(60, 5)), draw.integers(0, 3, 60)


@pytest.mark.parametrize("pieces", [(1,), (5, 1, 3), (1000,)])
def test_pieces_are_the_whole(pieces: tuple[int, ...]) -> None:
    X, y = samples()
    whole, parted = network(), network()
    whole.fit(X, y, validation=(X[:20], y[:20]), verbose=False, **SETTINGS)
    training = parted.start(X, y, validation=(X[:20], y[:20]), **SETTINGS)
    training.begin()
    turn = 0
    while not training.is_over:
        before = parted.state.step
        training.advance(most=pieces[turn % len(pieces)])
        assert 1 <= parted.state.step - before <= pieces[turn % len(pieces)]
        turn += 1
    assert training.end().reason == "finished"
    np.testing.assert_array_equal(parted.state.parameters, whole.state.parameters)
    assert parted.history.loss == whole.history.loss
    assert parted.history.validation_loss == whole.history.validation_loss


def test_a_listener_hears_the_same_and_has_the_past() -> None:
    X, y = samples()
    heard: list[str] = []
    net = network()
    training = net.start(
        X, y, batch_size=10, callbacks=[lambda event: heard.append(type(event).__name__)]
    )
    training.begin()
    training.advance(most=2)
    assert heard == ["RunStarted", "StepsDone"] and training.past is not None
    assert training.past.state_at(1).step == 1
    training.end(interrupted=True)
    assert heard[-1] == "RunEnded"


def test_a_loss_that_is_not_finite_ends_it_before_the_step() -> None:
    X, y = samples()
    net = gn.Network([gn.Dense(4, "relu"), gn.Dense(1)], "mean_squared_error", seed=0)
    training = net.start(1e18 * X, y.astype(float), optimizer="sgd", learning_rate=1.0)
    training.begin()
    while not training.is_over:
        training.advance()
    assert training.end().reason == "non-finite"
    assert np.isfinite(net.state.parameters).all()


def test_its_defaults_are_those_of_fit() -> None:
    own = inspect.signature(gn.Network._job).parameters
    theirs = inspect.signature(gn.Network.fit).parameters
    assert set(theirs) - set(own) == {"verbose", "deterministic"}
    assert {n: p.default for n, p in own.items()} == {n: theirs[n].default for n in own}


def test_the_engine_of_the_latest_training_is_told() -> None:
    X, y = samples()
    net = network()
    net.start(X, y, engine="numpy")
    assert "engine='numpy' was asked for" in net.engine_report()


def test_lbfgs_and_unknown_settings_are_refused() -> None:
    X, y = samples()
    with pytest.raises(InputError, match="piece by piece"):
        network().start(X, y, optimizer="lbfgs")
    with pytest.raises(TypeError, match="learning_rat"):
        network().start(X, y, learning_rat=0.1)
