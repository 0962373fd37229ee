"""Baselines: what the simplest models reach on the same split, to stand beside every score.

Classification: the most frequent class, and logistic regression. Regression: the mean, and ridge.
"""

import warnings
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.scores.checks import Integers, as_column, sorted_labels
from glassnet.scores.metrics import Metric, find_metric

# Second half of the Philox key: keeps the subsample apart from every other use of the seed.
SUBSAMPLE_STREAM = 0x62617365
# Multiplications a pass over the training rows may take (60,000 × 784 × 10 classes fits), and
# those of a whole fit; together they keep a baseline at seconds on one core.
PASS_BUDGET = 5e8
FIT_BUDGET = 1.5e10
RIDGE_BUDGET = 5e7
# float64 as long as the copy stays small; beyond that float32 halves the memory and the time.
FLOAT64_ELEMENTS = 1e6
# Leave-one-out over several penalties needs a full decomposition, n·d·min(n, d) multiplications.
RIDGE_SEARCH_BUDGET = 1e9
TEST_CHUNK = 4096


@dataclass(frozen=True)
class Baseline:
    """A baseline's score on the test rows, the metric's name, and how it was trained."""

    score: float
    metric: str
    training_rows: int
    note: str


class _Model(Protocol):
    def fit(self, X: NDArray[Any], y: NDArray[Any]) -> Any: ...

    def predict(self, X: NDArray[Any]) -> NDArray[Any]: ...


def baseline_scores(
    X_train: Any,
    y_train: ArrayLike,
    X_test: Any,
    y_test: ArrayLike,
    task: Literal["classification", "regression"],
    seed: int = 0,
    *,
    metric: str | None = None,
) -> dict[str, Baseline]:
    """Scores of the simple models, trained on the training rows and measured on the test rows.

    X (n, d) are numbers without missing values (text columns already one-hot), dense or SciPy
    sparse, y (n,) labels or (n, k) numbers. Columns are standardised by the training rows, so
    unscaled data are as good as scaled. "logistic regression" has the L2 penalty ½‖W‖² on the
    summed loss; "ridge" the penalty that leave-one-out finds best, where that is quick. metric
    is one of labels or of numbers (default accuracy, r2). Data too large for seconds are
    subsampled (by `seed`) or trained for fewer steps; the note says so, and is empty otherwise.
    """
    if task not in ("classification", "regression"):
        raise InputError(f"task is {task!r}; expected 'classification' or 'regression'")
    is_classification = task == "classification"
    chosen = find_metric(metric or ("accuracy" if is_classification else "r2"))
    if chosen.takes != ("labels" if is_classification else "numbers"):
        raise InputError(
            f"metric {chosen.name!r} takes {chosen.takes} and does not fit {task} baselines"
        )
    y_train, y_test = np.asarray(y_train), np.asarray(y_test)
    _check_rows(X_train, y_train, "training")
    _check_rows(X_test, y_test, "test")
    if is_classification:
        y_train, y_test = as_column(y_train, "y_train"), as_column(y_test, "y_test")
        return _classification(X_train, y_train, X_test, y_test, chosen, seed)
    return _regression(X_train, y_train, X_test, y_test, chosen, seed)


def _classification(
    X_train: Any,
    y_train: NDArray[Any],
    X_test: Any,
    y_test: NDArray[Any],
    metric: Metric,
    seed: int,
) -> dict[str, Baseline]:
    labels = sorted_labels(y_train)
    counts = [int((y_train == label).sum()) for label in labels]
    majority = np.full(len(y_test), labels[int(np.argmax(counts))])
    result = {
        "majority class": Baseline(metric(y_test, majority), metric.name, len(y_train), ""),
    }
    if len(labels) < 2:
        return result

    from sklearn.linear_model import LogisticRegression

    outputs = 1 if len(labels) == 2 else len(labels)
    columns = X_train.shape[1]
    rows = _subsample(len(y_train), int(PASS_BUDGET / (columns * outputs)), seed)
    steps = int(np.clip(FIT_BUDGET / (len(rows) * columns * outputs), 30, 1000))
    if len(sorted_labels(y_train[rows])) < 2:
        return result
    model = LogisticRegression(C=1.0, max_iter=steps)
    predicted = _fit_and_predict(model, X_train, y_train, X_test, rows)
    notes = [_subsample_note(len(rows), len(y_train))]
    if int(np.max(model.n_iter_)) >= steps:
        notes.append(f"stopped after {steps} steps")
    note = "; ".join(filter(None, notes))
    result["logistic regression"] = Baseline(
        metric(y_test, predicted), metric.name, len(rows), note
    )
    return result


