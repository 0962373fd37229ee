"""From wrong numbers to named mistakes: simple relations first, then the rebuilt network."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from glassnet.insight.verify import report as words
from glassnet.insight.verify.architecture import Chain
from glassnet.insight.verify.arithmetic import Arithmetic
from glassnet.insight.verify.blame import Blame, Blaming, Story
from glassnet.insight.verify.dropout import mask_fault
from glassnet.insight.verify.examine import SURE, Seen
from glassnet.insight.verify.ideas import View
from glassnet.insight.verify.influence import samples_alone
from glassnet.insight.verify.local import (
    Local,
    local,
    own_line,
    penalty_alone,
    penalty_blame,
    shared,
    walk,
)
from glassnet.insight.verify.model import Model
from glassnet.insight.verify.questions import Questions
from glassnet.insight.verify.relations import CLOSE, Relation, name_of_factor
from glassnet.insight.verify.report import Check
from glassnet.insight.verify.samples import Samples, readings
from glassnet.insight.verify.search import lines_at_points, models_collapsed, models_on_data
from glassnet.insight.verify.shapes import MISSING, WRONG_SHAPE
from glassnet.insight.verify.tree import Name

RIGHT = Local("plain", Relation(1.0, spare=1))


@dataclass(frozen=True)
class Situation:
    """All that is known before a mistake is looked for."""

    questions: Questions
    seen: Sequence[Seen]
    checks: dict[Name, Check]
    chains: Sequence[Chain]
    arithmetic: Arithmetic
    limit: int
    tolerance: float

    @property
    def chain(self) -> Chain | None:
        """The likeliest reading of the shapes; where there are data, one that they fit."""
        if self.questions.data is not None:
            for chain in self.chains:
                X, Y = self.questions.data
                if any(True for _ in readings(X, Y, chain.widths[0], chain.outputs)):
                    return chain
        return self.chains[0] if self.chains else None

    @property
    def clean(self) -> Sequence[Seen]:
        """The points without a kink, if there are two; slopes beside kinks are less exact."""
        clean = [each for each in self.seen if not each.has_kinks]
        return clean if len(clean) > 1 else self.seen

    @property
    def close(self) -> float:
        """What may be left over for a relation to hold."""
        return 0.02 if self.arithmetic.is_coarse else CLOSE

    def samples(self) -> Samples | None:
        """The data given, in one form."""
        if self.questions.data is None or self.chain is None:
            return None
        X, Y = self.questions.data
        found = readings(X, Y, self.chain.widths[0], self.chain.outputs)
        return next(found, None)


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
    wanted = [name for name, each in found.items() if each.relation is None]
    small = tuple(n for n in wanted if situation.checks[n].error < _sure(situation))
    found |= {name: RIGHT for name in direct}
    if not wanted:
        return Diagnosis((*direct.items(), *_simple(situation, found)))
    if len(small) < len(wanted):
        blames, model = _deep(situation, found, wanted)
        blames = blames or _unknown(situation, found, wanted)
        return Diagnosis((*direct.items(), *blames), model)
    # Small differences alone are a mistake only if one explains them.
    blames, model = _deep(situation, found, small)
    if any(blame.fault == "unknown" for _, blame in blames):
        blames, model = _simple(situation, found | {name: RIGHT for name in small}), None
    unexplained = () if blames else small
    return Diagnosis((*direct.items(), *blames), model, unexplained)


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


def _sure(situation: Situation) -> float:
    return 0.05 if situation.arithmetic.is_coarse else SURE


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
    check, seen = situation.checks[name], situation.clean
    if check.verdict == words.KINK:
        return RIGHT
    if not situation.arithmetic.is_coarse:
        penalty = penalty_alone(name, seen) if check.error < SURE else None
        if penalty is not None:
            return Local("plain", penalty)
    if check.verdict == words.RIGHT:
        return RIGHT
    return local(name, seen, situation.close)


def place_of(chain: Chain | None, name: Name) -> tuple[int, str]:
    i = None if chain is None else chain.layer_of(name)
    if chain is None or i is None:
        return 0, "W"
    return i, "W" if chain.layers[i].weight == name else "b"


def _simple(situation: Situation, found: dict[Name, Local]) -> list[tuple[Name, Blame]]:
    """Every parameter has a relation: no model is needed."""
    chain, samples = situation.chain, situation.samples()
    count = None if samples is None else len(samples.X)
    if chain is not None:
        return [(_named(chain, blame), blame) for blame in walk(chain, found, count)]
    factors = [each.relation.factor for each in found.values() if each.relation is not None]
    shared = all(abs(f - factors[0]) <= 5 * CLOSE * abs(factors[0]) for f in factors)
    if shared and len(factors) > 1 and abs(factors[0] - 1) > 5 * CLOSE:
        name, numbers = list(found)[-1], {"ratio": factors[0]}
        faults = name_of_factor(factors[0], count)
        return [(name, Blame(0, "delta", fault, "", numbers)) for fault in faults]
    return [
        (name, blame)
        for name, each in found.items()
        for blame in own_line(0, "W", each, 1.0, count, None)
    ]


def _named(chain: Chain, blame: Blame) -> Name:
    layer = chain.layers[blame.layer]
    return layer.bias if blame.line == "b" and layer.bias is not None else layer.weight


def _deep(
    situation: Situation, found: dict[Name, Local], wanted: Sequence[Name]
) -> tuple[list[tuple[Name, Blame]], Model | None]:
    """Some parameter is wrong in a way that its own line doesn't show."""
    alone = _alone(situation, wanted)
    if alone:
        return alone, None
    best: tuple[Story, Model] | None = None
    masks_tried = False
    for model in _models(situation):
        if model.X is None and not masks_tried:
            masks_tried = True
            mask = masked(situation)
            if mask is not None:
                return [mask], None
        story = _story(situation, model, found, wanted)
        if story is not None and (best is None or story.cost < best[0].cost):
            best = story, model
        if best is not None and not _has_unknown(best[0]):
            break
    if (best is None or _has_unknown(best[0])) and not masks_tried:
        mask = masked(situation)
        if mask is not None:
            return [mask], None
    if best is None:
        return _unknown(situation, found, wanted), None
    story, model = best
    blames = [(_named(model.chain, blame), blame) for blame in story.blames]
    return blames + _beside(situation, model, found, blames), model


