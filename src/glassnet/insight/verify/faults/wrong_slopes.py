"""What people write for an activation's derivative f′(z), as functions of z and a = f(z)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from glassnet.insight.verify.inferred.curves import COMMON, Curve
from glassnet.nn.arrays import Array


@dataclass(frozen=True)
class WrongSlope:
    """The fault that it is, what the code computes in words, and its value."""

    fault: str
    words: str
    at: Callable[[Array, Array], Array]


def wrong_slopes(curve: Curve, with_right: bool = False) -> Iterator[WrongSlope]:
    """Every wrong derivative of this activation; `with_right`: where there should be none at all,
    the right one is wrong too."""
    if curve.name == "linear":
        return
    if with_right:
        words = "f′(z): a derivative too much"
        yield WrongSlope("derivative-twice", words, lambda z, a: curve.slope(z))
    yield WrongSlope("derivative-at-wrong-value", "f′(a) for f′(z)", lambda z, a: curve.slope(a))
    form = curve.from_output
    if form is not None:
        words = "f′ in its form for a, at z"
        yield WrongSlope("derivative-at-wrong-value", words, lambda z, a: form(z))
    if not with_right:
        yield WrongSlope("derivative-twice", "f′(z)²", lambda z, a: curve.slope(z) ** 2)
    yield WrongSlope("wrong-derivative", "f(z), not its derivative", lambda z, a: a)
    for other in COMMON:
        if other.name not in (curve.name, "linear"):
            yield from _of_another(other)


def _of_another(other: Curve) -> Iterator[WrongSlope]:
    words = f"the derivative of {other.name}"
    yield WrongSlope("wrong-derivative", words, lambda z, a: other.slope(z))
    form = other.from_output
    if form is not None:
        yield WrongSlope("wrong-derivative", words, lambda z, a: form(a))
