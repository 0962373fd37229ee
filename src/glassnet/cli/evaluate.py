"""`glassnet evaluate`: the score of a model on samples whose targets are known."""

import json
from typing import TYPE_CHECKING, Any

import click

from glassnet.cli.options import data_option, explicit_options, table_options

if TYPE_CHECKING:
    from glassnet.data import Dataset


@click.command("evaluate")
@click.argument("model")
@data_option
@table_options
@explicit_options
def evaluate_command(model: str, **options: Any) -> None:
    """Score a model, with a 95 % interval and the confusion matrix.

    MODEL is a model file or the name of a shipped model (breast-cancer). Without --data the
    samples that its training held out are taken.
    """
    from glassnet.cli.document import score_document
    from glassnet.cli.loaded import Reading, labelled_samples, load_model, own_samples
    from glassnet.models.run import score

    loaded = load_model(model, options["quiet"])
    reading = Reading.of(options)
    if options["data"] is None:
        data, note = own_samples(loaded, reading)
    else:
        data, note = labelled_samples(loaded, options["data"], reading)
    found = score(loaded.estimator, data)
    metric = "accuracy" if loaded.is_classifier else "r2"
    if options["as_json"]:
        classes = [str(c) for c in loaded.estimator.classes_] if loaded.is_classifier else None
        document = {"model": model, "data": options["data"] or loaded.set_name, "note": note}
        document |= score_document(found, metric, classes)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif not options["quiet"]:
        from glassnet.cli.screen import tell

        tell(_text(loaded.estimator, data, found, metric, note))


def _text(estimator: Any, data: "Dataset", found: Any, metric: str, note: str) -> str:
    from glassnet.cli.render import ACCENT, bold, faint, painted
    from glassnet.cli.report import confusion_block, labels_of, score_details, score_text
    from glassnet.cli.screen import standard_output

    screen = standard_output()
    value = painted(score_text(metric, found.value), f"1;{ACCENT}", screen)
    details = faint(score_details(found, metric, screen), screen)
    lines = [f"{bold(data.name, screen)}   {value}   {details}"]
    if note:
        lines.append(faint(note, screen))
    if found.confusion is not None:
        labels = labels_of(data, estimator.classes_)
        lines += ["", confusion_block(found.confusion, labels, "confusion matrix", screen)]
    return "\n".join(lines)
