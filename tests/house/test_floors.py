"""A folder imports only from lower floors, no module imports itself in a circle, and every
library that is imported is a declared dependency."""

import sys
import tomllib
from pathlib import Path

import pytest

from house.modules import ROOT, all_modules, find_circle, house_imports, imported_names

FLOORS = {
    "errors": -1,
    "nn": 0,
    "data": 0,
    "scores": 0,
    "plots": 0,
    "engines": 1,
    "files": 1,
    "training": 2,
    "network": 3,
    "models": 4,
    "insight": 5,
    "exports": 5,
    "study": 6,
    "lab": 6,
    "cli": 7,
    "__main__": 8,
}
MODULES = all_modules()

# Where a library's import name is not its package's name.
PACKAGE_OF = {"sklearn": "scikit-learn", "PIL": "pillow"}


def place_of(module: str) -> str:
    """The folder, or the single file, of the house that a module lives in."""
    return module.split(".")[1] if "." in module else ""


def faults(modules: dict[str, Path]) -> list[str]:
    """Every import that goes up, or across to another folder of the same floor."""
    found = []
    for module, imports in house_imports(modules).items():
        for line, imported in imports:
            here, there = place_of(module), place_of(imported)
            # The root brings every public name lazily, and hands out its version to all.
            if here in ("", there) or there == "":
                continue
            if FLOORS[there] >= FLOORS[here]:
                found.append(f"{module}, line {line}: imports {imported}")
    return found


def test_every_place_has_a_floor() -> None:
    places = {place_of(module) for module in MODULES} - {""}
    assert places <= FLOORS.keys()


def test_imports_go_down() -> None:
    assert faults(MODULES) == []


def test_only_the_version_is_taken_from_the_root() -> None:
    taken = [
        (module, line, name)
        for module, path in MODULES.items()
        for line, base, name in imported_names(module, path)
        if base == "glassnet" and f"glassnet.{name}" not in MODULES and name != "__version__"
    ]
    assert taken == []


def test_no_circles() -> None:
    edges = {
        module: [imported for _, imported in imports]
        for module, imports in house_imports(MODULES).items()
        if module != "glassnet"
    }
    assert find_circle(edges) is None


def test_every_library_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = project["dependencies"] + extras["tables"] + extras["notebook"]
    names = {line.split(">")[0].split("[")[0].lower() for line in declared}
    undeclared = set()
    for module, path in MODULES.items():
        for _, base, _name in imported_names(module, path):
            library = base.split(".")[0]
            if library == "glassnet" or library in sys.stdlib_module_names:
                continue
            if PACKAGE_OF.get(library, library) not in names:
                undeclared.add((module, library))
    assert undeclared == set()


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A source folder with two rooms, to prove that the reader sees each kind of fault."""
    for folder in ("nn", "engines"):
        (tmp_path / "glassnet" / folder).mkdir(parents=True)
        (tmp_path / "glassnet" / folder / "__init__.py").touch()
    (tmp_path / "glassnet" / "__init__.py").touch()
    (tmp_path / "glassnet" / "engines" / "fast.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "import glassnet.engines.fast",
        "from glassnet.engines import fast",
        "from glassnet import engines",
        "from ..engines.fast import run",
        "from .. import engines",
        "def later():\n    from glassnet.engines.fast import run",
    ],
)
def test_an_import_upwards_is_found(small_house: Path, text: str) -> None:
    (small_house / "glassnet" / "nn" / "dense.py").write_text(text, encoding="utf-8")
    assert len(faults(all_modules(small_house))) == 1


def test_a_circle_is_found() -> None:
    assert find_circle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]
    assert find_circle({"a": ["b", "c"], "b": ["c"], "c": []}) is None
