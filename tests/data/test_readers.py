"""`read_data`: the reader, the target and the task that it chooses."""

from pathlib import Path

import numpy as np
import pytest

from glassnet.data import Dataset, Table, read_data, read_features
from glassnet.errors import FileError, InputError


def read(tmp_path: Path, content: str, **options: object) -> Dataset:
    path = tmp_path / "train.csv"
    path.write_text(content, encoding="utf-8")
    return read_data(path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("header", "options", "target", "how"),
    [
        ("a,b,c", {}, "c", "the last column"),
        ("Label,b,c", {}, "Label", "found by its name"),
        ("a,class,target", {}, "target", "found by its name"),
        ("a,Diagnosis,c", {}, "Diagnosis", "found by its name"),
        ("a,label,c", {"target": "a"}, "a", "as asked"),
    ],
)
def test_the_target_is_chosen_and_said(
    tmp_path: Path, header: str, options: dict[str, object], target: str, how: str
) -> None:
    data = read(tmp_path, header + "\n1,2,3\n4,5,6\n", **options)
    assert data.target_name == target and how in data.description
    assert data.feature_names == tuple(name for name in header.split(",") if name != target)


def test_text_columns_make_a_table(tmp_path: Path) -> None:
    data = read(tmp_path, "town,size,y\nUlm,1,a\nBonn,,b\n")
    assert isinstance(data.X, Table) and data.X.text_names == ("town",)
    assert data.y.tolist() == ["a", "b"] and data.y.dtype.kind == "U"
    train, test = read(tmp_path, "town,y\n" + "Ulm,a\nBonn,b\n" * 10).split()
    assert isinstance(train.X, Table) and len(train) == 16 and test.feature_names == ("town",)


def test_the_task_is_decided_or_said(tmp_path: Path) -> None:
    def rows(values: object) -> str:
        return "x,y\n" + "".join(f"{v},{v}\n" for v in values)  # type: ignore[attr-defined]

    assert read(tmp_path, rows(range(20))).task == "classification"
    assert read(tmp_path, rows(range(20))).y.dtype == np.int64
    assert read(tmp_path, rows(range(21))).task == "regression"
    assert read(tmp_path, rows([0.5, 1.5])).task == "regression"
    assert read(tmp_path, rows(range(3)), task="regression").task == "regression"
    assert read(tmp_path, rows([0.5, 1.5]), task="classification").y.tolist() == [0.5, 1.5]
    many = "x,label\n" + "".join(f"1,{i % 62}\n" for i in range(620))
    assert read(tmp_path, many).task == "classification"
    assert read(tmp_path, many.replace("label", "price")).task == "regression"


def test_pixels_are_recognised(tmp_path: Path) -> None:
    def table(names: list[str], value: str) -> Dataset:
        header = ",".join(["label", *names])
        rows = "".join(f"{i}," + ",".join([value] * len(names)) + "\n" for i in range(3))
        return read(tmp_path, header + "\n" + rows)

    named = table([f"pixel{j}" for j in range(9)], "255")
    assert named.image_shape == (3, 3) and named.X.dtype == np.uint8
    halves = table([f"pixel{j}" for j in range(9)], "0.5")
    assert halves.image_shape == (3, 3) and halves.X.dtype == np.float64
    assert table([f"{i}x{j}" for i in (1, 2) for j in (1, 2)], "3").image_shape == (2, 2)
    assert table([f"c{j}" for j in range(64)], "3").image_shape == (8, 8)
    # Nine small whole numbers are more often nine measures than a picture.
    assert table([f"c{j}" for j in range(9)], "3").image_shape is None
    assert table([f"pixel{j}" for j in range(10)], "3").image_shape is None


def test_reading_without_a_target(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("pixel0,pixel1\n0,255\n")
    X, image_shape = read_features(path)
    assert isinstance(X, Table) and X.names == ("pixel0", "pixel1") and image_shape is None


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        ("a,b\n1,2\n", {"target": "c"}, "no column 'c'; choose the target with --target from 'a'"),
        ("a\n1\n2\n", {}, "has only the column 'a'"),
        ("a,y\n1,2\n1,\n", {}, r"column 'y' \(the target, found by its name\) has no finite"),
        ("a,y\n1,u\n1,\n", {}, "1 of 2 samples .first in sample 1"),
        ("a,y\n1,u\n1,v\n", {"task": "regression"}, "holds text .'u'., which is no number"),
        ("a,y\n1,2\n", {"task": "ranking"}, "task is 'ranking'"),
    ],
)
def test_targets_that_cannot_be(
    tmp_path: Path, content: str, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        read(tmp_path, content, **options)


def test_other_files(tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(b"PK\x03\x04something")
    with pytest.raises(InputError, match="save the sheet as CSV"):
        read_data(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        read_data(path)
    for wrong in (tmp_path / "none.csv", "a\0b", ""):
        with pytest.raises((FileError, InputError)):
            read_data(wrong)
