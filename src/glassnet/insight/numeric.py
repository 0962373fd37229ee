"""Numeric differentiation: the judge of every hand-derived gradient.

A function of a flat float64 vector is differentiated one coordinate at a time by central
differences. With D(h) = (f(x + h) − f(x − h)) / 2h,

    five-point:  f′ ≈ (4 D(h) − D(2h)) / 3,  h = 10⁻³, error h⁴ f⁽⁵⁾/30, where f is smooth;
                 h = 10⁻⁴ or 10⁻⁵ where it is smooth but strongly curved;
    two-point:   f′ ≈ D(h),                  h = 10⁻⁵, error h² f‴/6, elsewhere.

Both come from Taylor's series (Abramowitz & Stegun, 25.3.21). Where even the short
step crosses a kink of f (ReLU at 0), no difference is a derivative: that coordinate is reported,
and neither proves nor disproves anything.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from glassnet.nn.arrays import Array

# Steps h of the five-point difference, and by how much D(h) and D(2h) may differ for it to be
# used: they differ by h² f‴/2, which tells how curved f is over the points.
LONG_STEPS = ((1e-3, 1e-6), (1e-4, 1e-5), (1e-5, 1e-3))
SHORT_STEP = 1e-5
TOLERANCE = 1e-7  # of ‖a − n‖ / (‖a‖ + ‖n‖)
ZERO = 1e-12  # a true zero comes out as this at most, where f itself is of the size of 1
ROUGH = 1e-5  # one-sided slopes differ by h f″: by so much without a doubt


class Evaluation(NamedTuple):
    """f at a point; `sides`, where known, says on which side of each kink the point lies."""

    value: float
    sides: Array | None = None


Function = Callable[[Array], Evaluation]


@dataclass(frozen=True)
class Slope:
    """f′ along one coordinate, by differences of `points` (5 or 2) at multiples of `step`.

    rounding: by how much the rounding of f alone can have moved the value. With `kink` the short
    step crosses a kink, and the value is no derivative.
    """

    coordinate: int
    value: float
    points: int
    step: float
    rounding: float
    kink: bool = False


@dataclass(frozen=True)
class Proof:
    """One array's gradient against the numeric one.

    error: ‖a − n‖ / (‖a‖ + ‖n‖) over the coordinates without a kink; 0 where every difference is
    within the rounding of a true zero. worst: the coordinate of the largest difference, counted
    within the array; None where nothing was compared.
    """

    name: str
    error: float
    tested: int
    kinks: tuple[int, ...] = ()
    worst: int | None = None
    tolerance: float = TOLERANCE

    @property
    def holds(self) -> bool:
        """Whether the error is within the tolerance."""
        return self.error <= self.tolerance


def slope(f: Function, x: Array, coordinate: int, centre: Evaluation | None = None) -> Slope:
    """∂f/∂x[coordinate] at x, by five points where f is smooth over them, else by two.

    f must not keep or change the vector that it is given; x is not changed.
    """
    here = f(x.copy()) if centre is None else centre
    # f comes with errors of a few last digits; the five points add up 1.5 of them over h.
    rounding = float(8 * np.finfo(np.float64).eps * abs(here.value))
    for step, limit in LONG_STEPS:
        inner = _Difference.of(f, x, coordinate, step)
        outer = _Difference.of(f, x, coordinate, 2 * step)
        if _is_smooth(here, inner, outer, limit):
            value = (4 * inner.slope - outer.slope) / 3
            return Slope(coordinate, value, 5, step, rounding / step)
    short = _Difference.of(f, x, coordinate, SHORT_STEP)
    jump = short.jump(here.value)
    kink = not _same_side(here, short)
    if not kink and not _is_small(jump, ROUGH, short.slope):
        # A curve's one-sided slopes differ by h f″, a tenth of it at h/10; a kink's by its jump.
        shorter = _Difference.of(f, x, coordinate, SHORT_STEP / 10)
        kink = abs(10 * shorter.jump(here.value) - jump) > 0.5 * abs(jump)
    return Slope(coordinate, short.slope, 2, SHORT_STEP, rounding / SHORT_STEP, kink)


def slopes(f: Function, x: Array, coordinates: Iterable[int] | None = None) -> tuple[Slope, ...]:
    """The slope along each of these coordinates, by default along all."""
    x = np.array(x, dtype=np.float64)
    centre = f(x.copy())
    chosen = range(len(x)) if coordinates is None else coordinates
    return tuple(slope(f, x, int(coordinate), centre) for coordinate in chosen)


def compare(
    name: str, analytic: Array, numeric: Sequence[Slope], tolerance: float = TOLERANCE
) -> Proof:
    """The proof of one array: `analytic` (m,) beside the slopes of the same m coordinates."""
    a = np.asarray(analytic, dtype=np.float64).reshape(-1)
    n = np.array([each.value for each in numeric])
    kinks = np.array([each.kink for each in numeric], dtype=bool)
    if a.shape != n.shape:
        raise ValueError(f"{name}: {a.size} derivatives are compared with {n.size} slopes")
    difference = np.where(kinks, 0.0, np.abs(a - n))
    places = tuple(np.flatnonzero(kinks).tolist())
    if kinks.all():
        return Proof(name, 0.0, len(a), places, None, tolerance)
    worst = int(difference.argmax())
    if not np.isfinite(difference).all():
        worst = int((~np.isfinite(difference)).argmax())
        return Proof(name, np.inf, len(a), places, worst, tolerance)
    error = 0.0
    if (difference > np.maximum(ZERO, [each.rounding for each in numeric])).any():
        size = np.linalg.norm(a[~kinks]) + np.linalg.norm(n[~kinks])
        error = float(np.linalg.norm(difference) / size)
    return Proof(name, error, len(a), places, worst, tolerance)


class _Difference(NamedTuple):
    """f on both sides of x, a step h away along one coordinate."""

    below: Evaluation
    above: Evaluation
    step: float

    @classmethod
    def of(cls, f: Function, x: Array, coordinate: int, step: float) -> "_Difference":
        sides = []
        for signed in (-step, step):
            moved = x.copy()
            moved[coordinate] += signed
            sides.append(f(moved))
        return cls(sides[0], sides[1], step)

    @property
    def slope(self) -> float:
        """D(h)."""
        return (self.above.value - self.below.value) / (2 * self.step)

    def jump(self, centre: float) -> float:
        """The slope to the right less the slope from the left."""
        return (self.above.value - 2 * centre + self.below.value) / self.step


def _is_smooth(here: Evaluation, inner: _Difference, outer: _Difference, limit: float) -> bool:
    """Whether no kink lies between the five points, and f is not too curved over them."""
    if not _same_side(here, inner, outer):
        return False
    bend = outer.slope - inner.slope
    # A kink at x itself bends nothing; but its one-sided slopes don't come nearer with the step.
    fold = 0.0 if here.sides is not None else outer.jump(here.value) - 2 * inner.jump(here.value)
    return _is_small(bend, limit, inner.slope) and _is_small(fold, limit, inner.slope)


def _same_side(centre: Evaluation, *differences: _Difference) -> bool:
    """Whether all points lie on the same side of every kink, as far as the sides are known."""
    if centre.sides is None:
        return True
    return all(
        np.array_equal(point.sides, centre.sides)
        for difference in differences
        for point in (difference.below, difference.above)
        if point.sides is not None
    )


def _is_small(difference: float, limit: float, value: float) -> bool:
    """Whether two estimates of a slope near `value` differ by `limit` at most; NaN is not small."""
    return abs(difference) <= limit * max(1.0, abs(value))
