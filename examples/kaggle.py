"""The Kaggle digit recognizer: 784-10-10 for 500 full-batch steps, and ours; about a minute.

`python examples/kaggle.py [train.csv]`: without a file, one of the same form is made from MNIST
(downloaded on first use, or looked for under GLASSNET_DATA).
"""

import sys
from pathlib import Path

from msgspec.structs import replace
from system import described, tell

import glassnet as gn
from glassnet.files.run import Run
from glassnet.models.run import execute
from glassnet.plots import image_grid, save_figure

ROWS = 42_000


def main(path: str | None = None) -> None:
    """Both runs on the CSV; single predictions as a picture."""
    if path is None:
        path = "train.csv"
        if not Path(path).exists():
            write_csv(path)
    original = execute(described_on(path, "kaggle-original"))
    tell("kaggle-original", original)
    assert original.test is not None
    assert 0.82 <= original.train.value <= 0.87
    assert abs(original.train.value - original.test.value) <= 0.03

    # A tenth instead of the original's 1,000: of so few, one split is a point off another.
    default = execute(described_on(path, "kaggle", test=0.1))
    tell("kaggle", default)
    assert default.test is not None and default.test_data is not None
    assert default.test.value >= 0.97
    show_predictions(default.estimator, default.test_data)


def described_on(path: str, name: str, **changes: object) -> Run:
    """The system's run on this file."""
    run = described(name)
    return replace(run, data=replace(run.data, path=path, **changes))


def write_csv(path: str, rows: int = ROWS) -> None:
    """Write `label,pixel0,…,pixel783`, one training image of MNIST a line."""
    data = gn.load_dataset("mnist")
    with open(path, "w", encoding="ascii") as file:
        file.write(",".join(["label", *data.feature_names]) + "\n")
        for label, pixels in zip(data.y[:rows].tolist(), data.X[:rows].tolist(), strict=True):
            file.write(f"{label},{','.join(map(str, pixels))}\n")


def show_predictions(model: gn.Classifier, data: gn.Dataset, count: int = 12) -> None:
    """The first held-out images with prediction, confidence and truth."""
    shown = data.rows(slice(0, count))
    confidence = model.predict_proba(shown.X).max(axis=1)
    figure = image_grid(shown.images, model.predict(shown.X), shown.y, confidence)
    print(f"predictions: {', '.join(map(str, save_figure(figure, 'kaggle-predictions')))}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
