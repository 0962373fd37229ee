"""What the page of a watched model may ask between the fits, and what it is told."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import InputError
from glassnet.lab.frames import Frame, encode
from glassnet.lab.notebook.watching import FIT_TRAINS, NOTHING_YET, Watching
from lab.watched import SPIRAL, TEST, TRAIN, Page, fit, fit_twin, network


def test_the_past_and_questions_after_fit() -> None:
    model = network()
    page = Page(model)
    fit(model)
    told = {frame.kind: frame for frame in page.ask(do="seek", step=13)}
    assert told["status"].words["step"] == 13 and told["status"].words["steps"] == 100
    W = told["network"].arrays["hidden.W"]
    np.testing.assert_array_equal(W.ravel(), fit_twin(13)[: W.size])
    answer = page.ask(do="ask", sample=3, weight="hidden:1,2")[-1]
    assert answer.kind == "answer" and answer.words["step"] == 13
    assert page.ask(do="ask", batch=True)[-1].kind == "answer"
    assert page.ask(do="now")[0].words["step"] == 100
    assert "no step 101" in page.refused(do="seek", step=101)
    cell = page.ask(do="cell", truth=0, said=0, part="train")
    assert [frame.kind for frame in cell] == ["cell"]


def test_the_model_file_is_the_model(tmp_path: Path) -> None:
    model = gn.Classifier((4,), epochs=3, random_state=0)
    page = Page(model)
    model.fit(TRAIN.X, TRAIN.y)
    frame = page.ask(do="take", what="model")[-1]
    (tmp_path / "model.json").write_bytes(frame.arrays["data"].tobytes())
    again = gn.load(tmp_path / "model.json")
    np.testing.assert_array_equal(again.predict_proba(TEST.X), model.predict_proba(TEST.X))
    page.ask(do="seek", step=2)
    frame = page.ask(do="take", what="model")[-1]
    (tmp_path / "then.json").write_bytes(frame.arrays["data"].tobytes())
    assert isinstance(gn.load(tmp_path / "then.json"), gn.Network)


@pytest.mark.parametrize(
    "command",
    [
        {"do": "play"}, {"do": "step"}, {"do": "epoch"}, {"do": "reset"}, {"do": "another"},
        {"do": "set", "field": "seed", "value": 2}, {"do": "branch"}, {"do": "use"},
        {"do": "select", "line": 1}, {"do": "compare", "line": 1}, {"do": "points"},
    ],
)  # fmt: skip
def test_what_would_train_is_one_sentence(command: dict[str, Any]) -> None:
    model = network()
    page = Page(model)
    fit(model, epochs=1)
    before = model.state.parameters.copy()
    assert page.refused(**command) == FIT_TRAINS
    np.testing.assert_array_equal(before, model.state.parameters)


def test_before_any_fit() -> None:
    page = Page(network())
    assert page.refused(do="seek", step=0) == NOTHING_YET
    assert page.refused(do="play") == FIT_TRAINS
    assert page.ask(do="open") == [] == page.ask(do="want", views=["loss"])


@pytest.mark.parametrize("content", [None, 3, [], {}, {"do": 4}, {"do": "fly"}, "play", {"a": {}}])
def test_garbage_is_one_sentence(content: Any) -> None:
    page = Page(network())
    page.sent.clear()
    page.watching.receive(content)
    assert [frame.kind for frame in page.frames] == ["error"]


@pytest.mark.parametrize("data", [b"", b"\0" * 3, b"\xff" * 64, b"{}" * 20])
def test_garbage_bytes_are_one_sentence(data: bytes) -> None:
    page = Page(network())
    page.sent.clear()
    page.watching.receive({"do": "draw"}, [memoryview(data)])
    assert [frame.kind for frame in page.frames] == ["error"]


def test_samples_before_any_fit() -> None:
    model = network(inputs=2)
    page = Page(model, SPIRAL)
    told = {frame.kind: frame for frame in page.ask(do="open")}
    assert told["status"].words["step"] == 0 and told["data"].words["title"] == SPIRAL.name
    assert "no step yet" in page.refused(do="ask", sample=1)
    fit(model, epochs=1)
    assert page.last("data").words["samples"] == len(TRAIN)
    with pytest.raises(InputError):
        Watching(model, lambda _: None, (np.zeros((4, 3)), np.zeros(4, dtype=int)))
    assert Page(network(), SPIRAL).ask(do="open") == []  # not built: nothing to show


def test_a_fitted_estimator_with_samples() -> None:
    wine = gn.load_dataset("wine")
    model = gn.Classifier((5,), epochs=2, random_state=0).fit(wine.X, wine.y)
    page = Page(model, (wine.X, wine.y))
    told = {frame.kind: frame for frame in page.ask(do="open")}
    assert told["data"].words["samples"] == 178
    assert told["status"].words["step"] == model.network_.state.step


def test_drawings_come_as_frames() -> None:
    digits = gn.load_dataset("digits").rows(slice(0, 200))
    model = gn.Classifier((8,), epochs=2, random_state=0)
    page = Page(model, digits)
    model.fit(digits.X, digits.y)
    assert page.last("data").words["image_shape"] == [8, 8]
    page.ask(do="want", views=["sample"])
    ink = np.zeros((64, 64), dtype=np.uint8)
    ink[10:50, 28:36] = 255
    told = page.ask(buffers=[encode(Frame("draw", {}, {"ink": ink}))], do="draw")
    assert told[-1].kind == "sample" and told[-1].words["part"] == "drawing"


def test_a_run_is_taken_away_from_where_it_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    from glassnet.lab.told import replay

    model = network()
    fit(model, epochs=2)
    page = Page(model)
    fit(model, epochs=2)
    assert "steps 20 to 40" in page.refused(do="seek", step=3)
    monkeypatch.setattr(replay, "page", lambda words: words)
    taken = page.ask(do="take", what="replay")[-1]
    assert taken.kind == "file" and b'"steps":[20,' in taken.arrays["data"].tobytes()


def test_a_step_is_explained_by_the_rule_of_its_fit() -> None:
    model = network()
    page = Page(model)
    fit(model, epochs=1, optimizer="sgd", learning_rate=0.125)
    fit(model, epochs=1, optimizer="sgd", learning_rate=0.375)
    for step, rate in ((4, "0.125"), (14, "0.375")):
        page.ask(do="seek", step=step)
        told = page.ask(do="ask", sample=1, weight="hidden:1,2")[-1].words["html"]
        assert [each for each in ("0.125", "0.375") if each in told] == [rate]
