"""`glassnet verify`: the gradient of a network that someone wrote in a file of their own."""

import os
import sys
from types import TracebackType
from typing import Any

import click

from glassnet.cli.options import debug_option
from glassnet.errors import FileError, InputError

MISTAKES = 3  # the exit code where something is wrong
NEEDED, ALLOWED = ("parameters", "loss", "gradients"), ("X", "Y", "update")


@click.command("verify")
@click.argument("file")
@debug_option
@click.pass_context
def verify_command(ctx: click.Context, file: str) -> None:
    """Check the gradient of your own network, and say what is wrong with it.

    FILE is a Python file; it is run, but not as a program, so what stands under
    if __name__ == "__main__" is left out. It defines

    \b
      parameters   a dict of arrays, such as {"W1": W1, "b1": b1}
      loss         a function of such a dict: one number
      gradients    a function of such a dict: a dict with the same keys
      X, Y         if the functions take them: loss(parameters, X, Y)
      update       if wanted, a function that makes one step of descent

    The exit code is 3 where a mistake was found.
    """  # noqa: D301 - click reads the sign itself
    from glassnet.insight.verify import verify

    names = run_file(file)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise InputError(
            f"'{file}' does not define {' and '.join(missing)}; a file for verify defines "
            "parameters, loss and gradients (see 'glassnet verify --help')"
        )
    given = {name: names[name] for name in ALLOWED if names.get(name) is not None}
    if not takes_data(names["loss"]):  # the functions find X and Y themselves
        given = {name: value for name, value in given.items() if name == "update"}
    else:
        _refuse_half_of_the_data(file, names, given)
    report = verify(*(names[name] for name in NEEDED), **given)
    click.echo(report.text())
    if not report.ok:
        ctx.exit(MISTAKES)


def _refuse_half_of_the_data(file: str, names: dict[str, Any], given: dict[str, Any]) -> None:
    """Raise ``InputError`` where the loss takes X and Y and the file calls one of them x or y, or
    has but one."""
    missing = [letter for letter in "XY" if letter not in given]
    small = [letter.lower() for letter in missing if names.get(letter.lower()) is not None]
    if not missing or (len(missing) == 2 and not small):
        return
    advice = "define it in the file"
    if small:
        advice = "; ".join(f"it defines {name}: call that {name.upper()}" for name in small)
    raise InputError(
        f"'{file}' does not define {' and '.join(missing)}, which loss takes behind the "
        f"parameters; {advice}"
    )


def takes_data(loss: Any) -> bool:
    """Whether a loss is called as loss(parameters, X, Y): it has three arguments in turn."""
    from inspect import signature

    try:
        parameters = signature(loss).parameters.values()
    except (TypeError, ValueError):  # nothing is known of it
        return False
    in_turn = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return len(in_turn) >= 3


def run_file(file: str) -> dict[str, Any]:
    """The names that a Python file defines.

    It may import what lies beside it. Raises ``FileError`` where it cannot be read, ``InputError``
    with the line where it fails.
    """
    from runpy import run_path

    if not os.path.isfile(file):
        raise FileError(f"there is no file '{file}'")
    before = sys.argv, sys.path
    sys.argv, sys.path = [file], [os.path.dirname(os.path.abspath(file)), *sys.path]
    try:
        return run_path(file, run_name="__verify__")
    except OSError as error:
        if error.filename == file:
            raise FileError(f"'{file}' cannot be read: {error.strerror}") from None
        raise _failure(file, error) from error
    except SyntaxError as error:
        line = "" if error.lineno is None else f", line {error.lineno}"
        raise InputError(f"'{file}'{line}: this is no Python: {error.msg}") from None
    except SystemExit as error:
        raise InputError(
            f"'{file}' ends the program itself (sys.exit); put what trains or prints under "
            'if __name__ == "__main__"'
        ) from error
    except Exception as error:
        raise _failure(file, error) from error
    finally:
        sys.argv, sys.path = before


def _failure(file: str, error: Exception) -> InputError:
    """The error of the user's file, in a sentence with its line."""
    told = str(error).strip().split("\n")[0]
    line = _line_of(file, error.__traceback__)
    place = f"'{file}'" + ("" if line is None else f", line {line}")
    return InputError(f"{place}: {type(error).__name__}: {told[:200]}".rstrip(": "))


def _line_of(file: str, traceback: TracebackType | None) -> int | None:
    """The last line of the file that the error came through."""
    found = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == file:
            found = traceback.tb_lineno
        traceback = traceback.tb_next
    return found
