"""The user's update step, judged by the step that it takes: p − p′ must be rate · gradient.

An update that goes wrong where the gradients are right has mixed the two up: it changes a layer's
weights and then uses them for the layers below.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.evidence.questions import Questions, call
from glassnet.insight.verify.evidence.tree import Name, Point
from glassnet.insight.verify.faults.relations import relate
from glassnet.nn.arrays import Array

RATE = 0.1  # where the update asks for a learning rate
_RATES = ("lr", "rate", "alpha", "eta", "step", "learning")


def stepped(questions: Questions, update: Callable[..., Any], point: Point) -> Point:
    """p − p′ of every parameter. Raises ``InputError`` where the update can't be called."""
    given = questions.tree.build(point)
    arguments = _arguments(questions, update, point)
    answer = call(update, "update", given, *arguments)
    if isinstance(answer, tuple) and answer and isinstance(answer[0], (Mapping, list, tuple)):
        answer = answer[0] if not _holds(questions, answer) else answer
    after = given if answer is None or not _holds(questions, answer) else answer
    values = questions.tree.read(after)
    missing = [name for name in point if name not in values]
    if missing:
        raise InputError(f"update returned no parameter {missing[0]!r}; return the whole dict")
    for name, value in values.items():
        if value.shape != point[name].shape:
            raise InputError(
                f"update made {name!r} of shape {point[name].shape} into shape {value.shape}"
            )
    steps = {name: point[name] - values[name] for name in point}
    if not any(step.any() for step in steps.values()):
        back = "nothing" if answer is None else f"{type(answer).__name__}"
        raise InputError(
            f"it returned {back}, and no parameter moved; update must return the new parameters, "
            "or change those that it is given in place"
        )
    return steps


def rate_of(steps: Sequence[Point], gradients: Sequence[Point], name: Name) -> float | None:
    """The rate of a parameter's steps against its gradient; None where they are no multiple."""
    relation = relate([each[name] for each in steps], [each[name] for each in gradients])
    return None if relation is None else relation.factor


def follows(step: Array, gradient: Array, rate: float, parameter: Array) -> bool:
    """Whether p − p′ is rate · gradient, but for the rounding of p."""
    wanted = rate * gradient
    allowed = 1e-6 * np.abs(wanted).max() + 1e-14 * np.abs(parameter).max()
    return bool(np.abs(step - wanted).max() <= allowed)


def _arguments(questions: Questions, update: Callable[..., Any], point: Point) -> list[Any]:
    """What the update is called with behind the parameters, by how it names what it takes."""
    names = [name.lower() for name in _required(update)[1:]]
    data = [] if questions.data is None else [np.array(each) for each in questions.data]
    arguments: list[Any] = []
    for name in names:
        if any(part in name for part in _RATES):
            arguments.append(RATE)
        elif len(data) == 2 and name.startswith(("x", "inp")):
            arguments.append(data[0])
        elif len(data) == 2 and name.startswith(("y", "t", "label", "out")):
            arguments.append(data[1])
        elif questions.gradient_function is not None:
            given = questions.tree.build(point)
            arguments.append(call(questions.gradient_function, "gradients", given, *data))
        else:
            raise InputError(
                f"update takes {name!r}, which isn't known; give update(parameters), or "
                "update(parameters, X, Y)"
            )
    return arguments


def _required(update: Callable[..., Any]) -> list[str]:
    try:
        found = inspect.signature(update).parameters.values()
    except (TypeError, ValueError):
        return ["parameters"]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in found if p.kind in kinds and p.default is p.empty]


def _holds(questions: Questions, answer: Any) -> bool:
    return isinstance(answer, (Mapping, list, tuple)) and bool(questions.tree.read(answer))
