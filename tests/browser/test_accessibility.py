"""What axe-core finds wrong with the page for people who see, hear or move otherwise: nothing that
is serious, in the light and in the dark."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.driving import PATIENCE, Lab

RUN = """
async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ` + nodes.slice(0, 4).map(({ html, any }) =>
      html.slice(0, 160) + ' ' + (any[0]?.message ?? '')).join(' | '));
}
"""
SHADES = ["light", "dark"]


@pytest.fixture(params=SHADES)
def checked(request: Any, lab: Lab, page: Page, axe: str) -> Any:
    """What checks the page as it stands, in one of the two themes."""
    if request.param == "dark":
        lab.press("Dark theme")
    expect(page.locator("html")).to_have_attribute("data-theme", request.param)
    page.evaluate(axe)

    def check() -> None:
        assert page.evaluate(RUN) == []

    return check


def test_the_start_and_the_training(checked: Any, lab: Lab) -> None:
    checked()
    lab.press("Play").until(lambda: lab.step > 100)
    checked()
    lab.press("Pause")
    lab.seek(20)
    checked()


def test_the_tabs_of_the_loss(checked: Any, lab: Lab, page: Page) -> None:
    lab.train(60)
    for tab in ("Gradients", "Weights", "Units", "Confusion"):
        page.get_by_role("tab", name=tab).click()
        checked()


def test_the_inspector(checked: Any, lab: Lab, page: Page) -> None:
    lab.steps(3)
    page.get_by_role("button", name="Hidden 1, unit 3").click()
    expect(lab.region("Inspector").locator("math").first).to_be_visible()
    checked()


@pytest.mark.parametrize("data", ["breast cancer", "digits", "iris", "diabetes"])
def test_tables_and_pictures(checked: Any, lab: Lab, data: str) -> None:
    lab.choose(data).train(60)
    checked()


def test_two_runs(checked: Any, lab: Lab, page: Page) -> None:
    lab.press("Compare")
    page.get_by_role("menuitem", name="Add a run").click()
    expect(lab.region("Compare")).to_be_visible()
    lab.train(60)
    checked()


def test_dialogs_and_menus(checked: Any, lab: Lab, page: Page) -> None:
    lab.press("Take away")
    checked()
    page.get_by_role("menuitem", name="Python").click()
    expect(page.get_by_role("dialog", name="Python")).to_be_visible()
    checked()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    checked()


def test_a_preview_and_a_finding(checked: Any, lab: Lab, page: Page) -> None:
    page.get_by_role("radio", name="CSV", exact=True).check()
    with page.expect_file_chooser() as chooser:
        lab.press("Choose a file")
    rows = "".join(f"{i},{i % 7},{'ab'[i % 2]}\n" for i in range(40))
    chooser.value.set_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": f"id,x,y\n{rows}".encode()}
    )
    expect(page.get_by_role("dialog", name="Own data: preview")).to_be_visible(timeout=PATIENCE)
    checked()
    page.get_by_role("button", name="Cancel").click()
    lab.fill("Learning rate", 10).press("Play")
    evidence = lab.region("Doctor").get_by_role("button", name="Evidence")
    expect(evidence).to_be_visible(timeout=PATIENCE)
    lab.press("Pause")
    evidence.click()
    checked()


def test_a_tablet(checked: Any, lab: Lab, page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    lab.press("Data")
    checked()
