"""The widget in a browser, in a page that stands in for a notebook: it is handed the bundles of a
real fit."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser.surroundings import leave_out
from lab.watched import Page as Watched, fit, network

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

HOST = "http://127.0.0.1:9/"
NOTEBOOK = """<!doctype html><html><head><style>
  body { background: rgb(255, 255, 255); font: 20px serif; color: rgb(1, 2, 3); }
  button, h2 { background: rgb(200, 0, 0) !important; font-size: 40px !important; }
</style><link rel="icon" href="data:,"></head><body><p id="text">a cell</p><div id="cell"></div>
<script type="module">
  import widget from "./widget.js";
  const listeners = new Map();
  window.sent = [];
  window.keys = [];
  document.addEventListener("keydown", (event) => window.keys.push(event.key));
  const model = {
    get: (name) => ({ height: 620 })[name],
    on: (event, listener) => listeners.set(event, listener),
    off: (event) => listeners.delete(event),
    send: (content) => window.sent.push(content),
  };
  window.hand = (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const message = new Uint8Array(bytes.length + 3); // as a part of a larger message
    message.set(bytes, 3);
    listeners.get("msg:custom")({ kind: "bundle" }, [new DataView(message.buffer, 3)]);
  };
  window.leave = widget.render({ model, el: document.getElementById("cell") });
</script></body></html>"""


@pytest.fixture(scope="session")
def script(built_page: Path) -> Path:
    """The widget as it was built."""
    found = built_page / "widget.js"
    if not found.is_file():
        leave_out("the widget is not built: make lab")
    return found


@pytest.fixture
def notebook(page: "Page", script: Path) -> Iterator["Page"]:
    """A page with the widget in it, before any fit."""

    def answer(route: "Route") -> None:
        if route.request.url == HOST:
            route.fulfill(body=NOTEBOOK, content_type="text/html")
        else:
            route.fulfill(path=script, content_type="text/javascript")

    page.route(f"{HOST}**", answer)
    page.goto(HOST)
    page.get_by_text("Nothing to show yet").wait_for()
    yield page


def hand(page: "Page", bundles: list[bytes]) -> None:
    for each in bundles:
        page.evaluate("text => hand(text)", base64.b64encode(each).decode("ascii"))


def fitted() -> Watched:
    """A page that was sent a whole fit of 100 steps."""
    model = network()
    watched = Watched(model, heard=False)
    fit(model)
    return watched


def test_a_fit_is_seen(notebook: "Page") -> None:
    hand(notebook, fitted().sent)
    status = notebook.get_by_role("region", name="Status")
    status.get_by_text("finished").wait_for()
    assert "Step 100" in " ".join(status.inner_text().split())
    drawn = notebook.get_by_role("region", name="Network")
    assert "2-6-4-2" in drawn.inner_text() and "6 tanh" in drawn.inner_text()
    assert drawn.locator("path").count() > 40
    slider = notebook.get_by_role("slider", name="Time", exact=True)
    assert "step 100 of 100" in (slider.get_attribute("aria-valuetext") or "")
    for name in ("Output", "Loss", "Doctor"):
        assert notebook.get_by_role("region", name=name).is_visible()


def test_there_is_nothing_to_train_with(notebook: "Page") -> None:
    hand(notebook, fitted().sent)
    notebook.get_by_text("finished").wait_for()
    for name in ("Play", "Step", "Epoch", "Reset", "Add layer", "Remove layer"):
        assert notebook.get_by_role("button", name=name).count() == 0
    for name in ("Learning rate", "Data", "Seed"):
        assert notebook.get_by_label(name, exact=True).count() == 0


def test_what_is_asked_is_sent_and_shown(notebook: "Page") -> None:
    watched = fitted()
    hand(notebook, watched.sent)
    slider = notebook.get_by_role("slider", name="Time")
    notebook.get_by_text("finished").wait_for()
    assert notebook.evaluate("sent.map((each) => each.do)")[0] == "open"
    slider.focus()
    slider.press("Home")
    notebook.wait_for_function("sent.some((each) => each.do === 'seek' && each.step === 0)")
    watched.sent.clear()
    watched.ask(do="seek", step=0)
    hand(notebook, watched.sent)
    notebook.get_by_role("region", name="Status").get_by_text("of 10").wait_for()
    assert notebook.get_by_role("button", name="Back to now").is_enabled()
    slider.press("b")
    assert notebook.evaluate("keys") == []  # the notebook's own shortcuts stay out of it
    assert not notebook.evaluate("sent.some((each) => each.do === 'branch')")


def test_styles_stay_on_their_side(notebook: "Page") -> None:
    hand(notebook, fitted().sent)
    notebook.get_by_text("finished").wait_for()
    outside = notebook.evaluate(
        "[getComputedStyle(text).font, getComputedStyle(text).color, "
        "getComputedStyle(document.body).backgroundColor, document.documentElement.dataset.theme, "
        "document.head.querySelectorAll('style').length]"
    )
    assert outside[1:] == ["rgb(1, 2, 3)", "rgb(255, 255, 255)", None, 1]
    assert outside[0].startswith("20px")
    inside = notebook.get_by_role("button", name="Back to now").evaluate(
        "button => [getComputedStyle(button).fontSize, getComputedStyle(button).backgroundColor]"
    )
    assert inside == ["12px", "rgb(255, 255, 255)"]


def test_it_is_as_dark_as_the_notebook(notebook: "Page") -> None:
    theme = "() => document.querySelector('#cell > div').dataset.theme"
    assert notebook.evaluate(theme) == "light"
    notebook.evaluate("document.body.style.background = 'color(srgb 0.1 0.1 0.1)'")
    notebook.wait_for_function("document.querySelector('#cell > div').dataset.theme === 'dark'")


def test_it_leaves_nothing_behind(notebook: "Page") -> None:
    hand(notebook, fitted().sent[:1])
    notebook.evaluate("leave()")
    assert notebook.evaluate("cell.children.length") == 0


@pytest.mark.parametrize("background", ["rgb(255, 255, 255)", "rgb(17, 17, 17)"])
def test_everyone_can_use_it(notebook: "Page", background: str, axe: str) -> None:
    notebook.evaluate("colour => { document.body.style.background = colour }", background)
    notebook.wait_for_timeout(400)
    hand(notebook, fitted().sent)
    notebook.get_by_text("finished").wait_for()
    notebook.add_script_tag(content=axe)
    assert notebook.evaluate("async () => (await axe.run(cell)).violations") == []
