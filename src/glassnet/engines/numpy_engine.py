"""The NumPy engine: the specification of a step, one statement an equation."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from glassnet.engines.pages import Pages
from glassnet.engines.report import LayerReport, NonFiniteReport, Report
from glassnet.engines.samples import Samples, dense_rows
from glassnet.nn import random
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.stack import SHARD_ROWS, Stack
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule

NAME = "numpy"
SATURATED = 0.05  # of the activation's range


class Plan(NamedTuple):
    """What is the same for every step of a run: the seed, the batch's rows, the pass's length."""

    seed: int
    batch_size: int
    epochs: float  # the schedule's length
    first_epoch: float  # the passes made before the schedule began
    shard_rows: int = SHARD_ROWS


class Part(NamedTuple):
    """A piece of a pass's order: its rows in turn, of which the first are batch `first` of a pass
    of `pass_rows` rows. It ends with a whole batch or with the pass."""

    rows: Array
    first: int
    pass_rows: int

    def batches(self, size: int) -> int:
        """How many batches it has."""
        return -(-len(self.rows) // size)


def run(
    stack: Stack,
    rule: UpdateRule,
    state: State,
    samples: Samples,
    plan: Plan,
    order: Array | Part | None,
    steps: int,
    stop: Callable[[], bool],
) -> Report:
    """Make up to `steps` steps of the pass under way, changing `state` in place.

    order: the rows of the pass, in turn, or a part of them; None for all rows as they lie.
    ``state.batch`` says which batch comes next. `stop` is asked after every step; the run may be
    left at any of them.
    """
    work, size = _Work(stack, state, samples, plan), plan.batch_size
    part = Part(order, 0, len(order)) if isinstance(order, np.ndarray) else order
    count = len(samples) if part is None else part.pass_rows
    batches = -(-count // size)
    last = batches if part is None else part.first + part.batches(size)
    report = Report(first_step=state.step)
    with np.errstate(all="ignore"):  # what is not finite is looked for, and reported
        for _ in range(min(steps, last - state.batch)):
            begin = state.batch * size
            rows: Array | slice = slice(begin, min(begin + size, count))
            if part is not None:
                rows = part.rows[begin - part.first * size :][:size]
            epoch = state.epoch + state.batch / batches
            rate = rule.schedule.rate(epoch - plan.first_epoch, plan.epochs)
            if not _step(work, rule, rows, min(size, count - begin), rate, report):
                break
            state.step += 1
            state.batch += 1
            if stop():
                break
        report.layers = work.layer_reports()
    if state.batch == batches:
        state.epoch, state.batch = state.epoch + 1, 0
    return report


def _step(
    work: "_Work", rule: UpdateRule, rows: Array | slice, count: int, rate: float, report: Report
) -> bool:
    """One step; False, with nothing changed, where the loss or its gradient is not finite."""
    state, layout = work.state, work.stack.layout
    batch = work.batch_gradient(rows, count)
    gradient = work.gradient
    loss = batch.loss + rule.penalty(state.parameters, layout)
    rule.add_penalty(gradient, state.parameters, layout)
    norm = _norm(gradient)
    report.losses.append(loss)
    report.data_losses.append(batch.loss)
    report.right.append(batch.right)
    report.rows.append(count)
    report.gradient_norms.append(norm)
    report.learning_rate = rate
    if not (math.isfinite(loss) and math.isfinite(norm)):
        report.nonfinite = work.first_nonfinite(rows, loss)
        return False
    rule.clip(gradient, norm)
    state.updates += 1
    work.change = rule.change(gradient, state.parameters, state.slots, layout, rate, state.updates)
    state.parameters += work.change
    rule.project(state.parameters, layout)
    for (layer, name), value in batch.buffers.items():
        work.buffers[layer][name][...] = value
    return True


class BatchGradient(NamedTuple):
    """A batch's loss without penalties, right answers, and new buffers by (layer, name)."""

    loss: float
    right: int | None
    buffers: dict[tuple[int, str], Array]


