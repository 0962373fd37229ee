"""L-BFGS through SciPy: full-batch training that chooses its own step lengths.

Liu & Nocedal, "On the Limited Memory BFGS Method for Large Scale Optimization", 1989; SciPy's
L-BFGS-B, which also keeps a learned threshold within (0, 1). It works on a float64 copy of the
parameters; an epoch is one iteration. Its memory of past gradients ends with the fit.
"""

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.engines import numpy_engine
from glassnet.errors import InputError
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Dropout
from glassnet.nn.normalization import BatchNorm
from glassnet.nn.state import State
from glassnet.nn.update import THRESHOLD_MARGIN
from glassnet.training.evaluation import evaluate
from glassnet.training.events import (
    EpochEnded,
    ImprovedBest,
    Listener,
    NonFinite,
    RunEnded,
    RunStarted,
)
from glassnet.training.interrupt import Interruption
from glassnet.training.job import Job
from glassnet.training.loop import Audience, Outcome, learned_threshold

TOLERANCE = 1e-10


def train_lbfgs(job: Job, state: State, listeners: Sequence[Listener]) -> Outcome:
    """Minimise the loss over all samples, `job.epochs` iterations at most; changes `state`."""
    _check(job)
    audience, outcome = Audience(listeners), Outcome()
    audience.tell(
        RunStarted(
            job.epochs, 1, job.count, job.stack.layout.size, state.epoch, "scipy",
            job.validation is not None,
        )
    )  # fmt: skip
    with Interruption() as interruption:
        descent = _Descent(job, state, audience, outcome, interruption)
        if job.epochs:
            descent.run()
        asked = interruption.asked
    if outcome.nonfinite is not None:
        outcome.reason = "non-finite"
    elif asked:
        outcome.reason = "interrupted"
    else:
        outcome.reason = audience.wish or "finished"
    descent.finish(job.keep_best or asked)
    audience.tell(RunEnded(outcome.reason, state.epoch, outcome.best_epoch))
    return outcome


class _Descent:
    """One minimisation: SciPy asks for losses and gradients, and tells of each iteration."""

    def __init__(
        self,
        job: Job,
        state: State,
        audience: Audience,
        outcome: Outcome,
        interruption: Interruption,
    ) -> None:
        self.job, self.state, self.audience = job, state, audience
        self.outcome, self.interruption = outcome, interruption
        self.wide = State(
            state.parameters.astype(np.float64), state.buffers.astype(np.float64), step=state.step
        )
        self.best_loss = math.inf
        self.best: Array | None = None
        # The latest evaluation: loss, loss without penalty, gradient norm, right answers.
        self.latest: tuple[float, float, float, int | None] = (math.inf, math.inf, math.inf, None)
        self.began = time.perf_counter()

    def run(self) -> None:
        """Let SciPy minimise."""
        from scipy.optimize import minimize

        layout = self.job.stack.layout
        bounds: list[tuple[float | None, float | None]] = [(None, None)] * layout.size
        for segment in layout.of_kind("threshold"):
            bounds[segment.offset] = (THRESHOLD_MARGIN, 1 - THRESHOLD_MARGIN)
        options = {
            "maxiter": self.job.epochs,
            "maxfun": 20 * self.job.epochs + 20,
            "ftol": TOLERANCE,
            "gtol": 1e-8,
        }
        try:
            minimize(
                self.loss_and_gradient,
                self.wide.parameters.copy(),
                jac=True,
                method="L-BFGS-B",
                bounds=bounds if layout.of_kind("threshold") else None,
                callback=self.iteration,
                options=options,
            )
        except _NotFiniteError:
            pass

    def loss_and_gradient(self, parameters: Array) -> tuple[float, Array]:
        """The loss with penalties, and its gradient, float64."""
        job = self.job
        self.wide.parameters[...] = parameters
        rows = slice(0, len(job.samples)) if job.rows is None else job.rows
        loss, gradient, right = numpy_engine.weighted_loss_and_gradient(
            job.stack, self.wide, job.samples, rows, job.count
        )
        with np.errstate(all="ignore"):  # what is not finite is looked for
            total = loss + job.rule.penalty(self.wide.parameters, job.stack.layout)
            job.rule.add_penalty(gradient, self.wide.parameters, job.stack.layout)
            norm = float(np.linalg.norm(gradient))
        if not (math.isfinite(total) and math.isfinite(norm)) and self.latest[0] == math.inf:
            where = numpy_engine.first_nonfinite(job.stack, self.wide, job.samples, rows, job.count)
            self.outcome.nonfinite = where
            self.audience.tell(NonFinite(where))
            raise _NotFiniteError
        self.latest = (total, loss, norm, right)
        return total, gradient

    def iteration(self, intermediate_result: Any) -> None:
        """One iteration is done: take the parameters, tell the listeners, stop when asked."""
        job, state = self.job, self.state
        state.parameters[...] = intermediate_result.x
        state.epoch, state.step = state.epoch + 1, state.step + 1
        validation = {} if job.validation is None else evaluate(job.stack, state, job.validation)
        _, loss, norm, right = self.latest
        now = time.perf_counter()
        total = float(intermediate_result.fun)
        accuracy = None if right is None else right / job.count
        self.audience.tell(
            EpochEnded(
                state.epoch, total, loss, accuracy, validation, 1.0, norm, now - self.began,
                learned_threshold(job.stack, state),
            )
        )  # fmt: skip
        self.began = now
        if validation and validation["loss"] < self.best_loss:
            self.best_loss, self.best = validation["loss"], state.parameters.copy()
            self.outcome.best_epoch = state.epoch
            self.audience.tell(ImprovedBest(state.epoch, self.best_loss))
        if self.audience.wish is not None or self.interruption.asked:
            raise StopIteration

    def finish(self, take_best: bool) -> None:
        """End with the best parameters where that is wished and known."""
        if take_best and self.best is not None:
            self.state.parameters[...] = self.best
            self.state.epoch = self.outcome.best_epoch or self.state.epoch


class _NotFiniteError(Exception):
    """The very first loss is not finite: there is nothing to descend from."""


def _check(job: Job) -> None:
    if job.stack.joint:
        raise InputError(
            "lbfgs minimises one loss, but SoftStep(joint=True) follows two; choose adam, or "
            "joint=False"
        )
    for name, layer in zip(job.stack.names, job.stack.layers, strict=True):
        if isinstance(layer, (Dropout, BatchNorm)):
            raise InputError(
                f"lbfgs needs the same loss each time it looks, but layer '{name}' changes it "
                "from step to step; choose adam, or leave that layer out"
            )
    rule = job.rule
    for name, value in (
        ("l1", rule.l1), ("weight_decay", rule.decay),
        ("clip_norm", rule.clip_norm), ("max_norm", rule.max_norm),
    ):  # fmt: skip
        if value:
            raise InputError(f"lbfgs does not take {name}; use l2, or choose adam")
