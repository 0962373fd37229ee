"""The lab as a folder of plain files: any host serves it, and Python runs in the visitor's browser.

The folder holds the page, the worker's script, Pyodide with NumPy and msgspec, glassnet's own wheel
and `settings.json`, which says what is there. All addresses in it are relative.
"""

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from glassnet import __version__
from glassnet.data.sources import PYODIDE_INFO, PYODIDE_VERSION
from glassnet.data.unpacking import reason
from glassnet.errors import FileError, InputError
from glassnet.lab.page_files import page_files
from glassnet.lab.static.pyodide import runtime_files
from glassnet.lab.static.wheel import NAME as OWN_WHEEL, pure_wheel

FORMAT = "glassnet-static"
SETTINGS = "settings.json"
WORKER = "worker.js"
ELSEWHERE = {"widget.js"}  # of the page: what notebooks show
PYTHON = f"python-{PYODIDE_VERSION}"  # the folder of all that makes Python
# The page may run scripts of its own host and compile WebAssembly, and reach nobody else.
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; "
    "worker-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'"
)
_HEAD = (
    f'\n    <meta http-equiv="Content-Security-Policy" content="{POLICY}" />'
    '\n    <meta name="glassnet-transport" content="worker" />'
)


def write_static(folder: Path, pyodide: Path | None = None) -> None:
    """Write the lab as files into `folder`, whole or not at all; an older one is replaced.

    pyodide: a folder with Pyodide's files and its wheels of NumPy and msgspec; None: they are
    downloaded once into the user's cache.

    Raises
    ------
    InputError : where the folder holds anything that a former call didn't write, or a file of
        Pyodide is not the original.
    FileError : where the page is not built, a file is missing, or the system refuses.
    """
    target = Path(os.path.abspath(folder))
    _check_target(target)
    page = page_files()
    if WORKER not in page:
        raise FileError(f"the lab's page was built without '{WORKER}': build it again")
    contents: dict[str, bytes | Path] = {n: p for n, p in page.items() if n not in ELSEWHERE}
    contents["index.html"] = static_index(page["index.html"].read_text(encoding="utf-8")).encode()
    runtime = runtime_files(pyodide)
    contents |= {f"{PYTHON}/{name}": path for name, path in runtime.items()}
    contents[f"{PYTHON}/{OWN_WHEEL}"] = pure_wheel()
    contents[".nojekyll"] = b""  # GitHub Pages: take every file as it is
    with _made_beside(target) as temporary:
        for name, content in contents.items():
            place = temporary / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, place)
            else:
                place.write_bytes(content)
        settings = _settings(temporary, list(contents))
        (temporary / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def static_index(html: str) -> str:
    """The page that knows that it has a worker and no server. Raises ``FileError``."""
    head = re.search(r"<head[^>]*>(\s*<meta charset=[^>]*>)?", html)
    if head is None:
        raise FileError("the lab's page has no <head>: build it again")
    return html[: head.end()] + _HEAD + html[head.end() :]


def _settings(folder: Path, names: list[str]) -> dict[str, Any]:
    """What the worker reads, and by which a later call knows what it may replace."""
    python = {name: _about(folder, name) for name in names if name.startswith(f"{PYTHON}/")}
    return {
        "format": FORMAT,
        "version": 1,
        "glassnet": __version__,
        "pyodide": PYODIDE_VERSION,
        "python": PYODIDE_INFO,
        "main": python[f"{PYTHON}/pyodide.mjs"],
        "runtime": python[f"{PYTHON}/pyodide.asm.mjs"],
        "wasm": python[f"{PYTHON}/pyodide.asm.wasm"],
        "library": python[f"{PYTHON}/python_stdlib.zip"],
        "wheels": [about for name, about in python.items() if name.endswith(".whl")],
        "files": sorted([*names, SETTINGS]),
    }


def _about(folder: Path, name: str) -> dict[str, Any]:
    data = (folder / name).read_bytes()
    return {"path": name, "size": len(data), "sha256": sha256(data).hexdigest()}


def _check_target(target: Path) -> None:
    """Refuse to replace anything that a former call did not write."""
    if not target.parent.is_dir():
        raise FileError(f"cannot write '{target}': there is no folder '{target.parent}'")
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise InputError(f"'{target}' is there and no folder; give the name of a new folder")
    try:
        found = [path.relative_to(target).as_posix() for path in target.rglob("*")
                 if path.is_symlink() or not path.is_dir()]  # fmt: skip
    except OSError as error:
        raise FileError(f"cannot read '{target}': {reason(error)}") from None
    strange = sorted(set(found) - _written_before(target))
    if strange:
        raise InputError(
            f"'{target}' holds '{strange[0]}', which glassnet did not write and will not delete; "
            "give the name of a new folder"
        )


def _written_before(target: Path) -> set[str]:
    try:
        settings = json.loads((target / SETTINGS).read_bytes())
        return set(settings["files"]) if settings["format"] == FORMAT else set()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


@contextmanager
def _made_beside(target: Path) -> Iterator[Path]:
    """A new folder that takes the target's place when the block ends, and is gone if it raises."""
    token = secrets.token_hex(6)
    temporary, old = (target.with_name(f".{target.name}.{token}{end}") for end in ("", ".old"))
    try:
        temporary.mkdir()
        yield temporary
        if target.exists():
            os.rename(target, old)
        os.rename(temporary, target)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"cannot write '{target}': {reason(error)}") from None
    finally:
        with suppress(OSError):
            if old.exists() and not target.exists():
                os.rename(old, target)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
