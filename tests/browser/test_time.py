"""The slider over everything that was trained: back to any step, and on from there."""

import re

from playwright.sync_api import expect

from browser.driving import PATIENCE, Lab


def test_each_step_looks_the_same_whenever_it_is_gone_to(lab: Lab) -> None:
    lab.train(200)
    end = lab.step
    seen = {}
    for step in (0, 1, 77, end - 1, end):
        lab.seek(step)
        seen[step] = lab.status()
    for step in (77, end, 1, end - 1):
        lab.seek(step)
        assert lab.status()["loss"] == seen[step]["loss"], step
        assert lab.status()["accuracy"] == seen[step]["accuracy"], step


def test_a_step_looks_the_same_after_a_long_training(lab: Lab) -> None:
    lab.steps(3)
    seen = lab.status()["loss"]
    lab.field("Speed").select_option(label="fastest")
    lab.train(50_000)
    lab.seek(3)
    assert lab.status()["loss"] == seen


def test_keys_move_the_slider(lab: Lab) -> None:
    lab.train(50)
    end = lab.step
    slider = lab.page.get_by_role("slider", name="Time", exact=True)
    slider.focus()
    slider.press("Home")
    lab.wait_for_step(0)
    slider.press("ArrowRight")
    lab.wait_for_step(1)
    slider.press("PageUp")
    lab.wait_for_step(15)
    slider.press("End")
    lab.wait_for_step(end)


def test_dragging_pauses_and_goes_back(lab: Lab) -> None:
    lab.press("Play").until(lambda: lab.step > 100)
    slider = lab.page.get_by_role("slider", name="Time", exact=True)
    box = slider.bounding_box()
    assert box is not None
    mouse, y = lab.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] - 20, y)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, y, steps=5)
    mouse.move(box["x"] + 4, y, steps=5)
    mouse.up()
    lab.wait_for_step(0)
    expect(lab.button("Play")).to_be_visible()
    lab.press("Back to now")
    lab.until(lambda: lab.step > 100)


def test_before_a_spike_and_on_another_branch(lab: Lab) -> None:
    lab.train(60)
    lab.fill("Learning rate", 8).press("Play")
    finding = lab.page.get_by_role("button", name=re.compile(r"^Finding \d+$")).last
    expect(finding).to_be_visible(timeout=PATIENCE)
    if lab.button("Pause").is_visible():
        lab.press("Pause")
    lab.seek(50)
    kept = lab.status()["loss"]
    lab.fill("Learning rate", 0.1)
    lab.train(70)
    expect(lab.button("Go to A")).to_be_visible()
    expect(lab.region("Time")).to_contain_text("0.1")
    lab.seek(50)
    assert lab.status()["loss"] == kept  # the branches share what came before
    lab.press("Go to A")
    lab.until(lambda: lab.step > 60)
    expect(lab.field("Learning rate")).to_have_value("8")
    expect(lab.button("Go to B")).to_be_visible()


def test_playing_from_the_past_keeps_what_came_after(lab: Lab) -> None:
    lab.train(100)
    end, loss = lab.step, lab.status()["loss"]
    lab.seek(20).steps(1)
    lab.wait_for_step(21)
    lab.press("Go to A").wait_for_step(end)
    assert lab.status()["loss"] == loss
