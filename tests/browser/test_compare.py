"""Two runs side by side: what differs, the same time for both, and one of them kept."""

import pytest
from playwright.sync_api import Page, expect

from browser.driving import Lab


@pytest.fixture
def compared(lab: Lab, page: Page) -> Lab:
    """A run and another one from the start, with another learning rate, both trained."""
    lab.press("Compare")
    page.get_by_role("menuitem", name="Add a run").click()
    expect(lab.region("Compare")).to_be_visible()
    lab.press("Settings of B")
    lab.fill("Learning rate", 0.05)
    lab.press("Compare")
    page.get_by_role("menuitem", name="Compare with A").click()
    expect(lab.region("Compare")).to_be_visible()
    lab.press("Play").until(lambda: lab.step > 100)
    lab.press("Pause")
    return lab


def test_both_train_and_differ(compared: Lab, page: Page) -> None:
    table = compared.region("Compare")
    expect(table).to_contain_text("What differs")
    expect(table).to_contain_text("Learning rate")
    for letter in ("A", "B"):
        run = page.get_by_role("article", name=f"Run {letter}")
        expect(run).to_be_visible()
        expect(run.locator("canvas").first).to_be_visible()
    expect(compared.region("Status")).to_contain_text("Held-out loss, A")


def test_the_slider_moves_both(compared: Lab) -> None:
    compared.seek(40)
    expect(compared.region("Status")).to_contain_text("Step 40")


def test_one_is_kept(compared: Lab) -> None:
    compared.press("Keep only B")
    expect(compared.region("Compare")).to_have_count(0)
    expect(compared.field("Learning rate")).to_have_value("0.05")
    expect(compared.button("Go to A")).to_have_count(0)


def test_the_comparison_ends(compared: Lab, page: Page) -> None:
    compared.press("Compare")
    page.get_by_role("menuitem", name="again").click()
    expect(compared.region("Compare")).to_have_count(0)
    expect(compared.region("Network")).to_be_visible()
