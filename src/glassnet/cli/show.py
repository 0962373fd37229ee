"""`glassnet show`: samples with truth, prediction and confidence, as a picture and as text."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glassnet.cli.options import Several, data_option, debug_option, quiet_option, table_options
from glassnet.errors import InputError

if TYPE_CHECKING:
    from glassnet.cli.loaded import Loaded, Samples
    from glassnet.cli.screen import Screen
    from glassnet.data import Dataset

USUAL_COUNT = 12
FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Shown:
    """The chosen samples: their numbers from 1, truth where it is known, predictions; for classes
    the probability of the predicted one, and whether it is the true one."""

    numbers: list[int]
    truth: list[str] | None
    predicted: list[str]
    confidence: list[float] | None
    right: list[bool] | None


@click.command("show")
@click.argument("model")
@data_option
@table_options
@click.option(
    "--samples",
    type=Several(int, "a list of numbers such as 1,5,9"),
    metavar="NUMBERS",
    help="Which samples, counted from 1 [the first 12].",
)
@click.option("--wrong", is_flag=True, help="Only samples that are predicted wrongly.")
@click.option("--out", metavar="FILE", help="The picture's file: .png, .svg or .pdf.")
@click.option("--force", is_flag=True, help="Replace the file of --out.")
@quiet_option
@debug_option
def show_command(model: str, **options: Any) -> None:
    """Show samples with truth, prediction and confidence.

    Pictures are shown in the terminal and written to a file; other samples are a table.
    """
    from glassnet.cli.loaded import Reading, known_samples, load_model
    from glassnet.cli.predict import refuse_existing

    refuse_existing(options["out"], options["force"])
    _check_format(options["out"])
    loaded = load_model(model, options["quiet"])
    samples = known_samples(loaded, options["data"], Reading.of(options))
    data = samples.data
    if options["wrong"]:
        _check_wrong(loaded, samples)
    has_truth = samples.lacks is None
    shown = choose_samples(
        loaded.estimator, data, options["samples"], options["wrong"], has_truth=has_truth
    )
    if data.image_shape is None and options["out"] is not None:
        raise InputError(f"the samples of {data.name} are no pictures; leave out --out")
    picture = None
    if data.image_shape is not None:
        picture = Path(options["out"] or f"{loaded.name}-samples.png")
        _write_picture(data, shown, picture, f"{loaded.name}: samples of {data.name}")
    if not options["quiet"]:
        from glassnet.cli.screen import standard_output, tell

        tell(_text(data, shown, standard_output()))
        if picture is not None:
            click.echo(f"\nwrote {picture}")


def choose_samples(
    estimator: Any, data: "Dataset", wanted: list[int] | None, wrong: bool, *, has_truth: bool
) -> Shown:
    """The samples asked for with what the model says of them; without truth, that alone.

    Raises ``InputError`` for a number that no sample has, or where none is wrong.
    """
    import numpy as np

    from glassnet.cli.report import labels_of
    from glassnet.models.scoring import score

    numbers = wanted or list(range(1, len(data) + 1))
    for number in numbers:
        if not 1 <= number <= len(data):
            raise InputError(
                f"--samples: there is no sample {number}; {data.name} has 1 to {len(data):,}"
            )
    if wanted is None and not wrong:
        numbers = numbers[:USUAL_COUNT]
    rows = np.array(numbers) - 1
    chosen = data.rows(rows)
    # The score refuses labels that the model never saw.
    predictions = score(estimator, chosen).predictions if has_truth else estimator.predict(chosen.X)
    if not hasattr(estimator, "classes_"):
        predicted, truth = (
            [f"{value:.4g}" for value in values.tolist()] for values in (predictions, chosen.y)
        )
        return Shown(numbers, truth if has_truth else None, predicted, None, None)
    sure = _confidence(estimator, chosen, predictions)
    if not has_truth:
        return Shown(numbers, None, labels_of(data, predictions.tolist()), sure, None)
    right = (predictions == chosen.y).tolist()
    words = (labels_of(data, chosen.y.tolist()), labels_of(data, predictions.tolist()))
    if not wrong:
        return Shown(numbers, *words, sure, right)
    kept = [i for i, is_right in enumerate(right) if not is_right][
        : None if wanted else USUAL_COUNT
    ]
    if not kept:
        raise InputError(f"none of these {len(numbers):,} samples is predicted wrongly")
    truth, predicted = ([names[i] for i in kept] for names in words)
    return Shown(
        [numbers[i] for i in kept], truth, predicted, [sure[i] for i in kept], [False] * len(kept)
    )


def _confidence(estimator: Any, data: "Dataset", predictions: Any) -> list[float]:
    """The probability of the label that was predicted."""
    P = estimator.predict_proba(data.X)
    place = {label: j for j, label in enumerate(estimator.classes_.tolist())}
    return [float(P[i, place[label]]) for i, label in enumerate(predictions.tolist())]


def _check_wrong(loaded: "Loaded", samples: "Samples") -> None:
    if not loaded.is_classifier:
        raise InputError(
            f"--wrong is about labels, but {loaded.name} predicts numbers, which are right or "
            "wrong by more or less; leave it out"
        )
    if samples.lacks is not None:
        raise InputError(
            f"--wrong needs the truth, but {samples.data.name!r} has no column {samples.lacks!r}; "
            "leave it out"
        )


def _check_format(out: str | None) -> None:
    if out is not None and Path(out).suffix.lower() not in FORMATS:
        raise InputError(f"--out {out!r}: a picture ends in {', '.join(FORMATS)}")


def _write_picture(data: "Dataset", shown: Shown, path: Path, title: str) -> None:
    from glassnet.files.atomic import atomic_path
    from glassnet.plots import image_grid

    figure = image_grid(
        [data.images[number - 1] for number in shown.numbers],
        shown.predicted,
        shown.truth,
        shown.confidence,
        title=title,
    )
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format=path.suffix[1:].lower(), dpi=160)


def _text(data: "Dataset", shown: Shown, screen: "Screen") -> str:
    if data.image_shape is None:
        return _table(data, shown, screen)
    from glassnet.plots import terminal

    captions = []
    for i, predicted in enumerate(shown.predicted):
        sure = "" if shown.confidence is None else f" {int(100 * shown.confidence[i])}%"
        truth = ""
        if shown.truth is not None and shown.right is not None and not shown.right[i]:
            truth = f" is {shown.truth[i]}"
        captions.append(f"{predicted}{sure}{truth}")
    return terminal.image_row(
        [data.images[number - 1] for number in shown.numbers],
        captions,
        right=shown.right,
        width=screen.width,
        colour=screen.colour,
        ascii_only=screen.ascii_only,
    )


def _table(data: "Dataset", shown: Shown, screen: "Screen") -> str:
    """Number, truth, prediction, confidence, and as many features as there is room for.

    Without truth its column and the signs of right and wrong are left out.
    """
    from glassnet.cli.render import WARNING, columns, faint, painted, wide
    from glassnet.data import Table

    signs = ("ok", "!!") if screen.ascii_only else ("✓", "✗")
    heads = ["sample", *(["truth"] if shown.truth is not None else []), "prediction"]
    heads += ["confidence"] if shown.confidence is not None else []
    heads += [""] if shown.right is not None else []
    rows = []
    for i, number in enumerate(shown.numbers):
        cells = [str(number), *(shown.truth[i : i + 1] if shown.truth else []), shown.predicted[i]]
        if shown.confidence is not None:
            cells.append(f"{int(1000 * shown.confidence[i]) / 10:.1f} %")
        if shown.right is not None:
            cells.append(signs[0] if shown.right[i] else painted(signs[1], WARNING, screen))
        rows.append(cells)
    for name in data.feature_names:
        column = (
            data.X[name] if isinstance(data.X, Table) else data.X[:, data.feature_names.index(name)]
        )
        values = [_cell(column[number - 1]) for number in shown.numbers]
        longer = [[*row, value] for row, value in zip(rows, values, strict=True)]
        lines = columns([[*heads, name], *longer])
        if max(map(wide, lines)) > screen.width:
            break
        heads, rows = [*heads, name], longer
    lines = columns([heads, *rows])
    return "\n".join([faint(lines[0], screen), *lines[1:]])


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if not isinstance(value, str) else value
