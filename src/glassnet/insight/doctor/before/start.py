"""At the start: the first loss beside that of knowing nothing, and 20 samples learned by heart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.engines.numpy_engine import Plan
from glassnet.engines.samples import Samples, dense_rows
from glassnet.insight.doctor.blame import Blame
from glassnet.insight.doctor.finding import FAULT, NOTE, WARNING, Finding
from glassnet.insight.doctor.measures.look import Look
from glassnet.insight.doctor.measures.scale import LossScale, loss_scale
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Dense, Dropout
from glassnet.nn.optimizers import Adam
from glassnet.nn.schedules import Constant
from glassnet.nn.stack import Stack
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule
from glassnet.training.job import Job
from glassnet.training.stepping import Stepper

FAR_CLASSES, FAR_NUMBERS = 5.0, 100.0  # times what can be learned
ROWS = 20
STEPS, RATES = 300, (0.01, 0.1, 0.001, 1.0)
WORK = 1.5e9  # multiplications, with each rate
LEARNED = 0.15  # of what can be learned is left: the samples are known by heart
FAILED = 0.5  # … and they are not
_REASONS = (
    "labels", "outlier", "uint8-arithmetic", "unscaled-columns", "target-range", "unscaled-target",
    "copied-units", "dead-units", "saturated-units", "exploding-gradient", "vanishing-gradient",
)  # fmt: skip


def initial_loss(look: Look, scale: LossScale, inputs_are_large: bool) -> list[Finding]:
    """A first loss far above that of knowing nothing."""
    # Without the worst rows: a single odd sample is another matter.
    losses = np.sort(look.losses[np.isfinite(look.losses)])
    losses = losses[: max(1, len(losses) - max(1, len(losses) // 50))]
    if not len(losses):
        return []
    limit = FAR_CLASSES if scale.classes is not None else FAR_NUMBERS
    reach = scale.range if scale.classes is None else max(scale.range, math.log(scale.classes))
    share = (float(losses.mean()) - scale.least) / reach
    if share <= limit:
        return []
    # Outputs of 0 would be as wrong: the network is sure of nothing, the targets are elsewhere.
    targets_are_far = scale.classes is None and scale.share(scale.zero) > limit
    told = inputs_are_large or targets_are_far
    hidden = [layer.weights for layer in look.layers if layer.weights is not None]
    if inputs_are_large:
        why, cause = "inputs", f"the inputs are large (root mean square {look.inputs:.3g})"
        advice = "standardise the inputs"
        cause += ", so that the network is sure of what it does not know"
    elif targets_are_far:
        why = "target-offset"
        cause = (
            "the targets' mean is far from 0 for their spread, and an untrained network's outputs "
            "are near 0"
        )
        advice = "standardise the targets: Regressor does it"
    else:
        why = "initial-weights"
        cause = f"the initial weights are large (root mean square {max(hidden, default=0.0):.3g})"
        cause += ", so that the network is sure of what it does not know"
        advice = "weight_init=gn.He() for ReLU and its kin, gn.Glorot() for tanh, sigmoid, softmax"
    return [
        Finding(
            rule="initial-loss",
            # These have rules of their own; what they do to the first loss is no other fault.
            level=NOTE if told else FAULT if share > 3 * limit else WARNING,
            why=why,
            seen=f"the loss before the first step is {look.loss:.4g}, that of knowing nothing "
            f"{scale.name}",
            cause=cause,
            test="an untrained network that is not sure of anything starts near "
            f"{scale.constant:.3g}",
            advice=advice,
            numbers={"loss": look.loss, "constant": scale.constant, "inputs": look.inputs},
            epoch=1,
            step=look.step,
        )
    ]


@dataclass(frozen=True)
class Memory:
    """How well some samples were learned by heart: the share of what can be learned that was left,
    with the steps and the learning rate that came furthest. equal: rows with the same features
    but different targets."""

    left: float
    rows: Array
    steps: int
    rate: float
    equal: int


def memorise(
    job: Job, start: State, rows: Array | None = None, steps: int = STEPS
) -> Memory | None:
    """Train a copy of the network, as it stood in `start`, on 20 samples; without dropout and
    penalties, by Adam. None where nothing can be learned from them or it is too much work."""
    chosen = some_different(job, rows)
    stack = without_dropout(job.stack)
    each = 6.0 * len(chosen) * max(1, stack.layout.size)
    steps = int(min(steps, WORK / each))
    x, y = dense_rows(job.samples.X, chosen), job.samples.Y[chosen]
    samples = Samples(x, y)
    scale = loss_scale(stack.loss, samples, stack.outputs, None)
    hidden = sum(isinstance(layer, Dense) for layer in stack.layers) > 1
    if steps < 50 or scale is None or not hidden:
        return None  # a straight line need not go through 20 samples
    best, best_rate = math.inf, RATES[0]
    for rate in RATES:
        left = scale.share(_train(stack, start, samples, rate, steps, job.engine))
        if math.isfinite(left) and left < best:
            best, best_rate = left, rate
        if best < LEARNED:
            break
    return Memory(best, chosen, steps, best_rate, _contradictions(x, y))


def cannot_memorise(memory: Memory, stack: Stack, known: Sequence[Finding] = ()) -> list[Finding]:
    """Twenty samples that could not be learned by heart; known: what was found before it."""
    if memory.left <= FAILED:
        return []
    reason = next((f for f in known if f.is_alarm and f.rule in _REASONS), None)
    if memory.equal >= 2:
        why = "contradictions"
        cause = f"{memory.equal} of the samples have the same features but different targets"
        advice = "look at those samples; a feature that tells them apart is missing"
        test = "np.unique(X, axis=0) has fewer rows than np.unique of X beside y"
    elif (width := narrow(stack)) is not None:
        why = "capacity"
        cause = f"{width} unit{'s' * (width > 1)} in the narrowest hidden layer are too few"
        advice = "wider layers (64 or 128 ReLU units)"
        test = "a layer with 64 ReLU units learns 20 samples; if it doesn't, it is the data"
    elif reason is not None:
        blame = Blame.on(reason)
        why, cause, advice = blame.why, blame.cause, blame.advice
        test = "take the cause away, as advised: the 20 samples should then be learned"
    else:
        why = "network"
        cause = (
            "the network cannot learn even these: too narrow, blocked (dead, saturated or equal "
            "units), or a gradient that is wrong"
        )
        advice = "glassnet.check_gradients, then wider layers; ReLU with gn.He()"
        test = "a layer with 64 ReLU units learns 20 samples; if it doesn't, it is the data"
    return [
        Finding(
            rule="cannot-memorise",
            level=FAULT,
            why=why,
            seen=f"{len(memory.rows)} samples alone, {memory.steps} steps of Adam, no dropout, no "
            f"penalty: {100 * memory.left:.0f} % of what can be learned is still to be learned",
            cause=cause,
            test=test,
            advice=advice,
            numbers={"left": memory.left, "steps": float(memory.steps)},
        )
    ]


def narrow(stack: Stack) -> int | None:
    """The units of the narrowest hidden layer where they are too few for the outputs."""
    widths = [layer.units for layer in stack.layers if isinstance(layer, Dense)][:-1]
    if not widths:
        return None
    least = min(widths)
    needed = max(3.0, np.log2(max(2, stack.outputs)))
    return least if least < needed else None


def without_dropout(stack: Stack) -> Stack:
    """The same stack, its dropout layers dropping nothing."""
    layers = tuple(Dropout(0.0) if isinstance(layer, Dropout) else layer for layer in stack.layers)
    return Stack(layers, stack.loss, stack.input_shape)


def some_different(job: Job, rows: Array | None = None, count: int = ROWS) -> Array:
    """Evenly spread rows; where the loss is about classes, as many of each as there is room for."""
    pool = rows if rows is not None else job.rows
    everything = np.arange(len(job.samples)) if pool is None else np.asarray(pool)
    if len(everything) <= count:
        return everything
    y = job.samples.Y[everything]
    labels = y if y.ndim == 1 else (y.argmax(axis=1) if y.shape[1] > 1 else (y[:, 0] > 0.5))
    labels = np.unique(labels, return_inverse=True)[1].reshape(-1)
    classes = int(labels.max()) + 1
    if not 1 < classes <= count:
        return everything[np.linspace(0, len(everything) - 1, count).astype(np.int64)]
    chosen: list[int] = []
    turn = 0
    places = [np.flatnonzero(labels == k) for k in range(classes)]
    while len(chosen) < count and turn < len(everything):
        for place in places:
            if turn < len(place) and len(chosen) < count:
                chosen.append(int(place[turn]))
        turn += 1
    return np.asarray(everything[np.sort(np.array(chosen))])


def _train(
    stack: Stack, start: State, samples: Samples, rate: float, steps: int, engine: str
) -> float:
    """The loss after so many full-batch steps from `start`."""
    rule = UpdateRule(Adam(), Constant(rate))
    job = Job(stack, rule, samples, 0, len(samples), steps, engine=engine)
    state = State(start.parameters.copy(), start.buffers.copy())
    state.restart_optimizer(rule.optimizer.slots)
    stepper = Stepper(job, Plan(0, len(samples), float(steps), 0.0), state, engine, whole_runs=True)
    loss = math.inf
    while state.step < steps:
        report, _ = stepper.advance(state, steps, lambda: False)
        if report.nonfinite is not None or not report.losses:
            return math.inf
        loss = report.data_losses[-1]
    return loss / (len(samples) if stack.loss.reduction == "sum" else 1)


def _contradictions(x: Array, y: Array) -> int:
    """Rows that have the features of another, but not its target."""
    flat, targets = x.reshape(len(x), -1), y.reshape(len(y), -1)
    same = (flat[:, None, :] == flat[None, :, :]).all(axis=2)
    differ = (targets[:, None, :] != targets[None, :, :]).any(axis=2)
    return int((same & differ).any(axis=1).sum())
