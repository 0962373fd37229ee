"""`glassnet doctor`: what is wrong with data, and with a training on them, and why."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from glassnet.cli.options import NumberOr, Whole, explicit_options, table_options
from glassnet.errors import InputError

if TYPE_CHECKING:
    from glassnet.cli.screen import Screen
    from glassnet.cli.what import Choice
    from glassnet.data import Dataset
    from glassnet.files.run import Run
    from glassnet.insight.doctor import Doctor, Finding
    from glassnet.models.preprocessing import TablePreprocessor
    from glassnet.training.events import Event, Listener

ALARMS = 3  # the exit code where there is a fault or a warning, as of verify

# Found in the columns as they lie in the file; the estimators scale them, so that no one need.
SCALED_LATER = ("unscaled-columns", "unscaled-target", "uint8-arithmetic")


@click.command("doctor")
@click.argument("what", metavar="RUN_OR_DATA")
@table_options
@click.option("--data-only", is_flag=True, help="Look at the data alone; do not train.")
@click.option("--original", is_flag=True, help="The setting of the original write-up.")
@click.option("--learning-rate", type=NumberOr("auto", strict=True), metavar="NUMBER",
              help="Another learning rate than the run's.")  # fmt: skip
@click.option("--epochs", type=NumberOr("auto", low=1), metavar="NUMBER",
              help="Passes over the training samples.")  # fmt: skip
@click.option("--seed", type=Whole(), metavar="NUMBER", help="Another seed than the run's.")
@explicit_options
@click.pass_context
def doctor_command(ctx: click.Context, /, what: str, data_only: bool, **options: Any) -> None:
    """Find what goes wrong in a training, and why.

    RUN_OR_DATA is a run.toml, a model file (its run is made again), one of the five systems, a
    data set's name or a path. The data are looked at first, then the network trains with the doctor
    listening. Nothing is saved.

    The exit code is 3 where there is an alarm: a fault or a warning.
    """
    from glassnet.models.described import load_run_data

    run, title = _chosen(what, options)
    train, test = load_run_data(run, **_limit(options))
    found = examine_data(train, test, run)
    doctor, stopped = None, ""
    if not data_only:
        doctor, stopped = watch_training(run, train, test, options)
    findings = _together(found, [] if doctor is None else doctor.findings)
    if options["as_json"]:
        click.echo(json.dumps(_document(title, findings, doctor, stopped), indent=2,
                              ensure_ascii=False))  # fmt: skip
    elif not options["quiet"]:
        from glassnet.cli.screen import standard_output, tell

        tell(_text(title, train, findings, doctor, stopped, standard_output()))
    if any(finding.is_alarm for finding in findings):
        ctx.exit(ALARMS)


def examine_data(train: "Dataset", test: "Dataset | None", run: "Run") -> "list[Finding]":
    """What is wrong with the samples as they lie in the file, text as columns of 0 and 1."""
    from dataclasses import replace

    from glassnet.insight.doctor import examine
    from glassnet.models.encoding import Number
    from glassnet.models.preprocessing import TablePreprocessor

    prepare = TablePreprocessor("none", run.data.categorical or None)
    X = prepare.fit_transform(train.X)
    held_out = None if test is None else (prepare.transform(test.X), test.y)
    found = examine(X, train.y, validation=held_out, feature_names=_names(prepare, train))
    if train.task != "classification":  # whole numbers are quantities here
        found = [finding for finding in found if finding.rule != "labels"]
    told = [_for_estimators(finding, run.model.scaling != "none") for finding in found]
    scaled = TablePreprocessor(run.model.scaling, run.data.categorical or None).fit(train.X)
    numbers = [column for column in scaled.encoding.columns if isinstance(column, Number)]
    limits = {column.clip for column in numbers}
    if not limits or None in limits:
        return told
    return [
        replace(
            finding,
            level="note",
            advice="correct it in the file; glassnet train draws its scaled columns in to "
            f"±{max(limit for limit in limits if limit is not None):g}, so that it does no harm "
            "there; a gn.Network of your own does not",
        )
        if finding.rule == "outlier" and finding.numbers.get("column") is not None
        else finding
        for finding in told
    ]


def _names(prepared: "TablePreprocessor", train: "Dataset") -> tuple[str, ...]:
    """What the prepared columns are called; an array of numbers has lost its file's names."""
    names = tuple(prepared.encoded_names)
    if prepared.encoding.names is None and len(names) == len(train.feature_names):
        return tuple(train.feature_names)
    return names


def _for_estimators(finding: "Finding", scales: bool) -> "Finding":
    """The finding, for who trains with `glassnet train`, which scales columns unless it is told
    not to, and always numbers the classes."""
    from dataclasses import replace

    if finding.rule == "labels":
        return replace(finding, advice="nothing here: " + finding.advice)
    if scales and finding.rule in SCALED_LATER:
        return replace(
            finding,
            level="note",
            advice="nothing here: glassnet train scales its columns; a gn.Network of your own does "
            f"not: {finding.advice}",
        )
    return finding


