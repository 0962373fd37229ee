"""What a person takes away from the lab: the run, the model, the Python that does the same."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from glassnet.files.labels import describe_classes
from glassnet.files.model import make_document, model_to_json
from glassnet.files.model_document import ModelDocument, Target, Threshold
from glassnet.files.run import Data
from glassnet.files.run_toml import run_to_toml
from glassnet.lab.frames import Frame
from glassnet.lab.lines.lane import Lane
from glassnet.lab.subject.setting import OWN, Setting, output_of
from glassnet.lab.subject.subject import Subject
from glassnet.models.document import preprocessing_of
from glassnet.nn.state import State

TABLES = (".csv", ".tsv", ".txt")


def take(lane: Lane, what: str, changes: Sequence[str] = ()) -> Frame:
    """The file: toml, model or python; changes: what was made of a table of the person's own, which
    stands at the head of a run."""
    head = "".join(f"# For the data of the lab: {change}.\n" for change in changes)
    if what == "toml":
        run = lane.subject.run
        training = msgspec.structs.replace(run.training, epochs=epochs_of(lane))
        run = msgspec.structs.replace(run, training=training, data=_source(lane))
        return file("run.toml", "application/toml", head + run_to_toml(run))
    if what == "python":
        return file("run.py", "text/x-python", head + python(lane))
    document = model_of(lane.subject, lane.state)
    return file("model.json", "application/json", model_to_json(document))


def _source(lane: Lane) -> Data:
    """Where the data come from: of a table of the person's own, its file by its name alone."""
    data, train = lane.subject.run.data, lane.subject.train
    if data.name is not None or not train.name.lower().endswith(TABLES):
        return data
    return msgspec.structs.replace(data, path=train.name, target=train.target_name)


def file(name: str, kind: str, data: str | bytes) -> Frame:
    """A file for the page to save; kind: its media type."""
    content = data.encode("utf-8") if isinstance(data, str) else data
    return Frame("file", {"name": name, "type": kind}, {"data": np.frombuffer(content, np.uint8)})


def model_of(subject: Subject, state: State) -> ModelDocument:
    """The network in a state, with what becomes of features before it and of outputs after it.

    Of inputs that are made of two features, and of a network that a program trains, only the
    network itself is told.
    """
    network, train = subject.network, subject.train
    fields: dict[str, Any] = {}
    if type(subject) is Subject and subject.inputs is None and len(train):
        fields["preprocessing"] = preprocessing_of(subject.preprocessor.encoding)
        if train.classes is not None:
            fields["kind"] = "classifier"
            fields["classes"] = describe_classes(train.classes, False)
            value = 0.5 if len(train.classes) == 2 else None
            fields["threshold"] = Threshold(how="fixed", value=value)
        elif subject.standardizer is not None:
            shift, factor = subject.standardizer.shift, subject.standardizer.factor
            fields["kind"] = "regressor"
            fields["target"] = Target(shift=float(shift[0]), factor=float(factor[0]))
    return make_document(network.stack, state, seed=network.seed, **fields)


def python(lane: Lane) -> str:
    """A program that trains the same network on the same data, in about ten lines."""
    setting, subject = lane.setting, lane.subject
    kind = "Regressor" if subject.train.classes is None else "Classifier"
    test = subject.held_out is not None
    part = "train" if test else "data"
    lines = ["import glassnet as gn", "", *_data(setting, lane, test)]
    lines += [f"model = gn.{kind}(", f"    {_layers(setting, lane)},", f"    {_training(lane)},"]
    lines += [f"    {_rest(setting)},", ")", f"model.fit({part}.X, {part}.y)"]
    lines += ["print(model.score(test.X, test.y))"] if test else []
    return "\n".join([*lines, 'model.save("model.json")', ""])


def epochs_of(lane: Lane) -> int:
    """The epochs that were begun up to the step that is shown, at least one."""
    return max(1, -(-lane.step // lane.line.job.batches))


def _data(setting: Setting, lane: Lane, test: bool) -> list[str]:
    data = setting.data
    if data.name == OWN:
        lines = [f"data = gn.read_data({lane.subject.train.name!r}, "
                 f"{lane.subject.train.target_name!r})"]  # fmt: skip
    else:
        given = lane.subject.run.data.options
        options = "".join(f", {name}={value!r}" for name, value in given.items())
        lines = [f"data = gn.load_dataset({data.name!r}{options})"]
    if test and data.test is None:
        return [*lines, "train, test = data, data.test"]
    return [*lines, f"train, test = data.split(test={data.test}, seed={setting.seed})"][: 1 + test]


def _layers(setting: Setting, lane: Lane) -> str:
    hidden = setting.hidden
    if setting.initializer == "auto" and hidden:
        widths = ", ".join(str(h.units) for h in hidden) + ("," if len(hidden) == 1 else "")
        activations = _alike([h.activation for h in hidden])
        return (
            f"({widths}), activation={activations}, dropout={_alike([h.dropout for h in hidden])}"
        )
    start = "" if setting.initializer == "auto" else f", weight_init={setting.initializer!r}"
    parts = []
    for h in hidden:
        parts.append(f"gn.Dense({h.units}, {h.activation!r}{start})")
        parts += [f"gn.Dropout({h.dropout})"] if h.dropout else []
    data = lane.subject.train
    k = None if data.classes is None else len(data.classes)
    units, activation = output_of(setting.loss, k)
    return f"[{', '.join([*parts, f'gn.Dense({units}, {activation!r}{start})'])}]"


def _alike(values: list[Any]) -> str:
    return repr(values[0]) if len(set(values)) == 1 else repr(values)


def _training(lane: Lane) -> str:
    setting = lane.setting
    return (
        f"loss={setting.loss!r}, optimizer={setting.optimizer!r}, "
        f"learning_rate={setting.learning_rate:g}, batch_size={setting.batch_size}, "
        f"epochs={epochs_of(lane)}"
    )


def _rest(setting: Setting) -> str:
    scaling = "" if setting.scaling == "auto" else f", scaling={setting.scaling!r}"
    return f"l1={setting.l1:g}, l2={setting.l2:g}{scaling}, random_state={setting.seed}"
