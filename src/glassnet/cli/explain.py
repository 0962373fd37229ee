"""`glassnet explain`: a forward pass, the loss, a backward pass and an update, with all numbers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glassnet.cli.options import Several, Whole, data_option, debug_option, table_options
from glassnet.errors import InputError

if TYPE_CHECKING:
    from glassnet.cli.loaded import Loaded
    from glassnet.data import Dataset
    from glassnet.files.run import Run
    from glassnet.insight.explanation import Explanation
    from glassnet.models.run import Result

MOST_SAMPLES = 8
VIEWS = (".html", ".tex", ".json", ".txt")
PICTURES = (".png", ".svg", ".pdf")


@click.command("explain")
@click.argument("model")
@data_option
@table_options
@click.option(
    "--sample",
    type=Several(int, "a list of numbers such as 1,5,9"),
    metavar="NUMBERS",
    help="Which samples, counted from 1 [1]; the first one's numbers are shown.",
)
@click.option("--unit", metavar="PLACE", help="Show this unit's sum: hidden:3, counted from 1.")
@click.option(
    "--weight",
    metavar="PLACE",
    help="Follow this weight: output:3,7, from input 3 to unit 7; output:b,7 is a bias.",
)
@click.option(
    "--step",
    type=Whole(),
    metavar="NUMBER",
    help="A step of the model's own run, the first is 0: its batch, or --sample as the network "
    "stood then.",
)
@click.option("--out", metavar="FILE", help="Write it: .html, .tex, .json or .txt.")
@click.option(
    "--picture", metavar="FILE", help="Draw which pixels push toward a class: .png, .svg or .pdf."
)
@click.option("--class", "label", metavar="LABEL", help="The class of --picture [the predicted].")
@click.option("--force", is_flag=True, help="Replace the files of --out and --picture.")
@debug_option
def explain_command(model: str, **options: Any) -> None:
    """Explain one step of training with all its numbers.

    Every array of a forward pass, the loss, a backward pass and an update is printed with its
    formula and shape, for a few samples; and the chain of factors behind one weight's change.

    MODEL is a model file or the name of a shipped model (breast-cancer). The model stays as it is.
    """
    from glassnet.cli.loaded import load_model

    _check_files(options)
    loaded = load_model(model)
    explanation, data = _explained(loaded, options)
    if options["out"] is None:
        click.echo(explanation.text())
    else:
        _write(explanation, Path(options["out"]))
    if options["picture"] is not None:
        _draw(explanation, data, Path(options["picture"]), options["label"])


def first_step(result: "Result") -> str:
    """The very first step of a training: all samples of a full batch of at most 8, else the
    first 8 samples."""
    from copy import copy, deepcopy

    estimator = copy(result.estimator)
    estimator.network_ = deepcopy(estimator.network_).reset()
    data = result.train_data.rows(slice(0, MOST_SAMPLES))
    return explain_step(estimator, data, result.run, len(result.train_data)).text() + "\n"


def explain_step(
    estimator: Any, data: "Dataset", run: "Run | None", rows: int, **asked: Any
) -> "Explanation":
    """One step from where the estimator's network stands, by the optimizer, the rate and the
    penalties of its run, which had `rows` training samples."""
    from glassnet.insight.explain import explain
    from glassnet.insight.step.models import fit_settings
    from glassnet.models.described import estimator_settings

    _refuse_unseen(estimator, data)
    settings = fit_settings(estimator, rows, None if run is None else estimator_settings(run))
    shape = _picture_shape(data, estimator)
    return explain(
        estimator, data.X, data.y,
        **settings, **asked, feature_names=data.feature_names, image_shape=shape,
    )  # fmt: skip


def _explained(loaded: "Loaded", options: dict[str, Any]) -> "tuple[Explanation, Dataset]":
    """The explanation that was asked for, and the samples that it is about."""
    from glassnet.cli.loaded import Reading, labelled_samples

    asked = {"unit": options["unit"], "weight": options["weight"]}
    if options["step"] is not None and options["sample"] is None:
        return _own_step(loaded, options, asked)
    data = labelled_samples(loaded, options["data"], Reading.of(options)).data
    numbers = options["sample"] or [1]
    for number in numbers:
        if not 1 <= number <= len(data):
            raise InputError(
                f"--sample: there is no sample {number}; {data.name} has 1 to {len(data):,}"
            )
    chosen = data.rows([number - 1 for number in numbers])
    asked["sample_numbers"] = numbers
    if options["step"] is not None:
        return _then(loaded, chosen, options, asked), chosen
    known = loaded.scores.get("train")
    rows = known.get("samples") if isinstance(known, dict) else None
    rows = rows if isinstance(rows, int) else len(data)
    return explain_step(loaded.estimator, chosen, loaded.run, rows, **asked), chosen


def _own_step(
    loaded: "Loaded", options: dict[str, Any], asked: dict[str, Any]
) -> "tuple[Explanation, Dataset]":
    """A step that the run made, with the very batch of it."""
    from glassnet.cli.rerun import run_again
    from glassnet.insight.explain import explain_past

    if options["data"] is not None:
        raise InputError(
            "--step alone is about the run's own batch: leave out --data, or choose --sample"
        )
    again = run_again(loaded, options["step"], options["max_size"])
    data, past = again.data, again.past
    rows = past.batch_rows(min(options["step"], past.latest))
    if again.estimator.fitted_rows_ is not None:  # early stopping held others out
        rows = again.estimator.fitted_rows_[rows]
    data = data.rows(rows)
    _, found = _described(again.estimator, data)
    found["sample_numbers"] = [int(row) + 1 for row in rows]
    step, failed = options["step"], again.failed
    return explain_past(past, step, failed=failed, **found, **asked), data


def _then(
    loaded: "Loaded", chosen: "Dataset", options: dict[str, Any], asked: dict[str, Any]
) -> "Explanation":
    """Samples of one's choice, with the network and the optimizer as they stood before a step."""
    from glassnet.cli.rerun import run_again
    from glassnet.insight.explain import explain_past

    again = run_again(loaded, options["step"], options["max_size"])
    _refuse_unseen(again.estimator, chosen)
    samples, found = _described(again.estimator, chosen)
    step = options["step"]
    return explain_past(again.past, step, samples=samples, failed=again.failed, **found, **asked)


