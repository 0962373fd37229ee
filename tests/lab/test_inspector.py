"""The inspector's answers: formulas whose numbers are the network's own, in sections."""

import re

import numpy as np
import pytest

from glassnet.lab.session import Session
from lab.talk import news, refused, session_on, tell

MINUS = "−"


@pytest.fixture(scope="module")
def session() -> Session:
    made = session_on("spiral")
    tell(made, do="step", count=2000)
    return made


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace(MINUS, "-")


def pre_activation(session: Session, sample: int, layer: int, unit: int) -> float:
    lane = session.lane
    trace = lane.subject.model(lane.state).trace(lane.subject.X[sample - 1 : sample])
    views = lane.line.job.stack.layout.views(lane.state.parameters)[layer]
    return float((trace[layer].input @ views["W"] + views["b"])[0, unit - 1])


def test_a_weight_is_followed_forward_backward_and_numerically(session: Session) -> None:
    tell(session, do="ask", sample=3, weight="hidden2:3,7")
    answer = news(session)["answer"].words
    assert answer["title"] == "weight to unit 7 of hidden 2 from y3"
    assert answer["subtitle"] == "sample 3, label 1, step 2,000" and answer["agrees"] is True
    sections = re.findall(r'<section class="(\w+)">', answer["html"])
    assert sections == ["unit", "backward", "numeric", "update", "forward", "shapes"]
    z = pre_activation(session, 3, 1, 7)
    told = words(answer["html"]).replace(" ", "")
    shown = re.search(r"z7=(.+?)=(-?\d+\.\d+)", told)
    assert shown is not None and float(shown[2]) == pytest.approx(z, rel=2e-3)
    products = re.findall(r"\(?(-?[\d.]+)\)?·\(?(-?[\d.]+)\)?", shown[1])
    others = re.search(r"\(5others:(-?[\d.]+)\)\+\(?(-?[\d.]+)\)?$", shown[1])
    assert others is not None
    total = sum(float(a) * float(b) for a, b in products) + float(others[1]) + float(others[2])
    assert len(products) == 3 and total == pytest.approx(z, abs=5e-3)
    assert f"y7=tanh({shown[2]})=" in told


def test_a_unit_and_a_bias_are_asked_for(session: Session) -> None:
    tell(session, do="ask", sample=5, unit="hidden:2")
    answer = news(session)["answer"].words
    assert answer["title"] == "unit 2 of hidden 1" and "<section" in answer["html"]
    assert "style=" not in answer["html"] and "<script" not in answer["html"]
    tell(session, do="ask", sample=5, weight="output:b,1")
    assert news(session)["answer"].words["title"] == "bias of unit 1 of output"


def test_a_held_out_sample_is_explained_too(session: Session) -> None:
    tell(session, do="ask", part="held_out", sample=4, unit="output:1")
    answer = news(session)["answer"].words
    lane = session.lane
    data, X, _ = lane.subject.part("held_out")
    assert answer["subtitle"] == f"held-out sample 4, label {data.y[3]}, step 2,000"
    p = lane.subject.model(lane.state).forward(X[3:4])[0, 0]
    shown = re.search(r"y1=softmax\(z\)1=(-?[\d.]+)", words(answer["html"]).replace(" ", ""))
    assert shown is not None and float(shown[1]) == pytest.approx(p, rel=2e-3, abs=1e-6)
    assert "no sample 121" in refused(session, do="ask", part="held_out", sample=121)


def test_the_batch_of_the_step_that_is_shown(session: Session) -> None:
    tell(session, do="seek", step=700)
    tell(session, do="ask", batch=True, weight="output:1,1")
    answer = news(session)["answer"].words
    past = session.lane.line.stretches[-1].past
    assert answer["sample"] == past.batch_rows(700)[0] + 1 and answer["step"] == 700
    assert "All 20 samples together" in words(answer["html"])
    tell(session, do="now")


def test_a_network_that_is_nearly_sure_is_not_accused() -> None:
    session = session_on("iris")
    tell(session, do="step", count=60_000)
    for weight in ("output:1,1", "hidden:2,3"):
        tell(session, do="ask", sample=3, weight=weight)
        assert news(session)["answer"].words["agrees"] is True


def test_what_there_is_none_of_is_refused(session: Session) -> None:
    assert "no sample 9,999" in refused(session, do="ask", sample=9999).replace("9999", "9,999")
    assert "hidden9" in refused(session, do="ask", unit="hidden9:1")
    assert np.isfinite(session.lane.state.parameters).all()