def watch_training(
    run: "Run", train: "Dataset", test: "Dataset | None", options: dict[str, Any]
) -> "tuple[Doctor, str]":
    """Train with the doctor listening; a run that becomes infinite ends like any other."""
    from glassnet.cli.progress import Progress
    from glassnet.errors import NonFiniteLossError
    from glassnet.insight.doctor import Doctor
    from glassnet.models.described import make_estimator
    from glassnet.training.events import RunStarted

    estimator = make_estimator(run, train)
    doctor = Doctor()

    def listen(event: "Event") -> None:
        if isinstance(event, RunStarted):
            doctor.feature_names = _names(estimator.preprocessor_, train)
        doctor(event)

    silent = options["quiet"] or options["as_json"]
    listeners: list[Listener] = [listen]
    with Progress(quiet=silent) as progress:
        estimator.set_params(callbacks=(*listeners, progress))
        # Early stopping has a validation set of its own: another would make it another run.
        held_out = None if test is None or run.training.early_stopping else (test.X, test.y)
        try:
            estimator.fit(train.X, train.y, validation=held_out)
        except NonFiniteLossError:
            return doctor, "non-finite"
    return doctor, str(estimator.history_.stopped)


def _chosen(what: str, options: dict[str, Any]) -> "tuple[Run, str]":
    """The run that is meant, with the options laid over it, and its name."""
    from glassnet.cli.settings import apply_options
    from glassnet.cli.what import choose_run

    if what.lower().endswith(".json"):
        choice = _of_model(what)
    else:
        choice = choose_run(what, options["original"])
    if choice.note and not options["quiet"]:
        click.echo(f"glassnet: note: {choice.note}", err=True)
    names = ("target", "categorical", "learning_rate", "epochs", "seed")
    given = {name: options[name] for name in names}
    run = apply_options(choice, given)
    return run, run.title or choice.name


def _of_model(path: str) -> "Choice":
    from glassnet.cli.loaded import load_model
    from glassnet.cli.what import Choice

    loaded = load_model(path)
    if loaded.run is None or (loaded.run.data.name is None and loaded.run.data.path is None):
        raise InputError(
            f"{path!r} does not say what it was trained on, so its run cannot be made again; give "
            "the data instead: glassnet doctor DATA"
        )
    return Choice(loaded.run, loaded.name)


def _together(data: "Sequence[Finding]", training: "Sequence[Finding]") -> "list[Finding]":
    """Both parts' findings in order; what both have found is told once, as the training saw it."""
    from glassnet.insight.doctor.finding import in_order

    seen = {finding.rule for finding in training if finding.is_alarm}
    return in_order([*(f for f in data if f.rule not in seen), *training])


def _limit(options: dict[str, Any]) -> dict[str, Any]:
    return {} if options["max_size"] is None else {"max_size": options["max_size"]}


def _text(
    title: str,
    train: "Dataset",
    findings: "Sequence[Finding]",
    doctor: "Doctor | None",
    stopped: str,
    screen: "Screen",
) -> str:
    from glassnet.cli.render import WARNING, bold, faint, painted

    lines = [bold(title, screen), faint(_facts(train, doctor, stopped), screen), ""]
    for finding in findings:
        head, *rest = finding.text(screen.width).split("\n")
        code = f"1;{WARNING}" if finding.is_alarm else "1"
        lines += [painted(head, code, screen), *rest, ""]
    alarms = sum(finding.is_alarm for finding in findings)
    notes = len(findings) - alarms
    end = "no fault, no warning" if not alarms else f"{alarms} alarm{'s' * (alarms > 1)}"
    lines.append(f"{end}, {notes} note{'s' * (notes != 1)}")
    text = "\n".join(lines)
    return text.encode("ascii", "replace").decode() if screen.ascii_only else text


def _facts(train: "Dataset", doctor: "Doctor | None", stopped: str) -> str:
    told = f"{len(train):,} training samples"
    if doctor is None:
        return told + ", not trained"
    ways = {
        "non-finite": "training ended at a loss that is no number",
        "interrupted": "training was interrupted",
    }
    return f"{told}, {ways.get(stopped, 'trained')} in {doctor.seconds['training']:.2g} s"


def _document(
    title: str, findings: "Sequence[Finding]", doctor: "Doctor | None", stopped: str
) -> dict[str, Any]:
    from dataclasses import asdict

    told = []
    for finding in findings:
        entry = asdict(finding)
        entry["numbers"] = {n: v if v == v and abs(v) != float("inf") else None
                            for n, v in finding.numbers.items()}  # fmt: skip
        told.append(entry)
    return {
        "run": title,
        "trained": doctor is not None,
        "stopped": stopped or None,
        "alarms": sum(finding.is_alarm for finding in findings),
        "findings": told,
        "seconds": None if doctor is None else doctor.seconds,
    }
