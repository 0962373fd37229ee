"""Watched models of tables, pictures, sparse, many and streaming samples."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from lab.watched import TRAIN, Page


def test_a_classifier_of_a_table() -> None:
    wine = gn.load_dataset("wine")
    model = gn.Classifier((5,), epochs=5, random_state=0)
    page = Page(model, wine)
    model.fit(wine.X, wine.y)
    data = page.last("data").words
    assert data["task"] == "classification" and data["features"] == list(wine.feature_names)
    assert data["classes"] == [str(name) for name in wine.class_names or wine.classes]
    assert not [f for f in page.frames if f.kind in ("output", "units", "error")]
    sample = page.last("sample").words
    assert sample["part"] == "train" and sample["sample"] == 1
    first = page.watching.lane.line
    model.fit(wine.X, wine.y)  # learns anew: a new line
    assert page.watching.lane.line is not first
    page.ask(do="want", views=["sample"])
    assert page.ask(do="watch", part="train", sample=5)[-1].words["sample"] == 5


def test_text_columns_and_early_stopping() -> None:
    table = gn.Table(
        {"colour": np.array(["red", "blue"] * 40, dtype=object), "size": np.arange(80.0)}
    )
    y = np.array(["no", "yes"] * 40)
    model = gn.Classifier((3,), epochs=30, early_stopping=3, random_state=0)
    page = Page(model)
    model.fit(table, y)
    data = page.last("data").words
    assert data["classes"] == ["no", "yes"] and "colour = red" in data["inputs"]
    assert data["held_out"] == 8


def test_a_regressor_speaks_in_the_targets_unit() -> None:
    diabetes = gn.load_dataset("diabetes")
    model = gn.Regressor((5,), epochs=5, random_state=0)
    page = Page(model)
    model.fit(diabetes.X, diabetes.y)
    assert page.last("data").words["task"] == "regression"
    page.ask(do="watch", part="train", sample=7)
    sample = page.ask(do="want", views=["sample"])[-1]
    said = sample.arrays["outputs"][0]
    assert said == pytest.approx(model.predict(diabetes.X[6:7])[0], rel=1e-4)


@pytest.mark.parametrize("kind", ["multilabel", "several numbers", "pictures", "sparse", "many"])
def test_other_samples(kind: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5))
    if kind == "multilabel":
        model: Any = gn.Classifier((3,), epochs=2, random_state=0)
        call = lambda: model.fit(X, (X[:, :3] > 0).astype(int))  # noqa: E731
    elif kind == "several numbers":
        model = gn.Regressor((3,), epochs=2, random_state=0)
        call = lambda: model.fit(X, X[:, :2])  # noqa: E731
    elif kind == "pictures":
        model = gn.Network(
            [gn.Flatten(), gn.Dense(4, "relu"), gn.Dense(3, "softmax")], "cross_entropy"
        )
        pictures = rng.integers(0, 256, (60, 6, 5)).astype(np.uint8)
        call = lambda: model.fit(pictures, np.arange(60) % 3, epochs=2, verbose=False)  # noqa: E731
    elif kind == "sparse":
        from scipy.sparse import csr_array

        model = gn.Classifier((3,), epochs=2, random_state=0)
        call = lambda: model.fit(csr_array(np.maximum(X, 0)), X[:, 0] > 0)  # noqa: E731
    else:
        model = gn.Network([gn.Dense(2, "tanh"), gn.Dense(1, "sigmoid")], "binary_cross_entropy")
        wide = np.tile(X[:, :2], (2000, 1))
        call = lambda: model.fit(wide, wide[:, 0] > 0, batch_size=1.0, epochs=2, verbose=False)  # noqa: E731
    page = Page(model)
    call()
    assert not [frame.words for frame in page.frames if frame.kind == "error"]
    assert page.last("network") and page.last("histograms")
    if kind == "pictures":
        assert page.last("data").words["image_shape"] == [6, 5]
        assert page.last("sample").arrays["picture"].shape == (6, 5)
    if kind == "many":
        assert page.last("data").words["samples"] == 5000
        assert "not kept here" in page.refused(do="ask", batch=True)
        assert page.ask(do="ask", sample=2)[-1].kind == "answer"


def test_a_stream_of_small_fits() -> None:
    model = gn.Classifier((4,), random_state=0)
    page = Page(model)
    for first in range(0, 150, 15):
        model.partial_fit(TRAIN.X[first : first + 15], TRAIN.y[first : first + 15], classes=[0, 1])
    line = page.watching.lane.line
    assert line.step == model.network_.state.step == line.course.losses.count
    assert page.last("status").words["step"] == line.step
