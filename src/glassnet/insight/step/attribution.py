"""Which numbers of a sample push toward a class, and which against it: gradient × input.

For class c with logit z_c (the number before softmax or sigmoid; the output itself where there is
neither), each input x has the part x · ∂z_c/∂x. For a network that is linear around the sample the
parts and one constant add up to z_c; an input of 0 (a black pixel) has no part. Shrikumar et al.,
"Not Just a Black Box", 2016; compared with other ways by Ancona et al., "Towards Better
Understanding of Gradient-Based Attribution Methods", 2018. The network is in prediction mode.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.activations import sigmoid
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.layers import Activation, Dense
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.stack import Stack
from glassnet.nn.state import State


@dataclass(frozen=True, eq=False)
class Attribution:
    """Gradient × input of samples X (n, …) for every class of a network, worked out on demand.

    classes: the labels, None for numbers from 0; shape: that of a picture, or None.
    """

    stack: Stack
    state: State
    X: Array
    classes: tuple[Any, ...] | None = None
    shape: tuple[int, ...] | None = None

    @property
    def count(self) -> int:
        """How many classes there are; one output decides between two."""
        outputs = self.stack.outputs
        return 2 if outputs == 1 and self._is_yes_or_no else outputs

    @cached_property
    def values(self) -> Array:
        """(n, classes, …), each sample's in its own shape or the picture's, float64."""
        return np.stack([self._sample(row) for row in range(len(self.X))])

    def of(self, label: Any, sample: int = 1) -> Array:
        """The parts for one class, by its label, of one sample, counted from 1."""
        if not 1 <= sample <= len(self.X):
            raise InputError(f"there is no sample {sample}; 1 to {len(self.X)} were explained")
        return np.asarray(self._sample(sample - 1)[self.place(label)])

    def place(self, label: Any) -> int:
        """The place of a class, by its label, as itself or as text."""
        labels = list(range(self.count)) if self.classes is None else list(self.classes)
        for place, known in enumerate(labels):
            if known == label or str(known) == str(label):
                return place
        shown = ", ".join(str(known) for known in labels[:12]) + (" …" if len(labels) > 12 else "")
        raise InputError(f"there is no class {label!r}; the classes are {shown}")

    def scores(self, sample: int = 1) -> Array:
        """The outputs of one sample, (classes,): of a single one p, 1 − p and p."""
        passes = self._forward(self.X[sample - 1 : sample])
        y = np.asarray(passes[self._logit[0]][2][0], dtype=np.float64)
        if self.count == len(y):
            return y
        yes = sigmoid(y)[0] if getattr(self.stack.loss, "from_logits", False) else y[0]
        return np.array([1 - yes, yes])

    @property
    def _is_yes_or_no(self) -> bool:
        return self.stack.loss.name == "binary_cross_entropy" or self._logit[1]

    @property
    def _step_last(self) -> bool:
        return isinstance(self.stack.layers[-1], SoftStep)

    @cached_property
    def _logit(self) -> tuple[int, bool]:
        """The layer that has the logits, and whether they are those of a softmax or sigmoid."""
        place = len(self.stack.layers) - (2 if self._step_last else 1)
        layer = self.stack.layers[place]
        is_logit = isinstance(layer, (Dense, Activation)) and layer.activation.name in (
            "softmax", "sigmoid",
        )  # fmt: skip
        return place, is_logit

    def _forward(self, x: Array) -> list[tuple[Array, Any, Array]]:
        """Each layer's input, cache and output in prediction mode, in float64."""
        layout, buffer_layout = self.stack.layout, self.stack.buffer_layout
        p = layout.views(self.state.parameters.astype(np.float64))
        buffers = buffer_layout.views(self.state.buffers.astype(np.float64))
        with np.errstate(all="ignore"):
            record = self.stack.forward(p, buffers, x, Context(dtype=np.dtype(np.float64)))
        return list(zip(record.inputs, record.caches, record.outputs, strict=True))

    def _sample(self, row: int) -> Array:
        """One sample's parts for every class, (classes, …)."""
        place, is_logit = self._logit
        k = self.stack.shapes[place][0]
        # The sample once for each output, so that one backward pass gives all their gradients.
        x = np.repeat(self.X[row : row + 1], k, axis=0)
        passes = self._forward(x)
        p = self.stack.layout.views(self.state.parameters.astype(np.float64))
        dy: Any = np.eye(k)
        with np.errstate(all="ignore"):
            for at in range(place, -1, -1):
                layer: Any = self.stack.layers[at]
                from_logits = at == place and is_logit
                backward = layer.backward_logits if from_logits else layer.backward
                dy, _ = backward(p[at], dy, passes[at][1], inputs=True)
        parts = np.asarray(dy, dtype=np.float64) * x.astype(np.float64)
        if self.count != k:
            parts = np.concatenate([-parts, parts])  # what pushes toward "yes" pushes against "no"
        return parts.reshape(len(parts), *(self.shape or parts.shape[1:]))


def labels_of(classes: Sequence[Any] | None) -> tuple[Any, ...] | None:
    """Labels as a tuple of plain values."""
    if classes is None:
        return None
    return tuple(classes.tolist() if isinstance(classes, np.ndarray) else classes)
