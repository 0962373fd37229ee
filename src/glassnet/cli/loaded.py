"""A model from its file, with the run that made it, and samples in the form that it takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glassnet.cli.options import column_names
from glassnet.cli.what import choose_data, choose_model
from glassnet.errors import InputError

if TYPE_CHECKING:
    from glassnet.data import Dataset, Table
    from glassnet.files.run import Run


@dataclass(frozen=True)
class Loaded:
    """An estimator, what it is called, the run that it came from, and its columns' names."""

    estimator: Any
    name: str
    run: "Run | None"
    feature_names: tuple[str, ...] | None
    target_name: str | None
    scores: dict[str, Any]

    @property
    def is_classifier(self) -> bool:
        """Whether it predicts labels."""
        return hasattr(self.estimator, "classes_")

    @property
    def set_name(self) -> str | None:
        """The named set that it was trained on, if it was."""
        return None if self.run is None else self.run.data.name

    @property
    def crop(self) -> str | None:
        """How its pictures were cut, if they were."""
        return None if self.run is None else self.run.data.crop


@dataclass(frozen=True)
class Samples:
    """Samples with their targets, what is to be said of them, and whether none was trained on.

    lacks: the column that a table lacks to have targets; the data's `y` is then all zeros.
    """

    data: "Dataset"
    note: str = ""
    are_new: bool = True
    lacks: str | None = None


@dataclass(frozen=True)
class Reading:
    """How tables are read: what the options of a command say."""

    target: str | None = None
    categorical: Sequence[str] = ()
    max_size: int | None = None

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Reading":
        """Take the shared options of a command."""
        return cls(options["target"], column_names(options["categorical"]), options["max_size"])

    @property
    def limit(self) -> dict[str, Any]:
        """`max_size` for a reader, where it was given."""
        return {} if self.max_size is None else {"max_size": self.max_size}


def load_model(text: str, quiet: bool = False) -> Loaded:
    """Load what MODEL stands for. Raises ``InputError`` where it is no estimator."""
    from importlib.resources import as_file

    from glassnet.files.model import read_model
    from glassnet.models.load import load

    place, note = choose_model(text)
    if note and not quiet:
        click.echo(f"glassnet: note: {note}", err=True)
    with as_file(place) as path:
        estimator = load(path)
        document = read_model(path)
    if not hasattr(estimator, "predict"):
        raise InputError(
            f"{text!r} holds a network without the preparation of its samples; this command takes "
            "what 'glassnet train' or Classifier.save wrote"
        )
    data = document.scores.get("data")
    known = data if isinstance(data, dict) else {}
    names = estimator.preprocessor_.encoding.names or known.get("feature_names")
    return Loaded(
        estimator,
        Path(text).stem,
        document.run,
        tuple(map(str, names)) if isinstance(names, (list, tuple)) else None,
        str(known["target"]) if "target" in known else None,
        document.scores,
    )


def labelled_samples(loaded: Loaded, text: str | None, reading: Reading) -> Samples:
    """The samples of DATA with their targets, as the model takes them; without DATA those that
    the model's own run held out. Raises ``InputError`` where a table has no targets."""
    samples = known_samples(loaded, text, reading)
    if samples.lacks is not None:
        raise InputError(
            f"{text!r} has no column {samples.lacks!r}, so the truth is not known and there is no "
            "score and no loss; 'glassnet predict' and 'show' do without it"
        )
    return samples


def known_samples(loaded: Loaded, text: str | None, reading: Reading) -> Samples:
    """The samples of DATA with what is known of them: their targets, but for a table that has
    none."""
    if text is None:
        return _own_samples(loaded, reading)
    from glassnet.data import load_dataset, read_data, read_table
    from glassnet.data.readers import dataset_of

    chosen = choose_data(text)
    seen = _is_own(loaded, chosen)
    if chosen["name"] is not None:
        data = load_dataset(chosen["name"], **_options(loaded, chosen["name"]))
        if data.test is not None:
            data, seen = data.test, False
    elif _is_table(text):
        table = read_table(text, categorical=_categorical(loaded, reading), **reading.limit)
        lacks = _lacks(loaded, table, reading)
        if lacks is not None:
            return Samples(_without_truth(loaded, table, text, reading), lacks=lacks)
        task = "classification" if loaded.is_classifier else "regression"
        name, target = Path(text).name, _target(loaded, reading)
        data = dataset_of(table, target, task=task, name=name, shown=repr(text))
        data = _with_columns(loaded, data, text)
    else:
        data = read_data(
            text,
            reading.target,
            task="classification" if loaded.is_classifier else "regression",
            **reading.limit,
        )
    note = "the model was trained on some or all of these samples, so the score flatters it"
    return Samples(_cropped(loaded, data), note if seen else "", not seen)


def plain_samples(
    loaded: Loaded, text: str, reading: Reading
) -> "tuple[Any, tuple[int, int] | None, bool]":
    """The samples of DATA without targets: X, (h, w) of pictures, and whether all columns of a
    table were pixels, so that it is the competition's test.csv."""
    from glassnet.data import Table, read_features

    chosen = choose_data(text)
    if chosen["name"] is not None:
        data = labelled_samples(loaded, text, reading).data
        return data.X, data.image_shape, False
    if _is_table(text):
        table, shape = read_features(
            text, categorical=_categorical(loaded, reading), **reading.limit
        )
    else:
        table, shape = read_features(text, **reading.limit)
    if not isinstance(table, Table):
        return _cropped_features(loaded, table, shape, text), shape, False
    from glassnet.data.targets import recognise_images

    features = _columns(loaded, table, text, reading.target)
    shape = recognise_images(features)
    has_label = len(features.names) < len(table.names)
    pixels = all(name.lower().startswith("pixel") for name in table.names)
    X = _cropped_features(loaded, features.matrix(), shape, text) if loaded.crop else features
    return X, shape, pixels and not has_label


