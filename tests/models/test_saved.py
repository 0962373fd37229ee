"""Saved and loaded again: the same predictions to the bit, and nothing lost."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import glassnet as gn
from glassnet.files.model import read_model
from glassnet.models.classifier import Classifier
from glassnet.models.load import load
from glassnet.models.regressor import Regressor

RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.normal(size=(60, 3)) * [1, 100, 1e6]
FRAME = pd.DataFrame(NUMBERS, columns=["a", "b", "c"]).assign(
    d=RANDOM.choice(["x", "y", None], 60), e=RANDOM.random(60) > 0.5
)
FRAME.loc[::7, "a"] = np.nan
YES = np.where(NUMBERS[:, 0] > 0.3 * RANDOM.normal(size=60), "yes", "no")
THREE = np.digitize(NUMBERS[:, 1], [-50, 50])
PIXELS = RANDOM.integers(0, 256, (60, 16), dtype=np.uint8)


def rectified(z: Any) -> Any:
    """A user's own activation."""
    return np.maximum(z, 0) ** 2


rectified.derivative = lambda z: 2 * np.maximum(z, 0)  # type: ignore[attr-defined]

MODELS: dict[str, tuple[Any, Any, Any]] = {
    "numbers": (Classifier(), NUMBERS, YES),
    "frame": (Classifier(), FRAME, THREE),
    "pixels": (Classifier(dtype="float32"), PIXELS, YES == "yes"),
    "standard": (Classifier(scaling="standard"), FRAME, YES),
    "unscaled": (Classifier(scaling="none"), PIXELS, THREE.astype(float)),
    "learned": (Classifier(threshold="learned"), FRAME, YES),
    "steeper": (Classifier(threshold=gn.SoftStep(k=20, joint=True)), NUMBERS, YES),
    "after": (Classifier(threshold="learned_after"), NUMBERS, YES),
    "tuned": (Classifier(threshold="tuned", threshold_metric="f1"), NUMBERS, YES),
    "cost": (Classifier(threshold="cost", cost=(1, 3)), NUMBERS, YES),
    "costs": (Classifier(threshold="cost", cost=[[0, 1, 2], [3, 0, 1], [1, 1, 0]]), FRAME, THREE),
    "labels": (Classifier(), NUMBERS, (NUMBERS > 0).astype(int)),
    "categorical": (Classifier(categorical=[0]), PIXELS, YES),
    "regressor": (Regressor(), FRAME, NUMBERS[:, 2]),
    "column": (Regressor(), NUMBERS, NUMBERS[:, [2]]),
    "two": (Regressor(loss="huber"), NUMBERS, NUMBERS[:, 1:]),
    "counts": (Regressor(loss="poisson"), NUMBERS, PIXELS[:, 0]),
    "own": (Regressor(activation=rectified, layers=(3,)), NUMBERS, NUMBERS[:, 1]),
}


def same(first: Any, second: Any) -> bool:
    """Equal to the bit, as far as predictions go."""
    return first.dtype.kind == second.dtype.kind and bool((first == second).all())


@pytest.mark.parametrize("readable", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_round_trip(name: str, readable: bool, tmp_path: Path) -> None:
    model, X, y = MODELS[name]
    model.set_params(epochs=3, random_state=0).fit(X, y)
    model.scores_ = {"test": {"accuracy": 0.5}}
    model.save(tmp_path / "model.json", readable=readable)
    again = load(tmp_path / "model.json", parts={"rectified": rectified})
    assert type(again) is type(model)
    assert same(again.predict(X), model.predict(X))
    assert again.preprocessor_.encoding == model.preprocessor_.encoding
    assert again.n_features_in_ == model.n_features_in_ and again.n_iter_ == 3
    assert again.scores_ == model.scores_
    if isinstance(model, Classifier):
        assert same(again.predict_proba(X), model.predict_proba(X))
        assert same(again.decision_function(X), model.decision_function(X))
        assert again.classes_.tolist() == model.classes_.tolist()
        assert again.threshold_ == model.threshold_
        assert again.threshold_gap_ == model.threshold_gap_
        assert (again.threshold == model.threshold) or name in ("cost", "costs")
        assert again.cut_.kind == model.cut_.kind


def test_a_loaded_model_learns_on_and_anew(tmp_path: Path) -> None:
    model = Classifier(random_state=0, epochs=3, threshold="learned").fit(NUMBERS, YES)
    model.save(tmp_path / "model.json")
    again = load(tmp_path / "model.json")
    again.partial_fit(NUMBERS, YES)
    assert again.n_iter_ == 4
    with pytest.raises(gn.InputError, match="never seen in training"):
        again.partial_fit(NUMBERS, THREE)
    again.set_params(epochs=2).fit(NUMBERS, YES)
    assert again.n_iter_ == 2 and again.network_.layers[1:] == model.network_.layers[1:]


def test_pixels_take_one_entry_in_the_file(tmp_path: Path) -> None:
    model = Classifier(epochs=1, random_state=0).fit(PIXELS, YES)
    model.save(tmp_path / "model.json")
    preprocessing = read_model(tmp_path / "model.json").preprocessing
    assert preprocessing is not None
    assert [column.count for column in preprocessing.columns] == [16]


def test_a_file_that_is_no_estimator_is_refused(tmp_path: Path) -> None:
    from msgspec.structs import replace

    from glassnet.files.model import write_model

    path = tmp_path / "model.json"
    Classifier(epochs=1, random_state=0).fit(FRAME, YES).save(path)
    document = read_model(path)
    for change, sentence in (
        ({"classes": None}, "has 'classes'"),
        ({"preprocessing": None}, "has 'preprocessing'"),
        ({"kind": "regressor"}, "has a 'target'"),
    ):
        write_model(path, replace(document, **change))
        with pytest.raises(gn.InputError, match=sentence):
            load(path)


def test_an_unfitted_model_cannot_be_saved(tmp_path: Path) -> None:
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        Classifier().save(tmp_path / "model.json")
    assert not list(tmp_path.iterdir())
