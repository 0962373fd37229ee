"""Every block of the README and the docs that can be run is run, and its output compared."""

import contextlib
import io
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from docs.pages import KINDS, NAMES, ROOT, Block, Command, blocks_of, commands_of, matches
from glassnet.cli.main import main as program
from glassnet.files.run import read_run
from glassnet.lab import page_files

# Pages about MNIST.
WITH_SHARED_DATA = ("docs/systems/kaggle.md", "docs/systems/mnist-compressed.md")
# Its widget has no browser here: a stand-in for the script that Vite builds will do.
WITH_WIDGET = "docs/notebook.md"

# The lines of `sh` blocks: they are about the repository, so that they are not run but checked.
REPOSITORY_LINES = (
    r"make (?P<target>\w+)",
    r"pip install '?\.(?:\[(?P<extras>[\w,]+)\])?'?",
    r"source \.venv/bin/activate",
    r"\.ci/run",
    r"export GLASSNET_DATA=\S+",
    r"(?:\.venv/bin/)?python (?P<script>\S+\.py)(?: .*)?",
    r"(?:\.venv/bin/)?python -m pytest (?P<folder>tests/\w+)",
    r"sphinx-build -W (?P<source>docs) docs/_build",
)


@pytest.mark.parametrize("page", [name for name in NAMES if name not in WITH_SHARED_DATA])
def test_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_page(page, tmp_path, monkeypatch)


@pytest.mark.parametrize("page", WITH_SHARED_DATA)
def test_page_with_shared_data_runs(
    page: str, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_page(page, tmp_path, monkeypatch)


@pytest.mark.parametrize("page", NAMES)
def test_every_fence_is_of_a_known_kind(page: str) -> None:
    unknown = [f"{block.place}: {block.kind}" for block in blocks_of(page)]
    assert [name for name in unknown if name.split(": ")[1] not in KINDS] == []


@pytest.mark.parametrize("page", NAMES)
def test_what_could_be_run_is_called_so(page: str) -> None:
    for block in blocks_of(page):
        words = {line.split()[0] for line in block.text.splitlines() if line.strip()}
        if block.kind == "":
            assert not words & {"$", "glassnet", "make", "pip", "python", "import", ">>>"}, (
                block.place
            )


@pytest.mark.parametrize("page", NAMES)
def test_lines_about_the_repository_are_true(page: str) -> None:
    for block in blocks_of(page):
        for line in block.text.splitlines() if block.kind == "sh" else ():
            check_repository_line(line.split("#")[0].strip(), block)


def test_the_readme_shows_the_two_commands_of_the_makefile() -> None:
    blocks = [block.text.strip() for block in blocks_of("README.md") if block.kind == "sh"]
    assert blocks[:2] == ["make demo", "make test"]
    assert {"demo", "test"} <= makefile_targets()


def test_a_wrong_output_is_noticed() -> None:
    assert matches("a … c\n…\nlast", "a b c\nx\ny\nlast\n")
    assert matches("…\n1,797 samples", "first\nsecond\n1,797 samples   \n\n")
    assert not matches("a … c", "a b d")
    assert not matches("1,797 samples", "1,797 samples\nand more")
    assert not matches("accuracy 0.97", "accuracy 0.97 or 0.98")


def run_page(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the page's blocks in order: one namespace, one folder, empty at the start."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NO_COLOR", "1")
    if page == WITH_WIDGET:
        for name in ("index.html", "widget.js"):
            (folder / name).touch()
        monkeypatch.setattr(page_files, "FOLDER", folder)
    namespace: dict[str, Any] = {"__name__": "__page__"}
    printed: str | None = None
    for block in blocks_of(page):
        if block.kind == "text":
            assert printed is not None, f"{block.place}: no python block right before this output"
            assert matches(block.text, printed), f"{block.place}: printed was\n{printed}"
        printed = None
        if block.kind == "python":
            if name := re.match(r"# (\w+\.py)\n", block.text):  # shown as a file of that name
                (folder / name[1]).write_text(block.text, encoding="utf-8")
            printed = run_python(block, namespace)
        elif block.kind == "console":
            for command in commands_of(block):
                run_command(command, block)
        elif block.kind == "toml":
            (folder / "run.toml").write_text(block.text, encoding="utf-8")
            read_run(folder / "run.toml")


def run_python(block: Block, namespace: dict[str, Any]) -> str:
    """Run the block; an error names the page and the line. What it printed."""
    code = compile("\n" * (block.line - 1) + block.text, block.page, "exec")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, namespace)
    return printed.getvalue()


def run_command(command: Command, block: Block) -> None:
    """Run the command as its program does, and compare its output where one is shown."""
    place = f"{block.page}:{command.line}: {command.words}"
    words = shlex.split(command.words)
    assert words[0] == "glassnet", f"{place}: only glassnet's own commands are run"
    written = io.BytesIO()
    screen = io.TextIOWrapper(written, encoding="utf-8", write_through=True)
    with (
        contextlib.redirect_stdout(screen),
        contextlib.redirect_stderr(screen),
        pytest.raises(SystemExit) as end,
    ):
        program.main(words[1:])
    printed = written.getvalue().decode("utf-8")
    is_fault = re.search(r"^glassnet: (?!note:|warning:)", command.output, re.MULTILINE)
    has_mistakes = words[1] == "verify" and re.match(r"\d+ mistakes? found", command.output)
    has_alarms = words[1] == "doctor" and re.search(r"^[1-9]\d* alarms?, ", printed, re.MULTILINE)
    code = 2 if is_fault else 3 if has_mistakes or has_alarms else 0
    assert end.value.code == code, f"{place}\n{printed}"
    if command.output:
        assert matches(command.output, printed), f"{place}: printed was\n{printed}"


def check_repository_line(line: str, block: Block) -> None:
    found = next((m for p in REPOSITORY_LINES if (m := re.fullmatch(p, line))), None)
    assert found is not None, f"{block.place}: {line!r} is no line that a test can check"
    named = {name: value for name, value in found.groupdict().items() if value is not None}
    if "target" in named:
        assert named["target"] in makefile_targets(), f"{block.place}: {line}"
    for extra in filter(None, named.get("extras", "").split(",")):
        assert extra in package()["optional-dependencies"], f"{block.place}: {line}"
    for name in ("script", "folder", "source"):
        assert name not in named or (ROOT / named[name]).exists(), f"{block.place}: {line}"


def makefile_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^\.PHONY:(.*)$", text, re.MULTILINE)[0].split())


def package() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project: dict[str, Any] = tomllib.load(file)["project"]
    return project
