"""Text plots: exact for small cases; width, colour and alphabet for all."""

import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

from glassnet.errors import InputError
from glassnet.plots import terminal

CODES = re.compile("\x1b\\[[0-9;]*m")


def lines_of(*lines):
    return "\n".join(lines)


def test_a_small_curve_in_ascii():
    assert terminal.curve([0, 1, 2, 3], width=30, height=4, ascii_only=True) == lines_of(
        "3 +                      *****",
        "  |             *********",
        "  |     *********",
        "0 +*****",
        "  +---------------------------",
        "   1          epoch          4",
    )


def test_braille_dots_are_where_the_values_are():
    # One column of dots a value: 52 values on 26 characters, rising through all 12 rows of dots.
    text = terminal.curve([0.0, 1.0], width=30, height=3)
    rows = text.split("\n")[:3]
    dots = np.zeros((12, 54), dtype=bool)
    bits = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
    for i, row in enumerate(rows):
        for j, character in enumerate(row[5:]):
            code = ord(character) - 0x2800 if character != " " else 0
            for r in range(4):
                for c in range(2):
                    dots[4 * i + r, 2 * j + c] = bool(code & bits[r][c])
    used = np.flatnonzero(dots.any(axis=0))
    heights = 11 - dots[:, used].argmax(axis=0)
    assert heights[0] == 0 and heights[-1] == 11
    np.testing.assert_allclose(heights, used / used[-1] * 11, atol=0.51)


def test_two_series_are_told_apart_without_colour():
    series = {"training": [3, 2, 1], "validation": [3, 3, 3]}
    ascii_text = terminal.curve(series, width=40, ascii_only=True)
    assert "** training   oo validation" in ascii_text.split("\n")[0]
    assert "*" in ascii_text.split("\n")[-4] and "o" in ascii_text.split("\n")[1]
    top = terminal.curve(series, width=40).split("\n")[1]
    assert re.search("[⠀-⣿] [⠀-⣿]", top), "the second series is dashed"
    assert "╌╌ validation" in terminal.curve(series)
    coloured = terminal.curve(series, colour=True)
    assert "\x1b[38;5;32m" in coloured and "\x1b[38;5;172m" in coloured
    assert "╌" not in coloured


def test_the_best_epoch_is_marked_under_its_place():
    values = np.arange(1, 65)  # 64 values on 64 columns
    text = terminal.curve(values / 1.0, width=67, best=10, ascii_only=True).split("\n")
    bottom = next(i for i, line in enumerate(text) if "---" in line)
    gutter = text[bottom].index("+") + 1
    columns = len(text[bottom]) - gutter
    assert text[-1].index("^") == gutter + round(9 * (columns - 1) / 63)
    assert text[-1].endswith("^ best: epoch 10")
    last = terminal.curve(values, width=67, best=64, ascii_only=True).split("\n")[-1]
    assert last.endswith("best: epoch 64 ^") and len(last) == 67


def test_a_wide_range_is_logarithmic_and_says_so():
    text = terminal.curve(10.0 ** -np.arange(5), height=5, ascii_only=True)
    assert "(logarithmic axis)" in text
    assert [line.split()[0] for line in text.split("\n")[1:6:2]] == ["1", "0.01", "0.0001"]
    assert "logarithmic" not in terminal.curve([1.0, 0.0, 1e9])


def test_gaps_constants_single_values_and_spikes_are_drawn():
    assert "*" in terminal.curve([1.0], ascii_only=True)
    assert terminal.curve([5.0] * 9, width=30, height=3, ascii_only=True).count("*") == 27
    gap = terminal.curve([1.0, 1.0, np.nan, np.inf, 1.0, 1.0], width=40, ascii_only=True)
    assert re.search(r"\*+ +\*+", gap)
    extreme = terminal.curve([-1.7e308, 1.7e308], height=3, ascii_only=True).split("\n")
    assert [line.split()[0] for line in extreme[:3]] == ["1.7e+308", "0", "-1.7e+308"]
    close = terminal.curve([100.0001, 100.0002], height=3, ascii_only=True).split("\n")
    assert [line.split()[0] for line in close[:3]] == ["100.0002", "100.00015", "100.0001"]
    assert terminal.curve([np.nan]) == "(no finite value to draw)"
    spike = np.zeros(50_000)
    spike[12_345] = 1.0
    assert "*" in terminal.curve(spike, ascii_only=True).split("\n")[0]


