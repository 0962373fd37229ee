"""From wrong numbers to named mistakes: simple relations first, then the rebuilt network."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.insight.verify.evidence import report as words
from glassnet.insight.verify.evidence.examine import HOME, SURE, Seen, check
from glassnet.insight.verify.evidence.shapes import MISSING
from glassnet.insight.verify.evidence.tree import Name
from glassnet.insight.verify.faults.beside import beside_penalty, differs
from glassnet.insight.verify.faults.blame import Blame
from glassnet.insight.verify.faults.deep import deep, named, unknown
from glassnet.insight.verify.faults.floors import is_floored
from glassnet.insight.verify.faults.local import (
    Local,
    local,
    own_line,
    penalty_alone,
    shared,
    walk,
)
from glassnet.insight.verify.faults.relations import Relation, name_of_factor
from glassnet.insight.verify.faults.situation import Situation, place_of
from glassnet.insight.verify.inferred.model import Model

RIGHT, UNTOLD = Local("plain", Relation(1.0, spare=1)), Local("plain", None)
SURE_IF_COARSE = SURE_ANYWHERE = 0.05
_RIGHT_ELSEWHERE = 2e-6
_EXACT = 1e-4  # kinks that a step just touches, and rounding, come to less
_PART = 20.0  # times the output layer's error


@dataclass(frozen=True)
class Diagnosis:
    """The mistakes, by parameter where no chain is known, and the model that showed them."""

    blames: tuple[tuple[Name, Blame], ...]
    model: Model | None = None
    unexplained: tuple[Name, ...] = ()


def diagnose(situation: Situation) -> Diagnosis:
    """What is wrong. Small differences that no formula explains are left `unexplained`."""
    direct = dict(_direct(situation))
    names = [name for name in situation.checks if name not in direct]
    found = {name: _relation(situation, name) for name in names}
    _share(situation, found)
    _doubt(situation, found)
    wanted = [name for name, each in found.items() if each.relation is None]
    small = _small(situation, wanted)
    found |= {name: RIGHT for name in direct}
    if not wanted:
        return Diagnosis((*direct.items(), *_simple(situation, found)))
    if len(small) < len(wanted):
        blames, model = deep(situation, found, wanted)
        blames = blames or unknown(situation, found, wanted)
        return Diagnosis((*direct.items(), *blames), model)
    # Small differences alone are a mistake only if one explains them.
    blames, model = deep(situation, found, small)
    if any(blame.fault == "unknown" for _, blame in blames) or _is_above(situation, small, blames):
        blames, model = _simple(situation, found | {name: RIGHT for name in small}), None
    unexplained = () if blames else small
    return Diagnosis((*direct.items(), *blames), model, unexplained)


def _is_above(
    situation: Situation, small: Sequence[Name], blames: Sequence[tuple[Name, Blame]]
) -> bool:
    """Whether something differs nearer the loss than every mistake: none of these explains it."""
    highest = max(place_of(situation.chain, name)[0] for name in small)
    return bool(blames) and highest > max(blame.layer for _, blame in blames)


def _share(situation: Situation, found: dict[Name, Local]) -> None:
    """Give arrays of few numbers the relation of the others, where it holds for them too."""
    known = [
        each.relation
        for each in found.values()
        if each.kind == "plain" and each.relation is not None and not each.is_right
    ]
    for name, each in found.items():
        if each.relation is None:
            relation = shared(name, situation.clean, known, situation.close)
            found[name] = each if relation is None else Local("plain", relation)


def _doubt(situation: Situation, found: dict[Name, Local]) -> None:
    """Take back factors that no mistake gives, where they may be a floor's under a logarithm.

    At one point a single sample may make up the whole gradient, and what an ε takes of it is a
    share of that.
    """
    samples = situation.samples()
    count = None if samples is None else len(samples.X)
    vague = [
        name
        for name, each in found.items()
        if each.relation is not None
        and "scaled" in name_of_factor(each.relation.factor, count, None, situation.close)
    ]
    if vague and situation.questions.gradient_function is None and _is_floored(situation, 0.0):
        found |= dict.fromkeys(vague, UNTOLD)


def _small(situation: Situation, wanted: Sequence[Name]) -> tuple[Name, ...]:
    """The parameters whose error is no sure sign of a mistake.

    A wrong formula is wrong at any point of a natural size. Where the gradient is right at such a
    point, an error of some per cent elsewhere is that of an ε in a logarithm, or of a clipped one.
    Where it is larger, or right only where everything is nearly linear, or there is one point
    alone, the floor that the ε makes must be seen in the loss.
    """
    sure = SURE_IF_COARSE if situation.arithmetic.is_coarse else SURE
    errors = {name: situation.checks[name].error for name in wanted}
    small = {name for name in wanted if errors[name] < sure}
    doubtful = [name for name in wanted if sure <= errors[name] < np.inf]
    if doubtful and not situation.arithmetic.is_coarse:
        others = [each for each in situation.seen if each.where != HOME]
        right = {name for name in doubtful if any(_is_right_at(each, name) for each in others)}
        small |= {name for name in right if errors[name] < SURE_ANYWHERE}
        mild = situation.mild
        if mild is not None:
            right |= {name for name in doubtful if _is_right_at(mild, name)}
        has_one = situation.questions.gradient_function is None
        if not small.issuperset(doubtful) and (has_one or right.issuperset(doubtful)):
            small.update(doubtful if _is_floored(situation) else ())
    return tuple(name for name in wanted if name in small and _follows(situation, name))


def _follows(situation: Situation, name: Name) -> bool:
    """Whether a difference can come from the loss itself: then it begins at the output layer, and
    what lies below has no more of it. Or else from a kink that a step just touches: then it is
    small, and not there at other points."""
    found = situation.checks[name]
    others = [each for each in situation.seen if each.where != found.where]
    is_touched = found.error < SURE and all(_is_right_at(each, name) for each in others)
    if situation.chain is None or found.error < _EXACT or is_touched:
        return True
    outputs = situation.chain.layers[-1].names
    seen = next(each for each in situation.seen if each.where == found.where)
    errors = [check(each, seen, 0.0).error for each in outputs if each != name or len(outputs) == 1]
    return found.error <= _PART * max(errors, default=0.0)


def _is_floored(situation: Situation, sure: float = SURE) -> bool:
    """Whether a floor under a logarithm is seen at every point where something is wrong."""
    if situation.chain is None:
        return False
    return all(
        is_floored(situation.questions, situation.chain, each)
        for each in situation.seen
        if any(check(name, each, sure).verdict == words.WRONG for name in situation.checks)
    )


def _is_right_at(seen: Seen, name: Name) -> bool:
    """Whether a gradient that isn't zero is right there, to all digits that can be expected."""
    values = seen.truth[name].values[seen.truth[name].usable]
    return bool(values.any()) and check(name, seen, _RIGHT_ELSEWHERE).verdict == words.RIGHT


