"""One training step explained: every array of it with its formula, its axes and its numbers.

In the order of the work: initialise, forward, loss, backward, update; then one weight's derivative,
factor by factor.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.explanation import Explanation
from glassnet.insight.step.attribution import Attribution, labels_of
from glassnet.insight.step.chain import chain, most_telling, strongest
from glassnet.insight.step.inputs import input_rows
from glassnet.insight.step.models import NO_STEP, fit_settings, is_estimator, prepare
from glassnet.insight.step.moment import Moment, Step, moment_of
from glassnet.insight.step.places import unit_place, weight_place
from glassnet.insight.step.shapes import shapes
from glassnet.insight.step.sources import sources
from glassnet.insight.step.stages import stages
from glassnet.insight.step.units import unit_sums
from glassnet.nn.arrays import Array
from glassnet.nn.optimizers import optimizer as find_optimizer
from glassnet.nn.schedules import Schedule, schedule as find_schedule
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule
from glassnet.training.inputs import check_inputs, check_targets

if TYPE_CHECKING:
    from glassnet.training.past import Past

WARMS_UP = "the run warms up from 0 to this rate"


def explain(
    network: Any,
    X: Any,
    Y: Any,
    *,
    optimizer: object = None,
    learning_rate: object = None,
    l1: float = 0.0,
    l2: float = 0.0,
    weight_decay: float | None = None,
    clip_norm: float | None = None,
    max_norm: float | None = None,
    unit: str | None = None,
    weight: str | None = None,
    state: State | None = None,
    feature_names: Sequence[str] | None = None,
    classes: Sequence[Any] | None = None,
    image_shape: tuple[int, ...] | None = None,
    sample_numbers: Sequence[int] | None = None,
) -> Explanation:
    """What one full-batch step from where the network stands would do; nothing is changed.

    network: a Network, with X (n, d) and Y as ``Network.fit`` takes them; or a fitted Classifier
    or Regressor, with raw samples and their labels or numbers, whose own optimizer, rate and
    penalties are then taken where none are given. The numbers of the first sample are shown where
    one has to be chosen. Dropout is off and BatchNorm uses its running averages, as in prediction.

    Parameters
    ----------
    optimizer, learning_rate, l1, l2, weight_decay, clip_norm, max_norm : as for ``Network.fit``;
        plain gradient descent, unless said. A schedule that starts from 0 stands at its highest.
    unit : such as "hidden:3", whose sum is then shown: a layer's name or its number, and the unit;
        all are counted from 1.
    weight : such as "output:3,7", from input 3 to unit 7, whose derivative is then followed; or
        "output:b,7", the bias of unit 7. By default one whose derivative is large.
    state : parameters, optimizer's slots and counters to start from, instead of the network's own
        parameters with empty slots.
    feature_names, classes : what columns and classes are called.
    image_shape : (height, width) where a sample is a picture.
    sample_numbers : what the samples are called, by default 1, 2, …

    Raises ``InputError`` for unusable arrays, and for a unit or weight that there is none of.
    """
    notes: tuple[str, ...] = ()
    raw: list[list[str | float]] | None = None
    settings: dict[str, Any] = {
        "optimizer": optimizer, "learning_rate": learning_rate, "l1": l1, "l2": l2,
        "weight_decay": weight_decay, "clip_norm": clip_norm, "max_norm": max_norm,
    }  # fmt: skip
    if is_estimator(network):
        prepared = prepare(network, X, Y, feature_names)
        if optimizer is None:
            own = fit_settings(network, len(prepared.X))
            settings = own | {k: v for k, v in settings.items() if v not in (None, 0.0)}
        X, Y, feature_names, raw = prepared.X, prepared.Y, prepared.names, prepared.raw
        notes, classes = prepared.notes, prepared.classes if classes is None else classes
        network = network.network_
    elif not hasattr(network, "stack"):
        raise InputError(
            "explain takes a Network, or a Classifier or Regressor that was fitted; "
            f"{type(network).__name__} was given"
        )
    rule, rate, told = _rule(**settings)
    moment = _moment(network, X, Y, rule, rate, state)
    return explained(
        moment, unit=unit, weight=weight, told=told, notes=notes, feature_names=feature_names,
        raw=raw, classes=classes, image_shape=image_shape, sample_numbers=sample_numbers,
    )  # fmt: skip


def explain_past(
    past: "Past",
    step: int,
    *,
    samples: tuple[Any, Any] | None = None,
    failed: int | None = None,
    **described: Any,
) -> Explanation:
    """The step that a run made, from the state before it: its own batch, dropout, slots and rate.

    past: as ``RunStarted.past`` hands it out; step: counted from 0, as ``State.step`` does.
    samples: X and Y to be explained instead of the batch, in prediction mode. failed: the step at
    which the loss was not finite, if the run ended so. described: as for `explain`, from `unit` on.
    Raises ``InputError`` for a step that the run did not come to.
    """
    moment = moment_of(past, step, failed)
    count = f"step {step} of the run, counted from 0"
    if moment.rate == 0:
        described["told"] = "the schedule's rate here is 0"
    if samples is None:
        rows = past.batch_rows(step)
        notes = [f"{count}: the batch of {len(rows):,} samples that it was made with"]
        described.setdefault("sample_numbers", [int(row) + 1 for row in rows])
        described["telling"] = True
    else:
        X = check_inputs(samples[0], moment.stack.input_shape)
        dtype = moment.state.parameters.dtype
        y = check_targets(moment.stack, samples[1], len(X), dtype)
        weights = _equal_weights(moment.stack.loss.reduction, len(X))
        moment = replace(moment, X=np.asarray(X), y=y, weights=weights, training=False)
        notes = [f"the state before {count}, on samples of your choice: not the step that it made"]
    described["notes"] = (*notes, *described.get("notes", ()))
    return explained(moment, **described)


@np.errstate(all="ignore")  # what is not finite is shown as that
def explained(
    moment: Moment,
    *,
    unit: str | None = None,
    weight: str | None = None,
    told: str = "",
    notes: Sequence[str] = (),
    feature_names: Sequence[str] | None = None,
    raw: Sequence[Sequence[str | float]] | None = None,
    classes: Sequence[Any] | None = None,
    image_shape: tuple[int, ...] | None = None,
    sample_numbers: Sequence[int] | None = None,
    telling: bool = False,
) -> Explanation:
    """The explanation of any moment.

    told: said of the update; raw: each sample's cells, one for each feature. telling: not the first
    sample's numbers are shown, but those of the one that has most to do with the weight, or where
    none was asked for, of the largest loss.
    """
    stack, n = moment.stack, len(moment.X)
    asked = None if unit is None else unit_place(stack, unit)
    chosen = None if weight is None else weight_place(stack, weight)
    numbers = tuple(range(1, n + 1)) if sample_numbers is None else tuple(sample_numbers)
    if len(numbers) != n:
        raise InputError(f"{n} samples were given, and {len(numbers)} sample_numbers")
    step, row = Step(moment), 0
    if telling:
        row, why = most_telling(step, chosen)
        notes = (*notes, f"the numbers of sample {numbers[row]} are shown, {why}")
    chosen = strongest(step, row, asked) if chosen is None else chosen
    followed = None if chosen is None else chain(step, row, numbers[row], chosen, feature_names)
    shape = _picture_shape(stack.input_shape, image_shape)
    called = () if classes is None else tuple(str(label) for label in labels_of(classes) or ())
    return Explanation(
        stages=stages(step, told),
        loss=step.loss,
        loss_after=step.loss_after,
        notes=tuple(notes),
        sample_numbers=numbers,
        classes=called,
        shown=row,
        shapes=shapes(step),
        inputs=input_rows(step, row, feature_names, None if raw is None else raw[row]),
        units=unit_sums(step, row, numbers[row], feature_names, asked, called),
        chain=followed,
        sources=sources(moment),
        attribution=Attribution(stack, moment.state, moment.X, labels_of(classes), shape),
    )


def _moment(
    network: Any, X: Any, Y: Any, rule: UpdateRule, rate: float, state: State | None
) -> Moment:
    X = check_inputs(X, network.stack.input_shape)
    if hasattr(X, "toarray"):
        raise InputError("explain takes dense arrays: give X[rows].toarray() of a few samples")
    if len(X) == 0:
        raise InputError("X has no samples: there is nothing to explain")
    y = check_targets(network.stack, Y, len(X), network.dtype)
    own = network.state.copy()
    own.restart_optimizer(rule.optimizer.slots)
    weights = _equal_weights(network.loss.reduction, len(X))
    start = own if state is None else state.copy()
    return Moment(network.stack, start, np.asarray(X), y, weights, rule, rate, network.seed)


def _equal_weights(reduction: str, n: int) -> Array:
    return np.full(n, 1.0 / n if reduction == "mean" else 1.0)


def _rule(
    optimizer: object, learning_rate: object, l1: float, l2: float, weight_decay: float | None,
    clip_norm: float | None, max_norm: float | None,
) -> tuple[UpdateRule, float, str]:  # fmt: skip
    """The rule, its rate at the start, and what is to be said of the rate."""
    if isinstance(optimizer, str) and optimizer == "lbfgs":
        raise InputError(NO_STEP)
    chosen = find_optimizer("sgd" if optimizer is None else optimizer)
    given = chosen.learning_rate if learning_rate is None else learning_rate
    schedule = find_schedule(given)
    rule = UpdateRule(chosen, schedule, l1, l2, weight_decay, clip_norm, max_norm)
    rate = schedule.rate(0.0, 1.0)
    return (rule, rate, "") if rate > 0 else (rule, _highest(schedule), WARMS_UP)


def _highest(schedule: Schedule) -> float:
    """The highest rate of a schedule: a step by its first one, 0, would change nothing."""
    own = getattr(schedule, "learning_rate", None)
    if isinstance(own, float) and own > 0:
        return own
    return max(schedule.rate(share / 100, 1.0) for share in range(101))


def _picture_shape(
    inputs: tuple[int, ...], given: tuple[int, ...] | None
) -> tuple[int, ...] | None:
    """The shape of a sample as a picture; None where it is none."""
    if given is None:
        return inputs if len(inputs) > 1 else None
    if prod(given) != prod(inputs):
        raise InputError(
            f"image_shape is {tuple(given)}, which has {prod(given)} pixels, but a sample has "
            f"{prod(inputs)} numbers"
        )
    return tuple(given)
