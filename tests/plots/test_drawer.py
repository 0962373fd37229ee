"""The process that draws: the same pictures as here, and nothing lost where it fails."""

from pathlib import Path

import pytest

from glassnet.errors import FileError
from glassnet.plots import save_figure, training_curves
from glassnet.plots.drawer import Drawer

CURVES = {
    "loss": [2.0, 1.0, 0.5, float("nan")],
    "validation_loss": None,
    "accuracy": [0.1, 0.5, 0.75, 0.8],
    "validation_accuracy": None,
    "best_epoch": 3,
}


@pytest.fixture
def here(tmp_path: Path) -> list[bytes]:
    """The pictures as this process draws them."""
    drawn = save_figure(training_curves(**CURVES), tmp_path / "here")
    return [picture.read_bytes() for picture in drawn]


def test_the_same_pictures(here: list[bytes], tmp_path: Path) -> None:
    with Drawer() as drawer:
        drawer.begin(CURVES)
        pictures = drawer.finish(tmp_path / "there", CURVES)
    assert [picture.name for picture in pictures] == ["there.png", "there.svg"]
    assert [picture.read_bytes() for picture in pictures] == here


def test_a_process_that_ends_too_early(here: list[bytes], tmp_path: Path) -> None:
    with Drawer() as drawer:
        if drawer._process is not None:
            drawer._process.kill()
        pictures = drawer.finish(tmp_path / "there", CURVES)
    assert [picture.read_bytes() for picture in pictures] == here


def test_other_curves_than_it_began_with(here: list[bytes], tmp_path: Path) -> None:
    with Drawer() as drawer:
        drawer.begin({**CURVES, "loss": [1.0, 1.0, 1.0, 1.0]})
        pictures = drawer.finish(tmp_path / "there", CURVES)
    assert [picture.read_bytes() for picture in pictures] == here


def test_nothing_is_written_before_it_is_told(tmp_path: Path) -> None:
    with Drawer() as drawer:
        drawer.begin(CURVES)
    assert list(tmp_path.iterdir()) == []


def test_no_process_at_all(
    here: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))
    with Drawer() as drawer:
        assert drawer._process is None
        pictures = drawer.finish(tmp_path / "there", CURVES)
    assert [picture.read_bytes() for picture in pictures] == here


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    with Drawer() as drawer, pytest.raises(FileError, match=r"no/curves\.png' could not be"):
        drawer.finish(tmp_path / "no" / "curves", CURVES)


def test_without_an_order_it_ends() -> None:
    with Drawer() as drawer:
        process = drawer._process
    assert process is None or process.returncode is not None


def test_an_error_within_ends_it_too() -> None:
    with pytest.raises(KeyboardInterrupt), Drawer() as drawer:
        process = drawer._process
        raise KeyboardInterrupt
    assert process is None or process.returncode is not None
