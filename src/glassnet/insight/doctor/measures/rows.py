"""Single rows of a batch: how much of its gradient each holds, and what is odd about one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.engines.samples import Samples, dense_rows
from glassnet.insight.doctor.measures.look import passes
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Dense
from glassnet.nn.losses import BinaryCrossEntropy, CrossEntropy
from glassnet.nn.stack import Stack
from glassnet.nn.state import State

ODD = 8.0  # times the others: an input or a residual so large is odd
MOST_WORK = 1e9
CANDIDATES = 16


@dataclass(frozen=True)
class RowSizes:
    """For rows (n,): the norm of each one's gradient, of its input, of ∂l/∂z at the output, and
    its loss. rows: their numbers in the training samples."""

    rows: Array
    gradients: Array
    inputs: Array
    residuals: Array
    losses: Array


@dataclass(frozen=True)
class OddRow:
    """The heaviest row of a batch: its number, its share of the sum of the rows' gradient norms,
    and by how much its input and its residual exceed those of other rows (medians).

    kind: "features", "target", or "hard", where nothing but its loss is large.
    """

    row: int
    share: float
    batch: int
    input_ratio: float
    residual_ratio: float
    loss: float
    kind: str

    @property
    def oddness(self) -> tuple[bool, float]:
        """What rows are compared by."""
        return self.kind != "hard", self.share * max(self.input_ratio, self.residual_ratio)


def row_sizes(stack: Stack, state: State, samples: Samples, rows: Array) -> RowSizes:
    """Each row's own gradient norm: ‖x‖² ‖∂l/∂z‖² + ‖∂l/∂z‖², added over the dense layers,
    because the gradient of one row's W is the outer product of x and ∂l/∂z."""
    x, y = dense_rows(samples.X, rows), samples.Y[rows]
    weights = np.ones(len(rows)) if samples.weights is None else samples.weights[rows]
    with np.errstate(all="ignore"):
        record = passes(stack, state, x)
        steps = stack.backward(stack.layout.views(state.parameters), record, y, weights)
        squares, inputs, residuals = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows))
        for place in reversed(range(len(stack.layers))):
            layer, dy = stack.layers[place], steps[place].dy
            if not isinstance(layer, Dense) or dy is None:
                continue
            cache = record.caches[place]
            dz = dy if steps[place].from_logits else layer.activation.backward(dy, cache.z, cache.y)
            own = np.square(dz.astype(np.float64)).sum(axis=1)
            taken = np.square(cache.x.astype(np.float64)).sum(axis=1)
            squares += own * (1 + taken)
            inputs = np.sqrt(taken)
            if not residuals.any():
                residuals = np.sqrt(own)
        return RowSizes(rows, np.sqrt(squares), inputs, residuals, stack.losses(record, y))


def heaviest_row(
    stack: Stack, state: State, samples: Samples, batches: Sequence[Array], others: Array
) -> OddRow | None:
    """Of these batches the row that stands out most, beside other rows of the same data: the odd
    ones first, then by the share of their batch's gradient."""
    heavy_work = stack.layout.size * 6 * max(1, sum(map(len, batches))) > MOST_WORK
    looked = [_candidates(samples, batch) if heavy_work else batch for batch in batches]
    rows = np.unique(np.concatenate(looked))
    found = row_sizes(stack, state, samples, rows)
    beside = row_sizes(stack, state, samples, others)
    norms = np.where(np.isfinite(found.gradients), found.gradients, np.inf)
    low, high = getattr(getattr(stack.layers[-1], "activation", None), "range", (-1.0, np.inf))
    bounded = isinstance(stack.loss, (CrossEntropy, BinaryCrossEntropy))
    bounded = bounded or bool(np.isfinite(high - low))
    best: OddRow | None = None
    for batch, part in zip(batches, looked, strict=True):
        places = np.searchsorted(rows, part)
        own = norms[places]
        if not len(own) or not own.max() > 0:
            continue
        heavy = int(own.argmax())
        place = int(places[heavy])
        rest = float(np.delete(own, heavy).sum())
        # The rows not looked at weigh like the others.
        rest += float(np.median(beside.gradients)) * (len(batch) - len(part))
        share = 1.0 if not np.isfinite(own[heavy]) else float(own[heavy]) / (own[heavy] + rest)
        inputs = _ratio(found.inputs[place], beside.inputs)
        residual = _ratio(found.residuals[place], beside.residuals)
        kind = "hard"
        if inputs > ODD:
            kind = "features"
        elif residual > ODD and not bounded:
            kind = "target"
        row = OddRow(
            int(part[heavy]), share, len(batch), inputs, residual, float(found.losses[place]), kind
        )
        if best is None or row.oddness > best.oddness:
            best = row
    return best


def shown(samples: Samples, row: int, names: tuple[str, ...] = ()) -> str:
    """The row in a few words: its largest feature beside what others have there, and its target."""
    x = np.asarray(dense_rows(samples.X, np.array([row])), dtype=np.float64).reshape(-1)
    step = max(1, len(samples) // 256)
    others = dense_rows(samples.X, np.arange(0, len(samples), step)).astype(np.float64)
    others = others.reshape(len(others), -1)
    middle = np.median(others, axis=0)
    spread = np.quantile(np.abs(others - middle), 0.9, axis=0)
    floor = max(float(np.median(spread)), 1e-12)
    far = np.abs(x - middle) / np.maximum(spread, 0.01 * floor)
    column = int(far.argmax())
    name = names[column] if column < len(names) else f"x{column}"
    low, high = np.quantile(others[:, column], [0.05, 0.95])
    target = np.asarray(samples.Y[row]).reshape(-1)
    told = f"{target.argmax()}" if len(target) > 1 else f"{target[0]:.4g}"
    return (
        f"{name} = {x[column]:.4g} (most samples have {low:.3g} to {high:.3g} there), target {told}"
    )


def _ratio(value: float, others: Array) -> float:
    middle = float(np.median(others[np.isfinite(others)])) if np.isfinite(others).any() else 0.0
    return float(value) / middle if middle > 0 else 1.0


def _candidates(samples: Samples, batch: Array) -> Array:
    """Of a large batch the rows with the largest inputs and the most unusual targets, and some."""
    x = dense_rows(samples.X, batch)
    flat = x.reshape(len(x), -1)
    sizes = np.einsum("ij,ij->i", flat.astype(np.float32), flat.astype(np.float32))
    y = samples.Y[batch].reshape(len(batch), -1).astype(np.float64)
    unusual = np.abs(y - np.median(y, axis=0)).max(axis=1)
    chosen = [np.argsort(sizes)[-CANDIDATES:], np.argsort(unusual)[-CANDIDATES:]]
    chosen.append(np.linspace(0, len(batch) - 1, 256).astype(np.int64))
    return batch[np.unique(np.concatenate(chosen))]
