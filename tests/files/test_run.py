"""The run's description: TOML there and back, and a sentence for every fault."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from glassnet.errors import FileError, InputError
from glassnet.files.run import (
    Data,
    Model,
    Report,
    Run,
    Training,
    read_run,
    run_from_plain,
    run_from_toml,
    run_to_plain,
)
from glassnet.files.run_toml import run_to_toml

FULL = Run(
    title='A "quoted" title \\ with\ttab, ü and \x7f',
    seed=2**64 - 1,
    data=Data(
        path="train.csv", target="label", categorical=["zip", "a b"], test=0.25, first_train=1000,
        first_test=500, crop="11x11", options={"noise": 0.1, "n": 500, "odd key": [True, "x"]},
    ),
    model=Model(
        kind="classifier",
        layers=[
            {"kind": "dense", "units": 3, "weight_init": {"kind": "normal", "scale": 1.0}},
            {"user": "mine"},
        ],
        activation=["relu", {"kind": "elu", "alpha": 0.5}], dropout=[0.1, 0.0],
        loss={"kind": "cross_entropy", "label_smoothing": 0.1}, scaling=255.0, threshold="cost",
        cost=[[0.0, 1.0], [5.0, 0.0]], class_weight={"yes": 2.0, "no": 1.0}, dtype="float64",
    ),
    training=Training(
        optimizer={"kind": "adamw", "decay": 0.1}, batch_size=1.0, epochs=7, l1=0.5, l2=1e-20,
        learning_rate={"kind": "cosine", "learning_rate": 0.1}, weight_decay=0.0, clip_norm=1e16,
        max_norm=3.0, early_stopping=10,
    ),
    report=Report(cross_validate=10, print_labels=True, explain=True),
)  # fmt: skip


@pytest.mark.parametrize("commented", [False, True])
@pytest.mark.parametrize("run", [Run(), FULL, Run(training=Training(batch_size=1, epochs=3))])
def test_a_run_comes_back_from_its_toml(run: Run, commented: bool) -> None:
    back = run_from_toml(run_to_toml(run, commented))
    assert back == run and type(back.training.batch_size) is type(run.training.batch_size)


def test_a_run_comes_back_from_plain_data_and_json() -> None:
    assert run_from_plain(run_to_plain(FULL)) == FULL
    assert run_from_plain(msgspec.json.decode(msgspec.json.encode(run_to_plain(FULL)))) == FULL
    assert run_to_plain(Run()) == {}


def test_the_commented_toml_shows_every_setting_with_a_valid_example() -> None:
    text = run_to_toml(Run())
    for section in (Data, Model, Training, Report):
        for name in section.__struct_fields__:
            assert re.search(f"^# {name} = .*  # .", text, re.MULTILINE), name
    # Uncommented, all but one of each pair that excludes the other, it is a run again.
    live = re.sub("^# (?!path)", "", text, flags=re.MULTILINE)
    run = run_from_toml(live)
    assert run.data.name == "digits" and run.training.early_stopping == 10
    assert all(len(line) <= 100 for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed = 'x'", 'seed: expected a whole number, found "x"'),
        ("seed = -1", "seed: expected a whole number from 0 to 2**64 - 1, found -1"),
        ("seed = nan", "seed: expected a finite number, found nan"),
        ("seed = 1\nseed = 2\n", "is not TOML: Cannot overwrite a value (at"),
        ("a ==", "is not TOML: Invalid value (at line 1"),
        ("a = " + "9" * 5000, "is not TOML"),
        ("a = " + "[" * 10**5, "is"),
        ("[trainin]", "there is no field \"trainin\" (did you mean 'training'?)"),
        ("[training]\nepoks = 3", "training: there is no field \"epoks\" (did you mean"),
        ("[training]\nepochs = 0", 'training.epochs: expected "auto" or a whole number from 1'),
        ("[training]\nepochs = 2.5", 'training.epochs: expected "auto" or a whole number'),
        ("[training]\nepochs = true", "training.epochs: expected"),
        ("[training]\nlearning_rate = 'fast'", 'expected "auto", a number or a table'),
        ("[training]\nlearning_rate = 0", "training.learning_rate: expected"),
        ("[training]\nlearning_rate = {kind = 'cos'}", "learning_rate: there is no schedule"),
        ("[training]\noptimizer = 'adm'", "training.optimizer: there is no optimizer"),
        ("[training]\nbatch_size = 0", "training.batch_size: expected a whole number of rows"),
        ("[training]\nbatch_size = 1.5", "training.batch_size: expected a whole number of rows"),
        ("[training]\nl1 = -1", "training.l1: expected a number from 0, found -1"),
        ("[model]\nlayers = [1, 'a']", "model.layers[1]: expected a whole number or a table"),
        ("[model]\nlayers = [0]", "model.layers[0]: expected"),
        ("[model]\nlayers = [3, {kind = 'flatten'}]", "model.layers: expected widths alone"),
        ("[model]\nlayers = [{kind = 'dense', units = -3}]", "layers[0].units: a dense layer"),
        ("[model]\nactivation = ['relu', 'rely']", "model.activation[1]: there is no activation"),
        ("[model]\ndropout = 1.0", "model.dropout: expected a rate from 0 to below 1"),
        ("[model]\nloss = 'mse'", "model.loss: there is no loss"),
        ("[model]\nscaling = 0", "model.scaling: expected"),
        ("[model]\nthreshold = 1.5", "model.threshold: expected a number within 0 and 1"),
        ("[model]\ncost = [1, 2, 3]", "model.cost: expected two numbers"),
        ("[model]\ncost = [[1, 2], [3]]", "model.cost: expected two numbers"),
        ("[model]\nclass_weight = {a = -1}", "model.class_weight"),
        ("[data]\nname = 'digits'\npath = 'a.csv'", "data: has both a name and a path"),
        ("[data]\ncrop = '5x5'", 'data.crop: expected "11x11"'),
        ("[data]\ntest = -0.5", "data.test: expected"),
        ("[data]\noptions = {day = 1979-05-27}", "data.options.day: date cannot be saved"),
        ("[report]\ncross_validate = 1", "report.cross_validate: expected a whole number from 2"),
    ],
)  # fmt: skip
def test_a_fault_is_named(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_run(path)
    sentence = str(caught.value)
    assert words in sentence and "run.toml': " in sentence
    assert "\n" not in sentence and len(sentence) < 400


def test_files_that_hold_no_run(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no such file"):
        read_run(tmp_path / "none.toml")
    with pytest.raises(FileError, match="it is a folder"):
        read_run(tmp_path)
    path = tmp_path / "run.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not text in UTF-8"):
        read_run(path)
    path.write_bytes(b"#" * (1 << 21))
    with pytest.raises(InputError, match="larger than 1 MB"):
        read_run(path)
    path.write_bytes(b"\xef\xbb\xbfseed = 4")
    assert read_run(path).seed == 4


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(["auto", "dense", "relu", "learned", 0.1, 32]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["kind", "units", "user", "rate"]), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
FIELDS = [
    (section, name)
    for section, kind in (("data", Data), ("model", Model), ("training", Training))
    for name in kind.__struct_fields__
]


@given(st.sampled_from(FIELDS), VALUES)
def test_any_value_is_refused_with_a_sentence_or_comes_back(place: Any, value: Any) -> None:
    section, name = place
    try:
        run = run_from_plain({section: {name: value}})
    except InputError as error:
        assert str(error).startswith(f"{section}.{name}") or str(error).startswith(section)
    else:
        assert run_from_toml(run_to_toml(run)) == run


@given(st.text(max_size=60))
def test_any_text_is_a_run_or_a_sentence(text: str) -> None:
    try:
        tomllib.loads(text)
    except ValueError:
        with pytest.raises(InputError, match="is not TOML"):
            run_from_toml(text)
