"""A trained model in use: predict, evaluate, show, explain."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet
from cli.helpers import assert_refused, files_in, run
from glassnet import load_dataset


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models of a table with text, of numbers, of pictures and of a regression."""
    import os

    folder, before = tmp_path_factory.mktemp("models"), Path.cwd()
    os.chdir(folder)
    try:
        rows = [f"{i % 10},{'red' if i % 3 else 'blue'},{i},{i % 3 != 0}" for i in range(60)]
        Path("mixed.csv").write_text("a,colour,i,label\n" + "\n".join(rows), encoding="utf-8")
        for words in (
            ("mixed.csv", "--epochs", "20"),
            ("digits", "--epochs", "3", "--layers", "8"),
            ("breast-cancer", "--epochs", "5", "--cv", "0"),
            ("diabetes", "--epochs", "5"),
        ):
            result = run("train", *words, "--quiet")
            assert result.exit_code == 0, result.stderr
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def here(models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the models, under way."""
    monkeypatch.chdir(models)
    return models


def rows_of(text: str) -> list[list[str]]:
    """A CSV's cells."""
    return list(csv.reader(io.StringIO(text)))


def test_predict_writes_what_the_model_says(here: Path) -> None:
    model = glassnet.load("digits.json")
    digits = load_dataset("digits")
    rows = rows_of(run("predict", "digits.json", "--proba").stdout)
    assert rows[0] == ["label", *(f"p({k})" for k in range(10))]
    assert [row[0] for row in rows[1:]] == model.predict(digits.X).astype(str).tolist()
    P = np.array([[float(p) for p in row[1:]] for row in rows[1:]])
    np.testing.assert_allclose(P, model.predict_proba(digits.X), rtol=1e-5)


def test_predict_finds_columns_by_their_names(here: Path) -> None:
    Path("moved.csv").write_text("label,i,extra,colour,a\nTrue,5,9,red,5\nFalse,6,9,blue,6\n")
    Path("straight.csv").write_text("a,colour,i\n5,red,5\n6,blue,6\n")
    moved = run("predict", "mixed.json", "--data", "moved.csv", "--proba")
    assert moved.exit_code == 0, moved.stderr
    assert moved.stdout == run("predict", "mixed.json", "--data", "straight.csv", "--proba").stdout
    Path("less.csv").write_text("a,i\n5,5\n")
    assert_refused(run("predict", "mixed.json", "--data", "less.csv"), "a column", "'colour'")


def test_columns_of_numbers_are_found_by_their_names_too(here: Path) -> None:
    rows = [f"{i % 7},{i % 5},{i % 2}" for i in range(60)]
    Path("numbers.csv").write_text("a,b,label\n" + "\n".join(rows), encoding="utf-8")
    assert run("train", "numbers.csv", "--epochs", "9", "-q").exit_code == 0
    Path("ab.csv").write_text("a,b\n1,4\n6,2\n")
    Path("ba.csv").write_text("label,b,a\n1,4,1\n0,2,6\n")
    first = run("predict", "numbers.json", "--data", "ab.csv", "--proba").stdout
    assert len(first.splitlines()) == 3
    assert run("predict", "numbers.json", "--data", "ba.csv", "--proba").stdout == first
    Path("other.csv").write_text("a,c\n1,4\n6,2\n")
    assert_refused(run("predict", "numbers.json", "--data", "other.csv"), "a column", "'b'")


def test_predict_keeps_what_is_there(here: Path) -> None:
    Path("old.csv").write_text("precious")
    assert_refused(run("predict", "digits.json", "--out", "old.csv"), "'old.csv'", "--force")
    assert Path("old.csv").read_text() == "precious"
    result = run("predict", "digits.json", "--out", "old.csv", "--force")
    assert result.exit_code == 0
    assert "wrote 1,797 predictions" in result.stderr
    assert len(rows_of(Path("old.csv").read_text())) == 1798


def test_predict_numbers(here: Path) -> None:
    rows = rows_of(run("predict", "diabetes.json").stdout)
    assert rows[0] == ["prediction"]
    expected = glassnet.load("diabetes.json").predict(load_dataset("diabetes").X)
    np.testing.assert_array_equal([float(row[0]) for row in rows[1:]], expected)
    assert_refused(run("predict", "diabetes.json", "--proba"), "--proba")


def evaluated(*words: str) -> dict[str, Any]:
    """The JSON document of an evaluation."""
    result = run("evaluate", *words, "--json")
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_evaluate_takes_the_samples_that_were_held_out(here: Path) -> None:
    document = evaluated("digits.json")
    kept = json.loads(Path("digits.json").read_text())["scores"]["test"]
    assert document["accuracy"] == kept["accuracy"]
    assert document["interval"] == kept["interval"]
    assert np.sum(document["confusion"]) == document["samples"] == kept["samples"]
    assert "held out" in document["note"]
    assert evaluated("diabetes.json")["r2"] == pytest.approx(
        json.loads(Path("diabetes.json").read_text())["scores"]["test"]["r2"]
    )
    assert evaluated("mixed.json")["samples"] == 12


def test_evaluate_says_where_a_score_flatters(here: Path) -> None:
    for words in (("digits.json", "--data", "digits"), ("mixed.json", "--data", "mixed.csv")):
        document = evaluated(*words)
        assert "flatters" in document["note"]
        assert document["interval"] is None
    assert "trained on" in evaluated("breast-cancer.json")["note"]
    text = run("evaluate", "breast-cancer.json").stdout
    assert "interval" not in text
    assert "malignant" in text
    assert "by cross-validation" in run("evaluate", "breast-cancer").stdout
    assert "95 % interval" in run("evaluate", "digits.json").stdout


def test_show_draws_pictures(here: Path) -> None:
    result = run("show", "digits.json", "--samples", "1,5,9", "--out", "three.png")
    assert result.exit_code == 0
    assert Path("three.png").read_bytes().startswith(b"\x89PNG")
    captions = [line for line in result.stdout.splitlines() if "%" in line]
    assert sum(line.count("%") for line in captions) == 3
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert_refused(run("show", "digits.json", "--out", "three.png"), "--force")
    assert_refused(run("show", "digits.json", "--out", "three.doc"), ".png")
    assert_refused(run("show", "digits.json", "--samples", "9999"), "no sample 9999")
    assert run("show", "digits.json", "--out", "three.svg").exit_code == 0
    assert "<svg" in Path("three.svg").read_text(encoding="utf-8")


def test_show_only_mistakes(here: Path) -> None:
    text = run("show", "digits.json", "--wrong").stdout
    assert "✗" in text
    assert "✓" not in text


def test_show_tables(here: Path) -> None:
    before = files_in(here)
    result = run("show", "breast-cancer.json", "--samples", "1,2,300")
    lines = result.stdout.splitlines()
    assert lines[0].split()[:4] == ["sample", "truth", "prediction", "confidence"]
    assert [line.split()[0] for line in lines[1:]] == ["1", "2", "300"]
    assert max(map(len, lines)) <= 80
    assert run("show", "diabetes.json").exit_code == 0
    assert "colour" in run("show", "mixed.json", "--data", "mixed.csv").stdout
    assert files_in(here) == before
    assert_refused(run("show", "diabetes.json", "--out", "x.png"), "no pictures")


def test_explain_shows_a_step_of_the_model(here: Path) -> None:
    for model in ("digits.json", "breast-cancer.json", "diabetes.json"):
        text = run("explain", model, "--sample", "2,3").stdout
        assert "(2 samples × " in text
        assert text.index("Forward") < text.index("Backward") < text.index("Update")
    assert_refused(run("explain", "digits.json", "--sample", "0"), "no sample 0")


def test_a_shipped_model_is_had_by_its_name(own_folder: Path) -> None:
    labels = [row[0] for row in rows_of(run("predict", "breast-cancer").stdout)[1:]]
    truth = load_dataset("breast-cancer").y.astype(str).tolist()
    assert np.mean(np.array(labels) == np.array(truth)) > 0.98
    assert evaluated("breast-cancer")["samples"] == 569
    assert run("show", "breast-cancer").exit_code == 0
    assert "Update" in run("explain", "breast-cancer").stdout
    assert files_in(own_folder) == set()
    assert_refused(run("predict", "breast-cance"), "did you mean 'breast-cancer'?")
    Path("breast-cancer").write_text("mine", encoding="utf-8")
    result = run("predict", "breast-cancer")
    assert result.exit_code == 2
    assert "note: 'breast-cancer' is the file of that name" in result.stderr


def test_a_bare_network_is_refused(here: Path) -> None:
    network = glassnet.Network([glassnet.Dense(1)], "mean_squared_error", inputs=3)
    network.save("bare.json")
    assert_refused(run("predict", "bare.json", "--data", "mixed.csv"), "'bare.json'", "train")


def test_explain_fits_into_eighty_columns_and_moves_the_parameters(here: Path) -> None:
    for model, data in (("digits", "digits"), ("breast-cancer", "breast-cancer"),
                        ("diabetes", "diabetes")):  # fmt: skip
        result = run("explain", f"{model}.json", "--data", data, "--sample", "3")
        assert result.exit_code == 0, result.stderr
        assert max(map(len, result.stdout.splitlines())) <= 80
        assert "(1 sample × " in result.stdout
        # The recipe's rate warms up from 0, by which nothing would be seen to change.
        assert "learning rate 0\n" not in result.stdout
        before, after = re.findall(r"\d+\.\d+", result.stdout.splitlines()[-1])
        assert before != after
        assert "5. Update: the parameters after the step (the run warms up from 0" in result.stdout
        assert result.stderr == ""
