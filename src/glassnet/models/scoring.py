"""How good a trained estimator is: its scores with intervals, and the simple models beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from glassnet.data.dataset import Dataset
from glassnet.errors import InputError
from glassnet.files.run import Run
from glassnet.models.classifier import Classifier
from glassnet.models.described import Estimator, make_estimator
from glassnet.nn.arrays import Array
from glassnet.scores.baselines import Baseline, baseline_scores
from glassnet.scores.folds import CrossValidation, cross_validate
from glassnet.scores.intervals import Interval, r2_interval, wilson_interval
from glassnet.scores.label_metrics import accuracy, confusion_matrix
from glassnet.scores.number_metrics import mae, r2, rmse


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


def baselines(estimator: Estimator, train: Dataset, test: Dataset, run: Run) -> dict[str, Baseline]:
    """The simple models on the same split, on the same imputed and encoded columns."""
    return baseline_scores(
        estimator.preprocessor_.transform(train.X),
        train.y,
        estimator.preprocessor_.transform(test.X),
        test.y,
        _task_of(train),
        run.seed,
    )


def _task_of(data: Dataset) -> Literal["classification", "regression"]:
    return "classification" if data.task == "classification" else "regression"


def validate(run: Run, data: Dataset, folds: int) -> CrossValidation:
    """The run's estimator, trained and scored on each fold; Ctrl-C raises KeyboardInterrupt."""

    def score_fold(train: Array, test: Array) -> float:
        estimator = make_estimator(run, data).fit(data.rows(train).X, data.y[train])
        if estimator.history_.stopped == "interrupted":
            raise KeyboardInterrupt  # half a fold's training is no score
        return score(estimator, data.rows(test)).value

    return _over_folds(score_fold, data, folds, run.seed)


def validate_baselines(run: Run, data: Dataset, folds: int) -> dict[str, CrossValidation]:
    """The simple models on the same folds, imputed and encoded as the run's estimator does."""
    memory: dict[int, dict[str, Baseline]] = {}

    def scores_of(train: Array, test: Array) -> dict[str, Baseline]:
        if int(test[0]) not in memory:
            preprocessor = make_estimator(run, data).make_preprocessor()
            kept, held_out = data.rows(train), data.rows(test)
            X_train = preprocessor.fit_transform(kept.X)
            X_test = preprocessor.transform(held_out.X)
            memory[int(test[0])] = baseline_scores(
                X_train, kept.y, X_test, held_out.y, _task_of(data), run.seed
            )
        return memory[int(test[0])]

    def validate(name: str) -> CrossValidation:
        return _over_folds(
            lambda train, test: scores_of(train, test)[name].score, data, folds, run.seed
        )

    classes = data.task == "classification"
    names = ("majority class", "logistic regression") if classes else ("mean", "ridge")
    return {name: validate(name) for name in names}


def _over_folds(
    score_fold: Callable[[Any, Any], float], data: Dataset, folds: int, seed: int
) -> CrossValidation:
    classes = data.task == "classification"
    bounds = (0.0, 1.0) if classes else (-np.inf, 1.0)
    return cross_validate(
        score_fold, data.y, folds=folds, seed=seed, stratify=classes, bounds=bounds
    )