def _models(situation: Situation) -> Iterator[Model]:
    yield from models_on_data(situation.questions, situation.chains)
    yield from models_collapsed(situation.questions, situation.chains)


def _story(
    situation: Situation, model: Model, found: dict[Name, Local], wanted: Sequence[Name]
) -> Story | None:
    points, lines = lines_at_points(situation.questions, model, situation.seen)
    if not points:
        return None
    samples = model.samples
    if samples is None:
        given = situation.samples()
        samples = None if given is None else len(given.X)
    close = max(situation.close, min(20 * model.left, 1e-3))
    story = Blaming(View.of(model, points), lines, close, samples).story()
    return _with_unseen(story, model, found, wanted)


def _with_unseen(
    story: Story, model: Model, found: dict[Name, Local], wanted: Sequence[Name]
) -> Story:
    """What the model can't see and no mistake above explains stays unknown."""
    if any(blame.line == "delta" for blame in story.blames):
        return story
    layers = model.chain.layers
    unseen = [name for i in range(model.start) for name in layers[i].names]
    if model.X is None:
        unseen.append(layers[model.start].weight)
    open_ones = [name for name in unseen if name in wanted]
    if not open_ones:
        return story
    i = max(model.chain.layer_of(name) or 0 for name in open_ones)
    unknown = Blame(i, "delta", "unknown")
    return replace(story, cost=story.cost + 12, blames=(*story.blames, unknown))


def _has_unknown(story: Story) -> bool:
    return any(blame.fault == "unknown" for blame in story.blames)


def _beside(
    situation: Situation,
    model: Model,
    found: dict[Name, Local],
    blames: Sequence[tuple[Name, Blame]],
) -> list[tuple[Name, Blame]]:
    """Mistakes that the story is blind to: a penalty, a transposed shape, an unseen weight."""
    more: list[tuple[Name, Blame]] = []
    told = {(name, blame.fault) for name, blame in blames}
    for name, each in found.items():
        i, line = place_of(model.chain, name)
        fault = situation.seen[0].user[name].fault
        if fault in ("transposed", WRONG_SHAPE) and (name, fault) not in told:
            more.append((name, Blame(i, line, fault)))
        elif each.is_penalty and each.relation is not None:
            more.append((name, penalty_blame(i, line, each.relation)))
    return more


def _alone(situation: Situation, wanted: Sequence[Name]) -> list[tuple[Name, Blame]]:
    """One sample stands for all, where that explains every parameter that is wrong."""
    samples = situation.samples()
    if samples is None or situation.chain is None:
        return []
    found = samples_alone(situation.questions, samples, wanted)
    if len(found) < len(wanted):
        return []
    places = {name: place_of(situation.chain, name)[0] for name in found}
    # In every line of the highest layer and below it: the one mistake is in its ∂L/∂z.
    top = max(places.values())
    layers = situation.chain.layers
    lines = [name for i in range(top + 1) for name in layers[i].names]
    if len(places) > 1 and set(lines) == set(places):
        name = layers[top].weight
        return [(name, Blame(top, "delta", "one-sample", "", {"sample": found[name] + 1.0}))]
    return [
        (name, Blame(*place_of(situation.chain, name), "one-sample", "", {"sample": place + 1.0}))
        for name, place in found.items()
    ]


def masked(situation: Situation) -> tuple[Name, Blame] | None:
    """The layer whose dropout mask the backward pass doesn't reuse, with the numbers."""
    samples = situation.samples()
    for chain in situation.chains if samples is not None else ():
        assert samples is not None
        fault = mask_fault(situation.questions, chain, samples, situation.arithmetic)
        if fault is not None:
            i, numbers = fault
            return chain.layers[i].weight, Blame(i, "delta", "dropout-mask", "", numbers)
    return None


def _unknown(
    situation: Situation, found: dict[Name, Local], wanted: Sequence[Name]
) -> list[tuple[Name, Blame]]:
    """No model: the mistakes that lines show by themselves, and 'unknown' at the origin."""
    chain, samples = situation.chain, situation.samples()
    count = None if samples is None else len(samples.X)
    if chain is None:
        return [(name, Blame(0, "W", "unknown")) for name in wanted]
    top = max(place_of(chain, name)[0] for name in wanted)
    at_top = [name for name in chain.layers[top].names if name in wanted]
    if len(at_top) == len(chain.layers[top].names):
        blames = [(at_top[0], Blame(top, "delta", "unknown"))]
    else:
        blames = [(name, Blame(top, place_of(chain, name)[1], "unknown")) for name in at_top]
    for i in range(len(chain.layers)):
        for name in chain.layers[i].names:
            if name not in wanted and (i >= top or found[name].kind != "plain"):
                line = place_of(chain, name)[1]
                own = own_line(i, line, found[name], 1.0, count, chain.outputs)
                blames += [(name, blame) for blame in own]
    return blames
