"""The doctor's visit to one run: what is gathered, when it is looked at, which rules speak when."""

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from glassnet.engines.report import NonFiniteReport, Report
from glassnet.insight.doctor.after.conclusion import Conclusion
from glassnet.insight.doctor.before.samples import examine_samples
from glassnet.insight.doctor.before.start import initial_loss
from glassnet.insight.doctor.budget import SHARE, Budget
from glassnet.insight.doctor.during.flow import FlowWatch
from glassnet.insight.doctor.during.rise_cause import find_cause
from glassnet.insight.doctor.during.rises import Rise, RiseWatch
from glassnet.insight.doctor.during.spikes import (
    MASSIVE,
    last_calm_steps,
    nonfinite_finding,
    rise_finding,
)
from glassnet.insight.doctor.during.units import UnitWatch
from glassnet.insight.doctor.finding import Finding, in_order
from glassnet.insight.doctor.measures.course import Course
from glassnet.insight.doctor.measures.look import MOST_ROWS, Look, look, some_rows
from glassnet.insight.doctor.measures.scale import LossScale, loss_scale
from glassnet.training.events import EpochEnded, RunStarted
from glassnet.training.past import Past

MOST_RISES, MOST_MASSIVE = 3, 6  # whose causes are measured in a run
LARGE_INPUTS = 3.0  # root mean square
FIRST_WAIT = 0.05  # seconds
MOST_WAITING = 1 << 14  # steps whose Reports are kept as they came
FEWEST_ROWS, LARGE_NETWORK = 64, 200_000  # parameters: from there on rows are dear

Add = Callable[[Finding], None]


