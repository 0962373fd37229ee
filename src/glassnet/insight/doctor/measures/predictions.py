"""What a network says of some rows, in prediction mode, beside their targets."""

from dataclasses import dataclass

import numpy as np

from glassnet.engines.native.steps import Native, reasons
from glassnet.engines.native.translate import sample_reasons
from glassnet.engines.samples import Samples, dense_rows
from glassnet.insight.doctor.measures.look import some_rows
from glassnet.insight.doctor.measures.simple import score
from glassnet.insight.doctor.measures.task import Task
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
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

    def __init__(self, stack: Stack, task: Task) -> None:
        self.stack, self.task = stack, task
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
        return _predictions(self.task, rows, y, outputs, losses)

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


def _predictions(task: Task, rows: Array, y: Array, outputs: Array, losses: Array) -> Predictions:
    truth, chosen = task.truth(y), task.chosen(outputs)
    if truth is None or not np.isfinite(outputs).all():
        return Predictions(rows, losses, truth, chosen, None, None)
    if task.are_classes:
        right = float(np.mean(chosen == truth))
        return Predictions(rows, losses, truth, chosen, task.probabilities(outputs), right)
    return Predictions(rows, losses, truth, chosen, None, score(chosen, truth, False))


def hardened(task: Task, samples: Samples) -> Samples | None:
    """The samples with soft labels made hard; None where they are hard already."""
    y = samples.Y
    if not task.are_classes or task.scores == "none" or y.dtype.kind != "f" or not len(y):
        return None
    hard = np.zeros_like(y)
    if y.ndim == 2 and y.shape[1] > 1:
        hard[np.arange(len(y)), y.argmax(axis=1)] = 1
    else:
        hard[y > 0.5] = 1
    if np.array_equal(hard, y):
        return None
    return Samples(samples.X, hard, samples.weights)
