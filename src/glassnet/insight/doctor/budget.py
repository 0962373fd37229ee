"""The doctor's own time: looks are made so seldom that they take at most a share of the run's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

SHARE = 0.08  # of the run's time, so that what is dear once still stays under a tenth
FREE = 0.02  # seconds that even the shortest run can have: the look at its start, and at its end


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
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.diagnoses += time.perf_counter() - began

    def allows(self, seconds: float) -> bool:
        """Whether a look that takes so long still fits."""
        return self.looks + seconds <= max(FREE, SHARE * self.training)

    @property
    def training(self) -> float:
        """Seconds of the run without the doctor's."""
        until = time.perf_counter() if self.ended is None else self.ended
        return max(0.0, until - self.began - self.looks - self.diagnoses)

    @property
    def share(self) -> float:
        """The looks' part of the run's own time."""
        return self.looks / max(self.training, 1e-9)

    def end(self) -> None:
        """The run is over."""
        self.ended = time.perf_counter()
