"""Before training: the samples as the network gets them, without a step made."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.engines.samples import Samples, dense_rows
from glassnet.insight.doctor.before.columns import Columns, examine_columns
from glassnet.insight.doctor.before.labels import examine_targets
from glassnet.insight.doctor.before.leaks import duplicates
from glassnet.insight.doctor.before.outliers import lonely_features, lonely_target
from glassnet.insight.doctor.finding import Finding
from glassnet.insight.doctor.measures.look import some_rows
from glassnet.insight.doctor.measures.task import Task
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.layers import Flatten, Scale
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.stack import Stack
from glassnet.nn.state import State

NUMBERS = 200_000  # of X, that are looked at
LEAST_ROWS, MOST_ROWS = 256, 2048
_PREPARING = (Scale, BatchNorm, LayerNorm, Flatten)


def examine_samples(
    stack: Stack,
    state: State,
    samples: Samples,
    validation: Samples | None = None,
    rows: Array | None = None,
    names: Sequence[str] = (),
) -> list[Finding]:
    """What is wrong with these samples for this network. Some rows are looked at for the columns;
    all for copies among the validation samples."""
    everything = np.arange(len(samples)) if rows is None else rows
    task = Task.of(stack, samples.Y)
    width = max(1, int(np.prod(stack.input_shape)))
    most = int(np.clip(NUMBERS // width, LEAST_ROWS, MOST_ROWS))
    chosen = everything[some_rows(len(everything), 0, most)]
    x, is_scaled = first_inputs(stack, state, dense_rows(samples.X, chosen))
    y = samples.Y[chosen]
    columns = Columns(
        x=x,
        y=task.truth(y),
        names=names,
        dtype=np.dtype(samples.X.dtype),
        is_scaled=is_scaled,
        are_classes=task.are_classes,
    )
    weights = None if samples.weights is None else samples.weights[everything]
    found = examine_columns(columns)
    found += examine_targets(task, samples.Y[everything], stack, weights)
    found += lonely_features(samples.X, everything, names)
    if task.kind == "numbers":
        found += lonely_target(samples.Y, everything)
    if validation is not None:
        found += duplicates(samples.X, validation.X)
    return found


def first_inputs(stack: Stack, state: State, x: Array) -> tuple[Array, bool]:
    """The rows (n, d) as float64, behind the layers that only prepare them, and whether one of
    these scales."""
    p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
    ctx = Context(True, np.dtype(np.float64), 0, state.step)
    values: Any = x
    is_scaled = False
    with np.errstate(all="ignore"):
        for place, layer in enumerate(stack.layers):
            if not isinstance(layer, _PREPARING):
                break
            if place or not isinstance(layer, Scale):
                values = values.astype(np.float64, copy=False)
            ctx.layer, ctx.buffers = place, buffers[place]
            values, _ = layer.forward(p[place], values, ctx)
            is_scaled = is_scaled or not isinstance(layer, Flatten)
    return values.reshape(len(values), -1).astype(np.float64), is_scaled
