"""Before training: labels that the network cannot take, and classes out of balance."""

from typing import Any

import numpy as np

from glassnet.insight.doctor.before.targets import beyond_range, unscaled_target
from glassnet.insight.doctor.finding import FAULT, NOTE, WARNING, Finding
from glassnet.insight.doctor.measures.task import Task
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Loss
from glassnet.nn.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
)
from glassnet.nn.stack import Stack

RARE, SCARCE = 0.1, 0.4  # of an even share 1/K
FEW = 30  # different whole numbers: these may be labels


def examine_raw_labels(y: Any, outputs: int | None, loss: Loss | None) -> list[Finding]:
    """Labels as they were handed in, before any loss has refused them."""
    values = np.asarray(y)
    if values.dtype.kind not in "biuf":
        return []  # words are encoded by the estimators
    about_classes = isinstance(loss, (CrossEntropy, BinaryCrossEntropy))
    if values.ndim == 2 and values.shape[1] > 1:
        return _bad_one_hot(values) if isinstance(loss, CrossEntropy) else []
    flat = values.reshape(-1)
    finite = flat[np.isfinite(flat)] if flat.dtype.kind == "f" else flat
    if not len(finite) or not about_classes:
        return []
    whole = bool((finite == np.round(finite)).all())
    present = np.unique(finite)
    if isinstance(loss, BinaryCrossEntropy):
        if len(present) == 2 and not set(present.tolist()) <= {0, 1}:
            return [_not_from_zero(present, 2, "y = (y == y.max()).astype(float)")]
        return []
    expected = outputs if outputs is not None else len(present)
    if not whole:
        return [
            _labels(
                "not-classes",
                f"the targets are fractions, such as {finite[finite != np.round(finite)][0]:.4g}",
                "cross-entropy chooses among classes; these are numbers",
                "a regression: Dense(1) with the loss 'mean_squared_error'",
            )
        ]
    if present.min() != 0 or present.max() >= expected:
        return [_not_from_zero(present, expected, "y = np.unique(y, return_inverse=True)[1]")]
    return []


def examine_plain_labels(y: Any) -> list[Finding]:
    """Class numbers without a network: only worth a note, because the estimators number the
    classes themselves, and whole numbers may be quantities."""
    values = np.asarray(y)
    if values.dtype.kind not in "iuf":
        return []
    present = np.unique(values)
    if (present == np.arange(len(present))).all():
        return []
    return [
        Finding(
            rule="labels",
            level=NOTE,
            why="not-from-zero",
            seen=f"the targets are the whole numbers {_few(present)}",
            cause=f"if they are classes: a gn.Network counts these from 0 to {len(present) - 1}",
            test="np.unique(y)",
            advice="for a gn.Network, y = np.unique(y, return_inverse=True)[1]; Classifier numbers "
            "its classes itself",
            numbers={"first": float(present[0]), "classes": float(len(present))},
        )
    ]


def examine_targets(
    task: Task, y: Array, stack: Stack, weights: Array | None = None
) -> list[Finding]:
    """Targets in the loss's form, beside the last layer's activation."""
    if not len(y):
        return []
    loss, outputs = stack.loss, stack.outputs
    found = unused_class(y, loss, outputs)
    truth = task.truth(y)
    if task.are_classes and truth is not None:
        found += class_imbalance(truth, task.classes, weights)
    if isinstance(loss, CrossEntropy):
        return found
    activation = getattr(stack.layers[-1], "activation", None)
    return [
        *found,
        *beyond_range(y, activation),
        *numbers_for_labels(y, loss, outputs),
        *unscaled_target(y, loss),
    ]


