"""What is trained, on what, for how long."""

from dataclasses import dataclass

from glassnet.engines.numpy_engine import pass_order
from glassnet.engines.samples import Samples
from glassnet.nn.arrays import Array
from glassnet.nn.stack import SHARD_ROWS, Stack
from glassnet.nn.update import UpdateRule


@dataclass(frozen=True)
class Job:
    """What is trained, on what, for how long: all that `train` needs beside the state.

    rows: the rows that take part (those of weight above 0), None for all; keep_best: end with the
    state of the lowest validation loss.
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
    shuffle: str = "rows"
    engine: str = "auto"

    @property
    def count(self) -> int:
        """How many samples a pass has."""
        return len(self.samples) if self.rows is None else len(self.rows)

    @property
    def batches(self) -> int:
        """How many steps a pass has."""
        return -(-self.count // self.batch_size)

    def order(self, epoch: int) -> Array | None:
        """The rows of a pass, in turn: shuffled, a function of seed and epoch, unless one batch
        holds them all."""
        if self.batch_size >= self.count:
            return self.rows
        return pass_order(self.seed, epoch, self.count, self.rows, shuffled=True)
