"""`glassnet init`: a run's description as commented TOML, to edit and to train."""

import os

import click

from glassnet.cli.options import debug_option, quiet_option


@click.command("init")
@click.argument("what", default="digits", metavar="[WHAT]")
@click.option("--out", default="run.toml", metavar="FILE", help="The file to write [run.toml].")
@click.option("--original", is_flag=True, help="The setting of the original write-up.")
@quiet_option
@debug_option
def init_command(what: str, out: str, original: bool, quiet: bool) -> None:
    """Write a run's description to edit, as commented TOML.

    WHAT is what you would train on: a data set's name, one of the five systems, or a path.
    """
    from glassnet.cli.what import choose_run
    from glassnet.errors import InputError
    from glassnet.files.atomic import write_text
    from glassnet.files.run_toml import run_to_toml

    if os.path.lexists(out):
        raise InputError(f"{out!r} exists already; choose another name with --out")
    choice = choose_run(what, original)
    write_text(out, run_to_toml(choice.run))
    if not quiet:
        if choice.note:
            click.echo(f"glassnet: note: {choice.note}", err=True)
        click.echo(f"wrote {out}; edit it, then: glassnet train {out}")
