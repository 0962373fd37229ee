"""The registry: every part of a network by its name, as plain data and back.

A part is a table, ``{"kind": "dense", "units": 32, "activation": "relu"}``. A layer's own numbers
are always written, so that a file says what it computes; everything else is left out where it has
its default, and an inner part with defaults alone is its plain name. A part of the user's is
``{"user": "mine"}`` and comes back through ``parts={"mine": f}``; nothing that a file names is
ever imported or executed.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import numpy as np

from glassnet.errors import InputError
from glassnet.files.words import inside, near, place_in, show
from glassnet.nn.activations import (
    ACTIVATIONS,
    SYNONYMS,
    ActivationFunction,
    Identity,
    UserActivation,
    activation,
)
from glassnet.nn.contract import Layer, Loss
from glassnet.nn.initializers import INITIALIZERS, Initializer, Zeros, initializer
from glassnet.nn.layers import Activation, Dense, Dropout, Flatten, Scale
from glassnet.nn.losses import MeanSquaredError
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.optimizers import OPTIMIZERS, Adam, Optimizer, optimizer
from glassnet.nn.schedules import SCHEDULES, Constant, Schedule, schedule
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.user_loss import LOSSES, UserLoss, loss

Parts = Mapping[str, Any]
Table = Mapping[str, Any]

LAYERS: Final[dict[str, type]] = {
    "dense": Dense,
    "activation": Activation,
    "dropout": Dropout,
    "batch_norm": BatchNorm,
    "layer_norm": LayerNorm,
    "flatten": Flatten,
    "scale": Scale,
    "soft_step": SoftStep,
}
MOST_UNITS = 2**53  # beyond it a whole number is no longer exact in other readers of JSON


@dataclasses.dataclass(frozen=True)
class _Role:
    """One role that a part can play: its word, its kinds, how the user's own is taken, and what
    stands in for the user's own where only the description is checked."""

    word: str
    kinds: Mapping[str, type]
    adopt: Callable[[Any], Any]
    stand_in: Any
    synonyms: Mapping[str, str] = dataclasses.field(default_factory=dict)


def _own_layer(part: Any) -> Any:
    if not all(callable(getattr(part, name, None)) for name in ("build", "forward", "backward")):
        raise InputError(
            f"{part!r} is not a layer: it needs the methods build, forward and backward"
        )
    return part


_LAYER = _Role("layer", LAYERS, _own_layer, Flatten())
_ACTIVATION = _Role("activation", ACTIVATIONS, activation, Identity(), SYNONYMS)
_LOSS = _Role("loss", LOSSES, loss, MeanSquaredError())
_INITIALIZER = _Role("initializer", INITIALIZERS, initializer, Zeros())
_OPTIMIZER = _Role("optimizer", OPTIMIZERS, optimizer, Adam())
_SCHEDULE = _Role("schedule", SCHEDULES, schedule, Constant(0.1))

_KIND_OF: dict[type, str] = {
    kind: name
    for role in (_LAYER, _ACTIVATION, _LOSS, _INITIALIZER, _OPTIMIZER, _SCHEDULE)
    for name, kind in role.kinds.items()
}
_ROLE_OF_ANNOTATION: dict[Any, _Role] = {
    ActivationFunction: _ACTIVATION,
    Initializer: _INITIALIZER,
}
_LEAST: dict[str, tuple[float, bool]] = {  # limits that the parts themselves do not check
    "epsilon": (0, False), "epochs": (0, False), "start": (0, False), "final": (0, True),
    "decay": (0, True), "scale": (0, True),
}  # fmt: skip


class AnyParts(dict[str, Any]):
    """In place of ``parts`` where a description is only checked: every user's part is taken."""


def build_layer(table: Any, parts: Parts | None = None, place: str = "") -> Layer:
    """The layer that a table describes.

    Raises ``InputError`` with the place for an unknown kind or field, a value of the wrong type
    or range, and a user's part that is not in `parts`; the other builders likewise.
    """
    return _build(_LAYER, table, parts, place)  # type: ignore[no-any-return]


def build_activation(table: Any, parts: Parts | None = None, place: str = "") -> ActivationFunction:
    """The activation that a name or table describes."""
    return _build(_ACTIVATION, table, parts, place)  # type: ignore[no-any-return]


