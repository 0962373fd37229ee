"""Data before any training: what is wrong with them, and whether a network can learn 20 of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.engines.samples import Samples
from glassnet.errors import InputError
from glassnet.insight.arguments import (
    check_names,
    check_network,
    check_some,
    check_validation,
)
from glassnet.insight.doctor.before.columns import Columns, examine_columns
from glassnet.insight.doctor.before.labels import (
    class_imbalance,
    examine_plain_labels,
    examine_raw_labels,
)
from glassnet.insight.doctor.before.leaks import duplicates
from glassnet.insight.doctor.before.outliers import (
    lonely_features,
    lonely_held_out,
    lonely_target,
)
from glassnet.insight.doctor.before.samples import examine_samples
from glassnet.insight.doctor.before.start import cannot_memorise, initial_loss, memorise
from glassnet.insight.doctor.finding import Finding, in_order
from glassnet.insight.doctor.measures.look import look, some_rows
from glassnet.insight.doctor.measures.scale import loss_scale
from glassnet.network import Network
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule
from glassnet.training.inputs import check_inputs, check_targets
from glassnet.training.job import Job

MOST_CLASSES = 30
ROWS = 2048


def examine(
    X: Any,
    y: Any,
    *,
    network: Network | None = None,
    validation: tuple[Any, Any] | None = None,
    feature_names: Sequence[str] = (),
) -> list[Finding]:
    """What is wrong with these samples before a step is made; nothing is changed.

    X (n, d) numbers; y (n,) labels or numbers, or (n, k). With a `network`, built or not, also
    whether its output can reach the targets, its first loss, and whether it can learn 20 of the
    samples by heart. Raises ``InputError`` for unusable arguments.
    """
    feature_names = check_names(feature_names)
    if network is not None:
        check_network(network)
    built = built_state(network)
    X = check_inputs(X, None if built is None or network is None else network.stack.input_shape)
    targets = _target_array(y)
    if targets.ndim == 0 or len(targets) != X.shape[0]:
        raise InputError(
            f"X has {X.shape[0]} samples and y has shape {targets.shape}; give one target for each"
        )
    check_some(X)
    check_some(targets, "y")
    validation = check_validation(validation, X.shape[1:])
    if network is None:
        return in_order(_data_alone(X, targets, validation, feature_names, is_bare=True))
    copy = Network(
        network.layers, network.loss, seed=network.seed, dtype=np.dtype(network.dtype).name
    )
    copy.build(X.shape[1:])
    if built is not None:
        copy.state.parameters[...], copy.state.buffers[...] = built.parameters, built.buffers
    stack, state = copy.stack, copy.state
    found = examine_raw_labels(targets, stack.outputs, stack.loss)
    if found:
        return in_order([*found, *_data_alone(X, targets, validation, feature_names)])
    samples = Samples(X, check_targets(stack, targets, X.shape[0], network.dtype))
    held_out = None if validation is None else Samples(validation[0], samples.Y[:0])
    found += examine_samples(stack, state, samples, held_out, None, feature_names)
    scale = loss_scale(stack.loss, samples, stack.outputs, None)
    if scale is not None:
        seen = look(stack, state, samples, some_rows(len(samples), 0))
        found += initial_loss(seen, scale, seen.inputs > 5)
        job = Job(stack, UpdateRule(), samples, network.seed, min(32, len(samples)), 1)
        memory = memorise(job, state)
        if memory is not None:
            found += cannot_memorise(memory, stack, in_order(found))
    return in_order(found)


def built_state(network: Network | None) -> State | None:
    """The network's state; None where it has none yet."""
    try:
        return None if network is None else network.state
    except InputError:
        return None


def _target_array(y: Any) -> Any:
    """Targets that can be told apart and counted: numbers that are finite, or words."""
    try:
        targets = np.asarray(y)
    except ValueError:
        raise InputError(
            "y is not an array: its rows are not all of one length; give one target for each sample"
        ) from None
    if targets.dtype.kind == "O":
        try:
            np.unique(targets)
        except TypeError:
            raise InputError(
                "y holds values of several kinds, which cannot be compared: give numbers or words "
                "alone, and leave out samples without a target"
            ) from None
    if targets.ndim > 2 or targets.dtype.kind not in "biufUSO":
        raise InputError(
            f"y is (n,) or (n, k) numbers or labels; {targets.dtype} of shape {targets.shape} was "
            "given"
        )
    if targets.dtype.kind == "f" and not np.isfinite(targets).all():
        row = int(np.argwhere(~np.isfinite(targets))[0][0])
        raise InputError(
            f"y is NaN or infinite, first in row {row}; leave out the samples without a target"
        )
    return targets


def _data_alone(
    X: Any, y: Any, validation: tuple[Any, Any] | None, names: Sequence[str], is_bare: bool = False
) -> list[Finding]:
    """The columns, odd values, the balance, copies; is_bare: no network has seen the labels."""
    everything = np.arange(X.shape[0])
    rows = some_rows(X.shape[0], 0, ROWS)
    x = X[rows]
    x = np.asarray(x.toarray() if hasattr(x, "toarray") else x).reshape(len(rows), -1)
    flat = y if y.ndim == 1 else (y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1))
    whole = flat.dtype.kind in "biuUSO" or bool((flat == np.round(flat)).all())
    labels, places = np.unique(flat, return_inverse=True)
    classes = whole and 2 <= len(labels) <= MOST_CLASSES
    answer = places[rows] if classes else None
    if not classes and flat.dtype.kind in "biuf":
        answer = flat[rows].astype(np.float64)[:, None]
    columns = Columns(
        x=x.astype(np.float64), y=answer, names=names, dtype=np.dtype(X.dtype),
        are_classes=classes,
    )  # fmt: skip
    found = examine_columns(columns)
    odd = lonely_features(X, everything, names)
    if not odd and validation is not None:
        odd = lonely_held_out(X, validation[0], names)
    found += odd
    if classes:
        found += class_imbalance(places.reshape(-1), len(labels))
        found += examine_plain_labels(flat) if is_bare and flat.size == y.size else []
    elif flat.dtype.kind in "iuf":
        found += lonely_target(flat.astype(np.float64), everything)
    if validation is not None:
        found += duplicates(X, validation[0])
    return found