def _regression(
    X_train: Any,
    y_train: NDArray[Any],
    X_test: Any,
    y_test: NDArray[Any],
    metric: Metric,
    seed: int,
) -> dict[str, Baseline]:
    from sklearn.linear_model import Ridge, RidgeCV

    y_train, y_test = y_train.astype(np.float64), y_test.astype(np.float64)
    mean = np.broadcast_to(y_train.mean(axis=0), y_test.shape)
    columns = X_train.shape[1]
    rows = _subsample(len(y_train), int(RIDGE_BUDGET / columns), seed)
    n = len(rows)
    if n * columns * min(n, columns) <= RIDGE_SEARCH_BUDGET and n > 2:
        model: _Model = RidgeCV(alphas=(0.01, 0.1, 1.0, 10.0, 100.0, 1000.0))
    else:
        model = Ridge(alpha=1.0)
    predicted = _fit_and_predict(model, X_train, y_train, X_test, rows)
    return {
        "mean": Baseline(metric(y_test, mean), metric.name, len(y_train), ""),
        "ridge": Baseline(
            metric(y_test, predicted), metric.name, n, _subsample_note(n, len(y_train))
        ),
    }


def _fit_and_predict(
    model: _Model, X_train: Any, y_train: NDArray[Any], X_test: Any, rows: Integers
) -> NDArray[Any]:
    """Standardise by the chosen training rows, train on them, predict the test rows in chunks."""
    size = len(rows) * X_train.shape[1]
    dtype = np.float64 if size <= FLOAT64_ELEMENTS else np.float32
    X = _dense(X_train[rows] if len(rows) < X_train.shape[0] else X_train, dtype)
    shift = X.mean(axis=0, dtype=np.float64)
    spread = X.std(axis=0, dtype=np.float64)
    # A constant column's spread is pure rounding; dividing by it would blow the rounding up.
    spread[spread <= 1e-7 * np.abs(shift)] = 1.0
    spread[spread == 0] = 1.0
    shift, spread = shift.astype(dtype), spread.astype(dtype)
    with warnings.catch_warnings():
        # A cap that is reached stands in the note; a near-singular ridge still predicts.
        warnings.simplefilter("ignore")
        model.fit((X - shift) / spread, y_train[rows])
        parts = []
        for start in range(0, X_test.shape[0], TEST_CHUNK):
            chunk = _dense(X_test[start : start + TEST_CHUNK], dtype)
            parts.append(model.predict((chunk - shift) / spread))
    return np.concatenate(parts)


def _dense(X: Any, dtype: type[np.floating[Any]]) -> NDArray[Any]:
    dense = X.toarray() if hasattr(X, "toarray") else X
    try:
        numbers = np.asarray(dense, dtype=dtype)
    except (TypeError, ValueError):
        raise InputError(
            "the baselines need numbers in X; encode text columns as one-hot columns first"
        ) from None
    if not np.isfinite(numbers).all():
        column = int(np.flatnonzero(~np.isfinite(numbers).all(axis=0))[0])
        raise InputError(
            f"X holds NaN or infinite values, the first in column {column}; "
            f"the baselines need finite numbers: fill missing values first"
        )
    return numbers


def _check_rows(X: Any, y: NDArray[Any], part: str) -> None:
    shape = getattr(X, "shape", None)
    if shape is None or len(shape) != 2 or shape[1] == 0:
        raise InputError(f"the {part} X has shape {shape}; expected a matrix (n, d)")
    if shape[0] != len(y) or len(y) == 0:
        raise InputError(
            f"the {part} X has {shape[0]} rows and y has {len(y)}; expected as many, at least one"
        )


def _subsample(n: int, most: int, seed: int) -> Integers:
    """All n rows, or `most` of them (at least 100) drawn without return, in order."""
    most = max(most, 100)
    if n <= most:
        return np.arange(n)
    words = np.random.Philox(key=np.array([seed % 2**64, SUBSAMPLE_STREAM], dtype=np.uint64))
    return np.sort(np.argsort(words.random_raw(n), kind="stable")[:most])


def _subsample_note(rows: int, n: int) -> str:
    return f"trained on {rows:,} of {n:,} rows" if rows < n else ""
