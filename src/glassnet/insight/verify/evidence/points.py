"""The points at which the user's functions are asked: where they are, near it, and spread out.

A fault may be invisible where the network stands: a derivative taken at the wrong value differs in
the fourth order where all weights are tiny, and a penalty on a bias of zero is zero.
"""

from collections.abc import Callable

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.tree import Point
from glassnet.nn.arrays import Array

_HALVINGS = 12
_DRAWS, _FEW = 5, 0.2
_DIGITS = 9  # to which two multiples are one


def near(questions: Questions, rng: np.random.Generator) -> Point | None:
    """The parameters moved by about a third of their own size."""

    def move(array: Array, share: float) -> Array:
        size = _size(array) or 0.3 * _natural(array)
        return array + 0.35 * share * size * rng.normal(size=array.shape)

    return _usable(questions, move)


def spread(questions: Questions, rng: np.random.Generator) -> Point | None:
    """Random parameters of a natural size, so that units leave their linear part.

    Of a few draws the first is taken in which hardly a unit is off, else that with the fewest.
    """

    def move(array: Array, share: float) -> Array:
        natural = 1.2 * _natural(array) * rng.normal(size=array.shape)
        return share * natural + (1 - share) * array

    best: tuple[float, Point] | None = None
    for _ in range(_DRAWS):
        point = _usable(questions, move)
        if point is None:
            return None if best is None else best[1]
        silent = _share_of_silence(questions, point)
        if best is None or silent < best[0]:
            best = silent, point
        if silent < _FEW:
            break
    return None if best is None else best[1]


def mild(questions: Questions, rng: np.random.Generator) -> Point | None:
    """Random parameters of less than a natural size: predictions that are far from certain."""

    def move(array: Array, share: float) -> Array:
        return 0.5 * share * _natural(array) * rng.normal(size=array.shape)

    return _usable(questions, move)


def _share_of_silence(questions: Questions, point: Point) -> float:
    """Of the user's gradient: how much says nothing of the data, as below a unit that is off.

    It is zero, or what a penalty leaves: one multiple of θ, or of sign θ, in many places.
    """
    try:
        arrays = questions.gradient(point)
    except InputError:
        return 1.0
    silent = sum(_silent(array, point[name]) for name, array in arrays.items() if name in point)
    return silent / max(1, sum(array.size for array in arrays.values()))


def _silent(array: Array, theta: Array) -> int:
    """How many numbers are zero, or the commonest multiple of θ or of sign θ."""
    if array.shape != theta.shape:
        return int((array == 0).sum())
    most = int((array == 0).sum())
    for term in (theta, np.sign(theta)):
        fraction, exponent = np.frexp(array[term != 0] / term[term != 0])
        _, times = np.unique(np.ldexp(np.round(fraction, _DIGITS), exponent), return_counts=True)
        most = max([most, *times[times > 1].tolist()])
    return most


def _usable(questions: Questions, move: Callable[[Array, float], Array]) -> Point | None:
    """A moved point whose loss is finite and no extreme; the move is halved until it is."""
    here = questions.loss_or_nan(questions.home)
    for halving in range(_HALVINGS):
        point = {name: move(array, 0.5**halving) for name, array in questions.home.items()}
        value = questions.loss_or_nan(point)
        if abs(value - here) <= 5 * (abs(here) + 1):  # False for NaN
            return point
    return None


def _size(array: Array) -> float:
    return float(np.sqrt(np.mean(array**2)))


def _natural(array: Array) -> float:
    """About 1/√inputs for weights, which may lie either way round; 0.5 for a bias."""
    if array.ndim < 2 or 1 in array.shape:
        return 0.5
    return float(1 / np.sqrt(np.sqrt(array.shape[0] * array.shape[1])))
