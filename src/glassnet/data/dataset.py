"""`Dataset`: samples with their targets, and what is known about them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.data.splits import split_indices
from glassnet.data.table import Table
from glassnet.errors import InputError

Array = npt.NDArray[Any]

MAX_FEATURES = 2**20


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Samples as rows, one target each.

    Attributes
    ----------
    name : what the data set is called.
    X : the features, shape (n, d), float32, float64 or uint8; a `Table` where columns hold text.
    y : the targets, shape (n,): labels or numbers.
    classes : the sorted labels, shape (k,), or None for a regression.
    feature_names : d names.
    target_name : what `y` is called; for a file, the column that was chosen.
    task : "classification" or "regression".
    image_shape : (height, width) where a sample is a picture, else None.
    description : one line.
    test : the official test set, where there is one.
    class_names : a word for each of `classes`, where the labels themselves are only numbers.

    Raises
    ------
    InputError : where `X` and `y` differ in length, or a shape or the task is not possible.
    """

    name: str
    X: Array | Table
    y: Array
    classes: Array | None = None
    feature_names: tuple[str, ...] = ()
    target_name: str = "target"
    task: str = "classification"
    image_shape: tuple[int, int] | None = None
    description: str = ""
    test: "Dataset | None" = None
    class_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if len(self.X.shape) != 2:
            raise InputError(f"{self.name}: X has shape {self.X.shape}; samples are rows (n, d)")
        if self.X.shape[1] > MAX_FEATURES:
            raise InputError(
                f"{self.name} has {self.X.shape[1]:,} features, more than the {MAX_FEATURES:,} "
                "that are taken; make the pictures smaller or leave columns out"
            )
        if self.y.shape != (len(self.X),):
            raise InputError(
                f"{self.name}: X has {len(self.X)} samples and y has shape {self.y.shape}; "
                "give one target for each sample"
            )
        if self.task not in ("classification", "regression"):
            raise InputError(
                f"{self.name}: task is {self.task!r}; choose 'classification' or 'regression'"
            )
        if self.image_shape and self.image_shape[0] * self.image_shape[1] != self.X.shape[1]:
            raise InputError(
                f"{self.name}: pictures of {self.image_shape} do not have {self.X.shape[1]} pixels"
            )
        if self.task == "classification" and self.classes is None:
            object.__setattr__(self, "classes", np.unique(self.y))
        if not self.feature_names:
            object.__setattr__(self, "feature_names", default_feature_names(self))

    def __len__(self) -> int:
        return len(self.X)

    def __repr__(self) -> str:
        kinds = "" if self.classes is None else f", {len(self.classes)} classes"
        beside = "" if self.test is None else f", test {len(self.test)}"
        return (
            f"Dataset({self.name!r}, {len(self)} samples x {self.X.shape[1]} features, "
            f"{self.task}{kinds}{beside})"
        )

    @property
    def images(self) -> Array:
        """The samples as pictures, shape (n, height, width).

        Raises
        ------
        InputError : where the samples are no pictures.
        """
        if self.image_shape is None or isinstance(self.X, Table):
            raise InputError(f"the samples of {self.name} are no pictures; show them as a table")
        return self.X.reshape(len(self), *self.image_shape)

    def rows(self, index: Any) -> "Dataset":
        """Make the data set of these samples, with all classes kept and without the test set."""
        X = self.X.rows(index) if isinstance(self.X, Table) else self.X[index]
        return replace(self, X=X, y=self.y[index], test=None)

    def split(self, test: float | int = 0.2, seed: int = 0) -> tuple["Dataset", "Dataset"]:
        """Split into (train, test) at random; each class keeps its share in both.

        Parameters
        ----------
        test : the part that is held out: a share in (0, 1), or a number of samples.
        seed : the same seed gives the same split, with every NumPy version.
        """
        labels = self.y if self.task == "classification" else None
        kept, held_out = split_indices(len(self), labels, test=test, seed=seed)
        return self.rows(kept), self.rows(held_out)


def default_feature_names(data: Dataset) -> tuple[str, ...]:
    """Names for features that came without: the table's own, pixel0 … or x0 …."""
    if isinstance(data.X, Table):
        return data.X.names
    stem = "pixel" if data.image_shape else "x"
    return tuple(f"{stem}{j}" for j in range(data.X.shape[1]))
