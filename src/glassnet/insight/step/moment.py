"""A training before a step, and the step worked out: the arrays that everything else looks at.

The work is the network's own: one forward and one backward pass of the stack, and the update rule.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.layers import Activation, Dense
from glassnet.nn.stack import BackwardStep, Pass, Stack
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule

if TYPE_CHECKING:
    from glassnet.training.past import Past


@dataclass(frozen=True)
class Moment:
    """What a step depends on: the stack, its state, the batch, the rule and its rate.

    X (n, …) as the network takes it, y in the loss's form; weights (n,): what each sample's loss
    counts for in the batch's, 1/n under a mean. training: dropout and batch statistics as in a
    run of this seed; else as in prediction. Nothing of it is changed.
    """

    stack: Stack
    state: State
    X: Array
    y: Array
    weights: Array
    rule: UpdateRule
    rate: float
    seed: int = 0
    training: bool = False

    def context(self, dtype: np.dtype[Any] | None = None) -> Context:
        """The context of a pass, by default in the state's own dtype."""
        own = self.state.parameters.dtype if dtype is None else dtype
        return Context(self.training, own, self.seed, self.state.step)

    def forward(self, parameters: Array, ctx: Context) -> Pass:
        """A pass of the batch with these parameters."""
        buffers = self.stack.buffer_layout.views(self.state.buffers)
        return self.stack.forward(self.stack.layout.views(parameters), buffers, self.X, ctx)

    def loss(self, record: Pass) -> float:
        """The batch's loss without penalties."""
        return float(self.weights @ self.stack.losses(record, self.y))

    @property
    def float64(self) -> "Moment":
        """The same in float64, for derivatives to be compared in."""
        state = self.state.copy()
        state.parameters = state.parameters.astype(np.float64)
        state.buffers = state.buffers.astype(np.float64)
        return replace(self, state=state)


class Update(NamedTuple):
    """What the rule makes of the gradient: `factor` by which it was clipped, the gradient as the
    optimizer gets it, its slots before and after, t, Δ, the parameters after."""

    factor: float
    gradient: Array
    before: dict[str, Array]
    after: dict[str, Array]
    t: int
    change: Array
    parameters: Array


class Step:
    """A moment's step, worked out."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        stack, state = moment.stack, moment.state
        ctx = moment.context()
        self.record = moment.forward(state.parameters, ctx)
        self.buffers = ctx.updates
        self.p = stack.layout.views(state.parameters)
        self.losses = stack.losses(self.record, moment.y)
        self.steps = stack.backward(self.p, self.record, moment.y, moment.weights)
        self.data_loss = float(moment.weights @ self.losses)
        self.penalty = moment.rule.penalty(state.parameters, stack.layout)

    @property
    def loss(self) -> float:
        """The loss that is minimised, penalties included."""
        return self.data_loss + self.penalty

    @cached_property
    def gradient(self) -> Array:
        """∂L/∂θ without the penalties, the flat vector."""
        return flat(self.moment.stack, self.moment.state.parameters, self.steps)

    @cached_property
    def penalty_gradient(self) -> Array:
        """∂R/∂θ of the penalties R, the flat vector."""
        gradient = np.zeros_like(self.moment.state.parameters)
        rule, stack = self.moment.rule, self.moment.stack
        rule.add_penalty(gradient, self.moment.state.parameters, stack.layout)
        return gradient

    @cached_property
    def update(self) -> Update:
        """What the rule makes of it."""
        state, rule = self.moment.state, self.moment.rule
        layout = self.moment.stack.layout
        gradient = self.gradient.copy()
        rule.add_penalty(gradient, state.parameters, layout)
        norm = float(np.linalg.norm(gradient.astype(np.float64)))
        clipped = rule.clip_norm is not None and norm > rule.clip_norm
        factor = rule.clip_norm / norm if clipped and rule.clip_norm is not None else 1.0
        rule.clip(gradient, norm)
        zeros = np.zeros_like(state.parameters)
        before = {name: state.slots.get(name, zeros).copy() for name in rule.optimizer.slots}
        after = {name: vector.copy() for name, vector in before.items()}
        parameters, t = state.parameters.copy(), state.updates + 1
        change = rule.change(gradient, parameters, after, layout, self.moment.rate, t)
        parameters += change
        rule.project(parameters, layout)
        return Update(factor, gradient, before, after, t, change, parameters)

    @cached_property
    def loss_after(self) -> float:
        """The loss of the same samples after the update."""
        moment, parameters = self.moment, self.update.parameters
        record = moment.forward(parameters, moment.context())
        return moment.loss(record) + moment.rule.penalty(parameters, moment.stack.layout)

    def dz(self, place: int) -> Array | None:
        """∂L/∂z of a layer with an activation, (n, k); None for others, and where nothing came."""
        layer, step = self.moment.stack.layers[place], self.steps[place]
        if step.dy is None or not isinstance(layer, (Dense, Activation)):
            return None
        if step.from_logits:
            return step.dy
        cache = self.record.caches[place]
        return layer.activation.backward(step.dy, cache.z, cache.y)


def flat(stack: Stack, parameters: Array, steps: list[BackwardStep]) -> Array:
    """The gradients of a backward pass as one vector in the layout of the parameters."""
    gradient = np.zeros_like(parameters)
    for views, step in zip(stack.layout.views(gradient), steps, strict=True):
        for name, values in step.gradients.items():
            views[name][...] = values
    return gradient


def moment_of(past: "Past", step: int, failed: int | None = None) -> Moment:
    """The moment before a step that a run has made: its state, its batch, its rate, its dropout.

    failed: the step at which the loss was not finite, if the run ended so. Raises ``InputError``
    for a step that the run did not come to.
    """
    if not past.first <= step < past.latest and step != failed:
        last = past.latest - 1 if failed is None else failed
        raise InputError(
            f"there is no step {step} in this run: it came to the steps {past.first} to {last}, "
            "counted from 0"
        )
    job, plan = past.job, past.plan
    state, rows = past.state_at(step), past.batch_rows(step)
    X, y, weights = job.samples.batch(rows)
    share = 1.0 / len(rows) if job.stack.loss.reduction == "mean" else 1.0
    epoch = state.epoch + state.batch / job.batches
    rate = job.rule.schedule.rate(epoch - plan.first_epoch, plan.epochs)
    return Moment(job.stack, state, X, y, weights * share, job.rule, rate, plan.seed, True)
