"""The data brought into one form: X (n, inputs) and Y (n, outputs), samples in rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.nn.arrays import Array


@dataclass(frozen=True)
class Samples:
    """X (n, inputs), Y (n, outputs); `columns`: the user keeps a sample in a column."""

    X: Array
    Y: Array
    columns: bool


def readings(X: Any, Y: Any, inputs: int, outputs: int) -> Iterator[Samples]:
    """Every way to read this pair as samples of a network with so many inputs and outputs."""
    x = _array(X)
    if x is None:
        return
    ways = [(x, False)]
    if x.ndim == 2:
        ways.append((x.T, True))
    elif inputs == 1:
        ways = [(x[:, None], False)]
    elif x.size == inputs:
        ways = [(x[None], False)]
    for rows, columns in ways:
        if rows.ndim != 2 or rows.shape[1] != inputs:
            continue
        for y in _targets(Y, len(rows), outputs, columns):
            yield Samples(rows.astype(np.float64), y, columns)


def pairs(arrays: Sequence[Array], inputs: int, outputs: int) -> Iterator[Samples]:
    """Every reading of every two arrays, the longer data first."""
    for x in arrays:
        if inputs not in x.shape and not (inputs == 1 and x.ndim == 1):
            continue
        for y in arrays:
            if y is not x:
                yield from readings(x, y, inputs, outputs)


def _targets(Y: Any, n: int, outputs: int, columns: bool) -> Iterator[Array]:
    y = _array(Y)
    if y is None:
        return
    if y.ndim == 2 and columns and y.shape == (outputs, n):
        yield y.T.astype(np.float64)
    elif y.ndim == 2 and y.shape == (n, outputs):
        yield y.astype(np.float64)
    elif y.ndim == 2 and outputs == 1 and y.shape == (1, n):
        yield y.T.astype(np.float64)
    elif y.ndim == 1 and outputs == 1 and y.size == n:
        yield y[:, None].astype(np.float64)
    elif y.ndim == 1 and n == 1 and y.size == outputs:
        yield y[None].astype(np.float64)
    labels = y.reshape(-1)
    if outputs > 1 and labels.size == n and (labels == np.round(labels)).all():
        for first in (0, 1):
            if labels.min() >= first and labels.max() - first < outputs:
                yield np.eye(outputs)[labels.astype(int) - first]


def _array(data: Any) -> Array | None:
    if data is None:
        return None
    try:
        array = np.asarray(data)
    except ValueError:
        return None
    if array.ndim not in (1, 2) or array.dtype.kind not in "fiub" or not array.size:
        return None
    return array if np.isfinite(array.astype(np.float64)).all() else None
