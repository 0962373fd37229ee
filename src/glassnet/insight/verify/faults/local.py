"""Mistakes that one line shows by itself: how dW or db relates to the truth, at all points.

No reading of the architecture is needed for these. Where the relation of several layers is one
and the same factor, it was made once, in the ∂L/∂z of the highest of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from glassnet.insight.verify.evidence.examine import Seen
from glassnet.insight.verify.evidence.shapes import SCALAR, TRANSPOSED, WRONG_SHAPE
from glassnet.insight.verify.evidence.tree import Name
from glassnet.insight.verify.faults.blame import Blame
from glassnet.insight.verify.faults.relations import (
    CLOSE,
    Relation,
    name_of_factor,
    penalty_only,
    relate,
)
from glassnet.insight.verify.inferred.architecture import Chain
from glassnet.nn.arrays import Array

_ROUNDED, _ROUNDEST = 1e-4, 1e-3  # noise as a share of a gradient
Parts: TypeAlias = Sequence[Array | None]
_ENOUGH = 5  # numbers, for a small penalty to be told from rounding


@dataclass(frozen=True)
class Local:
    """One parameter's gradient: its relation to the truth, of `kind` plain, transposed or scalar.

    relation None: none was found.
    """

    kind: str
    relation: Relation | None

    @property
    def is_right(self) -> bool:
        """Whether the gradient is the truth."""
        return self.kind == "plain" and self.relation is not None and self.relation.is_equal

    @property
    def is_penalty(self) -> bool:
        """Whether the penalty alone is wrong."""
        return (
            self.kind == "plain"
            and self.relation is not None
            and self.relation.has_penalty
            and abs(self.relation.factor - 1) <= 10 * CLOSE
        )


def local(name: Name, seen: Sequence[Seen], close: float, parts: Parts = (None,)) -> Local:
    """The relation of one parameter's gradient to the truth.

    parts: masks of what may be penalised apart, where a bias is a line of the weights.
    """
    shape_fault = seen[0].user[name].fault
    if shape_fault == SCALAR:
        return Local("scalar", Relation(1.0))
    found = next(filter(None, (_related(name, seen, close, part) for part in parts)), None)
    if shape_fault in (TRANSPOSED, WRONG_SHAPE):
        return Local("transposed" if shape_fault == TRANSPOSED else "shape", found)
    if found is not None and _says_something(found) and not found.has_penalty:
        return Local("plain", found)
    if _is_scalar(name, seen):
        return Local("scalar", Relation(1.0))
    if found is not None and _says_something(found):
        return Local("plain", found)
    turned = _turned(name, seen, close)
    if turned is not None and _says_something(turned):
        return Local("transposed", turned)
    return Local("plain", None)


def shared(
    name: Name, seen: Sequence[Seen], known: Iterable[Relation], close: float
) -> Relation | None:
    """A relation that other parameters have, where it holds here too: nothing is fitted, so that
    one number is enough."""
    columns = _columns(name, seen)
    if columns is None:
        return None
    user, true, theta, signs = columns
    for relation in known:
        made = [
            relation.factor * r + relation.decay * p + relation.signs * s
            for r, p, s in zip(true, theta, signs, strict=True)
        ]
        holds = relate(user, made, None, close)
        if holds is not None and holds.is_equal:
            return relation
    return None


def penalty_alone(name: Name, seen: Sequence[Seen], parts: Parts = (None,)) -> Relation | None:
    """The penalty, however small, that is the whole of a small difference; None where none is."""
    columns = _columns(name, seen)
    if columns is None or sum(map(len, columns[0])) < _ENOUGH:
        return None
    noise = [each.truth[name].rounding[each.truth[name].usable] for each in seen]
    gaps = [u - r for u, r in zip(columns[0], columns[1], strict=True)]
    if _size(gaps) <= 10 * _size(noise):
        return None
    tried = (_columns(name, seen, part=part) for part in parts)
    return next(
        filter(None, (penalty_only(*each, noise) for each in tried if each is not None)), None
    )


def _size(arrays: Sequence[Array]) -> float:
    return float(np.sqrt(sum(float((each**2).sum()) for each in arrays)))


def _columns(
    name: Name, seen: Sequence[Seen], turned: bool = False, part: Array | None = None
) -> tuple[list[Array], list[Array], list[Array], list[Array]] | None:
    """At every point the user's numbers, the true ones, the parameter's and its signs."""
    taken = [each.numbers(name, turned, part) for each in seen]
    kept = [numbers for numbers in taken if numbers is not None]
    if len(kept) < len(seen):
        return None
    user, true, theta, signs = ([numbers[k] for numbers in kept] for k in range(4))
    return user, true, theta, signs


def _related(
    name: Name, seen: Sequence[Seen], close: float, part: Array | None = None
) -> Relation | None:
    exact, close = _exact_enough(name, seen, close)
    columns = _columns(name, exact, part=part)
    if columns is None:
        return None
    user, true, theta, signs = columns
    return relate(user, true, theta, close, signs)


def _exact_enough(name: Name, seen: Sequence[Seen], close: float) -> tuple[Sequence[Seen], float]:
    """The points at which rounding leaves enough digits, and what may be left over there.

    A gradient of 10⁻⁸ beside a loss of 1 has few digits that differences can show.
    """
    shares = []
    for each in seen:
        truth = each.truth[name]
        size = float(np.linalg.norm(truth.values[truth.usable]))
        noise = float(np.linalg.norm(truth.rounding[truth.usable]))
        shares.append(noise / size if size else 0.0)
    kept = [each for each, share in zip(seen, shares, strict=True) if share <= _ROUNDED]
    if not kept:
        return seen, max(close, min(3 * max(shares), _ROUNDEST))
    return kept, max(close, 3 * max(share for share in shares if share <= _ROUNDED))


def _turned(name: Name, seen: Sequence[Seen], close: float) -> Relation | None:
    """The relation of a square array's transpose; its penalty is turned with it, or is not."""
    shape = seen[0].truth[name].shape
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 1:
        return None
    seen, close = _exact_enough(name, seen, close)
    turned, plain = _columns(name, seen, turned=True), _columns(name, seen)
    if turned is None or plain is None:
        return None
    user, true, theta, signs = turned
    # uᵀ = t + e (θᵀ − θ) where the penalty was added after the product was turned.
    later = [[a - b for a, b in zip(turned[k], plain[k], strict=True)] for k in (2, 3)]
    return relate(user, true, theta, close, signs) or relate(user, true, later[0], close, later[1])


