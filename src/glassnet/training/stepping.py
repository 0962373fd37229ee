"""Which engine makes a run's steps, and the figures of a pass gathered from its Reports."""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from glassnet.engines import native, numpy_engine
from glassnet.engines.native import steps as native_steps
from glassnet.engines.numpy_engine import Part, Plan
from glassnet.engines.pages import Pages
from glassnet.engines.report import Report
from glassnet.nn.arrays import Array
from glassnet.nn.state import State
from glassnet.training.job import Job
from glassnet.training.order import PartedOrder

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
        self._blocks = job.blocks() if job.shuffled == "blocks" else None
        self.whole_runs = whole_runs and self._blocks is None
        self._order: tuple[int, Array | None] = (-1, None)
        self._part: Part | None = None
        # Rows from all over a file bring in pages faster than they are read: those stay.
        self._pages = Pages(None if job.shuffled == "rows" else job.samples.X)
        self._began = time.perf_counter()
        self._waiting: list[Array] = []

    @property
    def name(self) -> str:
        """The engine that makes the steps."""
        return numpy_engine.NAME if self.native is None else native.NAME

    def advance(
        self,
        state: State,
        last_epoch: int,
        interrupted: Callable[[], bool],
        most: int | None = None,
        seconds: float | None = None,
    ) -> tuple[Report, list[PassFigures]]:
        """Some steps (`most` of them, for about so long), changing `state`: their Report, and the
        passes that they finished."""
        job = self.job
        seconds = SECONDS_BETWEEN_REPORTS if seconds is None else seconds
        first_epoch, first_batch = state.epoch, state.batch
        passes = last_epoch - state.epoch if self.whole_runs else 1
        steps = passes * job.batches - state.batch
        if most is not None:
            steps = min(steps, most)
        part = None if self._blocks is None else self._next_part(self._blocks, state)
        if part is None and self._pages.rows is not None:
            steps = min(steps, max(1, self._pages.rows // job.batch_size))
        if self.native is None:
            order = self._drawn(state.epoch) if part is None else part
            report = self._by_numpy(state, order, steps, interrupted, seconds)
        else:
            report, _ = self.native.run(
                state, job.samples, self.plan, steps, seconds,
                rows=job.rows, order=part, shuffled=job.shuffled == "rows",
            )  # fmt: skip
        if part is None:
            self._pages.read(sum(report.rows))
        return report, self._passes(report, first_epoch, first_batch)

    def _by_numpy(
        self, state: State, order: Array | Part | None, steps: int,
        interrupted: Callable[[], bool], seconds: float,
    ) -> Report:  # fmt: skip
        until = time.monotonic() + seconds

        def stop() -> bool:
            return interrupted() or time.monotonic() > until

        job = self.job
        return numpy_engine.run(
            job.stack, job.rule, state, job.samples, self.plan, order, steps, stop
        )

    def _drawn(self, epoch: int) -> Array | None:
        """The order of a pass, drawn once."""
        if self._order[0] != epoch:
            self._order = (epoch, self.job.order(epoch))
        return self._order[1]

    def _next_part(self, blocks: PartedOrder, state: State) -> Part:
        """The part of the pass that comes next. The pages of the part before it are given back,
        and the system may begin to read what comes after."""
        part = blocks.part(state.epoch, state.batch)
        if part is not self._part:
            if self._part is not None:
                self._pages.read(len(self._part.rows))
            for span in blocks.coming():
                self._pages.ahead(*span)
            self._part = part
        return part

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
        # Of a pass that another run began, only the steps since are known.
        head = whole.shape[1] - (len(ends) - 1) * batches
        figures = self._means(whole[:, :head].reshape(5, 1, head))
        figures += self._means(whole[:, head:].reshape(5, -1, batches))
        now = time.perf_counter()
        seconds = (now - self._began) / len(ends)
        self._began = now
        return [
            PassFigures(
                epoch + 1 + i, loss, data_loss, norm, accuracy if about_classes else None,
                self._rate(report, epoch + 1 + i, len(report.losses) - end), seconds,
            )
            for i, (end, (loss, data_loss, norm, accuracy)) in enumerate(
                zip(ends, figures, strict=True)
            )
        ]  # fmt: skip

    def _means(self, table: Array) -> list[list[float]]:
        """Loss, loss without penalties, gradient norm and accuracy of passes; the table (5, passes,
        steps) holds each step's losses, gradient norms, right answers and rows."""
        losses, data_losses, norms, right, rows = table
        count = rows.sum(axis=1)
        # A shorter last batch counts for less where losses are means.
        if self.job.stack.loss.reduction == "mean":
            shares = rows / count[:, None]
        else:
            shares = np.full_like(rows, 1 / rows.shape[1])
        columns = [(values * shares).sum(axis=1) for values in (losses, data_losses)]
        columns += [norms.mean(axis=1), right.sum(axis=1) / count]
        means: list[list[float]] = np.stack(columns, axis=1).tolist()
        return means

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
