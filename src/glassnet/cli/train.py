"""`glassnet train`: from a word to a trained, scored and saved model."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glassnet.cli.failures import InterruptedRunError
from glassnet.cli.options import (
    NumberOr,
    Sectioned,
    Several,
    Whole,
    data_option,
    explicit_options,
    table_options,
)

if TYPE_CHECKING:
    from glassnet.cli.report import Files
    from glassnet.data import Dataset
    from glassnet.files.run import Run
    from glassnet.models.run import Result
    from glassnet.plots.drawer import Drawer
    from glassnet.training.events import Event, Listener
    from glassnet.training.history import History


def _widths(text: str) -> int:
    width = int(text)
    if width < 1:
        raise ValueError
    return width


class Train(Sectioned):
    """`train` has more options than a list without headings can be read of."""

    sections = {
        "The data": ("data", "target", "categorical", "test", "max_size"),
        "The network": ("layers", "activation", "dropout", "loss", "scaling", "seed"),
        "The training": (
            "optimizer",
            "learning_rate",
            "batch_size",
            "epochs",
            "l2",
            "early_stopping",
            "original",
        ),
        "The decision between classes": ("threshold", "cost", "class_weight"),
        "The report": ("cv", "print_labels", "explain", "as_json", "quiet"),
        "The model file": ("out", "readable"),
    }


@click.command("train", cls=Train)
@click.argument("what")
@data_option
@table_options
@click.option(
    "--test",
    type=NumberOr("official"),
    metavar="PART",
    help="What is held out for the score: a share such as 0.2, a number of samples, "
    "'official', or 0.",
)
@click.option(
    "--layers",
    type=Several(_widths, "a list of widths such as 64,32", "auto"),
    metavar="WIDTHS",
    help="Hidden layers, such as 64,32.",
)
@click.option(
    "--activation",
    type=Several(str, "a list of names"),
    metavar="NAME",
    help="Of the hidden layers: relu, gelu, tanh, ...; one, or one for each.",
)
@click.option(
    "--dropout",
    type=Several(float, "a list of rates such as 0.1,0.2"),
    metavar="RATE",
    help="Share of hidden units left out: one, or one for each layer.",
)
@click.option("--loss", metavar="NAME", help="cross_entropy, mean_squared_error, huber, ...")
@click.option(
    "--scaling",
    type=NumberOr("auto", "none", "standard", "robust", "minmax", strict=True),
    metavar="HOW",
    help="auto, none, standard, robust, minmax, or a number to divide by.",
)
@click.option(
    "--seed",
    type=Whole(),
    metavar="NUMBER",
    help="The same seed gives the same run.",
)
@click.option("--optimizer", metavar="NAME", help="sgd, momentum, adam, adamw, lbfgs, ...")
@click.option(
    "--learning-rate",
    type=NumberOr("auto", strict=True),
    metavar="NUMBER",
    help="How far a step goes.",
)
@click.option(
    "--batch-size",
    type=NumberOr("auto", strict=True),
    metavar="SIZE",
    help="Samples in a step: 10 is ten, 0.1 a tenth, 1.0 all.",
)
@click.option(
    "--epochs",
    type=NumberOr("auto", low=1),
    metavar="NUMBER",
    help="Passes over the training samples.",
)
@click.option("--l2", type=NumberOr("auto"), metavar="NUMBER", help="Penalty on squared weights.")
@click.option(
    "--early-stopping",
    type=Whole(1),
    metavar="EPOCHS",
    help="Stop after so many epochs without a better validation loss.",
)
@click.option("--original", is_flag=True, help="The setting of the original write-up.")
@click.option(
    "--threshold",
    type=NumberOr("learned", "cost", "tuned"),
    metavar="HOW",
    help="Where a probability becomes a yes: a number, learned, cost or tuned.",
)
@click.option(
    "--cost",
    type=Several(float, "two costs such as 1,5"),
    metavar="FP,FN",
    help="Cost of a false alarm and of a miss, for --threshold cost.",
)
@click.option("--class-weight", metavar="WEIGHTS", help="'balanced', or no=1,yes=5.")
@click.option(
    "--cv",
    type=Whole(),
    metavar="FOLDS",
    help="Cross-validate, too; 0: do not.",
)
@click.option("--print-labels", is_flag=True, help="Print true and predicted labels each epoch.")
@click.option("--explain", is_flag=True, help="Print the first step with its shapes and numbers.")
@click.option("--out", metavar="FILE", help="Where to save the model [NAME.json].")
@click.option("--readable", is_flag=True, help="Write the weights as decimals.")
@explicit_options
def train_command(what: str, **options: Any) -> None:
    """Train a network and say honestly how good it is.

    WHAT is a data set's name (glassnet data), one of the five systems (patterns, breast-cancer,
    mnist-compressed, digits, kaggle), a path, or a run.toml.
    """
    from glassnet.cli.outputs import model_path
    from glassnet.cli.settings import apply_options
    from glassnet.cli.what import choose_run
    from glassnet.plots.drawer import Drawer

    choice = choose_run(what, options["original"])
    if choice.note and not options["quiet"]:
        click.echo(f"glassnet: note: {choice.note}", err=True)
    run = apply_options(choice, options)
    path = model_path(options["out"], choice.name)
    with Drawer() as drawer:
        result = _execute(run, path, options, drawer)
        files = _save(result, run, path, what, options, drawer)
    _tell(result, files, options)
    _end(result, path)


def _execute(run: "Run", path: Path, options: dict[str, Any], drawer: "Drawer") -> "Result":
    from glassnet.cli.labels import watch_labels
    from glassnet.cli.progress import Progress
    from glassnet.data.unpacking import MAX_SIZE
    from glassnet.models.run import execute
    from glassnet.training.events import RunEnded

    silent = options["quiet"] or options["as_json"]
    folds = run.report.cross_validate
    after = f"cross-validating: {folds} folds" if folds else ""
    trained: list[Any] = []

    def watch(estimator: Any, data: "Dataset") -> "Listener":
        trained.append(estimator)
        labels = run.report.print_labels and not silent
        shown = watch_labels(estimator, data) if labels else None

        def listen(event: "Event") -> object:
            if isinstance(event, RunEnded):
                drawer.begin(_curves(estimator.history_))
            return shown(event) if shown else None

        return listen

    with Progress(quiet=silent, after=after) as progress:
        try:
            result = execute(run, [progress], watch=watch, max_size=options["max_size"] or MAX_SIZE)
        except KeyboardInterrupt:
            if not progress.ended:
                raise
            _write(trained[0], run, path, options)
            raise InterruptedRunError(
                f"interrupted while scoring; the trained model is saved in {str(path)!r}"
            ) from None
    if run.report.explain and not silent:
        from glassnet.cli.explain import first_step

        click.echo(first_step(result))
    return result


def _write(estimator: Any, run: "Run", path: Path, options: dict[str, Any]) -> None:
    from glassnet.models.load import save

    save(estimator, path, readable=options["readable"], run=run)


def _save(
    result: "Result", run: "Run", path: Path, what: str, options: dict[str, Any], drawer: "Drawer"
) -> "Files":
    from glassnet.cli.document import scores_document
    from glassnet.cli.outputs import picture_stem
    from glassnet.cli.report import Files

    result.estimator.scores_ = scores_document(result)
    _write(result.estimator, run, path, options)
    history = result.history
    pictures = []
    if history.loss:
        stem = picture_stem(path)
        pictures = [str(picture) for picture in drawer.finish(stem, _curves(history))]
    return Files(str(path), pictures, next_steps(what, str(path), options["original"]))


def _curves(history: "History") -> dict[str, Any]:
    """What is drawn of it."""
    return {
        "loss": history.loss,
        "validation_loss": history.validation_loss or None,
        "accuracy": history.accuracy or None,
        "validation_accuracy": history.validation_accuracy or None,
        "best_epoch": history.best_epoch,
    }


def next_steps(what: str, model: str, original: bool) -> list[str]:
    """What is worth typing next."""
    from shlex import quote

    file, source = quote(model), quote(what)
    steps = [f"glassnet show {file}", f"glassnet predict {file} --data NEW.csv"]
    if what.endswith(".toml"):
        return [*steps, f"edit {what} and train again: glassnet train {source}"]
    # With --original the longer words would not fit into 80 columns.
    chosen, told = (f"{source} --original", "") if original else (source, ", in a file to edit")
    return [*steps, f"glassnet init {chosen} (every setting{told})"]


def _tell(result: "Result", files: "Files", options: dict[str, Any]) -> None:
    if options["as_json"]:
        from glassnet.cli.document import result_document

        click.echo(json.dumps(result_document(result, files), indent=2, ensure_ascii=False))
    elif not options["quiet"]:
        from glassnet.cli.report import end_screen
        from glassnet.cli.screen import standard_output, tell

        tell(end_screen(result, files, standard_output()))


def _end(result: "Result", path: Path) -> None:
    if result.stopped == "interrupted" and result.history.stopped != "interrupted":
        raise InterruptedRunError(
            f"interrupted in the cross-validation; the trained model is saved in {str(path)!r}"
        )
    if result.stopped == "interrupted":
        done = result.history.epochs
        kept = "best state" if result.history.validation_loss else "state then"
        raise InterruptedRunError(
            f"interrupted after {done} epoch{'s' * (done != 1)}; the {kept} is saved in "
            f"{str(path)!r}"
        )
