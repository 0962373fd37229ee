"""What is trained in the lab: a run's description made into samples and a network, and the training
that begins with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.data.catalog import load_dataset
from glassnet.data.dataset import Dataset
from glassnet.data.plane_inputs import PLAIN, check_inputs, expand
from glassnet.errors import InputError
from glassnet.files import registry
from glassnet.files.run import Run
from glassnet.models.defaults import dtype_for
from glassnet.models.preprocessing import TablePreprocessor
from glassnet.models.standardizer import Standardizer
from glassnet.network import Network
from glassnet.nn.arrays import Array
from glassnet.nn.schedules import Constant
from glassnet.nn.state import State
from glassnet.training.loop import Training

HELD_OUT = 0.2
MOST_SAMPLES, MOST_FEATURES = 100_000, 10_000
MOST_LAYERS, MOST_UNITS = 32, 1024
FOR_EVER = 10**9  # epochs, where the rate does not depend on them
USUAL_RATE, USUAL_BATCH, USUAL_EPOCHS = 0.03, 16, 100


@dataclass(frozen=True)
class Subject:
    """Samples and the untrained network of a run.

    train, held_out: the samples as they came; X, Y, X_held_out, Y_held_out: as the network takes
    them; standardizer: how a regression's targets are scaled. inputs: what of two features the
    network is given, where that is not just the two.
    """

    run: Run
    train: Dataset
    held_out: Dataset | None
    preprocessor: TablePreprocessor
    network: Network
    X: Array
    Y: Array
    X_held_out: Array | None
    Y_held_out: Array | None
    standardizer: Standardizer | None = None
    inputs: tuple[str, ...] | None = None

    @property
    def has_plane(self) -> bool:
        """Whether a sample is a point of the plane."""
        X, image = self.train.X, self.train.image_shape
        return isinstance(X, np.ndarray) and X.shape[1] == 2 and image is None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What the network's inputs are called; the plane's axes have no number 0."""
        if self.inputs is not None:
            return self.inputs
        names = self.preprocessor.encoded_names or self.train.feature_names
        return PLAIN if self.has_plane and tuple(names) == ("x0", "x1") else tuple(names)

    def part(self, name: str) -> tuple[Dataset, Array, Array]:
        """ "train" or "held_out": the samples as they came, and X and Y as the network takes them.

        Raises ``InputError`` where no samples are held out.
        """
        if name == "train":
            return self.train, self.X, self.Y
        if self.held_out is None or self.X_held_out is None or self.Y_held_out is None:
            raise InputError("no samples are held out: set 'Held out' above 0 to see any")
        return self.held_out, self.X_held_out, self.Y_held_out

    def start(self, listeners: list[Any]) -> Training:
        """The training from the network's first state, before its first step."""
        self.network.reset()
        validation = None
        if self.X_held_out is not None and len(self.X_held_out):
            validation = (self.X_held_out, self.Y_held_out)
        return self.network.start(
            self.X, self.Y, validation=validation, callbacks=listeners, watched=True,
            **training_settings(self.run),
        )  # fmt: skip

    def encode(self, X: Any) -> Array:
        """Rows as they came, as the network takes them."""
        if self.inputs is not None:
            X = expand(np.asarray(X, dtype=np.float64), self.inputs)
        encoded = self.preprocessor.transform(X)
        return np.asarray(encoded.toarray() if hasattr(encoded, "toarray") else encoded)

    def decode(self, outputs: Array) -> Array:
        """Outputs as numbers in the targets' own unit."""
        if self.standardizer is None:
            return outputs
        return np.atleast_1d(self.standardizer.decode(outputs.reshape(-1, 1)))

    def model(self, state: State) -> Network:
        """The network as it stands in a state, to be saved."""
        return Network.of(self.network.stack, state.copy(), self.network.seed)


def subject_of(run: Run, data: Dataset | None = None) -> Subject:
    """Make a run ready; data: the person's own, where the run names none.

    Raises ``InputError`` where data and network do not fit together, or are too large to watch.
    """
    if data is None:
        if run.data.name is None:
            raise InputError("choose data first: the setting names none")
        data = load_dataset(run.data.name, **check_options(run.data.options))
    _check_size(data)
    layers = _layers(run)
    train, held_out = _divide(data, run)
    preprocessor = TablePreprocessor(run.model.scaling)
    inputs = _inputs(run, train)
    X = preprocessor.fit_transform(
        train.X if inputs is None else expand(np.asarray(train.X), inputs)
    )
    X = np.asarray(X.toarray() if hasattr(X, "toarray") else X)
    if preprocessor.scale_layer is not None:
        layers = [preprocessor.scale_layer, *layers]
    last = run.model.layers[-1]
    assert isinstance(last, dict)
    task = "regression" if data.classes is None else "classification"
    _check_output(last, data)
    loss = registry.build_loss(run.model.loss) if run.model.loss else _usual_loss(task, last)
    dtype = dtype_for(len(train)) if run.model.dtype == "auto" else run.model.dtype
    network = Network(layers, loss, seed=run.seed, dtype=dtype, inputs=X.shape[1])
    standardizer = None
    if task == "regression":
        numbers = train.y.astype(np.float64)[:, None]
        standardizer = Standardizer.learn(numbers, None, one_column=True, active=True)
    made = Subject(
        run, train, held_out, preprocessor, network, X, X[:0], None, None, standardizer, inputs
    )
    targets = _targets(train, data, network, standardizer)
    if held_out is None:
        return replace(made, Y=targets)
    return replace(
        made, Y=targets, X_held_out=made.encode(held_out.X),
        Y_held_out=_targets(held_out, data, network, standardizer),
    )  # fmt: skip


