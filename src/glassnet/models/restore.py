"""Fitted estimators made again from a model document."""

from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.files.labels import classes_array
from glassnet.files.model_document import Column, ModelDocument, Preprocessing, Threshold
from glassnet.files.words import inside, place_in
from glassnet.models.base import NeuralEstimator
from glassnet.models.classifier import Classifier
from glassnet.models.decisions import has_step, step_threshold
from glassnet.models.encoding import MISSING, Encoding, Number, Text
from glassnet.models.preprocessing import TablePreprocessor
from glassnet.models.regressor import Regressor
from glassnet.models.standardizer import Standardizer
from glassnet.models.targets import Labels
from glassnet.models.threshold import Cut, cost_matrix
from glassnet.network import Network
from glassnet.nn.layers import Scale
from glassnet.nn.soft_step import SoftStep


def restored(document: ModelDocument, network: Network, source: str = "") -> NeuralEstimator:
    """The estimator of a document around its network.

    Its parameters are what the document says of them: fit would start anew with the same layers.
    Raises ``InputError`` with the place of what is missing.
    """
    if document.preprocessing is None:
        raise InputError(
            place_in(source, f"a {document.kind} has 'preprocessing', this one has none")
        )
    encoding = encoding_of(document.preprocessing, inside(source, "preprocessing"))
    make = _classifier if document.kind == "classifier" else _regressor
    model = make(document, network, source)
    scaled = isinstance(network.layers[0], Scale) or _clips(encoding)
    model.set_params(**_settings(network), scaling="auto" if scaled else "none")
    model.network_, model.preprocessor_ = network, TablePreprocessor.of(encoding)
    model.preprocessor_.scaling = model.scaling
    model.history_, model.n_iter_ = network.history, network.state.epoch
    model.scores_, model.run_ = document.scores, document.run
    model.n_features_in_ = len(encoding.columns)
    if encoding.names is not None:
        model.feature_names_in_ = np.array(encoding.names, dtype=object)
    return model


def _classifier(document: ModelDocument, network: Network, source: str) -> Classifier:
    if document.classes is None:
        raise InputError(place_in(source, "a classifier has 'classes', this one has none"))
    written = document.threshold or Threshold(how="fixed", value=0.5)
    classes = classes_array(document.classes)
    task = "binary" if len(classes) == 2 else "multiclass"
    task = "multilabel" if document.classes.multilabel else task
    cut = _cut(written, network)
    model = Classifier(threshold=_choice(cut), cost=written.cost)
    dtype = np.dtype(np.int64) if task == "multilabel" else classes.dtype
    model.labels_, model.classes_, model.cut_ = Labels(classes, task, dtype), classes, cut
    model.costs_ = None
    if written.cost is not None:
        try:
            model.costs_ = cost_matrix(written.cost, len(classes))
        except InputError as error:
            raise InputError(place_in(inside(source, "threshold.cost"), str(error))) from None
    model.threshold_ = step_threshold(network) if has_step(network) else written.value
    if task != "multiclass" and model.threshold_ is None:
        raise InputError(place_in(inside(source, "threshold"), "a value is missing"))
    model.threshold_gap_ = None if written.gap is None else (written.gap[0], written.gap[1])
    if written.metric is not None:
        model.threshold_metric = written.metric
    return model


def _regressor(document: ModelDocument, network: Network, source: str) -> Regressor:
    if document.target is None:
        raise InputError(place_in(source, "a regressor has a 'target', this one has none"))
    target = document.target
    one_column = not isinstance(target.shift, list)
    shift = np.atleast_1d(np.asarray(target.shift, dtype=np.float64))
    factor = np.atleast_1d(np.asarray(target.factor, dtype=np.float64))
    outputs = network.stack.outputs
    if shift.shape != (outputs,) or factor.shape != (outputs,) or not factor.all():
        raise InputError(
            place_in(
                inside(source, "target"),
                f"expected a shift and a factor other than 0 for each of {outputs} output(s)",
            )
        )
    model = Regressor()
    model.targets_ = Standardizer(shift, factor, one_column)
    return model


def encoding_of(preprocessing: Preprocessing, place: str = "") -> Encoding:
    """The encoding of a document's columns; raises ``InputError`` for what no `fit` would learn."""
    columns = preprocessing.expanded()
    names = tuple(column.name for column in columns if column.name is not None)
    if names and len(names) != len(columns):
        raise InputError(place_in(place, "some columns have a name and some have none"))
    learned = tuple(map(_column, columns))
    if len({column.clip for column in learned if isinstance(column, Number)}) > 1:
        raise InputError(place_in(place, "numeric columns differ in clip; expected one for all"))
    for column in learned:
        if isinstance(column, Text) and column.missing and MISSING not in column.categories:
            raise InputError(place_in(place, "a column's categories lack 'missing'"))
    return Encoding(names if names else None, learned)


def _column(column: Column) -> Number | Text:
    if column.categories is not None:
        return Text(tuple(map(str, column.categories)), column.how == "category")
    fill = 0.0 if column.impute is None else float(column.impute)
    return Number(
        fill, column.how or "constant", column.indicator, column.shift, column.factor, column.clip
    )


def _clips(encoding: Encoding) -> bool:
    return any(isinstance(column, Number) and column.clip for column in encoding.columns)


def _settings(network: Network) -> dict[str, Any]:
    """The parameters that the network itself tells."""
    layers = list(network.layers)
    if isinstance(layers[0], Scale):
        layers = layers[1:]
    if has_step(network):
        layers = layers[:-1]
    return {"layers": layers, "loss": network.loss, "dtype": network.dtype.name}


def _cut(written: Threshold, network: Network) -> Cut:
    value = 0.5 if written.value is None else written.value
    if written.how == "learned":
        kind = "learned" if has_step(network) else "learned_after"
        return Cut(kind, 0.5, 10.0 if written.k is None else written.k)
    return Cut(written.how, value if written.how == "fixed" else 0.5)


def _choice(cut: Cut) -> Any:
    """The parameter `threshold` that asks for this cut."""
    if cut.kind in ("learned", "learned_after") and cut.k != 10.0:
        return SoftStep(cut.k, joint=cut.kind == "learned")
    return cut.value if cut.kind == "fixed" else cut.kind
