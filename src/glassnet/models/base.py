"""What `Classifier` and `Regressor` share: reading tables, building and training the network."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, _safe_indexing, check_random_state
from sklearn.utils.validation import _num_samples, check_is_fitted, validate_data

from glassnet.data.splits import split_indices
from glassnet.data.table import Table
from glassnet.errors import InputError
from glassnet.models.build import (
    Output,
    build_layers,
    fit_arguments,
    is_auto,
)
from glassnet.models.defaults import Recipe, dtype_for, recipe
from glassnet.models.preprocessing import TablePreprocessor
from glassnet.network import Network
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Layer, Loss
from glassnet.nn.schedules import Constant
from glassnet.training.callbacks import EarlyStopping
from glassnet.training.history import History
from glassnet.training.loop import Training
from glassnet.training.watchers import watchers_of

HELD_OUT = 0.1  # for early stopping without a validation set
PARTIAL_RATE = 0.25  # partial_fit's learning rate, as a share of the recipe's highest


@dataclasses.dataclass(frozen=True)
class Prepared:
    """Training rows as the network takes them: X, targets, weights, and validation (X, Y)."""

    X: Any
    Y: Array
    weights: Array | None
    validation: tuple[Any, Array] | None = None


class NeuralEstimator(BaseEstimator):  # type: ignore[misc]
    """Preprocessing, network and training behind scikit-learn's interface."""

    network_: Network
    fitted_rows_: Array | None  # those of X that early stopping has left to be learned; None: all
    preprocessor_: TablePreprocessor
    history_: History
    n_features_in_: int

    def save(self, path: Any, readable: bool = False) -> None:
        """Write the model to one JSON file; ``readable`` writes weights as decimals.

        ``glassnet.load(path)`` brings it back with bit-equal predictions.
        """
        from glassnet.files.model import write_model
        from glassnet.models.document import describe

        check_is_fitted(self)
        write_model(path, describe(self), readable)

    def make_preprocessor(self) -> TablePreprocessor:
        """An unfitted preprocessor with this estimator's settings."""
        return TablePreprocessor(self.scaling, self.categorical)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def _weights(self, sample_weight: Any, rows: int) -> Array | None:
        """Sample weights (n,) checked, None for all 1."""
        if sample_weight is None:
            return None
        weights = np.asarray(sample_weight, dtype=np.float64)
        if weights.ndim == 0:
            weights = np.full(rows, float(weights))
        if weights.ndim != 1:
            raise InputError(f"Sample weights must be 1D array or scalar: shape {weights.shape}")
        if len(weights) != rows:
            raise InputError(_inconsistent(rows, "sample_weight", len(weights)))
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise InputError("sample_weight holds a number that is negative, NaN or infinite")
        if not weights.any():
            raise InputError("every sample_weight is zero: there is nothing to learn from")
        return weights

    def _recipe(self, rows: int, outputs: int, task: str) -> Recipe:
        prepared = self.preprocessor_
        return recipe(rows, prepared.width, outputs, task, prepared.one_unit)

    def _begin(
        self, X: Any, weights: Array | None, rows: int, task: str, loss: Loss, output: Output,
        last: Sequence[Layer] = (),
    ) -> tuple[Any, Recipe]:  # fmt: skip
        """Learn the preprocessing, build the network; the encoded rows, and the recipe for them.

        rows: the samples of weight above 0; last: layers behind the output.
        """
        seed = _seed(self.random_state)
        self.preprocessor_ = self.make_preprocessor()
        encoded = self.preprocessor_.fit_transform(X, weights)
        found = self._recipe(rows, output.units, task)
        # L-BFGS needs the same loss each time it looks, so nothing at random.
        no_dropout = self.optimizer == "lbfgs" and is_auto(self.dropout)
        layers = build_layers(
            self.layers, self.activation, 0.0 if no_dropout else self.dropout, found, output,
            self.preprocessor_.scale_layer,
        )  # fmt: skip
        dtype = dtype_for(rows) if is_auto(self.dtype) else self.dtype
        network = Network([*layers, *last], loss, seed=seed, dtype=dtype, inputs=encoded.shape[1])
        units = network.stack.shapes[-1 - len(last)][0]
        if units != output.units:
            raise InputError(
                f"the last layer has {units} unit(s), but the targets need {output.units}: end the "
                f"list of layers with Dense({output.units}, …)"
            )
        self.network_ = network
        return encoded, found

    def _train(
        self, network: Network, prepared: Prepared, found: Recipe, own: Sequence[Any] = ()
    ) -> None:
        settings = self._settings(prepared, found, own)
        self.history_ = network.history
        self.scores_: dict[str, Any] = {}
        network.fit(prepared.X, prepared.Y, verbose=self.verbose, **settings)
        self.n_iter_ = self.history_.epochs

    def _begin_training(
        self, prepared: Prepared, found: Recipe, own: Sequence[Any] = ()
    ) -> Training:
        """The training that ``_train`` makes, before its first step."""
        self.history_, self.scores_ = self.network_.history, {}
        settings = self._settings(prepared, found, own)
        return self.network_.start(prepared.X, prepared.Y, **settings)

    def _settings(self, prepared: Prepared, found: Recipe, own: Sequence[Any]) -> dict[str, Any]:
        """What ``Network.fit`` is called with, beside the samples."""
        arguments = fit_arguments(self.get_params(deep=False), found)
        del arguments["verbose"]
        stopping = self._early_stopping()
        listeners = [*own, *self.callbacks, *([stopping] if stopping else []), *watchers_of(self)]
        return arguments | {
            "sample_weight": prepared.weights,
            "validation": prepared.validation,
            "callbacks": listeners,
        }

    def _train_on(self, prepared: Prepared, found: Recipe, own: Sequence[Any] = ()) -> None:
        """One more pass (or as many as `epochs` says) from where the network stands."""
        arguments = fit_arguments(self.get_params(deep=False), found)
        if is_auto(self.epochs):
            arguments["epochs"] = 1
        if is_auto(self.learning_rate) and is_auto(self.optimizer):
            arguments["learning_rate"] = Constant(PARTIAL_RATE * found.rate)
        self.history_ = self.network_.history
        before = self.history_.epochs
        self.network_.fit(
            prepared.X, prepared.Y, sample_weight=prepared.weights,
            callbacks=[*own, *self.callbacks, *watchers_of(self)], **arguments,
        )  # fmt: skip
        self.n_iter_ = getattr(self, "n_iter_", 0) + self.history_.epochs - before

    def _early_stopping(self) -> EarlyStopping | None:
        choice = self.early_stopping
        if choice is None or choice is False:
            return None
        if choice is True:
            return EarlyStopping()
        if isinstance(choice, EarlyStopping):
            return dataclasses.replace(choice)
        if isinstance(choice, (int, np.integer)):
            return EarlyStopping(patience=int(choice))
        raise InputError(
            f"early_stopping is {choice!r}; give the epochs of patience, or an EarlyStopping"
        )

    def _hold_out(self, prepared: Prepared, labels: Array | None) -> Prepared:
        """A tenth of the rows set aside, where early stopping has no validation set."""
        self.fitted_rows_ = None
        if self._early_stopping() is None or prepared.validation is not None:
            return prepared
        n = prepared.X.shape[0]
        if n < 2:
            raise InputError("early_stopping holds samples out, but there is 1 sample only")
        if labels is not None:
            smallest = int(np.unique(labels, return_counts=True)[1].min())
            if smallest < 2:
                raise InputError(
                    f"early_stopping holds a tenth out, but one class has {smallest} sample only: "
                    "give validation=(X, y), or at least 2 samples of each class"
                )
        kept, out = split_indices(n, labels, test=HELD_OUT, seed=self.network_.seed)
        self.fitted_rows_ = kept
        weights = None if prepared.weights is None else prepared.weights[kept]
        return Prepared(
            prepared.X[kept], prepared.Y[kept], weights, (prepared.X[out], prepared.Y[out])
        )

    def _encoded(self, X: Any) -> Any:
        """Raw rows to encoded ones, names and number of columns checked as scikit-learn does."""
        check_is_fitted(self)
        self._check_columns(X, reset=False)
        return self.preprocessor_.transform(X)

    def _check_columns(self, X: Any, reset: bool) -> None:
        """The number and names of the columns, as scikit-learn checks them."""
        if not hasattr(X, "shape"):
            try:
                X = np.asarray(X)
            except ValueError:  # rows of different lengths: read_samples says so
                return
        if len(X.shape) != 2:
            return  # likewise
        if isinstance(X, Table):
            self._check_table(X, reset)
            return
        with _sentences():
            validate_data(self, X, skip_check_array=True, reset=reset)

    def _check_table(self, table: Table, reset: bool) -> None:
        names = np.array(table.names, dtype=object)
        if reset:
            self.n_features_in_, self.feature_names_in_ = len(names), names
        elif len(names) != self.n_features_in_:
            raise InputError(
                f"X has {len(names)} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input"
            )
        elif not np.array_equal(names, getattr(self, "feature_names_in_", names)):
            unexpected = [name for name in names if name not in self.feature_names_in_]
            raise InputError(
                "The feature names should match those that were passed during fit: "
                + (f"{unexpected[0]!r} was not there" if unexpected else "their order differs")
            )


