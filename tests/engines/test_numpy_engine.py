"""The NumPy engine: shards, reports, leaving and going on, and losses that are not finite."""

import numpy as np
import pytest

from glassnet.engines import numpy_engine
from glassnet.engines.numpy_engine import Plan
from glassnet.engines.samples import Samples
from glassnet.errors import NonFiniteLossError
from glassnet.network import Network
from glassnet.nn.layers import Activation, Dense, Dropout, Scale
from glassnet.nn.losses import CrossEntropy, MeanSquaredError
from glassnet.nn.normalization import BatchNorm
from glassnet.nn.optimizers import Adam, GradientDescent
from glassnet.nn.random import Stream, permutation
from glassnet.nn.schedules import Constant
from glassnet.nn.stack import Stack
from glassnet.nn.update import UpdateRule

RULE = UpdateRule(Adam(), Constant(0.01), l2=1e-3, clip_norm=2.0)


def never():
    return False


def problem(layers=None, dtype="float64", rows=50, loss=None):
    layers = layers or (Dense(6, "relu"), Dropout(0.4), Dense(3, "softmax"))
    stack = Stack(tuple(layers), loss or CrossEntropy(), (4,))
    state = stack.initial_state(2, np.dtype(dtype))
    state.restart_optimizer(RULE.optimizer.slots)
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.5, 1.5, rows)
    samples = Samples(rng.normal(size=(rows, 4)), rng.integers(3, size=rows), weights)
    return stack, state, samples


def run(shard_rows=2048, steps=100, stop=never, dtype="float64", layers=None, batch=20, rounds=1):
    stack, state, samples = problem(layers, dtype)
    plan, reports = Plan(5, batch, 1.0, 0.0, shard_rows), []
    for _ in range(rounds):
        order = permutation(5, Stream.ORDER, len(samples), state.epoch)
        reports.append(numpy_engine.run(stack, RULE, state, samples, plan, order, steps, stop))
    return state, reports


