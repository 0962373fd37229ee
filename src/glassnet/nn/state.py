"""The state of a training: everything that a step changes, and nothing else.

With the run's description (and so its seed), the state is enough to go on to the same bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from glassnet.nn.arrays import Array


@dataclass
class State:
    """parameters, buffers: the flat vectors; slots: the optimizer's vectors, by name.

    updates: how many updates the optimizer has made since its slots were zero (its t);
    step: how many steps in all; epoch: finished passes; batch: steps made of the pass under way.
    """

    parameters: Array
    buffers: Array
    slots: dict[str, Array] = field(default_factory=dict)
    updates: int = 0
    step: int = 0
    epoch: int = 0
    batch: int = 0

    def copy(self) -> "State":
        """A state of its own arrays."""
        slots = {name: vector.copy() for name, vector in self.slots.items()}
        return State(
            self.parameters.copy(), self.buffers.copy(), slots,
            self.updates, self.step, self.epoch, self.batch,
        )  # fmt: skip

    def restart_optimizer(self, slots: Sequence[str]) -> None:
        """Zero slots of these names, and no update made with them."""
        self.slots = {name: np.zeros_like(self.parameters) for name in slots}
        self.updates = 0

    def become(self, other: "State") -> None:
        """Take over another state's values, in the arrays that this one has."""
        self.parameters[...] = other.parameters
        self.buffers[...] = other.buffers
        for name, vector in other.slots.items():
            self.slots[name][...] = vector
        self.updates, self.step = other.updates, other.step
        self.epoch, self.batch = other.epoch, other.batch
