"""Nothing is cut off, overlaps or moves: at 1280 × 720, wide, and on a tablet."""

import pytest
from playwright.sync_api import Page, expect

from browser.driving import Lab

# Texts and controls that stick out of the page, or of a panel that does not scroll.
STRAY = """
() => {
  const found = [], { innerWidth: width, innerHeight: height } = window;
  const page = document.scrollingElement;
  if (page.scrollWidth > width + 1) found.push(`the page is ${page.scrollWidth} wide`);
  for (const each of document.querySelectorAll('button, input, select, h2, h3, p, label, td, th')) {
    const style = getComputedStyle(each);
    if (style.visibility === 'hidden' || each.closest('.unseen, [hidden]')) continue;
    const box = each.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    let scrolls = false;
    for (let up = each.parentElement; up; up = up.parentElement)
      if (/auto|scroll/.test(getComputedStyle(up).overflow)) scrolls = true;
    if (scrolls) continue;
    if (box.right > width + 1 || box.left < -1 || box.bottom > height + 1 || box.top < -1)
      found.push(`${each.tagName} ${each.textContent.trim().slice(0, 40)}`);
  }
  return found;
}
"""
# Buttons whose words do not fit in them.
CUT = """
() => [...document.querySelectorAll('button')]
  .filter((each) => each.offsetParent && each.scrollWidth > each.clientWidth + 1
    && getComputedStyle(each).overflow !== 'visible')
  .map((each) => each.textContent.trim())
"""
SMALL = """
() => [...document.querySelectorAll('button, input:not([type=radio]):not([type=range]), select')]
  .filter((each) => each.offsetParent && !each.closest('.unseen'))
  .filter((each) => each.closest('footer, .training'))
  .filter((each) => each.getBoundingClientRect().height < 40)
  .map((each) => each.getAttribute('aria-label') || each.textContent.trim() || each.id)
"""
SIZES = {"desk": (1280, 720), "wide": (1920, 1080), "tablet": (1024, 768), "upright": (820, 1180)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("data", ["spiral", "breast cancer", "digits"])
def test_nothing_sticks_out(lab: Lab, page: Page, size: str, data: str) -> None:
    if data != "spiral":
        lab.choose(data)
    lab.train(60)
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(200)
    assert page.evaluate(STRAY) == []
    assert page.evaluate(CUT) == []
    for region in ("Network", "Output", "Loss", "Doctor", "Status", "Time"):
        expect(lab.region(region)).to_be_visible()


def test_a_finger_finds_what_it_presses_on_a_tablet(lab: Lab, page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    page.wait_for_timeout(200)
    assert page.evaluate(SMALL) == []


def test_the_data_open_over_the_page_on_a_tablet(lab: Lab, page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    lab.press("Data")
    lab.choose("moons", "2-8-2").steps(1)


def test_numbers_that_grow_move_nothing(lab: Lab, page: Page) -> None:
    places = "() => [...document.querySelectorAll('.figure, footer button, [role=tab]')]" \
        ".map((each) => Math.round(each.getBoundingClientRect().left)).join()"  # fmt: skip
    lab.train(200)
    before = page.evaluate(places)
    lab.press("Step").until(lambda: page.evaluate(places) == before)
    lab.press("Epoch").until(lambda: page.evaluate(places) == before)


@pytest.mark.parametrize(
    ("label", "role"),
    [("Data", "radiogroup"), ("Learning rate", "textbox"), ("Batch size", "textbox"),
     ("Optimizer", "combobox"), ("Seed", "textbox")],
)  # fmt: skip
def test_a_field_is_found_by_its_label_alone(lab: Lab, label: str, role: str) -> None:
    expect(lab.page.get_by_label(label)).to_have_count(1)
    expect(lab.page.get_by_label(label)).to_have_role(role)  # type: ignore[arg-type]


def test_every_button_is_found_by_its_name_alone(lab: Lab) -> None:
    for _ in range(2):
        for name in ("Step", "Epoch", "Reset", "Add layer", "Remove layer"):
            expect(lab.page.get_by_role("button", name=name)).to_have_count(1)
        lab.fill("Learning rate", 10).train(1500)  # with findings on the page, too
    expect(lab.button("Finding 1")).to_be_visible()


def test_every_region_is_there_once(lab: Lab) -> None:
    for region in ("Network", "Output", "Loss", "Doctor", "Status", "Training", "Time"):
        expect(lab.region(region)).to_have_count(1)
