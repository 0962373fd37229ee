"""A network's hand-derived gradients, also those of the user's own layers and losses, against
numeric ones: a verdict for every parameter array."""

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.engines.samples import dense_rows
from glassnet.errors import InputError
from glassnet.insight.arguments import check_network, check_some
from glassnet.insight.numeric import TOLERANCE, Evaluation, Function, Slope, compare, slope, slopes
from glassnet.insight.proof import gradient_of_parameters, loss_of_parameters
from glassnet.insight.verify.evidence.report import KINK, RIGHT, WRONG, Check, table
from glassnet.network import Network
from glassnet.nn.arrays import Array
from glassnet.nn.parameters import Segment
from glassnet.training.arguments import check_seed
from glassnet.training.inputs import check_inputs, check_targets, check_weights

MOST_COORDINATES = 200  # of an array, without a wish
MOST_SAMPLES = 256  # that the loss is worked out on: each slope needs it five times or more
DIRECTIONS = 2  # random ones through an array that is not compared whole


@dataclass(frozen=True)
class GradientReport:
    """The outcome of ``check_gradients``: a ``Check`` for each parameter array, by its name.

    ok: no array is wrong. samples, given: how many samples the loss was worked out on, and of how
    many. tolerance: of ‖a − n‖ / (‖a‖ + ‖n‖).
    """

    checks: tuple[Check, ...]
    samples: int
    given: int
    tolerance: float = TOLERANCE

    @property
    def ok(self) -> bool:
        """Whether every gradient that could be compared is right."""
        return all(check.verdict != WRONG for check in self.checks)

    def text(self, width: int = 80) -> str:
        """The report for a terminal of `width` characters."""
        wrong = [str(check.parameter) for check in self.checks if check.verdict == WRONG]
        tested = sum(check.tested for check in self.checks)
        head = f"the gradients are right: {tested:,} numbers compared with numeric ones"
        if wrong:
            head = f"wrong: {', '.join(wrong)}"
        lines = [head, "", *table(self.checks, "analytic")]
        for note in self._notes():
            lines += textwrap.wrap(
                f"note: {note}", width, initial_indent="  ", subsequent_indent="    "
            )
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def _notes(self) -> list[str]:
        notes = []
        if self.samples < self.given:
            notes.append(f"the loss is that of {self.samples} samples, drawn from {self.given:,}")
        drawn = [check for check in self.checks if check.tested < check.size]
        if drawn:
            told = ", ".join(f"{c.parameter} ({c.tested:,} of {c.size:,})" for c in drawn)
            notes.append(
                f"a sample of the coordinates was compared: {told}; {DIRECTIONS} random directions "
                "through each of these whole arrays were too"
            )
        kinks = [check for check in self.checks if check.kinks]
        if kinks:
            told = ", ".join(f"{c.parameter} ({c.kinks:,})" for c in kinks)
            notes.append(
                f"at a kink, where there is no derivative, lie coordinates of {told}; they count "
                "neither for nor against"
            )
        return notes


