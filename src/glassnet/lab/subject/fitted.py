"""What a fit was given, as the lab's subject and setting: the samples as the network got them, the
names that are known of them, and the settings in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.data.dataset import Dataset
from glassnet.engines.samples import Samples, dense_rows
from glassnet.errors import InputError
from glassnet.files import registry
from glassnet.files.run import Data, Model, Run, Training
from glassnet.lab.subject.setting import OWN, Hidden, Setting, SettingData
from glassnet.lab.subject.subject import MOST_FEATURES, MOST_SAMPLES, Subject
from glassnet.models.encoding import Encoding, Number
from glassnet.models.preprocessing import TablePreprocessor
from glassnet.models.standardizer import Standardizer
from glassnet.network import Network
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Dense, Dropout
from glassnet.nn.stack import Stack
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule
from glassnet.training.inputs import check_inputs, check_targets
from glassnet.training.job import Job

Given = Dataset | tuple[Any, Any]  # samples with their targets
MOST_NUMBERS = 100_000_000  # of the samples that are looked at as they are
SHOWN = 5000  # samples, where there are more than that


@dataclass(frozen=True)
class Names:
    """What is known of the samples beside their numbers; None: nothing."""

    title: str = "samples of fit"
    features: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    target: str = "target"
    image_shape: tuple[int, int] | None = None
    standardizer: Standardizer | None = None
    has_numbers: bool = False  # targets are numbers or several labels, whatever they look like


@dataclass(frozen=True)
class FittedSubject(Subject):
    """is_part: only some of the samples are here."""

    is_part: bool = False

    def encode(self, X: Any) -> Array:
        """Rows as they came, in the shape in which the network takes them."""
        return super().encode(X).reshape(-1, *self.network.stack.input_shape)


def subject_of_fit(job: Job, state: State, names: Names) -> FittedSubject:
    """The samples of a fit. Raises ``InputError`` where there is nothing to be shown of it."""
    stack = job.stack
    if not any(isinstance(layer, Dense) for layer in stack.layers):
        raise InputError("the network has no Dense layer: there are no weights to show")
    samples, is_part = _shown(job.samples)
    held_out = None if job.validation is None else _shown(job.validation)[0]
    has_classes = not names.has_numbers and _are_classes(stack, samples.Y)
    train = _dataset(stack, samples, names, has_classes)
    width = train.X.shape[1]
    plain = TablePreprocessor.of(
        Encoding(tuple(train.feature_names), (Number(0.0, "constant", False),) * width)
    )
    made = FittedSubject(
        _run(job), train, None, plain, Network.of(stack, state, job.seed), samples.X, samples.Y,
        None, None, None if has_classes else names.standardizer, is_part=is_part,
    )  # fmt: skip
    if held_out is None:
        return made
    beside = _dataset(stack, held_out, names, has_classes)
    return replace(made, held_out=beside, X_held_out=held_out.X, Y_held_out=held_out.Y)


def setting_of_fit(job: Job) -> Setting:
    """A fit's settings in the words of the lab, as far as it has words for them."""
    layers = job.stack.layers
    hidden: list[Hidden] = []
    for layer in layers:
        if isinstance(layer, Dense):
            hidden.append(Hidden(layer.units, str(layer.activation.name)))
        elif isinstance(layer, Dropout) and hidden:
            hidden[-1] = Hidden(hidden[-1].units, hidden[-1].activation, layer.rate)
    rule = job.rule
    rate = rule.schedule.rate(0.0, float(max(1, job.epochs)))
    held_out = 0 if job.validation is None else len(job.validation)
    share = held_out / max(1, len(job.samples) + held_out)
    return Setting(
        data=SettingData(OWN, test=share), hidden=hidden[:-1], loss=job.stack.loss.name,
        optimizer=registry.user_name(rule.optimizer),
        learning_rate=float(getattr(rule.schedule, "learning_rate", rate)),
        batch_size=job.batch_size, l1=rule.l1, l2=rule.l2, scaling="none", seed=job.seed,
    )  # fmt: skip


def _run(job: Job) -> Run:
    """The fit's description, parts of the user's by their names."""
    stack, rule = job.stack, job.rule
    return Run(
        seed=job.seed, data=Data(test=0.0),
        model=Model(
            layers=[registry.describe(layer) for layer in stack.layers],
            loss=registry.name_or_table(stack.loss), scaling="none",
        ),
        training=Training(
            optimizer=registry.name_or_table(rule.optimizer),
            learning_rate=registry.describe(rule.schedule), batch_size=job.batch_size,
            epochs=max(1, job.epochs), l1=rule.l1, l2=rule.l2, weight_decay=rule.weight_decay,
            clip_norm=rule.clip_norm, max_norm=rule.max_norm,
        ),
    )  # fmt: skip


