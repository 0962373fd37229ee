"""The browser lab: the real page in headless Chromium, the server under load, the static page.

    python benchmarks/lab.py --out lab.json --pyodide FOLDER
    python benchmarks/lab.py --quick                     # does everything work?

Measured: the first picture with data; pictures a second while a 2-8-8-2 and a 64-32-10 network are
trained; what watching costs beside the same run on the command line, in turn; a click to the
inspector; a drawn digit to its prediction; the page's size; 20 sessions that are stopped while all
of them train; memory over a long run. With --pyodide, a folder with the Pyodide runtime and NumPy
for it, also the page that needs no server.
"""

import argparse
import gzip
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from _lab_browser import (
    COUNT_PICTURES,
    open_page,
    pause,
    play,
    running_browser,
    step_shown,
    wait_for_data,
)
from _lab_server import Page, Server, running_server
from _lab_static import measure_static
from _machine import busy, facts, heading, write_results
from playwright.sync_api import Browser

NETWORKS = {"2-8-8-2, spiral": "spiral", "64-32-10, digits": "digits"}
LIMITS = {
    "first paint, ms": 1000, "watching costs, x": 1.3, "inspector, ms": 100, "drawn digit, ms": 50,
    "page, kB gzipped": 400, "20 sessions stop, s": 1.0,
}  # fmt: skip


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="The browser lab's speed and memory.")
    parser.add_argument("--quick", action="store_true", help="only to see that it works")
    parser.add_argument("--pyodide", type=Path, help="a folder with Pyodide and NumPy for it")
    parser.add_argument("--out", type=Path, help="a JSON file")
    options = parser.parse_args()
    quick = options.quick
    machine = facts()
    print(heading(machine), flush=True)
    found: dict[str, Any] = {"page, kB gzipped": page_size()}
    tell("page, kB gzipped", found["page, kB gzipped"])
    with running_server() as server, running_browser() as browser:
        found |= in_the_browser(server, browser, quick)
    with running_server() as server:
        found["20 sessions stop, s"] = stop_times(server, 4 if quick else 20)
        tell("20 sessions stop, s", max(found["20 sessions stop, s"]))
    with running_server() as server:
        found["memory"] = memory_curve(server, 4 if quick else 90)
        print("memory, MB by million steps:", found["memory"], flush=True)
    if options.pyodide:
        with running_browser() as browser:
            found["static"] = measure_static(browser, options.pyodide, 1 if quick else 3)
            print("static page:", found["static"], flush=True)
    machine["busy_after"] = busy()
    if options.out:
        document = {"machine": machine, "quick": quick, "results": found}
        write_results(options.out, "lab", document)
        print("written:", options.out)


def tell(name: str, value: float) -> None:
    """A line for a figure, and what is wanted of it."""
    limit = LIMITS.get(name)
    print(f"{name:36} {value:10.2f}" + (f"   (at most {limit})" if limit else ""), flush=True)


def page_size() -> float:
    """All that a browser loads of the served page, gzipped, in kB."""
    from glassnet.lab.page_files import page_files

    loaded = [path for name, path in page_files().items() if name not in ("worker.js", "widget.js")]
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in loaded) / 1000


def in_the_browser(server: Server, browser: Browser, quick: bool) -> dict[str, Any]:
    """What a person sees, in the real page."""
    found: dict[str, Any] = {}
    paints = []
    for _ in range(2 if quick else 7):
        with open_page(browser, server.url) as page:
            paints.append(wait_for_data(page))
    found["first paint, ms"] = statistics.median(paints)
    tell("first paint, ms", found["first paint, ms"])
    seconds = 2.0 if quick else 6.0
    with open_page(browser, server.url) as page:
        wait_for_data(page)
        for name, data in NETWORKS.items():
            page.get_by_role("radio", name=data, exact=True).click()
            page.wait_for_timeout(1000)
            play(page)
            page.wait_for_timeout(500)
            found[f"pictures a second, {name}"] = page.evaluate(COUNT_PICTURES, seconds)
            pause(page)
            tell(f"pictures a second, {name}", found[f"pictures a second, {name}"])
        found["drawn digit, ms"] = draw_time(page, 3 if quick else 15)
        tell("drawn digit, ms", found["drawn digit, ms"])
        page.get_by_role("radio", name="spiral", exact=True).click()
        page.wait_for_timeout(1000)
        found["inspector, ms"] = inspector_time(page, 3 if quick else 9)
        tell("inspector, ms", found["inspector, ms"])
    for name, data in NETWORKS.items():
        ratio = watching_cost(server, browser, data, 1 if quick else 5, 2.0 if quick else 8.0)
        found[f"watching costs, {name}"] = ratio
        tell("watching costs, x", statistics.median(ratio))
    return found


def inspector_time(page: Any, runs: int) -> float:
    """From a click on a unit to its formulas in the next picture."""
    times = []
    for run in range(runs):
        unit = page.get_by_role("button", name=re.compile(f"^hidden 2, unit {run % 8 + 1}", re.I))
        page.evaluate(WATCH_INSPECTOR)
        unit.first.click()
        page.wait_for_function("window.answeredIn !== undefined", timeout=5000)
        times.append(page.evaluate("window.answeredIn"))
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.wait_for_timeout(200)
    return statistics.median(times)


WATCH_INSPECTOR = """
() => {
  window.answeredIn = undefined;
  let began;
  addEventListener("click", () => { began = performance.now(); }, { once: true, capture: true });
  const observer = new MutationObserver(() => {
    if (began === undefined) return;
    if (!document.querySelector('[aria-label="Inspector"] section')) return;
    observer.disconnect();
    requestAnimationFrame(() => { window.answeredIn = performance.now() - began; });
  });
  observer.observe(document.body, { childList: true, subtree: true });
}
"""


