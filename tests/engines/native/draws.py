"""Networks, data and update rules drawn at random, of every kind that the kernel takes."""

from dataclasses import dataclass

import numpy as np

from glassnet.engines import numpy_engine
from glassnet.engines.native.steps import Native
from glassnet.engines.numpy_engine import Plan
from glassnet.engines.samples import Samples
from glassnet.nn.activations import ELU, LeakyReLU
from glassnet.nn.contract import Context
from glassnet.nn.layers import Activation, Dense, Dropout, Scale
from glassnet.nn.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
)
from glassnet.nn.optimizers import Adam, AdamW, GradientDescent, Momentum, Nesterov, RMSProp
from glassnet.nn.schedules import Constant
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.stack import Stack
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule

WIDTHS = (1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 47, 49, 70)
HIDDEN = (
    "identity", "relu", LeakyReLU(0.2), ELU(0.5), "elu", "gelu", "silu", "softplus", "tanh",
    "sigmoid", "exponential", "softmax",
)  # fmt: skip
RULES = (GradientDescent(), Momentum(), Nesterov(0.8), RMSProp(), Adam(), AdamW())
# Loss, last activation, form of the targets.
ENDS = (
    (MeanSquaredError, {}, ("identity", "tanh", "gelu", "softmax"), "numbers"),
    (MeanAbsoluteError, {}, ("identity", "relu"), "numbers"),
    (Huber, {"delta": 0.7}, ("identity", "softplus"), "numbers"),
    (BinaryCrossEntropy, {}, ("sigmoid",), "shares"),
    (BinaryCrossEntropy, {"from_logits": True}, ("identity", "silu"), "shares"),
    (Poisson, {}, ("exponential",), "counts"),
    (CrossEntropy, {}, ("softmax",), "classes"),
    (CrossEntropy, {}, ("softmax",), "soft"),
    (CrossEntropy, {"label_smoothing": 0.1}, ("softmax",), "classes"),
    (CrossEntropy, {"label_smoothing": 0.2}, ("softmax",), "soft"),
    (CrossEntropy, {"from_logits": True}, ("identity", "tanh"), "classes"),
    (BinaryCrossEntropy, {}, ("step", "joint"), "shares"),
)


@dataclass
class Case:
    """What a run needs."""

    stack: Stack
    rule: UpdateRule
    state: State
    samples: Samples
    plan: Plan
    rows: np.ndarray | None = None

    def native(self, state=None, steps=1, seconds=1e9, native=None, **options):
        """Run the kernel on a copy of the state: the new state, and what `run` returned."""
        state = (state or self.state).copy()
        native = native or Native(self.stack, self.rule, state.parameters.dtype)
        options = {"rows": self.rows, **options}
        report, figures = native.run(state, self.samples, self.plan, steps, seconds, **options)
        return state, report, figures

    def numpy(self, state=None, steps=1, shuffled=False):
        """The same by the NumPy engine, within one pass after the other."""
        state, reports = (state or self.state).copy(), []
        while steps > 0:
            count = len(self.samples) if self.rows is None else len(self.rows)
            order = None
            if shuffled or self.rows is not None:
                order = numpy_engine.pass_order(
                    self.plan.seed, state.epoch, count, self.rows, shuffled
                )
            report = numpy_engine.run(
                self.stack, self.rule, state, self.samples, self.plan, order, steps, lambda: False
            )
            reports.append(report)
            steps -= len(report.losses)
        return state, reports


def targets(kind, rng, rows, outputs, dtype):
    """Targets as the losses hold them."""
    if kind == "classes":
        return rng.integers(outputs, size=rows)
    if kind == "soft":
        return rng.dirichlet(np.ones(outputs), rows).astype(dtype)
    if kind == "counts":
        return rng.poisson(1.5, (rows, outputs)).astype(dtype)
    if kind == "shares":
        hard = rng.integers(2, size=(rows, outputs))
        soft = rng.uniform(0, 1, (rows, outputs))
        return (hard if rng.random() < 0.5 else soft).astype(dtype)
    return rng.normal(size=(rows, outputs)).astype(dtype)


