"""`Regressor`: tables in, numbers out."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from glassnet.errors import InputError
from glassnet.models.base import NeuralEstimator, Prepared, check_lengths, check_rows
from glassnet.models.build import Output, choose_loss, output_of
from glassnet.models.defaults import Recipe
from glassnet.models.standardizer import Standardizer
from glassnet.models.targets import read_numbers
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Loss
from glassnet.nn.initializers import Constant
from glassnet.training.loop import Training

TASK = "regression"


class Regressor(RegressorMixin, NeuralEstimator):  # type: ignore[misc]
    """A neural network that learns numbers from a table, with everything chosen or choosable.

    Takes arrays, data frames with text columns and missing values, sparse matrices; y (n,) or
    (n, k). Targets are standardised inside, (y − shift) · factor, and predictions are given in the
    targets' own units; not so under a loss that asks for outputs in a range of its own (poisson:
    counts, binary_cross_entropy: shares), which also sets the last activation.

    Parameters
    ----------
    layers : "auto", the hidden layers' widths such as (64, 32), or the whole network as a list of
        layers, the output included.
    activation : of the hidden layers: one for all, or a list with one for each.
    dropout : the rate behind each hidden layer: one for all, or a list with one for each.
    loss, optimizer, learning_rate, batch_size, epochs, l1, l2, weight_decay, clip_norm, max_norm,
    engine, callbacks, verbose : as for ``Network.fit``.
    scaling, categorical : as for ``TablePreprocessor``.
    early_stopping : epochs of patience; the run then goes back to its best epoch. Watches
        ``validation``, or a tenth of the samples where none is given.
    dtype : "auto" is float64 up to 1,000 training rows, float32 above.
    random_state : a whole number is the network's seed; None draws one.

    Attributes
    ----------
    network_, preprocessor_, targets_ : what was trained, what raw rows go through before it, and
        how targets are standardised.
    history_, n_iter_ : the figures by epoch (in standardised units), and how many there were.

    Examples
    --------
    >>> import glassnet as gn
    >>> data = gn.load_dataset("diabetes")
    >>> model = gn.Regressor(random_state=0).fit(data.X, data.y)
    >>> model.predict(data.X[:3]).shape
    (3,)
    """

    def __init__(
        self,
        layers: Any = "auto",
        *,
        activation: Any = "auto",
        dropout: Any = "auto",
        loss: Any = "auto",
        optimizer: Any = "auto",
        learning_rate: Any = "auto",
        batch_size: Any = "auto",
        epochs: Any = "auto",
        l1: float = 0.0,
        l2: Any = "auto",
        weight_decay: Any = "auto",
        clip_norm: float | None = None,
        max_norm: float | None = None,
        scaling: Any = "auto",
        categorical: Sequence[str | int] | None = None,
        early_stopping: Any = None,
        dtype: str = "auto",
        engine: str = "auto",
        callbacks: Sequence[Any] = (),
        verbose: bool = False,
        random_state: Any = None,
    ) -> None:
        self.layers = layers
        self.activation = activation
        self.dropout = dropout
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.l1 = l1
        self.l2 = l2
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.max_norm = max_norm
        self.scaling = scaling
        self.categorical = categorical
        self.early_stopping = early_stopping
        self.dtype = dtype
        self.engine = engine
        self.callbacks = callbacks
        self.verbose = verbose
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        validation: tuple[Any, Any] | None = None,
    ) -> Self:
        """Learn anew from X (n, d) and numbers y: (n,) or (n, k).

        Raises ``InputError`` for unusable samples, targets or parameters, ``NonFiniteLossError``
        where the loss becomes infinite or NaN.
        """
        prepared, found = self._ready(X, y, sample_weight, validation)
        self._train(self.network_, prepared, found)
        return self

    def start(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        validation: tuple[Any, Any] | None = None,
    ) -> Training:
        """The training that ``fit`` would make, piece by piece (see ``Network.start``)."""
        return self._begin_training(*self._ready(X, y, sample_weight, validation))

    def _ready(
        self, X: Any, y: Any, sample_weight: Any, validation: tuple[Any, Any] | None
    ) -> tuple[Prepared, Recipe]:
        """Everything that stands before the first step."""
        Y, one_column, weights, used = self._read(X, y, sample_weight, reset=True)
        encoded, found = self._begin_with(X, Y, one_column, weights, used)
        encoded = encoded if used.all() else encoded[used]
        own = None if weights is None else weights[used]
        checked = None if validation is None else self._checked(*validation)
        whole = Prepared(encoded, self.targets_.encode(Y[used]), own, checked)
        return self._hold_out(whole, None), found

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Go on from where the model stands: one pass over these samples, or `epochs` of them.

        Before any fit, the first call learns the preprocessing and the targets' scale.
        """
        first = not self.__sklearn_is_fitted__()
        Y, one_column, weights, used = self._read(X, y, sample_weight, reset=first)
        if first:
            encoded, found = self._begin_with(X, Y, one_column, weights, used)
        else:
            encoded = self._encoded(X)
            found = self._recipe(int(used.sum()), len(self.targets_.shift), TASK)
        self._check_width(Y, "y")
        self._train_on(Prepared(encoded, self.targets_.encode(Y), weights), found)
        return self

    def predict(self, X: Any) -> Array:
        """Numbers in the targets' own units, in the shape that y had: (n,) or (n, k)."""
        encoded = self._encoded(X)
        return self.targets_.decode(self.network_.forward(encoded))

    def _read(
        self, X: Any, y: Any, sample_weight: Any, reset: bool
    ) -> tuple[Array, bool, Array | None, Array]:
        """Targets (n, k), whether they came as (n,), weights, and the rows of weight above 0."""
        self._check_columns(X, reset)
        rows = check_rows(X)
        Y, one_column = read_numbers(y)
        check_lengths(rows, Y)
        weights = self._weights(sample_weight, len(Y))
        used = np.ones(len(Y), dtype=bool) if weights is None else weights > 0
        return Y, one_column, weights, used

    def _begin_with(
        self, X: Any, Y: Array, one_column: bool, weights: Array | None, used: Array
    ) -> tuple[Any, Recipe]:
        """Set out with these targets: everything but the training."""
        own = None if weights is None else weights[used]
        loss = choose_loss(self.loss, TASK)
        output = _output(loss, Y[used], own)
        free = output.activation == "identity"
        begun = self._begin(X, weights, int(used.sum()), TASK, loss, output)
        self.targets_ = Standardizer.learn(Y[used], own, one_column, free)
        return begun

    def _checked(self, X: Any, y: Any) -> tuple[Any, Array]:
        """A validation set as the network takes it."""
        Y, _ = read_numbers(y, "the validation set's y")
        self._check_width(Y, "the validation set's y")
        return self._encoded(X), self.targets_.encode(Y)

    def _check_width(self, Y: Array, place: str) -> None:
        if Y.shape[1] != len(self.targets_.shift):
            raise InputError(
                f"{place} has {Y.shape[1]} target(s) a sample, the model learned "
                f"{len(self.targets_.shift)}"
            )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _output(loss: Loss, Y: Array, weights: Array | None) -> Output:
    """The last layer; under Poisson its bias starts at the logarithm of the mean count."""
    output = output_of(loss, TASK, Y.shape[1])
    mean = float(np.average(Y.mean(axis=1), weights=weights))
    if output.activation == "exponential" and mean > 0:
        return Output(output.units, output.activation, Constant(float(np.log(mean))))
    return output
