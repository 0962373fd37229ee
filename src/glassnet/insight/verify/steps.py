"""The verdict on the user's update: rate · gradient in every layer, or what stands in its place."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.diagnose import diagnose
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.shapes import filled
from glassnet.insight.verify.evidence.tree import Name, Point
from glassnet.insight.verify.evidence.watch import Watch
from glassnet.insight.verify.faults.blame import Blame
from glassnet.insight.verify.faults.situation import Situation, place_of
from glassnet.insight.verify.faults.updates import follows, rate_of, stepped
from glassnet.insight.verify.survey import survey
from glassnet.nn.arrays import Array


def judge_update(
    situation: Situation, update: Callable[..., Any], has_findings: bool
) -> tuple[list[tuple[Name, Blame]], list[str]]:
    """The mistakes in the update, and remarks. Where the gradients are wrong already, only steps
    that don't follow them are told."""
    questions = situation.questions
    points = [each.point for each in situation.seen]
    try:
        steps = [stepped(questions, update, point) for point in points]
        gradients = [_gradient(situation, k, point) for k, point in enumerate(points)]
    except InputError as reason:
        return [], [f"the update was not judged: {reason}"]
    names = _from_the_loss(situation)
    rates = [rate_of(steps, gradients, name) for name in names[: _first_layer(situation)]]
    rate = next((rate for rate in rates if rate is not None), None)
    if not rate:
        return [], [
            "the update was not judged: its step is no multiple of the gradient in the output "
            "layer, as with momentum or Adam"
        ]
    if rate < 0 and not has_findings:
        i, _ = place_of(situation.chain, names[0])
        numbers = {"ratio": -1.0, "learning_rate": rate}
        return [(names[0], Blame(i, "delta", "sign", "", numbers))], []
    astray = [
        name
        for name in names
        for k, point in enumerate(points)
        if not follows(steps[k][name], gradients[k][name], rate, point[name])
    ]
    if not astray:
        return [], [f"the update takes {rate:.6g} times the gradient in every layer"]
    found = [] if has_findings else _diagnosed(questions, update, rate)
    if found and all(blame.fault != "unknown" for _, blame in found):
        return found, []
    # The gradients are right and the update's are not: what differs is the order of its lines.
    i, _ = place_of(situation.chain, astray[0])
    off = _off_by(steps[0], gradients[0], astray[0], rate)
    numbers = {"learning_rate": rate, "off_by": off}
    return [(astray[0], Blame(i, "delta", "stale-weight", "", numbers))], []


def _diagnosed(
    questions: Questions, update: Callable[..., Any], rate: float
) -> list[tuple[Name, Blame]]:
    """The mistakes in the gradient that the update's steps amount to."""

    def gradient(parameters: Any, *data: Any) -> Any:
        steps = stepped(questions, update, questions.tree.read(parameters))
        return questions.tree.build({name: step / rate for name, step in steps.items()})

    asked = replace(questions, gradient_function=gradient, numbers=None, changed={}, watch=Watch())
    return list(diagnose(survey(asked)).blames)


def _gradient(situation: Situation, k: int, point: Point) -> dict[Name, Array]:
    """The user's gradient at one of the points."""
    questions = situation.questions
    return filled(questions.tree.shapes, questions.gradient(point))


def _from_the_loss(situation: Situation) -> list[Name]:
    """All parameters, those of the output layer first."""
    if situation.chain is None:
        return list(situation.checks)[::-1]
    return [name for layer in reversed(situation.chain.layers) for name in layer.names]


def _first_layer(situation: Situation) -> int:
    """How many parameters no update comes before: those of the output layer."""
    return 1 if situation.chain is None else len(situation.chain.layers[-1].names)


def _off_by(step: Point, gradient: dict[Name, Array], name: Name, rate: float) -> float:
    """How far the step is from rate · gradient, as a share of it."""
    wanted = rate * gradient[name]
    size = float(np.linalg.norm(wanted)) or 1.0
    return float(np.linalg.norm(step[name] - wanted)) / size