def draw_time(page: Any, runs: int) -> float:
    """From the last move of the pen to another prediction in the next picture."""
    pad = page.locator('[aria-label="Network"] [aria-label^="Pad to draw"]').first
    box = pad.bounding_box()
    times = []
    for run in range(runs):
        x, y = box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"]
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(12):
            page.mouse.move(x + step * (2 + run % 4), y + 0.05 * box["height"] * step)
        page.evaluate(WATCH_ANSWER)
        page.mouse.move(x + 0.35 * box["width"], y + 0.62 * box["height"])
        page.wait_for_function("window.answeredIn !== undefined", timeout=5000)
        times.append(page.evaluate("window.answeredIn"))
        page.mouse.up()
        page.get_by_role("button", name="Clear", exact=True).click()
        page.wait_for_timeout(150)
    return statistics.median(times)


WATCH_ANSWER = """
() => {
  window.answeredIn = undefined;
  const place = document.querySelector('[aria-label="Output"]');
  let began;
  const note = () => { began = performance.now(); };
  addEventListener("pointermove", note, { once: true, capture: true });
  const observer = new MutationObserver(() => {
    if (began === undefined) return;
    observer.disconnect();
    requestAnimationFrame(() => { window.answeredIn = performance.now() - began; });
  });
  const all = { childList: true, subtree: true, characterData: true, attributes: true };
  observer.observe(place, all);
}
"""


def watching_cost(
    server: Server, browser: Browser, data: str, rounds: int, seconds: float
) -> list[float]:
    """Seconds a step in the lab, watched in the browser, over those of the same run on the command
    line, in turn."""
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        for _ in range(rounds):
            watched = watched_speed(server, browser, data, seconds)
            ratios.append(command_line_speed(Path(name), data, watched, seconds) / watched)
    return ratios


def watched_speed(server: Server, browser: Browser, data: str, seconds: float) -> float:
    """Steps a second at full speed, with the page open."""
    with open_page(browser, server.url) as page:
        wait_for_data(page)
        page.get_by_role("radio", name=data, exact=True).click()
        page.wait_for_timeout(500)
        play(page)
        page.wait_for_timeout(1000)
        first, began = step_shown(page), time.perf_counter()
        page.wait_for_timeout(1000 * seconds)
        last, ended = step_shown(page), time.perf_counter()
        pause(page)
        return (last - first) / (ended - began)


def command_line_speed(folder: Path, data: str, guess: float, seconds: float) -> float:
    """Steps a second of `glassnet train` with the lab's run: of a long run less a short one."""
    from glassnet.data.catalog import load_dataset
    from glassnet.files.run import run_to_plain
    from glassnet.lab.lines.lane import classes_of
    from glassnet.lab.subject.setting import run_of, starting
    from glassnet.lab.subject.subject import check_options, subject_of

    setting = starting(data)
    samples = load_dataset(data, **check_options(setting.data.options))
    run = run_of(setting, classes_of(samples))
    batches = -(-len(subject_of(run, samples).X) // setting.batch_size)
    epochs = max(10, int(guess * seconds / batches))
    took = []
    for count in (2, epochs):
        plain = run_to_plain(run)
        plain["training"]["epochs"] = count
        path = folder / f"{data}-{count}.toml"
        path.write_text(as_toml(plain))
        began = time.perf_counter()
        command = [sys.executable, "-m", "glassnet", "train", str(path), "--out", "m.json"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        took.append(time.perf_counter() - began)
    return (epochs - 2) * batches / (took[1] - took[0])


def as_toml(plain: dict[str, Any]) -> str:
    """A run as TOML."""
    from glassnet.files.run import run_from_plain
    from glassnet.files.run_toml import run_to_toml

    return run_to_toml(run_from_plain(plain))


def stop_times(server: Server, count: int) -> list[float]:
    """How long each of many sessions takes to answer pause while all of them train."""
    pages = [Page(server.url) for _ in range(count)]
    taken: list[float] = []
    stopped = threading.Event()

    def keep(page: Page) -> None:
        while not stopped.is_set():
            try:
                page.take(0.2)
            except TimeoutError:
                continue

    for page in pages:
        page.tell(do="open")
        page.tell(do="want", views=["network", "units", "output", "loss"])
        page.until("status", lambda words: True)
        page.tell(do="play")
        page.until("status", lambda words: words["playing"] and words["step"] > 0)
    for each in pages:
        keepers = [
            threading.Thread(target=keep, args=(page,)) for page in pages if page is not each
        ]
        stopped.clear()
        for keeper in keepers:
            keeper.start()
        time.sleep(0.3)
        each.tell(do="pause")
        taken.append(each.until("status", lambda words: not words["playing"]))
        stopped.set()
        for keeper in keepers:
            keeper.join()
        each.tell(do="play")
        each.until("status", lambda words: words["playing"])
    for page in pages:
        page.close()
    return taken


def memory_curve(server: Server, seconds: float) -> list[tuple[float, float]]:
    """The server's memory while one session trains at full speed and is watched."""
    page = Page(server.url)
    page.tell(do="open")
    page.tell(do="want", views=["network", "units", "output", "loss", "gradients", "histograms"])
    page.until("status", lambda words: True)
    page.tell(do="play")
    curve = []
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        until = time.perf_counter() + seconds / 15
        while time.perf_counter() < until:
            page.take()
        curve.append((page.latest["status"]["steps"] / 1e6, round(server.memory, 1)))
    page.tell(do="pause")
    page.close()
    return curve


if __name__ == "__main__":
    main()
