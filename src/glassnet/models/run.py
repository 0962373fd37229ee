"""From a run's description to a trained and scored estimator: the one way, for the command line,
the lab and a study."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from glassnet.data.dataset import Dataset
from glassnet.data.unpacking import MAX_SIZE
from glassnet.files.run import Run
from glassnet.models.described import Estimator, load_run_data, make_estimator
from glassnet.models.scoring import Score, baselines, score, validate, validate_baselines
from glassnet.scores.baselines import Baseline
from glassnet.scores.folds import CrossValidation
from glassnet.training.events import Listener
from glassnet.training.history import History

Watch = Callable[[Estimator, Dataset], Listener]


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    run: Run
    estimator: Estimator
    train_data: Dataset
    test_data: Dataset | None
    train: Score
    test: Score | None
    baselines: dict[str, Baseline]
    cross_validation: CrossValidation | None
    baseline_cross_validation: dict[str, CrossValidation]
    seconds: float
    stopped: str  # as the history says it; "interrupted" also where Ctrl-C ended the validation

    @property
    def history(self) -> History:
        """The figures of every epoch."""
        history: History = self.estimator.history_
        return history

    @property
    def metric(self) -> str:
        """What `Score.value` is called."""
        return "accuracy" if self.train_data.task == "classification" else "r2"


def execute(
    run: Run,
    listeners: Sequence[Listener] = (),
    *,
    watch: Watch | None = None,
    max_size: int = MAX_SIZE,
) -> Result:
    """Load the data, train, and score on data that was held out.

    listeners hear the events of the training (not those of a cross-validation); `watch` makes one
    more from the estimator and the training data, for listeners that look at predictions.
    Raises ``InputError`` and ``FileError`` with one sentence where something is not usable.
    """
    train_data, test_data = load_run_data(run, max_size)
    estimator = make_estimator(run, train_data)
    heard = [*listeners] if watch is None else [*listeners, watch(estimator, train_data)]
    estimator.set_params(callbacks=tuple(heard))
    began = time.perf_counter()
    estimator.fit(train_data.X, train_data.y)
    seconds = time.perf_counter() - began
    estimator.set_params(callbacks=())
    stopped = estimator.history_.stopped
    folds = run.report.cross_validate
    validation, beside = None, {}
    if folds and stopped != "interrupted":
        try:
            validation = validate(run, train_data, folds)
            beside = validate_baselines(run, train_data, folds)
        except KeyboardInterrupt:  # the model is trained: it's not lost for a missing score
            stopped = "interrupted"
    return Result(
        run=run,
        estimator=estimator,
        train_data=train_data,
        test_data=test_data,
        train=score(estimator, train_data),
        test=None if test_data is None else score(estimator, test_data),
        baselines={} if test_data is None else baselines(estimator, train_data, test_data, run),
        cross_validation=validation,
        baseline_cross_validation=beside,
        seconds=seconds,
        stopped=stopped,
    )
