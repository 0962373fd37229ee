"""The order of a pass in blocks: drawn window by window, so that neither the data nor the order
need fit in memory.

Blocks of rows that lie together are put in random order; each 32 of them that then follow one
another are a window, and the rows of a window are put in random order. All of it is a function of
seed, epoch, the number of rows and the size of a block.
"""

import numpy as np

from glassnet.engines.numpy_engine import Part
from glassnet.nn import random
from glassnet.nn.arrays import Array

WINDOW_BLOCKS = 32
_BLOCK_NUMBERS = 1 << 20
_LEAST_ROWS, _MOST_ROWS = 64, 8192

Span = tuple[int, int]  # the first row, and the row after the last


def block_rows(features: int) -> int:
    """The rows of a block: the power of two, from 64 to 8,192, that holds at most 2²⁰ numbers."""
    most = _BLOCK_NUMBERS // max(1, features)
    return min(max(1 << max(0, most.bit_length() - 1), _LEAST_ROWS), _MOST_ROWS)


class Windows:
    """The windows of one pass over `count` rows."""

    def __init__(
        self, seed: int, epoch: int, count: int, block: int, blocks: int = WINDOW_BLOCKS
    ) -> None:
        self.seed, self.epoch, self.count = seed, epoch, count
        self.block, self.blocks = block, blocks
        number = -(-count // block)
        self.order = random.permutation(seed, random.Stream.ORDER, number, epoch)
        sizes = np.full(number, block)
        sizes[self.order == number - 1] = count - (number - 1) * block
        # Where each window ends, in rows of the pass.
        self.ends = np.add.reduceat(sizes, np.arange(0, number, blocks)).cumsum()

    def __len__(self) -> int:
        return len(self.ends)

    def spans(self, window: int) -> list[Span]:
        """The blocks of a window."""
        firsts = self.order[window * self.blocks : (window + 1) * self.blocks] * self.block
        return [(first, min(first + self.block, self.count)) for first in firsts.tolist()]

    def rows(self, window: int) -> Array:
        """The rows of a window, in the order in which the pass takes them."""
        rows = np.concatenate([np.arange(*span) for span in self.spans(window)])
        position = (self.epoch, 1 + window)  # (epoch, 0) is that of the blocks' order
        return rows[random.permutation(self.seed, random.Stream.ORDER, len(rows), *position)]


class PartedOrder:
    """Passes in order, part by part: to the end of a window, and on to the end of a batch.

    rows: those that take part, None for all `count`.
    """

    def __init__(
        self, seed: int, count: int, batch_size: int, block: int, rows: Array | None = None
    ) -> None:
        self.seed, self.count, self.batch_size = seed, count, batch_size
        self.block, self.taking_part = block, rows
        self._windows: Windows | None = None
        self._drawn: tuple[int, Array] | None = None  # the latest window
        self._part: Part | None = None
        self._asked = 0  # the first window that was not coming yet

    def windows(self, epoch: int) -> Windows:
        """The windows of a pass, drawn once."""
        if self._windows is None or self._windows.epoch != epoch:
            self._windows = Windows(self.seed, epoch, self.count, self.block)
            self._drawn, self._part, self._asked = None, None, 0
        return self._windows

    def part(self, epoch: int, batch: int) -> Part:
        """A part of the pass that has this batch: the latest one, if it does."""
        windows, size, part = self.windows(epoch), self.batch_size, self._part
        if part is not None and part.first <= batch < part.first + part.batches(size):
            return part
        begin = batch * size
        window = int(np.searchsorted(windows.ends, begin, side="right"))
        end = int(windows.ends[window])
        self._asked = max(self._asked, window)
        rows = self._rows(window)
        pieces = [rows[len(rows) - (end - begin) :]]
        taken = end - begin
        while taken % size and begin + taken < self.count:
            window += 1
            pieces.append(self._rows(window)[: -taken % size])
            taken += len(pieces[-1])
        order = np.concatenate(pieces)
        if self.taking_part is not None:
            order = self.taking_part[order]
        self._part = Part(order, batch, self.count)
        return self._part

    def coming(self) -> list[Span]:
        """The rows of X, by blocks, of the latest part and the window after it, without those
        that were here before."""
        if self._windows is None or self._drawn is None:
            return []
        end = min(self._drawn[0] + 2, len(self._windows))
        spans = [s for window in range(self._asked, end) for s in self._windows.spans(window)]
        self._asked = max(self._asked, end)
        if self.taking_part is not None:
            rows = self.taking_part
            spans = [(int(rows[first]), int(rows[last - 1]) + 1) for first, last in spans]
        return spans

    def _rows(self, window: int) -> Array:
        """The rows of a window; the latest is kept, as the next part may begin in it."""
        if self._drawn is None or self._drawn[0] != window:
            assert self._windows is not None
            self._drawn = (window, self._windows.rows(window))
        return self._drawn[1]