def _direct(situation: Situation) -> Iterable[tuple[Name, Blame]]:
    """What needs no comparison: no array, a shape that fits nothing, NaN, a loss that is flat."""
    for name in situation.checks:
        i, line = place_of(situation.chain, name)
        for each in situation.seen:
            shaped = each.user[name]
            if shaped.array is None:
                yield name, Blame(i, line, shaped.fault or MISSING)
                break
            if not np.isfinite(shaped.array).all():
                yield name, Blame(i, line, "not-finite")
                break
        else:
            if all(_is_flat(each, name) for each in situation.seen):
                yield name, Blame(i, line, "loss-ignores-parameter")


def _is_flat(seen: Seen, name: Name) -> bool:
    array, truth = seen.user[name].array, seen.truth[name]
    return array is not None and not truth.values.any() and bool(np.abs(array).max() > 1e-6)


def _relation(situation: Situation, name: Name) -> Local:
    home, seen = situation.checks[name], situation.clean
    if home.verdict == words.KINK:
        return RIGHT
    if not situation.arithmetic.is_coarse:
        parts = situation.parts(name)
        penalty = penalty_alone(name, seen, parts) if home.error < SURE else None
        if penalty is not None:
            return Local("plain", penalty)
    is_right = home.verdict == words.RIGHT
    found = RIGHT if is_right else local(name, seen, situation.close, situation.parts(name))
    if found.relation is not None and found.relation.spare > 0 and not found.is_right:
        return found
    return _beside(situation, name) or (found if is_right else _far(situation, name, found))


def _far(situation: Situation, name: Name, found: Local) -> Local:
    """A penalty that an ε in a logarithm hides near the user's parameters, or what was found."""
    if found != UNTOLD or situation.arithmetic.is_coarse or not situation.far:
        return found
    penalty = penalty_alone(name, situation.far, situation.parts(name))
    return found if penalty is None else Local("plain", penalty)


def _beside(situation: Situation, name: Name) -> Local | None:
    """What only shows once the loss's own penalty is taken away."""
    chain, samples = situation.chain, situation.samples()
    if situation.arithmetic.is_coarse or chain is None or not differs(name, situation.clean):
        return None
    penalty = situation.penalties.get(name)
    if penalty is None:
        return None
    count = None if samples is None else len(samples.X)
    return beside_penalty(name, situation.clean, penalty, count, chain.outputs)


def _simple(situation: Situation, found: dict[Name, Local]) -> list[tuple[Name, Blame]]:
    """Every parameter has a relation: no model is needed."""
    chain, samples = situation.chain, situation.samples()
    count = None if samples is None else len(samples.X)
    if chain is not None:
        return [
            (named(chain, blame), blame) for blame in walk(chain, found, count, situation.close)
        ]
    factors = [each.relation.factor for each in found.values() if each.relation is not None]
    close = situation.close
    alike = all(abs(f - factors[0]) <= 5 * close * abs(factors[0]) for f in factors)
    if alike and len(factors) > 1 and abs(factors[0] - 1) > 5 * close:
        name, numbers = list(found)[-1], {"ratio": factors[0]}
        faults = name_of_factor(factors[0], count, None, close)
        return [(name, Blame(0, "delta", fault, "", numbers)) for fault in faults]
    return [
        (name, blame)
        for name, each in found.items()
        for blame in own_line(0, "W", each, 1.0, count, None, close)
    ]
