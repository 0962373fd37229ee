"""The comparison: at each point the user's gradient beside the numeric truth, with a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.numeric import compare
from glassnet.insight.verify.evidence import report as words
from glassnet.insight.verify.evidence.arithmetic import Arithmetic
from glassnet.insight.verify.evidence.points import mild, near, spread
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.report import Check
from glassnet.insight.verify.evidence.shapes import Shaped, all_shaped
from glassnet.insight.verify.evidence.tree import Name, Point
from glassnet.insight.verify.evidence.truth import Truth, differentiate
from glassnet.nn.arrays import Array

SURE = 1e-3  # an error above it is a mistake, also where no formula explains it
HOME, NEAR, SPREAD = "your parameters", "near them", "random parameters"
_DRAWS = 3


@dataclass(frozen=True)
class Seen:
    """One point: where it is, the user's gradient there, and the truth.

    is_staircase: the loss has too few digits there for short steps.
    """

    where: str
    point: Point
    user: dict[Name, Shaped]
    truth: dict[Name, Truth]
    is_staircase: bool = False

    @property
    def has_kinks(self) -> bool:
        """Whether some coordinate lies at a kink; slopes beside it are a bit less exact then."""
        return not all(truth.usable.all() for truth in self.truth.values())

    def numbers(
        self, name: Name, turned: bool = False, part: Array | None = None
    ) -> tuple[Array, Array, Array, Array] | None:
        """The user's numbers, the true ones, the parameter's and its signs, where they compare.

        turned: the user's array (and the penalty in it) is taken to be the transpose. part: 1
        where the parameter may be penalised, 0 elsewhere.
        """
        array, truth = self.user[name].array, self.truth[name]
        if array is None:
            return None
        keep, theta = truth.usable, self.point[name] * (1.0 if part is None else part)
        if turned:
            array, theta = array.T, theta.T
        found = truth.look(array), truth.values, truth.look(theta), truth.look(np.sign(theta))
        return found[0][keep], found[1][keep], found[2][keep], found[3][keep]


def see(questions: Questions, arithmetic: Arithmetic, limit: int, point: Point, where: str) -> Seen:
    """Ask for the gradient at a point, and differentiate the loss there."""
    user = all_shaped(questions.tree.shapes, questions.gradient(point))
    return Seen(where, point, user, differentiate(questions, point, arithmetic, limit))


def see_others(questions: Questions, arithmetic: Arithmetic, limit: int) -> Iterator[Seen]:
    """The same near the user's parameters and spread out, where the functions work there.

    A point at which a coordinate lies at a kink is drawn anew, twice at most.
    """
    if questions.gradient_function is None:
        return
    rng = np.random.default_rng(7)
    for where, draw in ((NEAR, near), (SPREAD, spread)):
        found: Seen | None = None
        for _ in range(_DRAWS):
            point = draw(questions, rng)
            seen = None if point is None else _safely(questions, arithmetic, limit, point, where)
            found = seen or found
            if seen is None or not seen.has_kinks:
                break
        if found is not None:
            yield found


def see_mild(questions: Questions, arithmetic: Arithmetic, limit: int) -> Seen | None:
    """A point at which the predictions are far from any extreme, if it can be had."""
    if questions.gradient_function is None:
        return None
    point = mild(questions, np.random.default_rng(17))
    return None if point is None else _safely(questions, arithmetic, limit, point, "mild")


def _safely(
    questions: Questions, arithmetic: Arithmetic, limit: int, point: Point, where: str
) -> Seen | None:
    """A point that the user never asked for: None where the functions fail there."""
    try:
        seen = see(questions, arithmetic, limit, point, where)
    except InputError:
        return None
    arrays = [each.array for each in seen.user.values() if each.array is not None]
    fine = all(np.isfinite(array).all() for array in arrays)
    return seen if fine and all(map(_is_finite, seen.truth.values())) else None


def _is_finite(truth: Truth) -> bool:
    return bool(np.isfinite(truth.values).all())


def check(name: Name, seen: Seen, tolerance: float) -> Check:
    """One parameter at one point."""
    shaped, truth = seen.user[name], seen.truth[name]
    size = int(np.prod(truth.shape))
    blank = Check(name, truth.shape, np.inf, words.MISSING, 0, size, where=seen.where)
    if shaped.array is None:
        return blank
    values, count = truth.look(shaped.array), len(truth.slopes)
    proof = compare(str(name), values[:count], truth.slopes, tolerance)
    kinks = len(proof.kinks)
    error = max(proof.error, 1.0 if shaped.fault is not None else 0.0)
    if truth.along:
        # Apart from the coordinates: few numbers that see the whole array must not count for less.
        error = max(error, compare(str(name), values[count:], truth.along, tolerance).error)
    if not truth.usable.any():
        return replace(blank, error=0.0, verdict=words.KINK, kinks=kinks)
    counted = np.where(truth.usable, np.abs(values - truth.values), -1.0)[:count]
    counted = np.where(np.isnan(counted), np.inf, counted)
    is_right = error <= tolerance or _is_doubt(values, truth, shaped)
    found = replace(
        blank,
        error=error,
        verdict=words.RIGHT if is_right else words.WRONG,
        tested=count - kinks,
        kinks=kinks,
    )
    if not is_right and max(proof.error, float(shaped.fault is not None)) <= tolerance:
        return found  # seen along directions alone: what is wrong is none of the coordinates
    worst = int(counted.argmax())
    return replace(
        found,
        worst=_index(int(truth.coordinates[worst]), truth.shape),
        analytic=float(values[worst]),
        numeric=truth.slopes[worst].value,
    )


def _is_doubt(values: Array, truth: Truth, shaped: Shaped) -> bool:
    """Whether all of the difference may come from the roughness of the numeric slopes."""
    gaps = (values - truth.values)[truth.usable]
    doubts = truth.rounding[truth.usable]
    return shaped.fault is None and bool(np.linalg.norm(gaps) <= 2 * np.linalg.norm(doubts))


def worst_check(name: Name, seen: Sequence[Seen], tolerance: float) -> Check:
    """One parameter at the point that tells most: the user's own, unless it is right there."""
    checks = [check(name, each, tolerance) for each in seen]
    home = checks[0]
    if home.verdict == words.MISSING or home.error >= SURE:
        return home
    wrong = [each for each in checks if each.verdict == words.WRONG]
    if wrong:
        return max(wrong, key=lambda each: each.error)
    compared = [each for each in checks if each.verdict == words.RIGHT]
    return home if home.verdict == words.RIGHT or not compared else compared[0]


def _index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()
