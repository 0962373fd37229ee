"""The curvature of the loss: its largest Hessian eigenvalue, and the rate that it allows.

A Hessian-vector product needs no second derivative by hand, only two gradients:

    H v ≈ (g(θ + h v) − g(θ − h v)) / 2h,   ‖h v‖ = 10⁻⁴, float64,

and power iteration with them finds the largest eigenvalue (``largest_eigenvalue``). On a
quadratic with curvature λ along a direction, an optimizer stays bounded as long as

    gradient descent   η λ < 2
    momentum           η λ < 2 (1 + β)
    Nesterov           η λ < 2 (1 + β) / (1 + 2 β)
    RMSProp            η λ < 2,                       λ of the preconditioned Hessian
    Adam, AdamW        η λ < 2 (1 + β₁) / (1 − β₁),   λ of the preconditioned Hessian

where preconditioned means D^(−1/2) H D^(−1/2), D = diag(√s + ε) being what divides the gradient.
The first three are the classical stability limits of the linear recurrence (Polyak 1964; Nesterov
1983); the last two are Cohen et al., "Adaptive Gradient Methods at the Edge of Stability", 2022.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glassnet.engines.numpy_engine import weighted_loss_and_gradient
from glassnet.engines.samples import Samples, dense_rows
from glassnet.nn.arrays import Array
from glassnet.nn.optimizers import Adam, GradientDescent, Momentum, Nesterov, Optimizer, RMSProp
from glassnet.nn.stack import Stack
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule

DISPLACEMENT = 1e-4  # ‖h v‖: far from rounding, and so short that few ReLU kinks lie between
ITERATIONS = 24
TOLERANCE = 0.005  # relative change of λ between iterations
MEMORY = 128 << 20  # bytes of the vectors that are kept
WORK = 1.5e10  # multiplications that one eigenvalue may take; fewer rows are looked at beyond
MOST_ROWS, LEAST_ROWS = 2048, 64

Product = Callable[[Array], Array]


@dataclass(frozen=True)
class Eigenvalue:
    """The largest eigenvalue found, its direction (of length 1), and the iterations made."""

    value: float
    vector: Array
    iterations: int


@dataclass(frozen=True)
class Curvature:
    """The curvature at a state, for an optimizer.

    value: λ, of the preconditioned Hessian where the optimizer divides its gradient; limit: what
    η λ must stay below, None for an optimizer that is not known; rows: samples it was measured on.
    """

    value: float
    limit: float | None
    rows: int
    iterations: int

    @property
    def stable_rate(self) -> float:
        """The largest learning rate that the curvature allows; infinite where nothing bends."""
        if self.limit is None or self.value <= 0:
            return math.inf
        return self.limit / self.value

    def ratio(self, rate: float) -> float:
        """η over the largest stable rate: above 1 it overshoots."""
        return rate / self.stable_rate


def stability_limit(optimizer: Optimizer) -> float | None:
    """What η λ must stay below; None for an optimizer that is not of ``nn.optimizers``."""
    kind = type(optimizer)
    if isinstance(optimizer, Adam):
        return 2 * (1 + optimizer.beta1) / (1 - optimizer.beta1)
    if kind in (GradientDescent, RMSProp):
        return 2.0
    if isinstance(optimizer, Momentum):
        return 2 * (1 + optimizer.beta)
    if isinstance(optimizer, Nesterov):
        return 2 * (1 + optimizer.beta) / (1 + 2 * optimizer.beta)
    return None


def largest_eigenvalue(
    product: Product, start: Array, iterations: int = ITERATIONS, tolerance: float = TOLERANCE
) -> Eigenvalue:
    """The largest (most positive) eigenvalue of a symmetric operator, never above the true value.

    Power iteration v ← H v / ‖H v‖ that keeps its vectors (Lanczos 1950): the best combination of
    v, H v, H² v, … instead of the last of them, so that an eigenvalue of the same size and the
    other sign does not hide the one that is sought. Each new vector is made orthogonal to all
    before; the largest eigenvalue of H between them is that of a small tridiagonal matrix.
    """
    most = max(2, min(iterations, MEMORY // max(1, start.nbytes)))
    length = float(np.linalg.norm(start))
    v = start / length if length > 0 else np.full_like(start, 1 / math.sqrt(max(1, start.size)))
    kept: list[Array] = [v]
    diagonal: list[float] = []
    beside: list[float] = []
    value, combination = 0.0, np.ones(1)
    for made in range(1, most + 1):
        w = product(kept[-1])
        if not np.isfinite(w).all():
            break
        diagonal.append(float(kept[-1] @ w))
        size = len(diagonal)
        T = np.diag(diagonal) + np.diag(beside[: size - 1], 1) + np.diag(beside[: size - 1], -1)
        values, vectors = np.linalg.eigh(T)
        before, value, combination = value, float(values[-1]), vectors[:, -1]
        if made > 3 and abs(value - before) <= tolerance * abs(value):
            break
        for _ in range(2):  # once more, because rounding brings back what was taken away
            for other in kept:
                w = w - (other @ w) * other
        length = float(np.linalg.norm(w))
        if length <= 1e-10 * max(1e-300, float(np.abs(values).max())):
            break  # nothing new: the vectors hold the answer
        beside.append(length)
        kept.append(w / length)
    vector = np.zeros_like(kept[0])
    for share, other in zip(combination, kept, strict=False):
        vector += share * other
    return Eigenvalue(value, vector, len(diagonal))


class Surface:
    """The loss over fixed samples as a function of the flat float64 vector: gradients and Hv.

    Training mode, with everything random held fixed (dropout is a function of seed and step);
    penalties of `rule` are part of the loss.
    """

    def __init__(
        self, stack: Stack, state: State, samples: Samples, rule: UpdateRule, seed: int = 0,
        factor: float = 1.0,
    ) -> None:  # fmt: skip
        self.stack, self.samples, self.rule, self.seed = stack, samples, rule, seed
        self.factor = factor  # of the samples' loss, where a sum stands for a batch of other size
        self.buffers, self.step = state.buffers.astype(np.float64), state.step
        self.centre = state.parameters.astype(np.float64)
        self.gradients = 0

    def gradient(self, parameters: Array) -> Array:
        """∂L/∂θ at these parameters."""
        self.gradients += 1
        state = State(parameters, self.buffers, step=self.step)
        rows = slice(0, len(self.samples))
        _, gradient, _ = weighted_loss_and_gradient(
            self.stack, state, self.samples, rows, len(self.samples), self.seed
        )
        gradient *= self.factor
        self.rule.add_penalty(gradient, parameters, self.stack.layout)
        return gradient

    def product(self, v: Array) -> Array:
        """H v at the centre."""
        length = float(np.linalg.norm(v))
        if length == 0 or not math.isfinite(length):
            return np.zeros_like(v)
        h = DISPLACEMENT / length
        ahead, behind = self.gradient(self.centre + h * v), self.gradient(self.centre - h * v)
        with np.errstate(all="ignore"):
            return np.asarray((ahead - behind) / (2 * h))


def measure(
    stack: Stack,
    state: State,
    samples: Samples,
    rule: UpdateRule,
    *,
    rows: Array | None = None,
    batch: int | None = None,
    seed: int = 0,
    iterations: int = ITERATIONS,
    work: float = WORK,
) -> Curvature:
    """The curvature at `state` over these rows (by default all), as `rule`'s optimizer feels it.

    Where all of them are too much work, evenly spread ones are taken; `Curvature.rows` says how
    many. batch: the rows of the run's batches (by default all), of which a summed loss depends.
    """
    chosen = np.arange(len(samples)) if rows is None else np.asarray(rows)
    chosen = _fewer(chosen, _affordable(stack, iterations, work))
    part = taken(samples, chosen)
    summed = stack.loss.reduction == "sum"
    factor = (len(samples) if batch is None else batch) / len(part) if summed else 1.0
    surface = Surface(stack, state, part, rule, seed, factor)
    with np.errstate(all="ignore"):
        gradient = surface.gradient(surface.centre)
        scale = preconditioner(rule.optimizer, state, gradient)
        limit = stability_limit(rule.optimizer)
        if scale is None:
            found = largest_eigenvalue(surface.product, gradient, iterations)
        else:
            root = 1 / np.sqrt(scale)

            def product(u: Array) -> Array:
                return root * surface.product(root * u)

            found = largest_eigenvalue(product, root * gradient, iterations)
    return Curvature(found.value, limit, len(chosen), found.iterations)


def preconditioner(optimizer: Optimizer, state: State, gradient: Array) -> Array | None:
    """D, what the optimizer's next update divides each number of the gradient by; None if it
    divides by nothing."""
    if isinstance(optimizer, Adam):
        square = state.slots.get("square")
        before = 0.0 if square is None else square.astype(np.float64)
        after = optimizer.beta2 * before + (1 - optimizer.beta2) * np.square(gradient)
        corrected = after / (1 - optimizer.beta2 ** (state.updates + 1))
        return np.asarray(np.sqrt(corrected) + optimizer.epsilon)
    if isinstance(optimizer, RMSProp):
        square = state.slots.get("square")
        before = 0.0 if square is None else square.astype(np.float64)
        after = optimizer.rho * before + (1 - optimizer.rho) * np.square(gradient)
        return np.asarray(np.sqrt(after) + optimizer.epsilon)
    return None


def taken(samples: Samples, rows: Array) -> Samples:
    """These rows, gathered once."""
    weights = None if samples.weights is None else samples.weights[rows]
    return Samples(dense_rows(samples.X, rows), samples.Y[rows], weights)


def _affordable(stack: Stack, iterations: int, work: float) -> int:
    """How many rows fit into the work: a gradient is about 6 multiplications a parameter and row,
    and an iteration takes two of them."""
    each = 12.0 * max(1, stack.layout.size) * iterations
    return int(min(MOST_ROWS, max(LEAST_ROWS, work / each)))


def _fewer(rows: Array, most: int) -> Array:
    """At most so many of these rows, evenly spread."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
