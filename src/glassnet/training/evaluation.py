"""Exact figures of a network on samples, in prediction mode."""

import numpy as np

from glassnet.engines.native.steps import Native
from glassnet.engines.native.translate import sample_reasons
from glassnet.engines.pages import Pages
from glassnet.engines.samples import Samples
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.stack import SHARD_ROWS, Stack
from glassnet.nn.state import State


def evaluate(
    stack: Stack, state: State, samples: Samples, kernel: Native | None = None
) -> dict[str, float]:
    """The loss without penalties, as its reduction says, and ``accuracy`` (the share of right
    answers) where the loss is about classes, else ``r2`` = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², averaged
    over the outputs. Each figure is weighted: a sample of weight w counts as w samples."""
    kernel = usable(kernel, stack, samples)
    p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
    ctx = Context(dtype=state.parameters.dtype)
    loss, right, known, total = 0.0, 0.0, True, 0.0
    numeric = samples.Y.shape == (len(samples), stack.outputs) and samples.Y.dtype.kind in "biuf"
    squares: _Squares | None = None
    pages = Pages(samples.X)
    with np.errstate(all="ignore"):
        for first in range(0, len(samples), SHARD_ROWS):
            rows = slice(first, min(first + SHARD_ROWS, len(samples)))
            x, y, weights = samples.batch(rows)
            if kernel is None:
                record = stack.forward(p, buffers, x, ctx)
                out, losses = record.outputs[-1], stack.losses(record, y)
            else:
                out, losses = _by_kernel(kernel, stack, state, x, y)
            # A sample of weight 0 counts for nothing, even where its loss is infinite.
            loss += float(weights @ np.where(weights > 0, losses, 0))
            answers = stack.loss.right(out, y)
            known = known and answers is not None
            right += 0.0 if answers is None else float(weights @ answers)
            total += float(weights.sum())
            if answers is None and numeric:
                squares = squares or _Squares(samples)
                squares.add(out, y, weights)
            pages.read(SHARD_ROWS)
    figures = {"loss": loss / total if stack.loss.reduction == "mean" else loss}
    if known:
        figures["accuracy"] = right / total
    elif squares is not None:
        figures["r2"] = squares.r2()
    return figures


def usable(kernel: Native | None, stack: Stack, samples: Samples) -> Native | None:
    """The kernel where it can evaluate these samples. Where a SoftStep learns beside the others,
    the loss is not that of the outputs, and NumPy works it out."""
    return None if stack.joint or sample_reasons(samples.X) else kernel


def _by_kernel(
    kernel: Native, stack: Stack, state: State, x: Array, y: Array
) -> tuple[Array, Array]:
    """Outputs and losses by the kernel; from the logits where the loss meets its activation."""
    outputs = kernel.forward(state, x)
    if stack.loss.meets is None:
        return outputs, stack.loss.per_sample(outputs, y)
    return outputs, stack.loss.per_sample_logits(kernel.forward(state, x, logits=True), y)


class _Squares:
    """Σ(y − ŷ)² and Σ(y − ȳ)² of each output, from blocks of samples, weighted."""

    def __init__(self, samples: Samples) -> None:
        counted = 0 if samples.weights is None else int(np.argmax(samples.weights > 0))
        one = samples.Y[counted].astype(np.float64)  # its like, and no other, are exactly ȳ
        total, count = np.zeros_like(one), 0.0
        for first in range(0, len(samples), SHARD_ROWS):
            part = slice(first, first + SHARD_ROWS)
            y = samples.Y[part].astype(np.float64)
            weights = np.ones(len(y)) if samples.weights is None else samples.weights[part]
            total += weights @ (y - one)
            count += weights.sum()
        self.mean = one + total / count
        self.left, self.varied = np.zeros_like(total), np.zeros_like(total)

    def add(self, outputs: Array, y: Array, weights: Array) -> None:
        """Count a block; samples of weight 0 count for nothing, even where they are infinite."""
        counted = weights > 0
        weights, y = weights[counted], y[counted].astype(np.float64)
        self.left += weights @ np.square(y - outputs[counted].astype(np.float64))
        self.varied += weights @ np.square(y - self.mean)

    def r2(self) -> float:
        """Averaged over the outputs."""
        with np.errstate(all="ignore"):
            # A target that never varies is either met exactly or not at all.
            varied = np.where(self.varied > 0, self.varied, 1)
            shares = np.where(self.varied > 0, self.left / varied, np.sign(self.left))
            return float(np.mean(1 - shares))
