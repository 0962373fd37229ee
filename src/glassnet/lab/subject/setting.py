"""What a person sets in the lab, as one flat table: data, hidden layers, training. A run's
description is made of it, and it is read back from one."""

from typing import Annotated, Any

import msgspec

from glassnet.data.catalog import made_options
from glassnet.data.dataset import Dataset
from glassnet.errors import InputError
from glassnet.files.run import Data, Model, NotNegative, Positive, Run, Training, Whole
from glassnet.lab.subject.subject import HELD_OUT, USUAL_BATCH, USUAL_RATE, check_options
from glassnet.models import build
from glassnet.nn.user_loss import loss as find_loss

Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]
OWN = "own"  # the person's own data, that no name stands for
LIVE = ("learning_rate", "batch_size", "l1", "l2")  # can change while training goes on
MOST_HIDDEN = 12
NUMBERS_LOSS = "mean_squared_error"  # where targets are numbers


class SettingData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """name: of a set, or `OWN`; options: numbers that the set is made with; test: the share held
    out, None for the set's own test part; inputs: what the network is given of two features, None
    for just them."""

    name: str
    options: dict[str, float] = {}
    test: Share | None = HELD_OUT
    inputs: list[str] | None = None


class Hidden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hidden layer; dropout: the share of its outputs that are set to 0 in training."""

    units: Whole
    activation: str = "tanh"
    dropout: NotNegative = 0.0


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be set; parts by their names in ``files.registry``."""

    data: SettingData
    hidden: list[Hidden]
    loss: str = "cross_entropy"
    optimizer: str = "sgd"
    learning_rate: Positive = USUAL_RATE
    batch_size: Whole = USUAL_BATCH
    l1: NotNegative = 0.0
    l2: NotNegative = 0.0
    initializer: str = "auto"
    scaling: str = "auto"
    seed: int = 0


def starting(data: str, seed: int = 0) -> Setting:
    """The setting that one begins with on a data set: it learns well, in a few seconds."""
    hidden, more = _STARTS.get(data, ([Hidden(16)], {}))
    options = {name: float(value) for name, value in made_options(data).items()}
    options |= _OPTIONS.get(data, {})
    test = _TESTS.get(data, 0.3 if options else HELD_OUT)
    made = SettingData(data, options, test)
    return Setting(data=made, hidden=hidden, seed=seed, **more)


_PLANE = [Hidden(8), Hidden(8)]
_STARTS: dict[str, tuple[list[Hidden], dict[str, Any]]] = {
    "moons": ([Hidden(8)], {"learning_rate": 0.1, "batch_size": 20}),
    "circles": ([Hidden(6)], {"learning_rate": 0.1, "batch_size": 20}),
    "spiral": (_PLANE, {"learning_rate": 0.3, "batch_size": 20}),
    "xor": ([Hidden(6)], {"learning_rate": 0.1, "batch_size": 20}),
    "blobs": ([Hidden(6)], {"learning_rate": 0.1, "batch_size": 20}),
    "own": (_PLANE, {"learning_rate": 0.05, "batch_size": 16}),
    "patterns": ([Hidden(4)], {"learning_rate": 0.3, "batch_size": 8}),
    "breast-cancer": ([Hidden(16)], {"learning_rate": 0.05, "batch_size": 16, "l2": 0.001}),
    "iris": ([Hidden(8)], {"learning_rate": 0.05, "batch_size": 16}),
    "wine": ([Hidden(8)], {"learning_rate": 0.05, "batch_size": 16}),
    "diabetes": ([Hidden(8)], {
        "learning_rate": 0.01, "batch_size": 16, "loss": NUMBERS_LOSS, "l2": 0.01,
    }),
    "digits": ([Hidden(32, "relu")], {"learning_rate": 0.1, "batch_size": 32, "l2": 0.0002}),
    "mnist": ([Hidden(64, "relu")], {"learning_rate": 0.1, "batch_size": 64}),
    "fashion-mnist": ([Hidden(64, "relu")], {"learning_rate": 0.1, "batch_size": 64}),
}  # fmt: skip
_TESTS: dict[str, float | None] = {"patterns": 0.0, "mnist": None, "fashion-mnist": None}
_OPTIONS: dict[str, dict[str, float]] = {
    "moons": {"n": 400, "noise": 0.2}, "circles": {"n": 400, "noise": 0.1},
    "spiral": {"n": 400, "noise": 0.05}, "xor": {"n": 400, "noise": 0.05},
    "blobs": {"n": 400, "noise": 0.35},
}  # fmt: skip


def output_of(loss: str, classes: int | None) -> tuple[int, str]:
    """Units and activation of the output layer for a loss, and so many classes (None: numbers)."""
    task = "regression" if classes is None else "binary" if classes == 2 else "multiclass"
    output = build.output_of(find_loss(loss), task, classes or 1)
    return output.units, str(output.activation)


