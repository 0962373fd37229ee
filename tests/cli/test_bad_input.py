"""Every kind of bad input: one line on standard error, exit code 2, no file left behind."""

import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.helpers import QUICK, assert_refused, files_in, run

ROWS = "".join(f"{i % 7},{i % 5},{'yes' if i % 2 else 'no'}\n" for i in range(40))
GOOD = "a,b,label\n" + ROWS


def idx(shape: tuple[int, ...], body: bytes, kind: int = 8) -> bytes:
    """An IDX file: magic number, shape, bytes."""
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape) + body


def broken_idx_folder(folder: Path, images: bytes, labels: bytes) -> str:
    """A folder as MNIST has it."""
    folder.mkdir()
    (folder / "train-images-idx3-ubyte").write_bytes(images)
    (folder / "train-labels-idx1-ubyte").write_bytes(labels)
    return str(folder)


CSV_FAULTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "empty": ("", (), ("is empty",)),
    "only a header": ("a,b,label\n", (), ("data.csv",)),
    "ragged": ("a,b,label\n1,2,no\n1,2\n" + ROWS, (), ("row",)),
    "no such column": (GOOD, ("--target", "wealth"), ("'wealth'", "--target")),
    "text in a numeric column": (
        "a,b,label\n" + ROWS + "abc,1,no\n" + ROWS,
        (),
        ("'a'", "'abc' is not a number", "--categorical"),
    ),
    "one class": ("a,label\n" + "".join(f"{i},no\n" for i in range(30)), (), ("class",)),
    "fewer samples than classes": ("a,label\n1,x\n2,y\n3,z\n", (), ("data.csv", "3 classes")),
    "infinity": ("a,b,label\n" + ROWS + "inf,1,no\n" + ROWS, (), ("column 'a'", "1 infinite")),
    "a target that is missing": ("a,b,label\n" + ROWS + "1,1,\n", (), ("label",)),
}


@pytest.mark.parametrize("fault", CSV_FAULTS)
def test_a_bad_table(own_folder: Path, fault: str) -> None:
    content, options, words = CSV_FAULTS[fault]
    Path("data.csv").write_text(content, encoding="utf-8")
    assert_refused(run("train", "data.csv", *QUICK, *options), *words)
    assert files_in(own_folder) == {"data.csv"}


def test_a_missing_file(own_folder: Path) -> None:
    assert_refused(run("train", "nothing.csv"), "there is no file 'nothing.csv'")
    assert_refused(run("train", "kaggle"), "train.csv")
    assert_refused(run("predict", "nothing.json"), "there is no model file 'nothing.json'")
    assert_refused(run("train", "kagle"), "did you mean 'kaggle'?")
    assert files_in(own_folder) == set()


PACKED: dict[str, tuple[str, bytes, str]] = {
    "wrong magic number": ("x-idx3-ubyte", b"\x07\x00\x08\x03" + bytes(30), "x-idx3-ubyte"),
    "truncated gzip": ("x.csv.gz", gzip.compress(GOOD.encode() * 50)[:-40], "x.csv.gz"),
    "no gzip at all": ("x.csv.gz", b"\x1f\x8b" + b"nonsense", "x.csv.gz"),
}


@pytest.mark.parametrize("fault", PACKED)
def test_a_bad_packed_file(own_folder: Path, fault: str) -> None:
    name, content, word = PACKED[fault]
    Path(name).write_bytes(content)
    assert_refused(run("train", name, *QUICK), word)
    assert files_in(own_folder) == {name}


def test_a_header_that_disagrees_with_the_length(own_folder: Path) -> None:
    images, labels = idx((50, 4, 4), bytes(100)), idx((50,), bytes(50))
    name = broken_idx_folder(own_folder / "pictures", images, labels)
    assert_refused(run("train", name, *QUICK), "train-images-idx3-ubyte")


def test_pictures_and_labels_of_different_number(own_folder: Path) -> None:
    images, labels = idx((50, 4, 4), bytes(800)), idx((49,), bytes(49))
    name = broken_idx_folder(own_folder / "pictures", images, labels)
    assert_refused(run("train", name, *QUICK), "50", "49")


def test_unpacking_stops_at_the_limit(own_folder: Path) -> None:
    Path("x.csv.gz").write_bytes(gzip.compress(GOOD.encode() * 5000))
    assert_refused(run("train", "x.csv.gz", *QUICK, "--max-size", "100kB"), "x.csv.gz")
    assert files_in(own_folder) == {"x.csv.gz"}


def test_a_loss_that_becomes_infinite(own_folder: Path) -> None:
    line = assert_refused(
        run("train", "diabetes", "--optimizer", "sgd", "--learning-rate", "1e30", "--epochs", "50"),
        "step",
    )
    assert "learning rate" in line
    assert files_in(own_folder) == set()


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small model of a table, trained once."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "data.csv").write_text(GOOD, encoding="utf-8")
    result = run("train", str(folder / "data.csv"), *QUICK, "-q", "--out", str(folder / "m.json"))
    assert result.exit_code == 0, result.stderr
    return (folder / "m.json").read_bytes()


@pytest.fixture
def model(own_folder: Path, model_file: bytes) -> str:
    """The small model and its table in the folder under way."""
    Path("data.csv").write_text(GOOD, encoding="utf-8")
    Path("data.json").write_bytes(model_file)
    return "data.json"


