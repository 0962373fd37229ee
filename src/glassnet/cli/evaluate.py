"""`glassnet evaluate`: the score of a model on samples whose targets are known."""

import json
from typing import TYPE_CHECKING, Any

import click

from glassnet.cli.options import data_option, explicit_options, table_options

if TYPE_CHECKING:
    from glassnet.cli.loaded import Loaded, Samples
    from glassnet.models.scoring import Score


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
    from glassnet.cli.loaded import Reading, labelled_samples, load_model
    from glassnet.models.scoring import score

    loaded = load_model(model, options["quiet"])
    samples = labelled_samples(loaded, options["data"], Reading.of(options))
    found = score(loaded.estimator, samples.data)
    metric = "accuracy" if loaded.is_classifier else "r2"
    if options["as_json"]:
        classes = [str(c) for c in loaded.estimator.classes_] if loaded.is_classifier else None
        document = {
            "model": model,
            "data": options["data"] or loaded.set_name,
            "note": samples.note,
        }
        document |= score_document(found, metric, classes, samples.are_new)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif not options["quiet"]:
        from glassnet.cli.screen import tell

        tell(_text(loaded, samples, found, metric))


def _text(loaded: "Loaded", samples: "Samples", found: "Score", metric: str) -> str:
    from glassnet.cli.render import ACCENT, bold, faint, painted
    from glassnet.cli.report import confusion_block, labels_of, score_details, score_text
    from glassnet.cli.screen import standard_output

    screen = standard_output()
    value = painted(score_text(metric, found.value), f"1;{ACCENT}", screen)
    details = score_details(found, metric, screen, with_interval=samples.are_new)
    lines = [f"{bold(samples.data.name, screen)}   {value}   {faint(details, screen)}"]
    remarks = [samples.note, "" if samples.are_new else _validated(loaded, metric)]
    lines += [faint(remark, screen) for remark in remarks if remark]
    if found.confusion is not None:
        labels = labels_of(samples.data, loaded.estimator.classes_)
        lines += ["", confusion_block(found.confusion, labels, "confusion matrix", screen)]
    return "\n".join(lines)


def _validated(loaded: "Loaded", metric: str) -> str:
    """What cross-validation said of new samples when the model was made."""
    from glassnet.cli.report import score_text

    folds = loaded.scores.get("cv")
    value = folds.get(metric) if isinstance(folds, dict) else None
    if not isinstance(value, (int, float)):
        return ""
    return f"new samples: {score_text(metric, float(value))} by cross-validation, when it was made"