class Visit:
    """One run under observation; `add` takes each finding as it appears."""

    def __init__(
        self, started: RunStarted, past: Past, add: Add, names: Sequence[str], known: list[Finding]
    ) -> None:
        self.started, self.past, self.add, self.names = started, past, add, names
        self.known = known  # the findings so far, also of fits before
        self.budget = Budget()
        job = past.job
        self.course = Course(
            past.first, min(job.batch_size, job.count), job.batches,
            job.stack.loss.reduction == "sum",
        )  # fmt: skip
        self.waiting: list[Report] = []
        self._steps_waiting = 0
        self.scale: LossScale | None = None
        self.first: Look | None = None
        self.latest: Look | None = None
        decays = bool(job.rule.l1 or job.rule.l2 or job.rule.decay)
        self.units = UnitWatch(job.stack.layout, decays)
        self.flow = FlowWatch(decays)
        self.rises: RiseWatch | None = None
        self.conclusion = Conclusion(past, self.course)
        self._looks = 0
        self._row_cost = 0.0  # seconds of a look by the rows looked at
        self._dearest = 0.0  # seconds of the longest look so far
        self._next = 0.0
        self._measured_rises = 0
        with self.budget.look():
            self._begin()
        self._wait()

    def _begin(self) -> None:
        job, past = self.past.job, self.past
        self.scale = loss_scale(job.stack.loss, job.samples, job.stack.outputs, job.rows)
        self.conclusion.scale = self.scale
        for finding in in_order(
            examine_samples(
                job.stack, past.state, job.samples, job.validation, job.rows, self.names
            )
        ):
            self.add(finding)
        self._look_inside()
        self.first = self.latest
        if self.scale is not None and self.first is not None:
            if self.started.first_epoch == 0:
                for finding in initial_loss(self.first, self.scale, self._inputs_are_large):
                    self.add(finding)
            self.rises = RiseWatch(self.scale, self.first.loss)

    def report(self, report: Report) -> None:
        """Steps were made; they are looked at when it is time."""
        self.waiting.append(report)
        self._steps_waiting += len(report.losses)
        if self._steps_waiting > MOST_WAITING:
            self._digest()
        if time.perf_counter() >= self._next:
            with self.budget.look():
                self._look()
            self._wait()

    def attend(self) -> None:
        """Look now at all steps that were made."""
        with self.budget.look():
            self._look()
        self._wait()

    def epoch(self, event: EpochEnded) -> None:
        """An epoch's figures."""
        figures = event.validation
        if self.started.validated and not figures:
            return  # of a run that is watched: passes followed one another
        self.conclusion.epochs.add(
            event.epoch, event.loss_without_penalty, figures.get("loss", math.nan),
            figures.get("accuracy", math.nan),
        )  # fmt: skip

    def nonfinite(self, where: NonFiniteReport) -> None:
        """The run ends here; find out why."""
        with self.budget.look():
            self._digest()
        with self.budget.diagnosis():
            job, course = self.past.job, self.course
            cause = None
            if where.step > course.first_step:
                for calm in last_calm_steps(course, where.step):
                    cause = find_cause(self.past, calm, course.window)
                    if cause.why != "unknown":
                        break
            self.add(
                nonfinite_finding(
                    where, course, cause, self.first, job.samples, job.rule.optimizer,
                    course.epoch_of(where.step, self.started.first_epoch),
                )
            )  # fmt: skip

    def end(self, reason: str) -> None:
        """The run is over: the last look, and what it came to."""
        self.budget.end()
        with self.budget.look():
            if reason != "non-finite":
                self._look(final=True)
            if self.units.is_waiting or self.flow.is_waiting:
                self._look_inside()  # at other rows: what both saw is no accident of the rows
        if reason == "non-finite":
            return
        if self.scale is None:
            return
        with self.budget.look():
            self._end_of_course()
            self.conclusion.latest = self.latest
            self.conclusion.blocked = self.flow.blocked_at_start()
            for finding in self.conclusion.judge(self.known, self.budget):
                self.add(finding)

    def _look(self, final: bool = False) -> None:
        began = time.perf_counter()
        before = self.budget.diagnoses
        self._digest()
        if self.scale is not None and self.rises is not None:
            for rise in self.rises.look(self.course, final):
                self._judge_rise(rise)
        self._look_inside()
        self._watch_updates()
        for finding in self.conclusion.under_way(self.known, self.budget):
            self.add(finding)
        spent = time.perf_counter() - began - (self.budget.diagnoses - before)
        self._dearest = max(spent, self._dearest)

    def _digest(self) -> None:
        self.course.add(self.waiting)
        self.waiting.clear()
        self._steps_waiting = 0

    def _look_inside(self) -> None:
        job, state = self.past.job, self.past.state
        began, before = time.perf_counter(), self.budget.diagnoses
        rows = some_rows(job.count, self._looks, self._affordable_rows(4, MOST_ROWS))
        if job.rows is not None:
            rows = job.rows[rows]
        self._looks += 1
        self.latest = seen = look(job.stack, state, job.samples, rows)
        share = self.scale.share(seen.loss) if self.scale is not None else 0.0
        if not math.isfinite(share):
            share = math.inf
        epoch = state.epoch + 1
        for finding in self.units.look(
            seen, state.parameters, share, self._inputs_are_large, epoch
        ):
            self.add(finding)
        for finding in self.flow.look(seen, share, epoch):
            self.add(finding)
        spent = time.perf_counter() - began - (self.budget.diagnoses - before)
        self._row_cost = spent / max(1, len(rows))

    def _affordable_rows(self, parts: int, most: int) -> int:
        """Rows for one of so many parts of what is left to be spent; before anything is known,
        a hundredth of all rows that the run will see."""
        large = self.past.job.stack.layout.size > LARGE_NETWORK
        fewest = FEWEST_ROWS // 4 if large else FEWEST_ROWS
        if not self._row_cost:
            planned = self.started.epochs * self.started.samples
            return int(min(most, max(fewest, planned // 150)))
        rows = self.budget.left / (parts * self._row_cost)
        return int(min(most, max(fewest, rows)))

    def _watch_updates(self) -> None:
        if self.scale is None or not self.course.layers:
            return
        share = self.scale.share(self.course.level())
        epoch = self.past.state.epoch + 1
        for finding in self.flow.updates(
            self.course.layers, share, self.course.next_step, epoch, self.course.rate
        ):
            self.add(finding)

    def _judge_rise(self, rise: Rise) -> None:
        rule = "rising-loss" if rise.kind == "start" else "loss-spike"
        most = MOST_MASSIVE if rise.height >= MASSIVE else MOST_RISES
        if self._measured_rises >= most or any(f.rule == rule and f.is_alarm for f in self.known):
            return
        if self._is_the_penalty(rise):
            return
        self._measured_rises += 1
        with self.budget.diagnosis():
            cause = find_cause(self.past, rise, self.course.window)
            job = self.past.job
            self.add(
                rise_finding(
                    rise, cause, job.samples, job.rule.optimizer,
                    self.course.epoch_of(rise.step, self.started.first_epoch),
                )
            )  # fmt: skip

    def _is_the_penalty(self, rise: Rise) -> bool:
        """Whether the samples' loss rose only because the penalty fell more: what is minimised
        went down."""
        penalties, base = self.course.penalties.values, self.course.base
        before, after = rise.before - base, rise.step - base
        if not (0 <= before < len(penalties) and 0 <= after < len(penalties)):
            return False
        return bool(penalties[before] - penalties[after] > 0.5 * (rise.peak - rise.level))

    def _end_of_course(self) -> None:
        """A loss that had come down and ended high."""
        means = self.course.means.values
        if self.scale is None or len(means) < 12:
            return
        smooth = np.median(np.lib.stride_tricks.sliding_window_view(means, 5), axis=1)
        best = int(smooth.argmin())
        end, low = float(smooth[-1]), float(smooth[best])
        height = (end - low) / self.scale.range
        if height > 0.3 and end > 1.5 * low and best + 5 < len(means):
            before = self.course.step_of(best + 2)
            step = self.course.step_of(len(means) - 1)
            self._judge_rise(Rise("end", before, step, low, end, height))

    @property
    def _inputs_are_large(self) -> bool:
        seen = self.first or self.latest
        return seen is not None and seen.inputs > LARGE_INPUTS

    def _wait(self) -> None:
        """The time before which no look fits into the budget."""
        spent = self.budget.looks + max(self._dearest, 1e-4)
        training = spent / SHARE
        behind = self.budget.looks + self.budget.diagnoses
        self._next = self.budget.began + behind + max(training, FIRST_WAIT)
