"""What a run came to: nothing learned, too little, too much; judged when it ends, and overfitting
already under way."""

from collections.abc import Sequence

import numpy as np

from glassnet.engines.samples import Samples, dense_rows
from glassnet.errors import InputError
from glassnet.insight.doctor.after import baselines, calibration, overfitting
from glassnet.insight.doctor.before.start import Memory, cannot_memorise, memorise
from glassnet.insight.doctor.blame import Blame
from glassnet.insight.doctor.budget import Budget
from glassnet.insight.doctor.during import pace
from glassnet.insight.doctor.during.little import blame_for_little
from glassnet.insight.doctor.finding import Finding, in_order
from glassnet.insight.doctor.measures.course import Course
from glassnet.insight.doctor.measures.look import Look
from glassnet.insight.doctor.measures.predictions import Predictions, Predictor, hardened
from glassnet.insight.doctor.measures.scale import LossScale
from glassnet.insight.doctor.measures.simple import (
    TELLING,
    SimpleScores,
    held_out_scores,
    simple_scores,
)
from glassnet.insight.doctor.measures.task import Task
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Dropout
from glassnet.training.past import Past

LEAST_STEPS = 30
ROWS = 512  # that are predicted
VALIDATION_ROWS = 1024  # for how sure a rise of the validation loss is
GOOD = 0.95  # a score from which on no simple model is asked
# Of these nothing follows for how the training samples are learned.
HARMLESS = ("duplicates", "answer-column", "overfitting", "miscalibration", "validation-better")
EVERY = 4  # looks between two looks at the validation curve


