"""How long the search for a mistake may take: so many calls of the loss, by what one of them takes.

Counted in calls, and not by the clock, so that what else the machine does changes little; what the
search works out by itself counts as the calls that take as long.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

SECONDS = 6.0  # about, for all of a search
LEAST = 2000  # calls, however long one takes


@dataclass
class Budget:
    """`calls` that are left (None: no search has begun, nothing is counted); `is_cut`: something
    was left out for their sake."""

    calls: float | None = None
    is_cut: bool = False

    def begin(self, loss: Callable[[], float]) -> None:
        """Measure one call, and allow as many as fit."""
        took = []
        for _ in range(3):
            began = perf_counter()
            loss()
            took.append(perf_counter() - began)
        self.calls = max(LEAST, SECONDS / max(min(took), 1e-6))

    def spend(self, calls: float = 1.0) -> None:
        """Count calls that were made."""
        if self.calls is not None:
            self.calls -= calls

    def is_spent(self) -> bool:
        """Whether to stop; from then on the search counts as cut short."""
        if self.calls is None or self.calls > 0:
            return False
        self.is_cut = True
        return True
