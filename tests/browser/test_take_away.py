"""What is taken away does what the page did: run, model, Python, pictures, link, replay."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect

import glassnet as gn
from browser.driving import PATIENCE, Lab, number


def kept(lab: Lab, item: str, folder: Path, name: str) -> Path:
    download = lab.take(item)
    download.save_as(folder / name)
    return folder / name


def test_the_run_trains_the_same_on_the_command_line(lab: Lab, tmp_path: Path) -> None:
    lab.choose("moons", "2-8-2").epoch()
    run = kept(lab, "Run as TOML", tmp_path, "run.toml")
    done = subprocess.run(
        [sys.executable, "-m", "glassnet", "train", str(run), "--out", str(tmp_path / "m.json")],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert gn.load(tmp_path / "m.json").n_iter_ == 1


def test_the_run_on_a_table_of_ones_own_names_its_file(
    lab: Lab, page: Page, tmp_path: Path
) -> None:
    rows = "".join(f"{i % 7},{(i * i) % 11},{'ab'[i % 7 > 3]}\n" for i in range(60))
    (tmp_path / "own.csv").write_text(f"x,y,z\n{rows}", encoding="utf-8")
    page.get_by_role("radio", name="CSV", exact=True).check()
    with page.expect_file_chooser() as chooser:
        lab.press("Choose a file")
    chooser.value.set_files(tmp_path / "own.csv")
    page.get_by_role("button", name="Use this data").click()
    lab.ready().epoch()
    run = kept(lab, "Run as TOML", tmp_path, "run.toml")
    done = subprocess.run(
        [sys.executable, "-m", "glassnet", "train", str(run), "--out", str(tmp_path / "m.json")],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_model_predicts_as_the_page_does(lab: Lab, tmp_path: Path) -> None:
    lab.choose("iris").train(400)
    lab.press("Epoch").until(lambda: lab.status()["held-out accuracy"] != "–")
    model = gn.load(kept(lab, "Model file", tmp_path, "model.json"))
    data = gn.load_dataset("iris")
    assert model.score(data.X, data.y) > 0.8
    said = lab.region("Output").get_by_text("held-out sample 1").inner_text()
    names = ["setosa", "versicolor", "virginica"]
    _, test = data.split(test=0.2, seed=0)
    assert names[int(test.y[0])] in said


def test_the_python_runs(lab: Lab, page: Page, tmp_path: Path) -> None:
    lab.choose("moons", "2-8-2").epoch()
    lab.press("Take away")
    page.get_by_role("menuitem", name=re.compile("^Python")).click()
    dialog = page.get_by_role("dialog", name="Python")
    program = dialog.get_by_role("textbox").input_value()
    assert 8 <= len(program.splitlines()) <= 16
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert 0 < float(done.stdout.split()[-1]) <= 1
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_pictures_as_svg_and_png(lab: Lab, tmp_path: Path) -> None:
    lab.epoch()
    svg = kept(lab, "Picture, SVG", tmp_path, "lab.svg")
    root = ElementTree.parse(svg).getroot()
    assert root.tag.endswith("}svg") and len(list(root.iter())) > 200
    text = svg.read_text("utf-8")
    assert "Hidden 1" in text and "tanh" in text
    addresses = set(re.findall(r"https?://[^\"'\s)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink",
                         "http://www.w3.org/1999/xhtml"}  # fmt: skip
    image = Image.open(kept(lab, "Picture, PNG", tmp_path, "lab.png"))
    assert image.width > 1000 and len(np.unique(np.asarray(image.convert("L")))) > 50


def test_a_link_restores_the_whole_setting(lab: Lab, browser: Browser, page: Page) -> None:
    lab.choose("circles", "2-").press("Add layer")
    expect(lab.region("Network").get_by_role("group", name="Hidden 2", exact=True)).to_be_visible()
    lab.fill("Learning rate", 0.017).fill("Batch size", 9).fill("Seed", 11)
    page.get_by_role("slider", name="Noise").fill("0.3")
    lab.field("Optimizer").select_option(label="Adam")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab.press("Take away")
    page.get_by_role("menuitem", name=re.compile("^Link")).click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    toml, shape = lab.taken_text("Run as TOML"), lab.shape
    loss = lab.steps(2).status()["loss"]
    other = page.context.new_page()  # the same person's, who is let in
    other.goto(link)
    restored = Lab.on(other)
    expect(other.get_by_role("radio", name="circles", exact=True)).to_be_checked()
    expect(restored.field("Learning rate")).to_have_value("0.017")
    assert restored.shape == shape
    assert restored.taken_text("Run as TOML") == toml
    assert restored.steps(2).status()["loss"] == loss


def test_a_replay_is_a_page_without_a_server(lab: Lab, browser: Browser, tmp_path: Path) -> None:
    lab.train(200)
    end, loss = lab.step, lab.status()["loss"]
    file = kept(lab, "Replay", tmp_path, "replay.html")
    assert file.stat().st_size < 8e6
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    faults, asked = [], []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(file.as_uri())
    slider = page.get_by_role("slider", name="Time", exact=True)
    expect(slider).to_have_attribute("max", str(end), timeout=PATIENCE)
    replay = Lab.on(page)
    slider.press("End")
    replay.until(lambda: replay.status()["loss"] == loss)
    slider.press("Home")
    replay.until(lambda: replay.step == 0)
    expect(replay.region("Output").locator("canvas").first).to_be_visible()
    replay.press("Play").until(lambda: replay.step > 0)
    context.close()
    assert faults == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_the_losses_of_the_page_are_those_of_the_library(lab: Lab, tmp_path: Path) -> None:
    lab.choose("moons", "2-8-2").press("Epoch").wait_for_step(14)
    lab.press("Epoch").wait_for_step(28)
    told = number(lab.status()["held-out loss"])
    model = gn.load(kept(lab, "Model file", tmp_path, "model.json"))
    _, test = gn.load_dataset("moons", n=400, noise=0.2, seed=0).split(test=0.3, seed=0)
    shares = model.predict_proba(test.X)[np.arange(len(test.y)), test.y.astype(int)]
    assert abs(-np.log(shares).mean() - told) < 0.0006
