"""What is trained, on what, for how long."""

import math
from dataclasses import dataclass

from glassnet.engines.numpy_engine import pass_order
from glassnet.engines.samples import Samples
from glassnet.nn.arrays import Array
from glassnet.nn.stack import SHARD_ROWS, Stack
from glassnet.nn.update import UpdateRule
from glassnet.training.order import PartedOrder, block_rows


@dataclass(frozen=True)
class Job:
    """What is trained, on what, for how long: all that `train` needs beside the state.

    rows: the rows that take part (those of weight above 0), None for all; keep_best: end with the
    state of the lowest validation loss; shuffle: "rows", "blocks" (see ``training.order``), or
    False for passes over the rows as they lie.
    """

    stack: Stack
    rule: UpdateRule
    samples: Samples
    seed: int
    batch_size: int
    epochs: int
    rows: Array | None = None
    validation: Samples | None = None
    keep_best: bool = False
    shard_rows: int = SHARD_ROWS
    shuffle: str | bool = "rows"
    engine: str = "auto"

    @property
    def count(self) -> int:
        """How many samples a pass has."""
        return len(self.samples) if self.rows is None else len(self.rows)

    @property
    def batches(self) -> int:
        """How many steps a pass has."""
        return -(-self.count // self.batch_size)

    @property
    def shuffled(self) -> str | bool:
        """How passes are shuffled: not at all where one batch holds all rows."""
        return self.batch_size < self.count and self.shuffle

    def order(self, epoch: int) -> Array | None:
        """The rows of a pass, in turn, where they are not shuffled in blocks: a function of seed
        and epoch; None for all as they lie."""
        if not self.shuffled:
            return self.rows
        return pass_order(self.seed, epoch, self.count, self.rows, shuffled=True)

    def blocks(self) -> PartedOrder:
        """The passes' order in parts, where they are shuffled in blocks."""
        block = block_rows(math.prod(self.stack.input_shape))
        return PartedOrder(self.seed, self.count, self.batch_size, block, self.rows)
