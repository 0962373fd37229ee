"""Running commands: inside this process, and as real programs of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from glassnet.cli.main import main
from house.modules import ROOT

QUICK = ("--epochs", "2", "--layers", "4")


def run(*words: str) -> Result:
    """A command inside this process; its output and error are apart."""
    return CliRunner().invoke(main, list(words))


def surroundings(**more: str) -> dict[str, str]:
    """The environment of a program of its own that imports these sources."""
    return os.environ | {"PYTHONPATH": str(ROOT / "src"), "OPENBLAS_NUM_THREADS": "1"} | more


def program(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """A command as a program of its own, in the folder under way."""
    return subprocess.run(
        [sys.executable, "-m", "glassnet", *words],
        env=surroundings(**more),
        capture_output=True,
        text=True,
        timeout=120,
    )


def assert_refused(result: Result, *words: str) -> str:
    """The command ended with 2 and said one line, with these words in it; that line."""
    assert result.exit_code == 2, result.output
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("glassnet: ")
    assert "Traceback" not in result.output
    for word in words:
        assert word in lines[0]
    return lines[0]


def files_in(folder: Path) -> set[str]:
    """The names of what lies in a folder, hidden and half-written files too."""
    return {path.name for path in folder.iterdir()}


def plain(text: str) -> str:
    """Text without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