def _own_samples(loaded: Loaded, reading: Reading) -> Samples:
    """The samples that the model's own run held out; all of its data where it held out none."""
    from glassnet.models.described import load_run_data

    if loaded.run is None or (loaded.run.data.name is None and loaded.run.data.path is None):
        raise InputError(f"{loaded.name} does not say what it was trained on; give --data")
    train, test = load_run_data(loaded.run, **reading.limit)
    if test is not None:
        return Samples(test, f"the {len(test):,} samples of {test.name} that training held out")
    note = f"the {len(train):,} samples of {train.name}, all of which it was trained on"
    return Samples(train, note, are_new=False)


def _is_own(loaded: Loaded, chosen: dict[str, Any]) -> bool:
    """Whether these are the data that the model was trained on."""
    if loaded.run is None:
        return False
    if chosen["name"] is not None:
        return bool(chosen["name"] == loaded.run.data.name)
    own = loaded.run.data.path
    return own is not None and Path(own).exists() and Path(own).samefile(chosen["path"])


def _options(loaded: Loaded, name: str) -> dict[str, Any]:
    if loaded.run is not None and loaded.run.data.name == name:
        return dict(loaded.run.data.options)
    return {}


def _categorical(loaded: Loaded, reading: Reading) -> tuple[str, ...]:
    if reading.categorical or loaded.run is None:
        return tuple(reading.categorical)
    return tuple(loaded.run.data.categorical)


def _target(loaded: Loaded, reading: Reading) -> str | None:
    own = None if loaded.run is None else loaded.run.data.target
    return reading.target or loaded.target_name or (None if own is None else str(own))


def _is_table(path: str) -> bool:
    from glassnet.data.readers import kind_of

    return kind_of(path) in ("csv", "parquet")


def _lacks(loaded: Loaded, table: "Table", reading: Reading) -> str | None:
    """The name of the model's target where the table does not have it.

    Where the model doesn't know the name, its features say it: a table that has these alone, and
    none that is called like a target, has no target.
    """
    from glassnet.data.targets import TARGET_NAMES

    known = _target(loaded, reading)
    if reading.target is not None or known in table.names:
        return None
    if known is not None:
        return known
    if any(name.lower() in TARGET_NAMES for name in table.names):
        return None
    are_features = len(table.names) == loaded.estimator.n_features_in_
    return "label" if are_features or _are_uncut(loaded, table) else None


def _without_truth(loaded: Loaded, table: "Table", text: str, reading: Reading) -> "Dataset":
    """The samples of a table without targets, their `y` all zeros."""
    import numpy as np

    from glassnet.data import Dataset
    from glassnet.data.targets import features_of

    features = _columns(loaded, table, text, reading.target)
    X, shape = features_of(features)
    data = Dataset(
        Path(text).name,
        X,
        np.zeros(len(table), dtype=np.int64),
        feature_names=features.names,
        image_shape=shape,
    )
    return _cropped(loaded, data)


def _with_columns(loaded: Loaded, data: "Dataset", text: str) -> "Dataset":
    """The data set with the model's own columns in their order, where their names are known."""
    from glassnet.data import Table

    names = loaded.feature_names
    if names is None or data.image_shape is not None or data.feature_names == names:
        return data
    X = data.X if isinstance(data.X, Table) else Table.from_matrix(data.X, data.feature_names)
    _refuse_absent(names, X.names, text)
    return replace(data, X=X.select(names), feature_names=names)


def _columns(loaded: Loaded, table: "Table", text: str, target: str | None) -> "Table":
    """The model's columns of a table that may hold the target, too."""
    names, wanted = loaded.feature_names, loaded.estimator.n_features_in_
    if names is not None and (set(names) & set(table.names) or len(table.names) < len(names)):
        _refuse_absent(names, table.names, text)
        return table.select(names)
    if len(table.names) == wanted or _are_uncut(loaded, table):
        return table
    if len(table.names) == wanted + 1 or loaded.crop is not None:
        from glassnet.data.targets import choose_target

        name, _ = choose_target(table.names, target or loaded.target_name, repr(text))
        return table.without(name)
    raise InputError(
        f"{text!r} has {len(table.names)} columns, the model takes {wanted} features; give the "
        "columns that it was trained on"
    )


def _are_uncut(loaded: Loaded, table: "Table") -> bool:
    """Whether the columns are those of whole pictures, of which the model takes a part."""
    from glassnet.data.targets import recognise_images

    return loaded.crop is not None and recognise_images(table) is not None


def _refuse_absent(names: Sequence[str], found: Sequence[str], text: str) -> None:
    absent = [name for name in names if name not in found]
    if absent:
        from glassnet.data.table import listed

        count = f"{len(absent)} of the {len(names)} columns" if len(absent) > 1 else "a column"
        raise InputError(f"{text!r} lacks {count} that the model takes: {listed(absent, 6)}")


def _cropped(loaded: Loaded, data: "Dataset") -> "Dataset":
    if loaded.crop is None or data.X.shape[1] == loaded.estimator.n_features_in_:
        return data
    from glassnet.data.crop import crop_images

    return crop_images(data, loaded.crop)


def _cropped_features(loaded: Loaded, X: Any, shape: tuple[int, int] | None, text: str) -> Any:
    if loaded.crop is None or X.shape[1] == loaded.estimator.n_features_in_:
        return X
    import numpy as np

    from glassnet.data import Dataset

    data = Dataset(text, X, np.zeros(len(X), dtype=np.int64), image_shape=shape)
    return _cropped(loaded, data).X
