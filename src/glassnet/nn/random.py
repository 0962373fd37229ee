"""Randomness as a function of seed, stream and position: Philox4x64-10.

Every number is exactly ``numpy.random.Philox(key=(seed, stream), counter=...).random_raw``, the
generator of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011, so seed and
position are the whole random state: nothing has to be saved to go on, and nothing depends on
what was drawn before.
"""

from enum import IntEnum

import numpy as np

from glassnet.nn.arrays import Array


class Stream(IntEnum):
    """What the numbers are for; streams of one seed never touch."""

    INIT = 0
    SPLIT = 1
    ORDER = 2
    DROPOUT = 3
    NOISE = 4


def raw(seed: int, stream: Stream, count: int, *position: int) -> Array:
    """`count` words of 64 random bits, from the counter (0, *position), up to three numbers."""
    counter = np.zeros(4, dtype=np.uint64)
    counter[1 : 1 + len(position)] = position
    key = np.array([seed, int(stream)], dtype=np.uint64)
    return np.random.Philox(key=key, counter=counter).random_raw(count)


def uniform(seed: int, stream: Stream, count: int, *position: int) -> Array:
    """`count` numbers in [0, 1), float64, each from the upper 53 bits of a word."""
    return np.asarray((raw(seed, stream, count, *position) >> np.uint64(11)) * 2.0**-53)


def normal(seed: int, stream: Stream, count: int, *position: int) -> Array:
    """`count` numbers from N(0, 1), float64 (Box & Muller 1958: two uniforms make two normals)."""
    pairs = (count + 1) // 2
    u = uniform(seed, stream, 2 * pairs, *position).reshape(2, pairs)
    radius = np.sqrt(-2.0 * np.log1p(-u[0]))  # 1 − u is in (0, 1]: never the logarithm of 0
    angle = 2.0 * np.pi * u[1]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]


def permutation(seed: int, stream: Stream, count: int, *position: int) -> Array:
    """0 … count − 1 in random order: the order of `count` random words (equal ones stay put)."""
    return np.argsort(raw(seed, stream, count, *position), kind="stable")


def keep_mask(seed: int, step: int, layer: int, rows: range, units: int, keep: float) -> Array:
    """Which units of which rows dropout keeps, booleans (rows, units), P(True) = keep.

    A function of (seed, step, layer, the row's place in the batch, unit): each row has its own
    blocks of four words, and each unit 16 bits of them, so `keep` is met to 1/65,536.
    """
    words_per_row = 4 * -(-units // 16)
    counter = np.array([rows.start * words_per_row // 4, layer, step, 0], dtype=np.uint64)
    key = np.array([seed, int(Stream.DROPOUT)], dtype=np.uint64)
    words = np.random.Philox(key=key, counter=counter).random_raw(len(rows) * words_per_row)
    lots = words.astype("<u8", copy=False).view("<u2").reshape(len(rows), 4 * words_per_row)
    return np.asarray(lots[:, :units] < round(keep * 65536))
