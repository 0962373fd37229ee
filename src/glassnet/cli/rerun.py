"""A run made again up to one of its steps, from what its model file says: the same bits."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glassnet.errors import InputError, NonFiniteLossError

if TYPE_CHECKING:
    from glassnet.cli.loaded import Loaded
    from glassnet.data import Dataset
    from glassnet.training.events import Event
    from glassnet.training.past import Past


class _ReachedError(Exception):
    """The step was made: the rest of the run, and what follows a training, is not needed."""


@dataclass(frozen=True)
class Rerun:
    """The estimator as it was being trained, its data, the run's past, and the step at which the
    loss was not finite, if there is one."""

    estimator: Any
    data: "Dataset"
    past: "Past"
    failed: int | None = None


def run_again(loaded: "Loaded", step: int, max_size: int | None = None) -> Rerun:
    """Train as the model was trained, until `step` (counted from 0) is made.

    Raises ``InputError`` where the model does not say how it was trained, where its data have
    changed their number of samples since, and for L-BFGS.
    """
    from glassnet.cli.progress import Progress
    from glassnet.data.unpacking import MAX_SIZE
    from glassnet.insight.step.models import NO_STEP
    from glassnet.models.described import load_run_data, make_estimator
    from glassnet.training.events import RunStarted, StepsDone

    run = loaded.run
    if run is None or (run.data.name is None and run.data.path is None):
        raise InputError(
            f"--step: {loaded.name} does not say how it was trained, so its steps cannot be had "
            "again; models of 'glassnet train' do"
        )
    data, _ = load_run_data(run, max_size or MAX_SIZE)
    known = loaded.scores.get("train")
    samples = known.get("samples") if isinstance(known, dict) else None
    if isinstance(samples, int) and samples != len(data):
        raise InputError(
            f"--step: {loaded.name} was trained on {samples:,} samples, and its data have "
            f"{len(data):,} now, so its steps cannot be had again; train it anew"
        )
    estimator = make_estimator(run, data)
    if estimator.optimizer == "lbfgs":
        raise InputError(NO_STEP)
    found: list[Past] = []

    def watch(event: "Event") -> None:
        if isinstance(event, RunStarted) and event.past is not None and not found:
            found.append(event.past)
        elif isinstance(event, StepsDone):
            report = event.report
            made = len(report.losses) - (report.nonfinite is not None)
            if report.first_step + made > step:
                raise _ReachedError

    failed = None
    with Progress() as progress:
        progress.quiet = not progress.moves
        estimator.set_params(callbacks=(progress, watch))
        try:
            estimator.fit(data.X, data.y)
        except _ReachedError:
            pass
        except NonFiniteLossError as error:
            failed = error.step
    if failed is None and estimator.history_.stopped == "interrupted":
        raise KeyboardInterrupt
    return Rerun(estimator, data, found[0], failed)
