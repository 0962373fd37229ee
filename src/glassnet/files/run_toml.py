"""The run's description as TOML: only what differs from the defaults, or, for a person to edit,
every setting with a comment, the unset ones commented out with an example."""

import json
import re
from typing import Any

from glassnet.files.plain import to_plain
from glassnet.files.run import Run, run_to_plain

# For each field: what it is, and an example as it stands in TOML.
_FIELDS: dict[str, dict[str, tuple[str, str]]] = {
    "": {
        "title": ("one line for the report", '"My first run"'),
        "seed": ("the same seed and settings give the same run, to the bit", "0"),
    },
    "data": {
        "name": ("a named data set (glassnet data list)", '"digits"'),
        "path": ("or a file: CSV, TSV, Parquet, IDX, NPZ, or a folder of images", '"train.csv"'),
        "target": ("the column to predict: its name, or its place from 0", '"label"'),
        "categorical": ("numeric columns whose numbers are only names", '["zip"]'),
        "test": ('held out for the score: a share, a number of samples, or "official"', "0.2"),
        "first_train": ("train on the first so many samples alone", "1000"),
        "first_test": ("test on the first so many samples alone", "1000"),
        "crop": ("every second pixel of 28 x 28, and the middle 11 x 11 of those", '"11x11"'),
        "options": ("for the synthetic sets", "{noise = 0.1, n = 500}"),
    },
    "model": {
        "kind": ("auto, classifier or regressor", '"auto"'),
        "layers": ('"auto", the hidden widths, or tables for the whole network', "[64, 32]"),
        "activation": ("of the hidden layers: one, or one for each", '"relu"'),
        "dropout": ("the share of hidden units left out: one, or one for each layer", "0.1"),
        "loss": ("cross_entropy, binary_cross_entropy, mean_squared_error, ...", '"cross_entropy"'),
        "scaling": ("auto, none, standard, robust, minmax, or a number to divide by", '"auto"'),
        "threshold": ("of two classes: a number, learned, cost or tuned", "0.5"),
        "cost": ("of a false positive and of a false negative, or a matrix", "[1.0, 5.0]"),
        "class_weight": ('"balanced", or a weight for each label', '"balanced"'),
        "dtype": ("auto, float32 or float64", '"auto"'),
    },
    "training": {
        "optimizer": ("auto, sgd, momentum, nesterov, rmsprop, adam, adamw, lbfgs", '"adam"'),
        "learning_rate": (
            "auto, or a number or schedule",
            '{kind = "cosine", learning_rate = 0.01}',
        ),
        "batch_size": ("auto, rows, or a share such as 0.1 of the training samples", "32"),
        "epochs": ("auto, or passes over the training samples", "50"),
        "l1": ("penalty on the weights' absolute values", "0.0"),
        "l2": ("penalty on the weights' squares: auto or a number", "0.0001"),
        "weight_decay": ("decoupled weight decay", "0.01"),
        "clip_norm": ("the longest gradient", "1.0"),
        "max_norm": ("the longest vector of weights into one unit", "3.0"),
        "early_stopping": ("stop after so many epochs without a better validation loss", "10"),
    },
    "report": {
        "cross_validate": ("folds; absent: none", "10"),
        "print_labels": ("actual and predicted labels, each epoch", "false"),
        "explain": ("every step with its shapes and numbers", "false"),
    },
}


def run_to_toml(run: Run, commented: bool = True) -> str:
    """The run as TOML text, which `run_from_toml` reads back as an equal run."""
    plain = to_plain(run_to_plain(run), finite=True)
    blocks = []
    for section, fields in _FIELDS.items():
        values = plain.get(section, {}) if section else plain
        lines = [f"[{section}]"] if section else []
        for name, (comment, example) in fields.items():
            if name in values:
                line = f"{name} = {_toml(values[name])}"
            elif not commented:
                continue
            else:
                line = f"# {name} = {example}"
            lines.append(f"{line}  # {comment}" if commented else line)
        if len(lines) > bool(section):
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _toml(value: Any) -> str:
    """A plain value in TOML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(text: str) -> str:
    """A basic string: as in JSON, and the delete character escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
