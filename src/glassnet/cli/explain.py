"""`glassnet explain`: a forward pass, the loss, a backward pass and an update, with all numbers."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from glassnet.cli.options import Several, data_option, debug_option, table_options
from glassnet.errors import InputError

if TYPE_CHECKING:
    from glassnet.data import Dataset
    from glassnet.files.run import Run
    from glassnet.insight.explanation import Explanation
    from glassnet.models.run import Result

MOST_SAMPLES = 8


@click.command("explain")
@click.argument("model")
@data_option
@table_options
@click.option(
    "--sample",
    type=Several(int, "a list of numbers such as 1,5,9"),
    default="1",
    metavar="NUMBERS",
    help="Which samples, counted from 1 [1].",
)
@debug_option
def explain_command(model: str, **options: Any) -> None:
    """Explain one step of training with all its numbers.

    Every array of a forward pass, the loss, a backward pass and an update is printed with its
    formula and shape, for a few samples.

    MODEL is a model file or the name of a shipped model (breast-cancer). The model stays as it is.
    """
    from glassnet.cli.loaded import Reading, labelled_samples, load_model

    loaded = load_model(model)
    data = labelled_samples(loaded, options["data"], Reading.of(options)).data
    for number in options["sample"]:
        if not 1 <= number <= len(data):
            raise InputError(
                f"--sample: there is no sample {number}; {data.name} has 1 to {len(data):,}"
            )
    chosen = data.rows([number - 1 for number in options["sample"]])
    network = loaded.estimator.network_
    click.echo(explain_step(loaded.estimator, network, chosen, loaded.run).text())


def first_step(result: "Result") -> str:
    """The very first step of a training: all samples of a full batch of at most 8, else the
    first 8 samples."""
    from copy import deepcopy

    network = deepcopy(result.estimator.network_).reset()
    data = result.train_data.rows(slice(0, MOST_SAMPLES))
    return explain_step(result.estimator, network, data, result.run).text() + "\n"


def explain_step(estimator: Any, network: Any, data: "Dataset", run: "Run | None") -> "Explanation":
    """One step from where `network` stands, by the optimizer and the rate of its run.

    A rate that starts from 0 would change nothing: its highest is taken, and the last
    stage says so.
    """
    from glassnet.insight.explain import explain
    from glassnet.models.build import fit_arguments
    from glassnet.models.defaults import recipe
    from glassnet.models.described import estimator_settings

    X = estimator.preprocessor_.transform(data.X)
    X = X.toarray() if hasattr(X, "toarray") else X
    task = "regression"
    if hasattr(estimator, "classes_"):
        task = "binary" if len(estimator.classes_) == 2 else "multiclass"
    found = recipe(len(data), X.shape[1], network.stack.outputs, task)
    chosen = {} if run is None else estimator_settings(run)
    arguments = fit_arguments(estimator.get_params(deep=False) | chosen, found)
    taken = ("optimizer", "learning_rate", "l1", "l2")
    settings = {name: arguments[name] for name in taken if name in arguments}
    if settings.get("optimizer") == "lbfgs":
        raise InputError(
            "lbfgs chooses its own step lengths, so there is no single step to explain"
        )
    targets = _targets(estimator, network, data)
    schedule = settings["learning_rate"]
    highest = getattr(schedule, "learning_rate", 0.0)
    if not highest or schedule.rate(0.0, 1.0) > 0:
        return explain(network, X, targets, **settings)
    explanation = explain(network, X, targets, **settings | {"learning_rate": highest})
    *others, update = explanation.stages
    purpose = f"{update.purpose} (the run warms up from 0 to this rate)"
    return replace(explanation, stages=(*others, replace(update, purpose=purpose)))


def _targets(estimator: Any, network: Any, data: "Dataset") -> Any:
    """The targets in the network's form: places of the classes, or standardised numbers."""
    import numpy as np

    if not hasattr(estimator, "classes_"):
        return estimator.targets_.encode(data.y.reshape(len(data), -1))
    unseen = set(data.y.tolist()) - set(estimator.classes_.tolist())
    if unseen:
        raise InputError(f"{data.name} holds the label {unseen.pop()!r}, which the model never saw")
    places = np.searchsorted(estimator.classes_, data.y)
    return places.reshape(-1, 1).astype(np.float64) if network.stack.outputs == 1 else places