def _described(estimator: Any, data: "Dataset") -> tuple[Any, dict[str, Any]]:
    """Samples as the network takes them, and what features, classes and pictures are called."""
    from glassnet.insight.step.models import prepare

    prepared = prepare(estimator, data.X, data.y, data.feature_names)
    return (prepared.X, prepared.Y), {
        "feature_names": prepared.names,
        "classes": prepared.classes,
        "raw": prepared.raw,
        "notes": prepared.notes,
        "image_shape": _picture_shape(data, estimator),
    }


def _picture_shape(data: "Dataset", estimator: Any) -> tuple[int, int] | None:
    """(h, w), where the network still gets a number for each pixel."""
    shape = data.image_shape
    inputs = estimator.network_.stack.input_shape
    return shape if shape is not None and (shape[0] * shape[1],) == inputs else None


def _refuse_unseen(estimator: Any, data: "Dataset") -> None:
    if hasattr(estimator, "classes_"):
        unseen = set(data.y.tolist()) - set(estimator.classes_.tolist())
        if unseen:
            raise InputError(
                f"{data.name} holds the label {unseen.pop()!r}, which the model never saw"
            )


def _check_files(options: dict[str, Any]) -> None:
    """Refuse what cannot be written before any work is done."""
    from glassnet.cli.predict import refuse_existing

    for name, endings in (("out", VIEWS), ("picture", PICTURES)):
        path = options[name]
        if path is None:
            continue
        if Path(path).suffix.lower() not in endings:
            raise InputError(f"--{name} {path!r}: its name ends in {', '.join(endings)}")
        refuse_existing(path, options["force"])
    if options["label"] is not None and options["picture"] is None:
        raise InputError("--class is the class of --picture: give --picture FILE.png, too")


def _write(explanation: "Explanation", path: Path) -> None:
    import json

    from glassnet.files.atomic import write_text

    kind = path.suffix.lower()
    if kind == ".html":
        text = explanation.html()
    elif kind == ".tex":
        text = explanation.latex()
    elif kind == ".json":
        text = json.dumps(explanation.plain(), ensure_ascii=False, indent=1) + "\n"
    else:
        text = explanation.text() + "\n"
    write_text(path, text)
    click.echo(f"wrote {path}")


def _draw(explanation: "Explanation", data: "Dataset", path: Path, label: str | None) -> None:
    """The picture with what pushes toward and against the class; without --class for the predicted
    one, and the true one, or where that is the same the second most likely."""
    from glassnet.files.atomic import atomic_path
    from glassnet.plots import pixel_push

    found = explanation.attribution
    if found is None or found.shape is None or len(found.shape) != 2:
        raise InputError(f"--picture is for pictures, but the samples of {data.name} are none")
    if found.classes is None:
        raise InputError("--picture shows what pushes toward a class, but the model has no classes")
    row = explanation.shown
    number, true = explanation.sample_numbers[row], _true_place(explanation, row)
    scores = found.scores(row + 1)
    if label is not None:
        places = [found.place(label)]
    else:
        order = scores.argsort()[::-1].tolist()
        places = [order[0], true if true != order[0] else order[1]]
    labels = [found.classes[place] for place in places]
    titles = [
        f"class {each}, p = {scores[place]:.3f}" for each, place in zip(labels, places, strict=True)
    ]
    image = found.X[row].reshape(found.shape)
    caption = f"sample {number}, is {found.classes[true]}"
    figure = pixel_push(
        image, [explanation.pixels(each) for each in labels], titles, caption=caption
    )
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format=path.suffix[1:].lower(), dpi=160)
    click.echo(f"\nwrote {path}")


def _true_place(explanation: "Explanation", row: int) -> int:
    """The place of a sample's class: an index, one of one-hot numbers, or a yes or no."""
    y = explanation.stages[2].quantities[0].values[row]
    if y.ndim == 0:
        return int(y)
    return int(y[0] > 0.5) if len(y) == 1 else int(y.argmax())
