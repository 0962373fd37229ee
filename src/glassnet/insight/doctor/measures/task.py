"""What a network is asked for: classes, numbers, or several yes-or-no's; read from its loss and its
targets."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from glassnet.nn.arrays import Array
from glassnet.nn.losses import BinaryCrossEntropy, CrossEntropy
from glassnet.nn.stack import Stack

MOST_ROWS = 4096


@dataclass(frozen=True)
class Task:
    """kind: "classes", "numbers" or "other"; classes: K; middle: where a single output becomes a
    yes; scores: how outputs become probabilities: "probabilities", "logits", or "none" where they
    are none (a squared loss on one-hot targets)."""

    kind: str
    classes: int = 0
    middle: float = 0.5
    scores: str = "none"

    @classmethod
    def of(cls, stack: Stack, Y: Array) -> Self:
        """The task of these targets, which are in the loss's form."""
        loss, outputs = stack.loss, stack.outputs
        kind = "logits" if getattr(loss, "from_logits", False) else "probabilities"
        if isinstance(loss, CrossEntropy):
            return cls("classes", outputs, 0.5, kind)
        if isinstance(loss, BinaryCrossEntropy):
            if outputs == 1:
                return cls("classes", 2, 0.0 if kind == "logits" else 0.5, kind)
            return cls("other")
        if Y.dtype.kind not in "biuf":
            return cls("other")
        some = Y[:: max(1, len(Y) // MOST_ROWS)].reshape(-1, outputs)
        values = np.unique(some) if some.size else np.empty(0)
        two = len(values) == 2 and float(values[1]) == 1.0 and float(values[0]) in (0.0, -1.0)
        if two and outputs == 1:
            return cls("classes", 2, float(values.mean()))
        if two and bool(((some == 1).sum(axis=1) == 1).all()):
            return cls("classes", outputs)
        return cls("numbers")

    @property
    def are_classes(self) -> bool:
        """Whether each sample has one class."""
        return self.kind == "classes"

    def truth(self, Y: Array) -> Array | None:
        """Class numbers (n,), or numbers (n, k); None for several yes-or-no's."""
        if self.kind == "classes":
            if Y.ndim == 1 and self.classes > 2:
                return Y
            if Y.ndim == 2 and Y.shape[1] > 1:
                return np.asarray(Y.argmax(axis=1))
            if self.scores != "none" and Y.dtype.kind in "iu" and Y.ndim == 1:
                return Y
            low = 0.5 if self.scores != "none" else self.middle
            return (Y.reshape(-1) > low).astype(np.int64)
        if self.kind == "numbers":
            return Y.astype(np.float64).reshape(len(Y), -1)
        return None

    def chosen(self, outputs: Array) -> Array:
        """What the network says, in the form of the truth."""
        values = outputs.astype(np.float64).reshape(len(outputs), -1)
        if self.kind != "classes":
            return values
        if values.shape[1] == 1:
            return (values[:, 0] > self.middle).astype(np.int64)
        return np.asarray(values.argmax(axis=1))

    def probabilities(self, outputs: Array) -> Array | None:
        """Probabilities (n, K) of the classes, where the outputs tell them."""
        if self.kind != "classes" or self.scores == "none":
            return None
        values = outputs.astype(np.float64).reshape(len(outputs), -1)
        with np.errstate(all="ignore"):
            if values.shape[1] == 1:
                if self.scores == "logits":
                    values = 1 / (1 + np.exp(-np.clip(values, -700, 700)))
                return np.concatenate([1 - values, values], axis=1)
            if self.scores == "logits":
                values = np.exp(values - values.max(axis=1, keepdims=True))
                values = values / values.sum(axis=1, keepdims=True)
        return values