numbers = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(
    st.lists(numbers, min_size=1, max_size=80),
    st.lists(numbers, max_size=5),
    st.integers(60, 100),
    st.integers(3, 20),
    st.booleans(),
    st.booleans(),
)
def test_no_curve_is_wider_than_asked_or_breaks_its_alphabet(a, b, width, height, colour, plain):
    series = {"training loss": a, "validation loss": b}
    text = terminal.curve(series, width=width, height=height, colour=colour, ascii_only=plain)
    assert ("\x1b" in text) <= colour
    bare = CODES.sub("", text)
    assert all(len(line) <= width for line in bare.split("\n"))
    assert bare.isascii() or not plain


def test_an_image_in_half_blocks_ascii_and_greys():
    pixels = [[0, 255, 255], [0, 0, 255], [255, 0, 0]]
    assert terminal.image(pixels) == " ▀█\n▀  "
    # A character is the mean of two pixels: 0, 1/2 and 1 of the densities " .:-=+*#%@".
    assert terminal.image(pixels, ascii_only=True) == " =@\n=  "
    assert terminal.image([[0, 255], [255, 0]], colour=True) == (
        "\x1b[38;5;232;48;5;255m▀\x1b[38;5;255;48;5;232m▀\x1b[0m"
    )


def test_a_wide_image_is_averaged_down():
    pixels = np.kron([[0.0, 1.0], [1.0, 0.0]], np.ones((50, 50)))
    assert terminal.image(pixels, width=10) == lines_of(
        "     █████",
        "     █████",
        "▄▄▄▄▄▀▀▀▀▀",
        "█████     ",
        "█████     ",
    )
    checks = np.indices((40, 40)).sum(axis=0) % 2
    assert set(terminal.image(checks, width=20, ascii_only=True)) == {"=", "\n"}


def test_images_stand_in_rows_with_signs():
    images = [np.ones((2, 10))] * 3
    text = terminal.image_row(images, ["7", "1 is 2", "3"], right=[True, False, True], width=24)
    assert text.split("\n") == [
        "██████████  ██████████",
        "✓ 7         ✗ 1 is 2",
        "",
        "██████████",
        "✓ 3",
    ]
    coloured = terminal.image_row(images, ["7", "8", "3"], right=[1, 0, 1], width=60, colour=True)
    assert "\x1b[38;5;172m✗ 8" in coloured
    assert terminal.image_row(images, ["a"] * 3, right=[1, 0, 1], ascii_only=True).isascii()


def test_a_confusion_table_exactly():
    assert terminal.confusion([[12, 0], [3, 140]], ["no", "yes"]) == lines_of(
        "        predicted",
        "true │   no  yes",
        "─────┼──────────",
        "no   │   12    ·",
        "yes  │    3  140",
    )
    assert terminal.confusion([[1.5]], ["a"], ascii_only=True) == lines_of(
        "        predicted",
        "true |    a",
        "-----+-----",
        "a    |  1.5",
    )


def test_a_table_that_does_not_fit_names_the_mistakes():
    counts = np.eye(40, dtype=int) * 100
    counts[3, 5], counts[7, 1] = 12, 120
    labels = [f"class {i}" for i in range(40)]
    assert terminal.confusion(counts, labels) == lines_of(
        "40 classes; most common mistakes (true → predicted):",
        "  120 × class 7 → class 1",
        "   12 × class 3 → class 5",
    )
    assert terminal.confusion(np.eye(40, dtype=int), labels) == "40 classes, no mistakes"
    assert terminal.confusion(counts, labels, ascii_only=True).isascii()


@given(st.integers(1, 30), st.integers(60, 100), st.integers(0, 10**6), st.booleans())
def test_no_table_is_wider_than_asked(k, width, largest, colour):
    counts = np.full((k, k), largest)
    labels = [f"a rather long label {i}" for i in range(k)]
    text = terminal.confusion(counts, labels, width=width, colour=colour)
    assert all(len(CODES.sub("", line)) <= width for line in text.split("\n"))
    assert ("\x1b" in text) == (colour and (largest > 0 or "·" in text))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: terminal.curve([]), "0 series"),
        (lambda: terminal.curve([1.0], width=10), "30 × 3"),
        (lambda: terminal.curve([[1.0]]), r"shape \(1, 1\)"),
        (lambda: terminal.curve([1.0], best=2), "best is 2; expected 1 to 1"),
        (lambda: terminal.image([1.0]), "expected \\(height, width\\)"),
        (lambda: terminal.image([[np.nan]]), "all finite"),
        (lambda: terminal.image_row([[[1]]], []), "1 images and 0 captions"),
        (lambda: terminal.confusion([[1]], ["a", "b"]), "with 2 labels"),
    ],
)
def test_bad_input_gets_one_sentence(call, sentence):
    with pytest.raises(InputError, match=sentence):
        call()
