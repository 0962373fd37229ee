"""The views say what the network does: each is checked against the network itself."""

import numpy as np
import pytest

from glassnet.engines.numpy_engine import loss_and_gradient
from glassnet.lab.views.scene import chosen
from lab.talk import news, refused, session_on, tell


def test_the_confusion_is_counted_from_predictions_and_a_cell_holds_its_samples() -> None:
    session = session_on("iris", "confusion")
    tell(session, do="step", count=40)
    frame = news(session)["confusion"]
    lane = session.lane
    data, X, _ = lane.subject.part("held_out")
    said = chosen(lane.subject.model(lane.state).forward(X))
    counts = frame.arrays["counts"]
    assert frame.words["part"] == "held_out" and counts.sum() == len(X) == 30
    for truth in range(3):
        for other in range(3):
            assert counts[truth, other] == np.sum((data.y == truth) & (said == other))
    tell(session, do="cell", truth=1, said=1, part="held_out")
    cell = news(session)["cell"]
    places = np.array(cell.words["samples"]) - 1
    assert cell.words["count"] == counts[1, 1] == len(places)
    assert set(data.y[places]) == {1} and set(said[places]) == {1}
    assert cell.words["scores"] == sorted(cell.words["scores"], reverse=True)
    np.testing.assert_allclose(cell.arrays["rows"], np.asarray(data.X)[places], rtol=1e-6)
    assert "no class 3" in refused(session, do="cell", truth=3, said=0)
    tell(session, do="part", part="train")
    assert news(session)["confusion"].arrays["counts"].sum() == 120


def test_scores_are_the_probabilities_of_the_second_class() -> None:
    session = session_on("breast-cancer", "scores")
    tell(session, do="step", count=300)
    frame = news(session)["scores"]
    lane = session.lane
    _, X, _ = lane.subject.part("held_out")
    p = lane.subject.model(lane.state).forward(X)[:, 1]
    np.testing.assert_allclose(frame.arrays["scores"], p, rtol=1e-5)
    assert frame.words["positive"] == "1" or frame.words["positive"] == "malignant"
    truths = frame.arrays["truths"]
    t = frame.words["learned"]
    train_p = lane.subject.model(lane.state).forward(lane.subject.X)[:, 1]
    right = np.mean((train_p > t) == (lane.subject.train.y == 1))
    assert all(
        right >= np.mean((train_p > other) == (lane.subject.train.y == 1))
        for other in np.linspace(0.02, 0.98, 49)
    )
    assert frame.words["accuracy_baseline"] == max(truths.mean(), 1 - truths.mean())


def test_gradients_and_the_loss_are_those_of_the_steps() -> None:
    session = session_on("moons", "gradients", "loss")
    for _ in range(12):
        tell(session, do="step")
    frames = news(session)
    gradients, loss = frames["gradients"], frames["loss"]
    assert gradients.words["layers"] == ["hidden", "output"]
    assert gradients.arrays["step"].tolist() == list(range(12))
    lane = session.lane
    for step in (0, 7):
        state = lane.line.state_at(step)
        stretch = lane.line.stretches[-1]
        rows = stretch.past.batch_rows(step)
        stack = lane.line.job.stack
        samples = lane.line.job.samples
        value, gradient = loss_and_gradient(stack, state, samples.X, samples.Y, rows)
        views = stack.layout.views(gradient)
        norms = [np.hypot(*(np.linalg.norm(views[place][n]) for n in "Wb")) for place in range(2)]
        np.testing.assert_allclose(gradients.arrays["norms"][:, step], norms, rtol=1e-5)
        assert loss.arrays["low"][step] == pytest.approx(value, rel=1e-6)


def test_histograms_count_every_weight_and_activation() -> None:
    session = session_on("digits", "histograms")
    tell(session, do="step", count=30)
    frame = news(session)["histograms"]
    assert frame.words["layers"] == ["hidden", "output"]
    weights, edges = frame.arrays["weights"], frame.arrays["weight_edges"]
    assert weights.sum(axis=1).tolist() == [64 * 32, 32 * 10]
    lane = session.lane
    W = lane.subject.model(lane.state).parameter_views()["hidden.W"]
    assert edges[0].tolist() == pytest.approx([W.min(), W.max()])
    assert frame.arrays["activations"].sum(axis=1).tolist() == [359 * 32, 359 * 10]
    zero, none = frame.words["zero_share"]
    assert 0 < zero < 1 and none is None


