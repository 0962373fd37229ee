"""One's own data: files, pictures, points; what is wrong with them is told, and nothing is lost."""

from pathlib import Path

import numpy as np
import pytest

from glassnet.cli.lab import own_data
from glassnet.errors import InputError
from glassnet.lab.session import Session
from lab.talk import news, refused, session_on, tell

HEART = b"id,age,pain,chol,disease\n" + b"".join(
    b"%d,%d,%s,%s,%s\n"
    % (1000 + i, 40 + i % 30, [b"typical", b"none"][i % 2], [b"", b"250"][i % 9 > 0],
       [b"no", b"yes"][(i * 7) % 10 > 4])
    for i in range(60)
)  # fmt: skip


def bytes_of(data: bytes) -> dict[str, np.ndarray]:
    return {"data": np.frombuffer(data, np.uint8)}


def test_a_table_is_looked_at_then_used() -> None:
    session = session_on("spiral")
    tell(session, bytes_of(HEART), do="read", name="heart.csv", leave_out=["id"])
    preview = news(session)["preview"].words
    assert preview["rows"] == 60 and preview["target"] == "disease"
    assert preview["classes"] == ["no", "yes"] and preview["problem"] is None
    columns = {column["name"]: column for column in preview["columns"]}
    assert columns["id"]["leave_out"] == "a number of its own in every row"
    assert columns["pain"]["kind"] == "words" and columns["chol"]["gaps"] == 7
    assert preview["head"][0] == ["1000", "40", "typical", "", "no"]
    assert session.lane.setting.data.name == "spiral"  # nothing has changed yet
    tell(session, do="use", test=0.25)
    frames = news(session)
    assert frames["data"].words["features"] == ["age", "pain", "chol"]
    assert frames["data"].words["held_out"] == 15
    assert frames["data"].arrays["histograms"].shape == (3, 2, 20)
    tell(session, do="want", views=["sample", "confusion"])
    tell(session, do="watch", part="train", sample=1, values={"age": 99})
    tell(session, do="step", count=20)
    sample = news(session)["sample"]
    assert sample.words["cells"][0] == "99" and sample.arrays["effects"].shape == (2, 3)
    tell(session, do="set", field="hidden", value=[{"units": 3}])
    assert session.lane.subject.train.name == "heart.csv"
    tell(session, do="reset")
    tell(session, do="take", what="toml")


def test_what_was_left_out_is_told_to_the_run_that_is_taken_away() -> None:
    session = session_on("spiral")
    tell(session, bytes_of(HEART), do="read", name="heart.csv", leave_out=["id"])
    tell(session, do="use", test=0.25)
    for what in ("toml", "python"):
        tell(session, do="take", what=what)
        text = bytes(news(session)["file"].arrays["data"]).decode()
        assert text.startswith("# For the data of the lab: take column id out of the file.\n")
    tell(session, bytes_of(HEART), do="read", name="heart.csv")
    tell(session, do="use", test=0.25)
    tell(session, do="take", what="toml")
    assert b"of the lab" not in bytes(news(session)["file"].arrays["data"])


def test_a_target_of_one_class_is_told_before_it_is_used() -> None:
    session = session_on("moons")
    rows = b"a,label\n" + b"".join(b"%d,same\n" % i for i in range(30))
    tell(session, bytes_of(rows), do="read", name="one.csv")
    problem = news(session)["preview"].words["problem"]
    assert "'same' in every row" in problem["message"] and problem["column"] == "label"
    assert "nothing to use" in refused(session, do="use")


def test_a_regression_of_ones_own() -> None:
    session = session_on("spiral")
    rows = b"a,b,price\n" + b"".join(b"%d,%d,%d.5\n" % (i, i * i % 7, 3 * i) for i in range(40))
    tell(session, bytes_of(rows), do="read", name="prices.csv")
    assert news(session)["preview"].words["task"] == "regression"
    tell(session, do="use")
    assert session.lane.setting.loss == "mean_squared_error"
    tell(session, do="step", count=50)
    assert session.lane.line.course.losses.values[-1] < session.lane.line.course.losses.values[0]


def test_what_is_wrong_with_a_table_comes_with_what_would_mend_it() -> None:
    session = session_on("moons")
    broken = HEART.replace(b"1016,56", b"1016,abc")
    tell(session, bytes_of(broken), do="read", name="heart.csv", leave_out=["id"])
    frames = news(session)
    preview = frames["preview"].words
    problem = preview["problem"]
    if problem is None:  # a column of words with numbers in it is read as words
        columns = {column["name"]: column for column in preview["columns"]}
        assert columns["age"]["kind"] == "words"
    else:
        assert "abc" in problem["message"] and problem["column"] == "age"
        assert len(problem["remedies"]) == 2
        for remedy in problem["remedies"]:
            tell(session, bytes_of(broken), do="read", name="heart.csv", **remedy["fields"])
            assert news(session)["preview"].words["problem"] is None
    assert session.lane.setting.data.name == "moons"


