"""A line of training: forward as `fit` goes, back to any state, off into branches."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import InputError
from glassnet.lab.lines.line import Line
from glassnet.nn.schedules import Constant
from glassnet.training.loop import Training

DATA = gn.load_dataset("moons", n=120, noise=0.1, seed=3)


def model(**settings: Any) -> gn.Classifier:
    defaults: dict[str, Any] = {"optimizer": "momentum", "learning_rate": 0.05, "batch_size": 16}
    more = defaults | {"epochs": 10**6, "dropout": 0.1} | settings
    return gn.Classifier((6, 4), activation="tanh", random_state=2, **more)


def line_of(estimator: gn.Classifier) -> Line:
    def start(listeners: list[Any]) -> Training:
        estimator.set_params(callbacks=listeners)
        return estimator.start(DATA.X[:96], DATA.y[:96], validation=(DATA.X[96:], DATA.y[96:]))

    return Line(start)


def forward(line: Line, step: int) -> Line:
    while line.step < step and line.advance(most=step - line.step) is not None:
        pass
    return line


def test_forward_is_what_fit_does() -> None:
    line = forward(line_of(model()), 40)
    fitted = model(epochs=10, verbose=False).fit(
        DATA.X[:96], DATA.y[:96], validation=(DATA.X[96:], DATA.y[96:])
    )
    states = forward(line, 60)
    np.testing.assert_array_equal(states.state.parameters, fitted.network_.state.parameters)
    assert len(line.course.losses.values) == 60
    assert [each.step for each in line.course.epochs] == [6 * k for k in range(1, 11)]
    assert [h.held_out_loss for h in line.course.epochs] == fitted.history_.validation_loss


def test_back_to_every_state() -> None:
    seen: dict[int, np.ndarray] = {}
    line = line_of(model())
    for step in range(33):
        seen[step] = line.state.parameters.copy()
        forward(line, step + 1)
    for step in (0, 1, 17, 32, 5):
        np.testing.assert_array_equal(line.state_at(step).parameters, seen[step])
    for wrong in (-1, 34):
        with pytest.raises(InputError, match="0 to 33"):
            line.state_at(wrong)


def test_a_change_in_the_middle_keeps_what_was() -> None:
    line = forward(line_of(model()), 20)
    before = {step: line.state_at(step).parameters for step in (3, 19, 20)}
    line.change(rule=replace(line.job.rule, schedule=Constant(0.5)), batch_size=48)
    forward(line, 45)
    assert len(line.stretches) == 2 and line.course.losses.count == 45
    for step, parameters in before.items():
        np.testing.assert_array_equal(line.state_at(step).parameters, parameters)
    again = line.state_at(45).parameters
    np.testing.assert_array_equal(again, line.state.parameters)


def test_a_branch_by_the_same_rule_is_the_same_line() -> None:
    line = forward(line_of(model()), 50)
    twin = forward(line.branch(23), 50)
    np.testing.assert_array_equal(twin.state.parameters, line.state.parameters)
    assert twin.course.losses.values == line.course.losses.values and twin.forked_at == 23
    # Held-out samples are evaluated now and then: where both did, they got the same.
    ours, others = ({e.step: e.held_out_loss for e in each.course.epochs} for each in (line, twin))
    assert ours.keys() >= {6, 12, 18} <= others.keys()
    assert all(ours[step] == others[step] for step in ours.keys() & others.keys())


def test_a_branch_by_another_rule_leaves_its_line_alone() -> None:
    line = forward(line_of(model()), 50)
    end = line.state.parameters.copy()
    other = line.branch(23, rule=replace(line.job.rule, schedule=Constant(0.3)))
    forward(other, 60)
    np.testing.assert_array_equal(line.state.parameters, end)
    assert other.course.losses.values[:23] == line.course.losses.values[:23]
    assert other.course.losses.values[24] != line.course.losses.values[24] and line.step == 50
    np.testing.assert_array_equal(other.state_at(10).parameters, line.state_at(10).parameters)


def test_branches_of_branches_and_before_a_change() -> None:
    line = forward(line_of(model()), 30)
    line.change(rule=replace(line.job.rule, schedule=Constant(0.01)))
    forward(line, 60)
    early = forward(line.branch(10).branch(5), 30)
    np.testing.assert_array_equal(early.state.parameters, line.state_at(30).parameters)


def test_a_line_ends_where_its_epochs_do_or_the_loss_does() -> None:
    line = line_of(model(epochs=2))
    while line.advance() is not None:
        pass
    assert line.ended == "finished" and line.step == 12 and line.advance() is None
    net = gn.Network([gn.Dense(4, "relu"), gn.Dense(1)], "mean_squared_error", seed=0)
    y = DATA.y.astype(float)
    wild = Line(
        lambda listeners: net.start(
            1e18 * DATA.X, y, callbacks=listeners, optimizer="sgd", learning_rate=1.0
        )
    )
    while wild.advance(most=1) is not None:
        pass
    assert wild.ended == "non-finite" and wild.step == wild.course.losses.count
    assert "loss-not-finite" in {finding.rule for finding in wild.findings}
