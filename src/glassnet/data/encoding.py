"""`OneHotEncoder`: labels to one-hot rows and back."""

from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data.table import listed
from glassnet.errors import InputError

Array = npt.NDArray[Any]


class OneHotEncoder:
    """Labels as rows of zeros with a single one: class j is the j-th unit vector.

    Parameters
    ----------
    classes : the k labels, each once, in the order of the columns.

    Raises
    ------
    InputError : where there is no label or one is given twice.
    """

    def __init__(self, classes: Any) -> None:
        self.classes: Array = np.asarray(classes)
        if self.classes.ndim != 1 or len(self.classes) == 0:
            raise InputError(f"classes has shape {self.classes.shape}; give the labels, each once")
        self._index = {label: j for j, label in enumerate(self.classes.tolist())}
        if len(self._index) < len(self.classes):
            values, counts = np.unique(self.classes, return_counts=True)
            twice = values[counts > 1].tolist()[0]
            raise InputError(f"the label {twice!r} is in classes more than once; give each once")

    def __repr__(self) -> str:
        return f"OneHotEncoder([{listed(self.classes.tolist())}])"

    def indices(self, y: Any) -> npt.NDArray[np.int64]:
        """Give each label's place in `classes`; shape (n,).

        Raises
        ------
        InputError : where a label is not among `classes`, or y is not of shape (n,).
        """
        labels = np.asarray(y)
        if labels.ndim != 1:
            raise InputError(f"y has shape {labels.shape}; give one label for each sample")
        found = [self._index.get(label, -1) for label in labels.tolist()]
        places = np.array(found, dtype=np.int64)
        unseen = np.flatnonzero(places < 0)
        if len(unseen):
            raise InputError(
                f"the label {labels.tolist()[unseen[0]]!r} (sample {unseen[0]}, {len(unseen)} "
                f"such in all) is not one of the classes {listed(self.classes.tolist())}"
            )
        return places

    def encode(self, y: Any) -> npt.NDArray[np.float32]:
        """Labels (n,) to one-hot rows (n, k), float32.

        Raises
        ------
        InputError : where a label is not among `classes`.
        """
        places = self.indices(y)
        one_hot = np.zeros((len(places), len(self.classes)), dtype=np.float32)
        one_hot[np.arange(len(places)), places] = 1.0
        return one_hot

    def decode(self, probabilities: Any) -> Array:
        """One-hot rows or probabilities (n, k) to labels (n,): the first largest entry of each row.

        Raises
        ------
        InputError : where the width is not k, or a value is NaN.
        """
        rows = np.asarray(probabilities)
        if rows.ndim != 2 or rows.shape[1] != len(self.classes):
            raise InputError(
                f"values of shape {rows.shape} cannot be decoded; "
                f"give one row of {len(self.classes)} for each sample, one column for each class"
            )
        if rows.dtype.kind == "f" and np.isnan(rows).any():
            raise InputError(
                f"sample {np.flatnonzero(np.isnan(rows).any(axis=1))[0]} has NaN among its "
                "probabilities, so it has no largest; look at the features and the weights"
            )
        labels: Array = self.classes[rows.argmax(axis=1)]
        return labels