def test_a_sample_on_its_way_through_the_network() -> None:
    session = session_on("digits", "sample")
    tell(session, do="step", count=200)
    tell(session, do="watch", part="held_out", sample=5)
    frame = news(session)["sample"]
    lane, words = session.lane, frame.words
    data, X, _ = lane.subject.part("held_out")
    network = lane.subject.model(lane.state)
    p = network.forward(X[4:5])[0]
    np.testing.assert_allclose(frame.arrays["outputs"], p, rtol=1e-5)
    assert words["truth"] == str(data.y[4]) and words["said"] == str(p.argmax())
    effects = frame.arrays["effects"]
    # ReLU: the effects and the biases' part make the logit.
    assert effects.shape == (10, 64) and frame.arrays["picture"].shape == (8, 8)
    said = int(p.argmax())
    assert words["pro"] + words["contra"] == pytest.approx(effects[said].sum(), rel=1e-4)
    softmax = np.exp(np.array(words["logits"]) - max(words["logits"]))
    np.testing.assert_allclose(softmax / softmax.sum(), p, rtol=1e-4)
    parts = frame.arrays["unit_effects"].sum(axis=1) + network.parameter_views()["output.b"]
    np.testing.assert_allclose(parts, words["logits"], rtol=1e-4, atol=1e-5)
    assert "no sample 999" in refused(session, do="watch", part="held_out", sample=999)


def test_a_regression_is_shown_in_the_targets_own_unit() -> None:
    session = session_on("diabetes", "fit", "scores", "confusion")
    tell(session, do="step", count=400)
    frames = news(session)
    frame, lane = frames["fit"], session.lane
    assert "scores" not in frames and "confusion" not in frames
    data, X, _ = lane.subject.part("held_out")
    standardizer = lane.subject.standardizer
    assert standardizer is not None
    predicted = standardizer.decode(lane.subject.model(lane.state).forward(X))
    np.testing.assert_allclose(frame.arrays["predicted"], predicted, rtol=1e-5)
    np.testing.assert_allclose(frame.arrays["true"], data.y)
    residual = np.square(data.y - predicted).sum() / np.square(data.y - data.y.mean()).sum()
    assert frame.words["r2"] == pytest.approx(1 - residual, rel=1e-5) and frame.words["r2"] > 0.3


def test_other_numbers_can_be_tried() -> None:
    session = session_on("breast-cancer", "sample")
    tell(session, do="step", count=300)
    tell(session, do="watch", part="held_out", sample=2)
    before = news(session)["sample"]
    name = session.lane.subject.train.feature_names[20]
    value = float(before.arrays["input"][20]) * 3
    tell(session, do="watch", part="held_out", sample=2, values={name: value})
    after = news(session)["sample"]
    assert after.words["part"] == "trial" and after.arrays["input"][20] == pytest.approx(value)
    assert after.arrays["outputs"][1] != before.arrays["outputs"][1]
    assert "no feature 'age'" in refused(
        session, do="watch", part="train", sample=1, values={"age": 3}
    )


def test_a_drawing_is_read() -> None:
    session = session_on("digits", "sample")
    tell(session, do="step", count=1500)
    ink = np.zeros((112, 112), dtype=np.uint8)
    ink[20:90, 50:60] = 255  # a one
    tell(session, {"ink": ink}, do="draw")
    frame = news(session)["sample"]
    assert frame.words["part"] == "drawing" and frame.words["said"] == "1"
    assert frame.words["scale"] > 1 and frame.words["plain"]["said"] in map(str, range(10))
    tell(session, {"ink": np.zeros_like(ink)}, do="draw")
    assert "sample" not in news(session)
    other = session_on("iris", "sample")
    assert "can be drawn" in refused(other, {"ink": ink}, do="draw")


def test_wrong_points_of_the_plane_are_named() -> None:
    session = session_on("xor", "output")
    tell(session, do="step", count=30)
    words = news(session)["output"].words
    lane = session.lane
    for part, name in (("train", "wrong"), ("held_out", "wrong_held_out")):
        data, X, _ = lane.subject.part(part)
        said = chosen(lane.subject.model(lane.state).forward(X))
        assert words[name] == np.flatnonzero(said != data.y).tolist() != []


def test_views_while_playing_take_a_bounded_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from glassnet.lab.told import news as news_module

    clock = [100.0]
    monkeypatch.setattr(news_module.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(news_module.time, "thread_time", lambda: clock[0])

    def slow(scene: object) -> None:
        clock[0] += 1.0

    monkeypatch.setitem(news_module.VIEWS, "histograms", slow)  # type: ignore[arg-type]
    session = session_on("moons", "histograms")
    session.frames()
    tell(session, do="play")
    looked = clock[0]
    for _ in range(1000):
        session.lane.advance(1)
        session.frames()
        clock[0] += 0.1
    spent = clock[0] - looked - 100
    assert 0.05 * 100 < spent < 0.25 * 100
