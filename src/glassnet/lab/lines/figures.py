"""What a training had come to at any of its steps. Of a long one not every figure is kept: those
that are missing are worked out again from the states, so that a step always shows the same."""

import numpy as np

from glassnet.engines.report import Report
from glassnet.errors import InputError
from glassnet.lab.lines.trail import Epoch, Stretch, Trail
from glassnet.nn.state import State
from glassnet.training.blas import one_blas_thread
from glassnet.training.evaluation import evaluate
from glassnet.training.stepping import Stepper

MOST_WORK = 3e8  # samples of a pass × parameters, that are worth a look back
MOST_KEPT = 256


def loss_at(line: Trail, step: int) -> float | None:
    """The loss of the step that made the state of this step."""
    told = line.course.losses.exact(step)
    if told is not None or line.course.losses.at(step) is None:
        return told
    try:
        stretch = _stretch(line, step - 1)
        (report,) = _made(stretch, stretch.past.state_at(step - 1), step)
    except (InputError, ValueError):
        return line.course.losses.at(step)
    return _loss(line, report)


def epoch_at(line: Trail, step: int) -> Epoch | None:
    """The figures of the last pass that was finished by then."""
    known = [each for each in line.course.epochs if each.step <= step]
    nearest = known[-1] if known else None
    work = line.job.count * line.job.stack.layout.size
    try:
        stretch = _stretch(line, step)
        end = step - _batch(stretch, step)
        if nearest is not None and nearest.step == end or end <= 0 or work > MOST_WORK:
            return nearest
        kept = line.course.looked_up
        if end not in kept:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[end] = _pass(line, end)
        return kept[end]
    except InputError:
        return nearest


def _stretch(line: Trail, step: int) -> Stretch:
    """The stretch that makes the step after this state."""
    found = next((each for each in reversed(line.stretches) if each.first <= step), None)
    if found is None:
        raise InputError(f"there is no step {step} in this run")
    return found


def _batch(stretch: Stretch, step: int) -> int:
    """How many steps of its pass lie before this one."""
    return stretch.past.place_of(step)[1]


def _pass(line: Trail, end: int) -> Epoch:
    """The pass that ended with this step, made once more."""
    stretch = _stretch(line, end - 1)
    begin = max(stretch.first, end - stretch.past.job.batches)
    state = stretch.past.state_at(begin)
    reports = _made(stretch, state, end)
    right = [each for report in reports for each in report.right]
    rows = sum(sum(report.rows) for report in reports)
    known = [each for each in right if each is not None]
    accuracy = sum(known) / rows if len(known) == len(right) and rows else None
    job = line.job
    held_out = {} if job.validation is None else evaluate(job.stack, state, job.validation)
    return Epoch(end, accuracy, held_out.get("loss"), held_out.get("accuracy"))


def _made(stretch: Stretch, state: State, end: int) -> list[Report]:
    """The steps up to one, made once more from a state, which they change."""
    past, reports = stretch.past, []
    stepper = Stepper(past.job, past.plan, state, past.job.engine, whole_runs=False)
    with one_blas_thread():
        while state.step < end:
            report, _ = stepper.advance(state, state.epoch + 1, lambda: False, end - state.step)
            reports.append(report)
    return reports


def _loss(line: Trail, report: Report) -> float:
    losses = np.array(report.data_losses)
    if line.job.stack.loss.reduction == "sum":
        losses = losses / np.array(report.rows)
    return float(losses[-1])
