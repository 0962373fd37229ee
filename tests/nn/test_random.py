"""Randomness as a function of seed, stream and position."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from glassnet.nn.random import Stream, keep_mask, normal, permutation, raw, uniform

SEEDS = st.integers(0, 2**64 - 1)


@given(
    SEEDS, st.sampled_from(Stream), st.integers(1, 40), st.lists(st.integers(0, 2**63), max_size=3)
)
def test_raw_is_numpy_s_philox(seed, stream, count, position):
    counter = np.zeros(4, np.uint64)
    counter[1 : 1 + len(position)] = position
    generator = np.random.Philox(key=np.array([seed, stream], np.uint64), counter=counter)
    np.testing.assert_array_equal(raw(seed, stream, count, *position), generator.random_raw(count))


def test_known_words():
    """Philox4x64-10's own test vector: key 0, counter 0 (Salmon et al. 2011, kat_vectors).

    NumPy adds one to the counter before the first block, so the vector is that of counter −1.
    """
    full = np.full(4, 2**64 - 1, np.uint64)
    words = np.random.Philox(key=np.zeros(2, np.uint64), counter=full).random_raw(4)
    assert [hex(int(word)) for word in words] == [
        "0x16554d9eca36314c", "0xdb20fe9d672d0fdc", "0xd7e772cee186176b", "0x7e68b68aec7ba23b",
    ]  # fmt: skip


def test_streams_and_positions_never_touch():
    drawn = [tuple(raw(5, stream, 4, place)) for stream in Stream for place in range(4)]
    drawn += [tuple(raw(6, Stream.INIT, 4, 0))]
    assert len(set(drawn)) == len(drawn)


def test_uniform_and_normal_have_their_moments():
    u = uniform(3, Stream.NOISE, 100_000)
    assert u.min() >= 0 and u.max() < 1
    assert u.mean() == pytest.approx(0.5, abs=5 * math.sqrt(1 / 12 / 1e5))
    assert u.var() == pytest.approx(1 / 12, rel=0.02)
    z = normal(3, Stream.NOISE, 100_001)  # an odd number, too
    assert z.shape == (100_001,) and np.isfinite(z).all()
    assert z.mean() == pytest.approx(0, abs=5 / math.sqrt(1e5))
    assert z.var() == pytest.approx(1, rel=0.025)
    assert (z**4).mean() == pytest.approx(3, rel=0.05)
    assert abs(np.corrcoef(z[:50_000], z[50_001:])[0, 1]) < 0.02


@given(SEEDS, st.integers(0, 300), st.integers(0, 50))
def test_permutations(seed, count, epoch):
    order = permutation(seed, Stream.ORDER, count, epoch)
    np.testing.assert_array_equal(np.sort(order), np.arange(count))
    np.testing.assert_array_equal(order, permutation(seed, Stream.ORDER, count, epoch))


def test_every_place_is_equally_likely_for_every_sample():
    counts = np.zeros((5, 5))
    for epoch in range(4000):
        counts[np.arange(5), permutation(1, Stream.ORDER, 5, epoch)] += 1
    expected = 4000 / 5
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 50  # 16 degrees of freedom: 50 has a probability of 2e-5


@given(
    SEEDS,
    st.integers(0, 2**40),
    st.integers(0, 100),
    st.integers(1, 40),
    st.lists(st.integers(0, 30), max_size=4),
    st.floats(0.01, 1),
)
def test_a_mask_is_a_function_of_the_row_s_place(seed, step, layer, units, cuts, keep):
    """Any split of a batch into shards gives the same mask."""
    whole = keep_mask(seed, step, layer, range(30), units, keep)
    assert whole.shape == (30, units) and whole.dtype == bool
    edges = [0, *sorted(cuts), 30]
    parts = [
        keep_mask(seed, step, layer, range(a, b), units, keep)
        for a, b in zip(edges, edges[1:], strict=False)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("keep", [0.05, 0.5, 0.8, 0.999])
def test_the_rate_is_met_overall_in_each_unit_and_in_each_row(keep):
    mask = keep_mask(9, 4, 2, range(2000), 50, keep)
    deviation = math.sqrt(keep * (1 - keep))
    assert abs(mask.mean() - keep) < 5 * deviation / math.sqrt(1e5)
    assert np.abs(mask.mean(axis=0) - keep).max() < 5 * deviation / math.sqrt(2000)
    # The kept units of a row are binomial: their variance over the rows is 50 · keep (1 − keep).
    assert mask.sum(axis=1).var() == pytest.approx(50 * deviation**2, rel=0.2)


def test_units_are_dropped_independently():
    mask = keep_mask(1, 0, 0, range(4000), 20, 0.5).astype(float)
    correlations = np.corrcoef(mask.T) - np.eye(20)
    assert np.abs(correlations).max() < 5 / math.sqrt(4000)
    assert abs(np.corrcoef(mask[:-1].ravel(), mask[1:].ravel())[0, 1]) < 5 / math.sqrt(8e4)


def test_masks_of_other_seeds_steps_and_layers_are_unrelated():
    first = keep_mask(1, 2, 3, range(500), 32, 0.5)
    for other in ((2, 2, 3), (1, 3, 3), (1, 2, 4)):
        share = (first == keep_mask(*other, range(500), 32, 0.5)).mean()
        assert abs(share - 0.5) < 5 * 0.5 / math.sqrt(16_000)


def test_keeping_everything():
    assert keep_mask(0, 0, 0, range(10), 7, 1.0).all()
