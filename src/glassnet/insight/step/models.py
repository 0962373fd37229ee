"""A Classifier or Regressor and raw samples, as its network takes them: and what they looked like.

The estimators' libraries are used only here, and only where an estimator was given.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.arrays import Array

NO_STEP = "lbfgs chooses its own step lengths, so there is no single step to explain"


@dataclass(frozen=True)
class Prepared:
    """Samples of an estimator as its network takes them, with the names of features and classes.

    raw: for each sample, for each feature, the cell that it was made from.
    """

    X: Array
    Y: Array
    names: list[str] | None
    raw: list[list[str | float]]
    classes: tuple[Any, ...] | None
    notes: tuple[str, ...]


def is_estimator(model: Any) -> bool:
    """Whether it is a fitted estimator of glassnet, with a network of its own."""
    return hasattr(model, "network_") and hasattr(model, "preprocessor_")


def prepare(model: Any, X: Any, y: Any, names: Any = None) -> Prepared:
    """Samples and their labels or numbers, encoded; raises ``InputError`` for unusable ones.

    names: of the columns, where the estimator does not know them.
    """
    from glassnet.models.tables import read_samples

    samples = read_samples(X)
    encoded = model.preprocessor_.transform(X)
    encoded = encoded.toarray() if hasattr(encoded, "toarray") else np.asarray(encoded)
    encoding = model.preprocessor_.encoding
    columns = _given(names if encoding.names is None else encoding.names, len(encoding.columns))
    called, cells = _features(model, samples, columns)
    if not hasattr(model, "classes_"):
        Y = model.targets_.encode(np.asarray(y, dtype=np.float64).reshape(len(encoded), -1))
        return Prepared(encoded, Y, called, cells, None, _of_targets(model))
    return Prepared(
        encoded, _places(model, y), called, cells, tuple(model.classes_.tolist()), ()
    )  # fmt: skip


def _given(names: Any, count: int) -> list[str] | None:
    """The columns' names; x0, x1, … are none, since inputs are counted from 1 here."""
    if names is None or len(names) != count:
        return None
    called = [str(name) for name in names]
    return None if called == [f"x{place}" for place in range(count)] else called


def _places(model: Any, y: Any) -> Array:
    """Labels as the network's targets: places of the classes, 0 and 1 for two or several."""
    places = model.labels_.encode(y)
    if model.network_.stack.outputs == 1:
        return np.asarray(places, dtype=np.float64).reshape(-1, 1)
    return np.asarray(places)


def _features(
    model: Any, samples: Any, columns: list[str] | None
) -> tuple[list[str] | None, list[list[str | float]]]:
    """The names of the encoded features, and each sample's cells, one for each feature."""
    encoding = model.preprocessor_.encoding
    names: list[str] = []
    origin: list[int] = []
    for place, column in enumerate(encoding.columns):
        called = f"x{place + 1}" if columns is None else columns[place]
        categories = getattr(column, "categories", None)
        if categories is not None:
            names += [f"{called} = {label}" for label in categories]
        else:
            names += [called, f"{called} missing"] if column.indicator else [called]
        origin += [place] * (len(names) - len(origin))
    table = _cells(samples)
    raw = [[row[place] for place in origin] for row in table]
    is_plain = columns is None and len(names) == len(encoding.columns)
    return (None if is_plain else names), raw


def _cells(samples: Any) -> list[list[str | float]]:
    """A table's cells, row by row; a missing one is "missing"."""
    if hasattr(samples, "toarray"):
        samples = samples.toarray()
    if hasattr(samples, "names"):
        columns = [samples[name].tolist() for name in samples.names]
        rows = [list(row) for row in zip(*columns, strict=True)]
    else:
        rows = samples.tolist()
    return [["missing" if _is_missing(cell) else cell for cell in row] for row in rows]


def _is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and cell != cell)


def _of_targets(model: Any) -> tuple[str, ...]:
    """How a regressor's targets are scaled, where they are."""
    shift, factor = model.targets_.shift, model.targets_.factor
    if not shift.any() and (factor == 1).all():
        return ()
    if len(shift) > 1:
        return ("targets and predictions are standardised: (y − shift) · factor, by column",)
    scaled = f"(y − {shift[0]:.6g}) · {factor[0]:.6g}"
    return (f"targets and predictions are standardised: {scaled}",)


def fit_settings(model: Any, rows: int, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    """The arguments of `explain` by which the estimator learns: optimizer, rate, penalties.

    rows: how many samples it was trained on; settings: its parameters, where they are better known
    than by itself (a model file keeps the run's, not the estimator's). Raises ``InputError`` for
    L-BFGS, which has no step of its own.
    """
    from glassnet.models.build import fit_arguments
    from glassnet.models.defaults import recipe

    stack = model.network_.stack
    task = "regression"
    if hasattr(model, "classes_"):
        task = model.labels_.task
    parameters = model.get_params(deep=False) | (settings or {})
    prepared = model.preprocessor_
    one_unit = prepared.one_unit and parameters.get("scaling") == "auto"
    found = recipe(rows, prepared.width, stack.outputs, task, one_unit)
    arguments = fit_arguments(parameters, found)
    if arguments["optimizer"] == "lbfgs":
        raise InputError(NO_STEP)
    names = ("optimizer", "learning_rate", "l1", "l2", "weight_decay", "clip_norm", "max_norm")
    return {name: arguments[name] for name in names}
