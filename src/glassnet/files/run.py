"""The run's description: data, model, training, seed. TOML to write by hand, JSON inside the
model file; the command line, a study and a checkpoint read and write this one description."""

import os
import tomllib
from typing import Annotated, Any, Literal

import msgspec

from glassnet.errors import InputError
from glassnet.files import registry
from glassnet.files.atomic import unreadable
from glassnet.files.plain import to_plain
from glassnet.files.typed import to_struct
from glassnet.files.words import inside, place_in, show

Whole = Annotated[int, msgspec.Meta(ge=1)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Part = str | dict[str, Any]
Auto = Literal["auto"]

LARGEST_TOML = 1 << 20  # bytes; a description is a page, not a data set


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[data]: what is learned from: a named set or a path, and how it is parted.

    test: a share to hold out, a number of samples from 1 up, 0 for none, "official" for the set's
    own test part; absent: the official part where there is one, else a fifth.
    """

    name: str | None = None
    path: str | None = None
    target: str | None = None
    categorical: list[str] = []
    test: NotNegative | Literal["official"] | None = None
    first_train: Whole | None = None
    first_test: Whole | None = None
    crop: Literal["11x11"] | None = None
    options: dict[str, Any] = {}


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[model]: the network, its loss, and what stands before and behind it.

    layers: "auto"; hidden widths; or tables, which are then the whole network.
    """

    kind: Literal["auto", "classifier", "regressor"] = "auto"
    layers: Auto | list[Whole | dict[str, Any]] = "auto"
    activation: Part | list[Part] | None = None
    dropout: float | list[float] | None = None
    loss: Part | None = None
    scaling: Literal["auto", "none", "standard", "robust", "minmax"] | Positive = "auto"
    threshold: float | Literal["learned", "cost", "tuned"] = 0.5
    cost: list[float | list[float]] | None = None
    class_weight: dict[str, NotNegative] | Literal["balanced"] | None = None
    dtype: Literal["auto", "float32", "float64"] = "auto"


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[training]: how the loss is minimised, and for how long."""

    optimizer: Part = "auto"
    learning_rate: Auto | Positive | dict[str, Any] = "auto"
    batch_size: Auto | int | float = "auto"
    epochs: Auto | Whole = "auto"
    l1: NotNegative = 0.0
    l2: Auto | NotNegative = "auto"
    weight_decay: NotNegative | None = None
    clip_norm: Positive | None = None
    max_norm: Positive | None = None
    early_stopping: Whole | None = None


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[report]: what is said beside the score."""

    cross_validate: Annotated[int, msgspec.Meta(ge=2)] | None = None
    print_labels: bool = False
    explain: bool = False


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One training, described by plain data: the same description gives the same run."""

    title: str = ""
    seed: int = 0
    data: Data = Data()
    model: Model = Model()
    training: Training = Training()
    report: Report = Report()


def read_run(path: str | os.PathLike[str]) -> Run:
    """The run that a TOML file describes.

    Raises ``FileError`` where the file cannot be read, ``InputError`` with line or field where it
    describes no run.
    """
    source = f"'{os.fsdecode(path)}'"
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_TOML + 1)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    if len(data) > LARGEST_TOML:
        raise InputError(f"{source} is larger than 1 MB; a run is described by a page of TOML")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{source} is not text in UTF-8; a run is described in TOML") from None
    return run_from_toml(text, source)


def run_from_toml(text: str, source: str = "") -> Run:
    """The run that TOML text describes. Raises ``InputError`` with the line or the field."""
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise InputError(place_in(source, "is nested too deeply")) from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise InputError(place_in(source, f"is not TOML: {error}")) from None
    return run_from_plain(tables, source)


def run_from_plain(tables: Any, place: str = "") -> Run:
    """The run that plain data (from TOML or JSON) describes. Raises ``InputError``."""
    run = to_struct(to_plain(tables, place, finite=True), Run, place)
    check_run(run, place)
    return run


def run_to_plain(run: Run) -> dict[str, Any]:
    """The run as plain data, without what has its default."""
    full = msgspec.to_builtins(run)
    usual = msgspec.to_builtins(Run())
    plain: dict[str, Any] = {}
    for name, value in full.items():
        if isinstance(value, dict):
            value = {k: v for k, v in value.items() if not _same(v, usual[name][k])}
            if value:
                plain[name] = value
        elif not _same(value, usual[name]):
            plain[name] = value
    return plain


def check_run(run: Run, place: str = "") -> None:
    """Check what types alone do not say: the parts' tables, ranges, what excludes what.

    Raises ``InputError`` with the field. User's parts are taken by their name.
    """
    if not 0 <= run.seed < 2**64:
        raise InputError(
            place_in(
                inside(place, "seed"),
                f"expected a whole number from 0 to 2**64 - 1, found {show(run.seed)}",
            )
        )
    _check_data(run.data, inside(place, "data"))
    _check_model(run.model, inside(place, "model"))
    _check_training(run.training, inside(place, "training"))


def _check_data(data: Data, at: str) -> None:
    if data.name is not None and data.path is not None:
        raise InputError(f"{at}: has both a name and a path; give one of them")
    if isinstance(data.test, float) and data.test >= 1 and data.test != int(data.test):
        raise InputError(
            f"{at}.test: expected a share below 1, or a whole number of samples, found {data.test}"
        )


def _check_model(model: Model, at: str) -> None:
    parts = registry.AnyParts()
    tables = [isinstance(layer, dict) for layer in model.layers if not isinstance(layer, str)]
    if any(tables) and not all(tables):
        raise InputError(f"{at}.layers: expected widths alone or tables alone, found both")
    if any(tables):
        for index, table in enumerate(model.layers):
            registry.build_layer(table, parts, f"{at}.layers[{index}]")
    several = isinstance(model.activation, list)
    for index, part in enumerate(_listed(model.activation)):
        place = f"{at}.activation[{index}]" if several else f"{at}.activation"
        registry.build_activation(part, parts, place)
    for rate in _listed(model.dropout):
        if not 0 <= rate < 1:
            raise InputError(f"{at}.dropout: expected a rate from 0 to below 1, found {rate}")
    if model.loss is not None:
        registry.build_loss(model.loss, parts, f"{at}.loss")
    if isinstance(model.threshold, float) and not 0 < model.threshold < 1:
        raise InputError(
            f"{at}.threshold: expected a number within 0 and 1, found {model.threshold}"
        )
    _check_cost(model.cost, f"{at}.cost")


def _check_cost(cost: list[float | list[float]] | None, at: str) -> None:
    if cost is None:
        return
    widths = {len(row) if isinstance(row, list) else 0 for row in cost}
    if not (widths == {0} and len(cost) == 2) and widths != {len(cost)}:
        raise InputError(
            f"{at}: expected two numbers (of a false positive, of a false negative) or a square "
            "matrix"
        )


def _check_training(training: Training, at: str) -> None:
    parts = registry.AnyParts()
    if training.optimizer != "auto":
        registry.build_optimizer(training.optimizer, parts, f"{at}.optimizer")
    if isinstance(training.learning_rate, dict):
        registry.build_schedule(training.learning_rate, parts, f"{at}.learning_rate")
    size = training.batch_size
    if isinstance(size, float) and not 0 < size <= 1 or isinstance(size, int) and size < 1:
        raise InputError(
            f"{at}.batch_size: expected a whole number of rows from 1, or a share above 0 and up "
            f"to 1.0, found {show(size)}"
        )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _same(value: Any, usual: Any) -> bool:
    return type(value) is type(usual) and bool(value == usual)
