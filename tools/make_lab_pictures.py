"""The pictures of the lab in docs/pictures: the page in a real Chromium, driven like a person does.

python tools/make_lab_pictures.py [NAME ...]
"""

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser.conftest import FLAGS, NAMES  # noqa: E402
from browser.driving import Lab  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
THREE = [(0.3, 0.2), (0.5, 0.13), (0.68, 0.22), (0.66, 0.38), (0.48, 0.48), (0.68, 0.58),
         (0.72, 0.75), (0.52, 0.88), (0.28, 0.8)]  # fmt: skip
SIZE = {"width": 1280, "height": 720}


def spiral(lab: Lab, page: Page) -> None:
    """The way in: a spiral, learned."""
    lab.train(6000)
    page.mouse.move(640, 20)


def dark(lab: Lab, page: Page) -> None:
    """The same in the dark, with a look back."""
    lab.press("Dark theme")
    lab.train(6000)
    lab.seek(3000)
    page.mouse.move(640, 20)


def digits(lab: Lab, page: Page) -> None:
    """A digit drawn by hand."""
    lab.choose("digits", "64-32-10").train(900)
    pad = page.get_by_role("application", name="Pad to draw a digit on").bounding_box()
    assert pad is not None
    places = [(pad["x"] + x * pad["width"], pad["y"] + y * pad["height"]) for x, y in THREE]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()
    expect(lab.region("Network")).to_contain_text("centred as the data are")
    page.mouse.move(640, 20)


def cancer(lab: Lab, page: Page) -> None:
    """A table of two classes, and the threshold."""
    lab.choose("breast cancer").train(300)
    expect(page.get_by_role("slider", name="Threshold")).to_be_visible()
    page.mouse.move(640, 20)


def inspector(lab: Lab, page: Page) -> None:
    """One weight, forward and backward."""
    lab.train(700)
    unit = page.get_by_role("button", name="Hidden 2, unit 4")
    unit.focus()
    unit.press("Enter")
    expect(lab.region("Inspector").locator("math").first).to_be_visible()
    unit.press("Enter")
    expect(lab.region("Inspector")).to_contain_text("weight to unit 4")
    page.mouse.move(640, 20)


def compare(lab: Lab, page: Page) -> None:
    """Two learning rates."""
    lab.press("Compare")
    page.get_by_role("menuitem", name="Add a run").click()
    lab.press("Settings of B")
    lab.fill("Learning rate", 0.03)
    lab.press("Compare")
    page.get_by_role("menuitem", name="Compare with A").click()
    expect(lab.region("Compare")).to_be_visible()
    lab.train(4000)
    page.mouse.move(640, 20)


def own_data(lab: Lab, page: Page) -> None:
    """A table of one's own, before it is used."""
    draw = np.random.default_rng(7)
    lines = ["sample,length,width,soil,weight,kind"]
    for row in range(120):
        kind = row % 3
        soil = ("clay", "sand", "loam")[kind if draw.random() < 0.7 else int(draw.integers(3))]
        width = "" if row in (17, 64) else f"{2.4 + 0.5 * kind + draw.normal(0, 0.3):.2f}"
        lines.append(
            f"{row + 501},{4.2 + kind + draw.normal(0, 0.4):.2f},{width},{soil},"
            f"{30 - 4 * kind + draw.normal(0, 2):.1f},{('oat', 'rye', 'wheat')[kind]}"
        )
    page.get_by_role("radio", name="CSV", exact=True).check()
    with page.expect_file_chooser() as chooser:
        lab.press("Choose a file")
    content = "\n".join(lines).encode()
    chooser.value.set_files({"name": "grains.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_role("dialog", name="Own data: preview")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("left out")


PICTURES: dict[str, Callable[[Lab, Page], None]] = {
    "spiral": spiral, "spiral-dark": dark, "digits": digits, "cancer": cancer,
    "inspector": inspector, "compare": compare, "own-data": own_data,
}  # fmt: skip


def take(browser: Browser, address: str, name: str) -> None:
    """One picture: the page as this name's steps leave it."""
    page = browser.new_page(viewport={"width": SIZE["width"], "height": SIZE["height"]})
    PICTURES[name](Lab(page, address), page)
    page.wait_for_timeout(600)  # what was asked last is drawn
    path = FOLDER / f"lab-{name}.png"
    pixels = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    pixels.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    page.close()
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def main(names: list[str]) -> None:
    """All pictures, or those that are named."""
    command = [sys.executable, "-m", "glassnet", "lab", "--port", "0", "--no-browser"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            with sync_playwright() as playwright:
                found = next(filter(None, map(shutil.which, NAMES)), None)
                browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
                for name in names or PICTURES:
                    take(browser, address, name)
        finally:
            server.terminate()


if __name__ == "__main__":
    main(sys.argv[1:])