def _shown(samples: Samples) -> tuple[Samples, bool]:
    """The samples as dense arrays in memory, or an even part of them where they are too many."""
    X, n = samples.X, len(samples)
    size = int(np.prod(X.shape[1:]))
    small = n <= MOST_SAMPLES and n * size <= MOST_NUMBERS and size <= MOST_FEATURES
    if small and not hasattr(X, "toarray") and not isinstance(X, np.memmap):
        return samples, False
    if n <= SHOWN:
        return Samples(dense_rows(X, slice(None)), samples.Y), False
    rows = np.linspace(0, n - 1, SHOWN).astype(np.int64)
    return Samples(dense_rows(X, rows), samples.Y[rows]), True


def _are_classes(stack: Stack, Y: Array) -> bool:
    """Whether targets in the loss's form stand for classes: places, 0 or 1 under one output
    between 0 and 1, or one-hot rows (smoothed ones too)."""
    k = stack.outputs
    if Y.ndim == 1:
        return stack.loss.name == "cross_entropy"
    if k == 1:
        last = [layer for layer in stack.layers if isinstance(layer, Dense)][-1]
        bounded = stack.loss.name == "binary_cross_entropy" or last.activation.name == "sigmoid"
        return bounded and len(np.unique(Y)) <= 2
    sums = Y.sum(axis=1)
    return bool((Y >= 0).all() and np.allclose(sums, 1.0, atol=1e-3))


def _dataset(stack: Stack, samples: Samples, names: Names, has_classes: bool) -> Dataset:
    X = samples.X.reshape(len(samples), math.prod(samples.X.shape[1:]))
    if X.dtype.kind != "f" and (X.dtype != np.uint8 or X.shape[1] == 2):
        X = X.astype(np.float64)
    shape = names.image_shape
    if shape is None and len(stack.input_shape) == 2:
        shape = (stack.input_shape[0], stack.input_shape[1])
    if shape is not None and shape[0] * shape[1] != X.shape[1]:
        shape = None
    features = names.features
    if features is None or len(features) != X.shape[1]:
        features = ()
    words: dict[str, Any] = {
        "name": names.title, "X": X, "feature_names": features, "target_name": names.target,
        "image_shape": shape,
    }  # fmt: skip
    if not has_classes:
        y = samples.Y.reshape(len(samples), -1)[:, 0].astype(np.float64)
        if names.standardizer is not None:
            y = y / names.standardizer.factor[0] + names.standardizer.shift[0]
        return Dataset(y=y, task="regression", **words)
    k = max(2, stack.outputs)
    known = names.classes
    return Dataset(
        y=class_places(samples.Y), classes=np.arange(k),
        class_names=known if known is not None and len(known) == k else None, **words,
    )  # fmt: skip


def class_places(Y: Array) -> Array:
    """The class of each row of targets, by its place."""
    if Y.ndim == 1:
        return Y.astype(np.int64)
    if Y.shape[1] == 1:
        return (Y[:, 0] > 0.5).astype(np.int64)
    return np.asarray(Y.argmax(axis=1))


def names_of(model: object, data: Dataset | None) -> Names:
    """What an estimator knows of its samples, or the data set that was named for them."""
    names = Names()
    if data is not None:
        names = Names(
            data.name, tuple(data.feature_names), _words(data.class_names, data.classes),
            data.target_name, data.image_shape,
        )  # fmt: skip
    preprocessor = getattr(model, "preprocessor_", None)
    if preprocessor is not None and (
        names.features is None or len(preprocessor.encoded_names) != len(names.features)
    ):
        names = replace(names, features=tuple(preprocessor.encoded_names))
    labels, targets = getattr(model, "labels_", None), getattr(model, "targets_", None)
    if labels is not None:
        several = labels.task == "multilabel"
        known = names.classes or _words(None, labels.classes)
        names = replace(names, classes=None if several else known, has_numbers=several)
    if targets is not None:
        one = len(targets.shift) == 1
        names = replace(names, standardizer=targets if one else None, has_numbers=True)
    return names


def _words(names: Sequence[str] | None, classes: Array | None) -> tuple[str, ...] | None:
    if names is not None:
        return tuple(names)
    return None if classes is None else tuple(str(label) for label in classes)


def at_rest(model: Any, data: Given) -> tuple[Job | None, State | None]:
    """What a fit of these samples would be given, and the model's state; None for a model without
    parameters."""
    X, y = (data.X, data.y) if isinstance(data, Dataset) else data
    if isinstance(model, Network):
        network = model
        if network._stack is None:
            return None, None
        if isinstance(data, Dataset) and data.classes is not None:
            y = np.searchsorted(data.classes, data.y)
            k = network.stack.outputs
            y = np.eye(k)[y] if k > 1 and network.loss.name != "cross_entropy" else y
        X = check_inputs(X, network.stack.input_shape)
        Y = check_targets(network.stack, y, len(X), network.dtype)
    elif hasattr(model, "network_"):
        network = model.network_
        X, Y = model._checked(X, y)
    else:
        return None, None
    samples = Samples(X, Y)
    rows = min(32, len(samples))
    return Job(network.stack, UpdateRule(), samples, network.seed, rows, epochs=0), network.state
