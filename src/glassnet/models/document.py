"""The model document of a fitted estimator."""

from typing import Any

import numpy as np
from msgspec.structs import replace

from glassnet.files.labels import describe_classes
from glassnet.files.model import make_document
from glassnet.files.model_document import Column, ModelDocument, Preprocessing, Target, Threshold
from glassnet.files.run import Run
from glassnet.models.encoding import MISSING, Encoding, Number, Text
from glassnet.network import Network


def describe(estimator: Any, run: Run | None = None) -> ModelDocument:
    """The document of a fitted estimator."""
    network: Network = estimator.network_
    fields: dict[str, Any] = {"kind": "regressor", "run": run or getattr(estimator, "run_", None)}
    if hasattr(estimator, "classes_"):
        fields["kind"] = "classifier"
        is_multilabel = estimator.labels_.task == "multilabel"
        fields["classes"] = describe_classes(estimator.classes_, is_multilabel)
        fields["threshold"] = _threshold(estimator)
    else:
        targets = estimator.targets_
        one = targets.one_column
        shift, factor = targets.shift.tolist(), targets.factor.tolist()
        fields["target"] = Target(
            shift=shift[0] if one else shift, factor=factor[0] if one else factor
        )
    return make_document(
        network.stack,
        network.state,
        seed=network.seed,
        preprocessing=preprocessing_of(estimator.preprocessor_.encoding),
        scores=getattr(estimator, "scores_", {}),
        **fields,
    )


def preprocessing_of(encoding: Encoding) -> Preprocessing:
    """The columns; neighbours without names that are alike are written once, with their count."""
    columns: list[Column] = []
    counts: list[int] = []
    for place, learned in enumerate(encoding.columns):
        name = None if encoding.names is None else encoding.names[place]
        column = _column(learned, name)
        if columns and name is None and columns[-1] == column:
            counts[-1] += 1
        else:
            columns.append(column)
            counts.append(1)
    counted = zip(columns, counts, strict=True)
    return Preprocessing(columns=[replace(column, count=count) for column, count in counted])


def _column(learned: Number | Text, name: str | None) -> Column:
    if isinstance(learned, Text):
        own = learned.missing
        return Column(
            type="categorical",
            name=name,
            impute=MISSING if own else None,
            how="category" if own else None,
            categories=list(learned.categories),
        )
    how: Any = learned.how
    return Column(
        type="numeric",
        name=name,
        impute=learned.fill,
        how=how,
        indicator=learned.indicator,
        shift=learned.shift,
        factor=learned.factor,
        clip=learned.clip,
    )


def _threshold(estimator: Any) -> Threshold:
    cut, metric = estimator.cut_, estimator.threshold_metric
    how: Any = "learned" if cut.kind == "learned_after" else cut.kind
    costs, gap = estimator.costs_, estimator.threshold_gap_
    named = metric if isinstance(metric, str) else getattr(metric, "__name__", "custom")
    return Threshold(
        how=how,
        value=estimator.threshold_,
        k=cut.k if how == "learned" else None,
        gap=None if gap is None else [float(end) for end in gap],
        cost=None if costs is None else np.asarray(costs).tolist(),
        metric=named if cut.kind == "tuned" else None,
    )
