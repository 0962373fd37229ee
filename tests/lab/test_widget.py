"""The widget without a browser: what it hands to the notebook, and what it takes from there."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import glassnet as gn
from glassnet.errors import FileError, InputError
from glassnet.lab import page_files
from glassnet.lab.frames import unbundle

SPIRAL = gn.load_dataset("spiral", n=120, noise=0.1, seed=3)


@pytest.fixture(autouse=True)
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for what Vite builds."""
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "widget.js").write_text("export default { render() {} }")
    monkeypatch.setattr(page_files, "FOLDER", tmp_path)
    return tmp_path


def network() -> gn.Network:
    return gn.Network([gn.Dense(4, "tanh"), gn.Dense(2, "softmax")], "cross_entropy", seed=0)


def listening(widget: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    sent: list[Any] = []
    monkeypatch.setattr(
        widget, "send", lambda content, buffers=None: sent.append((content, buffers))
    )
    return sent


def test_bundles_leave_as_buffers_of_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network()
    widget = gn.watch(model, height=500)
    assert widget.height == 500 and "export default" in widget._esm
    sent = listening(widget, monkeypatch)
    model.fit(SPIRAL.X, SPIRAL.y, epochs=5, verbose=False)
    assert sent and all(content == {"kind": "bundle"} for content, _ in sent)
    kinds = {frame.kind for _, buffers in sent for frame in unbundle(bytes(buffers[0]))}
    assert {"hello", "data", "status", "network", "output", "loss"} <= kinds


def test_messages_of_the_page_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network()
    widget = gn.watch(model)
    model.fit(SPIRAL.X, SPIRAL.y, epochs=5, verbose=False)
    sent = listening(widget, monkeypatch)
    widget._handle_custom_msg({"do": "seek", "step": 3}, [])
    widget._handle_custom_msg({"do": "play"}, [])
    frames = [frame for _, buffers in sent for frame in unbundle(bytes(buffers[0]))]
    assert frames[0].kind == "status" and frames[0].words["step"] == 3
    assert frames[-1].kind == "error" and "`fit` trains" in frames[-1].words["message"]


def test_a_model_has_one_widget() -> None:
    model = network()
    widget = gn.watch(model)
    assert gn.watch(model, height=700) is widget and widget.height == 700
    assert gn.watch(network()) is not widget
    model.fit(SPIRAL.X, SPIRAL.y, epochs=1, verbose=False)
    assert gn.watch(model, SPIRAL) is widget
    widget.close()
    assert gn.watch(model) is not widget


def test_what_cannot_be_watched() -> None:
    with pytest.raises(InputError, match="a Network, a Classifier or a Regressor; str was given"):
        gn.watch("model")
    for height in (10, 600.0, True, "600"):
        with pytest.raises(InputError, match="height is 320 to 4000 pixels"):
            gn.watch(network(), height=height)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="X and y together"):
        gn.watch(network(), SPIRAL.X)


def test_an_unbuilt_widget_says_how(page: Path) -> None:
    (page / "widget.js").unlink()
    with pytest.raises(FileError, match="make lab"):
        gn.watch(network())


def test_a_missing_anywidget_is_one_sentence() -> None:
    script = (
        "import sys; sys.modules['anywidget'] = None; import glassnet as gn; "
        "net = gn.Network([gn.Dense(1)], 'mean_squared_error')\n"
        "try: gn.watch(net)\nexcept gn.MissingExtraError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert told.stdout.strip() == (
        "watching a model in a notebook needs an extra; install it with: "
        "pip install 'glassnet[notebook]'"
    ), told.stderr
