"""Exact figures of a network on samples, in prediction mode."""

import numpy as np

from glassnet.engines.samples import Samples
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.stack import SHARD_ROWS, Stack
from glassnet.nn.state import State


def evaluate(stack: Stack, state: State, samples: Samples) -> dict[str, float]:
    """The loss without penalties, as its reduction says, and ``accuracy`` (the share of right
    answers) where the loss is about classes, else ``r2`` = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², averaged
    over the outputs; samples are weighted."""
    p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
    ctx = Context(dtype=state.parameters.dtype)
    loss, right, known = 0.0, 0, True
    outputs: list[Array] = []
    with np.errstate(all="ignore"):
        for first in range(0, len(samples), SHARD_ROWS):
            rows = slice(first, min(first + SHARD_ROWS, len(samples)))
            x, y, weights = samples.batch(rows)
            record = stack.forward(p, buffers, x, ctx)
            loss += float(weights @ stack.losses(record, y))
            block_right = stack.loss.right(record.outputs[-1], y)
            known = known and block_right is not None
            right += block_right or 0
            outputs.append(record.outputs[-1])
    figures = {"loss": loss / len(samples) if stack.loss.reduction == "mean" else loss}
    if known:
        figures["accuracy"] = right / len(samples)
    elif samples.Y.shape == (len(samples), stack.outputs) and samples.Y.dtype.kind in "biuf":
        figures["r2"] = _r2(np.concatenate(outputs), samples)
    return figures


def _r2(outputs: Array, samples: Samples) -> float:
    y = samples.Y.astype(np.float64)
    weights = np.ones(len(y)) if samples.weights is None else samples.weights
    mean = np.average(y, axis=0, weights=weights)
    left = weights @ np.square(y - outputs.astype(np.float64))
    total = weights @ np.square(y - mean)
    # A target that never varies is either met exactly or not at all.
    shares = np.where(total > 0, left / np.where(total > 0, total, 1), np.sign(left))
    return float(np.mean(1 - shares))
