"""`glassnet explain`: units, weights, steps of a run, files, pictures, and what it refuses."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import glassnet as gn
from cli.helpers import assert_refused, files_in, run
from glassnet.cli.document import scores_document
from glassnet.files.run import run_from_toml
from glassnet.models.load import save
from glassnet.models.run import execute

RUN = """
seed = 4
[data]
name = "iris"
test = 0.2
[model]
layers = [6, 5]
activation = "tanh"
dropout = 0.2
scaling = "standard"
[training]
optimizer = "momentum"
learning_rate = 0.05
batch_size = 32
epochs = {epochs}
l2 = 0.001
"""


DIGITS = """
[data]
name = "digits"
[model]
layers = [12]
[training]
epochs = 2
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of 5 epochs of iris, one of its first 2, and two others."""
    folder = tmp_path_factory.mktemp("explain")
    for epochs in (2, 5):
        train(RUN.replace("{epochs}", str(epochs)), folder / f"iris{epochs}.json")
    train(DIGITS, folder / "digits.json")
    train(DIGITS.replace("digits", "diabetes"), folder / "diabetes.json")
    return folder


@pytest.fixture
def here(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(trained)
    return trained


def train(text: str, path: Path) -> None:
    """What `glassnet train` does, without its pictures."""
    result = execute(run_from_toml(text))
    result.estimator.scores_ = scores_document(result)
    save(result.estimator, path, run=result.run)


def explained(*words: str) -> dict[str, Any]:
    """The explanation as plain data."""
    out = Path("explained.json")
    result = run("explain", *words, "--out", str(out), "--force")
    assert result.exit_code == 0, result.output
    document = json.loads(out.read_text(encoding="utf-8"))
    out.unlink()
    assert isinstance(document, dict)
    return document


def parameters(document: dict[str, Any], stage: int) -> list[np.ndarray]:
    quantities = document["stages"][stage]["quantities"]
    return [np.array(quantity["values"]["values"]) for quantity in quantities]


def test_a_step_is_had_again_bit_for_bit(here: Path) -> None:
    batches = 4  # 120 samples in batches of 32
    before = parameters(explained("iris5.json", "--step", str(2 * batches)), 0)
    network = gn.load("iris2.json").network_
    for own, segment in zip(before, network.stack.layout.segments, strict=True):
        assert np.array_equal(own, segment.view(network.parameters))
    last = parameters(explained("iris5.json", "--step", str(5 * batches - 1)), 4)
    network = gn.load("iris5.json").network_
    for own, segment in zip(last, network.stack.layout.segments, strict=True):
        np.testing.assert_allclose(own, segment.view(network.parameters), rtol=1e-9, atol=1e-12)


def test_a_step_leads_to_the_next_one(here: Path) -> None:
    first, second = (explained("iris5.json", "--step", step) for step in ("6", "7"))
    for after, before in zip(parameters(first, 4), parameters(second, 0), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-12)
    assert len(first["sample_numbers"]) == 32
    assert len(explained("iris5.json", "--step", "3")["sample_numbers"]) == 120 - 3 * 32
    assert first["chain"]["check"]["difference"] < 1e-6
    assert first["inputs"][0]["name"] == "sepal length (cm)"
    assert "t = 7" in first["chain"]["optimizer"]


def test_the_inputs_of_a_step_are_those_of_its_samples(here: Path) -> None:
    document = explained("iris5.json", "--step", "5")
    train, _ = gn.load_dataset("iris").split(test=0.2, seed=4)
    row = document["sample_numbers"][document["shown"]] - 1
    assert [each["raw"] for each in document["inputs"]] == train.X[row].tolist()
    X = document["stages"][1]["quantities"][0]["values"]["values"]
    assert X == [train.X[number - 1].tolist() for number in document["sample_numbers"]]


def test_a_sample_at_a_step(here: Path) -> None:
    words = ("iris5.json", "--data", "iris", "--sample", "17", "--weight", "output:3,2")
    result = run("explain", *words, "--step", "9")
    assert result.exit_code == 0, result.output
    assert "not the step that it made" in " ".join(result.stdout.split())
    assert "W[3,2] of output" in result.stdout
    then, now = explained(*words, "--step", "9"), explained(*words)
    assert parameters(then, 0)[0].tolist() != parameters(now, 0)[0].tolist()
    assert then["sample_numbers"] == now["sample_numbers"] == [17]
    assert then["stages"][1]["quantities"][0] == now["stages"][1]["quantities"][0]


def test_the_issues_own_command(here: Path) -> None:
    words = ("explain", "digits.json", "--data", "digits", "--sample", "17")
    result = run(*words, "--unit", "hidden:3", "--weight", "output:3,7", "--step", "37")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    for words_shown in ("z of unit 3 of hidden", "One weight: W[3,7] of output", "sample 17"):
        assert words_shown in result.stdout
    assert result.stderr == ""


def test_a_model_whose_inputs_are_scaled_says_both_numbers(here: Path) -> None:
    result = run("explain", "diabetes.json", "--sample", "5")
    data = gn.load_dataset("diabetes")
    held_out = data.split(test=0.2, seed=0)[1]
    assert "The inputs of sample 5, raw and scaled" in result.stdout
    for name, value in zip(data.feature_names, held_out.X[4], strict=True):
        [line] = re.findall(rf"^  {re.escape(name)} .*$", result.stdout, re.MULTILINE)
        assert float(line.split()[-2].replace("−", "-")) == pytest.approx(value, abs=6e-5)


@pytest.mark.parametrize("ending", [".html", ".tex", ".json", ".txt"])
def test_files(here: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"step{ending}"
    words = ("explain", "iris5.json", "--sample", "2,1", "--out", str(path))
    result = run(*words)
    assert (result.exit_code, result.stdout) == (0, f"wrote {path}\n")
    text = path.read_text(encoding="utf-8")
    if ending == ".html":
        ElementTree.fromstring(text)
        assert "<script" not in text
    assert "petal length (cm)" in text
    assert_refused(run(*words), "--force")
    assert run(*words, "--force").exit_code == 0


def test_pictures_of_what_pushes_toward_a_class(here: Path, tmp_path: Path) -> None:
    for ending in ("png", "svg"):
        path = tmp_path / f"push.{ending}"
        words = ("explain", "digits.json", "--sample", "3", "--picture", str(path))
        result = run(*words, "--class", "4")
        assert result.exit_code == 0, result.output
        assert result.stdout.endswith(f"\nwrote {path}\n")
        assert path.stat().st_size > 1000
    assert_refused(run(*words, "--force", "--class", "12"), "no class '12'", "0, 1")
    assert_refused(run("explain", "iris5.json", "--picture", "x.png"), "pictures", "none")
    assert_refused(run("explain", "digits.json", "--class", "4"), "--picture")
    assert_refused(run("explain", "digits.json", "--picture", "x.gif"), ".png")


def test_what_is_refused(here: Path) -> None:
    before = files_in(here)
    assert_refused(run("explain", "iris5.json", "--step", "20"), "no step 20", "0 to 19")
    assert_refused(run("explain", "iris5.json", "--step", "-1"), "whole number")
    assert_refused(run("explain", "iris5.json", "--step", "3", "--data", "iris"), "--sample")
    assert_refused(run("explain", "breast-cancer", "--unit", "hiden:1"), "'hiden'", "output")
    assert_refused(run("explain", "iris5.json", "--weight", "output:9,1"), "1 to 5")
    assert_refused(run("explain", "iris5.json", "--out", "x.doc"), ".html")
    assert_refused(run("explain", "iris5.json", "--sample", "31"), "no sample 31")
    assert files_in(here) == before


def test_a_model_that_does_not_say_how_it_was_trained(here: Path, tmp_path: Path) -> None:
    data = gn.load_dataset("iris")
    model = gn.Classifier((3,), epochs=2, random_state=0).fit(data.X, data.y)
    path = tmp_path / "own.json"
    model.save(path)
    assert_refused(run("explain", str(path), "--step", "3"), "does not say how it was trained")
    result = run("explain", str(path), "--data", "iris")
    assert result.exit_code == 0, result.output


def test_a_step_at_which_the_loss_was_not_finite(here: Path) -> None:
    model = json.loads(Path("iris2.json").read_text(encoding="utf-8"))
    model["run"]["training"]["learning_rate"] = 1e200
    Path("wild.json").write_text(json.dumps(model), encoding="utf-8")
    refused = assert_refused(run("explain", "wild.json", "--step", "7"), "it came to the steps 0")
    last = re.search(r"0 to (\d+)", refused)
    assert last is not None
    result = run("explain", "wild.json", "--step", last[1])
    assert result.exit_code == 0, result.output
    assert "NaN" in result.stdout or "∞" in result.stdout


TUNED = """
[data]
name = "breast-cancer"
[model]
layers = [4]
threshold = "tuned"
[training]
epochs = 2
early_stopping = 1
"""


def test_a_step_with_held_out_samples_and_a_threshold_tuned_afterwards(here: Path) -> None:
    train(TUNED, here / "tuned.json")
    document = explained("tuned.json", "--step", "1")
    assert document["chain"]["check"]["difference"] < 1e-6
    assert document["stages"][1]["quantities"][0]["values"]["shape"][0] == 64
    # The cells beside the inputs are those of the file, though other samples were held out.
    data = gn.load_dataset("breast-cancer").split(test=0.2, seed=0)[0]
    number = document["sample_numbers"][document["shown"]]
    for row in document["inputs"]:
        assert row["raw"] == data.X[number - 1, data.feature_names.index(row["name"])]


def test_data_that_have_grown_since_the_training(here: Path) -> None:
    rows = ["a,b,label", *(f"{i % 7},{i % 5},{'x' if i % 2 else 'y'}" for i in range(60))]
    Path("grown.csv").write_text("\n".join(rows) + "\n")
    assert run("train", "grown.csv", "--epochs", "3", "--quiet").exit_code == 0
    assert run("explain", "grown.json", "--step", "1").exit_code == 0
    Path("grown.csv").write_text("\n".join([*rows, "1,2,x", "3,4,y", "1,1,x", "2,2,y", "0,3,x"]))
    refused = run("explain", "grown.json", "--step", "1")
    assert refused.exit_code == 2 and "samples" in refused.output, refused.output
