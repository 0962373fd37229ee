"""`glassnet doctor`: data, runs and models, and what it says of each."""

import json
from pathlib import Path

import numpy as np
import pytest

from cli.helpers import assert_refused, files_in, run


def table(path: str, columns: dict[str, np.ndarray]) -> None:
    lines = [",".join(columns)]
    lines += [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def people(n: int = 200) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    age, pay = draw.uniform(20, 60, n).round(1), draw.uniform(2e4, 9e4, n).round()
    town = draw.choice(["Oslo", "Quito"], n)
    yes = age / 40 + pay / 5e4 + (town == "Oslo") + 0.3 * draw.normal(size=n) > 2.8
    return {"age": age, "pay": pay, "town": town, "bought": np.where(yes, "yes", "no")}


def document(*words: str) -> dict:
    result = run("doctor", *words, "--json")
    assert result.exit_code in (0, 3), result.output
    found = json.loads(result.stdout)
    assert result.exit_code == (3 if found["alarms"] else 0)
    return found


def rules(found: dict, alarms: bool = True) -> set[str]:
    return {f["rule"] for f in found["findings"] if not alarms or f["level"] != "note"}


def test_a_sound_set_is_told_to_be_sound(own_folder: Path) -> None:
    result = run("doctor", "iris")
    assert result.exit_code == 0, result.output
    assert result.stdout.rstrip().splitlines()[-1].startswith("no fault, no warning")
    assert files_in(own_folder) == set()  # nothing is saved


def test_data_alone_are_not_trained_on() -> None:
    found = document("wine", "--data-only")
    assert found["trained"] is False and found["seconds"] is None
    # Columns in other units are no fault where training scales them, but worth a note.
    assert found["alarms"] == 0 and "unscaled-columns" in rules(found, alarms=False)


def test_columns_of_a_file_are_called_by_their_names() -> None:
    columns = people()
    columns["code"] = np.where(columns["bought"] == "yes", 7, 3)
    table("people.csv", columns | {"bought": columns.pop("bought")})
    found = document("people.csv", "--target", "bought", "--data-only")
    (leak,) = [f for f in found["findings"] if f["rule"] == "answer-column"]
    assert "'code'" in leak["seen"] and leak["level"] == "fault"


def test_samples_that_are_held_out_and_trained_on() -> None:
    columns = people(120)
    table("twice.csv", {name: np.concatenate([v, v]) for name, v in columns.items()})
    assert "duplicates" in rules(document("twice.csv", "--data-only"))
    table("once.csv", columns)
    assert rules(document("once.csv", "--data-only")) == set()


def test_an_odd_value_is_a_note_where_training_draws_it_in() -> None:
    columns = people()
    columns["age"][17] = 99999
    table("odd.csv", columns)
    for words in (("--data-only",), ("--epochs", "60")):
        found = document("odd.csv", *words)
        odd = next(f for f in found["findings"] if f["rule"] == "outlier")
        assert odd["level"] == "note" and "'age'" in odd["seen"] and "draws" in odd["advice"]


def test_a_file_of_numbers_keeps_its_names() -> None:
    columns = people()
    columns["age"][17] = 99999
    del columns["town"]
    table("numbers.csv", columns)
    found = document("numbers.csv", "--data-only")
    assert "'age'" in next(f for f in found["findings"] if f["rule"] == "outlier")["seen"]


def test_labels_from_one_are_only_worth_a_note() -> None:
    columns = people()
    table("one.csv", columns | {"bought": (columns["bought"] == "yes") + 1})
    found = document("one.csv", "--data-only")
    assert rules(found) == set() and "labels" in rules(found, alarms=False)


def test_a_rate_that_is_too_large_is_named_with_its_curvature() -> None:
    Path("run.toml").write_text(
        'seed = 1\n[data]\nname = "digits"\n[model]\nlayers = [16]\nactivation = "tanh"\n'
        'dropout = 0.0\nscaling = "none"\n[training]\noptimizer = "sgd"\nlearning_rate = 40.0\n'
        "batch_size = 1.0\nepochs = 100\nl2 = 0.0\n",
        encoding="utf-8",
    )
    found = document("run.toml")
    first = found["findings"][0]
    assert first["why"] == "learning-rate" and first["numbers"]["ratio"] > 1
    assert "λ" in first["cause"]


def test_a_run_that_becomes_infinite_is_reported_not_raised() -> None:
    Path("run.toml").write_text(
        '[data]\nname = "diabetes"\n[model]\nlayers = [16]\nactivation = "relu"\n[training]\n'
        'optimizer = "sgd"\nlearning_rate = 100.0\nepochs = 100\n',
        encoding="utf-8",
    )
    result = run("doctor", "run.toml")
    assert result.exit_code == 3 and "loss-not-finite" in result.stdout
    assert "no number" in result.stdout


def test_a_models_run_is_made_again(own_folder: Path) -> None:
    assert run("train", "iris", "--epochs", "2", "--layers", "4", "--out", "m.json").exit_code == 0
    before = (own_folder / "m.json").read_bytes()
    found = document("m.json")
    assert found["trained"] and found["stopped"] == "finished"
    assert (own_folder / "m.json").read_bytes() == before


def test_options_lie_over_the_run() -> None:
    found = document("iris", "--learning-rate", "0.0000001", "--epochs", "40", "--seed", "3")
    assert found["findings"][0]["rule"] == "crawling"


def test_the_text_has_no_line_too_long() -> None:
    result = run("doctor", "breast-cancer", "--learning-rate", "1e-7")
    assert result.exit_code == 3
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "FAULT crawling" in result.stdout or "WARNING crawling" in result.stdout
    assert run("doctor", "iris", "--quiet").output == ""


def test_alarms_are_told_by_the_exit_code_also_where_nothing_is_printed() -> None:
    result = run("doctor", "iris", "--learning-rate", "1e-7", "--epochs", "40", "--quiet")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "exit code is 3" in run("doctor", "--help").stdout


@pytest.mark.parametrize("words, told", [
    (("nothing.csv",), "no file"),
    (("irs",), "did you mean 'iris'"),
    (("iris", "--original"), "no original setting"),
    (("iris", "--target", "x"), "leave out target"),
    (("nothing.json",), "no model file"),
])  # fmt: skip
def test_bad_input_is_one_sentence(words: tuple[str, ...], told: str) -> None:
    assert_refused(run("doctor", *words), told)
