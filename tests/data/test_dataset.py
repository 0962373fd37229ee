"""`Dataset` and `Table`: what they hold, refuse and hand out."""

import numpy as np
import pytest

from glassnet.data import Dataset, Table
from glassnet.errors import InputError


def small(task: str = "classification") -> Dataset:
    return Dataset("small", np.arange(20.0).reshape(10, 2), np.arange(10) % 2, task=task)


def test_a_dataset_names_what_it_is_not_told() -> None:
    data = small()
    assert data.classes is not None and data.classes.tolist() == [0, 1]
    assert data.feature_names == ("x0", "x1")
    assert len(data) == 10 and data.test is None
    assert "10 samples x 2 features" in repr(data)


def test_a_regression_has_no_classes() -> None:
    assert small("regression").classes is None


def test_rows_keep_features_and_targets_together_and_all_classes() -> None:
    part = small().rows([1, 3])
    assert part.X.tolist() == [[2.0, 3.0], [6.0, 7.0]] and part.y.tolist() == [1, 1]
    assert part.classes is not None and part.classes.tolist() == [0, 1]


def test_split_keeps_each_row_with_its_target() -> None:
    for part in small().split(test=0.4, seed=3):
        assert np.array_equal(part.X[:, 0] / 2 % 2, part.y)


def test_images_have_the_pictures_shape() -> None:
    X = np.arange(12, dtype=np.uint8).reshape(2, 6)
    data = Dataset("pictures", X, np.array([0, 1]), image_shape=(2, 3))
    assert data.images.shape == (2, 2, 3) and data.images[1, 1, 2] == 11
    assert data.feature_names[5] == "pixel5"
    with pytest.raises(InputError, match="no pictures"):
        _ = small().images


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"y": np.zeros(9)}, "10 samples and y has shape"),
        ({"X": np.zeros(10)}, "samples are rows"),
        ({"task": "clustering"}, "task is 'clustering'"),
        ({"image_shape": (2, 2)}, "do not have 2 pixels"),
        ({"X": np.zeros((10, 2**20 + 1), dtype=np.uint8)}, "1,048,577 features"),
    ],
)
def test_a_dataset_that_cannot_be_is_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Dataset(**{**small().__dict__, "feature_names": (), **changes})


def people() -> Table:
    return Table(
        {
            "age": np.array([30.0, np.nan, 50.0]),
            "town": np.array(["Ulm", None, "Bonn"], dtype=object),
            "pixel": np.array([0, 7, 255], dtype=np.uint8),
        }
    )


def test_a_table_gives_float64_or_text() -> None:
    table = people()
    assert table.names == ("age", "town", "pixel") and table.shape == (3, 3) and len(table) == 3
    assert table["pixel"].dtype == np.float64 and table["pixel"].tolist() == [0.0, 7.0, 255.0]
    assert table["town"].tolist() == ["Ulm", None, "Bonn"]
    assert table.is_numeric("age") and table.text_names == ("town",)


def test_rows_and_columns_of_a_table() -> None:
    table = people()
    assert table.rows([2, 0])["town"].tolist() == ["Bonn", "Ulm"]
    assert table.rows(table["pixel"] > 5)["pixel"].tolist() == [7.0, 255.0]
    assert table.select(["pixel", "age"]).names == ("pixel", "age")
    assert table.without("town").matrix().tolist()[2] == [50.0, 255.0]
    assert len(table.select([])) == 3 and len(table.select([]).rows(slice(0, 2))) == 2


def test_a_table_with_text_is_no_matrix() -> None:
    with pytest.raises(InputError, match="column 'town' holds text and 1 of 3"):
        people().matrix()


def test_a_matrix_is_the_same_however_many_rows() -> None:
    values = np.random.default_rng(0).normal(size=(1500, 7))
    table = Table.from_matrix(values, [f"x{j}" for j in range(7)])
    assert np.array_equal(table.matrix(), values)
    assert table.matrix("float32").dtype == np.float32


def test_a_table_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="differ in length"):
        Table({"a": [1.0], "b": [1.0, 2.0]})
    with pytest.raises(InputError, match="no column 'c'; the columns are 'a'"):
        Table({"a": [1.0]})["c"]
    with pytest.raises(InputError, match="complex128"):
        Table({"a": [1j]})
    with pytest.raises(InputError, match="one name, not used twice"):
        Table.from_matrix(np.zeros((2, 2)), ["a", "a"])
