"""The page that needs no server: how soon it is ready, and how many pictures a second it shows."""

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from _lab_browser import COUNT_PICTURES, open_page, pause, play
from playwright.sync_api import Browser


class _Quiet(SimpleHTTPRequestHandler):
    """A plain file server that says nothing."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def measure_static(browser: Browser, pyodide: Path, runs: int) -> dict[str, float]:
    """Seconds until the page is ready, with nothing cached, and pictures a second while a 2-8-8-2
    network is trained at full speed."""
    ready, pictures = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "lab"
        command = [sys.executable, "-m", "glassnet", "lab", "--static", str(folder),
                   "--pyodide", str(pyodide)]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            for _ in range(runs):
                began = time.perf_counter()
                with open_page(browser, f"http://127.0.0.1:{server.server_port}/") as page:
                    page.wait_for_function(IS_READY, timeout=60_000)
                    ready.append(time.perf_counter() - began)
                    play(page)
                    page.wait_for_timeout(500)
                    pictures.append(page.evaluate(COUNT_PICTURES, 5.0))
                    pause(page)
        finally:
            server.shutdown()
    return {
        "ready, s": statistics.median(ready), "pictures a second": statistics.median(pictures),
        "folder, MB": size / 1e6,
    }  # fmt: skip


IS_READY = """
() => {
  const buttons = [...document.querySelectorAll("button")];
  const button = buttons.find((each) => each.innerText.trim() === "Play");
  return button && !button.disabled && document.querySelector('[aria-label="Network"] canvas');
}
"""
