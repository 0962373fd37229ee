"""From a run's description to a trained and scored estimator: the one way, for the command line,
the lab and a study."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.data.catalog import load_dataset
from glassnet.data.crop import crop_images
from glassnet.data.dataset import Dataset
from glassnet.data.readers import read_data
from glassnet.data.unpacking import MAX_SIZE
from glassnet.errors import InputError
from glassnet.files import registry
from glassnet.files.run import Run
from glassnet.models.classifier import Classifier
from glassnet.models.regressor import Regressor
from glassnet.nn.arrays import Array
from glassnet.scores.baselines import Baseline, baseline_scores
from glassnet.scores.folds import CrossValidation, cross_validate
from glassnet.scores.intervals import Interval, r2_interval, wilson_interval
from glassnet.scores.label_metrics import accuracy, confusion_matrix
from glassnet.scores.number_metrics import mae, r2, rmse
from glassnet.training.events import Listener
from glassnet.training.history import History

HELD_OUT = 0.2  # the share for the test where nothing is said and the set has no part of its own

Estimator = Classifier | Regressor
Watch = Callable[[Estimator, Dataset], Listener]


@dataclass(frozen=True)
class Score:
    """How well samples were predicted: `value` is the accuracy, or r2 for numbers.

    interval: 95 %, Wilson's for an accuracy, the bootstrap's for r2; confusion (k, k) counts with
    true classes in rows; rmse and mae in the target's own units.
    """

    value: float
    samples: int
    interval: Interval | None
    predictions: Array
    right: int | None = None
    confusion: Array | None = None
    rmse: float | None = None
    mae: float | None = None


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    run: Run
    estimator: Estimator
    train_data: Dataset
    test_data: Dataset | None
    train: Score
    test: Score | None
    baselines: dict[str, Baseline]
    cross_validation: CrossValidation | None
    baseline_cross_validation: dict[str, CrossValidation]
    seconds: float

    @property
    def history(self) -> History:
        """The figures of every epoch."""
        history: History = self.estimator.history_
        return history

    @property
    def metric(self) -> str:
        """What `Score.value` is called."""
        return "accuracy" if self.train_data.task == "classification" else "r2"


def execute(
    run: Run,
    listeners: Sequence[Listener] = (),
    *,
    watch: Watch | None = None,
    max_size: int = MAX_SIZE,
) -> Result:
    """Load the data, train, and score on data that was held out.

    listeners hear the events of the training (not those of a cross-validation); `watch` makes one
    more from the estimator and the training data, for listeners that look at predictions.
    Raises ``InputError`` and ``FileError`` with one sentence where something is not usable.
    """
    train_data, test_data = load_run_data(run, max_size)
    estimator = make_estimator(run, train_data)
    heard = [*listeners] if watch is None else [*listeners, watch(estimator, train_data)]
    estimator.set_params(callbacks=tuple(heard))
    began = time.perf_counter()
    estimator.fit(train_data.X, train_data.y)
    seconds = time.perf_counter() - began
    estimator.set_params(callbacks=())
    folds = run.report.cross_validate
    interrupted = estimator.history_.stopped == "interrupted"
    return Result(
        run=run,
        estimator=estimator,
        train_data=train_data,
        test_data=test_data,
        train=score(estimator, train_data),
        test=None if test_data is None else score(estimator, test_data),
        baselines={} if test_data is None else _baselines(estimator, train_data, test_data, run),
        cross_validation=None if not folds or interrupted else _validate(run, train_data, folds),
        baseline_cross_validation=(
            {} if not folds or interrupted else _validate_baselines(run, train_data, folds)
        ),
        seconds=seconds,
    )


def load_run_data(run: Run, max_size: int = MAX_SIZE) -> tuple[Dataset, Dataset | None]:
    """The training data and, where the run holds some out, the test data."""
    source = run.data
    if source.name is not None:
        data = load_dataset(source.name, **dict(source.options or {}))
        if source.target is not None:
            raise InputError(
                f"the data set '{source.name}' has its target; leave out target '{source.target}'"
            )
    elif source.path is not None:
        data = read_data(
            source.path,
            source.target,
            task=_task(run),
            categorical=tuple(source.categorical or ()),
            max_size=max_size,
        )
    else:
        raise InputError("the run names no data: give [data] a name or a path")
    train, test = _divide(data, run)
    if source.crop is not None:
        train = crop_images(train, source.crop)
        test = None if test is None else crop_images(test, source.crop)
    if source.first_train is not None:
        train = train.rows(slice(0, source.first_train))
    if source.first_test is not None and test is not None:
        test = test.rows(slice(0, source.first_test))
    return train, test


def make_estimator(run: Run, data: Dataset) -> Estimator:
    """The untrained estimator that the run describes."""
    settings = estimator_settings(run)
    kind = run.model.kind
    if kind == "auto":
        kind = "classifier" if data.task == "classification" else "regressor"
    if kind == "classifier":
        return Classifier(**settings, random_state=run.seed)
    for name in ("threshold", "cost", "class_weight"):
        if settings.pop(name, None) not in (None, 0.5):
            raise InputError(f"{name} is about classes, but '{data.target_name}' holds numbers")
    return Regressor(**settings, random_state=run.seed)


def estimator_settings(run: Run) -> dict[str, Any]:
    """The parameters of `Classifier` that the run sets; what it leaves open stays "auto"."""
    model, training = run.model, run.training
    settings: dict[str, Any] = {
        name: getattr(model, name)
        for name in ("scaling", "threshold", "cost", "class_weight", "dtype")
    }
    settings["layers"] = _layers(model.layers)
    settings["categorical"] = run.data.categorical or None
    if model.activation is not None:
        several = isinstance(model.activation, list)
        names = model.activation if isinstance(model.activation, list) else [model.activation]
        built = [registry.build_activation(name) for name in names]
        settings["activation"] = built if several else built[0]
    if model.dropout is not None:
        settings["dropout"] = model.dropout
    if model.loss is not None:
        settings["loss"] = registry.build_loss(model.loss)
    if training.optimizer != "auto":
        settings["optimizer"] = registry.build_optimizer(training.optimizer)
    rate = training.learning_rate
    settings["learning_rate"] = registry.build_schedule(rate) if isinstance(rate, dict) else rate
    if training.weight_decay is not None:
        settings["weight_decay"] = training.weight_decay
    names = ("batch_size", "epochs", "l1", "l2", "clip_norm", "max_norm", "early_stopping")
    return settings | {name: getattr(training, name) for name in names}


def _layers(choice: Any) -> Any:
    if not isinstance(choice, str) and any(isinstance(layer, dict) for layer in choice):
        return [registry.build_layer(table) for table in choice]
    return choice if isinstance(choice, str) else tuple(choice)


def score(estimator: Estimator, data: Dataset) -> Score:
    """The estimator's score on these samples."""
    predictions = estimator.predict(data.X)
    if isinstance(estimator, Classifier):
        labels = estimator.classes_
        unseen = sorted(set(data.y.tolist()) - set(labels.tolist()), key=str)
        if unseen:
            raise InputError(
                f"'{data.name}' holds the label {unseen[0]!r}, which the model never saw; it "
                f"knows {', '.join(map(str, labels.tolist()))}"
            )
        right = int((predictions == data.y).sum())
        return Score(
            accuracy(data.y, predictions),
            len(data),
            wilson_interval(right, len(data)),
            predictions,
            right=right,
            confusion=confusion_matrix(data.y, predictions, labels),
        )
    enough = len(data) >= 3 and np.ptp(data.y) > 0
    return Score(
        r2(data.y, predictions),
        len(data),
        r2_interval(data.y, predictions) if enough else None,
        predictions,
        rmse=rmse(data.y, predictions),
        mae=mae(data.y, predictions),
    )


