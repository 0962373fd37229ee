"""The model that is taken away: an estimator that does with rows of the person's data what the
network in the lab does with them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.lab.frames import decode
from glassnet.lab.session import Session


def taken(session: Session, folder: Path) -> Any:
    """The model file, loaded."""
    session.frames()
    session.command({"do": "take", "what": "model"})
    file = next(f for f in map(decode, session.frames()) if f.kind == "file")
    (folder / file.words["name"]).write_bytes(bytes(file.arrays["data"]))
    return gn.load(folder / "model.json")


def trained(data: str, **fields: Any) -> Session:
    session = Session()
    session.command({"do": "open"})
    for field, value in {"data": data, **fields}.items():
        session.command({"do": "set", "field": field, "value": value})
    session.command({"do": "step", "count": 30})
    return session


@pytest.mark.parametrize(
    ("data", "fields"),
    [("moons", {}), ("moons", {"loss": "mean_squared_error"}), ("iris", {}), ("patterns", {}),
     ("breast-cancer", {"scaling": "robust"})],
)  # fmt: skip
def test_a_classifier(data: str, fields: dict[str, Any], tmp_path: Path) -> None:
    session = trained(data, **fields)
    model, subject = taken(session, tmp_path), session.lane.subject
    outputs = subject.model(session.lane.state).forward(subject.X)
    if outputs.shape[1] == 1:
        outputs = np.hstack([1 - outputs, outputs])
    np.testing.assert_allclose(model.predict_proba(subject.train.X), outputs, atol=1e-12)
    assert set(model.predict(subject.train.X)) <= set(subject.train.y)


def test_a_regressor(tmp_path: Path) -> None:
    session = trained("diabetes")
    model, subject = taken(session, tmp_path), session.lane.subject
    outputs = subject.model(session.lane.state).forward(subject.X)
    np.testing.assert_allclose(model.predict(subject.train.X), subject.decode(outputs))


def test_of_inputs_made_of_two_features_the_network_alone(tmp_path: Path) -> None:
    session = trained("moons")
    made = {"name": "moons", "inputs": ["x1", "x1^2"]}
    session.command({"do": "set", "field": "data", "value": made})
    assert session.lane.subject.inputs == ("x1", "x1^2")
    assert isinstance(taken(session, tmp_path), gn.Network)
