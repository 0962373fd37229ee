"""History against an independent recomputation, figure by figure."""

import numpy as np
import pytest

from glassnet.engines import numpy_engine
from glassnet.nn.activations import ACTIVATIONS
from glassnet.nn.random import Stream, permutation
from glassnet.training.history import History
from training.problems import classes, classifier, numbers, regressor


def plain_softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def redo_epoch(parameters, X, y, order, batch_size, rate, l1, l2):
    """One epoch of gradient descent on 2-8-3, ReLU and softmax, without the library."""
    W1, b1, W2, b2 = (
        parameters[a:b].reshape(shape).copy()
        for a, b, shape in ((0, 16, (2, 8)), (16, 24, 8), (24, 48, (8, 3)), (48, 51, 3))
    )
    losses, bare, right, norms, rows = [], [], 0, [], []
    for first in range(0, len(X), batch_size):
        chosen = order[first : first + batch_size]
        x, labels = X[chosen], y[chosen]
        z1 = x @ W1 + b1
        h = np.maximum(z1, 0)
        p = plain_softmax(h @ W2 + b2)
        data = -np.log(p[np.arange(len(x)), labels]).mean()
        penalty = l1 * (abs(W1).sum() + abs(W2).sum()) + l2 / 2 * ((W1**2).sum() + (W2**2).sum())
        dz2 = (p - np.eye(3)[labels]) / len(x)
        dz1 = dz2 @ W2.T * (z1 > 0)
        gradients = [
            x.T @ dz1 + l1 * np.sign(W1) + l2 * W1,
            dz1.sum(axis=0),
            h.T @ dz2 + l1 * np.sign(W2) + l2 * W2,
            dz2.sum(axis=0),
        ]
        for array, gradient in zip((W1, b1, W2, b2), gradients, strict=True):
            array -= rate * gradient
        losses.append(data + penalty)
        bare.append(data)
        right += int((p.argmax(axis=1) == labels).sum())
        norms.append(np.sqrt(sum((g**2).sum() for g in gradients)))
        rows.append(len(x))
    after = np.concatenate([a.ravel() for a in (W1, b1, W2, b2)])
    means = np.average(losses, weights=rows), np.average(bare, weights=rows)
    return after, *means, right / len(X), np.mean(norms)


def test_three_epochs_redone_without_the_library():
    """Batches of 16, 16, 16 and 12 rows, with penalties, in the order that Philox gives."""
    X, y = classes(60)
    V, v = classes(21, seed=9)
    net = classifier("float64", seed=4)
    net.build(2)
    parameters, expected = net.parameters.copy(), []
    for epoch in range(3):
        order = permutation(4, Stream.ORDER, 60, epoch)
        parameters, *figures = redo_epoch(parameters, X, y, order, 16, 0.3, 1e-3, 1e-2)
        W1, b1 = parameters[:16].reshape(2, 8), parameters[16:24]
        W2, b2 = parameters[24:48].reshape(8, 3), parameters[48:]
        p = plain_softmax(np.maximum(V @ W1 + b1, 0) @ W2 + b2)
        validation = -np.log(p[np.arange(21), v]).mean(), (p.argmax(axis=1) == v).mean()
        expected.append((*figures, *validation))
    history = net.fit(
        X, y, optimizer="sgd", learning_rate=0.3, batch_size=16, epochs=3, l1=1e-3, l2=1e-2,
        validation=(V, v), verbose=False,
    )  # fmt: skip
    np.testing.assert_allclose(net.parameters, parameters, rtol=1e-10)
    names = ("loss", "loss_without_penalty", "accuracy", "gradient_norm", "validation_loss",
             "validation_accuracy")  # fmt: skip
    for name, column in zip(names, zip(*expected, strict=True), strict=True):
        np.testing.assert_allclose(history[name], column, rtol=1e-11, err_msg=name)
    assert history.learning_rate == [0.3] * 3 and history.stopped == "finished"
    assert len(history.seconds) == 3 and min(history.seconds) >= 0
    assert history.best_epoch == int(np.argmin(history.validation_loss)) + 1


def test_evaluate_is_exact():
    X, y = classes(50)
    net = classifier("float64")
    net.fit(X, y, epochs=2, verbose=False)
    p = net.forward(X)
    figures = net.evaluate(X, y)
    assert figures["loss"] == pytest.approx(-np.log(p[np.arange(50), y]).mean(), rel=1e-12)
    assert figures["accuracy"] == (p.argmax(axis=1) == y).mean()