def test_text_in_the_encodings_of_spreadsheets() -> None:
    text = "Größe;Straße\r\n" + "1,80;männlich\r\n1,66;weiblich\r\n" * 10
    session = session_on("spiral")
    tell(session, bytes_of(text.encode("utf-16")), do="read", name="table.csv")
    preview = news(session)["preview"].words
    assert preview["problem"] is None and preview["classes"] == ["männlich", "weiblich"]
    assert preview["columns"][0]["name"] == "Größe"
    windows = bytes_of(text.encode("cp1252"))
    tell(session, windows, do="read", name="table.csv")
    problem = news(session)["preview"].words["problem"]
    assert problem["message"].endswith("byte 0xf6 in row 1; save it as UTF-8")
    (remedy,) = problem["remedies"]
    assert remedy["label"] == "Read it as Windows-1252"
    tell(session, windows, do="read", name="table.csv", **remedy["fields"])
    preview = news(session)["preview"].words
    assert preview["problem"] is None and preview["classes"] == ["männlich", "weiblich"]


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02", b"a\n", b"a,b\n1\n", b"\xff\xfe\x00", b'"a,b\n1,2\n'],
    ids=range(6),
)  # fmt: skip
def test_files_that_are_no_tables_leave_everything_as_it_was(data: bytes) -> None:
    session = session_on("moons")
    tell(session, do="step", count=3)
    news(session)
    session.command({"do": "read", "name": "../../etc/passwd"}, bytes_of(data))
    frames = news(session)
    told = frames["error"].words["message"] if "error" in frames else (
        frames["preview"].words["problem"]["message"]
    )  # fmt: skip
    assert len(told) > 10 and "/tmp" not in told
    assert "nothing to use" in refused(session, do="use")
    assert session.lane.line.step == 3


def test_a_file_that_is_too_large() -> None:
    session = session_on("moons")
    told = refused(session, bytes_of(bytes(21 << 20)), do="read", name="big.csv")
    assert "21 MB" in told and "20 MB" in told


def test_pictures() -> None:
    session = session_on("spiral")
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 100, (60, 12, 10), dtype=np.uint8)
    pixels[::2, :6] += 120
    labels = ["cat", "dog"] * 30
    tell(session, {"pixels": pixels}, do="pictures", name="pets", labels=labels)
    preview = news(session)["preview"]
    assert preview.words["image_shape"] == [12, 10] and preview.words["classes"] == ["cat", "dog"]
    assert preview.arrays["pictures"].shape == (40, 12, 10)
    tell(session, do="use", test=0.2)
    data = news(session)["data"]
    assert data.words["image_shape"] == [12, 10] and data.arrays["pictures"].shape[1:] == (12, 10)
    tell(session, do="step", count=100)
    assert session.lane.line.course.epochs[-1].held_out_accuracy == 1.0
    one = {"pixels": pixels}
    assert "label 'a'" in refused(session, one, do="pictures", name="x", labels=["a"] * 60)
    assert "60 pictures and 3" in refused(session, one, do="pictures", name="x", labels=["a"] * 3)


def test_points_set_by_hand() -> None:
    session = session_on("spiral", "output", "units")
    points = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    targets = (points[:, 0] * points[:, 1] > 0).astype(np.int32)
    tell(session, {"points": points, "targets": targets}, do="points")
    frames = news(session)
    assert frames["data"].words["samples"] == 30 and "output" in frames
    tell(session, do="set", field="hidden", value=[{"units": 5, "activation": "relu"}])
    tell(session, do="set", field="data", value={"name": "own", "inputs": ["x1", "x2", "x1x2"]})
    more = np.concatenate([points, points + 0.1])
    tell(session, {"points": more, "targets": np.tile(targets, 2)}, do="points")
    assert session.lane.setting.hidden[0].units == 5  # the network stays as it was set
    assert session.lane.subject.X.shape == (60, 3)
    tell(session, do="step", count=300)
    same = {"points": points, "targets": np.zeros(30, np.int32)}
    assert "single class" in refused(session, same, do="points")
    assert "n, 2" in refused(session, {"points": points[:, 0], "targets": targets}, do="points")
    assert "n, 2" in refused(session, do="points")


def test_own_data_are_needed_where_a_run_names_none() -> None:
    session = Session()
    tell(session, do="open")
    assert "drop a file" in refused(session, do="set", field="data", value="own")


def test_a_table_from_the_command_line_is_read_as_on_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "heart.csv").write_bytes(HEART)
    data = own_data(tmp_path / "heart.csv", None)
    assert data.feature_names == ("age", "pain") and data.target_name == "disease"
    assert "they tell nothing of other rows: id, chol" in capsys.readouterr().err
    (tmp_path / "one.csv").write_bytes(b"a,label\n" + b"1,x\n2,x\n3,x\n")
    with pytest.raises(InputError, match="'x' in every row"):
        own_data(tmp_path / "one.csv", None)
