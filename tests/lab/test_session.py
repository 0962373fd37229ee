"""A session: every command does what it says, and what can't be done is one sentence."""

import json
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.files.model import model_from_json
from glassnet.files.run import run_from_toml, run_to_plain
from glassnet.lab.commands import KINDS
from glassnet.lab.frames import Frame, decode
from glassnet.lab.lines.lanes import MOST_LINES
from glassnet.lab.session import Session

MOONS: dict[str, Any] = {
    "seed": 1,
    "data": {"name": "moons", "options": {"n": 120, "noise": 0.1, "seed": 2}},
    "model": {
        "layers": [
            {"kind": "dense", "units": 6, "activation": "tanh"},
            {"kind": "dense", "units": 4, "activation": "relu"},
            {"kind": "dense", "units": 1, "activation": "sigmoid"},
        ]
    },
    "training": {"learning_rate": 0.1, "batch_size": 16, "optimizer": "sgd"},
}


def opened(run: Any = MOONS, views: tuple[str, ...] = ()) -> Session:
    session = Session()
    session.command({"do": "open", "run": run})
    session.command({"do": "want", "views": list(views)})
    assert "error" not in news(session)
    return session


def news(session: Session) -> dict[str, Frame]:
    return {frame.kind: frame for frame in map(decode, session.frames())}


def refused(session: Session, **command: Any) -> str:
    session.command(command)
    frames = news(session)
    assert "error" in frames, frames
    return str(frames["error"].words["message"])


def test_opening_tells_of_data_and_setting() -> None:
    session = Session()
    session.command({"do": "open", "run": MOONS})
    frames = news(session)
    data, setting = frames["data"], frames["setting"]
    assert data.words["samples"] == 96 and data.words["held_out"] == 24
    assert data.words["classes"] == ["0", "1"] and data.words["findings"] == []
    assert setting.words["run"]["training"]["learning_rate"] == 0.1
    assert frames["status"].words["step"] == 0 and not frames["status"].words["playing"]


def test_steps_epochs_and_reset() -> None:
    session = opened()
    session.command({"do": "step"})
    assert news(session)["status"].words["step"] == 1
    session.command({"do": "epoch"})
    status = news(session)["status"].words
    assert (status["step"], status["epoch"], status["batches"]) == (6, 1, 6)
    assert status["loss"] > 0 and status["held_out_loss"] > 0
    session.command({"do": "step", "count": 9})
    assert news(session)["status"].words["step"] == 15
    parameters = session.lane.state.parameters.copy()
    session.command({"do": "reset"})
    assert news(session)["status"].words["step"] == 0
    session.command({"do": "step", "count": 15})
    np.testing.assert_array_equal(session.lane.state.parameters, parameters)


def test_playing_and_pausing() -> None:
    session = opened()
    assert session.work() is False
    session.command({"do": "play"})
    assert session.work() is True and news(session)["status"].words["playing"]
    made = session.lane.line.step
    assert made > 0
    session.command({"do": "pause"})
    assert session.work() is False and session.lane.line.step == made


def test_a_speed_is_kept_to() -> None:
    session = opened()
    session.command({"do": "play", "speed": 50})
    for _ in range(100):
        session.work(0.02)
    assert session.lane.line.step == 100


def test_back_in_time_and_on_from_there() -> None:
    session = opened(views=("network",))
    session.command({"do": "step", "count": 30})
    now = news(session)["network"].arrays
    session.command({"do": "seek", "step": 12})
    frames = news(session)
    assert frames["status"].words["step"] == 12 and frames["status"].words["steps"] == 30
    then = frames["network"].arrays
    assert any(not np.array_equal(now[name], then[name]) for name in now)
    session.command({"do": "now"})
    np.testing.assert_array_equal(news(session)["network"].arrays["hidden.W"], now["hidden.W"])
    session.command({"do": "seek", "step": 12})
    session.command({"do": "step", "count": 18})  # a branch, by the same rule: the same bits
    frames = news(session)
    assert frames["status"].words["line"] == 1 and frames["status"].words["forked_at"] == 12
    for name, values in frames["network"].arrays.items():
        np.testing.assert_array_equal(values, now[name])
    session.command({"do": "select", "line": 0})
    lines = news(session)["lines"].words
    assert lines["line"] == 0 and session.lane.step == 30
    assert [each["forked_at"] for each in lines["lines"]] == [None, 12]


