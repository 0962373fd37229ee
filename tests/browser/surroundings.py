"""What the browser's tests need from outside: whether they must run, a web server on this machine,
and Pyodide, fetched once by the package managers' ordinary clients.
"""

import fcntl
import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import pytest

from glassnet.data.sources import PYODIDE_VERSION

REQUIRED = os.environ.get("GLASSNET_BROWSER_TESTS") == "require"
NEEDS_CHROMIUM = "needs a browser"
KEPT = Path.home() / ".cache" / "glassnet-test"
# It brings the very NumPy that Pyodide's lock file names; nothing else of it is used.
CARRIER = "open-webui==0.12.4"
NUMPY = "numpy-2.4.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl"
PLATFORM = ("--platform", "pyemscripten_2026_0_wasm32", "--python-version", "3.14",
            "--implementation", "cp", "--abi", "cp314")  # fmt: skip


def leave_out(told: str) -> NoReturn:
    """Something is missing: the test is left out, or fails where browser tests must run."""
    if REQUIRED:
        pytest.fail(f"GLASSNET_BROWSER_TESTS=require, but {told}")
    pytest.skip(f"{NEEDS_CHROMIUM}: {told}")


def pyodide_folder() -> Path:
    """Pyodide with NumPy and msgspec, in a cache outside the checkout."""
    folder = KEPT / f"pyodide-{PYODIDE_VERSION}"
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side, and one of them fetches
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                _fetch(folder)
            except (OSError, subprocess.CalledProcessError, StopIteration) as error:
                leave_out(f"Pyodide could not be fetched: {error}")
            (folder / "whole").touch()
    return folder


def _fetch(folder: Path) -> None:
    loading = folder / "loading"
    loading.mkdir()
    call = functools.partial(subprocess.run, cwd=loading, check=True, capture_output=True)
    call(["npm", "pack", "--silent", f"pyodide@{PYODIDE_VERSION}"])
    shutil.unpack_archive(next(loading.glob("pyodide-*.tgz")), loading, filter="data")
    for path in (loading / "package").iterdir():
        shutil.move(path, folder / path.name)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    call([*pip, *PLATFORM, "msgspec==0.23.0", "--dest", str(folder)])
    call([*pip, "--python-version", "3.11", CARRIER])
    with zipfile.ZipFile(next(loading.glob("*.whl"))) as carrier:
        name = next(name for name in carrier.namelist() if name.endswith(f"/{NUMPY}"))
        data = carrier.read(name)
    lock = json.loads((folder / "pyodide-lock.json").read_bytes())
    assert sha256(data).hexdigest() == lock["packages"]["numpy"]["sha256"]
    (folder / NUMPY).write_bytes(data)
    shutil.rmtree(loading)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The folder's address on this machine, and the log of what was answered: "200 /lab.js"."""
    log: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_request(self, code: object = "-", size: object = "-") -> None:
            log.append(f"{getattr(code, 'value', code)} {self.path}")

        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", log
        finally:
            server.shutdown()
            thread.join()