@pytest.mark.parametrize("shard_rows", [1, 3, 7, 10, 19])
def test_shards_change_nothing_but_rounding(shard_rows):
    """Dropout included: its mask is a function of the row's place in the batch."""
    whole, [report] = run(rounds=1)
    parts, [other] = run(shard_rows, rounds=1)
    np.testing.assert_allclose(parts.parameters, whole.parameters, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(other.losses, report.losses, rtol=1e-12)
    np.testing.assert_allclose(other.gradient_norms, report.gradient_norms, rtol=1e-11)
    assert other.right == report.right and other.rows == report.rows == [20, 20, 10]


def test_equal_shards_give_equal_bits():
    one, two = run(7, rounds=3)[0], run(7, rounds=3)[0]
    np.testing.assert_array_equal(one.parameters, two.parameters)


def test_batch_norm_sees_its_whole_batch():
    layers = (Dense(5), BatchNorm(), Dense(3, "softmax"))
    one, two = run(3, layers=layers)[0], run(layers=layers)[0]
    np.testing.assert_array_equal(one.parameters, two.parameters)
    np.testing.assert_array_equal(one.buffers, two.buffers)


def test_the_gradient_is_the_ordered_sum_over_shards():
    stack, state, samples = problem((Dense(3, "softmax"),))
    whole, gradient, right = numpy_engine.weighted_loss_and_gradient(
        stack, state, samples, slice(0, 50), 50, shard_rows=20
    )
    total, parts, answers = 0.0, np.zeros_like(gradient), 0
    for first, last in ((0, 20), (20, 40), (40, 50)):
        loss, part, count = numpy_engine.weighted_loss_and_gradient(
            stack, state, samples, slice(first, last), last - first
        )
        total += loss * (last - first) / 50
        parts += part * (last - first) / 50
        answers += count
    assert whole == pytest.approx(total, rel=1e-14) and right == answers
    np.testing.assert_allclose(gradient, parts, rtol=1e-12, atol=1e-16)


def test_left_at_any_step_and_gone_on():
    whole, [full] = run()
    for steps in (1, 2):
        state, reports = run(steps=steps, rounds=3 // steps + 3 % steps)
        np.testing.assert_array_equal(state.parameters, whole.parameters)
        assert [x for report in reports for x in report.losses] == full.losses
        assert (state.epoch, state.batch, state.step, state.updates) == (1, 0, 3, 3)


def test_stop_is_asked_after_every_step():
    asked = []

    def stop():
        asked.append(1)
        return len(asked) == 2

    state, [report] = run(stop=stop)
    assert len(asked) == 2 == len(report.losses) == state.step == state.batch
    assert state.epoch == 0


def test_a_report_of_layers():
    stack, state, samples = problem((Dense(6, "relu"), Dense(5, "tanh"), Dense(3, "softmax")))
    before = state.parameters.copy()
    order = np.arange(50)
    plan = Plan(5, 50, 1.0, 0.0)
    views = stack.layout.views(before)
    h = np.maximum(samples.X @ views[0]["W"] + views[0]["b"], 0)
    t = np.tanh(h @ views[1]["W"] + views[1]["b"])
    _, gradient, _ = numpy_engine.weighted_loss_and_gradient(stack, state, samples, order, 50)
    rule = UpdateRule(GradientDescent(), Constant(0.1))
    report = numpy_engine.run(stack, rule, state, samples, plan, order, 1, never)
    first, second, third = report.layers
    assert first.name == "hidden" and third.name == "output"
    assert first.zero_share == (h == 0).mean() and first.saturated_share is None
    assert second.zero_share is None
    assert second.saturated_share == (np.abs(t) > 0.9).mean()  # 1/20 of a range of 2
    parts = [slice(0, 30), slice(30, 65), slice(65, 83)]
    for layer, part in zip(report.layers, parts, strict=True):
        assert layer.gradient_norm == pytest.approx(np.linalg.norm(gradient[part]))
        assert layer.update_norm == pytest.approx(0.1 * np.linalg.norm(gradient[part]))
        assert layer.weight_norm == pytest.approx(np.linalg.norm(state.parameters[part]))
    assert report.first_step == 0 and report.learning_rate == 0.1 and report.nonfinite is None


def test_a_gradient_too_large_for_float32_squares_is_measured():
    stack, state, samples = problem((Dense(3),), "float32", loss=MeanSquaredError())
    state.parameters[:] = 1e13
    samples = Samples(samples.X * 1e12, np.zeros((50, 3), np.float32))
    rule = UpdateRule(GradientDescent(), Constant(1e-30))
    plan = Plan(0, 50, 1.0, 0.0)
    report = numpy_engine.run(stack, rule, state, samples, plan, None, 1, never)
    assert report.nonfinite is None and 1e30 < report.gradient_norms[0] < 1e39


class Wild(Activation):
    """A layer whose outputs are what it's told to be."""

    def forward(self, p, x, ctx):
        y, cache = super().forward(p, x, ctx)
        return np.where(x > 1e3, np.inf, y), cache


def broken(layers, X, Y, loss="mean_squared_error", **settings):
    net = Network(layers, loss, dtype="float32")
    net.build(X.shape[1])
    net.parameters[:] = 0.5
    before = net.parameters.copy()
    with pytest.raises(NonFiniteLossError) as caught:
        net.fit(X, Y, verbose=False, **settings)
    return net, before, caught.value


def test_a_loss_that_becomes_infinite_names_step_and_layer_and_keeps_the_parameters():
    """Gradient descent at far too large a rate: the parameters before the bad step are kept."""
    X, Y = np.random.default_rng(0).normal(size=(20, 2)) * 10, np.zeros((20, 1))
    net = Network([Dense(3), Dense(1)], "mean_squared_error")
    settings = dict(optimizer="sgd", learning_rate=10.0, batch_size=1.0, verbose=False)
    with pytest.raises(NonFiniteLossError) as caught:
        net.fit(X, Y, epochs=50, **settings)
    error = caught.value
    assert error.step == net.state.step > 0
    assert error.layer in ("hidden", "output") and error.largest > 0
    assert f"no longer finite at step {error.step}" in str(error) and "\n" not in str(error)
    assert "try a smaller learning rate, scaled inputs, or clip_norm=1" in str(error)
    assert error.history is net.history and net.history.stopped == "non-finite"
    assert net.history.epochs == error.step  # one step an epoch, each before it finite
    assert np.isfinite(net.parameters).all() and np.isfinite(net.history.loss).all()
    again = Network([Dense(3), Dense(1)], "mean_squared_error")
    again.fit(X, Y, epochs=error.step, **settings)
    np.testing.assert_array_equal(net.parameters, again.parameters)
    assert net.state.updates == again.state.updates


@pytest.mark.parametrize("row", [0, 7, 2500])
def test_the_first_layer_with_an_infinity_is_named_in_whichever_shard(row):
    X = np.ones((3000, 2))
    X[row] = 1e4
    net, before, error = broken(
        [Scale(0.0, 1.0), Dense(2), Wild("tanh"), Dense(1)], X, np.zeros(3000), batch_size=1.0
    )
    assert (error.step, error.layer) == (0, "wild")
    np.testing.assert_array_equal(net.parameters, before)


def test_an_infinite_loss_of_finite_outputs():
    """ReLU's 0 as an expected count, where an event was seen."""
    net, _, error = broken([Dense(1, "relu")], -np.ones((4, 2)), np.ones(4), "poisson")
    assert error.layer == "output" and "in the loss of layer 'output'" in str(error)


def test_an_infinite_gradient_of_a_finite_loss():
    def value(outputs, y):
        return np.abs(outputs[:, 0])

    def derivative(outputs, y):
        return np.full_like(outputs, np.inf)

    net, before, error = broken([Dense(1)], np.ones((4, 2)), np.ones(4), (value, derivative))
    assert "in the gradient of layer 'output'" in str(error)
    np.testing.assert_array_equal(net.parameters, before)


def test_buffers_and_slots_are_kept_too():
    X = np.ones((8, 2)) * np.arange(1, 9)[:, None]
    net = Network([Dense(2), BatchNorm(), Dense(1)], "mean_squared_error", dtype="float64")
    net.fit(X, np.zeros(8), epochs=2, verbose=False)
    before = net.state.copy()
    with pytest.raises(NonFiniteLossError):
        net.fit(X, np.full(8, 1e200), epochs=2, verbose=False)
    assert (net.state.step, net.state.updates) == (before.step, before.updates)
    np.testing.assert_array_equal(net.state.parameters, before.parameters)
    np.testing.assert_array_equal(net.state.buffers, before.buffers)
    np.testing.assert_equal(net.state.slots, before.slots)


def test_forward_in_blocks_is_forward():
    stack, state, samples = problem((Dense(6, "relu"), BatchNorm(), Dense(3, "softmax")))
    whole = numpy_engine.forward(stack, state, samples.X)
    for rows in (1, 7, 50):
        np.testing.assert_allclose(
            numpy_engine.forward(stack, state, samples.X, rows), whole, rtol=1e-12
        )


def test_running_averages_are_kept_step_by_step_and_used_to_predict():
    """running ← 0.9 · running + 0.1 · the batch's, the variance with n − 1, from 0 and 1."""
    X = np.random.default_rng(0).normal(loc=3.0, scale=2.0, size=(30, 1))
    net = Network([BatchNorm(epsilon=1e-9), Dense(1)], "mean_squared_error", dtype="float64")
    net.fit(X, X, epochs=3, batch_size=1.0, optimizer="sgd", learning_rate=1e-9, verbose=False)
    mean, variance = 0.0, 1.0
    for _ in range(3):
        mean, variance = 0.9 * mean + 0.1 * X.mean(), 0.9 * variance + 0.1 * X.var(ddof=1)
    np.testing.assert_allclose(net.state.buffers, [mean, variance], rtol=1e-12)
    normalised = net.trace(X)[0].output
    np.testing.assert_allclose(normalised, (X - mean) / np.sqrt(variance), rtol=1e-6)
