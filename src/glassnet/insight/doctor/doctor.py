"""The doctor: a listener on the events of a run that finds what goes wrong, and why."""

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import TextIO

from glassnet.insight.arguments import check_names
from glassnet.insight.doctor.finding import Finding, in_order, report
from glassnet.insight.doctor.visit import Visit
from glassnet.training.events import (
    EpochEnded,
    Event,
    NonFinite,
    RunEnded,
    RunStarted,
    StepsDone,
)


class Doctor:
    """Watches a run and reports its faults as they appear: ``fit(..., callbacks=[doctor])``.

    Each finding says what was seen (numbers), the most likely cause, the test that tells it from
    the next likely one, and what to change. Faults and warnings are alarms, notes are not; a
    finding does not repeat, and a healthy run raises no alarm. The run itself is never changed.

    Parameters
    ----------
    verbose : write each alarm to standard error as it appears.
    feature_names : what the columns of X are called, for the findings that name one.
    stream : where to write instead.

    The doctor measures its own time and looks so seldom that it takes at most a tenth of the run's
    (20 ms for the shortest runs); where it finds something wrong it takes what the measuring of
    the cause needs, up to a few seconds. L-BFGS keeps no past, so of its runs only the validation
    curve and infinite losses are seen.
    """

    def __init__(
        self,
        *,
        verbose: bool = False,
        feature_names: Sequence[str] = (),
        stream: TextIO | None = None,
    ) -> None:
        self.verbose, self.stream = verbose, stream
        self.feature_names = check_names(feature_names)
        self._findings: list[Finding] = []
        self._visit: Visit | None = None
        self.seconds: dict[str, float] = {"looks": 0.0, "diagnoses": 0.0, "training": 0.0}

    def __call__(self, event: Event) -> None:
        """Take in an event of the run. A fault of the doctor's own ends its visit, not the run."""
        self._safely(lambda: self._hear(event))

    def _hear(self, event: Event) -> None:
        if isinstance(event, StepsDone):
            if self._visit is not None:
                self._visit.report(event.report)
        elif isinstance(event, EpochEnded):
            if self._visit is not None:
                self._visit.epoch(event)
        elif isinstance(event, RunStarted):
            self._begin(event)
        elif isinstance(event, NonFinite):
            if self._visit is not None:
                self._visit.nonfinite(event.where)
        elif isinstance(event, RunEnded):
            self._end(event)

    def attend(self) -> None:
        """Look now, whatever was spent on looks: where a run pauses, and someone is waiting."""
        visit = self._visit
        if visit is not None:
            self._safely(visit.attend)

    def _safely(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:
            self._visit = None
            warnings.warn(
                f"the doctor has left: {type(error).__name__}: {error}; the run goes on without it",
                RuntimeWarning,
                stacklevel=3,
            )

    @property
    def findings(self) -> list[Finding]:
        """All findings: alarms first, those nearest to the root first among them."""
        return in_order(self._findings)

    @property
    def alarms(self) -> list[Finding]:
        """Faults and warnings."""
        return [finding for finding in self.findings if finding.is_alarm]

    @property
    def share(self) -> float:
        """The looks' part of the run's own time."""
        return self.seconds["looks"] / max(self.seconds["training"], 1e-9)

    def text(self, width: int = 80) -> str:
        """All findings for a terminal of `width` characters."""
        return report(self._findings, width)

    def _begin(self, event: RunStarted) -> None:
        if event.first_epoch == 0:  # a new training; else the same one goes on
            self._findings.clear()
        self._visit = None
        if event.past is not None:
            self._visit = Visit(event, event.past, self._add, self.feature_names, self._findings)

    def _end(self, event: RunEnded) -> None:
        visit, self._visit = self._visit, None
        if visit is None:
            return
        visit.end(event.reason)
        budget = visit.budget
        self.seconds = {
            "looks": budget.looks,
            "diagnoses": budget.diagnoses,
            "training": budget.training,
        }

    def _add(self, finding: Finding) -> None:
        """Keep a finding; one that repeats is not kept, unless it has become an alarm."""
        for place, other in enumerate(self._findings):
            if other.key == finding.key:
                if other.is_alarm or not finding.is_alarm:
                    return
                self._findings[place] = finding
                break
        else:
            self._findings.append(finding)
        if self.verbose and finding.is_alarm:
            print(finding.text(), file=self.stream or sys.stderr, flush=True)
