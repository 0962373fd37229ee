"""The shipped network stands in for MNIST where its samples are not at hand: it is drawn for and
looked into, and what needs samples is refused in a sentence."""

import numpy as np
import pytest

from glassnet.lab.session import Session
from glassnet.lab.told import tell as told
from lab.talk import news, refused, session_on, tell

VIEWS = ("network", "units", "output", "loss", "gradients", "histograms", "confusion", "sample")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(told, "fetched_sets", lambda: {"mnist": "is away", "fashion-mnist": "x"})
    return session_on("mnist", *VIEWS)


def test_a_drawing_is_read_and_every_layer_lit(session: Session) -> None:
    ink = np.zeros((140, 140), dtype=np.uint8)
    ink[30:110, 60:72] = 255  # a one
    tell(session, {"ink": ink}, do="draw")
    frames = news(session)
    sample = frames["sample"]
    assert sample.words["said"] == "1" and sample.arrays["picture"].shape == (28, 28)
    assert sample.arrays["hidden"].shape == (64,) and sample.arrays["effects"].shape == (10, 784)
    assert frames["setting"].words["layers"][0]["inputs"] == 784
    assert frames["data"].words["samples"] == 0 and frames["data"].words["classes"] == [
        *"0123456789"
    ]


def test_what_needs_samples_is_refused(session: Session) -> None:
    for command in (
        {"do": "play"}, {"do": "step"}, {"do": "epoch"}, {"do": "reset"}, {"do": "another"},
        {"do": "branch"}, {"do": "set", "field": "learning_rate", "value": 1.0},
        {"do": "set", "field": "hidden", "value": []},
    ):  # fmt: skip
        assert "trained before" in refused(session, **command), command
    assert "no sample 1" in refused(session, do="watch", part="train", sample=1)
    tell(session, do="take", what="model")
    tell(session, do="set", field="data", value="digits")
    tell(session, do="step")
    assert session.lane.line.step == 1
