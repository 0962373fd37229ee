"""The survey before a diagnosis: the points, the truth at each, and a check of each parameter."""

from time import perf_counter

import numpy as np

from glassnet.insight.verify.evidence import report as words
from glassnet.insight.verify.evidence.arithmetic import Arithmetic, measure
from glassnet.insight.verify.evidence.examine import (
    HOME,
    SURE,
    Seen,
    check,
    see,
    see_others,
    worst_check,
)
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.faults.floors import without_staircases
from glassnet.insight.verify.faults.situation import Situation
from glassnet.insight.verify.inferred.architecture import chains

TOLERANCE = 1e-6
SINGLE = 2e-5  # where the user's gradient comes as float32
COARSE = 1e-2  # where the loss itself is worked out in float32
_SINGLE_ROUNDING = 3e-8  # of a float32's value, about
_LIMITS = (144, 64, 25, 9)
_SECONDS = 12.0  # for all slopes at all points
_CALLS, _POINTS, _MEASURED = 6, 4, 3  # about, for one slope; at most


def survey(questions: Questions) -> Situation:
    """All that is known before a mistake is looked for."""
    arithmetic = measure(questions.function(), questions.tree.flat(questions.home))
    if questions.narrow_loss:
        arithmetic = Arithmetic(max(arithmetic.noise, _SINGLE_ROUNDING))
    limit = _limit(questions)
    seen = [see(questions, arithmetic, limit, questions.home, HOME)]
    seen += see_others(questions, arithmetic, limit)
    tolerance = _tolerance(questions, arithmetic)
    if not arithmetic.is_coarse:
        seen = [_settled(questions, each) for each in seen]
    checks = {name: worst_check(name, seen, tolerance) for name in questions.tree.paths}
    readings = chains(questions.home)
    return Situation(questions, seen, checks, readings, arithmetic, limit, tolerance)


def _settled(questions: Questions, seen: Seen) -> Seen:
    """The point, looked at again where something seems wrong."""
    if all(check(name, seen, SURE).verdict != words.WRONG for name in seen.truth):
        return seen
    return without_staircases(questions, seen)


def _limit(questions: Questions) -> int:
    """How many coordinates of an array are differentiated along, by what that takes."""
    took = []
    for _ in range(_MEASURED):
        began = perf_counter()
        questions.loss(questions.home)
        took.append(perf_counter() - began)
    each = _CALLS * _POINTS * min(took)
    for limit in _LIMITS[:-1]:
        slopes = sum(min(int(np.prod(shape)), limit) for shape in questions.tree.shapes.values())
        if each * slopes <= _SECONDS:
            return limit
    return _LIMITS[-1]


def _tolerance(questions: Questions, arithmetic: Arithmetic) -> float:
    if arithmetic.is_coarse:
        return COARSE
    return SINGLE if questions.dtypes & {"float32", "float16"} else TOLERANCE
