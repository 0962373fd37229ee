"""Classifier: what it learns, from what, and what it refuses."""

import pickle
import threading
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import glassnet as gn
from glassnet.data.table import Table
from glassnet.models.classifier import Classifier
from glassnet.models.defaults import SMALL, recipe
from glassnet.training.events import EpochEnded


@pytest.fixture(scope="module")
def moons() -> tuple[Any, Any]:
    data = gn.load_dataset("moons", n=80, noise=0.1, seed=1)
    return data.X, data.y


@pytest.fixture(scope="module")
def iris() -> tuple[Any, Any]:
    data = gn.load_dataset("iris")
    return data.X, data.y


def quick(**settings: Any) -> Classifier:
    """A small network for a few epochs, always the same, whatever the recipe."""
    given = {
        "layers": (8,), "activation": "tanh", "dropout": 0, "optimizer": "adam",
        "learning_rate": 0.03, "batch_size": 32, "epochs": 20, "l2": 0.0, "random_state": 0,
    }  # fmt: skip
    return Classifier(**(given | settings))


def test_it_learns_without_arguments(iris: tuple[Any, Any]) -> None:
    X, y = iris
    model = Classifier(random_state=0).fit(X[::2], y[::2])
    assert model.score(X[1::2], y[1::2]) > 0.9
    assert model.n_iter_ == len(model.history_.loss) == model.network_.state.epoch
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_the_same_seed_gives_the_same_bits(moons: tuple[Any, Any]) -> None:
    X, y = moons
    first, second = (quick().fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (quick(random_state=1).fit(X, y).predict_proba(X) != first).any()


def test_fit_starts_anew(moons: tuple[Any, Any]) -> None:
    X, y = moons
    model = quick()
    first = model.fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), first)


def test_it_works_in_another_thread(moons: tuple[Any, Any]) -> None:
    X, y = moons
    found: list[Any] = []
    worker = threading.Thread(target=lambda: found.append(quick().fit(X, y).predict_proba(X)))
    worker.start()
    worker.join()
    np.testing.assert_array_equal(found[0], quick().fit(X, y).predict_proba(X))


def test_partial_fit_goes_on_with_the_same_preprocessing(moons: tuple[Any, Any]) -> None:
    X, y = moons
    model = quick().fit(X, y)
    encoding, loss = model.preprocessor_.encoding, model.history_.loss[-1]
    model.set_params(epochs="auto").partial_fit(X * 1.1, y)
    assert model.n_iter_ == 21 and model.preprocessor_.encoding is encoding
    for _ in range(20):
        model.partial_fit(X, y)
    assert model.network_.evaluate(model.preprocessor_.transform(X), y)["loss"] < loss


def test_partial_fit_from_nothing_learns(moons: tuple[Any, Any]) -> None:
    X, y = moons
    model = Classifier(random_state=0)
    for _ in range(200):
        model.partial_fit(X, y, classes=[0, 1, 2])
    assert model.classes_.tolist() == [0, 1, 2] and model.score(X, y) > 0.9


def test_clones_and_pickles(moons: tuple[Any, Any]) -> None:
    X, y = moons
    model = quick(threshold="learned").fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert not hasattr(clone(model), "network_")


def test_it_works_inside_scikit_learn(moons: tuple[Any, Any]) -> None:
    X, y = moons
    assert cross_val_score(quick(epochs=60), X, y, cv=3).mean() > 0.75
    pipeline = make_pipeline(StandardScaler(), quick())
    grid = GridSearchCV(pipeline, {"classifier__epochs": [1, 60]}, cv=3, n_jobs=2)
    assert grid.fit(X, y).best_params_["classifier__epochs"] == 60


