"""What is kept in the repository: no machine's addresses, a docstring in each file, short files."""

import ast
import subprocess
from pathlib import Path

import pytest

from house.modules import ROOT

# In pieces, so that this file does not hold what it looks for.
SUSPICIOUS = [
    "files." + "pythonhosted",
    "pypi." + "org/simple",
    "registry." + "npmjs",
    "--index" + "-url",
    "--extra-index" + "-url",
    "--find" + "-links",
    "--trusted" + "-host",
    "PIP_" + "FIND_LINKS",
    "file:" + "///",
    "/" + "work/",
    "/" + "tmp/",
    "/" + "root/",
    "/" + "opt/",
    "/" + "home/",
    "/" + "Users/",
]
LONGEST = 400
BINARY = {".png", ".gif", ".gz", ".npz", ".ico", ".woff2"}


def tracked_files() -> list[Path]:
    """The files that git tracks, or, in an unpacked source archive, all that are there."""
    if (ROOT / ".git").exists():
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        )
        named = [ROOT / name for name in listing.stdout.split("\0") if name]
        return [path for path in named if path.is_file()]
    made = {".venv", "__pycache__", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
    return [path for path in ROOT.rglob("*") if path.is_file() and made.isdisjoint(path.parts)]


FILES = tracked_files()
PYTHON = [path for path in FILES if path.suffix == ".py"]


def relative(path: Path) -> str:
    """A file's name as the repository calls it."""
    return path.relative_to(ROOT).as_posix()


def test_there_are_files() -> None:
    assert "src/glassnet/errors.py" in map(relative, FILES)


@pytest.mark.parametrize("word", SUSPICIOUS)
def test_no_file_holds_an_address_of_a_machine(word: str) -> None:
    holding = [
        relative(path)
        for path in FILES
        if path.suffix not in BINARY and word in path.read_text(encoding="utf-8")
    ]
    assert holding == []


def test_every_file_opens_with_a_docstring() -> None:
    silent = [
        relative(path)
        for path in PYTHON
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_source_file_is_long() -> None:
    lengths = {
        relative(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in PYTHON
        if relative(path).startswith("src/")
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix in (".cpp", ".hpp")], ids=relative)
def test_every_file_of_the_kernel_says_what_it_is_and_is_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("// ") and len(lines) <= LONGEST


def test_every_folder_of_the_package_is_a_package() -> None:
    folders = {path.parent for path in PYTHON if relative(path).startswith("src/glassnet/")}
    assert [relative(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_file_is_heavy() -> None:
    heavy = {relative(path): path.stat().st_size for path in FILES if path.stat().st_size > 1 << 20}
    assert heavy == {}
