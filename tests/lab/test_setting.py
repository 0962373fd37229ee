"""Settings: what is offered can be trained, what isn't says why, and a run keeps its setting."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.data.catalog import dataset_names
from glassnet.files.run import run_to_plain
from glassnet.lab.lines.lane import changed, classes_of
from glassnet.lab.session import Session
from glassnet.lab.subject.choices import choices, refusal
from glassnet.lab.subject.setting import run_of, setting_of, starting
from lab.talk import news, refused, session_on, tell

HERE = [name for name in dataset_names() if "mnist" not in name]


@pytest.mark.parametrize("name", HERE)
def test_the_first_setting_of_a_set_is_read_back_from_its_run(name: str) -> None:
    setting, data = starting(name, seed=5), gn.load_dataset(name)
    assert setting_of(run_of(setting, classes_of(data)), data) == setting
    assert refusal(setting, data) is None


@pytest.mark.parametrize("name", ["moons", "iris", "diabetes"])
def test_what_is_offered_can_be_trained_and_what_is_not_is_refused(name: str) -> None:
    session = session_on(name)
    setting, data = session.lane.setting, session.lane.subject.train
    for field, offered in choices(setting, data).items():
        for choice in offered:
            value: Any = choice["value"]
            message = {"do": "set", "field": field, "value": value}
            if field == "activation":
                message = {"do": "set", "field": "hidden",
                           "value": [{"units": 3, "activation": value}]}  # fmt: skip
            if choice["why"] is None:
                tell(session, **message)
                tell(session, do="step", count=2)
                assert session.lane.line.step == 2
                tell(session, do="reset")
            else:
                assert choice["why"] in refused(session, **message)
    assert "no 'ftrl'" in refused(session, do="set", field="optimizer", value="ftrl")


def test_each_field_takes_effect_and_only_live_ones_keep_the_run() -> None:
    session = session_on("moons")
    for field, value in {
        "learning_rate": 0.7, "batch_size": 7, "l1": 0.01, "l2": 0.02,
    }.items():  # fmt: skip
        tell(session, do="step", count=5)
        tell(session, do="set", field=field, value=value)
        assert getattr(session.lane.setting, field) == value and session.lane.line.step >= 5
        assert run_to_plain(session.lane.subject.run)["training"][field] == value
    made = session.lane.line.step
    assert session.lane.line.job.rule.l2 == 0.02 and session.lane.line.job.batch_size == 7
    tell(session, do="step", count=5)
    assert session.lane.line.step == made + 5
    for field, value in {
        "seed": 9, "optimizer": "adam", "initializer": "he", "scaling": "minmax",
        "loss": "binary_cross_entropy", "hidden": [],
    }.items():  # fmt: skip
        tell(session, do="step", count=2)
        tell(session, do="set", field=field, value=value)
        assert session.lane.line.step == 0
    assert session.lane.line.job.stack.layers[-1].units == 1


def test_setting_the_data_keeps_the_network_of_the_same_set() -> None:
    session = session_on("moons")
    tell(session, do="set", field="hidden", value=[{"units": 3}])
    tell(
        session,
        do="set",
        field="data",
        value={"name": "moons", "options": {"n": 100.0, "noise": 0}},
    )
    assert session.lane.setting.hidden[0].units == 3
    assert len(session.lane.subject.train) + len(session.lane.subject.held_out or []) == 100
    tell(session, do="set", field="data", value={"name": "moons", "test": 0.5})
    assert len(session.lane.subject.train) == 50
    tell(session, do="set", field="data", value={"name": "spiral"})
    assert session.lane.setting.hidden == starting("spiral").hidden
    for wrong in ({"name": "moons", "test": 1.5}, {"name": "moons", "options": {"n": 1e9}},
                  {"name": 3}, {}, [], {"name": "moons", "options": {"noise": -1}},
                  {"name": "nothing"}, {"name": "iris", "inputs": ["x1"]}):  # fmt: skip
        refused(session, do="set", field="data", value=wrong)
        assert session.lane.setting.data.name == "spiral"


def test_inputs_of_the_plane() -> None:
    session = session_on("circles", "units")
    tell(session, do="set", field="hidden", value=[])
    tell(session, do="set", field="data", value={"name": "circles", "inputs": ["x1^2", "x2^2"]})
    tell(session, do="step", count=2000)
    frames = news(session)
    assert frames["units"].arrays["inputs"].shape == (2, 24, 24)
    # A single layer tells a circle from its inside by the squares.
    assert session.lane.line.course.epochs[-1].held_out_accuracy > 0.95
    run = run_to_plain(session.lane.subject.run)
    assert run["data"]["options"]["inputs"] == ["x1^2", "x2^2"]
    other = Session()
    tell(other, do="open", run=run)
    assert other.lane.setting == session.lane.setting
    assert gn.load_dataset(run["data"]["name"], **run["data"]["options"]).X.shape[1] == 2


def test_too_many_layers_and_units_are_refused_in_a_sentence() -> None:
    session = session_on("moons")
    told = refused(session, do="set", field="hidden", value=[{"units": 2}] * 13)
    assert "13 layers" in told
    assert "1,024" in refused(session, do="set", field="hidden", value=[{"units": 5000}])
    assert "dropout" in refused(
        session, do="set", field="hidden", value=[{"units": 2, "dropout": 1}]
    )
    for wrong in (3, [{"units": 0}], [{}], [{"units": 2, "more": 1}], None, [[]]):
        refused(session, do="set", field="hidden", value=wrong)
    assert session.lane.setting == starting("moons")


def test_a_run_with_what_the_lab_has_no_control_for() -> None:
    layers = [{"kind": "dense", "units": 4, "activation": "relu"}, {"kind": "batch_norm"},
              {"kind": "dense", "units": 2, "activation": "softmax"}]  # fmt: skip
    told = refused(
        Session(), do="open", run={"data": {"name": "moons"}, "model": {"layers": layers}}
    )
    assert "batch_norm" in told and "glassnet train" in told


@pytest.mark.parametrize("name", ["spiral", "digits", "diabetes", "patterns"])
def test_the_program_that_is_taken_away_makes_the_same_network(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = session_on(name)
    hidden = [{"units": 5, "activation": "relu", "dropout": 0.1}, {"units": 4}]
    tell(session, do="set", field="hidden", value=hidden)
    if name == "spiral":
        tell(session, do="set", field="initializer", value="orthogonal")
    for _ in range(3):
        tell(session, do="epoch")
    tell(session, do="take", what="python")
    program = bytes(news(session)["file"].arrays["data"]).decode()
    assert len(program.splitlines()) <= 14
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    exec(program, space)
    np.testing.assert_array_equal(
        space["model"].network_.state.parameters, session.lane.state.parameters
    )
    assert (tmp_path / "model.json").exists()


def test_a_setting_of_the_wrong_type_names_its_field() -> None:
    with pytest.raises(gn.InputError, match="batch_size"):
        changed(starting("moons"), {"batch_size": 0})
