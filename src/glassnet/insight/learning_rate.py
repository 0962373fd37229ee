"""The learning rates that work for a network, as a range with its curve.

Not one sweep with a growing rate, whose answer depends on where it began and in which order the
samples came: each rate makes the same number of steps from the same state, in several orders of
the samples, and is judged by the loss that it ends with. Beside it stands the largest rate that the
curvature allows (``insight.curvature``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.engines.numpy_engine import Plan
from glassnet.engines.samples import Samples
from glassnet.errors import InputError
from glassnet.insight import curvature
from glassnet.insight.arguments import check_network, check_some
from glassnet.insight.curvature import Curvature
from glassnet.network import Network
from glassnet.nn.arrays import Array
from glassnet.nn.optimizers import optimizer as find_optimizer
from glassnet.nn.schedules import Constant
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule
from glassnet.training.blas import one_blas_thread
from glassnet.training.evaluation import evaluate
from glassnet.training.inputs import batch_rows, check_inputs, check_targets
from glassnet.training.job import Job
from glassnet.training.stepping import Stepper

LOWEST, HIGHEST = 1e-6, 1e2
EACH_DECADE = 4
STEPS = 100
ORDERS = 3
NEARLY = 0.5  # of the best rate's progress: a rate with so much is in the range
JUDGED_ROWS = 1024
WORSE = 4  # rates one after another without progress: higher ones are not tried


@dataclass(frozen=True)
class RateRange:
    """From `low` to `high` every rate made nearly as much progress as the best.

    rates (m,): what was tried; losses (m,): the loss that each ended with, the median over the
    orders; worst (m,): the largest of them; infinite where a run was. start: the loss before;
    stable: the largest rate that the curvature allows, infinite where it is not known; steps: made
    with each rate, in `orders` orders of the samples.
    """

    low: float
    high: float
    rates: Array
    losses: Array
    worst: Array
    start: float
    stable: float
    curvature: Curvature | None
    optimizer: str
    steps: int
    orders: int

    @property
    def middle(self) -> float:
        """The middle of the range, on a logarithmic scale: to begin with."""
        return math.sqrt(self.low * self.high)

    def text(self, width: int = 80) -> str:
        """The curve for a terminal, a line for each rate, the range marked."""
        finite = self.losses[np.isfinite(self.losses)]
        top = max(self.start, float(finite.min()))
        bottom = float(finite.min())
        room = max(10, width - 30)
        lines = [
            f"learning rates of {self.optimizer}, {self.steps} steps each, {self.orders} orders "
            "of the samples",
            f"{'rate':>9}  {'loss':>9}",
        ]
        for rate, loss, worst in zip(self.rates, self.losses, self.worst, strict=True):
            share = (top - loss) / max(top - bottom, 1e-300) if math.isfinite(loss) else 0.0
            bar = "█" * round(room * min(max(share, 0.0), 1.0))
            mark = "│" if self.low <= rate <= self.high else " "
            told = f"{loss:.4g}" if math.isfinite(loss) else "infinite"
            unsure = "" if math.isfinite(worst) or not math.isfinite(loss) else " (or infinite)"
            lines.append(f"{rate:9.2g}  {told:>9}  {mark} {bar}{unsure}")
        lines.append(f"start     {self.start:9.4g}")
        lines.append(
            f"range: {self.low:.2g} to {self.high:.2g}; begin with {self.middle:.2g} and lower it "
            "later"
        )
        if math.isfinite(self.stable):
            lines.append(f"the curvature allows up to {self.stable:.2g} ({self._limit()})")
        return "\n".join(lines)

    def _limit(self) -> str:
        found = self.curvature
        if found is None or found.limit is None:
            return ""
        return f"λ = {found.value:.3g}, η λ < {found.limit:.3g}"


def find_learning_rate(
    network: Network,
    X: Any,
    Y: Any,
    *,
    optimizer: object = "adam",
    batch_size: int | float = 32,
    l2: float = 0.0,
    weight_decay: float | None = None,
    low: float = LOWEST,
    high: float = HIGHEST,
    steps: int = STEPS,
    orders: int = ORDERS,
    engine: str = "auto",
) -> RateRange:
    """The range of learning rates that work, from where the network stands; it is not changed.

    X, Y, optimizer, batch_size, l2 and weight_decay as for ``Network.fit``. Every rate, four to a
    decade from `low` to `high`, makes `steps` steps in `orders` orders of the samples; its loss is
    then that of up to 1,024 of the samples. Raises ``InputError`` for unusable arguments, and where
    no rate lowers the loss.
    """
    check_network(network)
    _check(optimizer, low, high, steps, orders)
    copy = Network(
        network.layers, network.loss, seed=network.seed, dtype=np.dtype(network.dtype).name
    )
    X = check_inputs(X)
    check_some(X)
    built = _state_of(network)
    copy.build(X.shape[1:] if built is None else network.stack.input_shape)
    X = check_inputs(X, copy.stack.input_shape)
    if built is not None:
        copy.state.parameters[...], copy.state.buffers[...] = built.parameters, built.buffers
    rule = UpdateRule(find_optimizer(optimizer), Constant(1.0), l2=l2, weight_decay=weight_decay)
    samples = Samples(X, check_targets(copy.stack, Y, X.shape[0], copy.dtype))
    job = Job(
        copy.stack, rule, samples, copy.seed, batch_rows(batch_size, len(samples)), 1,
        engine=engine,
    )  # fmt: skip
    search = _Search(job, copy.state, steps, orders)
    with one_blas_thread():
        return search.run(_grid(low, high))


class _Search:
    """The same steps with one rate after another."""

    def __init__(self, job: Job, state: State, steps: int, orders: int) -> None:
        self.job, self.state, self.steps, self.orders = job, state, steps, orders
        count = min(JUDGED_ROWS, len(job.samples))
        rows = np.linspace(0, len(job.samples) - 1, count).astype(np.int64)
        self.judged = curvature.taken(job.samples, rows)
        self.state.restart_optimizer(job.rule.optimizer.slots)

    def run(self, rates: Array) -> RateRange:
        """Try the rates in turn, and stop where they only get worse."""
        start = self._loss(self.state)
        losses: list[float] = []
        worst: list[float] = []
        for rate in rates:
            found = [self._loss(self._trained(rate, order)) for order in range(self.orders)]
            losses.append(float(np.median(found)))
            worst.append(float(np.max(found)))
            lost = [not loss < start for loss in losses[-WORSE:]]
            if len(lost) == WORSE and all(lost) and min(losses) < start:
                break
        tried = rates[: len(losses)]
        low, high = _range(tried, np.array(losses), np.array(worst), start)
        bend = self._curvature(math.sqrt(low * high))
        return RateRange(
            low, high, tried, np.array(losses), np.array(worst), start,
            math.inf if bend is None else bend.stable_rate, bend, self.job.rule.optimizer.name,
            self.steps, self.orders,
        )  # fmt: skip

    def _trained(self, rate: float, order: int) -> State:
        """The state after the steps; of parameters that are not numbers where one was infinite."""
        job = replace(
            self.job,
            rule=replace(self.job.rule, schedule=Constant(float(rate))),
            seed=self.job.seed + 7919 * order,
            epochs=-(-self.steps // self.job.batches),
        )
        state = self.state.copy()
        state.step = state.epoch = state.batch = 0
        plan = Plan(job.seed, job.batch_size, float(job.epochs), 0.0, job.shard_rows)
        stepper = Stepper(job, plan, state, job.engine, whole_runs=False)
        while state.step < self.steps:
            report, _ = stepper.advance(
                state, state.epoch + 1, lambda: False, most=self.steps - state.step
            )
            if report.nonfinite is not None:
                state.parameters.fill(np.nan)
                break
        return state

    def _loss(self, state: State) -> float:
        loss = evaluate(self.job.stack, state, self.judged)["loss"]
        if self.job.stack.loss.reduction == "sum":
            loss /= len(self.judged)
        return loss if math.isfinite(loss) else math.inf

    def _curvature(self, rate: float) -> Curvature | None:
        """The sharper of the curvatures at the start and after the steps with a rate within the
        range; for optimizers that divide by their memory of gradients only the latter, because
        they have none at the start."""
        job = self.job
        if job.stack.joint or curvature.stability_limit(job.rule.optimizer) is None:
            return None
        states = [self._trained(rate, 0)]
        if curvature.preconditioner(job.rule.optimizer, self.state, np.ones(1)) is None:
            states.append(self.state)
        found = [
            curvature.measure(
                job.stack, state, job.samples, job.rule, batch=job.batch_size, seed=job.seed
            )
            for state in states
        ]
        return max(found, key=lambda each: each.value)


def _range(rates: Array, losses: Array, worst: Array, start: float) -> tuple[float, float]:
    """The rates around the best that make nearly its progress, in every order of the samples."""
    progress = np.where(np.isfinite(losses), start - losses, -np.inf)
    surely = np.where(np.isfinite(worst), start - worst, -np.inf)
    best = int(np.argmax(np.where(surely > 0, progress, -np.inf)))
    if not progress[best] > 0:
        raise InputError(
            f"no learning rate from {rates[0]:.2g} to {rates[-1]:.2g} lowers the loss of "
            f"{start:.4g}; glassnet.examine looks for what is wrong with the data"
        )
    good = (progress >= NEARLY * progress[best]) & (surely >= 0.25 * progress[best])
    good[best] = True
    first = last = best
    while first > 0 and good[first - 1]:
        first -= 1
    while last + 1 < len(rates) and good[last + 1]:
        last += 1
    return float(rates[first]), float(rates[last])


def _grid(low: float, high: float) -> Array:
    decades = math.log10(high / low)
    return np.asarray(np.geomspace(low, high, max(2, round(decades * EACH_DECADE) + 1)))


def _state_of(network: Network) -> State | None:
    try:
        return network.state
    except InputError:
        return None


def _check(optimizer: object, low: float, high: float, steps: int, orders: int) -> None:
    if optimizer == "lbfgs":
        raise InputError("lbfgs chooses its own step lengths: it has no learning rate to find")
    numbers: Sequence[object] = (low, high)
    if not all(isinstance(n, (int, float)) and math.isfinite(n) for n in numbers) or not (
        0 < low < high
    ):
        raise InputError(
            f"low and high are learning rates with 0 < low < high; {low!r} and {high!r} were given"
        )
    for name, value in (("steps", steps), ("orders", orders)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InputError(f"{name} is a whole number from 1 up, {value!r} was given")
