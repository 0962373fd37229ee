"""Which engine makes a run's steps, and the figures of a pass gathered from its Reports."""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from glassnet.engines import native, numpy_engine
from glassnet.engines.native import steps as native_steps
from glassnet.engines.numpy_engine import Plan
from glassnet.engines.report import Report
from glassnet.nn.arrays import Array
from glassnet.nn.state import State
from glassnet.training.job import Job

SECONDS_BETWEEN_REPORTS = 0.05


class PassFigures(NamedTuple):
    """A finished pass, counted from 1: means over its steps (see ``EpochEnded``)."""

    epoch: int
    loss: float
    loss_without_penalty: float
    gradient_norm: float
    accuracy: float | None
    learning_rate: float
    seconds: float


class Stepper:
    """Makes steps of a job, a few hundredths of a second at a time, and cuts them into passes.

    whole_runs: nobody looks in between, so passes may follow one another within a call.
    """

    def __init__(self, job: Job, plan: Plan, state: State, engine: str, whole_runs: bool) -> None:
        self.job, self.plan = job, plan
        self.reasons = engine_reasons(job, engine)
        self.native: native_steps.Native | None = None
        if not self.reasons:
            self.native = native_steps.Native(job.stack, job.rule, state.parameters.dtype)
        self.whole_runs = whole_runs and job.shuffle != "blocks"
        self._order: tuple[int, Array | None] = (-1, None)
        self._began = time.perf_counter()
        self._waiting: list[Array] = []

    @property
    def name(self) -> str:
        """The engine that makes the steps."""
        return numpy_engine.NAME if self.native is None else native.NAME

    def advance(
        self, state: State, last_epoch: int, interrupted: Callable[[], bool]
    ) -> tuple[Report, list[PassFigures]]:
        """Some steps, changing `state`: their Report, and the passes that they finished."""
        job = self.job
        first_epoch, first_batch = state.epoch, state.batch
        if self.native is None:
            report = self._by_numpy(state, interrupted)
        else:
            passes = last_epoch - state.epoch if self.whole_runs else 1
            steps = passes * job.batches - state.batch
            order = self._drawn(state.epoch) if job.shuffle == "blocks" else None
            shuffled = order is None and job.batch_size < job.count
            report, _ = self.native.run(
                state, job.samples, self.plan, steps, SECONDS_BETWEEN_REPORTS,
                rows=job.rows, order=order, shuffled=shuffled,
            )  # fmt: skip
        return report, self._passes(report, first_epoch, first_batch)

    def _by_numpy(self, state: State, interrupted: Callable[[], bool]) -> Report:
        until = time.monotonic() + SECONDS_BETWEEN_REPORTS

        def stop() -> bool:
            return interrupted() or time.monotonic() > until

        job = self.job
        order = self._drawn(state.epoch)
        return numpy_engine.run(
            job.stack, job.rule, state, job.samples, self.plan, order, job.batches, stop
        )

    def _drawn(self, epoch: int) -> Array | None:
        """The order of a pass, drawn once."""
        if self._order[0] != epoch:
            self._order = (epoch, self.job.order(epoch))
        return self._order[1]

    def _passes(self, report: Report, epoch: int, batch: int) -> list[PassFigures]:
        """The passes that these steps finish; what is left over waits for the next call."""
        # The step that was not finite was not made.
        made = len(report.losses) - (report.nonfinite is not None)
        about_classes = None not in report.right[:1]
        known = report.right if about_classes else [math.nan] * len(report.rows)
        columns = (report.losses, report.data_losses, report.gradient_norms, known, report.rows)
        table = np.array(columns, dtype=np.float64)[:, :made]
        batches = self.job.batches
        ends = range(batches - batch, made + 1, batches)
        if not ends:
            self._waiting.append(table)
            return []
        whole = np.concatenate([*self._waiting, table[:, : ends[-1]]], axis=1)
        self._waiting = [table[:, ends[-1] :]] if ends[-1] < made else []
        losses, data_losses, norms, right, rows = whole.reshape(5, len(ends), batches)
        count = rows.sum(axis=1)
        # A shorter last batch counts for less where losses are means.
        if self.job.stack.loss.reduction == "mean":
            shares = rows / count[:, None]
        else:
            shares = np.full_like(rows, 1 / batches)
        rates = [
            self._rate(report, epoch + 1 + i, len(report.losses) - end)
            for i, end in enumerate(ends)
        ]
        now = time.perf_counter()
        seconds = (now - self._began) / len(ends)
        self._began = now
        accuracies = (right.sum(axis=1) / count).tolist() if about_classes else [None] * len(ends)
        return [
            PassFigures(epoch + 1 + i, *figures, seconds)
            for i, figures in enumerate(
                zip(
                    (losses * shares).sum(axis=1).tolist(),
                    (data_losses * shares).sum(axis=1).tolist(),
                    norms.mean(axis=1).tolist(),
                    accuracies,
                    rates,
                    strict=True,
                )
            )
        ]

    def _rate(self, report: Report, epoch: int, after: int) -> float:
        """The learning rate of a pass's last step, `after` steps before the Report's last."""
        if after == 0:
            return report.learning_rate
        place = epoch - 1 / self.job.batches
        return self.job.rule.schedule.rate(place - self.plan.first_epoch, self.plan.epochs)


def engine_reasons(job: Job, engine: str) -> list[str]:
    """Why the native engine does not make this job's steps; nothing where it does."""
    if engine == "numpy":
        return ["engine='numpy' was asked for"]
    return native_steps.reasons(job.stack, job.rule, job.samples.X)
