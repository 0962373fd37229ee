"""Parquet files through polars."""

import datetime
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from glassnet.data import read_data, read_table
from glassnet.errors import FileError, InputError, MissingExtraError


def write(tmp_path: Path, columns: dict[str, object]) -> Path:
    path = tmp_path / "data.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return path


def test_columns(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "n": [1, None, 3],
            "f": [0.5, float("nan"), None],
            "b": [True, False, None],
            "t": ["x", None, "z"],
            "c": pl.Series(["u", "v", None], dtype=pl.Categorical),
            "none": [None, None, None],
        },
    )
    table = read_table(path)
    assert table.text_names == ("t", "c") and table["t"].tolist() == ["x", None, "z"]
    assert table["c"].tolist() == ["u", "v", None]
    assert np.array_equal(table["n"], [1, np.nan, 3], equal_nan=True)
    assert np.isnan(table["f"]).tolist() == [False, True, True]
    assert np.array_equal(table["b"], [1, 0, np.nan], equal_nan=True)
    assert np.isnan(table["none"]).all()


def test_a_data_set(tmp_path: Path) -> None:
    columns = {f"pixel{j}": [j, 255 - j] for j in range(16)}
    data = read_data(write(tmp_path, {"label": ["a", "b"], **columns}))
    assert data.image_shape == (4, 4) and data.X.dtype == np.uint8 and data.target_name == "label"


def test_broken_and_other_contents(tmp_path: Path) -> None:
    path = write(tmp_path, {"when": [datetime.date(2020, 1, 1)]})
    with pytest.raises(InputError, match="column 'when' holds Date values"):
        read_table(path)
    whole = write(tmp_path, {"a": list(range(1000))}).read_bytes()
    with pytest.raises(InputError, match="more than 1,000 bytes"):
        read_table(path, max_size=1000)
    for content in (whole[:-20], whole[:4] + b"\xff" * len(whole), b"PAR1"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="no readable Parquet file"):
            read_table(path)
    with pytest.raises(InputError, match="0 rows"):
        read_table(write(tmp_path, {"a": pl.Series([], dtype=pl.Int64)}))
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(InputError, match="wrong magic number for Parquet"):
        read_table(path)
    with pytest.raises(FileError, match="no file"):
        read_table(tmp_path / "none.parquet")


def test_without_polars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, {"a": [1]})
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'glassnet\[tables\]'"):
        read_table(path)
