"""The doctor's own time: looks are made so seldom, and at so few rows, that they take at most a
share of the run's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

SHARE = 0.045  # of the run's time, for the looks while it goes on
WITH_END = 0.07  # … with those at its end
FREE = 0.02  # seconds that even the shortest run can have


class Budget:
    """What was spent on looks, and on diagnoses, which are made only where something is wrong."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.ended: float | None = None
        self.looks = self.diagnoses = 0.0
        self._depth = 0

    @contextmanager
    def look(self) -> Iterator[None]:
        """Count what is done inside as looking."""
        began, before = time.perf_counter(), self.diagnoses
        try:
            with np.errstate(all="ignore"):  # infinities are what is looked for
                yield
        finally:
            # A diagnosis inside a look is counted as what it is.
            self.looks += time.perf_counter() - began - (self.diagnoses - before)

    @contextmanager
    def diagnosis(self) -> Iterator[None]:
        """Count what is done inside as finding a cause."""
        began = time.perf_counter()
        self._depth += 1
        try:
            with np.errstate(all="ignore"):
                yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.diagnoses += time.perf_counter() - began

    @property
    def training(self) -> float:
        """Seconds of the run without the doctor's."""
        if self.ended is not None:
            return self.ended
        return max(0.0, time.perf_counter() - self.began - self.looks - self.diagnoses)

    @property
    def left(self) -> float:
        """Seconds that are left for looks, those at the end included."""
        return max(FREE, WITH_END * self.training) - self.looks

    def end(self) -> None:
        """The run is over."""
        self.ended = self.training
