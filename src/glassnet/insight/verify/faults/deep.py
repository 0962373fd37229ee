"""Mistakes that no line shows by itself: the network is rebuilt, and the backward pass retold."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from glassnet.insight.verify.evidence.shapes import WRONG_SHAPE
from glassnet.insight.verify.evidence.tree import Name
from glassnet.insight.verify.faults.blame import Blame, Blaming, Story
from glassnet.insight.verify.faults.dropout import mask_fault
from glassnet.insight.verify.faults.ideas import View
from glassnet.insight.verify.faults.local import Local, own_line, penalty_blame
from glassnet.insight.verify.faults.search import lines_at_points, models_collapsed, models_on_data
from glassnet.insight.verify.faults.situation import Situation, place_of
from glassnet.insight.verify.inferred.architecture import Chain
from glassnet.insight.verify.inferred.influence import samples_alone
from glassnet.insight.verify.inferred.model import Model


def named(chain: Chain, blame: Blame) -> Name:
    """The parameter that a mistake is told of."""
    layer = chain.layers[blame.layer]
    return layer.bias if blame.line == "b" and layer.bias is not None else layer.weight


def deep(
    situation: Situation, found: dict[Name, Local], wanted: Sequence[Name]
) -> tuple[list[tuple[Name, Blame]], Model | None]:
    """Some parameter is wrong in a way that its own line doesn't show."""
    questions = situation.questions
    questions.budget.begin(lambda: questions.loss(questions.home))
    alone = _alone(situation, wanted)
    if alone:
        return alone, None
    best: tuple[Story, Model] | None = None
    masks_tried = False
    for model in _models(situation):
        if model.X is None and not masks_tried:
            masks_tried = True
            mask = masked(situation, _keeps_all(best))
            if mask is not None:
                return [mask], None
        story = _story(situation, model, found, wanted)
        if story is not None and (best is None or story.cost < best[0].cost):
            best = story, model
        if best is not None and not _has_unknown(best[0]):
            break
    if (best is None or _has_unknown(best[0])) and not masks_tried:
        mask = masked(situation, _keeps_all(best))
        if mask is not None:
            return [mask], None
    if best is None:
        return unknown(situation, found, wanted), None
    story, model = best
    blames = [(named(model.chain, blame), blame) for blame in story.blames]
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


def _keeps_all(best: tuple[Story, Model] | None) -> bool:
    """Whether a model that gives the user's loss on all samples has no dropout."""
    return best is not None and best[1].X is not None and not best[1].masks


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


def masked(situation: Situation, keeps_all: bool = False) -> tuple[Name, Blame] | None:
    """The layer whose dropout mask the backward pass doesn't reuse, with the numbers.

    keeps_all: the forward pass is known to have none.
    """
    samples = situation.samples()
    for chain in situation.chains if samples is not None else ():
        assert samples is not None
        fault = mask_fault(situation.questions, chain, samples, situation.arithmetic, keeps_all)
        if fault is not None:
            i, numbers = fault
            return chain.layers[i].weight, Blame(i, "delta", "dropout-mask", "", numbers)
    return None


def unknown(
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
                own = own_line(i, line, found[name], 1.0, count, chain.outputs, situation.close)
                blames += [(name, blame) for blame in own]
    return blames
