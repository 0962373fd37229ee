"""The order of a pass in blocks: a permutation, a function of seed and epoch, rows well mixed."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from glassnet.training.order import WINDOW_BLOCKS, PartedOrder, Windows, block_rows

SEEDS = st.integers(0, 2**64 - 1)
EPOCHS = st.integers(0, 2**32)


def pass_of(parts, epoch, begin=0):
    """The rows of a pass from batch `begin` on, gathered part by part."""
    pieces, batch = [], begin
    while batch * parts.batch_size < parts.count:
        part = parts.part(epoch, batch)
        assert part.pass_rows == parts.count
        pieces.append(part.rows[(batch - part.first) * parts.batch_size :])
        batch = part.first + part.batches(parts.batch_size)
    return np.concatenate(pieces)


def by_windows(windows):
    return np.concatenate([windows.rows(window) for window in range(len(windows))])


@given(SEEDS, EPOCHS, st.integers(1, 700), st.integers(1, 40), st.integers(1, 9))
def test_every_row_comes_once(seed, epoch, count, block, blocks):
    windows = Windows(seed, epoch, count, block, blocks)
    rows = by_windows(windows)
    np.testing.assert_array_equal(np.sort(rows), np.arange(count))
    lengths = [len(windows.rows(window)) for window in range(len(windows))]
    np.testing.assert_array_equal(np.cumsum(lengths), windows.ends)


@given(SEEDS, st.integers(1, 700), st.integers(1, 40), st.integers(1, 9))
def test_a_window_has_the_rows_of_its_blocks(seed, count, block, blocks):
    windows = Windows(seed, 1, count, block, blocks)
    assert len(windows) == math.ceil(math.ceil(count / block) / blocks)
    for window in range(len(windows)):
        spans = windows.spans(window)
        assert all(first % block == 0 and 0 < last - first <= block for first, last in spans)
        expected = np.concatenate([np.arange(*span) for span in spans])
        np.testing.assert_array_equal(np.sort(windows.rows(window)), np.sort(expected))


@given(
    st.integers(1, 500), st.integers(1, 300), st.integers(1, 7), st.floats(0, 1), st.booleans(),
    st.data(),
)  # fmt: skip
def test_parts_make_the_pass_wherever_it_begins(count, size, block, share, subset, data):
    """Batches that straddle windows, a short last one, windows larger and smaller than a batch."""
    taking_part = None
    if subset:
        chosen = np.random.default_rng(count).random(count) < share
        chosen[0] = True
        taking_part = np.flatnonzero(chosen)
    rows = count if taking_part is None else len(taking_part)
    size = min(size, rows)
    expected = by_windows(Windows(5, 3, rows, block))
    if taking_part is not None:
        expected = taking_part[expected]
    parts = PartedOrder(5, rows, size, block, taking_part)
    np.testing.assert_array_equal(pass_of(parts, 3), expected)
    begin = data.draw(st.integers(0, (rows - 1) // size))
    for reader in (parts, PartedOrder(5, rows, size, block, taking_part)):
        np.testing.assert_array_equal(pass_of(reader, 3, begin), expected[begin * size :])


def test_parts_are_no_longer_than_they_need_be():
    """A part ends with the window, or with the batch under way there."""
    parts = PartedOrder(0, 10_000, 30, 2)  # windows of 64 rows
    assert [len(parts.part(0, batch).rows) for batch in (0, 3, 5)] == [90, 60, 60]
    long = PartedOrder(0, 10_000, 1000, 2)
    assert len(long.part(0, 0).rows) == 1000


def test_what_is_coming_is_named_once_and_a_window_ahead():
    """Wherever a pass begins, each block from there on is asked for once, before it is read."""
    chosen = np.arange(0, 3000, 3)
    for begin, taking_part in ((0, None), (13, None), (13, chosen)):
        parts = PartedOrder(0, 1000, 30, 2, taking_part)
        asked, batch = [], begin
        while batch * 30 < 1000:
            part = parts.part(4, batch)
            coming = [np.arange(*span) for span in parts.coming()]
            asked = np.concatenate([asked, *coming])
            assert np.isin(part.rows, asked).all()
            assert len(coming) <= 4 * WINDOW_BLOCKS
            assert parts.coming() == []
            batch = part.first + part.batches(30)
        assert len(asked) == len(set(asked))
        rows = pass_of(parts, 4, begin)
        assert set(rows) <= set(asked)
        if taking_part is None:  # no more than the window where it begins
            assert len(asked) <= len(rows) + 64


def test_seed_and_epoch_decide():
    def one(seed, epoch):
        return by_windows(Windows(seed, epoch, 5000, 16)).tolist()

    assert one(1, 2) == one(1, 2)
    assert len({tuple(one(seed, epoch)) for seed in range(4) for epoch in range(4)}) == 16


def test_blocks_and_rows_are_well_mixed():
    """Blocks come from all over; neighbours in the pass are neighbours in the data no more often
    than chance has it, and stand as often in the one order as in the other."""
    block, count = 64, 64 * 512
    windows = Windows(3, 0, count, block)
    assert len(windows) == 16
    for window in range(len(windows)):
        rows = windows.rows(window)
        of_blocks = rows // block
        assert len(set(of_blocks)) == WINDOW_BLOCKS
        assert of_blocks.min() < 512 / 4 and of_blocks.max() > 512 * 3 / 4
        same = np.mean(of_blocks[1:] == of_blocks[:-1])
        assert same == pytest.approx(1 / WINDOW_BLOCKS, abs=0.02)
        assert np.mean(np.diff(rows) > 0) == pytest.approx(0.5, abs=0.05)
        # Every batch has rows of most blocks.
        assert np.mean([len(set(part)) for part in of_blocks.reshape(-1, 128)]) > 30


def test_windows_differ_from_one_another():
    """Each window has a permutation of its own."""
    windows = Windows(9, 0, 4096, 1, 1024)
    place = np.argsort(windows.order)  # of each row, a block of its own
    assert len({tuple(place[windows.rows(window)] % 1024) for window in range(4)}) == 4


@pytest.mark.parametrize(
    ("features", "rows"),
    [(1, 8192), (2, 8192), (128, 8192), (129, 4096), (784, 1024), (3072, 256), (10**6, 64)],
)
def test_rows_of_a_block(features, rows):
    assert block_rows(features) == rows