def training_settings(run: Run) -> dict[str, Any]:
    """A run's training as arguments of ``Network.start``."""
    training = run.training
    rate: Any = training.learning_rate
    if isinstance(rate, dict):
        rate = registry.build_schedule(rate)
    elif rate == "auto":
        rate = USUAL_RATE
    optimizer: Any = "sgd" if training.optimizer == "auto" else training.optimizer
    steady = isinstance(rate, (int, float, Constant))
    planned = training.epochs if isinstance(training.epochs, int) else USUAL_EPOCHS
    return {
        "optimizer": registry.build_optimizer(optimizer),
        "learning_rate": rate,
        "batch_size": USUAL_BATCH if training.batch_size == "auto" else training.batch_size,
        "epochs": FOR_EVER if steady else planned,
        "l1": training.l1,
        "l2": 0.0 if training.l2 == "auto" else training.l2,
        "weight_decay": training.weight_decay,
        "clip_norm": training.clip_norm,
        "max_norm": training.max_norm,
    }


def _inputs(run: Run, data: Dataset) -> tuple[str, ...] | None:
    asked = run.data.options.get("inputs")
    if asked is None:
        return None
    inputs = check_inputs(asked)
    if not isinstance(data.X, np.ndarray) or data.X.shape[1] != 2 or data.image_shape is not None:
        raise InputError(f"data.options.inputs: '{data.name}' is no set of points in the plane")
    return None if inputs == PLAIN else inputs


def check_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a set is made with, the inputs aside, with counts whole. Raises ``InputError``."""
    kept: dict[str, Any] = {}
    for name, value in options.items():
        if name == "inputs":
            continue
        if name not in ("noise", "turns") and isinstance(value, float) and value.is_integer():
            value = int(value)
        if name == "n" and (not isinstance(value, int) or value > MOST_SAMPLES):
            raise InputError(f"data.options.n: expected up to {MOST_SAMPLES:,}, found {value!r}")
        kept[name] = value
    return kept


def _check_size(data: Dataset) -> None:
    n, d = len(data), data.X.shape[1]
    if n > MOST_SAMPLES or d > MOST_FEATURES:
        raise InputError(
            f"'{data.name}' has {n:,} samples of {d:,} features; the lab takes up to "
            f"{MOST_SAMPLES:,} of {MOST_FEATURES:,}: give it a part, or use glassnet train"
        )


def _layers(run: Run) -> list[Any]:
    tables = run.model.layers
    if isinstance(tables, str) or not tables or not all(isinstance(t, dict) for t in tables):
        raise InputError("model.layers: the lab takes every layer as a table, the output included")
    if len(tables) > 2 * MOST_LAYERS:
        raise InputError(f"model.layers: {len(tables)} layers are more than the lab shows")
    for place, table in enumerate(tables):
        assert isinstance(table, dict)
        units = table.get("units", 0)
        if isinstance(units, int) and units > MOST_UNITS:
            raise InputError(
                f"model.layers[{place}]: {units:,} units are more than the {MOST_UNITS:,} that the "
                "lab shows; use glassnet train"
            )
    return [registry.build_layer(t, None, f"model.layers[{i}]") for i, t in enumerate(tables)]


def _check_output(last: dict[str, Any], data: Dataset) -> None:
    units = last.get("units")
    wanted = {1} if data.classes is None else {len(data.classes)}
    if data.classes is not None and len(data.classes) == 2:
        wanted = {1, 2}
    if units not in wanted:
        what = "numbers" if data.classes is None else f"{len(data.classes)} classes"
        raise InputError(
            f"the output has {units} units, but '{data.name}' has {what}: give it "
            f"{' or '.join(map(str, sorted(wanted)))}"
        )


def _usual_loss(task: str, last: dict[str, Any]) -> Any:
    if task == "regression":
        return registry.build_loss("mean_squared_error")
    return registry.build_loss("binary_cross_entropy" if last["units"] == 1 else "cross_entropy")


def _targets(
    part: Dataset, whole: Dataset, network: Network, standardizer: Standardizer | None
) -> Array:
    if standardizer is not None:
        return standardizer.encode(part.y.astype(np.float64)[:, None])
    assert whole.classes is not None
    places = np.searchsorted(whole.classes, part.y)
    outputs = network.stack.outputs
    if outputs == 1:
        return places.astype(np.float64)[:, None]
    needs_one_hot = network.loss.name not in ("cross_entropy",)
    return np.eye(outputs)[places] if needs_one_hot else places


def _divide(data: Dataset, run: Run) -> tuple[Dataset, Dataset | None]:
    test = run.data.test
    if test is None:
        test = HELD_OUT if data.test is None and len(data) >= 20 else "official"
    if test == "official":
        return replace(data, test=None), data.test
    if test == 0:
        return replace(data, test=None), None
    assert not isinstance(test, str)
    return data.split(test=int(test) if test >= 1 else test, seed=run.seed)
