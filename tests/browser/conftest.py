"""A real Chromium for the tests of the page. Without one they are left out, and counted at the end;
with GLASSNET_BROWSER_TESTS=require they fail instead.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser.driving import Lab
from browser.surroundings import leave_out

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name is looked up: another host can't be reached, whatever asks for it.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Chromium, started once."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        leave_out("there is no Chromium on the PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page in a context of its own. The test fails where the page logs an error, breaks, or asks
    another host for anything."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    faults: list[str] = []
    context.on("console", lambda m: faults.append(told(m)) if m.type == "error" else None)
    context.on("weberror", lambda e: faults.append(str(e.error)))
    context.on("request", lambda r: faults.append(r.url) if is_elsewhere(r.url) else None)
    opened = context.new_page()
    yield opened
    context.close()
    assert faults == []


def told(message: "ConsoleMessage") -> str:
    """What was logged, and where."""
    return f"{message.text} ({message.location.get('url', '')})"


def is_elsewhere(address: str) -> bool:
    """Whether an address is of another host than the loopback one."""
    scheme, _, rest = address.partition("://")
    host = rest.split("/")[0].rpartition(":")[0]
    return scheme in ("http", "https", "ws", "wss") and host not in ("127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def built_page() -> Path:
    """The folder of the page as it was built."""
    from glassnet.errors import FileError
    from glassnet.lab.page_files import FOLDER, page_files

    try:
        page_files()
    except FileError as error:
        leave_out(str(error))
    return FOLDER


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker of accessibility, as npm installs it beside the page's own tools."""
    if not AXE.is_file():
        leave_out("axe-core is not installed: 'npm ci' in web/ does that")
    return AXE.read_text("utf-8")


@pytest.fixture(scope="module")
def address(built_page: Path) -> Iterator[str]:
    """A lab of its own for the tests of a file, as `glassnet lab` serves it."""
    command = [sys.executable, "-m", "glassnet", "lab", "--port", "0", "--no-browser"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline().strip()
        assert first.startswith("http://127.0.0.1:")
        yield first
        process.terminate()


@pytest.fixture
def lab(page: "Page", address: str) -> Lab:
    """The page of a lab that has just begun."""
    return Lab(page, address)
