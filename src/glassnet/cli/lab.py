"""`glassnet lab`: the browser lab, served on this machine or written as a folder of files."""

import gc
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glassnet.cli.options import debug_option
from glassnet.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from glassnet.data.dataset import Dataset
    from glassnet.lab.session import Session

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")


@click.command("lab")
@click.argument("data", required=False, metavar="[DATA]")
@click.option("--target", metavar="COLUMN", help="The target's column in DATA.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="NUMBER",
              help="The port; 0: any.  [default: 8765 or the next free one]")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Open no browser; print the address only.")
@click.option("--host", default="127.0.0.1", metavar="ADDRESS",
              help="Listen on another address than this machine's own 127.0.0.1.")  # fmt: skip
@click.option("--allow-host", multiple=True, metavar="NAME",
              help="A name that others reach it by, such as lab.school.example.")  # fmt: skip
@click.option("--token", envvar="GLASSNET_TOKEN", metavar="TOKEN",
              help="A token of your own, of 16 characters or more; better given as "
              "GLASSNET_TOKEN.  [default: a new one each time]")  # fmt: skip
@click.option("--max-sessions", type=click.IntRange(1, 1000), default=40, show_default=True,
              metavar="NUMBER", help="How many labs at once.")  # fmt: skip
@click.option("--idle", type=click.FloatRange(0.1, 1440), default=10.0, show_default=True,
              metavar="MINUTES", help="How long a lab waits for a page that was closed or lost "
              "its connection.")  # fmt: skip
@click.option("--memory", type=click.IntRange(16, 1 << 20), default=512, show_default=True,
              metavar="MB", help="How much memory one lab may hold.")  # fmt: skip
@click.option("--static", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Serve nothing: write the lab as files that need no server.")  # fmt: skip
@click.option("--pyodide", type=click.Path(path_type=Path), metavar="FOLDER",
              help="With --static: a Pyodide to put beside the files.")  # fmt: skip
@debug_option
def lab_command(static: Path | None, pyodide: Path | None, **options: Any) -> None:
    """Watch a network learn, in the browser.

    The lab runs on this machine and is open to nobody else: the address that is printed holds a
    token without which it does not answer. DATA is a table of your own to train on. Ctrl-C ends it.
    """
    if static is not None:
        from glassnet.lab.static.folder import write_static

        write_static(static, pyodide)
        click.echo(f"wrote {static}; serve it with: python -m http.server -d {static}")
        return
    if pyodide is not None:
        raise InputError("--pyodide goes with --static: it says what the files run on")
    start_lab(**options)


def start_lab(
    data: str | None, target: str | None, port: int | None, no_browser: bool, host: str,
    allow_host: tuple[str, ...], token: str | None, max_sessions: int, idle: float, memory: int,
) -> None:  # fmt: skip
    """Check what was given, then serve until Ctrl-C or SIGTERM."""
    check_token(host, token)
    names = tuple(checked_name(name) for name in allow_host)
    from glassnet.lab.page_files import page_files

    page = page_files()
    make_session = session_maker(data, target)
    from glassnet.lab.server.app import bind, make_app, serve
    from glassnet.lab.server.gate import Keys
    from glassnet.lab.server.limits import Limits

    limits = Limits(sessions=max_sessions, idle=60 * idle, memory=memory << 20)
    listener = bind(host, port)
    number = listener.getsockname()[1]
    keys = Keys(number, token) if token else Keys(number)
    if host not in (*LOOPBACK, *EVERYWHERE):
        names = (f"[{host}]" if ":" in host else host, *names)
    app = make_app(page, keys, make_session, limits, names)
    shown = "127.0.0.1" if host in (*LOOPBACK[:2], *EVERYWHERE) else host
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{number}/?token="

    def tell() -> None:
        click.echo(f"{address}{keys.token}")
        click.echo("the lab is open at this address; Ctrl-C ends it", err=True)
        if host in EVERYWHERE and not names:
            click.echo(
                "glassnet: note: others can open it only by a name that --allow-host gives",
                err=True,
            )
        if not no_browser:
            open_browser(address + keys.new_pass())

    gc.freeze()  # what is loaded by now stays; looking for garbage leaves it out
    has_ended = serve(app, listener, limits, tell)
    click.echo("lab stopped", err=True)
    if not has_ended:
        leave_at_once()


def check_token(host: str, token: str | None) -> None:
    """Refuse a token that could be guessed, and a lab for others without one.

    Raises ``InputError``.
    """
    if token is None:
        if host not in LOOPBACK:
            raise InputError(
                f"--host {host} opens the lab to others: give it a token of 16 characters or more "
                "that you hand out, by GLASSNET_TOKEN or --token"
            )
    elif not re.fullmatch(r"[A-Za-z0-9._~-]{16,}", token):
        raise InputError(
            "the token must have 16 characters or more, of letters, digits and . _ ~ - alone; "
            "python -c 'import secrets; print(secrets.token_urlsafe())' makes one"
        )


def checked_name(name: str) -> str:
    """A name for the Host header. Raises ``InputError`` for what is more, or none."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\]", name):
        raise InputError(
            f"--allow-host {name!r}: expected a name or an address alone, such as "
            "lab.school.example, without http:// and without a port"
        )
    return name


def session_maker(data: str | None, target: str | None) -> "Callable[[], Session]":
    """What makes the sessions: with a table of the person's own, or without."""
    from glassnet.lab.session import Session

    if data is None:
        if target is not None:
            raise InputError("--target names a column of DATA: give the file, too")
        return Session
    own = own_data(Path(data), target)
    return lambda: Session(own)


def own_data(path: Path, target: str | None) -> "Dataset":
    """The person's data; of a table, as on the page, without columns that tell nothing."""
    from glassnet.data import read_data
    from glassnet.lab.subject.own import MOST_BYTES, File, columns_to_leave_out, read_file

    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return read_data(path, target)
    file = File(path.name, path.read_bytes(), target)
    read = read_file(file)
    left_out = columns_to_leave_out(read)
    if left_out:
        click.echo(
            f"glassnet: note: left out, as they tell nothing of other rows: {', '.join(left_out)}",
            err=True,
        )
        read = read_file(replace(file, leave_out=tuple(left_out)))
    if read.data is None:
        raise InputError(read.words["problem"]["message"])
    return read.data


def open_browser(address: str) -> None:
    """Open the person's browser; where there is none, the printed address has to do."""
    from threading import Thread
    from webbrowser import Error, open_new_tab

    def open_it() -> None:
        try:
            open_new_tab(address)
        except (Error, OSError):
            return

    Thread(target=open_it, daemon=True).start()


def leave_at_once() -> None:
    """End the process though a session's thread is in the midst of a long command."""
    import os
    import sys

    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
