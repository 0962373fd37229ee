"""How the user's array relates to a reference: u = c·r + e·θ + s·sign θ, over all points at once.

r is the true gradient, or what a certain mistake would give; θ is the parameter itself, which a
penalty brings in. Every point is weighed by the size of its own u, so that all of them count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.nn.arrays import Array

CLOSE = 2e-5  # of ‖u‖: what may be left over for a relation to hold
_ROUGHLY = 0.03  # of a tiny difference: how far from a penalty it may be, near rounding
_CLOSELY = 3e-3  # the same where there is no rounding
_FEWEST = {"decay": 2, "signs": 3}  # numbers for a penalty; two signs fit any sum of zero
_OF_DIFFERENCE = 0.02  # what may be left over of the difference that a number is to explain
_OF_ROUGH = 40.0  # times `close`: the same where the numbers themselves are rough
_CHANCE = 1e-4  # the odds at which numbers without any order are explained as well
_NOTHING = 1e-5  # of the numbers' sizes: a sum of zero
_PART = 4000  # numbers that are looked at before all are
_DISTINCT = 1e-3  # of ‖r‖: how far r must be from a multiple of θ for the two to be told apart


@dataclass(frozen=True)
class Relation:
    """u = factor·r + decay·θ + signs·sign θ; `left` of ‖u‖ is left over, `spare` numbers too many.

    With spare = 0 the relation had to hold, and says nothing unless its factor is a telling one.
    """

    factor: float
    decay: float = 0.0
    signs: float = 0.0
    left: float = 0.0
    spare: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether u is the reference."""
        return abs(self.factor - 1) <= CLOSE and not self.has_penalty

    @property
    def has_penalty(self) -> bool:
        """Whether the parameter itself is in the difference."""
        return self.decay != 0 or self.signs != 0


def relate(
    u: Sequence[Array],
    r: Sequence[Array],
    theta: Sequence[Array] | None = None,
    close: float = CLOSE,
    signs: Sequence[Array] | None = None,
) -> Relation | None:
    """The simplest relation that holds, or None. One vector a point; without θ no penalty.

    signs: sign θ, where the numbers of θ are sums, so that it isn't to be had from them.
    """
    all_of_it = _Weighed.of(u, r, theta, signs)
    U, R = all_of_it.U, all_of_it.R
    if not np.isfinite(U).all() or not np.isfinite(R).all() or len(U) == 0:
        return None
    size = float(np.linalg.norm(U))
    if size <= 1e-12 * np.linalg.norm(R):
        size = float(np.linalg.norm(R))
    left = float(np.linalg.norm(U - R))
    if left <= close * size:
        return Relation(1.0, left=left / size if size else 0.0, spare=len(U))
    share = max(_OF_DIFFERENCE, _OF_ROUGH * close)
    most = min(close * max(size, float(np.linalg.norm(R))), share * left)
    return (
        _scaled(all_of_it, size, close)
        or _added(all_of_it, most)
        or _scaled_and_added(all_of_it, size, close, share)
    )


def penalty_only(
    u: Sequence[Array],
    r: Sequence[Array],
    theta: Sequence[Array],
    signs: Sequence[Array],
    noise: Sequence[Array],
) -> Relation | None:
    """The penalty that a difference is, however small it is beside u; None where it is none.

    noise: by how much rounding may have moved each number of r; a penalty leaves hardly more.
    """
    all_of_it = _Weighed.of(u, r, theta, signs)
    weights = [_weight(a, b) for a, b in zip(u, r, strict=True)]
    size = float(np.linalg.norm(all_of_it.U - all_of_it.R))
    rounding = float(np.linalg.norm(_stacked(noise, weights)))
    return _added(all_of_it, min(_ROUGHLY * size, _CLOSELY * size + 3 * rounding))


@dataclass(frozen=True)
class _Weighed:
    """All points in one vector each, every point weighed by the size of its numbers."""

    U: Array
    R: Array
    terms: dict[str, Array]  # what a penalty may be a multiple of, by its kind
    ends: Array  # where each point but the last ends

    @classmethod
    def of(
        cls,
        u: Sequence[Array],
        r: Sequence[Array],
        theta: Sequence[Array] | None,
        signs: Sequence[Array] | None,
    ) -> "_Weighed":
        weights = [_weight(a, b) for a, b in zip(u, r, strict=True)]
        terms: dict[str, Array] = {}
        if theta is not None:
            terms["decay"] = _stacked(theta, weights)
            terms["signs"] = _stacked(signs or [np.sign(each) for each in theta], weights)
        columns = {kind: column for kind, column in terms.items() if column.any()}
        ends = np.cumsum([each.size for each in u])[:-1]
        return cls(_stacked(u, weights), _stacked(r, weights), columns, ends)

    @property
    def news(self) -> int:
        """How many numbers tell something by themselves.

        Where all of a point's add up to zero, as those of a softmax's biases do, one is no news.
        """
        return len(self.U) - sum(
            _is_zero_sum(u) and _is_zero_sum(r)
            for u, r in zip(np.split(self.U, self.ends), np.split(self.R, self.ends), strict=True)
        )

    def telling(self, part: Array, left: float) -> int:
        """How many do at the points where the part of the difference stands out of what is left."""
        points = np.split(part, self.ends), np.split(self.U - self.R, self.ends)
        return sum(
            len(each) - _is_zero_sum(gap)
            for each, gap in zip(*points, strict=True)
            if np.linalg.norm(each) > 3 * left
        )


