"""Every example is run, both ways; each asserts its own results."""

import importlib.util
import sys
from pathlib import Path

import pytest

from docs.pages import ROOT

EXAMPLES = ROOT / "examples"
WITH_SHARED_DATA = ("kaggle", "mnist_compressed")
HELPERS = ("system",)
SCRIPTS = sorted(path.stem for path in EXAMPLES.glob("*.py") if path.stem not in HELPERS)


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in WITH_SHARED_DATA])
def test_example_reaches_its_results(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_example(name, tmp_path, monkeypatch)


@pytest.mark.parametrize("name", WITH_SHARED_DATA)
def test_example_with_shared_data_reaches_its_results(
    name: str, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_example(name, tmp_path, monkeypatch)


def run_example(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Call the script's main() in an empty folder, as `python examples/NAME.py` would."""
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setattr(sys, "argv", [f"{name}.py"])
    description = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert description is not None and description.loader is not None
    module = importlib.util.module_from_spec(description)
    description.loader.exec_module(module)
    module.main()
