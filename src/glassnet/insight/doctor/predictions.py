"""What a network says of some rows, in prediction mode, beside their targets."""

from dataclasses import dataclass

import numpy as np

from glassnet.engines.native.steps import Native, reasons
from glassnet.engines.native.translate import sample_reasons
from glassnet.engines.samples import Samples, dense_rows
from glassnet.insight.doctor.before import answers, are_classes
from glassnet.insight.doctor.look import some_rows
from glassnet.insight.doctor.simple import score
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context, Loss
from glassnet.nn.losses import BinaryCrossEntropy, CrossEntropy
from glassnet.nn.stack import Stack
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule


@dataclass(frozen=True)
class Predictions:
    """rows (n,): which samples; losses (n,); answers: the truth as class numbers (n,) or numbers
    (n, k), None for several yes-or-no's; chosen: the same of the network; probabilities (n, K) of
    classes; score: the share of right answers, or r²."""

    rows: Array
    losses: Array
    answers: Array | None
    chosen: Array
    probabilities: Array | None
    score: float | None


class Predictor:
    """Predictions of a stack in any of its states: by the native engine where that takes it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._native: Native | None = None
        self._tried = False

    def __call__(
        self, state: State, samples: Samples, pool: Array | None, most: int
    ) -> Predictions:
        """Predictions for at most so many rows of `pool`, by default of all."""
        everything = np.arange(len(samples)) if pool is None else pool
        rows = everything[some_rows(len(everything), 0, most)]
        x, y = dense_rows(samples.X, rows), samples.Y[rows]
        with np.errstate(all="ignore"):
            outputs, losses = self._outputs(state, x, y)
        return _predictions(self.stack, rows, y, outputs, losses)

    def _outputs(self, state: State, x: Array, y: Array) -> tuple[Array, Array]:
        """Outputs (n, k) and losses (n,)."""
        stack = self.stack
        native = self._kernel(state)
        if native is not None and not sample_reasons(x):
            outputs = native.forward(state, x)
            if stack.loss.meets is None:
                return outputs, stack.loss.per_sample(outputs, y)
            return outputs, stack.loss.per_sample_logits(native.forward(state, x, logits=True), y)
        p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
        record = stack.forward(p, buffers, x, Context(dtype=state.parameters.dtype))
        return record.outputs[-1], stack.losses(record, y)

    def _kernel(self, state: State) -> Native | None:
        if not self._tried:
            self._tried = True
            if not self.stack.joint and not reasons(self.stack):
                self._native = Native(self.stack, UpdateRule(), state.parameters.dtype)
        return self._native


def _predictions(stack: Stack, rows: Array, y: Array, outputs: Array, losses: Array) -> Predictions:
    truth = answers(stack, y)
    finite = bool(np.isfinite(outputs).all())
    if are_classes(stack):
        probabilities = class_probabilities(stack.loss, outputs)
        chosen = np.asarray(probabilities.argmax(axis=1))
        right = None if truth is None or not finite else float(np.mean(chosen == truth))
        return Predictions(rows, losses, truth, chosen, probabilities if finite else None, right)
    values = outputs.astype(np.float64)
    reached = score(values, truth, False) if truth is not None and finite else None
    return Predictions(rows, losses, truth, values, None, reached)


def class_probabilities(loss: Loss, outputs: Array) -> Array:
    """Probabilities (n, K) of the classes from the network's outputs."""
    values = outputs.astype(np.float64)
    with np.errstate(all="ignore"):
        if isinstance(loss, BinaryCrossEntropy):
            p = 1 / (1 + np.exp(-np.clip(values, -700, 700))) if loss.from_logits else values
            return np.concatenate([1 - p, p], axis=1)
        if isinstance(loss, CrossEntropy) and loss.from_logits:
            values = np.exp(values - values.max(axis=1, keepdims=True))
            return np.asarray(values / values.sum(axis=1, keepdims=True))
    return values


def hardened(stack: Stack, samples: Samples) -> Samples | None:
    """The samples with soft labels made hard; None where they are hard already."""
    y = samples.Y
    if not are_classes(stack) or y.dtype.kind != "f" or not len(y):
        return None
    hard = np.zeros_like(y)
    if stack.outputs == 1:
        hard[y > 0.5] = 1
    else:
        hard[np.arange(len(y)), y.argmax(axis=1)] = 1
    if np.array_equal(hard, y):
        return None
    return Samples(samples.X, hard, samples.weights)
