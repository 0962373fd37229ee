"""The model file gives back the same bits, for every layer kind, dtype and form."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

import glassnet as gn
from glassnet.files.labels import classes_array, describe_classes
from glassnet.files.model import (
    build_stack,
    make_document,
    model_from_json,
    model_to_json,
    read_model,
    write_model,
)
from glassnet.files.model_document import Column, Preprocessing, Target, Threshold, model_schema
from glassnet.files.registry import LAYERS
from glassnet.files.run import Run, Training
from glassnet.nn.activations import ACTIVATIONS
from glassnet.nn.initializers import INITIALIZERS, Constant
from glassnet.nn.stack import Stack
from glassnet.nn.user_loss import LOSSES, loss

MIDDLE = {
    "dense": gn.Dense(3, gn.LeakyReLU(0.2), gn.Normal(1.0), Constant(0.1)),
    "activation": gn.Activation(gn.ELU(0.5)),
    "dropout": gn.Dropout(0.25),
    "batch_norm": gn.BatchNorm(0.8, 1e-3),
    "layer_norm": gn.LayerNorm(1e-4),
    "flatten": gn.Flatten(),
    "scale": gn.Scale((1.0, 2.0, -0.0, 1e-300), 0.1),
    "soft_step": gn.SoftStep(5.0, 0.25, joint=True),
}
SPECIAL = [np.nan, np.inf, -np.inf, -0.0, 1e-45, 5e-324, 7.038531e-26, 3.4e38, 0.1, 1 / 3]


def stack_with(kind: str) -> Stack:
    if kind == "soft_step":
        layers = (gn.Dense(1, "sigmoid"), MIDDLE[kind])
        return Stack(layers, loss("binary_cross_entropy"), (4,))
    if kind == "flatten":
        return Stack((MIDDLE[kind], gn.Dense(2)), loss("huber"), (2, 2))
    return Stack((MIDDLE[kind], gn.Dense(2)), gn.CrossEntropy("sum", 0.1, True), (4,))


def test_every_layer_kind_is_tried() -> None:
    assert MIDDLE.keys() == LAYERS.keys()


@pytest.mark.parametrize("readable", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", MIDDLE)
def test_round_trip_gives_the_same_bits(
    kind: str, dtype: str, readable: bool, tmp_path: Path
) -> None:
    stack = stack_with(kind)
    state = stack.initial_state(3, np.dtype(dtype))
    with np.errstate(over="ignore", under="ignore"):
        count = min(len(SPECIAL), len(state.parameters))
        state.parameters[:count] = np.array(SPECIAL[:count]).astype(dtype)
    state.epoch, state.step, state.batch = 3, 41, 2
    write_model(tmp_path / "m.json", make_document(stack, state, seed=7), readable)
    document = read_model(tmp_path / "m.json")
    back, again = build_stack(document)
    assert back == stack
    assert (again.epoch, again.step, again.batch, document.network.seed) == (3, 41, 2, 7)
    assert again.parameters.dtype == state.parameters.dtype
    assert again.parameters.tobytes() == state.parameters.tobytes()
    assert again.buffers.tobytes() == state.buffers.tobytes()
    again.parameters[...] = 0  # the arrays are the reader's own, to train on


@pytest.mark.parametrize("name", [*ACTIVATIONS])
def test_every_activation_comes_back(name: str) -> None:
    layer = gn.Dense(3, name)
    assert (
        round_trip(Stack((layer, gn.Dense(2)), loss("mean_squared_error"), (3,))).layers[0] == layer
    )


@pytest.mark.parametrize("name", [*INITIALIZERS])
def test_every_initializer_comes_back(name: str) -> None:
    stack = Stack((gn.Dense(2, "identity", name),), loss("mean_squared_error"), (2,))
    assert round_trip(stack) == stack


@pytest.mark.parametrize("name", [*LOSSES])
def test_every_loss_comes_back(name: str) -> None:
    kind = LOSSES[name]
    part = kind(reduction="sum")
    stack = Stack((gn.Dense(2, part.meets or "identity"),), part, (2,))
    assert round_trip(stack).loss == part


def round_trip(stack: Stack) -> Stack:
    state = stack.initial_state(0, np.dtype("float32"))
    return build_stack(model_from_json(model_to_json(make_document(stack, state))))[0]


def test_what_the_estimators_add_comes_back(tmp_path: Path) -> None:
    stack = Stack((gn.Dense(1, "sigmoid"),), loss("binary_cross_entropy"), (5,))
    state = stack.initial_state(0, np.dtype("float64"))
    preprocessing = Preprocessing(
        columns=[
            Column(type="numeric", name="age", impute=np.float64(38.5), how="median", clip=3.0),
            Column(type="numeric", count=2, shift=1.0, factor=0.5),
            Column(type="categorical", name="town", categories=["Rome", "missing"], how="category"),
        ]
    )
    document = make_document(
        stack,
        state,
        kind="classifier",
        run=Run(seed=4, training=Training(learning_rate=0.1, batch_size=1.0)),
        classes=describe_classes(np.array(["benign", "mälignant"])),
        preprocessing=preprocessing,
        threshold=Threshold(how="learned", value=0.4, k=10.0, gap=[0.3, 0.5]),
        scores={"accuracy": np.float64(0.97), "interval": (0.9, np.nan)},
        target=Target(),
    )
    write_model(tmp_path / "m.json", document)
    back = read_model(tmp_path / "m.json")
    assert back.preprocessing == preprocessing and back.run == document.run
    assert [c.name for c in preprocessing.expanded()] == ["age", None, None, "town"]
    assert back.threshold == document.threshold and back.classes == document.classes
    assert classes_array(back.classes).tolist() == ["benign", "mälignant"]
    assert back.scores == {"accuracy": 0.97, "interval": [0.9, "NaN"]}
    plain = json.loads((tmp_path / "m.json").read_text("utf-8"))
    assert list(plain)[:3] == ["format", "version", "kind"] and plain["target"] == {}


@pytest.mark.parametrize(
    "labels",
    [["a", "b\0"], ["x", "é"], [3, -4], [1.5, 2.0], [False, True], [2**63, 2**63 + 1]],
)
def test_labels_come_back_with_their_type(labels: list[object]) -> None:
    array = np.array(labels, dtype=object if isinstance(labels[0], str) else None)
    back = classes_array(describe_classes(array))
    assert back.tolist() == labels and [type(x) for x in back.tolist()] == [type(x) for x in labels]


def test_labels_of_two_types_are_refused() -> None:
    with pytest.raises(gn.InputError, match="int, str"):
        describe_classes(np.array([1, "a"], dtype=object))


def test_the_schema_names_every_field() -> None:
    text = msgspec.json.encode(model_schema()).decode()
    assert all(f'"{name}"' in text for name in ("layers", "base64", "threshold", "early_stopping"))


def test_the_users_own_parts_are_handed_back(tmp_path: Path) -> None:
    class Cube:
        def value(self, z: np.ndarray) -> np.ndarray:
            return z**3

        def derivative(self, z: np.ndarray) -> np.ndarray:
            return 3 * z**2

    def distance(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.abs(y_hat - y).sum(axis=1)

    stack = Stack((gn.Dense(2, Cube()),), loss((distance, lambda a, b: np.sign(a - b))), (2,))
    state = stack.initial_state(0, np.dtype("float32"))
    write_model(tmp_path / "m.json", make_document(stack, state))
    document = read_model(tmp_path / "m.json")
    with pytest.raises(gn.InputError, match=r"layers\[0\].activation.*parts=\{'Cube': ...\}"):
        build_stack(document)
    own = {"Cube": Cube, "distance": (distance, lambda a, b: np.sign(a - b))}
    back, again = build_stack(document, own)
    assert back.layers[0].activation.value(np.array([2.0])).tolist() == [8.0]
    assert back.loss.name == "distance"
    assert again.parameters.tobytes() == state.parameters.tobytes()


def test_two_different_parts_of_one_name_are_refused() -> None:
    one, two = ((lambda z: z, lambda z: z) for _ in range(2))
    stack = Stack((gn.Dense(2, one), gn.Dense(2, two)), loss("huber"), (2,))
    with pytest.raises(gn.InputError, match="named '<lambda>'"):
        make_document(stack, stack.initial_state(0, np.dtype("float32")))
