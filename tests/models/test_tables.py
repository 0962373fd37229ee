"""Whatever table comes in: numbers stay numbers, text stays text, what is neither is refused."""

import datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from glassnet.data.table import Table
from glassnet.errors import InputError
from glassnet.models.tables import read_samples, text_of


def test_numbers_are_not_copied() -> None:
    X = np.arange(6, dtype=np.uint8).reshape(3, 2)
    assert read_samples(X) is X


def test_a_sparse_matrix_stays_sparse() -> None:
    assert read_samples(sparse.csc_matrix(np.eye(3))).format == "csr"


PANDAS = pd.DataFrame(
    {
        "age": pd.array([30, None, 50], dtype="Int64"),
        "height": [1.5, np.nan, 2.0],
        "likes": pd.array([True, None, False], dtype="boolean"),
        "town": ["Rome", None, "Oslo"],
        "size": pd.Categorical(["S", "L", None]),
        "grade": pd.Categorical([1, 2, None]),
        "mixed": pd.Series([1, "two", None], dtype=object),
    }
)
POLARS = pl.DataFrame(
    {
        "age": [30, None, 50],
        "height": [1.5, None, 2.0],
        "likes": [True, None, False],
        "town": ["Rome", None, "Oslo"],
        "size": pl.Series(["S", "L", None], dtype=pl.Categorical),
        "grade": pl.Series(["1", "2", None], dtype=pl.Enum(["1", "2"])),
        "mixed": ["1", "two", None],
    }
)


@pytest.mark.parametrize("frame", [PANDAS, POLARS], ids=["pandas", "polars"])
def test_a_data_frame_becomes_columns_of_numbers_and_text(frame: Any) -> None:
    table = read_samples(frame)
    np.testing.assert_array_equal(table["age"], [30, np.nan, 50])
    np.testing.assert_array_equal(table["height"], [1.5, np.nan, 2])
    np.testing.assert_array_equal(table["likes"], [1, np.nan, 0])
    assert table["town"].tolist() == ["Rome", None, "Oslo"]
    assert table["size"].tolist() == ["S", "L", None]
    assert table["grade"].tolist() == ["1", "2", None]
    assert table["mixed"].tolist() == ["1", "two", None]


def test_a_data_frame_of_numbers_becomes_an_array() -> None:
    X = read_samples(pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan]}))
    np.testing.assert_array_equal(X, [[1, 0.5], [2, np.nan]])


def test_bytes_stay_bytes() -> None:
    X = read_samples(
        pl.DataFrame({"p0": [0, 255], "p1": [3, 4]}, schema={"p0": pl.UInt8, "p1": pl.UInt8})
    )
    assert X.dtype == np.uint8


@pytest.mark.parametrize("kind", [list, lambda rows: np.array(rows, dtype=object)])
def test_objects_are_sorted_into_numbers_and_text(kind: Any) -> None:
    table = read_samples(kind([[1, "red", "7"], [2.5, None, "8.5"], [None, "blue", None]]))
    assert isinstance(table, Table)
    np.testing.assert_array_equal(table["x0"], [1, 2.5, np.nan])
    assert table["x1"].tolist() == ["red", None, "blue"]
    np.testing.assert_array_equal(table["x2"], [7, 8.5, np.nan])


def test_objects_that_are_all_numbers_become_an_array() -> None:
    X = read_samples(np.array([[1, 2.5], [None, True]], dtype=object))
    np.testing.assert_array_equal(X, [[1, 2.5], [np.nan, 1]])


def test_a_text_array_with_numbers_in_it() -> None:
    table = read_samples(np.array([["1", "red"], ["2", "blue"]]))
    assert table.is_numeric("x0") and not table.is_numeric("x1")


def test_digits_in_a_data_frame_of_text_are_text() -> None:
    table = read_samples(pl.DataFrame({"zip": ["01234", "98765"]}))
    assert table["zip"].tolist() == ["01234", "98765"]


@pytest.mark.parametrize("value", [1, 1.0, np.int8(1), "1", np.float32(1)])
def test_one_category_has_one_name(value: Any) -> None:
    assert text_of(value) == "1"


def test_categorical_columns_by_name_and_by_place() -> None:
    frame = pd.DataFrame({"zone": [1, 2, 1], "age": [3.0, 4.0, np.nan]})
    assert read_samples(frame, ["zone"])["zone"].tolist() == ["1", "2", "1"]
    table = read_samples(frame.to_numpy(), [1])
    assert table["x1"].tolist() == ["3", "4", None]


DATES: list[Any] = [
    pd.DataFrame({"when": pd.to_datetime(["2020-01-01", "2021-01-01"])}),
    pl.DataFrame({"when": [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)]}),
    pd.DataFrame({"when": [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)]}),
    Table({"when": np.array([datetime.date(2020, 1, 1), "x"], dtype=object)}),
]


@pytest.mark.parametrize("frame", DATES[:3])
def test_dates_are_refused_by_column(frame: Any) -> None:
    with pytest.raises(InputError, match="column 'when' holds dates or times"):
        read_samples(frame)


@pytest.mark.parametrize(
    ("X", "sentence"),
    [
        (np.zeros(3), "Expected 2D array, got 1D array instead"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (np.zeros((2, 2), dtype=complex), "Complex data not supported"),
        ([[1.0, 2.0], [3.0]], "rows differ in length"),
        (np.zeros((2, 2), dtype="datetime64[s]"), "turn dates into numbers"),
        (np.array([[1.0, np.inf], [2.0, np.inf]]), "column 'x1' of X holds 2 infinity"),
        (pd.DataFrame({"a": ["x", "y"], "b": [1, -np.inf]}), "column 'b' of X holds 1 infinity"),
        (sparse.csr_matrix([[0.0, np.inf]]), "column 'x1' of X holds 1 infinity"),
        (pl.DataFrame({"a": [[1, 2], [3]]}), "column 'a' holds List"),
        (pl.LazyFrame({"a": [1]}), "no table that glassnet knows"),
    ],
)
def test_what_is_no_table_is_refused(X: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_samples(X)


def test_an_unknown_categorical_column() -> None:
    with pytest.raises(InputError, match="names the column 'b'; the columns are a"):
        read_samples(pd.DataFrame({"a": [1]}), ["b"])