TABLE = {
    "colour": ["red", "blue", None, "red", "green", "blue"] * 10,
    "size": [1.0, None, 3.0, 4.0, 5.0, 6.0] * 10,
    "new": [True, False, None, True, False, True] * 10,
}


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_a_table_with_text_and_gaps(kind: Any) -> None:
    y = ["yes" if colour == "red" else "no" for colour in TABLE["colour"]]
    frame = kind(TABLE)
    model = quick(epochs=100, layers=(16,)).fit(frame, y)
    assert model.score(frame, y) == 1
    assert model.feature_names_in_.tolist() == ["colour", "size", "new"]
    unseen = kind({"colour": ["red", "violet", None], "size": [4.0, 2.0, None], "new": [True] * 3})
    assert model.predict(unseen)[0] == "yes" and np.isfinite(model.predict_proba(unseen)).all()


def test_all_kinds_of_tables_give_the_same_model() -> None:
    y = np.arange(60) % 2
    frame = pd.DataFrame(TABLE)
    table = Table(
        {
            "colour": np.array(TABLE["colour"], dtype=object),
            "size": frame["size"].to_numpy(),
            "new": np.array([np.nan if v is None else v for v in TABLE["new"]], dtype=float),
        }
    )
    rows = [list(row) for row in zip(*TABLE.values(), strict=True)]
    expected = quick().fit(frame, y).predict_proba(frame)
    for X in (pl.DataFrame(TABLE), table, rows, np.array(rows, dtype=object)):
        np.testing.assert_array_equal(quick().fit(X, y).predict_proba(X), expected)


def test_columns_must_have_the_names_of_training() -> None:
    frame = pd.DataFrame(TABLE)
    model = quick(epochs=1).fit(frame, np.arange(60) % 2)
    with pytest.raises(gn.InputError, match="feature names should match"):
        model.predict(frame.rename(columns={"size": "height"}))
    with pytest.raises(gn.InputError, match="feature names should match"):
        model.predict(frame[["size", "colour", "new"]])
    table = Table({"colour": [None], "height": [1.0], "new": [1.0]})
    with pytest.raises(gn.InputError, match="'height' was not there"):
        model.predict(table)


def test_several_labels_a_sample() -> None:
    X = np.random.default_rng(0).normal(size=(90, 2))
    Y = (X > 0).astype(np.int8)
    model = Classifier(random_state=0).fit(X, Y)
    predicted = model.predict(X)
    assert predicted.shape == Y.shape and predicted.dtype == Y.dtype
    assert (predicted == Y).mean() > 0.95 and model.network_.layers[-1].activation.name == "sigmoid"


@pytest.mark.parametrize(
    ("loss", "last"),
    [
        ("auto", "softmax"),
        ("mean_squared_error", "softmax"),
        ("huber", "softmax"),
        (gn.CrossEntropy(from_logits=True), "identity"),
        ("binary_cross_entropy", "sigmoid"),
    ],
)
def test_other_losses(iris: tuple[Any, Any], loss: Any, last: str) -> None:
    X, y = iris
    model = quick(loss=loss, epochs=60).fit(X, y)
    assert model.network_.layers[-1].activation.name == last
    assert model.score(X, y) > 0.9
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


@pytest.mark.parametrize("loss", ["cross_entropy", gn.BinaryCrossEntropy(from_logits=True)])
def test_two_classes_with_other_outputs(moons: tuple[Any, Any], loss: Any) -> None:
    X, y = moons
    model = quick(loss=loss, epochs=100).fit(X, y)
    assert model.score(X, y) > 0.85 and model.predict_proba(X).shape == (len(X), 2)


def test_a_network_of_ones_own(iris: tuple[Any, Any]) -> None:
    X, y = iris
    layers = [gn.Dense(8, "tanh"), gn.BatchNorm(), gn.Dense(3, "softmax")]
    model = quick(layers=layers, epochs=60).fit(X, y)
    assert model.score(X, y) > 0.9 and list(model.network_.layers[-3:]) == layers
    with pytest.raises(gn.InputError, match=r"2 unit\(s\), but the targets need 3"):
        quick(layers=[gn.Dense(2, "softmax")]).fit(X, y)