def _is_zero_sum(numbers: Array) -> bool:
    return bool(abs(numbers.sum()) <= _NOTHING * np.abs(numbers).sum())


def _is_no_chance(left: float, without: float, spare: int) -> bool:
    """Whether numbers without any order would hardly ever be explained so well."""
    return spare > 0 and (left == 0 or spare * np.log(left / without) <= np.log(_CHANCE))


def _weight(u: Array, r: Array) -> float:
    size = float(np.linalg.norm(u) + np.linalg.norm(r))
    return 1 / size if size > 0 and np.isfinite(size) else 1.0


def _stacked(arrays: Sequence[Array], weights: Sequence[float]) -> Array:
    return np.concatenate(
        [np.reshape(each, -1) * weight for each, weight in zip(arrays, weights, strict=True)]
    )


def _scaled(numbers: _Weighed, size: float, close: float) -> Relation | None:
    U, R = numbers.U, numbers.R
    length = float(R @ R)
    if not length:
        return None
    factor = float(U @ R) / length
    left = float(np.linalg.norm(U - factor * R)) / size
    holds = left <= min(close, _OF_DIFFERENCE * abs(factor - 1)) and abs(factor) > close
    return Relation(factor, left=left, spare=numbers.news - 1) if holds else None


def _added(numbers: _Weighed, most: float) -> Relation | None:
    """A penalty that is all of the difference but for `most`, with one factor at all points."""
    U, D = numbers.U, numbers.U - numbers.R
    for kind, column in numbers.terms.items():
        if len(U) < _FEWEST[kind]:
            continue
        amount = float(D @ column) / float(column @ column)
        left = float(np.linalg.norm(D - amount * column))
        if left > most:
            continue
        if _is_no_chance(
            left, float(np.linalg.norm(D)), numbers.telling(amount * column, left) - 1
        ):
            fit = {kind: amount}
            size = float(np.linalg.norm(U)) or 1.0
            return Relation(1.0, **fit, left=left / size, spare=len(U) - 1)
    return None


def _scaled_and_added(
    numbers: _Weighed, size: float, close: float, share: float
) -> Relation | None:
    """A penalty beside a factor, where neither explains the numbers without the other."""
    U, R = numbers.U, numbers.R
    for kind, column in numbers.terms.items() if R.any() else ():
        if len(U) < _FEWEST[kind] + 1:
            continue
        if _share_apart(R, column) < _DISTINCT:
            continue
        both = np.stack([R, column], axis=1)
        if _cannot_hold(both, U, close * size):
            continue
        (factor, amount), *_ = np.linalg.lstsq(both, U, rcond=None)
        left = float(np.linalg.norm(U - both @ (factor, amount)))
        without = min(_left_by(U, R), _left_by(U - R, column))
        if left <= min(close * size, share * without) and abs(factor) > close:
            fit = {kind: float(amount)}
            return Relation(float(factor), **fit, left=left / size, spare=len(U) - 2)
    return None


def _cannot_hold(columns: Array, U: Array, most: float) -> bool:
    """Whether a part of many numbers alone leaves more than all of them may: one fit that is cheap
    spares most of those that aren't."""
    step = len(U) // _PART
    if step < 2:
        return False
    part, target = columns[::step], U[::step]
    fitted, *_ = np.linalg.lstsq(part, target, rcond=None)
    return bool(np.linalg.norm(target - part @ fitted) > most)


def _left_by(U: Array, column: Array) -> float:
    """What the best multiple of the column leaves over."""
    return float(np.linalg.norm(U - float(U @ column) / float(column @ column) * column))


def _share_apart(R: Array, column: Array) -> float:
    """How much of R is not a multiple of the column."""
    amount = float(R @ column) / float(column @ column)
    return float(np.linalg.norm(R - amount * column) / np.linalg.norm(R))


def name_of_factor(
    factor: float, samples: int | None, outputs: int | None = None, close: float = CLOSE
) -> tuple[str, ...]:
    """The faults that a constant factor is the sign of: ('sign',), ('missing-mean',), …

    Where the number of samples isn't known, any whole number above 2 may be it.
    """
    if factor < 0:
        return ("sign", *name_of_factor(-factor, samples, outputs, close))
    if abs(factor - 1) <= close:
        return ()
    up, size = factor > 1, max(factor, 1 / factor) if factor else np.inf
    name = "missing-mean" if up else "mean-twice"

    def near(other: float) -> bool:
        return abs(size - other) <= 3 * close * other

    if samples is not None:
        # Over all numbers, over the samples, over the outputs; the last two times 2 or ½.
        known = [samples, *([samples * outputs, outputs] if outputs else [])]
        if any(near(each) for each in known if each > 1):
            return (name,)
        if any(near(each * half) for each in (samples, known[-1]) for half in (0.5, 2)):
            return (name, "factor-two") if size > 2 * (1 + close) else ("factor-two",)
        return ("factor-two",) if near(2) else ("scaled",)
    if near(2):
        return ("missing-mean" if up and outputs == 2 else "factor-two",)
    if outputs and near(outputs):
        return (name,)
    if near(round(size)) or near(round(2 * size) / 2):
        return (name,)
    return ("scaled",)
