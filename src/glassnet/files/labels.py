"""Labels between NumPy and the model document: text, whole numbers, numbers, booleans."""

from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.files.model_document import Classes
from glassnet.nn.arrays import Array

_DTYPES = {"integer": np.int64, "float": np.float64, "boolean": np.bool_}


def describe_classes(classes: Array, multilabel: bool = False) -> Classes:
    """The document of labels, in the order of the outputs.

    Raises ``InputError`` for labels that are of several types or of none that JSON has.
    """
    values: list[Any] = np.asarray(classes).tolist()
    for name, kind in (("boolean", bool), ("integer", int), ("float", float), ("string", str)):
        if all(type(value) is kind for value in values):
            return Classes(type=name, values=values, multilabel=multilabel)  # type: ignore[arg-type]
    kinds = ", ".join(sorted({type(value).__name__ for value in values}))
    raise InputError(
        f"labels of the types {kinds} cannot be saved; they must all be text, whole numbers, "
        "numbers or booleans"
    )


def classes_array(classes: Classes) -> Array:
    """The labels of a document: int64, float64, bool, or text."""
    if classes.type == "integer" and max(classes.values, default=0) >= 2**63:  # type: ignore[operator]
        return np.array(classes.values, dtype=np.uint64)
    if classes.type != "string":
        return np.array(classes.values, dtype=_DTYPES[classes.type])
    # NumPy's own text type drops trailing null characters, which would change a label.
    cut = any(str(value).endswith("\0") for value in classes.values)
    return np.array(classes.values, dtype=object if cut else np.str_)
