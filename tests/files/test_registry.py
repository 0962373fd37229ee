"""The registry: every part to plain data and back, nothing taken that is not known."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import glassnet as gn
from glassnet.errors import InputError
from glassnet.files import registry
from glassnet.nn.activations import ACTIVATIONS
from glassnet.nn.initializers import INITIALIZERS
from glassnet.nn.optimizers import OPTIMIZERS
from glassnet.nn.schedules import SCHEDULES
from glassnet.nn.user_loss import LOSSES

ROLES = {
    "layer": (registry.LAYERS, registry.build_layer),
    "activation": (ACTIVATIONS, registry.build_activation),
    "loss": (LOSSES, registry.build_loss),
    "initializer": (INITIALIZERS, registry.build_initializer),
    "optimizer": (OPTIMIZERS, registry.build_optimizer),
    "schedule": (SCHEDULES, registry.build_schedule),
}
REQUIRED = {"units": 3, "learning_rate": 0.1}
# A value that is legal, and not the default, for the fields of each name.
OTHER: dict[str, Any] = {
    "units": 5, "activation": gn.ELU(0.3), "weight_init": gn.Orthogonal(2.0),
    "bias_init": gn.Normal(0.5), "rate": 0.25, "momentum": 0.8, "epsilon": 1e-3, "joint": True,
    "shift": (1.0, -0.0), "factor": 0.25, "k": 5.0, "threshold": 0.25, "slope": 0.3, "alpha": 0.7,
    "reduction": "sum", "delta": 2.0, "from_logits": True, "label_smoothing": 0.1, "value": 0.3,
    "scale": 0.3, "low": -0.25, "high": 0.75, "distribution": None, "gain": 2.0, "beta": 0.8,
    "rho": 0.8, "beta1": 0.8, "beta2": 0.99, "decay": 0.5, "learning_rate": 0.3, "every": 5.0,
    "warmup": 0.2, "final": 0.01, "start": 0.1, "epochs": 30.0,
}  # fmt: skip
KINDS = [(role, name) for role, (kinds, _) in ROLES.items() for name in kinds]


def instances(kind: type) -> list[Any]:
    """The part with its defaults, and with each field changed by itself."""
    names = [field.name for field in dataclasses.fields(kind)]
    required = {name: value for name, value in REQUIRED.items() if name in names}
    parts = [kind(**required)]
    for name in names:
        value = OTHER[name]
        if name == "distribution":
            value = {"uniform": "normal", "normal": "uniform"}[parts[0].distribution]
        parts.append(kind(**{**required, name: value}))
    return parts


@pytest.mark.parametrize(("role", "name"), KINDS)
def test_every_field_of_every_part_comes_back(role: str, name: str) -> None:
    kinds, build = ROLES[role]
    tables = []
    for part in instances(kinds[name]):
        table = registry.describe(part)
        assert table["kind"] == name and build(table) == part
        assert build(registry.name_or_table(part)) == part
        tables.append(table)
    assert all(table != tables[0] for table in tables[1:])


def test_the_tables_are_short() -> None:
    layer = gn.Dense(32, "relu", gn.Normal(1.0))
    assert registry.describe(layer) == {
        "kind": "dense",
        "units": 32,
        "activation": "relu",
        "weight_init": {"kind": "normal", "scale": 1.0},
    }
    assert registry.describe(gn.SoftStep()) == {"kind": "soft_step", "k": 10.0, "threshold": 0.5}
    assert registry.name_or_table(gn.Adam()) == "adam"
    assert registry.describe(gn.Dropout(np.float64(0.5))) == {"kind": "dropout", "rate": 0.5}
    assert registry.build_activation("swish").name == "silu"
    assert registry.build_optimizer("lbfgs") == "lbfgs"
    assert registry.build_schedule(0.3) == gn.Constant(0.3)


def test_a_number_that_no_file_can_hold_is_refused_when_it_is_described() -> None:
    for part, place in (
        (gn.Dense(2, weight_init=gn.Normal(float("nan"))), "normal.scale"),
        (gn.LeakyReLU(float("inf")), "leaky_relu.slope"),
        (gn.Dense(10**20), "dense.units"),
        (gn.Adam(epsilon=0.0), "adam.epsilon"),
    ):
        with pytest.raises(InputError, match=place):
            registry.describe(part)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from([name for _, name in KINDS]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["kind", "user", *OTHER]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(st.sampled_from(sorted(ROLES)), PLAIN)
def test_anything_else_is_refused_with_the_place(role: str, table: Any) -> None:
    try:
        part = ROLES[role][1](table, None, "here")
    except InputError as error:
        assert str(error).startswith("here") and "\n" not in str(error)
    else:
        assert part == "lbfgs" or ROLES[role][1](registry.describe(part)) == part


class Twice(gn.Flatten):
    """A layer of the user's."""

    name = "twice"


class Ramp:
    """A schedule of the user's."""

    name = "ramp"
    epochs = None

    def rate(self, epoch: float, epochs: float) -> float:
        return 0.1 * (1 + epoch)


class Half:
    """An initializer of the user's."""

    name = "half"

    def sample(self, shape: tuple[int, ...], seed: int, position: int) -> np.ndarray:
        return np.full(shape, 0.5)


class Slow(gn.GradientDescent):
    """An optimizer of the user's."""

    name = "slow"


@pytest.mark.parametrize(
    ("role", "part"),
    [("layer", Twice()), ("schedule", Ramp()), ("initializer", Half()), ("optimizer", Slow())],
)
def test_the_users_own_are_saved_by_name_and_handed_back(role: str, part: Any) -> None:
    build = ROLES[role][1]
    table = registry.describe(part)
    assert table == {"user": part.name}
    assert build(table, {part.name: part}) is part
    with pytest.raises(InputError, match=f"parts={{'{part.name}': ...}}"):
        build(table)
    with pytest.raises(InputError, match=f"at: parts\\['{part.name}'\\]"):
        build(table, {part.name: object()}, "at")
    assert build(table, registry.AnyParts()) is not part


def test_inner_parts_of_the_users_are_found() -> None:
    layer = gn.Dense(2, (np.sin, np.cos), Half())
    assert registry.describe(layer)["activation"] == {"user": "sin"}
    assert [name for name, _ in registry.user_parts(layer)] == ["sin", "half"]
    back = registry.build_layer(registry.describe(layer), {"sin": (np.sin, np.cos), "half": Half})
    assert back.activation == layer.activation and isinstance(back.weight_init, Half)


def test_a_class_that_needs_arguments_is_refused_with_a_sentence() -> None:
    class Needy(gn.Flatten):
        def __init__(self, size: int) -> None:
            super().__init__()

    with pytest.raises(InputError, match="parts\\['Needy'\\].*give an object"):
        registry.build_layer({"user": "Needy"}, {"Needy": Needy})