def run_of(setting: Setting, classes: int | None) -> Run:
    """The run's description, for data of so many classes (None: numbers)."""
    start = {} if setting.initializer == "auto" else {"weight_init": setting.initializer}
    layers: list[int | dict[str, Any]] = []
    for hidden in setting.hidden:
        layers.append({"kind": "dense", "units": hidden.units, "activation": hidden.activation,
                       **start})  # fmt: skip
        if hidden.dropout:
            layers.append({"kind": "dropout", "rate": hidden.dropout})
    units, activation = output_of(setting.loss, classes)
    layers.append({"kind": "dense", "units": units, "activation": activation, **start})
    data = setting.data
    options = check_options(data.options)
    if data.inputs is not None:
        options["inputs"] = data.inputs
    return Run(
        seed=setting.seed,
        data=Data(name=None if data.name == OWN else data.name, options=options, test=data.test),
        model=Model(layers=layers, loss=setting.loss, scaling=setting.scaling),  # type: ignore[arg-type]
        training=Training(
            optimizer=setting.optimizer, learning_rate=setting.learning_rate,
            batch_size=setting.batch_size, l1=setting.l1, l2=setting.l2,
        ),
    )  # fmt: skip


def setting_of(run: Run, data: Dataset) -> Setting:
    """The setting that a run's description comes to. Raises ``InputError`` with the field where it
    has something that the lab can't show."""
    training, model = run.training, run.model
    hidden, initializer = _hidden(model.layers)
    last: Any = model.layers[-1]
    if not isinstance(model.loss, (str, type(None))):
        raise _beyond("model.loss", model.loss)
    usual = NUMBERS_LOSS if data.classes is None else (
        "binary_cross_entropy" if last["units"] == 1 else "cross_entropy"
    )  # fmt: skip
    rate, batch = training.learning_rate, training.batch_size
    if rate != "auto" and not isinstance(rate, (int, float)):
        raise _beyond("training.learning_rate", rate)
    if batch != "auto" and (not isinstance(batch, int) or batch < 1):
        raise _beyond("training.batch_size", batch)
    if not isinstance(training.optimizer, str):
        raise _beyond("training.optimizer", training.optimizer)
    for name in ("weight_decay", "clip_norm", "max_norm", "early_stopping"):
        if getattr(training, name) is not None:
            raise _beyond(f"training.{name}", getattr(training, name))
    options = dict(run.data.options)
    inputs = options.pop("inputs", None)
    test = run.data.test
    if isinstance(test, float) and test >= 1:
        raise _beyond("data.test", test)
    made = Setting(
        data=SettingData(
            run.data.name or OWN, options, test if isinstance(test, float) else None, inputs
        ),
        hidden=hidden, initializer=initializer, seed=run.seed, loss=model.loss or usual,
        optimizer="sgd" if training.optimizer == "auto" else training.optimizer,
        learning_rate=USUAL_RATE if rate == "auto" else float(rate),
        batch_size=USUAL_BATCH if batch == "auto" else int(batch),
        l1=training.l1, l2=0.0 if training.l2 == "auto" else training.l2,
        scaling=model.scaling if isinstance(model.scaling, str) else "auto",
    )  # fmt: skip
    classes = None if data.classes is None else len(data.classes)
    units, activation = output_of(made.loss, classes)
    if (last.get("units"), last.get("activation", "identity")) != (units, activation):
        raise InputError(
            f"model.layers: for {made.loss} the output has {units} units of {activation} in the "
            f"lab, found {last.get('units')} of {last.get('activation', 'identity')}"
        )
    return made


def _hidden(tables: Any) -> tuple[list[Hidden], str]:
    """The hidden layers of a network's tables, and the initializer of all of them."""
    if isinstance(tables, str) or not tables or not all(isinstance(t, dict) for t in tables):
        raise InputError("model.layers: the lab takes every layer as a table, the output included")
    hidden: list[Hidden] = []
    starts = set()
    for place, table in enumerate(tables):
        kind = table.get("kind")
        if kind == "dropout" and hidden and not hidden[-1].dropout and place < len(tables) - 1:
            hidden[-1] = msgspec.structs.replace(hidden[-1], dropout=table.get("rate", 0.5))
            continue
        plain = kind == "dense" and table.keys() <= {"kind", "units", "activation", "weight_init"}
        activation, start = table.get("activation", "identity"), table.get("weight_init", "auto")
        if not plain or not isinstance(activation, str) or not isinstance(start, str):
            raise _beyond(f"model.layers[{place}]", table)
        starts.add(start)
        hidden.append(Hidden(table["units"], activation))
    if len(starts) > 1:
        raise InputError(
            "model.layers: the lab starts all layers' weights alike, found "
            + " and ".join(sorted(starts))
        )
    return hidden[:-1], starts.pop()


def _beyond(place: str, found: object) -> InputError:
    return InputError(
        f"{place}: the lab has no control for {found!r}: train this run with glassnet train, or "
        "leave it out"
    )