def numbers_for_labels(y: Array, loss: Loss, outputs: int) -> list[Finding]:
    """Class numbers learned as if 9 were three times 3."""
    if outputs != 1 or not isinstance(loss, (MeanSquaredError, MeanAbsoluteError, Huber)):
        return []
    flat = y.reshape(-1)
    present, counts = np.unique(flat[: 1 << 16], return_counts=True)
    if not (3 <= len(present) <= FEW) or (present != np.round(present)).any():
        return []
    steady = present.min() in (0, 1) and bool((np.diff(present) == 1).all())
    even = counts.min() > 0.4 * counts.max()
    if not steady or not even or counts.min() < 5:
        return []
    return [
        Finding(
            rule="labels",
            level=WARNING,
            why="not-one-hot",
            seen=f"the targets are the {len(present)} whole numbers {present[0]:g} to "
            f"{present[-1]:g}, about as many of each, and the network has one output",
            cause="class numbers are learned as quantities: between class 2 and 4 lies 3",
            test="if 'twice as much' means something for the target, it is a number and all is "
            "well",
            advice=f"Y = gn.OneHotEncoder().fit(y).encode(y), Dense({len(present)}, 'softmax'), "
            "loss 'cross_entropy'",
            numbers={"classes": float(len(present))},
        )
    ]


def unused_class(y: Array, loss: Loss, outputs: int) -> list[Finding]:
    """Labels that begin at 1: output 0 never happens."""
    if not isinstance(loss, CrossEntropy) or outputs < 3:
        return []
    counts = class_counts(y, outputs)
    if counts[0] > 0 or (counts[1:] == 0).any():
        return []
    return [
        Finding(
            rule="labels",
            level=WARNING,
            why="not-from-zero",
            seen=f"no sample is of class 0, every one of classes 1 to {outputs - 1} occurs",
            cause="the labels begin at 1, classes are counted from 0",
            test="np.unique(y)",
            advice=f"y = y − 1, and Dense({outputs - 1}, 'softmax')",
            numbers={"first": 1.0, "outputs": float(outputs)},
        )
    ]


def class_imbalance(labels: Array, classes: int, weights: Array | None = None) -> list[Finding]:
    """A class so rare that saying never is almost always right; labels (n,) class numbers."""
    counts = class_counts(labels, classes, weights)
    there = counts[counts > 0]
    if len(there) < 2 or counts.sum() == 0:
        return []
    shares = there / counts.sum()
    even = 1 / len(there)
    rarest, largest = float(shares.min()), float(shares.max())
    if rarest >= SCARCE * even or (largest < 0.5 and rarest >= RARE * even):
        return []
    level = WARNING if rarest < RARE * even and largest > 2 * even * (1 - even) else NOTE
    name = int(np.flatnonzero(counts > 0)[shares.argmin()])
    return [
        Finding(
            rule="class-imbalance",
            level=level,
            why="rare-class",
            seen=f"class {name} has {100 * rarest:.2g} % of the samples, the largest "
            f"{100 * largest:.3g} %",
            cause=f"who never says {name} is right in {100 * (1 - rarest):.3g} %: the loss hardly "
            "falls by finding it",
            test="balanced accuracy, or the recall of the rare class, beside the accuracy",
            advice="Classifier(class_weight='balanced'), or sample_weight; choose the threshold "
            "by cost (threshold='cost')",
            numbers={"rarest": rarest, "largest": largest},
        )
    ]


def class_counts(y: Array, classes: int, weights: Array | None = None) -> Array:
    """How many samples, or how much weight, each class has; y are indices or rows (n, K)."""
    labels = y if y.ndim == 1 else y.argmax(axis=1)
    return np.bincount(labels.astype(np.intp), weights, minlength=classes).astype(np.float64)


def _bad_one_hot(values: Array) -> list[Finding]:
    sums = values.sum(axis=1)
    if values.min() >= 0 and np.abs(sums - 1).max() <= 1e-4:
        return []
    row = int(np.abs(sums - 1).argmax())
    return [
        _labels(
            "not-one-hot",
            f"row {row} of the targets sums to {sums[row]:.4g}",
            "rows of class probabilities sum to 1",
            "Y = gn.OneHotEncoder().fit(y).encode(y)",
        )
    ]


def _not_from_zero(present: Array, expected: int, advice: str) -> Finding:
    return _labels(
        "not-from-zero",
        f"the labels are {_few(present)}; {expected} classes are counted 0 to {expected - 1}",
        "classes are counted from 0, and one for each output",
        advice,
    )


def _labels(why: str, seen: str, cause: str, advice: str) -> Finding:
    return Finding("labels", FAULT, why, seen, cause, "np.unique(y)", advice)


def _few(values: Array) -> str:
    told = [f"{value:g}" for value in values[:4]]
    if len(values) > 4:
        told += ["…", f"{values[-1]:g}"]
    return ", ".join(told)
