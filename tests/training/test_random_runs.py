"""Random networks under random settings: they train, they go on to the same bits, and their
figures are what they say."""

import numpy as np
from hypothesis import given, strategies as st

from glassnet.network import Network
from glassnet.nn.layers import Activation, Dense, Dropout, Scale
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.optimizers import OPTIMIZERS
from glassnet.nn.schedules import Cosine, Exponential, OneCycle
from glassnet.training.callbacks import EarlyStopping

HIDDEN = ["relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "tanh", "sigmoid"]
LAST = [
    ("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy"), ("exponential", "poisson"),
    ("identity", "mean_squared_error"), ("identity", "huber"), ("tanh", "mean_absolute_error"),
]  # fmt: skip


AFTER = [[], [Dropout(0.25)], [BatchNorm()], [LayerNorm()], [Activation("tanh")]]
RATES = [None, 0.01, Exponential(0.02), Cosine(0.02, 0.2, epochs=5), OneCycle(0.02, epochs=5)]


@st.composite
def runs(draw):
    """Layers, loss, data and the settings of a fit of 5 epochs."""
    layers = [Scale(draw(st.floats(-1, 1)), 0.5)] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(0, 3))):
        layers.append(Dense(draw(st.integers(1, 9)), draw(st.sampled_from(HIDDEN))))
        layers += draw(
            st.sampled_from(
                [[], [Dropout(0.25)], [BatchNorm()], [LayerNorm()], [Activation("tanh")]]
            )
        )
    activation, loss = draw(st.sampled_from(LAST))
    rows, outputs = draw(st.integers(2, 60)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    Y = np.eye(outputs)[rng.integers(outputs, size=rows)]
    weight = draw(st.sampled_from([None, rng.integers(3, size=rows) + (np.arange(rows) < 1)]))
    settings = {
        "optimizer": draw(st.sampled_from(sorted(OPTIMIZERS))),
        "learning_rate": draw(
            st.sampled_from(
                [
                    None,
                    0.01,
                    Exponential(0.02),
                    Cosine(0.02, 0.2, epochs=5),
                    OneCycle(0.02, epochs=5),
                ]
            )
        ),
        "batch_size": draw(st.one_of(st.integers(1, 70), st.floats(0.05, 1))),
        "l1": draw(st.sampled_from([0.0, 1e-3])),
        "l2": draw(st.sampled_from([0.0, 1e-2])),
        "weight_decay": draw(st.sampled_from([None, 0.1])),
        "clip_norm": draw(st.sampled_from([None, 0.5])),
        "max_norm": draw(st.sampled_from([None, 1.0])),
        "sample_weight": weight,
    }
    network = (
        [*layers, Dense(outputs, activation)],
        loss,
        draw(st.sampled_from(["float32", "float64"])),
    )
    return network, rng.normal(size=(rows, 3)), Y, settings


@given(runs(), st.integers(0, 2**64 - 1), st.integers(0, 5))
def test_any_run_goes_on_to_the_same_bits(run, seed, first):
    (layers, loss, dtype), X, Y, settings = run
    one, two = (Network(layers, loss, seed=seed, dtype=dtype) for _ in range(2))
    one.fit(X, Y, epochs=5, validation=(X, Y), verbose=False, **settings)
    two.fit(X, Y, epochs=first, validation=(X, Y), verbose=False, **settings)
    two.fit(X, Y, epochs=5 - first, validation=(X, Y), verbose=False, **settings)
    np.testing.assert_array_equal(one.parameters, two.parameters)
    np.testing.assert_array_equal(one.state.buffers, two.state.buffers)
    assert one.history.loss == two.history.loss and np.isfinite(one.history.loss).all()
    assert one.history.validation_loss[-1] == one.evaluate(X, Y)["loss"]
    assert one.forward(X).dtype == dtype


@given(runs(), st.integers(1, 3))
def test_early_stopping_always_ends_with_the_lowest_validation_loss(run, patience):
    (layers, loss, dtype), X, Y, settings = run
    half = len(X) // 2
    V = X[half:], Y[half:]
    net = Network(layers, loss, dtype=dtype)
    history = net.fit(
        X, Y, epochs=12, validation=V, callbacks=[EarlyStopping(patience)], verbose=False,
        **settings | {"learning_rate": 0.1},
    )  # fmt: skip
    lowest = int(np.argmin(history.validation_loss))
    assert history.best_epoch == lowest + 1
    assert net.evaluate(*V)["loss"] == history.validation_loss[lowest]
    if history.stopped == "early":
        assert history.epochs == lowest + 1 + patience
    else:
        assert history.epochs == 12 and lowest + patience >= 12 - 1
