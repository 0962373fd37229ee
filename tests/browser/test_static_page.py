"""The lab without a server, in a real browser: from a folder under some path of a plain host."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from browser.surroundings import pyodide_folder, served
from glassnet.data import sources
from glassnet.lab.static.folder import write_static

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE = 60_000  # milliseconds, of a busy machine

# A page's part: one command after the other, each until nothing more comes; answers what came.
TALK = """
async (commands) => {
  const worker = new Worker(new URL("worker.js", location.href), { type: "module" });
  const heard = [], errors = [];
  let waiting = () => {};
  const next = (ms) => new Promise((kept) => { waiting = kept; setTimeout(kept, ms); });
  worker.onmessage = ({ data }) => {
    if (!(data instanceof ArrayBuffer)) heard.push(data);
    else {
      const view = new DataView(data);
      for (let at = 0; at < data.byteLength; ) {
        const length = Number(view.getBigUint64(at, true));
        const words = view.getUint32(at + 8, true);
        const { kind, message } = JSON.parse(
          new TextDecoder().decode(new Uint8Array(data, at + 12, words)));
        heard.push(kind);
        if (kind === "error") errors.push(message);
        at += 8 + length + ((8 - (length % 8)) % 8);
      }
      worker.postMessage('{"do":"seen"}');
    }
    waiting();
  };
  while (!heard.some((one) => one.state === "open" || one.state === "lost")) await next(1000);
  for (const [command, ms] of commands) {
    worker.postMessage(JSON.stringify(command));
    const until = performance.now() + ms;
    while (performance.now() < until) await next(until - performance.now());
  }
  worker.terminate();
  return { heard, errors };
}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, built_page: Path, browser: Any) -> Path:
    """The folder, written."""
    folder = tmp_path_factory.mktemp("host") / "some" / "lab"
    folder.parent.mkdir()
    write_static(folder, pyodide_folder())
    return folder


@pytest.fixture
def host(site: Path) -> Iterator[tuple[str, list[str]]]:
    """The folder's address and the host's log."""
    with served(site.parent.parent) as (address, log):
        yield f"{address}/some/lab/", log


def test_what_is_known_of_pyodide_is_what_its_lock_file_says() -> None:
    lock = json.loads((pyodide_folder() / "pyodide-lock.json").read_bytes())
    assert lock["info"] == sources.PYODIDE_INFO
    for library, choices in sources.PYODIDE_WHEELS.items():
        about = lock["packages"][library]
        assert choices[about["file_name"]] == about["sha256"]
        assert next(iter(choices)) == about["file_name"]  # the one that can be downloaded


def shown_step(page: "Page") -> int:
    """The step in the sentence that the page speaks when it pauses."""
    said = page.get_by_text(re.compile(r"^Paused.*step [\d,.\u202f ]+"))
    said.wait_for(state="attached", timeout=PATIENCE)
    found = re.search(r"step ([\d,.\u202f ]+\d|\d)", said.inner_text() or said.text_content() or "")
    assert found is not None
    return int(re.sub(r"\D", "", found[1]))


def test_python_starts_trains_and_pauses(page: "Page", host: tuple[str, list[str]]) -> None:
    address, log = host
    page.goto(address)
    play = page.get_by_role("button", name="Play", exact=True)
    page.wait_for_function(
        "() => [...document.querySelectorAll('button')]"
        ".some((button) => button.textContent.trim() === 'Play' && !button.disabled)",
        timeout=PATIENCE,
    )
    play.click()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Pause", exact=True).click()
    assert shown_step(page) > 10
    assert [line for line in log if not line.startswith(("200 /some/lab/", "304 /some/lab/"))] == []


def test_each_embedded_set_trains(page: "Page", host: tuple[str, list[str]]) -> None:
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(host[0] + "settings.json")  # any page of the host, but not the lab with its Python
    views = ["network", "units", "output", "loss", "gradients", "histograms", "confusion", "scores"]
    commands: list[tuple[dict[str, Any], int]] = [
        ({"do": "open"}, 300), ({"do": "want", "views": views}, 100),
    ]  # fmt: skip
    for name in ("moons", "spiral", "iris", "wine", "digits", "breast-cancer", "diabetes"):
        commands += [
            ({"do": "set", "field": "data", "value": name}, 100), ({"do": "play"}, 400),
            ({"do": "pause"}, 50), ({"do": "ask", "sample": 2}, 50),
        ]  # fmt: skip
    commands.append(({"do": "take", "what": "model"}, 1500))
    answer = page.evaluate(TALK, commands)
    assert answer["errors"] == []
    assert {"data", "network", "units", "output", "loss", "answer", "file"} <= {
        one for one in answer["heard"] if isinstance(one, str)
    }
    counted = [one["done"] for one in answer["heard"] if isinstance(one, dict) and "done" in one]
    assert counted == sorted(counted) and counted[-1] > 10_000_000


@pytest.mark.parametrize(
    ("name", "harm", "said"),
    [
        ("python_stdlib.zip", "take away", "python_stdlib.zip could not be fetched"),
        ("pyodide.asm.wasm", "take away", "pyodide.asm.wasm could not be fetched"),
        ("pyodide.mjs", "take away", "Python could not be started"),
        ("python_stdlib.zip", "change", "python_stdlib.zip is not the file that was written"),
        ("pyodide.asm.wasm", "cut", "pyodide.asm.wasm is not the file that was written"),
    ],
)
def test_a_folder_that_is_not_whole(
    browser: "Browser", site: Path, tmp_path: Path, name: str, harm: str, said: str
) -> None:
    shutil.copytree(site, tmp_path / "lab")
    broken = next((tmp_path / "lab").glob(f"*/{name}"))
    data = broken.read_bytes()
    if harm == "take away":
        broken.unlink()
    elif harm == "cut":
        broken.write_bytes(data[:-1000])
    else:
        broken.write_bytes(data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
    context = browser.new_context()  # its errors are wanted here
    page = context.new_page()
    with served(tmp_path) as (address, _):
        page.goto(f"{address}/lab/")
        page.get_by_text(re.compile(said)).first.wait_for(timeout=PATIENCE)
        context.close()