def build_loss(table: Any, parts: Parts | None = None, place: str = "") -> Loss:
    """The loss that a name or table describes."""
    return _build(_LOSS, table, parts, place)  # type: ignore[no-any-return]


def build_initializer(table: Any, parts: Parts | None = None, place: str = "") -> Initializer:
    """The initializer that a name or table describes."""
    return _build(_INITIALIZER, table, parts, place)  # type: ignore[no-any-return]


def build_optimizer(table: Any, parts: Parts | None = None, place: str = "") -> Optimizer | str:
    """The optimizer that a name or table describes; "lbfgs", no rule for steps, stays a name."""
    if table == "lbfgs" or table == {"kind": "lbfgs"}:
        return "lbfgs"
    return _build(_OPTIMIZER, table, parts, place)  # type: ignore[no-any-return]


def build_schedule(table: Any, parts: Parts | None = None, place: str = "") -> Schedule:
    """The schedule that a number (constant) or table describes."""
    if isinstance(table, (int, float)) and not isinstance(table, bool):
        table = {"kind": "constant", "learning_rate": table}
    return _build(_SCHEDULE, table, parts, place)  # type: ignore[no-any-return]


def describe(part: object) -> dict[str, Any]:
    """The table of a part; raises ``InputError`` where it holds a number that is not finite."""
    kind = _KIND_OF.get(type(part))
    if kind is None:
        return {"user": user_name(part)}
    table: dict[str, Any] = {"kind": kind}
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        value, role = getattr(part, field.name), _role_of(field)
        is_own_number = kind in LAYERS and role is None and _takes_number(field.type)
        if is_own_number or not _is_default(field, value, role):
            place = f"{kind}.{field.name}"
            table[field.name] = name_or_table(value) if role else _plain(value, field, place)
    return table


def name_or_table(part: object) -> str | dict[str, Any]:
    """A part's plain name where it has its defaults alone, else its table."""
    table = describe(part)
    return table["kind"] if table.keys() == {"kind"} else table


def user_name(part: object) -> str:
    """The name under which a part of the user's is saved: its `name`, or that of its class."""
    name = getattr(part, "name", None)
    return name if isinstance(name, str) and name else type(part).__name__


def user_parts(part: object) -> Iterator[tuple[str, object]]:
    """The user's own among a part and its inner parts, each with its name."""
    if type(part) not in _KIND_OF:
        yield user_name(part), part
        return
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        if _role_of(field) is not None and getattr(part, field.name) is not None:
            yield from user_parts(getattr(part, field.name))


def _build(role: _Role, table: Any, parts: Parts | None, place: str) -> Any:
    if isinstance(table, str):
        table = {"kind": table}
    if not isinstance(table, Mapping):
        raise InputError(
            place_in(place, f"expected the name of a {role.word} or a table, found {show(table)}")
        )
    if "user" in table:
        return _adopt(role, table, parts, place)
    kind = _kind(role, table, place)
    values = _fields(kind, table, parts, place)
    try:
        return kind(**values)
    except InputError as error:
        raise InputError(place_in(inside(place, _culprit(kind, values)), str(error))) from None


def _kind(role: _Role, table: Table, place: str) -> type:
    name = table.get("kind")
    known = ", ".join(role.kinds)
    if name is None:
        raise InputError(place_in(place, f"this {role.word} has no 'kind'; choose one of {known}"))
    kind = role.kinds.get(role.synonyms.get(name, name)) if isinstance(name, str) else None
    if kind is None:
        raise InputError(
            place_in(place, f"there is no {role.word} {show(name)}; choose one of {known}")
        )
    return kind


def _fields(kind: type, table: Table, parts: Parts | None, place: str) -> dict[str, Any]:
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name in table:
        if name != "kind" and name not in fields:
            known = f"it has {', '.join(fields)}" if fields else "it has none"
            unknown = f"{show(name)}{near(name, fields)}"
            raise InputError(place_in(place, f"'{_KIND_OF[kind]}' has no field {unknown}; {known}"))
    for name, field in fields.items():
        if name not in table and field.default is dataclasses.MISSING:
            raise InputError(place_in(place, f"'{_KIND_OF[kind]}' needs the field '{name}'"))
    return {
        name: _value(field, table[name], parts, inside(place, name))
        for name, field in fields.items()
        if name in table
    }


