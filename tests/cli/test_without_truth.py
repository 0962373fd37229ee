"""Samples whose targets are not known: shown and predicted, but neither scored nor explained."""

import json
from pathlib import Path

import numpy as np
import pytest

from cli.helpers import assert_refused, run
from cli.test_train import write_digits
from glassnet import load_dataset


def write_moons(path: str, *, with_label: bool) -> None:
    """The two moons as a table, with a column `side` where asked for."""
    moons = load_dataset("moons", n=60)
    words = np.where(moons.y == 1, "upper", "lower")
    lines = ["x,y2,side" if with_label else "x,y2"]
    for (a, b), word in zip(moons.X.tolist(), words.tolist(), strict=True):
        lines.append(f"{a},{b},{word}" if with_label else f"{a},{b}")
    Path(path).write_text("\n".join(lines), encoding="utf-8")


def train(*words: str) -> None:
    """Train without a word."""
    result = run("train", *words, "--quiet")
    assert result.exit_code == 0, result.stderr


@pytest.fixture
def moons(own_folder: Path) -> Path:
    """A model of the moons, and a table to be predicted."""
    write_moons("moons.csv", with_label=True)
    write_moons("new.csv", with_label=False)
    train("moons.csv", "--target", "side", "--epochs", "20", "--out", "m.json")
    return own_folder


def test_a_table_without_its_target_is_shown(moons: Path) -> None:
    result = run("show", "m.json", "--data", "new.csv", "--samples", "1,3,60")
    assert result.exit_code == 0, result.stderr
    heads, *rows = (line.split() for line in result.stdout.splitlines())
    assert heads == ["sample", "prediction", "confidence", "x", "y2"]
    labels = run("predict", "m.json", "--data", "new.csv").stdout.split()[1:]
    assert [row[1] for row in rows] == [labels[i] for i in (0, 2, 59)]
    known = run("show", "m.json", "--data", "moons.csv", "--samples", "1,3,60").stdout
    assert known.split()[:4] == ["sample", "truth", "prediction", "confidence"]
    assert [line.split()[3] for line in known.splitlines()[1:]] == [row[2] for row in rows]


def test_what_needs_the_truth_says_which_column_is_missing(moons: Path) -> None:
    for command in ("evaluate", "explain"):
        assert_refused(run(command, "m.json", "--data", "new.csv"), "'new.csv'", "column 'side'")
    assert_refused(run("show", "m.json", "--data", "new.csv", "--wrong"), "--wrong", "'side'")
    refused = run("show", "m.json", "--data", "new.csv", "--target", "other")
    assert_refused(refused, "no column 'other'")


def test_numbers_without_truth(own_folder: Path) -> None:
    rows = [f"{i},{i % 7},{3 * i + i % 7}" for i in range(60)]
    Path("sums.csv").write_text("a,b,sum\n" + "\n".join(rows), encoding="utf-8")
    Path("new.csv").write_text("b,a\n1,2\n3,4\n", encoding="utf-8")
    train("sums.csv", "--epochs", "5")
    lines = run("show", "sums.json", "--data", "new.csv").stdout.splitlines()
    assert lines[0].split() == ["sample", "prediction", "a", "b"]
    assert [line.split()[-2:] for line in lines[1:]] == [["2", "1"], ["4", "3"]]
    assert_refused(run("show", "sums.json", "--wrong"), "--wrong", "numbers")


def test_pictures_without_truth(own_folder: Path) -> None:
    write_digits("train.csv", 300, with_label=True)
    write_digits("test.csv", 20, with_label=False)
    train("kaggle", "--data", "train.csv", "--epochs", "3")
    data = json.loads(Path("kaggle.json").read_text(encoding="utf-8"))["scores"]["data"]
    assert data == {"target": "label"}
    result = run("show", "kaggle.json", "--data", "test.csv", "--out", "new.png")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("%") == 12
    assert not set("✓✗") & set(result.stdout)
    assert Path("new.png").read_bytes().startswith(b"\x89PNG")
    for command in ("evaluate", "explain"):
        refused = run(command, "kaggle.json", "--data", "test.csv")
        assert_refused(refused, "'test.csv'", "column 'label'")
    assert_refused(run("show", "kaggle.json", "--data", "test.csv", "--wrong"), "'label'")


def test_a_model_of_a_named_set_knows_its_features(own_folder: Path) -> None:
    train("digits", "--epochs", "2", "--layers", "8")
    write_digits("test.csv", 20, with_label=False)
    write_digits("train.csv", 20, with_label=True)
    assert run("show", "digits.json", "--data", "test.csv").exit_code == 0
    assert_refused(run("evaluate", "digits.json", "--data", "test.csv"), "'test.csv'", "'label'")
    assert "of 20 right" in run("evaluate", "digits.json", "--data", "train.csv").stdout


def test_whole_pictures_for_a_model_of_cut_ones(shared_data: Path) -> None:
    train("mnist-compressed", "--original", "--layers", "20", "--epochs", "2")
    mnist = load_dataset("mnist").test
    assert mnist is not None
    names = ",".join(f"pixel{j}" for j in range(784))
    pixels = [",".join(map(str, row)) for row in mnist.X[:30].tolist()]
    Path("test.csv").write_text("\n".join([names, *pixels]), encoding="utf-8")
    labelled = [f"{row},{label}" for row, label in zip(pixels, mnist.y[:30], strict=True)]
    Path("train.csv").write_text("\n".join([f"{names},label", *labelled]), encoding="utf-8")
    model = "mnist-compressed-original.json"
    assert run("show", model, "--data", "test.csv").exit_code == 0
    assert_refused(run("evaluate", model, "--data", "test.csv"), "'test.csv'", "'label'")
    labels = run("predict", model, "--data", "train.csv").stdout.split()[1:]
    rows = run("predict", model, "--data", "test.csv").stdout.split()[1:]
    assert [row.split(",")[1] for row in rows] == labels
