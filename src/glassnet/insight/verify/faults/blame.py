"""From the output layer downwards: which mistake, if any, gives what the user's code gives.

For each layer the ideas about ∂L/∂z are tried, and for each the lines that make dW and db of it.
What explains all layers with the fewest mistakes is taken. A mistake that is passed down by the
chain rule is in the ∂L/∂z that the next layer starts from, so it is named once, where it is made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from glassnet.insight.verify.faults.fitted import one_sample_idea, sample_alone, stale_idea
from glassnet.insight.verify.faults.ideas import (
    Deltas,
    Idea,
    Lines,
    View,
    hidden_ideas,
    output_ideas,
)
from glassnet.insight.verify.faults.relations import CLOSE, Relation, name_of_factor, relate
from glassnet.nn.arrays import Array

_UNKNOWN_LINE, _UNKNOWN_LAYER = 6.0, 12.0


@dataclass(frozen=True)
class Blame:
    """A mistake in layer `layer`: at its ∂L/∂z (`line` 'delta'), its dW or its db."""

    layer: int
    line: str
    fault: str
    wrote: str = ""
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """An explanation of all layers from one downwards: what it costs, and its mistakes."""

    cost: float
    blames: tuple[Blame, ...]


@dataclass(frozen=True)
class _Step:
    """One layer explained: the cost, its mistakes, and the ∂L/∂z that is passed on."""

    cost: float
    blames: tuple[Blame, ...]
    deltas: Deltas


@dataclass(frozen=True)
class Blaming:
    """The user's gradient, layer by layer (`lines[i][t]` of layer i at point t), to be explained.

    known: relations of the weights that a collapsed model cannot see, found against the truth.
    """

    view: View
    lines: Sequence[Lines]
    close: float = CLOSE
    samples: int | None = None

    def story(self) -> Story:
        """The cheapest explanation."""
        return self._below(self.view.model.last, (), 3)

    def _below(self, i: int, above: Deltas, width: int) -> Story:
        """The best explanation of layers i, i − 1, …; `width` steps are followed at each."""
        if i < self.view.model.start:
            return Story(0.0, ())
        steps = sorted(self._steps(i, above), key=lambda step: step.cost)
        if not steps:
            unknown = Blame(i, "delta", "unknown")
            return Story(_UNKNOWN_LAYER, (unknown,))
        best: Story | None = None
        for step in steps[:width]:
            if best is not None and step.cost >= best.cost:
                break
            rest = self._below(i - 1, step.deltas, width)
            if best is None or step.cost + rest.cost < best.cost - 1e-9:
                best = Story(step.cost + rest.cost, step.blames + rest.blames)
        assert best is not None
        return best

    def _steps(self, i: int, above: Deltas) -> Iterator[_Step]:
        partial: list[_Step] = []
        whole = False
        for idea in self._ideas(i, above):
            for step in self._explained(i, idea):
                if step.cost < _UNKNOWN_LINE:
                    whole = True
                    yield step
                else:
                    partial.append(step)
        if not whole:
            yield from partial

    def _ideas(self, i: int, above: Deltas) -> Iterator[Idea]:
        view, lines = self.view, self.lines[i]
        ideas = output_ideas(view) if i == view.model.last else hidden_ideas(view, i, above)
        right: Idea | None = None
        for idea in ideas:
            right = right or idea
            yield idea
        assert right is not None
        if i < view.model.last:
            stale = stale_idea(view, i, above, self.lines[i + 1], lines)
            if stale is not None:
                yield stale
        alone = one_sample_idea(view, right.deltas, lines, i)
        if alone is not None:
            yield alone

    def _explained(self, i: int, idea: Idea) -> Iterator[_Step]:
        """How dW and db follow from this ∂L/∂z; nothing where neither does."""
        if not all(np.isfinite(d).all() for d in idea.deltas):
            return
        own = () if idea.fault is None else (_blame(i, "delta", idea),)
        cost = float(len(own))
        weights, biases = self._weight_line(i, idea.deltas), self._bias_line(i, idea.deltas)
        seen = [line for line in (weights, biases) if line is not None]
        if not seen:  # neither can be seen here: the right formula is believed
            if idea.fault is None:
                yield _Step(0.0, (), idea.deltas)
            return
        good = [line for line in seen if line.fits]
        if not good:
            return
        if len(good) < len(seen):
            bad = "W" if good[0] is biases else "b"
            if abs(good[0].factor - 1) <= 3 * self.close:
                blames = (*own, Blame(i, bad, "unknown"))
                yield _Step(cost + _UNKNOWN_LINE, blames, idea.deltas)
            return
        factors = {line.factor for line in seen}
        factor = seen[0].factor
        shared = all(abs(f - factor) <= 3 * self.close * abs(factor) for f in factors)
        if shared and abs(factor - 1) > 3 * self.close and all(line.plain for line in seen):
            yield self._scaled(i, idea, own, factor)
        if own and abs(factor - 1) > 3 * self.close:
            return
        local = tuple(
            blame
            for line in seen
            for blame in line.blames(i, self.samples, self._outputs, self.close)
        )
        extra = 0.5 * (len(local) - 1) + 1.2 if local else 0.0
        yield _Step(cost + extra, own + local, idea.deltas)

    def _scaled(self, i: int, idea: Idea, own: tuple[Blame, ...], factor: float) -> _Step:
        """∂L/∂z itself is a multiple; with another mistake it is told as a part of that."""
        deltas = tuple(factor * d for d in idea.deltas)
        if own:
            return _Step(1.3, (_blame(i, "delta", idea, factor=factor),), deltas)
        names = name_of_factor(factor, self.samples, self._outputs, self.close)
        blames = tuple(Blame(i, "delta", name, "", {"ratio": factor}) for name in names)
        return _Step(1.5 if "scaled" in names else 1.0, blames, deltas)

    @property
    def _outputs(self) -> int:
        return self.view.model.chain.outputs

    def _weight_line(self, i: int, deltas: Deltas) -> "_Line | None":
        inputs = [self.view.model.inputs(record, i) for record in self.view.records]
        if any(each is None for each in inputs):
            return None
        r = [x.T @ d for x, d in zip(inputs, deltas, strict=True) if x is not None]
        u = [W for W, _ in self.lines[i]]
        theta = [self.view.model.chain.layers[i].split(point)[0] for point in self.view.points]
        return self._or_one_sample(_Line.of("W", u, r, theta, self.close), i, deltas)

    def _bias_line(self, i: int, deltas: Deltas) -> "_Line | None":
        if not self.view.model.chain.layers[i].has_bias:
            return None
        u = [b for _, b in self.lines[i] if b is not None]
        r = [d.sum(axis=0) for d in deltas]
        parameters = [self.view.model.chain.layers[i].split(point)[1] for point in self.view.points]
        theta = [b for b in parameters if b is not None]
        return self._or_one_sample(_Line.of("b", u, r, theta, self.close), i, deltas)

    def _or_one_sample(self, line: "_Line", i: int, deltas: Deltas) -> "_Line":
        """The line, or the one sample that it follows where it fits nothing else."""
        if line.fits:
            return line
        place = sample_alone(self.view, deltas, self.lines[i], i, line.name)
        if place is None:
            return line
        return _Line(line.name, Relation(1.0), "one-sample", {"sample": place + 1.0})


@dataclass(frozen=True)
class _Line:
    """dW or db against its reference: the relation, plain or of a changed reference."""

    name: str
    relation: Relation | None
    fault: str | None = None
    numbers: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        name: str,
        u: Sequence[Array],
        r: Sequence[Array],
        theta: Sequence[Array],
        close: float,
    ) -> "_Line":
        relation = relate(u, r, theta, close)
        if relation is not None:
            untold = relation.spare == 0 and "scaled" in name_of_factor(relation.factor, None)
            # One number is a multiple of any other; that it is none of a kind says nothing.
            return cls(name, Relation(1.0) if untold else relation)
        if name == "b" and u[0].size > 1:
            sums = [np.full(each.shape, each.sum()) for each in r]
            relation = relate(u, sums, theta, close)
            if relation is None and _is_rest_of_a_zero_sum(u, r):
                relation = Relation(1.0)
            return cls(name, relation, "bias-summed-to-scalar")
        if name == "W" and u[0].shape[0] == u[0].shape[1]:
            back = [each.T for each in u]
            relation = relate(back, r, [each.T for each in theta], close) or relate(
                back, r, theta, close
            )
            return cls(name, relation, "transposed")
        return cls(name, None)

    @property
    def fits(self) -> bool:
        return self.relation is not None

    @property
    def plain(self) -> bool:
        return self.fault is None

    @property
    def factor(self) -> float:
        return 1.0 if self.relation is None else self.relation.factor

    def blames(self, i: int, samples: int | None, outputs: int, close: float) -> Iterator[Blame]:
        """The mistakes in this line alone."""
        if self.fault is not None:
            yield Blame(i, self.name, self.fault, "", self.numbers)
        if abs(self.factor - 1) > 3 * close and self.fault != "bias-summed-to-scalar":
            for name in name_of_factor(self.factor, samples, outputs, close):
                yield Blame(i, self.name, name, "", {"ratio": self.factor})


def _is_rest_of_a_zero_sum(u: Sequence[Array], r: Sequence[Array]) -> bool:
    """Whether u is nothing but rounding, and the true sum is too: softmax's rows sum to zero."""
    most = [1e-9 * float(np.abs(true).max()) for true in r]
    return all(
        float(np.abs(each).max()) <= limit and abs(float(true.sum())) <= limit
        for each, true, limit in zip(u, r, most, strict=True)
    )


def _blame(i: int, line: str, idea: Idea, **numbers: float) -> Blame:
    assert idea.fault is not None
    if idea.number is not None:
        key = {"stale-weight": "learning_rate", "one-sample": "sample"}.get(idea.fault, "number")
        numbers[key] = idea.number + (idea.fault == "one-sample")
    return Blame(i, line, idea.fault, idea.wrote, numbers)