def test_another_rate_from_here_on() -> None:
    session, other = opened(), opened()
    for each in (session, other):
        each.command({"do": "step", "count": 10})
    session.command({"do": "set", "field": "learning_rate", "value": 1.0})
    assert news(session)["setting"].words["run"]["training"]["learning_rate"] == 1.0
    for each in (session, other):
        each.command({"do": "step", "count": 10})
    assert session.lane.line.course.losses.values[:11] == other.lane.line.course.losses.values[:11]
    assert session.lane.line.course.losses.values[12:] != other.lane.line.course.losses.values[12:]
    session.command({"do": "set", "field": "batch_size", "value": 96})
    session.command({"do": "epoch"})
    assert session.lane.line.job.batches == 1 and session.lane.line.step == 21


def test_the_views_of_a_plane() -> None:
    session = opened(views=("network", "units", "output", "loss"))
    for _ in range(33):
        session.command({"do": "epoch"})
    session.command({"do": "step", "count": 2})
    frames = news(session)
    units, output, loss = frames["units"].arrays, frames["output"].arrays, frames["loss"].arrays
    assert units["hidden"].shape == (6, 24, 24) and units["hidden2"].shape == (4, 24, 24)
    assert output["output"].shape == (1, 80, 80) and np.ptp(output["output"].astype(int)) > 200
    assert loss["step"][0] == 0 and len(loss["low"]) == len(loss["high"]) == 200
    assert 1 <= len(loss["held_out"]) <= 33  # evaluated for a share of the time
    assert frames["network"].arrays["hidden.W"].shape == (2, 6)


def test_the_map_is_what_the_network_says() -> None:
    session = opened(views=("output",))
    session.command({"do": "step", "count": 100})
    news(session)
    lane = session.lane
    assert lane.plane is not None
    network = lane.subject.model(lane.state)
    inside = network.forward(lane.plane.output).reshape(80, 80)
    session.command({"do": "want", "views": ["output"]})
    np.testing.assert_allclose(news(session)["output"].arrays["output"][0] / 255, inside, atol=3e-3)
    point = lane.subject.train.X[7]  # the pixel under a sample shows what is predicted for it
    low, high = lane.plane.low, lane.plane.high
    column, row = (
        (point[0] - low[0]) / (high[0] - low[0]),
        (high[1] - point[1]) / (high[1] - low[1]),
    )
    predicted = network.forward(lane.subject.encode(point[None]))[0, 0]
    assert abs(inside[int(row * 80), int(column * 80)] - predicted) < 0.2


def test_what_is_not_wanted_is_not_worked_out() -> None:
    session = opened(views=("loss",))
    session.command({"do": "step"})
    assert set(news(session)) == {"status", "loss"}
    assert session.frames() == []


def test_the_doctor_is_heard() -> None:
    run = {**MOONS, "training": {"learning_rate": 300.0, "batch_size": 96, "optimizer": "sgd"}}
    session = opened(run)
    session.command({"do": "step", "count": 300})
    findings = news(session)["findings"].words["findings"]
    assert findings and findings[0]["why"] == "learning-rate" and findings[0]["is_alarm"]


def test_a_loss_that_becomes_infinite_pauses() -> None:
    run = {
        **MOONS, "data": {"name": "diabetes"},
        "model": {"layers": [{"kind": "dense", "units": 8, "activation": "relu"},
                             {"kind": "dense", "units": 1}]},
        "training": {"learning_rate": 1e6},
    }  # fmt: skip
    session = opened(run)
    session.command({"do": "play"})
    for _ in range(200):
        if not session.work():
            break
    assert session.lane.line.ended == "non-finite" and not session.playing
    assert "no longer finite" in refused(session, do="play")


def test_asking_about_a_weight() -> None:
    session = opened()
    session.command({"do": "step", "count": 5})
    session.command({"do": "ask", "sample": 3, "weight": "hidden:2,4"})
    answer = news(session)["answer"].words
    assert "<math" in answer["html"] and answer["step"] == 5
    assert "no sample 97" in refused(session, do="ask", sample=97)
    assert "hidden" in refused(session, do="ask", weight="hidden:9,9")