@contextmanager
def _sentences() -> Iterator[None]:
    """scikit-learn's errors as an ``InputError``, their sentence kept."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise InputError(" ".join(str(error).split())) from None


def check_rows(X: Any) -> int:
    """How many samples X has; ``InputError`` where there is none."""
    try:
        rows = int(_num_samples(X))
    except TypeError as error:
        raise InputError(f"X is no table: {' '.join(str(error).split())}") from None
    if rows == 0:
        raise InputError(
            "Found array with 0 sample(s) while a minimum of 1 is required: X is empty"
        )
    return rows


def check_lengths(rows: int, y: Array) -> None:
    """One target for each sample."""
    if rows != len(y):
        raise InputError(_inconsistent(rows, "y", len(y)))


def take_rows(X: Any, rows: Array) -> Any:
    """These rows of any kind of table."""
    return X.rows(rows) if isinstance(X, Table) else _safe_indexing(X, rows)


def _inconsistent(rows: int, name: str, found: int) -> str:
    return (
        f"Found input variables with inconsistent numbers of samples: X has {rows}, {name} has "
        f"{found}; give one for each sample"
    )


def _seed(random_state: Any) -> int:
    """An int is the network's seed itself; else one is drawn, as scikit-learn does."""
    if isinstance(random_state, (int, np.integer)) and not isinstance(random_state, bool):
        if random_state < 0:
            raise InputError(f"random_state is {random_state}; give a whole number from 0 up")
        return int(random_state)
    try:
        return int(check_random_state(random_state).randint(2**31 - 1))
    except ValueError as error:
        raise InputError(str(error)) from None
