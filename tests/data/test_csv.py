"""The CSV reader: how a file may be written, what a column is, and what is wrong where."""

import csv
import gzip
import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from glassnet.data import csv_blocks, read_table
from glassnet.data.csv import read_csv, unique_names
from glassnet.data.table import Table
from glassnet.errors import InputError

BLOCK = 512


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Iterator[None]:
    """Blocks so small that these small files have many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_blocks, "_PIECE", BLOCK)
        yield


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv") / "train.csv"


def read(file: Path, content: str | bytes, **options: object) -> Table:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_csv(file, **options)  # type: ignore[arg-type]


def columns(table: Table) -> dict[str, list[object]]:
    return {name: table[name].tolist() for name in table.names}


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2.5\n3,4.5\n",
        "a,b\r\n1,2.5\r\n3,4.5\r\n",
        "a,b\r1,2.5\r3,4.5",
        "\ufeffa,b\n1,2.5\n3,4.5",
        "a;b\n1;2,5\n3;4,5\n",
        "a;b\n1;2.5\n3;4.5\n",
        "a\tb\n1\t2,5\n3\t4,5\n",
        '"a","b"\n"1","2.5"\n"3","4.5"\n',
        " a , b \n 1 , 2.5 \n\n3, 4.50\n\n",
        "\n\na,b\n+1,25e-1\n3.,4.5\n",
    ],
)
def test_ways_of_writing_one_table(file: Path, content: str) -> None:
    assert columns(read(file, content)) == {"a": [1.0, 3.0], "b": [2.5, 4.5]}


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 100])
def test_where_a_block_ends_does_not_matter(
    file: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_blocks, "_PIECE", size)
    table = read(file, '\ufeffn,t\r\n1,"a\r\nb, é"\r\n22,\r\n\r\n3,"c"\r\n')
    assert columns(table) == {"n": [1.0, 22.0, 3.0], "t": ["a\nb, é", None, "c"]}
    numbers = read(file, "n,t\r\n" + "1,-2.5\r\n22,1e3\r\n" * 9)
    assert columns(numbers) == {"n": [1.0, 22.0] * 9, "t": [-2.5, 1000.0] * 9}


def test_missing_values(file: Path) -> None:
    table = read(file, "n,t\n1,a\n,\nNA,N/A\nnan,NaN\n?,?\nnull,NULL\n2,b\n")
    assert np.isnan(table["n"]).tolist() == [False, *[True] * 5, False]
    assert table["t"].tolist() == ["a", *[None] * 5, "b"]


def test_quoted_cells_may_hold_anything(file: Path) -> None:
    table = read(file, 'n,t\n1,"a, ""b""\nc"\n2,"ü;"\n')
    assert table["t"].tolist() == ['a, "b"\nc', "ü;"] and table["n"].tolist() == [1.0, 2.0]


def test_a_separator_inside_text_is_not_taken_for_one(file: Path) -> None:
    assert read(file, "name,tags\nx,a;b\ny,c;d\n").names == ("name", "tags")
    assert read(file, "name;price\nx;1,50\ny;2,75\n")["price"].tolist() == [1.5, 2.75]
    assert read(file, "a|b\n1|2\n", separator="|").names == ("a", "b")


def test_one_column(file: Path) -> None:
    assert columns(read(file, "a\n1\n2\n")) == {"a": [1.0, 2.0]}
    assert columns(read(file, "1\n2\n")) == {"x0": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("content", "names", "rows"),
    [
        ("1,2\n3,4\n", ("x0", "x1"), 2),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", ("x0", "x1", "x2"), 2),
        ("country,2010,2011\nA,1,2\n", ("country", "2010", "2011"), 1),
        ("x0,y\n1,2\n", ("x0", "y"), 1),
    ],
)
def test_the_header_is_recognised(
    file: Path, content: str, names: tuple[str, ...], rows: int
) -> None:
    table = read(file, content)
    assert table.names == names and len(table) == rows


def test_the_header_can_be_said(file: Path) -> None:
    assert read(file, "1,2\n3,4\n", header=True).names == ("1", "2")
    assert columns(read(file, "a,b\nc,d\n", header=False)) == {"x0": ["a", "c"], "x1": ["b", "d"]}


def test_double_and_empty_names(file: Path) -> None:
    assert read(file, "age,,age,age_2,\n1,2,3,4,5\n").names == (
        "age",
        "x1",
        "age_2",
        "age_2_2",
        "x4",
    )


@given(st.lists(st.text("ab_2 ", max_size=4), max_size=12))
def test_every_column_has_a_name_of_its_own(cells: list[str]) -> None:
    names = unique_names(cells)
    assert len(set(names)) == len(cells) and all(names)


def test_a_text_among_numbers_is_named(file: Path) -> None:
    rows = [str(i) for i in range(15)] + ["abc"] + ["16"] * 5
    with pytest.raises(InputError) as error:
        read(file, "name,age\n" + "".join(f"n{i},{r}\n" for i, r in enumerate(rows)))
    assert str(error.value) == (
        f"{str(file)!r} column 'age', row 17: 'abc' is not a number; "
        "mark the column as categorical with --categorical age"
    )


def test_a_categorical_column_is_text(file: Path) -> None:
    content = "age,b\n" + "7,1\n" * 20 + "abc,1\n"
    assert read(file, content, categorical=["age"])["age"].tolist() == ["7"] * 20 + ["abc"]
    assert read(file, "zip\n007\n", categorical=["zip"])["zip"].tolist() == ["007"]
    with pytest.raises(InputError, match="no column 'size' to be categorical"):
        read(file, content, categorical=["size"])


def test_a_column_is_text_where_a_tenth_is_no_number(file: Path) -> None:
    def content(texts: int) -> str:
        return "c\n" + "007\n" * (100 - texts) + "A\n" * texts + "\n" * 50

    assert read(file, content(11))["c"].tolist() == ["007"] * 89 + ["A"] * 11
    with pytest.raises(InputError, match="row 92: 'A'"):
        read(file, content(10))


def test_text_after_many_blocks_of_numbers_keeps_the_numbers_as_written(file: Path) -> None:
    rows = 3_000
    table = read(file, "c,n\n" + "007,1\n" * rows + "A,1\n" * rows)
    assert table["c"][0] == "007" and table["c"][-1] == "A" and table["n"].sum() == 2 * rows


@pytest.mark.parametrize("word", ["1_000", "١٢", "0x10", "1e", "--1", "1 2", "1.2.3", "infinit"])
def test_what_only_looks_like_a_number_is_text(file: Path, word: str) -> None:
    assert read(file, f"c,d\n{word},1\n{word},2\n")["c"].tolist() == [word, word]


def test_infinity_is_a_number(file: Path) -> None:
    assert read(file, "c\ninf\n-Infinity\n1e999\n")["c"].tolist() == [np.inf, -np.inf, np.inf]


def test_with_a_decimal_comma_a_point_is_no_number(file: Path) -> None:
    assert read(file, "a;b\n1,5;1.5.2020\n2,5;2.5.2020\n").text_names == ("b",)
    assert read(file, "a;b\n1,5;x\n1.234,5;y\n", decimal=",")["a"].tolist() == ["1,5", "1.234,5"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n\n \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"a,b\n", "a header and no rows"),
        (b"a,b\n\n\n", "a header and no rows"),
        (b"a,b\n1,2\n1,2,3\n", "row 3 has 3 cells, expected 2"),
        (b"a,b\n1,2\n\n1\n", "row 4 has 1 cells, expected 2"),
        (b'a,b\n"x\ny",2\n1\n', "row 3 has 1 cells, expected 2"),
        (b"a,b\n1,\x002\n", "NUL byte .byte 6."),
        (b"\xff\xfea\x00,\x00", "UTF-16"),
        (b"a,b\n1,x\n2,\xe9t\xe9\n", "no utf-8 text: byte 0xe9 in row 3"),
        (b'a,b\n1,"x\n2,y\n', "row 2: a quote is opened and never closed"),
        (b'a,b\n1,"x"y\n', "row 2: there is text after a closing quote"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "row 2: a cell has more than 131,072 characters"),
        (b"," * 200_000 + b"\n", "more than 70,000 cells"),
        (b"x" * (2**24 + 2**21), "a line of more than 16,777,216 bytes"),
    ],
    ids=itertools.count(),
)
def test_broken_files(file: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read(file, content)


def test_a_ragged_row_far_down_is_counted_right(file: Path) -> None:
    rows = 3_000
    for last in (b"1,2\n", b"x,y\n"):
        with pytest.raises(InputError, match=f"row {rows + 3} has 1 cells, expected 2"):
            read(file, b"a,b\n" + b"1,2\n" * rows + last + b"1\n")


def test_encodings(file: Path) -> None:
    assert read(file, "a\né\n".encode("latin-1"), encoding="latin-1")["a"].tolist() == ["é"]
    for wrong in ("utf-16", "nonsense"):
        with pytest.raises(InputError, match="ASCII is as ever"):
            read(file, "a\n1\n", encoding=wrong)


def test_gzipped_and_limited(tmp_path: Path) -> None:
    path = tmp_path / "train.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1000))
    assert len(read_table(path)) == 1000
    with pytest.raises(InputError, match="more than 1,000 bytes, the limit; .* --max-size"):
        read_table(path, max_size=1000)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match="cut off before its end"):
        read_table(path)


def test_small_whole_numbers_take_one_byte(file: Path) -> None:
    table = read(file, "a,b\n" + "0,255\n" * 3_000)
    assert table.is_bytes() and table["b"].dtype == np.float64
    assert not read(file, "a,b\n0,256\n").is_bytes() and not read(file, "a\n0.5\n").is_bytes()


cells = st.one_of(
    st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=6),
    st.floats(allow_nan=False).map(repr),
    st.integers(-300, 300).map(str),
)


@given(st.integers(1, 4).flatmap(lambda d: st.lists(st.tuples(*[cells] * d), min_size=1)))
def test_what_the_csv_module_writes_is_read(file: Path, rows: list[tuple[str, ...]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    width = len(rows[0])
    writer.writerow([f"column {j}" for j in range(width)])
    writer.writerows(rows)
    options = {"separator": ",", "categorical": [f"column {j}" for j in range(width)]}
    table = read(file, text.getvalue(), **options)
    missing = {"", "na", "n/a", "nan", "?", "null"}
    for j, name in enumerate(table.names):
        expected = [row[j].strip() for row in rows]
        assert table[name].tolist() == [c if c.lower() not in missing else None for c in expected]


@given(
    st.integers(1, 3).flatmap(
        lambda d: st.lists(
            st.lists(st.floats(allow_nan=False), min_size=d, max_size=d), min_size=1, max_size=8
        )
    )
)
def test_every_number_comes_back_to_the_bit_both_ways(file: Path, rows: list[list[float]]) -> None:
    lines = "".join(",".join(map(repr, row)) + "\n" for row in rows)
    header = ",".join(f"c{j}" for j in range(len(rows[0]))) + "\n"
    # The last copy lies in a block of its own and takes the fast way where there is no inf.
    fill = lines * (2 * BLOCK // len(lines) + 2)
    table = read(file, header + fill, header=True)
    values = table.matrix()
    assert values[: len(rows)].tolist() == rows and values[-len(rows) :].tolist() == rows