def test_taking_away_the_run_and_the_model() -> None:
    session = opened()
    session.command({"do": "step", "count": 20})
    news(session)
    session.command({"do": "take", "what": "toml"})
    file = news(session)["file"]
    assert file.words["name"] == "run.toml"
    run = run_from_toml(bytes(file.arrays["data"]).decode())
    assert run.training.epochs == 4  # of 6 steps each
    assert run_to_plain(run)["model"] == run_to_plain(session.lane.subject.run)["model"]
    session.command({"do": "take", "what": "model"})
    document = model_from_json(bytes(news(session)["file"].arrays["data"]))
    np.testing.assert_array_equal(document.weights["hidden.W"].shape, [2, 6])


HOSTILE: list[Any] = [
    None, 3, "play", [], {}, {"do": None}, {"do": "explode"}, {"do": "play", "speed": -1},
    {"do": "play", "speed": "fast"}, {"do": "step", "count": 0}, {"do": "step", "count": 10**12},
    {"do": "seek", "step": -1}, {"do": "seek", "step": 5}, {"do": "select", "line": 3},
    {"do": "want", "views": ["everything"]}, {"do": "want", "views": "units"},
    {"do": "set", "field": "seed", "value": -1}, {"do": "set", "field": "learning_rate",
                                                    "value": "high"},
    {"do": "set", "field": "batch_size", "value": -4}, {"do": "take", "what": "/etc/passwd"},
    {"do": "open", "run": 3}, {"do": "open", "run": {}},
    {"do": "open", "run": {"data": {"path": "/etc/passwd"}}},
    {"do": "open", "run": {"data": {"name": "nothing"}}},
    {"do": "open", "run": {**MOONS, "model": {"layers": [10**6]}}},
    {"do": "open", "run": {**MOONS, "model": {"layers": [{"kind": "dense", "units": 10**9}]}}},
    {"do": "open", "run": {**MOONS, "model": {"layers": [{"kind": "dense", "units": 7}]}}},
    {"do": "open", "run": {**MOONS, "data": {"name": "moons", "options": {"n": 10**9}}}},
    {"do": "open", "run": {**MOONS, "seed": -1}}, {"do": "ask", "sample": 0},
    {"do": "play", "more": True},
]  # fmt: skip


@pytest.mark.parametrize("message", HOSTILE, ids=lambda message: json.dumps(message)[:60])
def test_what_can_not_be_done_is_a_sentence_and_nothing_is_lost(message: Any) -> None:
    session = opened()
    session.command({"do": "step", "count": 3})
    news(session)
    session.command(message)
    errors = [frame for frame in map(decode, session.frames()) if frame.kind == "error"]
    assert len(errors) == 1 and len(str(errors[0].words["message"])) > 10
    session.command({"do": "step"})
    assert session.lane.line.step == 4


FIELDS: dict[str, dict[str, Any]] = {
    "set": {"field": "l2", "value": 0.1}, "seek": {"step": 0}, "select": {"line": 0},
    "keep": {"line": 0}, "take": {"what": "toml"}, "watch": {"part": "train", "sample": 1},
    "cell": {"truth": 0, "said": 0}, "read": {"name": "a.csv"},
    "pictures": {"name": "p", "labels": []},
}  # fmt: skip


def test_before_anything_is_open() -> None:
    for name in KINDS:
        if name in ("open", "want", "pause", "now", "part"):
            continue
        session = Session()
        message = {"do": name, **FIELDS.get(name, {})}
        session.command(message)
        frames = news(session)
        assert set(frames) == {"error"}, name


def test_lines_are_limited_in_number() -> None:
    session = opened()
    session.command({"do": "step", "count": 10})
    for _ in range(MOST_LINES - 1):
        session.command({"do": "branch"})
    assert "lines already" in refused(session, do="branch")


@pytest.mark.parametrize(
    "name", ["iris", "digits", "breast-cancer", "patterns", "spiral", "diabetes"]
)
def test_every_set_can_be_learned(name: str) -> None:
    classes = gn.load_dataset(name).classes
    outputs = 1 if classes is None else len(classes)
    activation = "identity" if classes is None else "softmax"
    run = {
        "data": {"name": name},
        "model": {"layers": [{"kind": "dense", "units": 8, "activation": "tanh"},
                             {"kind": "dense", "units": outputs, "activation": activation}]},
    }  # fmt: skip
    session = opened(run, ("network", "units", "output", "loss"))
    session.command({"do": "step", "count": 150})
    frames = news(session)
    losses = session.lane.line.course.losses.values
    assert np.mean(losses[-20:]) < np.mean(losses[:5])
    assert ("units" in frames) == (name == "spiral")