COMMANDS: list[Callable[[str, str], tuple[str, ...]]] = [
    lambda model, data: ("evaluate", model, "--data", data),
    lambda model, data: ("show", model, "--data", data),
    lambda model, data: ("explain", model, "--data", data),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_labels_that_the_model_never_saw(
    model: str, command: Callable[[str, str], tuple[str, ...]]
) -> None:
    Path("new.csv").write_text("a,b,label\n1,2,maybe\n3,4,no\n", encoding="utf-8")
    before = files_in(Path())
    assert_refused(run(*command(model, "new.csv")), "'maybe'", "never saw")
    assert files_in(Path()) == before


def test_wrong_number_of_features_at_predict(model: str) -> None:
    Path("wide.csv").write_text("p,q,r,s\n1,2,3,4\n", encoding="utf-8")
    result = run("predict", model, "--data", "wide.csv", "--out", "answer.csv")
    assert_refused(result, "'wide.csv'", "4 columns", "2 features")
    assert not Path("answer.csv").exists()


def test_text_where_numbers_were_learned(model: str) -> None:
    Path("text.csv").write_text("a,b\nred,1\nblue,2\n", encoding="utf-8")
    assert_refused(run("predict", model, "--data", "text.csv"))


BREAKS: dict[str, Callable[[str], str]] = {
    "empty": lambda text: "",
    "not JSON": lambda text: text[: len(text) // 2],
    "another JSON": lambda text: '{"a": 1}',
    "a newer version": lambda text: text.replace('"version": 1', '"version": 2'),
    "an unknown field": lambda text: text.replace('"version": 1', '"version": 1, "evil": 3'),
    "a weight too few": lambda text: text.replace('"shape": [2, 4]', '"shape": [2, 3]'),
    "no text at all": lambda text: "\x00\x01\x02",
}


@pytest.mark.parametrize("fault", BREAKS)
@pytest.mark.parametrize("command", ["predict", "evaluate", "show", "explain"])
def test_a_broken_model_file(model: str, fault: str, command: str) -> None:
    whole = Path(model).read_text(encoding="utf-8")
    broken = BREAKS[fault](whole)
    assert broken != whole
    Path(model).write_text(broken, encoding="utf-8")
    before = files_in(Path())
    assert_refused(run(command, model, "--data", "data.csv"), model)
    assert files_in(Path()) == before


def test_a_file_that_is_no_model_is_never_replaced(own_folder: Path) -> None:
    Path("digits.json").write_text(json.dumps({"precious": 1}), encoding="utf-8")
    assert_refused(run("train", "digits", *QUICK), "'digits.json'", "not a model", "--out")
    assert json.loads(Path("digits.json").read_text()) == {"precious": 1}
    Path("mine-loss.png").write_bytes(b"picture")
    assert_refused(run("train", "digits", *QUICK, "--out", "mine.json"), "'mine-loss.png'")
    assert Path("mine-loss.png").read_bytes() == b"picture"
    assert files_in(own_folder) == {"digits.json", "mine-loss.png"}


def test_a_place_that_cannot_be_written(own_folder: Path) -> None:
    assert_refused(run("train", "digits", *QUICK, "--out", "no/where.json"), "no folder 'no'")
    Path("folder").mkdir()
    assert_refused(run("train", "digits", *QUICK, "--out", "folder"), "is a folder")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed = ", ("run.toml", "not TOML")),
        ("sede = 3", ("run.toml", "'seed'")),
        ("[training]\nepochs = 'x'", ("run.toml", "epochs")),
        ("[data]\nname = 'digitz'", ("digitz", "'digits'")),
        ("seed = 1", ("data",)),
        ("[data]\nname = 'iris'\n[model]\nactivation = 'rulu'", ("run.toml", "rulu")),
    ],
)
def test_a_bad_description(own_folder: Path, text: str, words: tuple[str, ...]) -> None:
    Path("run.toml").write_text(text, encoding="utf-8")
    assert_refused(run("train", "run.toml"), *words)
    assert files_in(own_folder) == {"run.toml"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--activation", "rulu"), ("rulu",)),
        (("--loss", "nothing"), ("nothing",)),
        (("--optimizer", "magic"), ("magic",)),
        (("--test", "official"), ("official",)),
        (("--test", "5000"), ("5000",)),
        (("--batch-size", "1.5"), ("batch",)),
        (("--dropout", "1"), ("dropout",)),
        (("--threshold", "2"), ("threshold",)),
        (("--class-weight", "seven"), ("--class-weight", "label=number")),
        (("--target", "x"), ("target",)),
        (("--data", "nowhere"), ("nowhere",)),
        (("--cv", "1"), ("cross_validate",)),
    ],
)
def test_an_option_that_does_not_fit(
    own_folder: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert_refused(run("train", "iris", *QUICK, *options), *words)
    assert files_in(own_folder) == set()


def test_original_is_for_the_five_alone(own_folder: Path) -> None:
    assert_refused(run("train", "iris", "--original"), "no original", "patterns")
    Path("a.csv").write_text(GOOD, encoding="utf-8")
    assert_refused(run("train", "a.csv", "--original"), "--original")