def walk(chain: Chain, found: dict[Name, Local], samples: int | None, close: float) -> list[Blame]:
    """The mistakes of all layers, from the output down; a shared factor is named once.

    Every parameter has a relation here.
    """
    blames: list[Blame] = []
    running = 1.0
    layers = chain.layers
    for i in range(len(layers) - 1, -1, -1):
        if all(found[name].is_right for name in layers[i].names):
            continue  # whatever is above it: what is right isn't accused
        factors = _factors(layers[i].names, found)
        shared = factors[0] if factors and _alike(factors, factors[0], close) else None
        if shared is not None and not _alike([shared], running, close):
            below = _factors(layers[i - 1].names, found) if i else [shared]
            if not below or not _alike(below, running, close):
                names = name_of_factor(shared / running, samples, chain.outputs, close)
                numbers = {"ratio": shared / running}
                blames += [Blame(i, "delta", name, "", numbers) for name in names]
                running = shared
        for name in layers[i].names:
            if found[name].is_right:
                continue
            line = "W" if name == layers[i].weight else "b"
            blames += own_line(i, line, found[name], running, samples, chain.outputs, close)
    return blames


def own_line(
    i: int,
    line: str,
    found: Local,
    running: float,
    samples: int | None,
    outputs: int | None,
    close: float,
) -> list[Blame]:
    """The mistakes of one line, given the factor that its ∂L/∂z has already."""
    blames: list[Blame] = []
    if found.kind == "scalar":
        blames.append(Blame(i, line, SCALAR))
    if found.kind == "transposed":
        blames.append(Blame(i, line, TRANSPOSED))
    if found.kind == "shape":
        blames.append(Blame(i, line, WRONG_SHAPE))
    relation = found.relation
    if relation is None or found.kind == "scalar":
        return blames
    factor = relation.factor / running
    if abs(factor - 1) > 5 * close:
        for name in name_of_factor(factor, samples, outputs, close):
            blames.append(Blame(i, line, name, "", {"ratio": factor}))
    elif found.is_penalty and running == 1.0:
        blames.append(penalty_blame(i, line, relation))
    return blames


