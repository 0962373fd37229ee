"""A digit drawn on the pad: it is read while it is drawn, and its pixels speak for or against."""

from playwright.sync_api import Page, expect

from browser.driving import PATIENCE, Lab


def draw(page: Page, strokes: list[list[tuple[float, float]]]) -> None:
    """Strokes with the mouse, in shares of the pad."""
    pad = page.get_by_role("application", name="Pad to draw a digit on").bounding_box()
    assert pad is not None
    for first, *rest in strokes:
        page.mouse.move(pad["x"] + first[0] * pad["width"], pad["y"] + first[1] * pad["height"])
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(pad["x"] + x * pad["width"], pad["y"] + y * pad["height"], steps=6)
        page.mouse.up()


ONE = [[(0.5, 0.15), (0.5, 0.5), (0.5, 0.88)]]
ZERO = [[(0.5, 0.15), (0.28, 0.3), (0.25, 0.6), (0.45, 0.87), (0.68, 0.75), (0.74, 0.4),
         (0.6, 0.17), (0.5, 0.15)]]  # fmt: skip


def said(lab: Lab) -> str:
    figure = lab.region("Output").locator("figcaption b").first
    return figure.inner_text()


def test_a_digit_is_read_while_it_is_drawn(lab: Lab, page: Page) -> None:
    lab.choose("digits", "64-32-10").train(400)
    draw(page, ZERO)
    expect(lab.region("Network")).to_contain_text("centred as the data are", timeout=PATIENCE)
    lab.until(lambda: said(lab) == "0")
    pixels = lab.region("Output").get_by_role("img", name="Pixels for and against 0")
    expect(pixels).to_be_visible()
    lab.region("Network").get_by_role("button", name="Clear").first.click()
    draw(page, ONE)
    lab.until(lambda: said(lab) != "0")


def test_a_stroke_is_taken_back(lab: Lab, page: Page) -> None:
    lab.choose("digits", "64-32-10").train(50)
    draw(page, ONE)
    expect(lab.region("Network")).to_contain_text("centred as the data are", timeout=PATIENCE)
    lab.region("Network").get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("draw here, or pick a sample")).to_be_visible()


def test_the_keyboard_draws_too(lab: Lab, page: Page) -> None:
    lab.choose("digits", "64-32-10").train(50)
    pad = page.get_by_role("application", name="Pad to draw a digit on")
    pad.focus()
    pad.press("Space")
    for _ in range(8):
        pad.press("ArrowDown")
    pad.press("Space")
    expect(lab.region("Network")).to_contain_text("centred as the data are", timeout=PATIENCE)


def test_a_sample_is_picked_and_one_pixel_map_is_against_another_class(
    lab: Lab, page: Page
) -> None:
    lab.choose("digits", "64-32-10").train(100)
    page.get_by_role("toolbar", name="Samples").get_by_role("button").nth(5).click()
    expect(lab.region("Network")).to_contain_text("training sample")
    other = page.get_by_label("Rather than", exact=True)
    choice = other.locator("option").nth(2).get_attribute("value")
    assert choice is not None
    other.select_option(choice)
    expect(lab.region("Output").get_by_role("img", name=f"rather than {choice}")).to_be_visible()
