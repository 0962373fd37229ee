"""The `glassnet` command: its subcommands, and what every fault and interruption turns into."""

import gc
import sys
from collections.abc import Sequence
from typing import Any

import click

from glassnet import __version__
from glassnet.cli.data import data_command
from glassnet.cli.doctor import doctor_command
from glassnet.cli.evaluate import evaluate_command
from glassnet.cli.explain import explain_command
from glassnet.cli.failures import explain, one_line, silence_output
from glassnet.cli.info import info_command
from glassnet.cli.init import init_command
from glassnet.cli.lab import lab_command
from glassnet.cli.predict import predict_command
from glassnet.cli.show import show_command
from glassnet.cli.train import train_command
from glassnet.cli.verify import verify_command
from glassnet.errors import GlassnetError


class Program(click.Group):
    """The commands in the order of the work; each fault is one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they were added."""
        return list(self.commands)

    def main(  # type: ignore[override]  # click's own overloads speak of exit modes
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **options: Any
    ) -> Any:
        """Run a command and leave with its exit code: 0, 1, 2, 130 (Ctrl-C) or 141 (pipe)."""
        arguments = list(sys.argv[1:] if args is None else args)
        options["standalone_mode"] = False
        debug = "--debug" in arguments
        for stream in (sys.stdout, sys.stderr):
            # A sign that the terminal cannot show becomes a question mark, never a fault.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        try:
            code = super().main(arguments, prog_name or "glassnet", **options)
        except (SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            code = report_failure(error, debug)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command; click itself would leave with 1 where a reader went away."""
        from warnings import catch_warnings

        with catch_warnings():
            show_warnings_as_lines()
            try:
                return super().invoke(ctx)
            except BrokenPipeError:
                silence_output()
                return 141
            except KeyboardInterrupt as interruption:
                # As click's own Abort, without the empty line that click writes first.
                raise click.Abort from interruption


def report_failure(error: BaseException, debug: bool) -> int:
    """Print the sentence for the fault (and the traceback, where asked for); its exit code."""
    sentence, code = explain(error)
    if debug:
        from traceback import print_exception

        print_exception(error)
    if isinstance(error, OSError) and not isinstance(error, GlassnetError):
        # What is left in the buffer would fail once more when the program ends.
        silence_output()
    click.echo(f"glassnet: {sentence}", err=True)
    return code


def show_warnings_as_lines() -> None:
    """A warning is one line on standard error, without the place in the source."""
    import warnings

    if "--debug" in sys.argv:
        return

    def show(message: Warning | str, *place: Any, **more: Any) -> None:
        click.echo(f"glassnet: warning: {one_line(str(message))}", err=True)

    warnings.showwarning = show


@click.group(
    "glassnet",
    cls=Program,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
    epilog="Begin with: glassnet train digits",
)
@click.version_option(__version__, message="glassnet %(version)s")
@click.option("--debug", is_flag=True, expose_value=False, help="Print the traceback of a fault.")
@click.pass_context
def main(context: click.Context) -> None:
    """A neural network that you can see through: train one, and look at what it learned."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (
    train_command,
    predict_command,
    evaluate_command,
    show_command,
    explain_command,
    verify_command,
    doctor_command,
    lab_command,
    data_command,
    init_command,
    info_command,
):
    main.add_command(command)


def console() -> None:
    """`main` as a process of its own.

    Python looks for garbage each time some hundred objects more exist, and again at its end. Of
    the million that the libraries are made of none is garbage: looking seldom, and not at the end,
    saves a command half a second.
    """
    gc.set_threshold(200_000, 20, 100)
    try:
        main()
    finally:
        gc.freeze()