def _value(field: Any, value: Any, parts: Parts | None, place: str) -> Any:
    role = _role_of(field)
    if value is None and NoneType in get_args(field.type):
        return None
    if role is not None:
        return _build(role, value, parts, place)
    value = _typed(field.type, value, place)
    if field.name in _LEAST and isinstance(value, float):
        least, included = _LEAST[field.name]
        if not (value >= least if included else value > least):
            words = f"from {least:g} up" if included else f"above {least:g}"
            raise InputError(place_in(place, f"expected a number {words}, found {show(value)}"))
    return value


def _typed(annotation: Any, value: Any, place: str) -> Any:
    """The value in the type of its field; a whole number is taken where a number is expected."""
    if annotation is int:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST_UNITS:
            return value
        raise _unlike("a whole number from 1", value, place)
    if annotation is bool:
        if isinstance(value, bool):
            return value
        raise _unlike("true or false", value, place)
    if get_origin(annotation) is Literal:
        if isinstance(value, str) and value in get_args(annotation):
            return value
        raise _unlike(" or ".join(f'"{x}"' for x in get_args(annotation)), value, place)
    if isinstance(value, (list, tuple)) and _takes_list(annotation):
        return tuple(_number(x, f"{place}[{i}]") for i, x in enumerate(value))
    return _number(value, place)


def _number(value: Any, place: str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise _unlike("a finite number", value, place)


def _plain(value: Any, field: Any, place: str) -> Any:
    """A part's own value as plain data, checked as it will be when it is read again."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [float(x) for x in _value(field, list(value), None, place)]
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int) and field.type is not int:
        value = float(value)
    return _value(field, value, None, place)


def _adopt(role: _Role, table: Table, parts: Parts | None, place: str) -> Any:
    name = table["user"]
    if not isinstance(name, str) or len(table) != 1:
        raise InputError(
            place_in(place, 'a part of the user\'s is {"user": "its name"} and nothing else')
        )
    if isinstance(parts, AnyParts):
        return role.stand_in
    if parts is None or name not in parts:
        raise InputError(
            place_in(
                place,
                f"the {role.word} {show(name)} is the user's own and is not in the file; "
                f"hand it back with parts={{{name!r}: ...}}",
            )
        )
    try:
        part = role.adopt(_made(parts[name]))
    except InputError as error:
        raise InputError(place_in(place, f"parts[{name!r}]: {error}")) from None
    if isinstance(part, (UserActivation, UserLoss)):
        return dataclasses.replace(part, name=name)
    return part


def _made(own: Any) -> Any:
    """The user's object, made where a class was handed back."""
    if not isinstance(own, type):
        return own
    try:
        return own()
    except TypeError as error:
        raise InputError(
            f"the class cannot be made without arguments; give an object ({error})"
        ) from None


def _culprit(kind: type, values: dict[str, Any]) -> str:
    """The first field that the part refuses by itself, or '' where none is."""
    required = {
        field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING
    }
    for name in values:
        try:
            kind(**{other: values[other] for other in values if other == name or other in required})
        except InputError:
            return name
    return ""


def _role_of(field: Any) -> _Role | None:
    options = get_args(field.type) if _is_union(field.type) else (field.type,)
    return next((_ROLE_OF_ANNOTATION[x] for x in options if x in _ROLE_OF_ANNOTATION), None)


def _is_default(field: Any, value: Any, role: _Role | None) -> bool:
    if field.default is dataclasses.MISSING:
        return False
    default = field.default
    if role is not None and isinstance(default, str):
        default = role.adopt(default)
    return type(value) is type(default) and bool(value == default)


def _takes_number(annotation: Any) -> bool:
    options = get_args(annotation) if _is_union(annotation) else (annotation,)
    return int in options or float in options


def _takes_list(annotation: Any) -> bool:
    return any(get_origin(option) is tuple for option in get_args(annotation))


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _unlike(expected: str, value: Any, place: str) -> InputError:
    return InputError(place_in(place, f"expected {expected}, found {show(value)}"))
