"""Before training: numbers to be predicted that the last activation cannot give, or far from 1."""

import math
from typing import Any

import numpy as np

from glassnet.insight.doctor.finding import FAULT, WARNING, Finding
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Loss
from glassnet.nn.losses import Huber, MeanAbsoluteError, MeanSquaredError

BEYOND = 1e-6  # of the activation's range
LARGE = 10.0  # root mean square of a target under a squared loss, whose gradient is as large
FAR = 100.0  # standard deviation under a loss whose gradient is bounded; its mean: ten times that
# Means in standard deviations. Under a squared loss the first loss is then their square.
OFFSET, OFFSET_BOUNDED = 9.0, 30.0


def beyond_range(y: Array, activation: Any) -> list[Finding]:
    """Targets that the last activation cannot give."""
    low, high = (-math.inf, math.inf) if activation is None else activation.range
    values = y.astype(np.float64).reshape(len(y), -1)
    span = high - low if math.isfinite(high - low) else 1.0
    beyond = (values < low - BEYOND * span) | (values > high + BEYOND * span)
    share = float(beyond.any(axis=1).mean())
    if share == 0:
        return []
    name = getattr(activation, "name", "?")
    reach = f"{low:.4g} to {high:.4g}".replace("inf", "∞")
    return [
        Finding(
            rule="target-range",
            level=FAULT,
            why="output-activation",
            seen=f"the targets reach from {values.min():.4g} to {values.max():.4g}; the last layer "
            f"({name}) gives {reach}: {100 * share:.3g} % of the samples are out of its reach",
            cause="the output activation does not fit the targets",
            test="the loss stays above the mean squared distance to that range, however long it "
            "trains",
            advice="end with Dense(…) without an activation, or scale the targets into the range "
            "and undo it on the predictions",
            numbers={"low": float(values.min()), "high": float(values.max()), "beyond": share},
        )
    ]


def unscaled_target(y: Array, loss: Loss) -> list[Finding]:
    """Numbers far from 1 under a squared loss, where gradients are as large; or a mean far from 0
    for their spread."""
    if not isinstance(loss, (MeanSquaredError, MeanAbsoluteError, Huber)):
        return []
    squared = isinstance(loss, MeanSquaredError)
    values = y.astype(np.float64).reshape(len(y), -1)
    low, centre, high = np.quantile(values, [0.1, 0.5, 0.9], axis=0)
    # What the middle four fifths span: one odd target does not make the others large.
    spread = np.where(high > low, (high - low) / 2.563, values.std(axis=0))
    middle = np.abs(centre)
    size = np.hypot(middle, spread)
    # Of all outputs together, as in the loss: some pixels of a picture are nearly always white.
    together = float(np.linalg.norm(spread))
    ratio = float(np.linalg.norm(middle)) / together if (high > low).any() else 0.0
    large = size > LARGE if squared else (spread > FAR) | (middle > 10 * FAR)
    is_offset = ratio > (OFFSET if squared else OFFSET_BOUNDED)
    if not large.any() and not is_offset:
        return []
    worst = int(np.where(large, size, 0).argmax() if large.any() else middle.argmax())
    mean = float(values[:, worst].mean())
    if is_offset:
        why = "target-offset"
        cause = (
            f"the targets lie {ratio:.3g} × their spread away from 0, where the outputs "
            "begin: the first loss is mostly that offset, and so is every gradient until the mean "
            "is reached"
        )
    else:
        why = "target-size"
        cause = (
            "gradients are as large as the targets: a usual learning rate is far too large "
            "for them, and a small one needs thousands of steps to reach the mean"
        )
    return [
        Finding(
            rule="unscaled-target",
            level=FAULT if spread[worst] > 10 * FAR else WARNING,
            why=why,
            seen=f"the targets have mean {mean:.4g} and standard deviation {spread[worst]:.4g}",
            cause=cause,
            test="standardise the targets: if the same rate then learns, it was this",
            advice="y = (y − y.mean()) / y.std(), and undo it on the predictions; Regressor does "
            "both",
            numbers={"std": float(spread[worst]), "mean": mean, "size": float(size[worst])},
        )
    ]
