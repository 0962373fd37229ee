"""`glassnet predict`: samples in, a CSV of labels or numbers out."""

import csv
import io
import os
from typing import Any

import click

from glassnet.cli.options import data_option, debug_option, quiet_option, table_options
from glassnet.errors import InputError


@click.command("predict")
@click.argument("model")
@data_option
@table_options
@click.option("--proba", is_flag=True, help="Write the probability of each class, too.")
@click.option("--out", metavar="FILE", help="Write the CSV into a file, not to standard output.")
@click.option("--force", is_flag=True, help="Replace the file of --out.")
@quiet_option
@debug_option
def predict_command(model: str, **options: Any) -> None:
    """Predict samples: one line of CSV for each.

    MODEL is a model file or the name of a shipped model (breast-cancer). Without --data the set
    that the model was trained on is taken. For the Kaggle competition's test.csv the answer is
    ImageId,Label.
    """
    from glassnet.cli.loaded import Reading, load_model

    refuse_existing(options["out"], options["force"])
    loaded = load_model(model, options["quiet"])
    if options["proba"] and not loaded.is_classifier:
        raise InputError(f"{model!r} predicts numbers, which have no probabilities; drop --proba")
    X, is_competition = _samples(loaded, options, Reading.of(options))
    header, rows = predictions(loaded.estimator, X, options["proba"])
    if is_competition and not options["proba"]:
        header, rows = ["ImageId", "Label"], [[i, *row] for i, row in enumerate(rows, start=1)]
    text = csv_text(header, rows)
    if options["out"] is None:
        click.echo(text, nl=False)
        return
    from glassnet.files.atomic import write_text

    write_text(options["out"], text)
    if not options["quiet"]:
        click.echo(f"wrote {len(rows):,} predictions to {options['out']}", err=True)


def predictions(estimator: Any, X: Any, proba: bool) -> tuple[list[str], list[list[Any]]]:
    """The header and a row for each sample; probabilities in the order of the classes."""
    predicted = estimator.predict(X)
    if not hasattr(estimator, "classes_"):
        many = predicted.reshape(len(predicted), -1)
        names = (
            ["prediction"]
            if many.shape[1] == 1
            else [f"prediction{j}" for j in range(many.shape[1])]
        )
        return names, many.tolist()
    rows = [[label] for label in predicted.tolist()]
    if not proba:
        return ["label"], rows
    P = estimator.predict_proba(X).tolist()
    header = ["label", *(f"p({label})" for label in estimator.classes_.tolist())]
    return header, [row + [f"{p:.6g}" for p in ps] for row, ps in zip(rows, P, strict=True)]


def csv_text(header: list[str], rows: list[list[Any]]) -> str:
    """The rows as CSV with lines that end in a newline alone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def refuse_existing(out: str | None, force: bool) -> None:
    """Raise where the file exists, unless it may be replaced."""
    if out is not None and not force and os.path.lexists(out):
        raise InputError(f"{out!r} exists already; choose another name, or replace it with --force")


def _samples(loaded: Any, options: dict[str, Any], reading: Any) -> tuple[Any, bool]:
    from glassnet.cli.loaded import plain_samples

    text = options["data"] or loaded.set_name
    if text is None:
        raise InputError(f"{loaded.name} was not trained on a named set; give samples with --data")
    X, _, is_competition = plain_samples(loaded, text, reading)
    return X, is_competition
