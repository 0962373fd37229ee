"""Draws the pictures of the README and the docs from real runs: `python docs/make_pictures.py`.

About a minute. Pictures about MNIST need it under GLASSNET_DATA, or download it.
"""

import io
import os
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from terminal_picture import terminal_svg

import glassnet as gn
from glassnet.files.run import run_from_toml
from glassnet.models.run import Result, execute
from glassnet.plots import (
    PALETTE,
    image_grid,
    new_figure,
    style_axes,
    threshold_histogram,
)

PICTURES = Path(__file__).resolve().parent / "pictures"


def main() -> None:
    """Draw every picture, or those that are named."""
    drawers = {
        "train-digits": draw_digits,
        "patterns": draw_patterns,
        "breast-cancer": draw_breast_cancer,
        "threshold": draw_threshold,
        "mnist-compressed": draw_mnist_compressed,
        "kaggle": draw_kaggle,
        "loss-spike": draw_loss_spike,
        "pixel-push": draw_pixel_push,
    }
    for name in sys.argv[1:] or drawers:
        print(name, flush=True)
        drawers[name]()


def draw_digits() -> None:
    """The end screen of the first command, and what `show` prints and draws."""
    with tempfile.TemporaryDirectory() as folder:
        keep("train-digits", terminal_svg(printed("train digits", folder), "glassnet train digits"))
        command = "show digits.json --wrong"
        keep("show-digits", terminal_svg(printed(command, folder), f"glassnet {command}"))


def draw_patterns() -> None:
    """The eight pictures with predictions, and the loss of the original's 5,000 epochs."""
    with tempfile.TemporaryDirectory() as folder:
        printed("train patterns --original", folder)
        text = printed("explain patterns-original.json --sample 1", folder)
        start, end = text.index("4. Backward"), text.index("5. Update")
        command = "glassnet explain patterns-original.json --sample 1"
        keep("explain-patterns", terminal_svg(text[start:end].rstrip(), command))
    result = executed("patterns-original")
    data, model = result.train_data, result.estimator
    sure = model.predict_proba(data.X).max(axis=1)
    figure = image_grid(1 - data.images, model.predict(data.X), data.y, sure, columns=8)
    keep_figure("patterns", figure)
    figure, (axes,) = new_figure(6.4, 3.2)
    draw_by_epoch(axes, "Loss", result.history.loss)
    axes.set_yscale("log")
    keep_figure("patterns-loss", figure)


def draw_breast_cancer() -> None:
    """Loss, accuracy and threshold of the original's run, epoch by epoch."""
    history = executed("breast-cancer-original", cross_validate=None).history
    figure, panels = new_figure(10.0, 3.2, 1, 3)
    shown = (
        ("Loss", history.loss),
        ("Accuracy", history.accuracy),
        ("Threshold", history.threshold),
    )
    for axes, (title, values) in zip(panels, shown, strict=True):
        draw_by_epoch(axes, title, values)
    panels[0].set_yscale("log")
    keep_figure("breast-cancer", figure)


def draw_threshold() -> None:
    """Held-out probabilities of breast cancer, cut where a miss costs nine false alarms."""
    from sklearn.model_selection import cross_val_predict

    data = gn.load_dataset("breast-cancer")
    model = gn.Classifier(threshold="cost", cost=(1, 9), random_state=0)
    p = cross_val_predict(model, data.X, data.y, cv=5, method="predict_proba")[:, 1]
    figure, (axes,) = new_figure(7.2, 4.2)
    threshold_histogram(p, data.y, 0.1, class_names=data.class_names, axes=axes)
    keep_figure("threshold", figure)


def draw_mnist_compressed() -> None:
    """The same eight digits at 28×28 and at 11×11."""
    from glassnet.data.crop import crop_images

    whole = gn.load_dataset("mnist").rows(slice(0, 8))
    small = crop_images(whole, "11x11")
    figure, panels = new_figure(10.0, 2.8, 2, 8)
    for place, axes in enumerate(panels):
        images = whole.images if place < 8 else small.images
        axes.imshow(images[place % 8], cmap="gray", interpolation="nearest")
        axes.set_axis_off()
    keep_figure("mnist-compressed", figure)


def draw_kaggle() -> None:
    """Twelve of MNIST's held-out training images, and what the default says of them."""
    result = executed("kaggle", data={"name": "mnist", "path": None, "target": None})
    assert result.test_data is not None
    data = result.test_data.rows(slice(0, 12))
    sure = result.estimator.predict_proba(data.X).max(axis=1)
    told = result.estimator.predict(data.X)
    keep_figure("kaggle", image_grid(data.images, told, data.y, sure, columns=6))


def draw_loss_spike() -> None:
    """The run of the page about the spike, and the same with half of the largest stable rate."""
    digits = gn.load_dataset("digits")
    X, _, y, _ = gn.train_test_split(digits.X, digits.y, test=0.2, seed=0)
    figure, (axes,) = new_figure(7.2, 3.4)
    rate = 0.5
    for color in PALETTE[1], PALETTE[0]:
        layers = [gn.Dense(64, "relu"), gn.Dense(32, "relu"), gn.Dense(10, "softmax")]
        doctor = gn.Doctor()
        loss = gn.Network(layers, "cross_entropy", seed=2).fit(
            X, y, learning_rate=rate, batch_size=0.1, epochs=150, optimizer="sgd", verbose=False,
            callbacks=[doctor],
        ).loss  # fmt: skip
        axes.plot(np.arange(1, 151), loss, color=color, linewidth=1.6, label=f"rate {rate:.2g}")
        rate = doctor.alarms[0].numbers["stable_rate"] / 2 if doctor.alarms else rate
    style_axes(axes, title="Loss", x_label="epoch")
    axes.legend(frameon=False)
    keep_figure("loss-spike", figure)


def draw_pixel_push() -> None:
    """What `explain --picture` draws of a held-out digit."""
    with tempfile.TemporaryDirectory() as folder:
        printed("train digits", folder)
        printed("explain digits.json --sample 17 --picture push.svg", folder)
        keep("pixel-push", (Path(folder) / "push.svg").read_text(encoding="utf-8"))


def executed(name: str, **changes: object) -> Result:
    """Run a system's description; changes: `cross_validate`, or fields of [data]."""
    from msgspec.structs import replace

    text = (files("glassnet.models") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    run = run_from_toml(text, name)
    if "cross_validate" in changes:
        run = replace(run, report=replace(run.report, cross_validate=None))
    if "data" in changes:
        run = replace(run, data=replace(run.data, **changes["data"]))  # type: ignore[arg-type]
    return execute(run)


def printed(arguments: str, folder: str) -> str:
    """What the command prints on a terminal with colours, run in the folder."""
    surroundings = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.run(
        [sys.executable, "-m", "glassnet", *arguments.split()],
        cwd=folder,
        env=surroundings | {"FORCE_COLOR": "1", "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def draw_by_epoch(axes: Axes, title: str, values: list[float], most: int = 300) -> None:
    """A line through at most so many of the values, so that the file stays small."""
    places = np.unique(np.linspace(0, len(values) - 1, most).round().astype(int))
    axes.plot(places + 1, np.asarray(values)[places], color=PALETTE[0], linewidth=1.6)
    style_axes(axes, title=title, x_label="epoch")


def keep(name: str, svg: str) -> None:
    (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


def keep_figure(name: str, figure: Figure) -> None:
    """The figure as SVG; the same figure gives the same bytes."""
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "glassnet"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    keep(name, "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n")


if __name__ == "__main__":
    main()