def check_gradients(
    network: Network,
    X: Any,
    Y: Any,
    *,
    sample_weight: Any = None,
    coordinates: int | None = MOST_COORDINATES,
    seed: int = 0,
    tolerance: float = TOLERANCE,
) -> GradientReport:
    """Prove a network's gradients where it stands: each against central differences of the loss.

    The loss is Σ wᵢ lᵢ / n (or their sum) of the samples X (n, …), Y, in training mode and float64,
    without penalties; a dropout mask is held fixed. Compared are at most `coordinates` numbers of
    each parameter array, drawn by `seed` (None: all of them), and two random directions through an
    array that is larger. Of more than 256 samples 256 are drawn. The network stays as it is.

    An array is right where ‖a − n‖ / (‖a‖ + ‖n‖) ≤ `tolerance`, over the coordinates that do not
    lie at a kink (see ``glassnet.insight.numeric``). Raises ``InputError`` for unusable arrays, and
    for a ``SoftStep(joint=True)``, whose update is not the gradient of one loss.
    """
    check_network(network)
    _check_numbers(coordinates, tolerance)
    seed = check_seed(seed)
    X = check_inputs(X, None if network._stack is None else network.stack.input_shape)
    check_some(X)
    if network._stack is None:
        network.build(X.shape[1:])
    if network.stack.joint:
        raise InputError(
            "SoftStep(joint=True) follows two losses, so its update is no gradient: check the "
            "network with joint=False"
        )
    stack, rng = network.stack, np.random.default_rng(seed)
    y = check_targets(stack, Y, X.shape[0], np.dtype(np.float64))
    weights, _ = check_weights(sample_weight, X.shape[0])
    rows = np.arange(X.shape[0])
    if len(rows) > MOST_SAMPLES:
        rows = np.sort(rng.choice(len(rows), MOST_SAMPLES, replace=False))
    share = 1 / len(rows) if stack.loss.reduction == "mean" else 1.0
    shares = np.full(len(rows), share) if weights is None else weights[rows] * share
    x = dense_rows(X, rows).astype(np.float64)
    problem = (stack, network.state, x, y[rows], shares, network.seed)
    f, analytic = loss_of_parameters(*problem), gradient_of_parameters(*problem)
    start = network.state.parameters.astype(np.float64)
    checks = tuple(
        _check(f, start, analytic, segment, coordinates, rng, tolerance)
        for segment in stack.layout.segments
    )
    return GradientReport(checks, len(rows), X.shape[0], tolerance)


def _check_numbers(coordinates: object, tolerance: object) -> None:
    """How many numbers are compared, and how well they must agree."""
    whole = isinstance(coordinates, (int, np.integer)) and not isinstance(coordinates, bool)
    if coordinates is not None and not (whole and int(coordinates) >= 1):  # type: ignore[call-overload]
        raise InputError(
            f"coordinates is a whole number, at least 1, or None for all; {coordinates!r} was given"
        )
    number = isinstance(tolerance, (int, float, np.floating)) and not isinstance(tolerance, bool)
    if not number or not 0 < float(tolerance) < 1:  # type: ignore[arg-type]
        raise InputError(
            "tolerance is the largest ‖a − n‖ / (‖a‖ + ‖n‖) of a right gradient, a number above 0 "
            f"and below 1; {tolerance!r} was given: leave it out for {TOLERANCE:g}"
        )


def _check(
    f: Function, start: Array, analytic: Array, segment: Segment, most: int | None,
    rng: np.random.Generator, tolerance: float,
) -> Check:  # fmt: skip
    """One array: single coordinates, and directions where they are not all."""
    size = analytic[segment.slice].size
    chosen = np.arange(size)
    if most is not None and size > most:
        chosen = np.sort(rng.choice(size, most, replace=False))
    numeric = list(slopes(f, start, chosen + segment.offset))
    hand = analytic[segment.offset + chosen]
    proof = compare(segment.name, hand, numeric, tolerance)
    error = proof.error
    if len(chosen) < size:
        for _ in range(DIRECTIONS):
            error = max(error, _along(f, start, analytic, segment, rng, tolerance))
    verdict = WRONG if not error <= tolerance else RIGHT
    if len(proof.kinks) == len(chosen) and verdict == RIGHT:
        verdict = KINK
    worst = proof.worst
    place = None if worst is None else np.unravel_index(chosen[worst], segment.shape)
    return Check(
        segment.name, segment.shape, error, verdict, len(chosen), size, len(proof.kinks),
        None if place is None else tuple(int(axis) for axis in place),
        float("nan") if worst is None else float(hand[worst]),
        float("nan") if worst is None else numeric[worst].value,
    )  # fmt: skip


def _along(
    f: Function, start: Array, analytic: Array, segment: Segment, rng: np.random.Generator,
    tolerance: float,
) -> float:  # fmt: skip
    """The error of the slope along a random direction of length 1 through one array; 0 where it
    crosses a kink."""
    direction = np.zeros_like(start)
    direction[segment.slice] = rng.normal(size=analytic[segment.slice].size)
    direction /= np.linalg.norm(direction)

    def line(t: Array) -> Evaluation:
        return f(start + t[0] * direction)

    numeric: Slope = slope(line, np.zeros(1), 0)
    return compare(segment.name, np.array([analytic @ direction]), [numeric], tolerance).error
