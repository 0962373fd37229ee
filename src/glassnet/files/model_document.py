"""The model document, typed: one JSON file holds a model whole, and no code.

Every field is checked against the Structs below before it is believed: unknown fields, newer
versions and sizes that disagree with the layers are refused with a sentence.
"""

from typing import Annotated, Any, Literal

import msgspec

from glassnet.files.run import Run
from glassnet.files.vectors import VectorDocument

VERSION = 1

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Label = str | int | float | bool


class Document(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What all parts of the model document share: immutable, strict, defaults left out."""


class NetworkDocument(Document, frozen=True, kw_only=True):
    """The layers and the loss as the registry's tables, and what the network was made with.

    input_shape: of one sample, without the batch; epoch, step, batch: how far training has come.
    """

    input_shape: Annotated[list[Positive], msgspec.Meta(min_length=1, max_length=8)]
    dtype: Literal["float32", "float64"]
    seed: Annotated[int, msgspec.Meta(ge=0)]
    layers: Annotated[list[str | dict[str, Any]], msgspec.Meta(min_length=1, max_length=10_000)]
    loss: str | dict[str, Any]
    epoch: Count = 0
    step: Count = 0
    batch: Count = 0


class Classes(Document, frozen=True, kw_only=True):
    """The labels in the order of the outputs; multilabel: each output is a yes or no of its own."""

    type: Literal["string", "integer", "float", "boolean"]
    values: list[Label]
    multilabel: bool = False


class Column(Document, frozen=True, kw_only=True):
    """How one column of the raw table becomes numbers; `count` columns in a row may share it.

    A missing value becomes `impute`, had by `how` from the training data (with "category" it is a
    category of its own, "missing"); with `indicator` a further feature says 1 where it was
    missing. A numeric column is then (x − shift) · factor, and x/√(1 + (x/clip)²) where clipped.
    A categorical column becomes one feature, 0 or 1, for each of its `categories`; with
    unknown="ignore" a category never seen is all zeros, with "refuse" an error.
    """

    type: Literal["numeric", "categorical"]
    name: str | None = None
    count: Positive = 1
    impute: Label | None = None
    how: Literal["median", "mean", "most_frequent", "category", "constant"] | None = None
    indicator: bool = False
    shift: float = 0.0
    factor: float = 1.0
    clip: Annotated[float, msgspec.Meta(gt=0)] | None = None
    categories: list[Label] | None = None
    unknown: Literal["ignore", "refuse"] = "ignore"

    @property
    def features(self) -> int:
        """How many features the column (all `count` of them) becomes."""
        width = len(self.categories) if self.categories is not None else 1
        return self.count * (width + self.indicator)


class Preprocessing(Document, frozen=True, kw_only=True):
    """From raw rows to the network's matrix: the columns in order, side by side."""

    columns: list[Column]

    @property
    def features(self) -> int:
        """The width of the matrix."""
        return sum(column.features for column in self.columns)

    def expanded(self) -> list[Column]:
        """One entry for each column of the raw table."""
        return [
            msgspec.structs.replace(column, count=1) if column.count > 1 else column
            for column in self.columns
            for _ in range(column.count)
        ]


class Threshold(Document, frozen=True, kw_only=True):
    """Where a probability becomes a class: the value, how it was had and from what."""

    how: Literal["fixed", "learned", "cost", "tuned"]
    value: float | None = None
    k: float | None = None
    gap: Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)] | None = None
    cost: list[float | list[float]] | None = None
    metric: str | None = None


class Target(Document, frozen=True, kw_only=True):
    """A regressor's target was trained as (y − shift) · factor, a number for each output or one."""

    shift: float | list[float] = 0.0
    factor: float | list[float] = 1.0


class ModelDocument(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=False
):
    """A model, whole: the fields in the order in which they stand in the file."""

    format: Literal["glassnet"] = "glassnet"
    version: Literal[1] = 1
    kind: Literal["network", "classifier", "regressor"]
    created_with: str = ""
    run: Run | None = None
    classes: Classes | None = None
    preprocessing: Preprocessing | None = None
    threshold: Threshold | None = None
    target: Target | None = None
    scores: dict[str, Any] = {}
    network: NetworkDocument
    weights: dict[str, VectorDocument]
    buffers: dict[str, VectorDocument] = {}


def model_schema() -> dict[str, Any]:
    """The JSON Schema of the model document."""
    return msgspec.json.schema(ModelDocument)
