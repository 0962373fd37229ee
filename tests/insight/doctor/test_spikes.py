"""A loss that rises: the cause is measured, and it is the one that was planted."""

import numpy as np
import pytest

from glassnet.engines.samples import Samples
from glassnet.insight import curvature
from glassnet.insight.doctor.during.rise_cause import RiseCause
from glassnet.insight.doctor.during.rises import Rise, RiseWatch
from glassnet.insight.doctor.during.spikes import is_sure
from glassnet.insight.doctor.measures.course import Course
from glassnet.insight.doctor.measures.replay import replay
from glassnet.insight.doctor.measures.rows import row_sizes
from glassnet.insight.doctor.measures.scale import LossScale
from glassnet.insight.proof import gradient_of_parameters
from glassnet.nn.layers import Dense
from glassnet.nn.optimizers import optimizer as find_optimizer
from glassnet.nn.schedules import Constant
from glassnet.nn.update import UpdateRule
from glassnet.training.events import RunEnded, RunStarted
from insight.doctor.runs import classifier, clouds, found, line, net, watch


def stable_rate(network, X, Y, optimizer):
    """The largest stable rate at the start, over all samples."""
    network.build(X.shape[1])
    stack = network.stack
    rule = UpdateRule(find_optimizer(optimizer), Constant(0.1))
    targets = stack.loss.targets(Y, stack.outputs, np.dtype(np.float64))
    return curvature.measure(stack, network.state, Samples(X, targets), rule).stable_rate


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize("times", [4.0, 40.0])
def test_a_rate_beyond_the_limit(optimizer, times):
    X, Y = line()
    network = net(Dense(16, "tanh"), Dense(1), loss="mean_squared_error", seed=3)
    rate = times * stable_rate(network, X, Y, optimizer)
    doctor = watch(network, X, Y, optimizer=optimizer, learning_rate=rate, batch_size=1.0,
                   epochs=200)  # fmt: skip
    first = doctor.alarms[0]
    assert first.why == "learning-rate", doctor.text()
    assert first.rule in ("rising-loss", "loss-spike", "loss-not-finite")
    assert first.numbers["ratio"] > 1
    assert first.numbers["stable_rate"] * first.numbers["eigenvalue"] == pytest.approx(
        first.numbers["limit"]
    )
    assert "λ" in first.cause and "learning_rate=" in first.advice


def test_the_advised_rate_trains_without_an_alarm():
    X, Y = line()
    network = net(Dense(16, "tanh"), Dense(1), loss="mean_squared_error", seed=3)
    rate = 10 * stable_rate(network, X, Y, "sgd")
    finding = watch(network, X, Y, optimizer="sgd", learning_rate=rate, epochs=50).alarms[0]
    advised = float(finding.advice.split("learning_rate=")[1].split(";")[0])
    network.reset()
    doctor = watch(network, X, Y, optimizer="sgd", learning_rate=advised, epochs=200)
    assert doctor.alarms == [], doctor.text()


@pytest.mark.parametrize("row", [3, 250])
def test_a_row_of_huge_features(row):
    X, y = clouds()
    X[row] *= 2000
    network = classifier(activation="relu", seed=2)
    doctor = watch(network, X, y, optimizer="sgd", learning_rate=0.05, batch_size=16)
    assert {f.why for f in doctor.alarms if f.row is not None} == {"odd-sample"}
    assert doctor.alarms[0].row == row


def test_a_spike_by_one_row_is_told_from_one_by_the_rate():
    X, Y = line(seed=4)
    Y = Y.copy()
    Y[100] = 60.0
    network = net(Dense(16, "relu"), Dense(1), loss="mean_squared_error", seed=1)
    doctor = watch(network, X, Y, optimizer="sgd", learning_rate=0.02, batch_size=16, epochs=20)
    assert doctor.alarms[0].why == "odd-sample"
    assert {f.row for f in doctor.alarms if f.row is not None} == {100}


def test_not_finite_says_where_and_why():
    X, Y = line()
    network = net(Dense(16, "relu"), Dense(1), loss="mean_squared_error")
    doctor = watch(network, X, Y, optimizer="sgd", learning_rate=30.0, epochs=50)
    finding = found(doctor, "loss-not-finite")
    assert finding.why == "learning-rate" and finding.layer is not None
    assert finding.numbers["largest"] > 0 and f"step {finding.step}" in finding.seen


def test_not_finite_before_any_step():
    X, Y = line()
    network = net(Dense(16, "exponential"), Dense(1), loss="mean_squared_error", dtype="float32")
    doctor = watch(network, X * 1e3, Y)
    assert doctor.alarms[0].rule == "unscaled-columns"
    assert found(doctor, "loss-not-finite").why == "inputs"


def test_rates_that_only_wiggle_raise_nothing():
    X, y = clouds(width=1.0)
    for batch in (1, 8, 300):
        doctor = watch(classifier(), X, y, optimizer="sgd", learning_rate=0.05, batch_size=batch)
        assert doctor.alarms == [], (batch, doctor.text())


def course_of(losses, batch=100, batches=1):
    course = Course(0, batch, batches, False)
    course.losses.add(np.array(losses, dtype=float))
    course.penalties.add(np.zeros(len(losses)))
    course.norms.add(np.ones(len(losses)))
    course._close()
    return course


SCALE = LossScale(constant=1.0, least=0.0)