class Conclusion:
    """The rules of the end. epochs: every epoch's figures; latest: the last look."""

    def __init__(self, past: Past, course: Course) -> None:
        self.past, self.course = past, course
        self.scale: LossScale | None = None
        self.latest: Look | None = None
        self.blocked: list[Finding] = []  # a gradient that vanished before the first step
        self.epochs = overfitting.Epochs()
        self.task = Task.of(past.job.stack, past.job.samples.Y)
        self._predict = Predictor(past.job.stack, self.task)
        self._turn = 0

    def under_way(self, known: Sequence[Finding], budget: Budget) -> list[Finding]:
        """What can be said while the run goes on."""
        self._turn += 1
        if self._turn % EVERY:
            return []
        return self._overfitting(known, budget)

    def judge(self, known: Sequence[Finding], budget: Budget) -> list[Finding]:
        """What can be said when it is over."""
        scale, job = self.scale, self.past.job
        if scale is None or self.course.steps < LEAST_STEPS:
            return []
        found = list(self._overfitting(known, budget))
        trained = self._predict(self.past.state, job.samples, job.rows, ROWS)
        share = self._share(scale)
        simple = None
        if trained.score is not None and trained.score < GOOD:
            x, y = self._plain(job.samples, trained.rows)
            simple = held_out_scores(x, y, self.task.are_classes)
        if share > pace.SLOW:
            with budget.diagnosis():
                found += self._little(share, scale, simple, [*known, *found])
        explained = self._blame([*known, *found]) is not None
        if share > pace.LOWER and not explained and not self._went_back:
            with budget.diagnosis():
                found += pace.noisy(self.past, self.course, scale, self.course.rate)
        found += self._poor(trained, simple, scale, known, found, budget)
        if job.validation is not None:
            found += self._validated(job.validation, trained, [*known, *found], budget)
        return found

    @property
    def _went_back(self) -> bool:
        """Whether the run has kept an earlier state than its last one."""
        return self.past.state.step < self.course.next_step

    def _share(self, scale: LossScale) -> float:
        """What is still to be learned: by the course, or where the run went back to an earlier
        state, by that state."""
        if self._went_back and self.latest is not None:
            return scale.share(self.latest.loss)
        return scale.share(self.course.level())

    def _poor(
        self, trained: Predictions, simple: SimpleScores | None, scale: LossScale,
        known: Sequence[Finding], found: list[Finding], budget: Budget,
    ) -> list[Finding]:  # fmt: skip
        """Training samples answered all alike, or worse than simple models do."""
        classes = self.task.are_classes
        blame = self._blame([*known, *found]) or Blame.unknown()
        suspects: list[Finding] = []

        def judged(blame: Blame) -> list[Finding]:
            judged: list[Finding] = []
            if trained.score is not None and trained.answers is not None:
                judged += baselines.one_answer(trained.chosen, trained.answers, classes, blame)
                if simple is not None:
                    judged += baselines.underfitting(trained.score, simple, classes, blame)
            return judged

        suspects = judged(blame)
        if suspects and blame.why == "unknown" and self.blocked:
            return [*self.blocked, *judged(Blame.on(self.blocked[0]))]
        if suspects and blame.why == "unknown":
            with budget.diagnosis():
                blame = blame_for_little(self.past, self.course, scale)
                crawls = self._crawls(scale) if blame.why == "epochs" else []
            suspects = judged(Blame.on(crawls[0])) if crawls else judged(blame)
            return [*crawls, *suspects]
        return suspects

    def _little(
        self, share: float, scale: LossScale, simple: SimpleScores | None,
        known: Sequence[Finding],
    ) -> list[Finding]:  # fmt: skip
        """Hardly anything was learned: too slowly, or for another reason."""
        past, epoch = self.past, self.past.state.epoch
        crawls = self._crawls(scale)
        if crawls:
            return crawls
        found: list[Finding] = []
        memory: Memory | None = None
        try:
            memory = memorise(past.job, past.state_at(past.first))
        except InputError:  # a network so large that no state of it is kept
            memory = None
        if memory is not None:
            failed = cannot_memorise(memory, past.job.stack, in_order(known))
            found += [*self.blocked, *failed] if failed else []
        if share < pace.STUCK:
            return found
        gain = None if simple is None else simple.explained
        blame = self._blame([*known, *found])
        # Noise is learned by heart without a penalty: where the features say nothing of the
        # targets, what hinders that is no fault.
        if blame is None and (gain is None or gain >= TELLING):
            cause = blame_for_little(past, self.course, scale)
            blame = cause if cause.why in ("penalty", "dropout") else None
        return [*found, *pace.plateau(self.course, scale, blame, gain, epoch)]

    def _crawls(self, scale: LossScale) -> list[Finding]:
        """Steps so short that nothing gets done; larger ones are tried."""
        if self._went_back:  # what it went back for is known
            return []
        probe = pace.probe(self.past, self.past.state, scale)
        if probe is None:
            return []
        course, epoch = self.course, self.past.state.epoch
        return pace.crawling(course, scale, probe, course.rate, epoch)

    def _overfitting(self, known: Sequence[Finding], budget: Budget) -> list[Finding]:
        job, scale = self.past.job, self.scale
        if scale is None or job.validation is None:
            return []
        if any(f.rule == "overfitting" and f.is_alarm for f in known):
            return []
        overfit = overfitting.has_overfitted(self.epochs, scale)
        if overfit is None:
            return []
        with budget.diagnosis():
            sure = self._sure(overfit, job.validation)
        checked = len(job.validation)
        return overfitting.overfitting(overfit, scale, job.count, job.keep_best, sure, checked)

    def _sure(self, overfit: overfitting.Overfit, validation: Samples) -> float:
        """The rise of the validation loss since its best epoch, in standard errors over the
        validation samples; infinite where that epoch cannot be had again."""
        job, past = self.past.job, self.past
        begun = self.epochs.numbers[0] - 1
        steps = [
            min(past.first + (epoch - begun) * job.batches, past.latest)
            for epoch in (overfit.epoch, self.epochs.numbers[-1])
        ]
        try:
            then, now = (past.state_at(step) for step in steps)
        except InputError:
            return float("inf")
        losses = [
            self._predict(state, validation, None, VALIDATION_ROWS).losses for state in (then, now)
        ]
        return overfitting.standard_errors(*losses)

    def _validated(
        self, validation: Samples, trained: Predictions, known: Sequence[Finding],
        budget: Budget,
    ) -> list[Finding]:  # fmt: skip
        job = self.past.job
        seen = self._predict(self.past.state, validation, None, ROWS)
        found: list[Finding] = []
        if seen.score is not None and seen.score < GOOD:
            x, y = self._plain(job.samples, trained.rows)
            x_new, y_new = self._plain(validation, seen.rows)
            simple = simple_scores(x, y, x_new, y_new, self.task.are_classes)
            if simple is not None:
                blame = self._blame(known) or Blame.unknown()
                if blame.why == "unknown" and any(f.rule == "overfitting" for f in known):
                    blame = next(Blame.on(f) for f in known if f.rule == "overfitting")
                worse = baselines.worse_than_baseline(
                    seen.score, simple, self.task.are_classes, blame
                )
                if worse and blame.why == "unknown" and self.blocked:
                    blame = Blame.on(self.blocked[0])
                    found += self.blocked
                elif worse and blame.why == "unknown" and self.scale is not None:
                    with budget.diagnosis():
                        little = blame_for_little(self.past, self.course, self.scale)
                    blame = little if little.why == "penalty" else blame
                found += baselines.worse_than_baseline(
                    seen.score, simple, self.task.are_classes, blame
                )
        if seen.probabilities is not None:
            right = (seen.chosen == seen.answers).astype(np.float64)
            found += calibration.miscalibration(seen.probabilities.max(axis=1), right)
        has_curve = bool(self.epochs.numbers) and np.isfinite(self.epochs.validation[-1])
        if self.scale is not None and has_curve:
            # The same kind of targets on both sides: smoothed labels have a loss of their own.
            alike = (
                hardened(self.task, job.samples)
                if hardened(self.task, validation) is None
                else None
            )
            measured = trained
            if alike is not None:
                measured = self._predict(self.past.state, alike, job.rows, ROWS)
            found += overfitting.validation_better(
                self.epochs, float(measured.losses.mean()), seen.losses,
                self._reasons(alike is not None), self.scale,
            )  # fmt: skip
        return found

    def _plain(self, samples: Samples, rows: Array) -> tuple[Array, Array]:
        """Inputs (n, d) float64 and the answers of these rows."""
        x = dense_rows(samples.X, rows).reshape(len(rows), -1).astype(np.float64)
        y = self.task.truth(samples.Y[rows])
        return x, np.zeros(len(rows), dtype=np.int64) if y is None else y

    def _reasons(self, smoothed: bool) -> list[str]:
        """Why a training loss is higher than it would be in prediction mode."""
        reasons = []
        if any(isinstance(layer, Dropout) and layer.rate for layer in self.past.job.stack.layers):
            reasons.append("dropout is on in training, off in prediction")
        if smoothed:
            reasons.append("the training targets are smoothed")
        return reasons

    def _blame(self, known: Sequence[Finding]) -> Blame | None:
        """The alarm that all others follow from, if there is one."""
        first = next((f for f in in_order(known) if f.is_alarm and f.rule not in HARMLESS), None)
        return None if first is None else Blame.on(first)
