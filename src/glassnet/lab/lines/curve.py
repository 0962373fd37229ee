"""A number for every step of a run, in bounded memory: exact for the first steps, then in pieces
with their lowest and highest value, so that no spike is lost."""

from collections.abc import Sequence

import numpy as np

from glassnet.nn.arrays import Array

MOST = 1 << 14  # pieces


class Curve:
    """low, high, last: of each piece of `size` steps; the newest piece may hold fewer. first: the
    step that the curve begins with."""

    def __init__(self, first: int = 0) -> None:
        self.first = first
        self.size, self.count = 1, 0  # steps in a piece; steps in all
        self._pieces = np.empty((3, MOST))

    @property
    def values(self) -> list[float]:
        """The last value of each piece: every step's own as long as pieces are single steps."""
        return [float(value) for value in self._pieces[2, : self._filled]]

    def add(self, values: Sequence[float] | Array) -> None:
        """The numbers of the next steps."""
        numbers = np.asarray(values, dtype=np.float64)
        while len(numbers):
            place, within = divmod(self.count, self.size)
            if place == MOST:
                self._halve()
                place, within = divmod(self.count, self.size)
            if within or len(numbers) < self.size:
                taken = min(self.size - within, len(numbers))
                self._widen(place, numbers[:taken], begins=within == 0)
            else:
                whole = min(len(numbers) // self.size, MOST - place)
                taken = whole * self.size
                steps = numbers[:taken].reshape(whole, self.size)
                pieces = np.stack([steps.min(axis=1), steps.max(axis=1), steps[:, -1]])
                self._pieces[:, place : place + whole] = pieces
            numbers = numbers[taken:]
            self.count += taken

    def _widen(self, place: int, numbers: Array, begins: bool) -> None:
        piece = self._pieces[:, place]
        low, high = numbers.min(), numbers.max()
        if not begins:
            low, high = min(low, piece[0]), max(high, piece[1])
        piece[:] = low, high, numbers[-1]

    def at(self, step: int) -> float | None:
        """The number of the step before this state: as it stood after so many steps."""
        made = step - self.first
        if not 1 <= made <= self.count:
            return None
        return float(self._pieces[2, (made - 1) // self.size])

    def exact(self, step: int) -> float | None:
        """The same, where it is kept as it was: None in the middle of a piece."""
        made = step - self.first
        is_last = made == self.count or made % self.size == 0
        return self.at(step) if is_last else None

    def until(self, step: int) -> "Curve":
        """A copy up to a step; of a piece that the cut falls into, all is kept."""
        made = Curve(self.first)
        made.size, made.count = self.size, max(0, min(step - self.first, self.count))
        made._pieces[:, : made._filled] = self._pieces[:, : made._filled]
        return made

    def pieces(self, most: int) -> tuple[Array, Array, Array]:
        """At most so many pieces: the step where each begins, its lowest and its highest value."""
        filled = self._filled
        if not filled:
            empty = np.zeros(0)
            return empty.astype(np.int32), empty, empty
        starts = np.unique(np.linspace(0, filled, most, endpoint=False).astype(np.intp))
        low = np.minimum.reduceat(self._pieces[0, :filled], starts)
        high = np.maximum.reduceat(self._pieces[1, :filled], starts)
        return (self.first + starts * self.size).astype(np.int32), low, high

    @property
    def _filled(self) -> int:
        return -(-self.count // self.size)

    def _halve(self) -> None:
        """Two pieces become one."""
        pairs = self._pieces.reshape(3, MOST // 2, 2)
        half = np.stack([pairs[0].min(axis=1), pairs[1].max(axis=1), pairs[2, :, 1]])
        self._pieces[:, : MOST // 2] = half
        self.size *= 2