def _task(run: Run) -> str | None:
    return {"classifier": "classification", "regressor": "regression"}.get(run.model.kind)


def _divide(data: Dataset, run: Run) -> tuple[Dataset, Dataset | None]:
    test = run.data.test
    if test is None:
        test = HELD_OUT if data.test is None else "official"
    if test == "official":
        if data.test is None:
            raise InputError(
                f"'{data.name}' has no official test part; give a share to hold out, such as "
                "--test 0.2"
            )
        return replace(data, test=None), data.test
    if test == 0:
        return replace(data, test=None), None
    return data.split(test=int(test) if test >= 1 else test, seed=run.seed)


def _baselines(
    estimator: Estimator, train: Dataset, test: Dataset, run: Run
) -> dict[str, Baseline]:
    """The simple models on the same split, on the same imputed and encoded columns."""
    return baseline_scores(
        estimator.preprocessor_.transform(train.X),
        train.y,
        estimator.preprocessor_.transform(test.X),
        test.y,
        train.task,
        run.seed,
    )


def _validate(run: Run, data: Dataset, folds: int) -> CrossValidation:
    def score_fold(train: Array, test: Array) -> float:
        estimator = make_estimator(run, data).fit(data.rows(train).X, data.y[train])
        return score(estimator, data.rows(test)).value

    return _over_folds(score_fold, data, folds, run.seed)


def _validate_baselines(run: Run, data: Dataset, folds: int) -> dict[str, CrossValidation]:
    """The simple models on the same folds, imputed and encoded as the run's estimator does."""
    memory: dict[int, dict[str, Baseline]] = {}

    def scores_of(train: Array, test: Array) -> dict[str, Baseline]:
        if int(test[0]) not in memory:
            preprocessor = make_estimator(run, data).make_preprocessor()
            kept, held_out = data.rows(train), data.rows(test)
            X_train = preprocessor.fit_transform(kept.X)
            X_test = preprocessor.transform(held_out.X)
            memory[int(test[0])] = baseline_scores(
                X_train, kept.y, X_test, held_out.y, data.task, run.seed
            )
        return memory[int(test[0])]

    names = ("majority class", "logistic regression")
    if data.task == "regression":
        names = ("mean", "ridge")
    return {
        name: _over_folds(
            lambda train, test, name=name: scores_of(train, test)[name].score,
            data,
            folds,
            run.seed,
        )
        for name in names
    }


def _over_folds(
    score_fold: Callable[[Any, Any], float], data: Dataset, folds: int, seed: int
) -> CrossValidation:
    classes = data.task == "classification"
    bounds = (0.0, 1.0) if classes else (-np.inf, 1.0)
    return cross_validate(
        score_fold, data.y, folds=folds, seed=seed, stratify=classes, bounds=bounds
    )
