"""The result of a training as one JSON document."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glassnet.cli.report import Files
    from glassnet.models.run import Result
    from glassnet.models.scoring import Score
    from glassnet.scores import CrossValidation


def result_document(result: "Result", files: "Files") -> dict[str, Any]:
    """All that the end screen says, as plain data; numbers that are not finite as strings."""
    from glassnet.files.plain import to_plain
    from glassnet.files.run import run_to_plain

    history, metric = result.history, result.metric
    document = {
        "setting": {**run_to_plain(result.run), "seed": result.run.seed},
        "data": _data(result),
        "train": _score(result.train, metric),
        "test": None if result.test is None else _score(result.test, metric),
        "cv": None if result.cross_validation is None else _folds(result.cross_validation, metric),
        "baselines": {
            **{
                name: {metric: baseline.score, "note": baseline.note}
                for name, baseline in result.baselines.items()
            },
            **(
                {
                    name: _folds(folds, metric)
                    for name, folds in result.baseline_cross_validation.items()
                }
                if not result.baselines
                else {}
            ),
        },
        "loss": history.loss[-1] if history.loss else None,
        "epochs": history.epochs,
        "best_epoch": history.best_epoch,
        "stopped": result.stopped,
        "seconds": round(result.seconds, 4),
        "threshold": getattr(result.estimator, "threshold_", None),
        "model_file": files.model,
        "pictures": list(files.pictures),
    }
    plain: dict[str, Any] = to_plain(document)
    return plain


def scores_document(result: "Result") -> dict[str, Any]:
    """The scores alone, and the names of a table's columns, for the model file."""
    from glassnet.data.readers import kind_of

    full = result_document(result, _no_files())
    scores = {name: full[name] for name in ("train", "test", "cv", "baselines")}
    data, path = result.train_data, result.run.data.path
    if path is not None and kind_of(path) in ("csv", "parquet"):
        # A table's columns are found by these names when the model is used.
        scores["data"] = {"target": data.target_name}
        if data.image_shape is None:
            scores["data"]["feature_names"] = list(data.feature_names)
    return scores


def score_document(
    score: "Score", metric: str, classes: list[str] | None, with_interval: bool
) -> dict[str, Any]:
    """One score with its interval, and the confusion matrix where there are classes."""
    from glassnet.files.plain import to_plain

    document = _score(score, metric) | ({} if with_interval else {"interval": None})
    if score.confusion is not None:
        document |= {"classes": classes, "confusion": score.confusion}
    plain: dict[str, Any] = to_plain(document)
    return plain


def _data(result: "Result") -> dict[str, Any]:
    train, test = result.train_data, result.test_data
    return {
        "name": train.name,
        "train_samples": len(train),
        "test_samples": 0 if test is None else len(test),
        "features": train.X.shape[1],
        "classes": None if train.classes is None else [str(c) for c in train.classes.tolist()],
    }


def _score(score: "Score", metric: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        metric: score.value,
        "interval": None if score.interval is None else list(score.interval),
        "samples": score.samples,
    }
    more = {"right": score.right, "rmse": score.rmse, "mae": score.mae}
    return told | {name: value for name, value in more.items() if value is not None}


def _folds(folds: "CrossValidation", metric: str) -> dict[str, Any]:
    return {
        metric: folds.mean,
        "interval": list(folds.interval),
        "folds": folds.folds,
        "scores": list(folds.scores),
    }


def _no_files() -> "Files":
    from glassnet.cli.report import Files

    return Files("")