def test_an_activation_and_a_dropout_for_each_layer(moons: tuple[Any, Any]) -> None:
    model = quick(layers=(8, 4), activation=["tanh", "gelu"], dropout=[0.5, 0]).fit(*moons)
    words = [type(layer).__name__ for layer in model.network_.layers]
    assert words == ["Dense", "Dropout", "Dense", "Dense"]
    dense = [layer.activation.name for layer in model.network_.layers if hasattr(layer, "units")]
    assert dense == ["tanh", "gelu", "sigmoid"]


@pytest.mark.parametrize("n", [20, SMALL, SMALL + 1, 5000])
@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
def test_the_recipe(n: int, task: str) -> None:
    found = recipe(n, 10, 3, task)
    small = n <= SMALL
    assert (found.batch_size == n and found.dropout == 0) == small
    assert found.epochs >= 1 and found.batch_size <= n


def test_small_data_have_one_recipe_whatever_their_number() -> None:
    assert recipe(20, 5, 1, "binary") == recipe(40, 5, 1, "binary").__class__(
        **{**vars(recipe(40, 5, 1, "binary")), "batch_size": 20}
    )


@pytest.mark.parametrize("n", [50, 300])
def test_the_defaults_use_dense_dropout_and_scale_alone(n: int) -> None:
    X = np.random.default_rng(0).normal(size=(n, 3))
    for y in (X[:, 0] > 0, np.digitize(X[:, 1], [-0.5, 0.5]), X > 0):
        model = Classifier(epochs=1, random_state=0).fit(X, y.astype(int))
        assert {type(layer) for layer in model.network_.layers} <= {gn.Dense, gn.Dropout, gn.Scale}


@pytest.mark.parametrize(("n", "dtype"), [(1000, "float64"), (1001, "float32")])
def test_the_dtype_follows_the_number_of_rows(n: int, dtype: str) -> None:
    X = np.random.default_rng(0).normal(size=(n, 2))
    model = quick(epochs=1).fit(X, X[:, 0] > 0)
    assert model.network_.dtype == dtype
    assert quick(epochs=1, dtype="float32").fit(X, X[:, 0] > 0).network_.dtype == "float32"


def test_rows_of_weight_zero_change_nothing() -> None:
    X = np.random.default_rng(0).normal(size=(150, 3))
    y = (X[:, 0] + 0.3 * X[:, 1] > 0).astype(int)
    weights = np.ones(150)
    weights[120:] = 0
    y_other, X_other = y.copy(), X.copy()
    y_other[120:], X_other[120:] = 7, 1e6
    weighted = quick(epochs=5).fit(X_other, y_other, weights)
    without = quick(epochs=5).fit(X[:120], y[:120])
    assert weighted.classes_.tolist() == [0, 1]
    np.testing.assert_array_equal(weighted.predict_proba(X), without.predict_proba(X))


def test_class_weights_move_the_decisions() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(90, 2))
    y = (X[:, 0] + random.normal(size=90) > 1).astype(int)
    plain = quick(epochs=60).fit(X, y).predict(X).mean()
    assert quick(epochs=60, class_weight="balanced").fit(X, y).predict(X).mean() > plain
    assert quick(epochs=60, class_weight={0: 50}).fit(X, y).predict(X).mean() < plain


def test_early_stopping_watches_ones_own_validation_set(moons: tuple[Any, Any]) -> None:
    X, y = moons
    model = quick(epochs=300, early_stopping=3)
    model.fit(X[:60], y[:60], validation=(X[60:], 1 - y[60:]))
    history = model.history_
    assert history.stopped == "early" and history.epochs < 300
    assert history.best_epoch == int(np.argmin(history.validation_loss)) + 1
    assert model.network_.state.epoch == history.best_epoch


def test_early_stopping_holds_a_tenth_out(moons: tuple[Any, Any]) -> None:
    X, y = moons
    model = quick(early_stopping=True).fit(X, y)
    assert len(model.history_.validation_loss) == model.n_iter_
    with pytest.raises(gn.InputError, match="one class has 1 sample only"):
        quick(early_stopping=True).fit(X, np.arange(len(X)) == 3)
    with pytest.raises(gn.InputError, match="early_stopping is 'soon'"):
        quick(early_stopping="soon").fit(X, y)


