"""The lab's real page in headless Chromium, and what can be measured in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

# Runs before the page's own script: notes when the network's units are drawn for the first time.
FIRST_PAINT = """
new MutationObserver((_, observer) => {
  const place = document.querySelector('[aria-label="Network"]');
  const drawn = place && place.querySelector("canvas, svg path");
  if (!drawn) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => {
    window.firstPaint = performance.now() -
      performance.getEntriesByType("navigation")[0].responseStart;
  }));
}).observe(document, { childList: true, subtree: true });
"""

# Counts the pictures in which the output was drawn anew: the status' step changed in them.
COUNT_PICTURES = """
async (seconds) => {
  const status = document.querySelector('[aria-label="Status"]');
  let changes = 0, before = "";
  const until = performance.now() + 1000 * seconds;
  while (performance.now() < until) {
    await new Promise(requestAnimationFrame);
    const text = status.textContent;
    if (text !== before) { changes += 1; before = text; }
  }
  return changes / seconds;
}
"""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Debian's or any other installed Chromium, without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
    if path is None:
        raise SystemExit("this needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, url: str) -> Iterator[Page]:
    """A fresh page at an address; requests to other hosts are refused."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, bypass_csp=True)
    context.add_init_script(FIRST_PAINT)
    page = context.new_page()
    page.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url
               else route.abort())  # fmt: skip
    page.goto(url)
    try:
        yield page
    finally:
        context.close()


def wait_for_data(page: Page, seconds: float = 60.0) -> float:
    """The milliseconds from the server's answer to the first picture with the network in it."""
    page.wait_for_function("window.firstPaint !== undefined", timeout=1000 * seconds)
    return float(page.evaluate("window.firstPaint"))


def play(page: Page, speed: str = "fastest") -> None:
    """Choose a speed and press Play."""
    chooser = page.get_by_label("Speed", exact=True)
    if chooser.count():
        chooser.first.select_option(label=speed)
    page.get_by_role("button", name="Play", exact=True).click()


def pause(page: Page) -> None:
    """Press Pause."""
    page.get_by_role("button", name="Pause", exact=True).click()


def step_shown(page: Page) -> int:
    """The step that the status tells."""
    text: Any = page.evaluate(
        """() => {
          const status = document.querySelector('[aria-label="Status"]').innerText;
          return (status.match(/Step\\s+([\\d,]+)/i) ?? [])[1];
        }"""
    )
    return int(str(text).replace(",", ""))
