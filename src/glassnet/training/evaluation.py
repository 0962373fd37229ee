"""Exact figures of a network on samples, in prediction mode."""

import numpy as np

from glassnet.engines.native.steps import Native
from glassnet.engines.native.translate import sample_reasons
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
    outputs: list[Array] = []
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
            outputs.append(out)
    figures = {"loss": loss / total if stack.loss.reduction == "mean" else loss}
    if known:
        figures["accuracy"] = right / total
    elif samples.Y.shape == (len(samples), stack.outputs) and samples.Y.dtype.kind in "biuf":
        figures["r2"] = _r2(np.concatenate(outputs), samples)
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


def _r2(outputs: Array, samples: Samples) -> float:
    weights = np.ones(len(samples)) if samples.weights is None else samples.weights
    counted = weights > 0
    weights, y = weights[counted], samples.Y[counted].astype(np.float64)
    with np.errstate(all="ignore"):
        mean = np.average(y, axis=0, weights=weights)
        left = weights @ np.square(y - outputs[counted].astype(np.float64))
        total = weights @ np.square(y - mean)
        # A target that never varies is either met exactly or not at all.
        shares = np.where(total > 0, left / np.where(total > 0, total, 1), np.sign(left))
        return float(np.mean(1 - shares))
