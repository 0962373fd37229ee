"""Asking: a press on a unit or a weight, and its formula with the numbers of this very step."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import glassnet as gn
from browser.driving import Lab, number


def inspected(lab: Lab) -> str:
    """What the Inspector says, once it has an answer."""
    inspector = lab.region("Inspector")
    expect(inspector.locator("math").first).to_be_visible()
    return inspector.inner_text()


def test_a_unit_in_full_agrees_with_the_library(lab: Lab, page: Page) -> None:
    lab.steps(20)
    page.get_by_role("button", name="Hidden 1, unit 3").click()
    told = inspected(lab)
    model = gn.load(Path(lab.take("Model file").path()))
    train, _ = gn.load_dataset("spiral", n=400, noise=0.05, seed=0).split(test=0.3, seed=0)
    sums = gn.explain(model, train.X[:1], train.y[:1], unit="hidden:3").units[0]
    shown = re.search(r"z of unit 3 of hidden\s+(\S+)", told)
    assert shown is not None
    assert number(shown[1]) == pytest.approx(float(np.ravel(sums.z)[0]), rel=1e-3)


def test_backward_and_numerically_they_agree(lab: Lab, page: Page) -> None:
    lab.steps(5)
    page.get_by_role("button", name="Hidden 2, unit 1").click()
    told = inspected(lab)
    assert "numerically" in told and "they agree" in told
    pair = re.findall(r"(?:chain rule|h = \S+)\s+(\S+)", told)
    assert len(pair) == 2
    assert number(pair[0]) == pytest.approx(number(pair[1]), rel=1e-6)


def test_enter_goes_from_weight_to_weight(lab: Lab, page: Page) -> None:
    unit = page.get_by_role("button", name="Output, 1")
    unit.focus()
    unit.press("Enter")
    inspected(lab)
    unit.press("Enter")
    expect(lab.region("Inspector")).to_contain_text("weight to unit 2 of output from")


def test_a_press_on_a_link_is_about_that_weight(lab: Lab, page: Page) -> None:
    lab.steps(3)
    diagram = page.get_by_role("application", name="Diagram of the network")
    unit = diagram.get_by_role("button", name="Output, 0").bounding_box()
    other = diagram.get_by_role("button", name="Hidden 2, unit 4").bounding_box()
    assert unit is not None and other is not None
    # A link's middle lies between the middles of its ends.
    x = (other["x"] + other["width"] + unit["x"]) / 2
    y = (other["y"] + other["height"] / 2 + unit["y"] + unit["height"] / 2) / 2
    page.mouse.move(x, y)
    page.mouse.click(x, y)
    expect(lab.region("Inspector")).to_contain_text("weight to unit")


def test_another_sample_and_the_whole_batch(lab: Lab, page: Page) -> None:
    lab.steps(2)
    page.get_by_role("button", name="Hidden 1, unit 1").click()
    inspected(lab)
    inspector = lab.region("Inspector")
    inspector.get_by_role("button", name="Next sample").click()
    expect(inspector).to_contain_text("sample 2, label")
    inspector.get_by_role("button", name="Batch of 20").click()
    expect(inspector).to_contain_text("the batch of 20 samples")


def test_a_press_on_a_sample_shows_what_becomes_of_it(lab: Lab, page: Page) -> None:
    plane = lab.region("Output").locator("canvas").first.bounding_box()
    assert plane is not None
    for share in np.linspace(0.2, 0.8, 25):
        page.mouse.click(plane["x"] + share * plane["width"], plane["y"] + 0.45 * plane["height"])
        if lab.region("Inspector").is_visible():
            break
    assert "label" in inspected(lab)


def test_what_is_asked_in_the_past_is_about_the_past(lab: Lab, page: Page) -> None:
    lab.train(80)
    lab.seek(30)
    page.get_by_role("button", name="Hidden 1, unit 2").click()
    inspected(lab)
    expect(lab.region("Inspector")).to_contain_text("step 30")


def test_escape_closes_it(lab: Lab, page: Page) -> None:
    page.get_by_role("button", name="Hidden 1, unit 2").click()
    inspected(lab)
    page.keyboard.press("Escape")
    expect(lab.region("Inspector")).to_have_count(0)
    expect(lab.region("Output")).to_be_visible()


def test_escape_closes_what_lies_above_it_first(lab: Lab, page: Page) -> None:
    page.get_by_role("button", name="Hidden 1, unit 2").click()
    inspected(lab)
    lab.press("Take away")
    page.get_by_role("menuitem", name="Python").click()
    expect(page.get_by_role("dialog", name="Python")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Python")).to_be_hidden()
    expect(lab.region("Inspector")).to_be_visible()


def test_evidence_of_a_finding_is_at_hand(lab: Lab) -> None:
    lab.fill("Learning rate", 10).press("Play")
    evidence = lab.region("Doctor").get_by_role("button", name="Evidence")
    expect(evidence).to_be_visible(timeout=30_000)
    lab.press("Pause")
    evidence.click()
    told = lab.page.get_by_role("dialog", name="Evidence")
    expect(told).to_contain_text("Advice")
    expect(told).to_contain_text("Measured")
