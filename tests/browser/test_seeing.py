"""What is seen while it learns: the plane, losses, histograms, confusion, scores and threshold."""

from playwright.sync_api import Page, expect

from browser.driving import PATIENCE, Lab

PIXELS = "(canvas) => canvas.toDataURL()"


def test_the_regions_follow_the_training(lab: Lab) -> None:
    canvas = lab.region("Output").locator("canvas").first
    before = canvas.evaluate(PIXELS)
    lab.epoch()
    lab.until(lambda: canvas.evaluate(PIXELS) != before)
    after = canvas.evaluate(PIXELS)
    lab.seek(0)
    lab.until(lambda: canvas.evaluate(PIXELS) == before)
    lab.press("Back to now")
    lab.until(lambda: canvas.evaluate(PIXELS) == after)


def test_confidence_is_another_picture_of_the_same(lab: Lab) -> None:
    canvas = lab.region("Output").locator("canvas").first
    lab.epoch()
    regions = canvas.evaluate(PIXELS)
    lab.press("Confidence")
    expect(lab.button("Confidence")).to_have_attribute("aria-pressed", "true")
    lab.until(lambda: canvas.evaluate(PIXELS) != regions)


def test_each_tab_shows_its_picture(lab: Lab, page: Page) -> None:
    lab.train(100)
    panel = page.get_by_role("tabpanel")
    for tab, word in (("Gradients", "Hidden 1"), ("Weights", "Hidden 2"), ("Units", "Hidden 1"),
                      ("Confusion", "recall")):  # fmt: skip
        page.get_by_role("tab", name=tab).click()
        expect(panel).to_contain_text(word, timeout=PATIENCE)
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")


def test_a_cell_of_the_confusion_matrix_shows_its_samples(lab: Lab, page: Page) -> None:
    lab.choose("digits", "64-32-10").train(30)
    page.get_by_role("tab", name="Confusion").click()
    matrix = page.get_by_role("grid", name="Confusion matrix")
    cells = matrix.get_by_role("button")
    expect(cells).to_have_count(100)
    matrix.get_by_role("button", name="of 3 said 3").click()
    samples = page.get_by_role("group", name="Samples of the cell")
    expect(samples).to_contain_text("3, said so")
    pictures = samples.get_by_role("button", name="Watch held out sample")
    count = int(matrix.get_by_role("button", name="of 3 said 3").inner_text())
    expect(pictures).to_have_count(min(count, pictures.count()))
    pictures.first.click()
    expect(lab.region("Network")).to_contain_text("label 3")


def test_dragging_the_threshold_changes_the_counts(lab: Lab, page: Page) -> None:
    lab.choose("breast cancer").train(100)
    counts = page.get_by_role("table", name="Counts at the threshold")
    expect(counts).to_be_visible(timeout=PATIENCE)
    for name in ("learned", "by cost", "yours"):
        expect(lab.region("Output").get_by_role("rowheader", name=name)).to_be_visible()
    before = counts.inner_text()
    threshold = page.get_by_role("slider", name="Threshold")
    box = lab.region("Output").locator(".chart svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 80, steps=4)
    page.mouse.up()
    expect(threshold).to_have_attribute("aria-valuenow", "0.999")
    assert counts.inner_text() != before
    threshold.press("Home")
    expect(threshold).to_have_attribute("aria-valuenow", "0.001")
    box = counts.bounding_box()


def test_the_threshold_by_cost_follows_the_cost(lab: Lab) -> None:
    lab.choose("breast cancer").epoch()
    output = lab.region("Output")
    cost = output.get_by_role("textbox", name="Cost of a missed")
    cost.fill("4")
    cost.press("Enter")
    expect(output).to_contain_text("1 / 5 = 0.20")


def test_a_number_as_target_has_neither_accuracy_nor_confusion(lab: Lab, page: Page) -> None:
    lab.choose("diabetes").epoch()
    assert "accuracy" not in lab.status()
    expect(page.get_by_role("tab", name="Confusion")).to_have_count(0)
