"""The options of `train` laid over a run's description: what is given wins, the rest stays."""

from typing import TYPE_CHECKING, Any

from glassnet.cli.options import column_names, numbers_or_one
from glassnet.cli.what import Choice, choose_data
from glassnet.errors import InputError

if TYPE_CHECKING:
    from glassnet.files.run import Run

_PLACES = {
    "model": ("dropout", "loss", "threshold", "cost", "class_weight", "scaling"),
    "training": ("optimizer", "learning_rate", "epochs", "batch_size", "l2", "early_stopping"),
}


def apply_options(choice: Choice, options: dict[str, Any]) -> "Run":
    """The run with every option that was given laid over it.

    Raises ``InputError`` where the result is no possible run.
    """
    from glassnet.files.run import run_from_plain, run_to_plain

    given = {
        name: value
        for name, value in options.items()
        if value is not None and value is not False and value != ()
    }
    if "class_weight" in given:
        given["class_weight"] = class_weights(given["class_weight"])
    tables = run_to_plain(choice.run)
    if "seed" in given:
        tables["seed"] = given["seed"]
    for place, names in _PLACES.items():
        values = {name: numbers_or_one(given[name]) for name in names if name in given}
        tables.setdefault(place, {}).update(values)
    _set_data(tables.setdefault("data", {}), given)
    _set_layers(tables["model"], given)
    _set_report(tables.setdefault("report", {}), given)
    run = run_from_plain(tables)
    if run.training.optimizer in ("lbfgs", {"kind": "lbfgs"}) and run.model.threshold == "learned":
        raise InputError(
            "lbfgs cannot learn the threshold together with the weights; add --threshold tuned "
            "(found after the training) or --threshold 0.5, or choose another --optimizer"
        )
    return run


def class_weights(text: str) -> Any:
    """'balanced', or the weights by label of 'no=1,yes=5'."""
    if text == "balanced":
        return text
    weights = {}
    for part in text.split(","):
        label, sign, number = part.rpartition("=")
        try:
            weights[label.strip()] = float(number)
        except ValueError:
            sign = ""
        if not sign:
            raise InputError(
                f"--class-weight: {part!r} is not label=number; write 'balanced' or no=1,yes=5"
            )
    return weights


def _set_data(data: dict[str, Any], given: dict[str, Any]) -> None:
    if "data" in given:
        chosen = choose_data(given["data"])
        for name in ("name", "path", "options"):
            data.pop(name, None)
        data.update({name: value for name, value in chosen.items() if value is not None})
    if "target" in given:
        data["target"] = given["target"]
    if "categorical" in given:
        data["categorical"] = list(column_names(given["categorical"]))
    if "test" in given:
        data["test"] = given["test"]


def _set_layers(model: dict[str, Any], given: dict[str, Any]) -> None:
    """Widths and activations; where the description spells the layers out, they stay spelled out,
    so that a write-up's initializers hold for other widths too."""
    activation = numbers_or_one(given.get("activation"))
    described = model.get("layers")
    tables = described if isinstance(described, list) and _are_tables(described) else None
    if "layers" in given and tables is not None:
        model["layers"] = tables = _with_widths(tables, given["layers"])
    elif "layers" in given:
        model["layers"] = given["layers"]
    if activation is None:
        return
    if tables is None:
        model["activation"] = activation
        return
    hidden = [table for table in tables if table.get("kind") == "dense"][:-1]
    names = activation if isinstance(activation, list) else [activation] * len(hidden)
    if len(names) != len(hidden):
        raise InputError(
            f"--activation names {len(names)} activations for {len(hidden)} hidden layers; give "
            "one, or one for each"
        )
    for table, name in zip(hidden, names, strict=True):
        table["activation"] = name


def _with_widths(tables: list[dict[str, Any]], widths: Any) -> Any:
    """Hidden layers like the first dense one, of these widths, and the output layer as it was."""
    if isinstance(widths, str):
        return widths
    dense = [table for table in tables if table.get("kind") == "dense"]
    if len(dense) < 2:
        return widths
    return [dense[0] | {"units": width} for width in widths] + [dense[-1]]


def _are_tables(layers: list[Any]) -> bool:
    return bool(layers) and all(isinstance(layer, dict) for layer in layers)


def _set_report(report: dict[str, Any], given: dict[str, Any]) -> None:
    if "cv" in given:
        report["cross_validate"] = given["cv"] or None
    for name in ("print_labels", "explain"):
        if name in given:
            report[name] = given[name]
