"""`glassnet info`: versions, engine, threads and folders; what belongs into a bug report."""

import json
from typing import Any

import click

from glassnet.cli.options import debug_option, json_option

LIBRARIES = ("numpy", "scipy", "scikit-learn", "msgspec", "narwhals", "matplotlib", "click", "rich")
EXTRAS = {"polars": "tables"}


@click.command("info")
@json_option
@debug_option
def info_command(as_json: bool) -> None:
    """Show versions, the engine, threads and folders."""
    found = collect()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    from glassnet.cli.render import faint, listing
    from glassnet.cli.screen import standard_output, tell

    screen = standard_output()
    libraries = ", ".join(f"{name} {version}" for name, version in found["libraries"].items())
    extras = ", ".join(
        f"{name} {version or 'not installed'}" for name, version in found["extras"].items()
    )
    rows = [
        ("glassnet", found["glassnet"]),
        ("python", f"{found['python']} on {found['system']}"),
        ("engine", _engine_words(found)),
        ("processors", str(found["processors"])),
        ("BLAS", f"{found['blas']}, {found['blas_threads']} threads; training uses one"),
        ("data", found["data_folder"] or "GLASSNET_DATA is not set"),
        ("cache", found["cache_folder"]),
        ("libraries", libraries),
        ("extras", extras),
    ]
    rows = [(faint(name, screen), value) for name, value in rows]
    tell("\n".join(listing(rows, screen.width)))


def collect() -> dict[str, Any]:
    """All that `info` shows, as plain values."""
    import os
    import platform

    from glassnet import __version__
    from glassnet.data import cache_folder
    from glassnet.engines import native, numpy_engine

    blas, threads = _blas()
    return {
        "glassnet": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "engine": numpy_engine.NAME if native.why_not() else native.NAME,
        "instruction_set": native.instruction_set(),
        "threads": native.threads(),
        "no_kernel_because": native.why_not(),
        "processors": _processors(),
        "blas": blas,
        "blas_threads": threads,
        "data_folder": os.environ.get("GLASSNET_DATA") or None,
        "cache_folder": str(cache_folder()),
        "libraries": {name: _version(name) or "missing" for name in LIBRARIES},
        "extras": {name: _version(name) for name in EXTRAS},
    }


def _engine_words(found: dict[str, Any]) -> str:
    if found["no_kernel_because"]:
        return f"{found['engine']}: {found['no_kernel_because']}"
    threads = found["threads"]
    count = f"{threads} thread" + ("" if threads == 1 else "s")
    return f"{found['engine']}, {found['instruction_set'].upper()}, {count}"


def _blas() -> tuple[str, int]:
    import numpy  # noqa: F401 - loads the BLAS that is looked at
    from threadpoolctl import threadpool_info

    found = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    if not found:
        return "unknown", 1
    return f"{found[0]['internal_api']} {found[0]['version']}", found[0]["num_threads"]


def _processors() -> int:
    import os

    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(library: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return None
