"""What the model document's types alone do not say: that its parts fit each other."""

import math
from math import prod
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.files import registry
from glassnet.files.model_document import Classes, ModelDocument, Preprocessing, Threshold
from glassnet.files.run import check_run
from glassnet.files.vectors import VectorDocument, check_vector
from glassnet.files.words import inside, place_in, show
from glassnet.nn.parameters import Layout
from glassnet.nn.stack import Stack

MOST_COLUMNS = 1_000_000
LARGEST_SAMPLE = 2**53

_TYPES = {"string": str, "integer": int, "float": float, "boolean": bool}


def check_document(document: ModelDocument, source: str = "") -> None:
    """Refuse, with the place, a document whose parts disagree. Raises ``InputError``.

    All sizes are compared by arithmetic; nothing is allocated by what the document declares.
    Layers of the user's own are only known when they are handed back: then `build_stack` checks.
    """
    network = document.network
    if network.seed >= 2**64:
        raise InputError(
            place_in(inside(source, "network.seed"), f"is not below 2**64: {show(network.seed)}")
        )
    if prod(network.input_shape) > LARGEST_SAMPLE:
        raise InputError(
            place_in(
                inside(source, "network.input_shape"),
                f"holds {show(prod(network.input_shape))} numbers",
            )
        )
    if document.run is not None:
        check_run(document.run, inside(source, "run"))
    if document.classes is not None:
        _check_classes(document.classes, inside(source, "classes"))
    if document.preprocessing is not None:
        _check_columns(document.preprocessing, network.input_shape, inside(source, "preprocessing"))
    if document.threshold is not None:
        _check_threshold(document.threshold, inside(source, "threshold"))
    stack = checked_stack(document, registry.AnyParts(), source)
    if stack is not None:
        check_arrays(document, stack, source)


def checked_stack(
    document: ModelDocument, parts: registry.Parts | None, source: str = ""
) -> Stack | None:
    """The stack of the document, fitted together; None where stand-ins play the user's own parts,
    which alone know what fits them."""
    network = document.network
    layers = tuple(
        registry.build_layer(table, parts, inside(source, f"layers[{index}]"))
        for index, table in enumerate(network.layers)
    )
    loss = registry.build_loss(network.loss, parts, inside(source, "loss"))
    if isinstance(parts, registry.AnyParts) and _has_user_part([*network.layers, network.loss]):
        return None
    try:
        stack = Stack(layers, loss, tuple(network.input_shape))
        _ = stack.outputs
    except InputError as error:
        raise InputError(place_in(source, str(error))) from None
    return stack


def check_arrays(document: ModelDocument, stack: Stack, source: str = "") -> None:
    """Refuse arrays that are not those of the layers: names and shapes."""
    dtype = np.dtype(document.network.dtype)
    _check_vectors(document.weights, stack.layout, dtype, inside(source, "weights"))
    _check_vectors(document.buffers, stack.buffer_layout, dtype, inside(source, "buffers"))
    if document.classes is not None:
        _check_outputs(document.classes, stack.outputs, inside(source, "classes"))


def _check_vectors(
    arrays: dict[str, VectorDocument], layout: Layout, dtype: np.dtype, place: str
) -> None:
    expected = {segment.name: segment.shape for segment in layout.segments}
    for name, shape in expected.items():
        if name not in arrays:
            shown = list(shape)
            raise InputError(place_in(place, f"the array '{name}' of shape {shown} is missing"))
        check_vector(arrays[name], shape, dtype, inside(place, name))
    for name in arrays:
        if name not in expected:
            raise InputError(place_in(place, f"no layer has the array {show(name)}"))


def _check_classes(classes: Classes, place: str) -> None:
    expected = _TYPES[classes.type]
    for index, value in enumerate(classes.values):
        right = type(value) is expected or (expected is float and type(value) is int)
        if not right:
            raise InputError(
                place_in(
                    inside(place, f"values[{index}]"),
                    f"expected a label of type {classes.type}, found {show(value)}",
                )
            )
    if len(set(classes.values)) < len(classes.values):
        raise InputError(place_in(inside(place, "values"), "a label is there twice"))


def _check_outputs(classes: Classes, outputs: int, place: str) -> None:
    count = len(classes.values)
    if count != outputs and not (outputs == 1 and count == 2 and not classes.multilabel):
        raise InputError(
            place_in(place, f"{count} labels do not fit the network's {outputs} output(s)")
        )


def _check_columns(preprocessing: Preprocessing, input_shape: list[int], place: str) -> None:
    count = sum(column.count for column in preprocessing.columns)
    if count > MOST_COLUMNS:
        raise InputError(place_in(place, f"declares more than {MOST_COLUMNS:,} columns"))
    for index, column in enumerate(preprocessing.columns):
        where = inside(place, f"columns[{index}]")
        if (column.type == "categorical") != (column.categories is not None):
            raise InputError(
                place_in(where, "a categorical column has categories, a numeric one has none")
            )
        if column.type == "numeric" and isinstance(column.impute, (str, bool)):
            raise InputError(
                place_in(inside(where, "impute"), f"expected a number, found {show(column.impute)}")
            )
    if preprocessing.features != prod(input_shape):
        raise InputError(
            place_in(
                place,
                f"its columns become {preprocessing.features} features, but the network takes "
                f"{prod(input_shape)}",
            )
        )


def _check_threshold(threshold: Threshold, place: str) -> None:
    value = threshold.value
    if value is not None and not (0 <= value <= 1 and math.isfinite(value)):
        raise InputError(
            place_in(inside(place, "value"), f"expected a number from 0 to 1, found {value}")
        )


def _has_user_part(table: Any) -> bool:
    if isinstance(table, dict):
        return "user" in table or any(map(_has_user_part, table.values()))
    return isinstance(table, list) and any(map(_has_user_part, table))