def test_callbacks_see_a_model_that_predicts(moons: tuple[Any, Any]) -> None:
    X, y = moons
    model = quick(threshold="learned", epochs=5)
    seen: list[tuple[float, float]] = []

    def watch(event: Any) -> None:
        if isinstance(event, EpochEnded):
            seen.append((model.threshold_, model.score(X, y)))

    model.set_params(callbacks=(watch,)).fit(X, y)
    assert len(seen) == 5 and len({t for t, _ in seen}) == 5
    assert seen[-1] == (model.threshold_, model.score(X, y))


def test_bad_input_is_said_in_one_sentence(moons: tuple[Any, Any]) -> None:
    X, y = moons
    model = quick(epochs=1)
    with pytest.raises(NotFittedError):
        model.predict(X)
    cases: list[tuple[Any, Any, dict[str, Any], str]] = [
        (X, np.zeros(len(X)), {}, "y has 1 class only"),
        (X, y[:-1], {}, "inconsistent numbers of samples: X has 80, y has 79"),
        (X[:, 0], y, {}, "Expected 2D array, got 1D array"),
        (X[:0], y[:0], {}, r"0 sample\(s\)"),
        (X[:, :0], y, {}, r"0 feature\(s\)"),
        (X, np.where(y == 0, np.nan, 1), {}, "y contains NaN"),
        (X, y, {"sample_weight": np.zeros(80)}, "every sample_weight is zero"),
        (X, y, {"sample_weight": -np.ones(80)}, "negative"),
        (X, y, {"sample_weight": np.ones(3)}, "inconsistent numbers"),
        (X, y, {"validation": (X, y + 1)}, "never seen in training"),
        (X, y, {"validation": (X[:, :1], y)}, "X has 1 features"),
        (7, y, {}, "X is no table"),
    ]
    for samples, labels, more, sentence in cases:
        with pytest.raises(gn.InputError, match=sentence):
            model.fit(samples, labels, **more)
    model.fit(X, y)
    with pytest.raises(gn.InputError, match="X has 1 features, but Classifier is expecting 2"):
        model.predict(X[:, :1])
    with pytest.raises(gn.InputError, match="the label 5"):
        model.partial_fit(X, np.full(len(X), 5))
    with pytest.raises(gn.InputError, match="began with"):
        model.partial_fit(X, y, classes=[0, 1, 2])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"layers": "deep"}, "layers is 'deep'"),
        ({"layers": (8, 8), "activation": ["relu"]}, "activation has 1 entries for 2 hidden"),
        ({"activation": "rely"}, "no activation 'rely'"),
        ({"loss": "log"}, "no loss 'log'"),
        ({"optimizer": "adamant"}, "no optimizer"),
        ({"threshold": "best"}, "threshold is 'best'"),
        ({"threshold": 1.5}, "within"),
        ({"scaling": "big"}, "scaling is 'big'"),
        ({"dtype": "float16"}, "dtype"),
        ({"random_state": -1}, "random_state is -1"),
        ({"epochs": -1}, "epochs"),
        ({"batch_size": 1.5}, "batch_size"),
        ({"class_weight": "even"}, "class_weight is 'even'"),
    ],
)
def test_wrong_settings(moons: tuple[Any, Any], settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(gn.InputError, match=sentence):
        quick(**settings).fit(*moons)


def test_a_loss_that_is_not_finite_is_passed_on(moons: tuple[Any, Any]) -> None:
    X, y = moons
    layers = [gn.Dense(8, "relu"), gn.Dense(1)]
    model = quick(layers=layers, loss="mean_squared_error", optimizer="sgd", learning_rate=1e20)
    with pytest.raises(gn.NonFiniteLossError, match="no longer finite at step"):
        model.fit(X, y)
