"""`glassnet train`: the end screen, the JSON document, the files, options over descriptions."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.helpers import QUICK, assert_refused, files_in, program, run
from glassnet import load_dataset
from glassnet.files.model import read_model


def trained(*words: str) -> dict[str, Any]:
    """The JSON document of a training."""
    result = run("train", *words, "--json")
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_the_end_screen_says_it_all_in_eighty_columns(own_folder: Path) -> None:
    result = run("train", "digits")
    assert result.exit_code == 0
    screen = result.stdout
    for words in (
        "held out", "95 % interval", "logistic regression", "majority class", "confusion matrix",
        "digits.json", "digits-loss.png, .svg", "glassnet show digits.json", "training data",
    ):  # fmt: skip
        assert words in screen
    assert max(map(len, screen.splitlines())) <= 80
    assert len(screen.splitlines()) <= 40
    assert "\x1b" not in screen
    assert files_in(own_folder) == {"digits.json", "digits-loss.png", "digits-loss.svg"}


def test_the_same_seed_gives_the_same_file(own_folder: Path) -> None:
    run("train", "iris", *QUICK, "--seed", "3", "--out", "a.json")
    run("train", "iris", *QUICK, "--seed", "3", "--out", "b.json")
    run("train", "iris", *QUICK, "--seed", "4", "--out", "c.json")
    a, b, c = (read_model(f"{name}.json") for name in "abc")
    assert a.weights == b.weights
    assert a.weights != c.weights


def test_the_document_of_a_classification() -> None:
    document = trained("digits", *QUICK)
    assert 0 <= document["test"]["accuracy"] <= 1
    low, high = document["test"]["interval"]
    assert low <= document["test"]["accuracy"] <= high
    assert document["train"]["samples"] + document["test"]["samples"] == 1797
    assert set(document["baselines"]) == {"majority class", "logistic regression"}
    assert document["epochs"] == 2
    assert document["loss"] > 0
    assert document["seconds"] > 0
    assert document["threshold"] is None
    assert document["cv"] is None
    assert document["setting"]["model"]["layers"] == [4]
    assert Path(document["model_file"]).is_file()
    assert all(Path(picture).is_file() for picture in document["pictures"])


def test_the_document_of_a_regression() -> None:
    document = trained("diabetes", *QUICK)
    assert document["test"]["rmse"] > 0
    low, high = document["test"]["interval"]
    assert low <= document["test"]["r2"] <= high
    assert set(document["baselines"]) == {"mean", "ridge"}


def test_breast_cancer_is_cross_validated_beside_its_training_score() -> None:
    document = trained("breast-cancer", "--epochs", "3", "--cv", "3")
    assert document["train"]["samples"] == 569
    assert document["test"] is None
    assert document["cv"]["folds"] == 3
    assert len(document["cv"]["scores"]) == 3
    low, high = document["cv"]["interval"]
    assert low <= document["cv"]["accuracy"] <= high
    assert 0 < document["threshold"] < 1
    assert document["baselines"]["logistic regression"]["accuracy"] > 0.9


def test_progress_and_results_are_kept_apart(own_folder: Path) -> None:
    answer = program("train", "moons", "--epochs", "20")
    assert answer.returncode == 0
    assert 5 <= sum(line.startswith("epoch") for line in answer.stderr.splitlines()) <= 11
    assert "epoch 20/20" in answer.stderr
    assert "\x1b" not in answer.stdout + answer.stderr
    assert "held out" in answer.stdout
    silent = run("train", "moons", *QUICK, "--quiet")
    assert (silent.stdout, silent.stderr) == ("", "")
    only = run("train", "moons", *QUICK, "--json")
    assert only.stderr == ""
    assert json.loads(only.stdout)["epochs"] == 2


def test_a_learned_threshold_is_told_each_epoch() -> None:
    lines = run("train", "breast-cancer", "--epochs", "12", "--cv", "0").stderr.splitlines()
    assert len(lines) == 12
    assert all("threshold 0." in line for line in lines)


def test_labels_are_printed_each_epoch() -> None:
    result = run("train", "patterns", "--epochs", "3", "--layers", "4", "--print-labels")
    lines = result.stdout.splitlines()
    actual = [line for line in lines if line.startswith("  actual")]
    assert len(actual) == 3
    assert actual[0].split()[1:] == load_dataset("patterns").y.astype(str).tolist()
    assert sum(line.startswith("  predicted") for line in lines) == 3
    assert_refused(run("train", "diabetes", "--print-labels"), "--print-labels", "numbers")


def test_explain_prints_the_first_step() -> None:
    text = run("train", "patterns", "--original", "--epochs", "5", "--explain").stdout
    places = [text.index(f"{i}. {name}") for i, name in enumerate(
        ["Initialise", "Forward", "Loss", "Backward", "Update"], start=1)]  # fmt: skip
    assert places == sorted(places)
    assert "(4 inputs × 8 units)" in text
    # Weights of N(0, 1) · 0.01 start with a loss of almost exactly ln 4.
    assert "= 1.386" in text


@pytest.mark.parametrize("setting", [(), ("--original",)])
def test_the_explanation_of_the_first_step_is_readable(setting: tuple[str, ...]) -> None:
    text = run("train", "patterns", *setting, "--epochs", "2", "--explain").stdout
    explanation, _, screen = text.partition("\nThe loss was ")
    assert max(map(len, text.splitlines())) <= 80
    assert "-0.0000" not in explanation
    assert screen.splitlines()[1] == ""
    update = explanation.partition("5. Update")[2]
    assert "learning rate 0\n" not in update
    for words in ("--quiet", "--json"):
        quiet = run("train", "patterns", *setting, "--epochs", "2", "--explain", words).stdout
        assert quiet == "" if words == "--quiet" else json.loads(quiet)


def test_lbfgs_with_a_learned_threshold_says_what_to_do() -> None:
    refused = run("train", "breast-cancer", "--optimizer", "lbfgs")
    assert_refused(refused, "lbfgs", "--threshold tuned", "--threshold 0.5")
    assert not list(Path().iterdir())
    words = ("breast-cancer", "--optimizer", "lbfgs", "--epochs", "3", "--cv", "0")
    assert trained(*words, "--threshold", "0.5")["threshold"] == 0.5
    assert 0 < trained(*words, "--threshold", "tuned")["threshold"] < 1


def test_labels_of_a_learned_threshold_each_epoch() -> None:
    words = ("train", "breast-cancer", "--epochs", "2", "--cv", "0", "--print-labels")
    text = run(*words).stdout
    lines = text.splitlines()[:6]
    y = load_dataset("breast-cancer").y
    for number, head in enumerate(lines[::3], start=1):
        found = re.fullmatch(
            rf"epoch {number}  accuracy (\S+)  (\d+) of 569  loss \S+  threshold 0\.\d+", head
        )
        assert found
        actual, predicted = (line.split()[1] for line in lines[3 * number - 2 : 3 * number])
        assert actual == "".join(map(str, y.tolist()))
        right = sum(a == b for a, b in zip(actual, predicted, strict=True))
        assert int(found[2]) == right
        assert float(found[1]) == pytest.approx(right / 569, abs=1e-4)
    assert run(*words, "--quiet").output == ""
    assert json.loads(run(*words, "--json").output)["epochs"] == 2


@pytest.mark.parametrize("name", ["breast-cancer", "digits", "diabetes"])
def test_the_document_is_plain_json(name: str) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    folds = ("--cv", "2") if name == "breast-cancer" else ()
    document = json.loads(
        run("train", name, *QUICK, *folds, "--json").stdout, parse_constant=refuse
    )
    metric = "r2" if name == "diabetes" else "accuracy"
    part = "cv" if folds else "test"
    assert isinstance(document["train"][metric], float)
    low, high = document[part]["interval"]
    assert low <= document[part][metric] <= high
    assert all(isinstance(scores[metric], float) for scores in document["baselines"].values())
    assert len(document["baselines"]) == 2
    assert document["setting"]["seed"] == 0
    assert document["epochs"] == 2
    assert document["loss"] > 0 < document["seconds"]
    assert isinstance(document["threshold"], float if folds else type(None))
    assert document["model_file"] == f"{name}.json"


@pytest.mark.parametrize("name", ["patterns", "breast-cancer", "digits"])
def test_original_is_the_setting_of_the_write_up(name: str) -> None:
    document = trained(name, "--original", "--epochs", "2", "--cv", "0")
    assert "original" in document["setting"]["title"]
    assert document["model_file"] == f"{name}-original.json"


def test_widths_over_spelled_out_layers_keep_their_initializers() -> None:
    document = trained("patterns", "--original", "--layers", "6,5", "--epochs", "1")
    layers = document["setting"]["model"]["layers"]
    assert [layer["units"] for layer in layers] == [6, 5, 4]
    assert all(layer["weight_init"] == {"kind": "normal", "scale": 0.01} for layer in layers)
    assert [layer["activation"] for layer in layers] == ["relu", "relu", "softmax"]
    document = trained("patterns", "--original", "--activation", "tanh", "--epochs", "1")
    layers = document["setting"]["model"]["layers"]
    assert [layer["activation"] for layer in layers] == ["tanh", "softmax"]


def test_every_option_reaches_the_description() -> None:
    words = (
        "moons", "--layers", "8,4", "--activation", "tanh,relu", "--dropout", "0.1,0",
        "--loss", "binary_cross_entropy", "--optimizer", "sgd", "--learning-rate", "0.05",
        "--batch-size", "0.5", "--epochs", "2", "--l2", "0.001", "--scaling", "standard",
        "--seed", "7", "--test", "50", "--threshold", "0.4", "--class-weight", "balanced",
        "--early-stopping", "5",
    )  # fmt: skip
    setting = trained(*words)["setting"]
    assert setting["model"] == {
        "layers": [8, 4], "activation": ["tanh", "relu"], "dropout": [0.1, 0.0],
        "loss": "binary_cross_entropy", "scaling": "standard", "threshold": 0.4,
        "class_weight": "balanced",
    }  # fmt: skip
    assert setting["training"] == {
        "optimizer": "sgd", "learning_rate": 0.05, "batch_size": 0.5, "epochs": 2, "l2": 0.001,
        "early_stopping": 5,
    }  # fmt: skip
    assert setting["seed"] == 7
    assert setting["data"] == {"name": "moons", "test": 50}


def test_the_description_in_the_file_makes_the_run_again(own_folder: Path) -> None:
    trained("iris", "--epochs", "3", "--layers", "5", "--seed", "2", "--out", "a.json")
    document = read_model("a.json")
    assert document.run is not None
    assert document.run.training.epochs == 3
    assert document.scores["test"]["samples"] == 30
    from glassnet.files.run_toml import run_to_toml

    Path("again.toml").write_text(run_to_toml(document.run), encoding="utf-8")
    trained("again.toml", "--out", "b.json")
    assert read_model("b.json").weights == document.weights


def test_weights_as_decimals() -> None:
    trained("iris", *QUICK, "--readable")
    assert '"values": [' in Path("iris.json").read_text(encoding="utf-8")
    assert '"base64"' not in Path("iris.json").read_text(encoding="utf-8")


def test_a_file_of_the_name_of_a_set_wins_and_says_so() -> None:
    Path("iris").write_text("a,label\n" + "1,x\n2,y\n" * 20, encoding="utf-8")
    result = run("train", "iris", *QUICK)
    assert result.exit_code == 0
    assert "glassnet: note: 'iris' is the file of that name here" in result.stderr
    assert json.loads(run("train", "iris", *QUICK, "--json").stdout)["train"]["samples"] == 32
    Path("wine").mkdir()
    result = run("train", "wine", *QUICK)
    assert result.exit_code == 0
    assert "./wine" in result.stderr


def test_a_model_may_be_trained_anew_over_itself() -> None:
    trained("iris", *QUICK)
    assert trained("iris", *QUICK, "--seed", "5")["setting"]["seed"] == 5


def write_digits(path: str, rows: int, with_label: bool) -> None:
    """A CSV as the Kaggle competition has it, of 8 × 8 pixels from 0 to 255."""
    digits = load_dataset("digits")
    pixels = np.rint(digits.X * 255).astype(int)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = [f"pixel{j}" for j in range(64)]
        writer.writerow(["label", *names] if with_label else names)
        for label, row in zip(digits.y[:rows].tolist(), pixels[:rows].tolist(), strict=True):
            writer.writerow([label, *row] if with_label else row)


def test_kaggle_from_its_csv_to_its_submission(own_folder: Path) -> None:
    write_digits("train.csv", 600, with_label=True)
    write_digits("test.csv", 40, with_label=False)
    document = trained("kaggle", "--data", "train.csv", "--test", "100")
    assert document["setting"]["data"]["path"] == "train.csv"
    assert document["test"]["accuracy"] > 0.8
    result = run("predict", "kaggle.json", "--data", "test.csv", "--out", "submission.csv")
    assert result.exit_code == 0
    rows = list(csv.reader(Path("submission.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["ImageId", "Label"]
    assert [row[0] for row in rows[1:]] == [str(i) for i in range(1, 41)]
    truth = load_dataset("digits").y[:40].astype(str).tolist()
    assert np.mean([row[1] == label for row, label in zip(rows[1:], truth, strict=True)]) > 0.8
    labelled = run("predict", "kaggle.json", "--data", "train.csv").stdout.splitlines()
    assert labelled[0] == "label"
    assert len(labelled) == 601
    shown = run("show", "kaggle.json", "--data", "train.csv", "--samples", "1,2,600")
    assert shown.exit_code == 0
    assert Path("kaggle-samples.png").read_bytes().startswith(b"\x89PNG")


def test_mnist_compressed_evaluates_on_the_official_pictures(shared_data: Path) -> None:
    document = trained("mnist-compressed", "--original", "--layers", "20", "--epochs", "2")
    assert document["data"]["features"] == 121
    assert document["train"]["samples"] == document["test"]["samples"] == 1000
    result = run("evaluate", "mnist-compressed-original.json", "--data", "mnist", "--json")
    assert json.loads(result.stdout)["samples"] == 10_000