def test_a_jump_is_a_spike_and_noise_is_none():
    draw = np.random.default_rng(0)
    calm = 0.3 + 0.05 * draw.normal(size=200)
    assert RiseWatch(SCALE, 1.0).look(course_of(calm)) == []
    jumped = calm.copy()
    jumped[120:125] = [1.5, 2.0, 1.8, 1.2, 0.8]
    (rise,) = RiseWatch(SCALE, 1.0).look(course_of(jumped))
    assert rise.kind == "spike" and 115 <= rise.before <= 120 <= rise.step <= 125
    assert rise.level == pytest.approx(0.3, abs=0.05) and rise.peak == 2.0


def test_a_low_spike_above_a_lower_level_and_two_that_are_far_apart():
    losses = np.full(200, 0.02)
    losses[60], losses[150] = 0.15, 0.9
    high, low = RiseWatch(SCALE, 1.0).look(course_of(losses))
    assert (high.before, high.step, high.peak) == (149, 150, 0.9)
    assert (low.before, low.step, low.peak) == (59, 60, 0.15)
    losses += 0.2  # the lower one is now less than twice its level
    assert [rise.step for rise in RiseWatch(SCALE, 1.0).look(course_of(losses))] == [150]


def test_batches_of_one_row_are_noisy_by_nature():
    draw = np.random.default_rng(1)
    losses = draw.exponential(0.3, size=6000) * (draw.random(6000) < 0.3)
    assert RiseWatch(SCALE, 1.0).look(course_of(losses, batch=1, batches=300)) == []


def test_a_loss_that_falls_and_one_that_rises_from_the_start():
    falling = np.exp(-np.arange(100) / 20)
    assert RiseWatch(SCALE, 1.0).look(course_of(falling)) == []
    (rise,) = RiseWatch(SCALE, 1.0).look(course_of(1 + 0.3 * np.arange(100)))
    assert rise.kind == "start" and rise.before == 0


def test_looks_in_pieces_find_the_same_rises():
    losses = np.full(300, 0.2)
    losses[200] = 3.0
    whole = RiseWatch(SCALE, 1.0).look(course_of(losses))
    watch_, course, pieces = RiseWatch(SCALE, 1.0), course_of(losses[:0]), []
    for first in range(0, 300, 7):
        part = losses[first : first + 7]
        course.losses.add(part)
        course.penalties.add(part)
        course.norms.add(part)
        course._close()
        pieces += watch_.look(course)
    assert pieces == whole


def test_row_norms_are_those_of_the_rows_own_gradients():
    X, y = clouds(20)
    network = net(Dense(5, "tanh"), Dense(4, "gelu"), Dense(3, "softmax"))
    network.build(4)
    stack, state, samples = network.stack, network.state, Samples(X, y)
    sizes = row_sizes(stack, state, samples, np.arange(20))
    for row in (0, 7, 19):
        own = gradient_of_parameters(stack, state, X[row : row + 1], y[row : row + 1], np.ones(1))
        assert sizes.gradients[row] == pytest.approx(np.linalg.norm(own), rel=1e-10)


def test_steps_made_again_are_the_same_and_others_are_other():
    X, y = clouds()
    kept = []

    def listen(event):
        if isinstance(event, RunStarted):
            kept.append(event.past)
        if isinstance(event, RunEnded):
            past = kept[0]
            state = past.state_at(7)
            again = replay(past, state.copy(), 10)
            slower = replay(past, state.copy(), 10, factor=0.01)
            batch = past.batch_rows(7)
            without = replay(past, state.copy(), 1, without=batch[:1])
            kept.extend([again, slower, without])

    losses = []
    network = classifier()
    network.fit(X, y, epochs=3, batch_size=32, learning_rate=0.05, verbose=False,
                callbacks=[listen, lambda event: losses.extend(
                    getattr(getattr(event, "report", None), "losses", []))])  # fmt: skip
    _, again, slower, without = kept
    assert again.tolist() == losses[7:17]
    assert slower[0] == again[0] and slower[5] > again[5]
    assert without[0] != again[0]


@pytest.mark.parametrize("rate", [1.0, 10.0])
def test_a_small_part_of_a_huge_rise_is_still_a_rise(rate):
    X, y = clouds(300, classes=2, d=6)
    layers = [Dense(32, "relu"), Dense(16, "relu"), Dense(2, "softmax")]
    doctor = watch(net(*layers), X, y, optimizer="adam", learning_rate=rate)
    finding = found(doctor, "rising-loss")
    advised = float(finding.advice.split("learning_rate=")[1].split(";")[0])
    calm = watch(net(*layers), X, y, optimizer="adam", learning_rate=advised)
    assert not {f.rule for f in calm.alarms} & {"rising-loss", "loss-spike"}, calm.text()


@pytest.mark.parametrize("ratio, sure", [(1.2, False), (1.7, False), (2.1, True), (50.0, True)])
def test_a_spike_at_the_edge_of_stability_is_a_note(ratio, sure):
    bend = curvature.Curvature(value=4.0, limit=2.0, rows=200, iterations=8)
    cause = RiseCause("learning-rate", 0.5, bend, ratio, None, 0.0, 0.1, np.nan, 90)
    spike = Rise("spike", 90, 91, level=0.1, peak=1.0, height=0.9)
    assert is_sure(spike, cause, find_optimizer("sgd")) == sure
    assert not is_sure(spike, cause, find_optimizer("adam"))
