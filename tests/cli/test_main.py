"""The group: help that loads nothing, exit codes, faults of every kind, colours, warnings."""

import subprocess
import sys
import warnings

import click
import pytest

from cli.helpers import assert_refused, plain, program, run, surroundings
from glassnet.cli.failures import InterruptedRunError, explain, one_line
from glassnet.cli.main import Program, main
from glassnet.errors import FileError, InputError, NonFiniteLossError

HEAVY = ("numpy", "sklearn", "scipy", "matplotlib", "rich", "msgspec", "PIL", "pooch",
         "starlette", "uvicorn", "websockets")  # fmt: skip


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["train", "--help"], ["data", "-h"],
                                   ["lab", "--help"]])  # fmt: skip
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    script = (
        "import sys\n"
        "from glassnet.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert not end.code\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, *words], env=surroundings(), capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr.split() == []
    assert "glassnet" in answer.stdout


def test_the_help_names_every_command_in_the_order_of_the_work() -> None:
    names = [line.split()[0] for line in run("--help").output.splitlines() if line.startswith("  ")]
    wanted = ["train", "predict", "evaluate", "show", "explain", "lab", "data", "init", "info"]
    assert [name for name in names if name in wanted] == wanted


def test_the_help_of_train_leaves_no_option_out() -> None:
    shown = run("train", "--help").output
    options = {name for param in main.commands["train"].params for name in param.opts}
    assert [name for name in options if name.startswith("--") and name not in shown] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["inf"], "no such command 'inf'; did you mean 'info'?"),
        (["train"], "missing argument 'WHAT'"),
        (["train", "digits", "--layer", "3"], "--layer"),
        (["train", "digits", "--epochs", "many"], "'many' is not a number or 'auto'"),
        (["train", "digits", "--layers", "64,x"], "'64,x' is not a list of widths"),
        (["train", "digits", "--layers", "0"], "'0' is not a list of widths"),
        (["train", "digits", "--learning-rate", "0"], "above 0"),
        (["train", "digits", "--learning-rate", "nan"], "not possible"),
        (["train", "digits", "--seed", "-1"], "whole number from 0"),
        (["train", "digits", "--max-size", "much"], "write it as 500MB"),
        (["data", "list", "--foo"], "glassnet data list --help"),
    ],
)
def test_a_usage_error_is_one_line(words: list[str], said: str) -> None:
    assert_refused(run(*words), said)


def program_that_raises(error: BaseException) -> Program:
    """A group whose command `go` raises."""

    @click.group(cls=Program)
    @click.option("--debug", is_flag=True, expose_value=False)
    def group() -> None:
        """Do nothing."""

    @group.command()
    def go() -> None:
        """Raise."""
        raise error

    return group


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("the first\nand the second line"), 2, "the first and the second line"),
        (FileError("no room"), 2, "no room"),
        (NonFiniteLossError("step 3: infinite"), 2, "step 3: infinite"),
        (PermissionError(13, "Permission denied", "a.csv"), 2, "'a.csv': Permission denied"),
        (OSError(28, "No space left on device"), 2, "No space left on device; make room"),
        (MemoryError(), 2, "not enough memory"),
        (KeyboardInterrupt(), 130, "interrupted; nothing was saved"),
        (InterruptedRunError("kept in 'm.json'"), 130, "kept in 'm.json'"),
        (KeyError("x"), 1, "this should not happen (KeyError: 'x'); run it again with --debug"),
    ],
)
def test_every_fault_is_one_line_and_a_code(error: BaseException, code: int, said: str) -> None:
    from click.testing import CliRunner

    result = CliRunner().invoke(program_that_raises(error), ["go"])
    assert result.exit_code == code
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr


def test_debug_shows_the_traceback_before_the_sentence() -> None:
    from click.testing import CliRunner

    result = CliRunner().invoke(program_that_raises(KeyError("x")), ["--debug", "go"])
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("glassnet: ")


def test_a_message_cannot_move_the_cursor() -> None:
    assert one_line("a\x1b[2Jb\r\nc\td") == "a\\x1b[2Jb c\\td"
    assert explain(InputError("x\x07y"))[0] == "x\\x07y"


def test_warnings_are_lines_of_their_own() -> None:
    from click.testing import CliRunner

    @click.group(cls=Program)
    def group() -> None:
        """Do nothing."""

    @group.command()
    def go() -> None:
        """Warn."""
        warnings.simplefilter("always")
        warnings.warn("the\nsky", UserWarning, stacklevel=1)

    result = CliRunner().invoke(group, ["go"])
    assert result.stderr == "glassnet: warning: the sky\n"


def test_python_dash_m_is_the_same_program() -> None:
    assert program("--version").stdout.startswith("glassnet ")
    answer = program("train", "no-such-set")
    assert answer.returncode == 2
    assert answer.stderr.startswith("glassnet: there is no file and no data set 'no-such-set'")


def test_a_reader_that_goes_away_is_no_fault() -> None:
    answer = subprocess.run(
        f"{sys.executable} -m glassnet predict breast-cancer-stand-in --help | head -1; "
        f"{sys.executable} -m glassnet data list | head -1",
        shell=True,
        env=surroundings(),
        capture_output=True,
        text=True,
    )
    assert answer.stderr == ""
    assert len(answer.stdout.splitlines()) == 2


def test_a_full_output_device_is_one_line() -> None:
    answer = subprocess.run(
        f"{sys.executable} -m glassnet data list > /dev/full",
        shell=True,
        env=surroundings(),
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 2
    assert answer.stderr.splitlines() == [
        "glassnet: standard output could not be written: No space left on device; make room and "
        "run it again"
    ]


def test_a_terminal_of_plain_letters_gets_no_others() -> None:
    answer = program("data", "list", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert answer.returncode == 0
    assert answer.stdout.isascii()


def test_colours_are_asked_for_and_forbidden() -> None:
    coloured = program("data", "list", FORCE_COLOR="1").stdout
    assert "\x1b[" in coloured
    assert plain(coloured) == program("data", "list").stdout
    assert "\x1b[" not in program("data", "list", FORCE_COLOR="1", NO_COLOR="1").stdout


def test_the_bare_command_shows_the_help() -> None:
    result = run()
    assert result.exit_code == 0
    assert "Commands:" in result.stdout and "glassnet train digits" in result.stdout
