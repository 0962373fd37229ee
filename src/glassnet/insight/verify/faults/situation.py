"""All that is known about a user's network before a mistake in its gradient is looked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from glassnet.insight.verify.evidence.arithmetic import Arithmetic
from glassnet.insight.verify.evidence.examine import SPREAD, Seen, see_mild
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.report import Check
from glassnet.insight.verify.evidence.samples import Samples, readings
from glassnet.insight.verify.evidence.tree import Name
from glassnet.insight.verify.faults.local import Parts
from glassnet.insight.verify.faults.penalty import Penalty, penalties
from glassnet.insight.verify.faults.relations import CLOSE
from glassnet.insight.verify.inferred.architecture import Chain
from glassnet.nn.arrays import Array


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

    @cached_property
    def mild(self) -> Seen | None:
        """A point at which no prediction is certain, if it can be had."""
        return see_mild(self.questions, self.arithmetic, self.limit)

    @property
    def far(self) -> Sequence[Seen]:
        """The points that aren't near the user's own, which may lie where predictions are all but
        certain."""
        spread = [each for each in self.seen if each.where == SPREAD]
        return spread if self.mild is None else [*spread, self.mild]

    @property
    def close(self) -> float:
        """What may be left over for a relation to hold."""
        return 5e-3 if self.arithmetic.is_coarse else CLOSE

    def parts(self, name: Name) -> Parts:
        """What of a parameter may be penalised: all of it, or, where a line of the weights is the
        bias, the weights or that line alone."""
        i = None if self.chain is None else self.chain.layer_of(name)
        if self.chain is None or i is None or not self.chain.layers[i].within:
            return (None,)
        shape = self.questions.tree.shapes[name]
        masks: list[Array | None] = [None]
        for line, flipped in ((0, False), (-1, False), (0, True), (-1, True)):
            weights = np.ones(shape)
            (weights.T if flipped else weights)[line] = 0.0
            if flipped == self.chain.layers[i].flipped:
                masks += [weights, 1 - weights]
        return masks

    @cached_property
    def penalties(self) -> dict[Name, Penalty]:
        """The penalties of the loss that can be measured, where its arithmetic is fine enough."""
        if self.chain is None or self.arithmetic.is_coarse:
            return {}
        return penalties(self.questions, self.chain)

    def samples(self) -> Samples | None:
        """The data given, in one form."""
        if self.questions.data is None or self.chain is None:
            return None
        X, Y = self.questions.data
        found = readings(X, Y, self.chain.widths[0], self.chain.outputs)
        return next(found, None)


def place_of(chain: Chain | None, name: Name) -> tuple[int, str]:
    """The layer of a parameter, and whether it is its W or its b; (0, 'W') where none is known."""
    i = None if chain is None else chain.layer_of(name)
    if chain is None or i is None:
        return 0, "W"
    return i, "W" if chain.layers[i].weight == name else "b"
