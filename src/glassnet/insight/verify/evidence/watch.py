"""What the user's functions do to what they are given: they get copies, but they should not know.

A loss that centres X in place is another function of X each time it is called, in a training; here
every call gets a fresh copy, so nothing else would tell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.insight.verify.evidence.tree import Point, Tree

_CALLS = 3  # of each function that are looked at: who does it does it every time


@dataclass
class Watch:
    """What was changed, and by which function; and a loss that came with something else."""

    calls: dict[str, int] = field(default_factory=dict)
    changed: dict[tuple[str, str], None] = field(default_factory=dict)
    is_first_of: int = 0

    def after(
        self,
        function: str,
        tree: Tree,
        given: tuple[Any, Point],
        data: tuple[Any, ...],
        copies: Sequence[Any],
    ) -> None:
        """Look at what the function was given (the user's structure, and its values before)."""
        count = self.calls.get(function, 0)
        if count >= _CALLS:
            return
        self.calls[function] = count + 1
        structure, point = given
        now = tree.read(structure)
        for name, array in point.items():
            if name not in now or not np.array_equal(now[name], array):
                self.changed[function, f"the parameter {name}"] = None
        for letter, old, new in zip("XY", data, copies, strict=False):
            if not _same(old, new):
                self.changed[function, letter] = None

    def remarks(self) -> Iterator[str]:
        """Sentences for the report; parameters that gradients change are told beside them."""
        for function in ("loss", "gradients"):
            things = [thing for by, thing in self.changed if by == function]
            if function == "gradients":
                things = [thing for thing in things if thing in ("X", "Y")]
            if things:
                yield (
                    f"{function} changes {' and '.join(things)} in place; here it is given copies, "
                    "but in your own code the next call gets what it left behind: work on a copy"
                )
        if self.is_first_of:
            yield (
                f"loss returns {self.is_first_of} things; the first of them was taken for the loss"
            )


def _same(old: Any, new: Any) -> bool:
    try:
        return bool(np.array_equal(np.asarray(old), np.asarray(new)))
    except (TypeError, ValueError):  # nothing that can be compared
        return True
