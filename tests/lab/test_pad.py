"""The drawing pad: what is done to a digit, and that the trained network reads it after that."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

import glassnet as gn
from glassnet.errors import InputError
from glassnet.lab.pad import prepare, trained_digits
from glassnet.nn.arrays import Array

PAD = Path(gn.__file__).parent / "lab" / "pad"


def stroke(side: int, top: int, left: int, height: int, width: int) -> Array:
    """A pad with a bent line in a box of this size: neither symmetric nor filled."""
    ink = np.zeros((side, side), np.uint8)
    ink[top : top + height, left : left + max(1, width // 4)] = 255
    ink[top : top + max(1, height // 4), left : left + width] = 255
    ink[top + height - 1, left + width - 1] = 255
    return ink


def centre(picture: Array) -> tuple[float, float]:
    mass = picture.astype(np.float64) / picture.sum()
    rows, columns = (np.arange(side) + 0.5 for side in picture.shape)
    return float((mass.sum(1) * rows).sum()), float((mass.sum(0) * columns).sum())


@given(top=st.integers(0, 120), left=st.integers(0, 120), kind=st.sampled_from(["mnist", "digits"]))
def test_the_place_does_not_matter(top: int, left: int, kind: str) -> None:
    first = prepare(stroke(200, 0, 0, 60, 40), kind)  # type: ignore[arg-type]
    moved = prepare(stroke(200, top, left, 60, 40), kind)  # type: ignore[arg-type]
    assert first is not None and moved is not None
    assert np.array_equal(first.picture, moved.picture)
    cells = (28 if kind == "mnist" else 8) / 200
    assert first.shift[0] - moved.shift[0] == pytest.approx(left * cells)
    assert first.shift[1] - moved.shift[1] == pytest.approx(top * cells)


@given(factor=st.integers(2, 6))
def test_the_size_does_not_matter(factor: int) -> None:
    small = stroke(60, 10, 20, 20, 12)
    large = np.kron(small, np.ones((factor, factor), np.uint8))
    one, other = prepare(small), prepare(large)
    assert one is not None and other is not None
    assert np.array_equal(one.picture, other.picture)
    assert one.shift == pytest.approx(other.shift) and one.scale == pytest.approx(other.scale)


@given(height=st.integers(8, 150), width=st.integers(8, 150))
def test_the_longer_side_becomes_20_and_the_shape_stays(height: int, width: int) -> None:
    made = prepare(stroke(200, 20, 30, height, width))
    assert made is not None
    rows, columns = made.picture.any(axis=1).sum(), made.picture.any(axis=0).sum()
    longer = max(height, width)
    assert max(rows, columns) == 20
    assert rows == pytest.approx(20 * height / longer, abs=1.01)
    assert columns == pytest.approx(20 * width / longer, abs=1.01)
    assert made.scale == pytest.approx(20 / longer / (28 / 200))


@given(height=st.integers(30, 150), width=st.integers(30, 150))
def test_the_centre_of_mass_comes_to_the_middle(height: int, width: int) -> None:
    made = prepare(stroke(200, 20, 30, height, width))
    assert made is not None
    # Whole pixels, as in MNIST; and the digit stays in the picture.
    for place, taken in zip(centre(made.picture), made.picture.shape, strict=True):
        assert place == pytest.approx(14.5, abs=0.6) or place < taken
    assert made.picture.any(axis=1).sum() <= 20


def test_the_shift_leads_from_plain_to_picture() -> None:
    made = prepare(stroke(280, 150, 20, 90, 70))
    assert made is not None
    (down, across), (down_now, across_now) = centre(made.plain), centre(made.picture)
    assert made.shift[0] == pytest.approx(across_now - across, abs=0.1) and made.shift[0] > 0
    assert made.shift[1] == pytest.approx(down_now - down, abs=0.1) and made.shift[1] < 0


def test_digits_are_counted_in_blocks() -> None:
    made = prepare(stroke(200, 20, 30, 100, 70), "digits")
    assert made is not None
    assert made.picture.shape == (8, 8) and made.picture.dtype == np.uint8
    assert made.picture.max() == 16 and made.picture.any(axis=1).all()


@pytest.mark.parametrize("level", [0, 20])
def test_an_empty_pad_has_no_digit(level: int) -> None:
    assert prepare(np.full((100, 80), level, np.uint8)) is None


@pytest.mark.parametrize(
    "ink", [np.zeros(9, np.uint8), np.zeros((9, 9)), np.zeros((0, 3), np.uint8), [[1]],
            np.zeros((3, 5000), np.uint8)],
)  # fmt: skip
def test_what_is_no_drawing_is_refused(ink: Array) -> None:
    with pytest.raises(InputError, match="a drawing"):
        prepare(ink)
    with pytest.raises(InputError, match="mnist or digits"):
        prepare(np.zeros((9, 9), np.uint8), "letters")  # type: ignore[arg-type]


def test_extreme_drawings_stay_in_the_picture() -> None:
    for ink in (stroke(300, 0, 0, 300, 300), stroke(300, 299, 299, 1, 1), stroke(300, 5, 0, 1, 300),
                stroke(300, 0, 5, 300, 1), np.full((1, 1), 255, np.uint8)):  # fmt: skip
        for kind in ("mnist", "digits"):
            made = prepare(ink, kind)  # type: ignore[arg-type]
            assert made is not None and made.picture.any()


def redrawn(picture: Array, random: np.random.Generator) -> Array:
    """A digit drawn into a big pad, at some place and of some size."""
    side = int(random.integers(200, 400))
    size = int(random.integers(90, side + 1))
    place = (np.arange(size) + 0.5) * 28 / size - 0.5
    below = np.clip(np.floor(place).astype(int), 0, 26)
    share = np.clip(place - below, 0, 1)
    across = picture[:, below] * (1 - share) + picture[:, below + 1] * share
    large = across[below] * (1 - share)[:, None] + across[below + 1] * share[:, None]
    ink = np.zeros((side, side), np.uint8)
    top, left = random.integers(0, side - size + 1, 2)
    ink[top : top + size, left : left + size] = large
    return ink


def test_redrawn_digits_are_read(shared_data: Path) -> None:
    test = gn.load_dataset("mnist").test
    assert test is not None
    random = np.random.default_rng(0)
    made = [prepare(redrawn(p, random)) for p in test.X[:1000].reshape(-1, 28, 28)]
    network, truth = trained_digits(), np.asarray(test.y[:1000])
    pictures = np.array([m.picture.ravel() for m in made if m is not None])
    plain = np.array([m.plain.ravel() for m in made if m is not None])
    assert np.mean(network.forward(pictures).argmax(axis=1) == truth) >= 0.95
    # As they were drawn they can't be read: it is the preparation that does it.
    assert np.mean(network.forward(plain).argmax(axis=1) == truth) < 0.7


def test_the_score_that_is_stated(shared_data: Path) -> None:
    test = gn.load_dataset("mnist").test
    assert test is not None
    right = int((trained_digits().forward(test.X).argmax(axis=1) == test.y).sum())
    stated = json.loads((PAD / "mnist.json").read_bytes())["scores"]["test"]["right"]
    assert abs(right - stated) <= 2  # float32 sums in another order may turn a close one
    assert f"{stated:,} right" in (PAD / "README.md").read_text(encoding="utf-8")


def test_the_network_is_small() -> None:
    import gzip

    assert len(gzip.compress((PAD / "mnist.json").read_bytes())) < 100_000
