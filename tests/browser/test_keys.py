"""The page by the keyboard alone: single keys, the order of tabs, fields in which letters rest."""

from playwright.sync_api import Page, expect

from browser.driving import Lab

FOCUSED = "() => document.activeElement.getAttribute('aria-label') || document.activeElement.id"
PANEL = """() => document.activeElement.closest('[data-panel]')?.dataset.panel
  ?? document.activeElement.closest('section')?.getAttribute('aria-label')"""


def test_single_keys_train(lab: Lab, page: Page) -> None:
    page.keyboard.press("s")
    lab.wait_for_step(1)
    page.keyboard.press("e")
    lab.wait_for_step(14)
    page.keyboard.press(" ")
    expect(lab.button("Pause")).to_be_visible()
    page.keyboard.press(" ")
    expect(lab.button("Play")).to_be_visible()
    page.keyboard.press("r")
    lab.wait_for_step(0)


def test_letters_rest_inside_fields(lab: Lab, page: Page) -> None:
    lab.field("Seed").focus()
    page.keyboard.press("s")
    page.keyboard.press("e")
    page.keyboard.press("Escape")
    lab.field("Optimizer").focus()
    page.keyboard.press("r")
    assert lab.step == 0


def test_keys_back_in_time_and_a_branch(lab: Lab, page: Page) -> None:
    lab.train(100)
    page.keyboard.press(",")
    lab.until(lambda: " of " in lab.status()["epoch"] or lab.button("Back to now").is_visible())
    page.keyboard.press("b")
    expect(lab.button("Go to A")).to_be_visible()


def test_numbers_go_to_the_panels(lab: Lab, page: Page) -> None:
    page.locator("h1").click()
    for key, panel in enumerate(["data", "network", "output", "loss", "doctor", "time"], 1):
        page.keyboard.press(str(key))
        assert page.evaluate(PANEL) == panel, key


def test_the_keys_are_listed_and_can_be_turned_off(lab: Lab, page: Page) -> None:
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("one kept step back, on")
    keys.get_by_role("checkbox").uncheck()
    keys.get_by_role("button", name="Close").click()
    expect(keys).to_be_hidden()
    page.keyboard.press("s")
    lab.press("Step").wait_for_step(1)


def test_arrows_go_from_unit_to_unit_and_plus_adds_one(lab: Lab, page: Page) -> None:
    page.get_by_role("button", name="Hidden 1, unit 1", exact=False).first.focus()
    page.keyboard.press("ArrowDown")
    assert "Hidden 1, unit 2" in page.evaluate(FOCUSED)
    page.keyboard.press("ArrowRight")
    assert "Hidden 2" in page.evaluate(FOCUSED)
    page.keyboard.press("+")
    expect(lab.region("Network")).to_contain_text("2-8-9-2")


def test_tab_goes_through_the_panels_in_order_and_out_again(lab: Lab, page: Page) -> None:
    page.locator("h1").click()
    seen: list[str] = []
    for _ in range(90):
        page.keyboard.press("Tab")
        panel = page.evaluate(PANEL)
        if panel and (not seen or seen[-1] != panel):
            seen.append(panel)
        if panel == "time" and "Time" in (page.evaluate(FOCUSED) or ""):
            break
    order = [each for each in seen if each in ("data", "network", "output", "loss", "time")]
    assert order == ["data", "network", "output", "loss", "time"], seen


def test_a_list_is_chosen_from_by_keys(lab: Lab, page: Page) -> None:
    optimizer = lab.field("Optimizer")
    optimizer.focus()
    page.keyboard.press("ArrowDown")
    if optimizer.evaluate("(field) => field.matches(':open')"):
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    expect(optimizer).not_to_have_value("sgd")