def layers_of(rng, number, inputs, widths=WIDTHS, depth=None, end=None, dropout=0.3):
    """Layers and loss; `number` walks through all ends and activations."""
    kind, options, lasts, form = ENDS[number % len(ENDS)] if end is None else end
    last = lasts[number // len(ENDS) % len(lasts)]
    layers = []
    if rng.random() < 0.4:
        layers.append(
            Scale(tuple(rng.normal(size=inputs)), tuple(rng.uniform(0.5, 1.5, inputs)))
            if rng.random() < 0.5
            else Scale(0.3, 1.7)
        )
    if rng.random() < dropout:
        layers.append(Dropout(0.2))
    for place in range(int(rng.integers(4)) if depth is None else depth):
        function = HIDDEN[(number + 5 * place) % len(HIDDEN)]
        width = int(rng.choice(widths))
        if rng.random() < 0.25:
            layers += [Dense(width), Activation(function)]
        else:
            layers.append(Dense(width, function))
        if rng.random() < dropout:
            layers.append(Dropout(0.4))
    outputs = 1 if last in ("step", "joint") else int(rng.choice(widths))
    if last in ("step", "joint"):
        layers += [Dense(1, "sigmoid"), SoftStep(7.0, 0.4, joint=last == "joint")]
    elif rng.random() < 0.2:
        layers += [Dense(outputs), Activation(last)]
    else:
        layers.append(Dense(outputs, last))
    reduction = "sum" if rng.random() < 0.2 else "mean"
    return layers, kind(reduction=reduction, **options), form


def draw(seed, number, dtype="float32", *, rows=None, batch=None, shard=None, rule=None, **shape):
    """Case `number` of a family of draws."""
    rng = np.random.default_rng([seed, number])
    inputs = shape.pop("inputs", None) or int(rng.choice(WIDTHS))
    layers, loss, form = layers_of(rng, number, inputs, **shape)
    stack = Stack(tuple(layers), loss, (inputs,))
    state = stack.initial_state(number, np.dtype(dtype))
    state.parameters += rng.normal(scale=0.05, size=state.parameters.shape).astype(dtype)
    rows = rows or int(rng.choice([1, 2, 5, 23, 61, 130]))
    Y = targets(form, rng, rows, stack.outputs, dtype)
    weights = None
    if rng.random() < 0.4 and rows > 1:
        weights = rng.uniform(0, 2, rows)
        weights[rng.random(rows) < 0.2] = 0
        weights = np.ones(rows) if not weights.any() else weights / weights.mean()
    X = rng.normal(size=(rows, inputs)).astype(dtype)
    if rule is None:
        rule = any_rule(rng, number)
    state.restart_optimizer(rule.optimizer.slots)
    batch = batch or int(rng.choice([1, 7, 16, 33, 100]))
    shard = shard or int(rng.choice([5, 16, 64, 2048]))
    chosen = np.flatnonzero(rng.random(rows) < 0.8) if number % 5 == 4 else None
    if chosen is not None and len(chosen) == 0:
        chosen = None
    plan = Plan(number, batch, 4.0, 0.0, shard)
    return Case(stack, rule, state, Samples(X, Y, weights), plan, chosen)


def wide(number, dtype):
    """A network with many inputs and few units: its products run along the inputs."""
    widths = (1, 2, 3, 5, 6, 8, 9, 10, 11, 12) if dtype == "float32" else (1, 2, 3, 4, 5, 6)
    if number % 3 == 2:
        widths = (300, *widths)
    return {"inputs": (256, 257, 300, 511, 784)[number % 5], "widths": widths, "depth": number % 2}


def any_rule(rng, number, optimizer=None):
    """Penalties, decay, clipping and max_norm, each in some of the cases."""

    def maybe(value, share=0.3):
        return value if rng.random() < share else None

    return UpdateRule(
        optimizer or RULES[number % len(RULES)],
        Constant(0.01),
        l1=maybe(1e-3) or 0.0,
        l2=maybe(1e-2) or 0.0,
        weight_decay=maybe(0.1),
        clip_norm=maybe(0.5),
        max_norm=maybe(0.6),
    )


def near_kink(case, distance=1e-4):
    """Whether some pre-activation or residual lies where a derivative jumps (float64, step 0)."""
    stack, samples = case.stack, case.samples
    record = wide_pass(case)
    for layer, cache, x in zip(stack.layers, record.caches, record.inputs, strict=True):
        function = getattr(layer, "activation", None)
        for kink in getattr(function, "kinks", ()):
            z = getattr(cache, "z", x)
            if (np.abs(z - kink) < distance).any():
                return True
    jumps = {MeanAbsoluteError: (0.0,), Huber: (0.7, -0.7)}.get(type(stack.loss), ())
    if jumps:
        away = record.outputs[-1] - samples.Y
        return any((np.abs(away - jump) < distance).any() for jump in jumps)
    return False


def wide_pass(case):
    """A training pass over all samples in float64."""
    parameters = case.state.parameters.astype(np.float64)
    views = case.stack.layout.views(parameters)
    ctx = Context(True, np.dtype(np.float64), case.plan.seed, case.state.step)
    buffers = case.stack.buffer_layout.views(case.state.buffers)
    with np.errstate(all="ignore"):
        return case.stack.forward(views, buffers, case.samples.X.astype(np.float64), ctx)


def wide_gradient(case):
    """The float64 gradient over all samples, and the sum of the |gradients| of single ones."""
    stack, samples = case.stack, case.samples
    parameters = case.state.parameters.astype(np.float64)
    p, total, sizes = stack.layout.views(parameters), *np.zeros((2, stack.layout.size))
    wide_y = samples.Y if samples.Y.ndim == 1 else samples.Y.astype(np.float64)
    share = 1 / len(samples) if stack.loss.reduction == "mean" else 1.0
    weights = (np.ones(len(samples)) if samples.weights is None else samples.weights) * share
    ctx = Context(True, np.dtype(np.float64), case.plan.seed, case.state.step)
    buffers = stack.buffer_layout.views(case.state.buffers)
    for row in range(len(samples)):
        part, ctx.first_row = slice(row, row + 1), row
        x = samples.X[part].astype(np.float64)
        shard = stack.gradient(p, buffers, x, wide_y[part], weights[part], ctx)
        for segment in stack.layout.segments:
            g = shard.gradients[segment.layer][segment.spec.name].reshape(-1)
            total[segment.slice] += g
            sizes[segment.slice] += np.abs(g)
    return total, sizes
