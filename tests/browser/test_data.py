"""What is learned from: sets with their sliders, points by hand, one's own tables and pictures."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from browser.driving import PATIENCE, Lab

DROP = """
([files, place]) => {
  const transfer = new DataTransfer();
  for (const [name, type, text] of files) transfer.items.add(new File([text], name, { type }));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector(place).dispatchEvent(
      new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}
"""


def table(rows: int = 90) -> str:
    """A CSV with three classes, a text column and an identifier."""
    draw = np.random.default_rng(4)
    lines = ["id,size,colour,weight,kind"]
    for row in range(rows):
        kind = row % 3
        size, weight = 3 * kind + draw.normal(0, 0.5), 10 - 2 * kind + draw.normal(0, 0.4)
        colour = ("red", "green", "blue")[kind if draw.random() < 0.9 else 0]
        lines.append(f"{row + 1000},{size:.3f},{colour},{weight:.3f},{('ape', 'bee', 'cat')[kind]}")
    return "\n".join(lines) + "\n"


def give(page: Page, name: str, text: str) -> None:
    """Drop a file on the page."""
    page.evaluate(DROP, [[[name, "text/csv", text]], "main"])


@pytest.mark.parametrize(
    ("name", "network"),
    [("moons", "2-"), ("circles", "2-"), ("xor", "2-"), ("blobs", "2-"), ("patterns", "4-"),
     ("breast cancer", "30-"), ("digits", "64-"), ("iris", "4-"), ("wine", "13-"),
     ("diabetes", "10-")],
)  # fmt: skip
def test_each_set_trains(lab: Lab, name: str, network: str) -> None:
    lab.choose(name)
    expect(lab.region("Network").locator(".head .quiet").first).to_have_text(
        re.compile("^" + network), timeout=PATIENCE
    )
    lab.epoch()
    assert lab.status()["loss"] != "–"


def test_what_is_not_there_says_why(lab: Lab, page: Page) -> None:
    for name in ("MNIST", "fashion"):
        one = page.get_by_role("radio", name=name, exact=True)
        if one.is_disabled():
            expect(one).to_have_accessible_description(re.compile("glassnet data download"))


def test_mnist_is_there_to_be_drawn_for(lab: Lab, page: Page) -> None:
    lab.choose("MNIST", "784-")
    expect(page.get_by_role("application", name="Pad to draw a digit on")).to_be_visible()
    if lab.button("Play").is_disabled():  # its samples are not here
        expect(page.get_by_text("glassnet data download mnist").last).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_noise_slider_moves_the_points(lab: Lab, page: Page) -> None:
    lab.choose("moons", "2-8-2")
    canvases = lab.region("Output").locator("canvas")
    pictures = lambda: canvases.evaluate_all("(all) => all.map((each) => each.toDataURL()).join()")  # noqa: E731
    before = pictures()
    page.get_by_role("slider", name="Noise").fill("0.45")
    lab.until(lambda: pictures() != before)
    assert "noise = 0.45" in lab.taken_text("Run as TOML")


def test_points_set_by_hand_are_learned(lab: Lab, page: Page) -> None:
    page.get_by_role("radio", name="draw", exact=True).check()
    output = lab.region("Output")
    plane = output.locator("canvas").first.bounding_box()
    assert plane is not None
    for target, left in ((0, 0.25), (1, 0.75)):
        page.get_by_role("radio", name=f"class {target}", exact=True).check()
        for number in range(5):
            x, y = left + 0.02 * number, 0.2 + 0.13 * number
            page.mouse.click(plane["x"] + x * plane["width"], plane["y"] + y * plane["height"])
    expect(page.get_by_text("10 points")).to_be_visible()
    lab.press("Use")
    lab.ready().train(150)
    assert lab.status()["accuracy"] == "1.000"


def test_a_table_is_previewed_examined_and_trains(lab: Lab, page: Page) -> None:
    give(page, "animals.csv", table())
    preview = page.get_by_role("dialog", name="Own data: preview")
    expect(preview).to_contain_text("90 rows, 5 columns, 3 classes")
    expect(preview).to_contain_text("left out")  # the identifier
    assert preview.get_by_label("Target", exact=True).input_value() == "kind"
    preview.get_by_role("button", name="Use this data").click()
    expect(preview).to_be_hidden()
    expect(page.get_by_text("animals", exact=False).first).to_be_visible()
    lab.ready().train(100)
    assert float(lab.status()["accuracy"]) > 0.8


def test_another_target_can_be_chosen(lab: Lab, page: Page) -> None:
    give(page, "animals.csv", table())
    preview = page.get_by_role("dialog", name="Own data: preview")
    preview.get_by_label("Target", exact=True).select_option(label="weight")
    expect(preview).to_contain_text("regression")
    preview.get_by_role("button", name="Use this data").click()
    lab.ready().epoch()
    assert "accuracy" not in lab.status()


def test_a_broken_cell_is_named_with_what_would_help(lab: Lab, page: Page) -> None:
    lines = table().splitlines()
    lines[7] = lines[7].replace(lines[7].split(",")[1], "4.x")
    give(page, "broken.csv", "\n".join(lines))
    preview = page.get_by_role("dialog", name="Own data: preview")
    expect(preview).to_contain_text("4.x")
    remedies = preview.get_by_role("button", name=re.compile("row|column|size|word", re.IGNORECASE))
    expect(preview.get_by_role("button", name="Use this data")).to_be_disabled()
    remedies.first.click()
    expect(preview.get_by_role("button", name="Use this data")).to_be_enabled()
    preview.get_by_role("button", name="Cancel").click()
    expect(lab.region("Network")).to_contain_text("2-8-8-2")  # what was in use stays


def test_findings_on_the_data_come_before_training(lab: Lab, page: Page) -> None:
    lines = table().splitlines()
    leak = [lines[0] + ",same", *(line + "," + line.split(",")[-1] for line in lines[1:])]
    give(page, "leak.csv", "\n".join(leak[:60] + leak[1:30]))
    preview = page.get_by_role("dialog", name="Own data: preview")
    expect(preview.get_by_role("listitem").first).to_be_visible()
    assert preview.get_by_role("listitem").count() >= 1


def picture(folder: Path, name: str, number: int, draw: Any) -> Path:
    """A picture of 12 × 10 pixels: a bright upper or lower half."""
    pixels = draw.integers(0, 60, (12, 10)).astype(np.uint8)
    half = slice(0, 6) if name == "up" else slice(6, 12)
    pixels[half] += 150
    path = folder / f"{name}_{number:02}.png"
    Image.fromarray(pixels).save(path)
    return path


def test_pictures_are_decoded_and_train(lab: Lab, page: Page, tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    files = [picture(tmp_path, name, at, draw) for name in ("up", "down") for at in range(15)]
    page.get_by_role("radio", name="images", exact=True).check()
    with page.expect_file_chooser() as chooser:
        lab.press("Choose pictures")
    chooser.value.set_files(files)
    preview = page.get_by_role("dialog", name="Own data: preview")
    expect(preview).to_contain_text("30 pictures, 12 × 10, 2 classes")
    preview.get_by_role("button", name="Use this data").click()
    lab.ready().train(60)
    expect(lab.region("Network")).to_contain_text("120-")
    assert lab.status()["accuracy"] == "1.000"


def test_a_file_that_is_no_table_is_refused(lab: Lab, page: Page) -> None:
    give(page, "empty.csv", "")
    lab.until(lambda: "empty" in page.locator("body").inner_text())
    expect(lab.region("Network")).to_contain_text("2-8-8-2")
