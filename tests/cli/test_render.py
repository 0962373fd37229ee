"""Text for the terminal: percentages, columns, blocks side by side, bars, what is shown where."""

import io

import pytest
from hypothesis import given, strategies as st

from cli.helpers import plain
from glassnet.cli.options import NumberOr, Several, Size, Whole
from glassnet.cli.render import (
    bar,
    beside,
    bold,
    columns,
    listing,
    packed,
    percent,
    seconds,
    shortened,
    size,
    wide,
)
from glassnet.cli.screen import Screen, wants_colour

COLOURED = Screen(colour=True)


def test_only_all_is_a_hundred_percent() -> None:
    assert percent(1.0) == "100.0 %"
    assert percent(0.99999) == ">99.9 %"
    assert percent(0.00001) == "<0.1 %"
    assert percent(0.0) == "0.0 %"
    assert percent(0.9745) == "97.5 %"


@given(st.floats(0, 1))
def test_a_percentage_is_never_far_off(share: float) -> None:
    number = float(percent(share).strip("<>% "))
    assert abs(number - 100 * share) <= 0.1


def test_durations_and_sizes() -> None:
    assert [seconds(t) for t in (0.123, 12.34, 75, 3725)] == [
        "0.12 s", "12.3 s", "1 min 15 s", "1 h 02 min",
    ]  # fmt: skip
    assert [size(n) for n in (12, 1500, 12e6, 3.2e9)] == ["12 bytes", "1.5 kB", "12 MB", "3.2 GB"]


def test_colours_take_no_room() -> None:
    table = columns([(bold("a", COLOURED), "1"), ("long", bold("22", COLOURED))], right=(1,))
    assert [plain(line) for line in table] == ["a      1", "long  22"]
    assert wide(bold("four", COLOURED)) == 4
    assert beside(f"{bold('x', COLOURED)}\nyy", "1\n2\n3", gap=1).split("\n")[1:] == [
        "yy 2",
        "   3",
    ]


@given(st.lists(st.text("ab ", min_size=1, max_size=30), max_size=8), st.integers(40, 90))
def test_lines_are_never_wider_than_asked(texts: list[str], width: int) -> None:
    assert all(wide(line) <= width for line in packed(texts, " · ", width))
    assert all(wide(line) <= width for line in listing([("name", t) for t in texts], width))
    assert all(len(shortened(text, 7, Screen())) <= 7 for text in texts)


def test_bars_are_exact_to_an_eighth() -> None:
    assert bar(1.0, 10, Screen()) == "█" * 10
    assert bar(0.5125, 10, Screen()) == "█" * 5 + "▏"
    assert bar(-1, 10, Screen()) == ""
    assert bar(0.5, 10, Screen(ascii_only=True)) == "#####"


def test_what_a_stream_can_show(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_letters = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert Screen.of(plain_letters) == Screen(80, False, True)
    assert Screen.of(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")) == Screen(80, False, False)
    assert Screen.of(None).colour is False
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour(True)
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colour(True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert wants_colour(False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(True)


def test_values_of_options() -> None:
    assert Size().convert("1.5GB", None, None) == 1_500_000_000
    assert Size().convert("64 MiB", None, None) == 64 * 2**20
    assert NumberOr().convert("10", None, None) == 10
    assert isinstance(NumberOr().convert("1.0", None, None), float)
    assert isinstance(NumberOr().convert("1", None, None), int)
    assert NumberOr("auto").convert("auto", None, None) == "auto"
    assert Several(int, "widths").convert("64, 32", None, None) == [64, 32]
    assert Whole(1).convert(str(2**63), None, None) == 2**63