def penalty_blame(i: int, line: str, relation: Relation) -> Blame:
    """The penalty's part in the gradient is wrong by so much."""
    if relation.signs:
        return Blame(i, line, "regularisation", "l1", {"difference": relation.signs})
    return Blame(i, line, "regularisation", "l2", {"difference": relation.decay})


def _factors(names: Sequence[Name], found: dict[Name, Local]) -> list[float]:
    """The factors of these parameters, as far as they tell one."""
    return [
        found[name].relation.factor  # type: ignore[union-attr]
        for name in names
        if found[name].kind in ("plain", "transposed") and found[name].relation is not None
    ]


def _alike(factors: Sequence[float], other: float, close: float) -> bool:
    return all(abs(factor - other) <= 5 * close * abs(other) for factor in factors)


def _says_something(relation: Relation) -> bool:
    """A relation that had to hold counts only with a factor that a mistake gives."""
    if relation.spare > 0:
        return True
    return "scaled" not in name_of_factor(relation.factor, None)


def _is_scalar(name: Name, seen: Sequence[Seen]) -> bool:
    """Whether all entries are one number, but for a penalty's part e·θ; a number for each point.

    The number need not be the true sum, as the layer may be wrong in other ways too. Two entries
    alike at one point may be chance, so they must be the true sum or a telling multiple of it.
    """
    shape = seen[0].truth[name].shape
    size = int(np.prod(shape))
    if size < 2 or (len(shape) > 1 and 1 not in shape):
        return False
    own = [np.asarray(each.user[name].array).reshape(-1) for each in seen]
    most = max(float(np.abs(each.truth[name].values).max(initial=0.0)) for each in seen) or 1.0
    theta = [each.point[name].reshape(-1) for each in seen]
    left = _left_beside_constants(own, theta)
    if left > 1e-8 * most:
        return False
    if max(float(np.ptp(each)) for each in own) > 1e-9 * most:
        return len(seen) * size > len(seen) + 1  # a penalty was fitted: were there numbers enough?
    truths = [each.truth[name] for each in seen]
    sums = [float(each.values[: len(each.slopes)].sum()) for each in truths]
    if max(float(np.abs(each).max()) for each in own) <= 1e-9 * most:
        # No more than rounding: a sum that cancels, as under softmax, if the true one does.
        return max(map(abs, sums)) <= 1e-6 * most
    if size > 2:
        return True
    relation = relate([each[:1] for each in own], [np.array([total]) for total in sums])
    return relation is not None and _says_something(relation)


def _left_beside_constants(own: Sequence[Array], theta: Sequence[Array]) -> float:
    """The largest number left of u = constant + e·θ, the constant free at each point."""
    centred = np.concatenate([each - each.mean() for each in own])
    column = np.concatenate([each - each.mean() for each in theta])
    length = float(column @ column)
    amount = float(centred @ column) / length if length and len(centred) > 2 else 0.0
    return float(np.abs(centred - amount * column).max())