class _Work:
    """What a run's steps share: the views of the vectors, and the arrays of the latest step."""

    def __init__(self, stack: Stack, state: State, samples: Samples, plan: Plan) -> None:
        self.stack, self.state, self.samples, self.plan = stack, state, samples, plan
        self.p = stack.layout.views(state.parameters)
        self.buffers = stack.buffer_layout.views(state.buffers)
        self.gradient = np.empty_like(state.parameters)
        self.g = stack.layout.views(self.gradient)
        self.change: Array | None = None
        self.outputs: list[Array] = []

    def batch_gradient(self, rows: Array | slice, count: int) -> BatchGradient:
        """The gradient of the batch's loss: a sum over shards, in their order."""
        stack, plan = self.stack, self.plan
        share = 1.0 / count if stack.loss.reduction == "mean" else 1.0
        shard_rows = count if stack.whole_batch else plan.shard_rows
        ctx = Context(True, self.state.parameters.dtype, plan.seed, self.state.step)
        self.gradient.fill(0)
        loss, right = 0.0, 0
        for first in range(0, count, shard_rows):
            x, y, weights = self.samples.batch(_part(rows, first, min(first + shard_rows, count)))
            ctx.first_row = first
            shard = stack.gradient(self.p, self.buffers, x, y, weights * share, ctx)
            for layer, arrays in enumerate(shard.gradients):
                for name, values in arrays.items():
                    self.g[layer][name] += values
            if math.isfinite(loss):  # else those of the shard where it stopped being finite
                self.outputs = shard.outputs
            loss += shard.loss
            right += shard.right or 0
        return BatchGradient(loss, None if shard.right is None else right, ctx.updates)

    def first_nonfinite(self, rows: Array | slice, loss: float) -> NonFiniteReport:
        """The first layer of the latest step with a number that is not finite, else what follows
        from them: the loss, or a gradient."""
        stack, step = self.stack, self.state.step
        before: Array = self.samples.batch(_part(rows, 0, 1))[0]
        for name, output in zip(stack.names, self.outputs, strict=True):
            if not np.isfinite(output).all():
                largest = _largest(output) or _largest(before)
                return NonFiniteReport(step, name, largest, "output")
            before = output
        if not math.isfinite(loss):
            return NonFiniteReport(step, stack.names[-1], _largest(self.outputs[-1]), "loss")
        for segment in stack.layout.segments:
            values = segment.view(self.gradient)
            if not np.isfinite(values).all():
                return NonFiniteReport(step, segment.layer_name, _largest(values), "gradient")
        return NonFiniteReport(step, stack.names[-1], _largest(self.gradient), "gradient norm")

    def layer_reports(self) -> tuple[LayerReport, ...]:
        """Each layer at the latest step; nothing where no update was made."""
        if self.change is None:
            return ()
        reports = []
        for layer, name in enumerate(self.stack.names):
            segments = [s for s in self.stack.layout.segments if s.layer == layer]
            norms: tuple[float | None, float | None, float | None] = (None, None, None)
            if segments:
                part = slice(segments[0].offset, segments[-1].slice.stop)
                vectors = (self.gradient, self.change, self.state.parameters)
                gradient, update, weight = (_norm(vector[part]) for vector in vectors)
                norms = (gradient, update, weight)
            shares = _zero_and_saturated(self.stack, layer, self.outputs[layer])
            reports.append(LayerReport(name, *norms, *shares))
        return tuple(reports)


def _zero_and_saturated(stack: Stack, layer: int, y: Array) -> tuple[float | None, float | None]:
    """The shares of a layer's outputs that are exactly zero, and near a limit of their range."""
    activation = getattr(stack.layers[layer], "activation", None)
    if activation is None:
        return None, None
    low, high = activation.range
    if not math.isfinite(high - low):
        return float(np.mean(y == 0)), None
    margin = SATURATED * (high - low)
    return None, float(np.mean((y < low + margin) | (y > high - margin)))


