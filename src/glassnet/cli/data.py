"""`glassnet data`: the named sets, where files are kept, and fetching the downloaded ones."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glassnet.cli.options import debug_option, json_option, quiet_option

if TYPE_CHECKING:
    from glassnet.data.sources import RemoteSet


@click.group("data", invoke_without_command=True)
@debug_option
@click.pass_context
def data_command(ctx: click.Context) -> None:
    """List the named data sets, download them, see where."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command)


@data_command.command("list")
@json_option
@debug_option
def list_command(as_json: bool = False) -> None:
    """List the data sets that have a name."""
    from glassnet.cli.render import bold, faint, listing
    from glassnet.cli.screen import standard_output, tell
    from glassnet.data import dataset_names, describe_dataset

    found = [
        {"name": name, "description": describe_dataset(name), "state": _state(name)}
        for name in dataset_names()
    ]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    screen = standard_output()
    rows = []
    for entry in found:
        note = "" if entry["state"] == "included" else f" {screen.dot} {entry['state']}"
        rows.append((bold(entry["name"], screen), entry["description"] + note))
    tell("\n".join(listing(rows, screen.width)))
    tell(f"\n{faint('train on one:', screen)} glassnet train digits")


@data_command.command("download")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@quiet_option
@debug_option
def download_command(names: tuple[str, ...], quiet: bool) -> None:
    """Download data sets into the cache, so that training needs no network."""
    from glassnet.data import describe_dataset
    from glassnet.data.sources import REMOTE_SETS

    for name in names:
        describe_dataset(name)
    for name in names:
        if name not in REMOTE_SETS:
            _say(f"{name} comes with glassnet: nothing to download", quiet)
            continue
        paths = _fetch(REMOTE_SETS[name], quiet)
        _say(f"{name} is in {paths[0].parent}", quiet)


@data_command.command("where")
@json_option
@debug_option
def where_command(as_json: bool) -> None:
    """Say in which folders data are looked for, and what they hold."""
    import os

    from glassnet.cli.render import listing, size
    from glassnet.data import cache_folder

    own, cache = os.environ.get("GLASSNET_DATA") or None, cache_folder()
    held = _bytes_in(cache)
    if as_json:
        document = {"GLASSNET_DATA": own, "cache": str(cache), "cache_bytes": held}
        click.echo(json.dumps(document, indent=2))
        return
    state = f"({size(held)})" if held else "(empty)"
    rows = [
        ("looked in first", own or "nowhere (GLASSNET_DATA is not set)"),
        ("downloads", f"{cache} {state}"),
    ]
    click.echo("\n".join(listing(rows, 10_000)))


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        click.echo(text)


def _state(name: str) -> str:
    from glassnet.data.sources import REMOTE_SETS

    if name not in REMOTE_SETS:
        return "included"
    return "here" if _is_here(REMOTE_SETS[name]) else "not downloaded yet"


def _is_here(remote: "RemoteSet") -> bool:
    """Whether every file lies, in its full size, in GLASSNET_DATA or in the cache."""
    import os

    from glassnet.data import cache_folder

    own = os.environ.get("GLASSNET_DATA")
    folders = [Path(own), cache_folder()] if own else [cache_folder()]
    return all(
        any(_size(folder / remote.name / file.name) == file.size for folder in folders)
        for file in remote.files
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _bytes_in(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    return sum(max(_size(path), 0) for path in folder.rglob("*") if path.is_file())


def _fetch(remote: "RemoteSet", quiet: bool) -> list[Path]:
    """Every file of the set, with one bar for all of them where a terminal watches."""
    import sys

    from glassnet.cli.failures import InterruptedRunError
    from glassnet.data.download import fetch

    total = sum(file.size for file in remote.files)
    sizes = {file.name: file.size for file in remote.files}
    try:
        if quiet or not sys.stderr.isatty():
            return [fetch(remote, file) for file in remote.files]
        with _download_bar(remote.name, total) as bar:
            done: dict[str, int] = {}

            def progress(name: str, so_far: int, whole: int) -> None:
                done[name] = so_far
                bar.update(bar.task_ids[0], completed=sum(done.values()))

            paths = []
            for file in remote.files:
                paths.append(fetch(remote, file, progress))
                progress(file.name, sizes[file.name], sizes[file.name])
            return paths
    except KeyboardInterrupt:
        raise InterruptedRunError(
            f"interrupted; what was fetched of {remote.name} is kept, and the same command "
            "goes on from there"
        ) from None


def _download_bar(name: str, total: int) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn(name),
        BarColumn(bar_width=28),
        DownloadColumn(),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        transient=True,
    )
    bar.add_task(name, total=total)
    return bar