def test_evaluate_of_numbers():
    X, Y = numbers(40)
    net = regressor()
    net.fit(X, Y, epochs=5, verbose=False)
    outputs = net.forward(X)
    figures = net.evaluate(X, Y)
    assert figures["loss"] == pytest.approx(((outputs - Y) ** 2).mean(), rel=1e-12)
    r2 = 1 - ((outputs - Y) ** 2).sum() / ((Y - Y.mean()) ** 2).sum()
    assert figures == {"loss": figures["loss"], "r2": pytest.approx(r2, rel=1e-12)}
    assert net.evaluate(X, np.full_like(Y, 3.0))["r2"] == 0  # a target that does not vary
    assert net.evaluate(X[:1], net.forward(X[:1]))["r2"] == 1


def test_the_sum_reduction_reports_sums():
    from glassnet.network import Network
    from glassnet.nn.layers import Dense
    from glassnet.nn.losses import MeanSquaredError

    X, Y = numbers(12)
    net = Network([Dense(1)], MeanSquaredError(reduction="sum"), dtype="float64", inputs=2)
    first = ((net.forward(X) - Y) ** 2).sum()
    history = net.fit(
        X, Y, optimizer="sgd", learning_rate=1e-3, batch_size=12, epochs=1, verbose=False
    )
    assert history.loss == [pytest.approx(first, rel=1e-12)]
    assert net.evaluate(X, Y)["loss"] == pytest.approx(((net.forward(X) - Y) ** 2).sum())


def test_a_history_is_a_mapping_of_what_was_kept():
    X, y = classes(30)
    net = classifier()
    history = net.fit(X, y, epochs=2, verbose=False)
    assert history is net.history
    assert set(history) == {
        "loss", "loss_without_penalty", "accuracy", "learning_rate", "gradient_norm", "seconds",
    }  # fmt: skip
    assert len(history) == 6 and history["loss"] is history.loss and history.epochs == 2
    assert dict(history)["loss"] == history.loss
    with pytest.raises(KeyError, match="the history has no 'validation_loss'; it has loss"):
        history["validation_loss"]
    assert len(History()) == 0


def test_best_epoch_is_a_place_in_the_lists():
    """Also after an earlier fit that went back to its best epoch."""
    X, y = classes(30)
    V, v = classes(30, seed=5)
    net = classifier()
    settings = {"validation": (V, v), "verbose": False, "learning_rate": 0.3, "batch_size": 4}
    net.fit(X, y, epochs=12, keep_best=True, **settings)
    first = net.history.best_epoch
    assert net.history.validation_loss[first - 1] == min(net.history.validation_loss)
    assert net.state.epoch == first < 12
    assert net.evaluate(V, v)["loss"] == net.history.validation_loss[first - 1]
    net.fit(X, y, epochs=5, keep_best=True, **settings)
    second = net.history.best_epoch
    assert second > 12 and net.history.epochs == 17
    assert net.history.validation_loss[second - 1] == min(net.history.validation_loss[12:])
    assert net.evaluate(V, v)["loss"] == net.history.validation_loss[second - 1]


def test_loss_and_gradient_of_the_engine_are_those_of_any_rows():
    X, y = classes(20)
    net = classifier("float64")
    net.build(2)
    y = net.loss.targets(y, 3, net.dtype)
    for rows in (slice(4, 9), slice(None), slice(0, 20, 3), slice(-4, None), np.array([7, 2, 2])):
        loss, gradient = numpy_engine.loss_and_gradient(net.stack, net.state, X, y, rows)
        again, same = numpy_engine.loss_and_gradient(net.stack, net.state, X[rows], y[rows])
        assert loss == again
        np.testing.assert_array_equal(gradient, same)


def test_there_is_an_activation_of_each_name_to_train_with():
    """Every hidden activation trains a step and stays finite."""
    X, y = classes(30)
    for name in ACTIVATIONS:
        history = classifier(hidden=name).fit(X, y, epochs=3, verbose=False)
        assert np.isfinite(history.loss).all() and history.loss[-1] < history.loss[0]


def test_validation_figures_stay_beside_their_epochs():
    X, y = classes()
    net = classifier()
    net.fit(X, y, epochs=2, verbose=False)
    net.fit(X, y, epochs=3, validation=(X, y), verbose=False)
    net.fit(X, y, epochs=1, verbose=False)
    known = ~np.isnan(net.history.validation_loss)
    assert known.tolist() == [False, False, True, True, True, False]
    assert len(net.history.validation_accuracy) == net.history.epochs
    assert not net.history.validation_r2
    assert 3 <= net.history.best_epoch <= 5
