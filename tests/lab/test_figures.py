"""What a step shows: the same whenever it is looked at, also after a long training."""

from typing import Any

import pytest

from glassnet.lab.frames import decode
from glassnet.lab.lines import figures
from glassnet.lab.lines.curve import MOST
from glassnet.lab.session import Session
from lab.serving import small_run

SHOWN = ("epoch", "loss", "accuracy", "held_out_loss", "held_out_accuracy")


def status(session: Session) -> dict[str, Any]:
    """The figures that are shown."""
    session.refresh()
    frames = [decode(frame) for frame in session.frames()]
    words = next(frame.words for frame in frames if frame.kind == "status")
    return {name: words[name] for name in SHOWN}


def begun(**training: Any) -> Session:
    session = Session()
    session.command({"do": "open", "run": small_run(**training)})
    return session


def approx(figures: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if value is None else pytest.approx(value, rel=1e-6)
        for name, value in figures.items()
    }


@pytest.mark.parametrize("batch_size", [32, 300])
def test_a_step_shows_the_same_after_a_long_training(batch_size: int) -> None:
    session = begun(batch_size=batch_size)
    seen = {}
    for step in (0, 1, 7, 40):
        session.command({"do": "seek", "step": step})
        if step:
            made = session.lane.line.step
            session.command({"do": "step", "count": step - made})
        seen[step] = status(session)
    session.command({"do": "step", "count": 3 * MOST})
    assert session.lane.line.course.losses.size > 1
    for step in (40, 0, 7, 1):
        session.command({"do": "seek", "step": step})
        assert status(session) == approx(seen[step]), step


def test_a_change_in_the_middle_of_a_pass() -> None:
    session = begun(batch_size=32)
    session.command({"do": "step", "count": 5})
    session.command({"do": "set", "field": "learning_rate", "value": 0.5})
    session.command({"do": "step", "count": 7})
    seen = status(session)
    session.command({"do": "step", "count": 3 * MOST})
    session.command({"do": "seek", "step": 12})
    assert status(session) == approx(seen)


def test_large_passes_are_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MOST_WORK", 0)
    session = begun(batch_size=32)
    session.command({"do": "step", "count": 3 * MOST})
    session.command({"do": "seek", "step": 20})
    assert status(session)["loss"] is not None
    assert session.lane.line.course.looked_up == {}


def test_runs_side_by_side_stand_at_the_same_step_when_they_pause() -> None:
    session = begun(batch_size=32)
    session.command({"do": "another"})
    session.command({"do": "play"})
    session.lanes.lane.advance(3)  # one is ahead
    session.command({"do": "pause"})
    one, other = (lane.line.step for lane in session.lanes.all)
    assert one == other == 3
