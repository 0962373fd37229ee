"""A curve in bounded memory: exact at first, then with every spike still in it."""

import numpy as np
import pytest

from glassnet.lab.lines.curve import MOST, Curve


def curve(values: list[float]) -> Curve:
    made = Curve()
    made.add(values)
    return made


def test_the_first_steps_are_kept_as_they_are() -> None:
    values = np.random.default_rng(0).normal(size=3000).tolist()
    made = Curve()
    for begin in range(0, 3000, 7):
        made.add(values[begin : begin + 7])
    assert made.values == values and made.count == 3000
    assert [made.at(step) for step in (0, 1, 3000, 3001)] == [None, values[0], values[-1], None]


def test_pieces_keep_a_spike() -> None:
    values = [1.0] * 1000
    values[617] = 50.0
    starts, low, high = curve(values).pieces(40)
    assert len(starts) == 40 and high.max() == 50 and low.max() == 1
    assert starts[np.argmax(high)] <= 617
    assert [len(each) for each in Curve().pieces(5)] == [0, 0, 0]
    assert curve([3.0, 1.0]).pieces(100)[1].tolist() == [3.0, 1.0]


@pytest.mark.parametrize("portion", [1, 3, 1000, 10**6])
def test_a_long_run_is_in_pieces_with_their_lowest_and_highest(portion: int) -> None:
    count = 3 * MOST + 123
    if portion == 1:
        count = MOST + 77
    values = np.random.default_rng(1).normal(size=count)
    values[5000] = 99.0
    made = Curve()
    for begin in range(0, count, portion):
        made.add(values[begin : begin + portion])
    assert made.count == count and len(made.values) <= MOST
    starts, low, high = made.pieces(MOST)
    ends = [*starts[1:].tolist(), count]
    for start, end, least, most in list(zip(starts.tolist(), ends, low, high, strict=True))[::97]:
        assert (least, most) == (values[start:end].min(), values[start:end].max())
    assert high.max() == 99.0 and made.at(count) == values[-1]


def test_a_copy_of_the_beginning_goes_on_by_itself() -> None:
    made = curve([1.0, 2.0, 3.0, 4.0])
    twin = made.until(2)
    twin.add([7.0])
    assert twin.values == [1.0, 2.0, 7.0] and made.values == [1.0, 2.0, 3.0, 4.0]