def loss_and_gradient(
    stack: Stack, state: State, X: Any, Y: Array, rows: Array | slice | None = None, seed: int = 0
) -> tuple[float, Array]:
    """The loss over these rows (all, by default), without penalties, and its gradient."""
    samples = Samples(X, Y)
    if isinstance(rows, slice):
        rows = np.arange(len(samples))[rows]
    chosen, count = (slice(0, len(samples)), len(samples)) if rows is None else (rows, len(rows))
    loss, gradient, _ = weighted_loss_and_gradient(stack, state, samples, chosen, count, seed)
    return loss, gradient


def weighted_loss_and_gradient(
    stack: Stack,
    state: State,
    samples: Samples,
    rows: Array | slice,
    count: int,
    seed: int = 0,
    shard_rows: int = SHARD_ROWS,
) -> tuple[float, Array, int | None]:
    """The loss over `count` rows, without penalties, its gradient, and the right answers."""
    with np.errstate(all="ignore"):
        work = _Work(stack, state, samples, Plan(seed, count, 1.0, 0.0, shard_rows))
        batch = work.batch_gradient(rows, count)
    return batch.loss, work.gradient, batch.right


def first_nonfinite(
    stack: Stack, state: State, samples: Samples, rows: Array | slice, count: int
) -> NonFiniteReport:
    """Where the first infinity or NaN arises in a loss over these rows that is not finite."""
    with np.errstate(all="ignore"):
        work = _Work(stack, state, samples, Plan(0, count, 1.0, 0.0))
        return work.first_nonfinite(rows, work.batch_gradient(rows, count).loss)


def locate_nonfinite(
    stack: Stack, state: State, samples: Samples, plan: Plan, rows: Array | slice, count: int,
    loss: float,
) -> NonFiniteReport:  # fmt: skip
    """Where the first infinity or NaN arose in the step that ended another engine's run: the step
    is made again up to its gradient."""
    with np.errstate(all="ignore"):
        work = _Work(stack, state, samples, plan)
        work.batch_gradient(rows, count)
        return work.first_nonfinite(rows, loss)


def forward(stack: Stack, state: State, X: Any, block_rows: int = SHARD_ROWS) -> Array:
    """The outputs in prediction mode, (n, k), worked out block by block."""
    p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
    ctx = Context(dtype=state.parameters.dtype)
    result = np.empty((X.shape[0], stack.outputs), dtype=state.parameters.dtype)
    pages = Pages(X)
    with np.errstate(all="ignore"):
        for first in range(0, len(result), block_rows):
            rows = slice(first, first + block_rows)
            result[rows] = stack.predict(p, buffers, dense_rows(X, rows), ctx)
            pages.read(block_rows)
    return result


def pass_order(seed: int, epoch: int, count: int, rows: Array | None, shuffled: bool) -> Array:
    """The rows of a pass, in turn: shuffled, a function of seed and epoch, or as they lie."""
    if not shuffled:
        return np.arange(count) if rows is None else rows
    order = random.permutation(seed, random.Stream.ORDER, count, epoch)
    return order if rows is None else rows[order]


def _part(rows: Array | slice, first: int, last: int) -> Array | slice:
    if isinstance(rows, slice):
        return slice(rows.start + first, rows.start + last)
    return rows[first:last]


def _norm(vector: Array) -> float:
    """The Euclidean norm; in float64 only where the squares do not fit the vector's own dtype."""
    square = float(vector @ vector)
    if 1e-30 < square < math.inf:
        return math.sqrt(square)
    wide = vector.astype(np.float64, copy=False)
    return math.sqrt(float(wide @ wide)) if np.isfinite(wide).all() else math.inf


def _largest(values: Array) -> float:
    """The largest finite |number|, 0 where there is none."""
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0
