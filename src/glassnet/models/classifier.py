"""`Classifier`: tables in, labels out."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags

from glassnet.errors import InputError
from glassnet.models.base import NeuralEstimator, Prepared, check_lengths, check_rows, take_rows
from glassnet.models.build import choose_loss, ends_with_step, is_auto, output_of
from glassnet.models.decisions import decide, has_step, probabilities, step_threshold
from glassnet.models.defaults import Recipe
from glassnet.models.targets import Labels, class_weights, find_labels, read_labels
from glassnet.models.threshold import (
    choose_cut,
    cost_matrix,
    cost_threshold,
    held_out_probabilities,
    learn_threshold,
    tune_threshold,
)
from glassnet.nn.arrays import Array
from glassnet.nn.soft_step import SoftStep
from glassnet.scores.thresholds import separating_gap
from glassnet.training.events import EpochEnded, Event
from glassnet.training.loop import Training


class _Ready(NamedTuple):
    """What a training is made of, and what is needed after it: the rows of weight above 0, their
    places of labels, weights and encoded features."""

    prepared: Prepared
    recipe: Recipe
    used: Array
    places: Array
    weights: Array | None
    encoded: Any


class Classifier(ClassifierMixin, NeuralEstimator):  # type: ignore[misc]
    """A neural network that learns labels from a table, with everything chosen or choosable.

    Takes arrays, data frames with text columns and missing values, sparse matrices; labels of any
    kind, or an indicator matrix (n, k) of several labels a sample. Two classes get one sigmoid
    unit, more classes softmax, an indicator matrix a sigmoid unit a label.

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
    class_weight : "balanced", or a weight by label.
    threshold : two classes: predict the second where p > threshold. A number; "learned", with the
        weights, or "learned_after" them on held-out p, by ``SoftStep(k=10)`` (give a SoftStep for
        another k); "cost", the cheapest by `cost`; "tuned", by cross-validation on
        `threshold_metric`.
    cost : (false positive, false negative), or a matrix with a row for each true class and a
        column for each decision.
    threshold_metric : a metric's name, or f(y, decisions, sample_weight), greater = better.
    dtype : "auto" is float64 up to 1,000 training rows, float32 above.
    random_state : a whole number is the network's seed; None draws one.

    Attributes
    ----------
    classes_ : the labels, sorted.
    network_, preprocessor_ : what was trained, and what raw rows go through before it.
    threshold_ : the threshold in use, None where there are more than two classes.
    threshold_gap_ : (low, high) where every t in low ≤ t < high decides the samples that it was
        found on exactly as well, else None.
    history_, n_iter_ : the figures by epoch, and how many epochs there were.

    Examples
    --------
    >>> import glassnet as gn
    >>> data = gn.load_dataset("iris")
    >>> model = gn.Classifier(random_state=0).fit(data.X, data.y)
    >>> model.score(data.X, data.y) > 0.95
    True
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
        class_weight: Any = None,
        threshold: Any = 0.5,
        cost: Any = None,
        threshold_metric: Any = "balanced_accuracy",
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
        self.class_weight = class_weight
        self.threshold = threshold
        self.cost = cost
        self.threshold_metric = threshold_metric
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
        """Learn anew from X (n, d) and labels y: (n,), or (n, k) of 0 and 1.

        Raises ``InputError`` for unusable samples, labels or parameters, ``NonFiniteLossError``
        where the loss becomes infinite or NaN.
        """
        ready = self._ready(X, y, sample_weight, validation)
        self._train(self.network_, ready.prepared, ready.recipe, [self._follow])
        self._end(X, ready.used, ready.places, ready.weights, ready.encoded, validation)
        return self

    def start(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        validation: tuple[Any, Any] | None = None,
    ) -> Training:
        """The training that ``fit`` would make, piece by piece (see ``Network.start``). A threshold
        that is tuned after a training is left as it is."""
        ready = self._ready(X, y, sample_weight, validation)
        return self._begin_training(ready.prepared, ready.recipe, [self._follow])

    def _ready(
        self, X: Any, y: Any, sample_weight: Any, validation: tuple[Any, Any] | None
    ) -> _Ready:
        """Everything that stands before the first step."""
        y, weights, used = self._read(X, y, sample_weight, reset=True)
        labels = find_labels(y[used])
        encoded, found = self._begin_with(X, labels, weights, used)
        encoded = encoded if used.all() else encoded[used]
        places = labels.encode(y[used])
        own = None if weights is None else weights[used]
        loss_weights = class_weights(self.class_weight, labels, places, own)
        smoothing = found.label_smoothing if self._may_smooth() else 0.0
        checked = None if validation is None else self._checked(*validation)
        whole = Prepared(encoded, self._targets(places, smoothing), loss_weights, checked)
        prepared = self._hold_out(whole, None if labels.task == "multilabel" else places)
        return _Ready(prepared, found, used, places, own, encoded)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Go on from where the model stands: one pass over these samples, or `epochs` of them.

        Before any fit, the first call learns the preprocessing and needs `classes`: all labels
        that will ever come. A threshold that is not learned with the weights stays as it was.
        """
        first = not self.__sklearn_is_fitted__()
        y, weights, used = self._read(X, y, sample_weight, reset=first)
        if first:
            if classes is None and y.ndim == 1:
                raise InputError("classes must be passed on the first call to partial_fit")
            labels = find_labels(y if classes is None else read_labels(classes, "classes"))
            encoded, found = self._begin_with(X, labels, weights, used)
        else:
            encoded = self._encoded(X)
            outputs, task = self.labels_.outputs, self.labels_.task
            found = self._recipe(int(used.sum()), outputs, task)
        if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise InputError(
                f"classes is {np.unique(classes).tolist()!r}, but the model began with "
                f"{self.classes_.tolist()!r}: fit anew to learn other labels"
            )
        places = self.labels_.encode(y)
        loss_weights = class_weights(self.class_weight, self.labels_, places, weights)
        prepared = Prepared(encoded, self._targets(places, 0.0), loss_weights)
        self._train_on(prepared, found, [self._follow])
        self._show_threshold()
        return self

    def predict(self, X: Any) -> Array:
        """Labels (n,), or an indicator matrix (n, k)."""
        P = self._probabilities(X)
        costs = self.costs_ if self.cut_.kind == "cost" else None
        places = decide(P, self.labels_.task, self.threshold_, costs)
        return self.labels_.decode(places)

    def predict_proba(self, X: Any) -> Array:
        """Probabilities (n, K), columns in the order of ``classes_``; (n, k) for several labels.

        A learned threshold does not change them: it stands behind p.
        """
        P = self._probabilities(X)
        return np.column_stack([1 - P, P]) if self.labels_.task == "binary" else P

    def decision_function(self, X: Any) -> Array:
        """p − threshold (n,) for two classes, above 0 where the second is predicted; else (n, K):
        the probabilities, or with threshold="cost" the expected costs with their sign turned."""
        P = self._probabilities(X)
        if self.labels_.task == "binary":
            return np.asarray(P - self.threshold_)
        if self.cut_.kind == "cost" and self.costs_ is not None:
            return np.asarray(-(P @ self.costs_))
        return P

    def _probabilities(self, X: Any) -> Array:
        encoded = self._encoded(X)
        return probabilities(self.network_, encoded, self.labels_.task)

    def _read(
        self, X: Any, y: Any, sample_weight: Any, reset: bool
    ) -> tuple[Array, Array | None, Array]:
        """Labels, weights, and which rows have a weight above 0; columns are checked too."""
        self._check_columns(X, reset)
        rows = check_rows(X)
        values = read_labels(y)
        check_lengths(rows, values)
        weights = self._weights(sample_weight, len(values))
        used = np.ones(len(values), dtype=bool) if weights is None else weights > 0
        return values, weights, used

    def _begin_with(
        self, X: Any, labels: Labels, weights: Array | None, used: Array
    ) -> tuple[Any, Recipe]:
        """Set out with these labels: everything but the training."""
        cut = choose_cut(self.threshold, self.cost, labels.task)
        costs = None if self.cost is None else cost_matrix(self.cost, len(labels.classes))
        loss = choose_loss(self.loss, labels.task)
        output = output_of(loss, labels.task, len(labels.classes))
        step = SoftStep(cut.k, cut.value, joint=True)
        last = [step] if cut.kind == "learned" and not ends_with_step(self.layers) else []
        begun = self._begin(X, weights, int(used.sum()), labels.task, loss, output, last)
        self.labels_, self.classes_, self.cut_, self.costs_ = labels, labels.classes, cut, costs
        self.threshold_gap_: tuple[float, float] | None = None
        self.threshold_: float | None = None if labels.task == "multiclass" else cut.value
        if cut.kind == "cost" and costs is not None and labels.task == "binary":
            self.threshold_ = cost_threshold(costs)
        self._show_threshold()
        return begun

    def _may_smooth(self) -> bool:
        """Smoothed labels draw p to the middle, so costs and learned thresholds go without."""
        return is_auto(self.loss) and self.cut_.kind in ("fixed", "tuned")

    def _targets(self, places: Array, smoothing: float) -> Array:
        """Places as the network's targets: indices or one-hot rows, 0 and 1 in columns."""
        units = self.network_.stack.outputs
        if self.labels_.task == "multilabel":
            return places
        if units == 1:
            return places * (1.0 - smoothing) + smoothing / 2
        one_hot = np.eye(units)[places]
        return one_hot * (1.0 - smoothing) + smoothing / units

    def _checked(self, X: Any, y: Any) -> tuple[Any, Array]:
        """A validation set as the network takes it."""
        places = self.labels_.encode(y, "the validation set's y")
        return self._encoded(X), self._targets(places, 0.0)

    def _follow(self, event: Event) -> None:
        """Listen to the training, so that predictions under way use the threshold of the epoch."""
        if isinstance(event, EpochEnded):
            self._show_threshold()

    def _show_threshold(self) -> None:
        if has_step(self.network_):
            self.threshold_ = step_threshold(self.network_)

    def _end(
        self, X: Any, used: Array, places: Array, weights: Array | None, encoded: Any,
        validation: tuple[Any, Any] | None,
    ) -> None:  # fmt: skip
        """Find what the threshold still needs after the training."""
        self._show_threshold()
        if has_step(self.network_):
            p = probabilities(self.network_, encoded, self.labels_.task)
            self.threshold_gap_ = separating_gap(p, places)
        if self.cut_.kind not in ("learned_after", "tuned"):
            return
        if self.history_.stopped == "interrupted":
            return  # whoever pressed Ctrl-C does not wait for five more trainings
        if validation is not None:
            p, weights = self._probabilities(validation[0]), None
            places = self.labels_.encode(validation[1])
        else:
            p = self._held_out(X, np.flatnonzero(used), places, weights)
        if self.cut_.kind == "tuned":
            found = tune_threshold(p, places, weights, self.threshold_metric)
        else:
            found = learn_threshold(p, places, weights, self.cut_.k, self.cut_.value)
        self.threshold_, self.threshold_gap_ = found

    def _held_out(self, X: Any, rows: Array, places: Array, weights: Array | None) -> Array:
        """p of each row from a model that was trained on the other folds."""

        alone = {"threshold": 0.5, "callbacks": (), "verbose": False}
        alone["random_state"] = self.network_.seed

        def fit_and_predict(train: Array, test: Array) -> Array:
            model = Classifier(**(self.get_params(deep=False) | alone))
            own = None if weights is None else weights[train]
            model.fit(take_rows(X, rows[train]), self.labels_.decode(places[train]), own)
            return np.asarray(model.predict_proba(take_rows(X, rows[test]))[:, 1])

        return held_out_probabilities(fit_and_predict, places, self.network_.seed)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
