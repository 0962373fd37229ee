"""Units that do nothing and gradients that get lost: planted, found with their cause, and not seen
where they are not."""

import numpy as np
import pytest

from glassnet.insight.doctor.during.flow import FlowWatch
from glassnet.insight.doctor.during.units import copies
from glassnet.insight.doctor.measures.look import LayerLook, Look
from glassnet.nn.initializers import Constant, Normal, Zeros
from glassnet.nn.layers import Dense, Dropout
from insight.doctor.runs import classifier, clouds, found, line, net, watch


@pytest.mark.parametrize("bias", [-8.0, -60.0])
def test_dead_by_their_biases(bias):
    X, y = clouds()
    doctor = watch(classifier(activation="relu", bias_init=Constant(bias)), X, y)
    first = doctor.alarms[0]
    assert (first.rule, first.why, first.layer) == ("dead-units", "bias", "hidden")
    assert first.numbers["dead"] == 16


def test_half_of_all_numbers_zero_is_healthy():
    X, y = clouds()
    assert "dead-units" not in {f.rule for f in watch(classifier(activation="relu"), X, y).findings}


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_pinned_by_large_initial_weights(activation):
    X, y = clouds()
    doctor = watch(classifier(activation=activation, weight_init=Normal(25.0)), X, y, epochs=5)
    finding = found(doctor, "saturated-units")
    assert finding.why == "initial-weights" and finding.is_alarm
    assert finding.numbers["saturated"] > 0.6


def test_saturation_that_comes_with_knowing_is_no_fault():
    X, y = clouds(width=0.3)
    doctor = watch(classifier(), X, y, epochs=300, learning_rate=0.02, optimizer="adam")
    assert doctor.alarms == []


@pytest.mark.parametrize("start", [Zeros(), Constant(0.3)])
def test_copies(start):
    X, y = clouds()
    network = net(Dense(12, "tanh", start), Dense(3, "softmax", start))
    first = watch(network, X, y, epochs=60).alarms[0]
    assert (first.rule, first.why) == ("copied-units", "equal-initial-weights")
    assert first.numbers["copies"] == 12


def test_copies_that_dropout_tells_apart_are_none():
    X, y = clouds()
    network = net(Dense(12, "tanh", Constant(0.3)), Dropout(0.5), Dense(3, "softmax"))
    doctor = watch(network, X, y, epochs=60, learning_rate=0.02)
    assert "copied-units" not in {f.rule for f in doctor.alarms}


def test_equal_columns_are_counted():
    draw = np.random.default_rng(0)
    columns = draw.normal(size=(5, 7))
    assert copies(columns) == 0
    columns[:, 4] = columns[:, 1]
    columns[:, 6] = columns[:, 1] * (1 + 1e-7)
    assert copies(columns) == 3
    assert copies(np.zeros((3, 4))) == 4


def test_many_units_of_two_features_are_no_copies():
    assert copies(np.random.default_rng(1).normal(size=(3, 512))) == 0


@pytest.mark.parametrize("depth", [7, 11])
def test_sigmoids_in_a_row(depth):
    X, y = clouds()
    layers = [Dense(16, "sigmoid") for _ in range(depth)]
    doctor = watch(net(*layers, Dense(3, "softmax")), X, y, optimizer="sgd", learning_rate=0.1)
    first = doctor.alarms[0]
    assert (first.rule, first.why) == ("vanishing-gradient", "sigmoid-depth")
    assert first.numbers["ratio"] < 1e-3


def test_tiny_weights_in_a_row():
    X, y = clouds()
    layers = [Dense(16, "tanh", Normal(0.003)) for _ in range(4)]
    doctor = watch(net(*layers, Dense(3, "softmax")), X, y, optimizer="sgd", learning_rate=0.1)
    assert doctor.alarms[0].why == "initial-weights"
    assert found(doctor, "plateau").why == "initial-weights"


def test_huge_weights_in_a_row():
    X, y = clouds()
    layers = [Dense(16, "relu", Normal(1.5)) for _ in range(6)]
    doctor = watch(net(*layers, Dense(3, "softmax")), X, y, learning_rate=1e-4)
    assert doctor.alarms[0].why == "initial-weights"
    assert found(doctor, "exploding-gradient").numbers["ratio"] > 100
    assert found(doctor, "initial-loss").numbers["loss"] > 10


def layer(name, back):
    """A layer of eight GELUs that are neither dead nor at a limit."""
    off = np.zeros(8, dtype=bool)
    return LayerLook(place=0, name=name, activation="gelu", units=8, is_last=False, signal=1.0,
                     back=back, weights=0.35, slope=1.0, dead=off, pinned=off, saturated=0.0,
                     bias=None)  # fmt: skip


def test_a_gradient_that_got_lost_in_training_is_no_matter_of_depth():
    flow = FlowWatch(decays=False)
    nothing = np.zeros(0)
    sound = Look(0, 2.3, (layer("a", 0.3), layer("b", 0.5)), nothing, nothing, nothing)
    assert flow.look(sound, 1.0, 1) == []
    findings = []
    for step in (50, 100, 150):
        lost = Look(step, 2.3, (layer("a", 1e-5), layer("b", 0.5)), nothing, nothing, nothing)
        findings += flow.look(lost, 1.0, 2)
    assert {(f.rule, f.why, f.step) for f in findings} == {
        ("vanishing-gradient", "learning-rate", 50)
    }


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "elu"])
def test_four_sound_layers_raise_nothing(activation):
    X, Y = line()
    layers = [Dense(24, activation) for _ in range(4)]
    doctor = watch(net(*layers, Dense(1), loss="mean_squared_error"), X, Y, learning_rate=0.003)
    assert doctor.alarms == [], doctor.text()


def test_a_penalty_that_weighs_more_than_the_samples():
    X, y = clouds()
    network = net(Dense(16, "relu"), Dense(16, "relu"), Dense(3, "softmax"))
    doctor = watch(network, X, y, l2=3.0, epochs=100, optimizer="sgd", learning_rate=0.03)
    assert doctor.alarms[0].why == "penalty", doctor.text()
