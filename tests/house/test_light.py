"""With NumPy and msgspec alone everything runs that also has to run inside a browser."""

import json
import os
import subprocess
import sys

import pytest

from house.light_program import MODULES, STEPS, light_modules
from house.modules import ROOT


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    """What went wrong with each module and step while every other library was blocked."""
    folders = [str(ROOT / "src"), str(ROOT / "tests")]
    answer = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "tests" / "house" / "light_program.py")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.parametrize("module", light_modules())
def test_a_light_module_imports(outcomes: dict[str, str], module: str) -> None:
    assert outcomes[module] == ""


@pytest.mark.parametrize(
    "step", [step.__name__ for step, needed in STEPS.items() if needed in MODULES]
)
def test_a_step_works(outcomes: dict[str, str], step: str) -> None:
    assert outcomes[step] == ""


def test_the_other_libraries_are_blocked() -> None:
    script = (
        "import sys; from house.light_program import Blocker; "
        "sys.meta_path.insert(0, Blocker()); import scipy"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
    )
    assert "No module named 'scipy' (blocked)" in answer.stderr
