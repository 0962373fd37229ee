"""Random numbers that never change: raw Philox4x64-10 words, as a function of seed and stream.

Only `random_raw` is used, never a NumPy distribution, so that a split or a made data set is the
same with every NumPy version. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"
(SC 2011).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.errors import InputError

Array = npt.NDArray[Any]

SPLIT = 1
FOLDS = 101
POINTS = 102
NOISE = 103
ROWS = 104


def raw(seed: int, stream: int, count: int) -> npt.NDArray[np.uint64]:
    """Words 0 to `count` - 1 of the stream, each uniform on 0 … 2⁶⁴ - 1; shape (count,)."""
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or not 0 <= int(seed) < 2**64:
        raise InputError(f"seed is {seed!r}; give a whole number from 0 to 2**64 - 1")
    key = np.array([int(seed), stream], dtype=np.uint64)
    words: npt.NDArray[np.uint64] = np.random.Philox(key=key).random_raw(count)
    return words


def order(seed: int, stream: int, count: int) -> npt.NDArray[np.intp]:
    """Draw a random order of 0 … `count` - 1: the places of the sorted raw words."""
    return np.argsort(raw(seed, stream, count), kind="stable")


def uniform(seed: int, stream: int, count: int) -> npt.NDArray[np.float64]:
    """Uniform numbers in [0, 1): the 53 high bits of each word times 2⁻⁵³."""
    high: npt.NDArray[np.float64] = (raw(seed, stream, count) >> np.uint64(11)).astype(np.float64)
    return high * 2.0**-53


def normal(seed: int, stream: int, count: int) -> npt.NDArray[np.float64]:
    """Draw standard normal numbers √(-2 ln u) cos(2πv), with u in (0, 1] (Box and Muller 1958)."""
    pairs = uniform(seed, stream, 2 * count).reshape(count, 2)
    numbers: npt.NDArray[np.float64] = np.sqrt(-2.0 * np.log(1.0 - pairs[:, 0])) * np.cos(
        2.0 * np.pi * pairs[:, 1]
    )
    return numbers
