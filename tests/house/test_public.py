"""The public names: each loads, each says what it is, none is missing, and none is loaded early."""

import ast
import inspect
import subprocess
import sys
from dataclasses import is_dataclass
from importlib import import_module

import pytest

import glassnet
from house.modules import SOURCE, all_modules

# What a user hands to a network by object comes from these; all of it is public.
PARTS = ["nn.layers", "nn.normalization", "nn.soft_step", "nn.losses", "nn.optimizers"]
PARTS += ["nn.schedules", "training.events", "errors"]


@pytest.mark.parametrize("name", glassnet.__all__)
def test_a_public_name_loads_and_explains_itself(name: str) -> None:
    thing = getattr(glassnet, name)
    own = vars(thing).get("__doc__") if isinstance(thing, type) else inspect.getdoc(thing)
    assert own
    # A dataclass without a docstring shows its signature instead.
    assert not own.startswith(f"{name}(")


@pytest.mark.parametrize("name", glassnet._FOLDERS)
def test_a_folder_is_had_without_its_own_import(name: str) -> None:
    script = f"import glassnet; print(glassnet.{name}.__name__)"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert answer.stdout.strip() == f"glassnet.{name}"


def test_dir_shows_every_name() -> None:
    assert set(glassnet.__all__) <= set(dir(glassnet))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'Netwrok'"):
        glassnet.Netwrok  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse((SOURCE / "glassnet" / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        (node.module, alias.asname)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("glassnet.")
        for alias in node.names
    }
    table = {(f"glassnet.{module}", name) for name, module in glassnet._MODULE_OF.items()}
    assert seen == table


@pytest.mark.parametrize("part", [part for part in PARTS if f"glassnet.{part}" in all_modules()])
def test_no_part_is_missing(part: str) -> None:
    module = import_module(f"glassnet.{part}")
    parts = {
        name
        for name, thing in vars(module).items()
        if isinstance(thing, type)
        and thing.__module__ == module.__name__
        and (is_dataclass(thing) or issubclass(thing, Exception))
        and not name.startswith("_")
    }
    assert parts <= set(glassnet.__all__)


def test_the_import_loads_nothing_else() -> None:
    script = (
        "import sys; before = set(sys.modules); import glassnet; "
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(*new - sys.stdlib_module_names)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["glassnet"]
