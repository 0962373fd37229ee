"""The numeric truth: the loss differentiated along coordinates, and along whole directions.

Of a large array a sample of coordinates is taken: a block of rows and columns, so that structure
shows. Some random directions through the whole array see the rest: ∂L/∂v = Σ gᵢ vᵢ is wrong for a
wrong g with probability one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from glassnet.insight.numeric import Evaluation, Function, Slope
from glassnet.insight.verify.evidence.arithmetic import Arithmetic
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.tree import Name, Point
from glassnet.nn.arrays import Array

DIRECTIONS = 4


@dataclass(frozen=True)
class Truth:
    """The numeric derivative of one array: `slopes` of its flat `coordinates`, then of directions.

    values (m,) holds both; `usable` is False where a kink lies or the value isn't finite.
    """

    shape: tuple[int, ...]
    coordinates: Array
    slopes: tuple[Slope, ...]
    directions: Array  # (r, size)
    along: tuple[Slope, ...]

    @property
    def values(self) -> Array:
        """Every slope, the coordinates' first."""
        return np.array([each.value for each in (*self.slopes, *self.along)])

    @property
    def usable(self) -> Array:
        """Where the slope is a derivative."""
        all_of_them = (*self.slopes, *self.along)
        return np.array([not each.kink for each in all_of_them], dtype=bool)

    @property
    def rounding(self) -> Array:
        """By how much the loss's rounding may have moved each value."""
        return np.array([each.rounding for each in (*self.slopes, *self.along)])

    @property
    def is_whole(self) -> bool:
        """Whether every coordinate was taken."""
        return len(self.coordinates) == int(np.prod(self.shape))

    def look(self, array: Array) -> Array:
        """The entries of a full array that belong to `values`."""
        flat = np.asarray(array, dtype=np.float64).reshape(-1)
        return np.concatenate([flat[self.coordinates], self.directions @ flat])

    def full(self) -> Array:
        """The derivative in the array's shape; only where every coordinate was taken."""
        return np.array([each.value for each in self.slopes]).reshape(self.shape)


def chosen(shape: tuple[int, ...], limit: int) -> Array:
    """The flat coordinates to differentiate along: all, or a block of at most `limit`."""
    size = int(np.prod(shape))
    if size <= limit:
        return np.arange(size)
    rng = np.random.default_rng(size)
    if len(shape) != 2 or 1 in shape:
        return np.sort(rng.choice(size, limit, replace=False))
    rows = min(shape[0], max(int(limit**0.5), limit // shape[1]))
    columns = min(shape[1], limit // rows)
    row = np.sort(rng.choice(shape[0], rows, replace=False))
    column = np.sort(rng.choice(shape[1], columns, replace=False))
    return (row[:, None] * shape[1] + column).reshape(-1)


def differentiate(
    questions: Questions,
    point: Point,
    arithmetic: Arithmetic,
    limit: int,
    names: Iterable[Name] | None = None,
) -> dict[Name, Truth]:
    """The truth of each named parameter at a point, of at most `limit` coordinates each."""
    tree = questions.tree
    f, x, starts = questions.function(), tree.flat(point), tree.starts()
    centre = f(x.copy())
    found: dict[Name, Truth] = {}
    for name in tree.paths if names is None else names:
        shape, start = tree.shapes[name], starts[name]
        size, coordinates = int(np.prod(shape)), chosen(shape, limit)
        directions = _directions(size)
        typical = _typical(f, x, start, directions)
        slopes = tuple(
            _finite(arithmetic.slope(f, x, start + int(i), centre, typical)) for i in coordinates
        )
        directions = directions if len(coordinates) < size else np.empty((0, size))
        along = tuple(
            along_direction(f, x, start, each, centre, arithmetic, typical) for each in directions
        )
        found[name] = Truth(shape, coordinates, slopes, directions, along)
    return found


def along_direction(
    f: Function,
    x: Array,
    start: int,
    v: Array,
    centre: Evaluation,
    arithmetic: Arithmetic,
    typical: float = 1.0,
) -> Slope:
    """∂f/∂v, for a direction v through the array that begins at `start`."""

    def line(distance: Array) -> Evaluation:
        moved = x.copy()
        moved[start : start + len(v)] += distance[0] * v
        return f(moved)

    return _finite(arithmetic.slope(line, np.zeros(1), 0, centre, typical))


def _typical(f: Function, x: Array, start: int, directions: Array) -> float:
    """About the root mean square of the array's derivatives, from those along the directions."""
    found = 0.0
    for v in directions:
        move = np.zeros_like(x)
        move[start : start + len(v)] = 1e-5 * v
        found = max(found, abs(f(x + move).value - f(x - move).value) / 2e-5)
    return found


def _finite(slope: Slope) -> Slope:
    """A slope that isn't finite is as little a derivative as one at a kink."""
    return slope if np.isfinite(slope.value) else replace(slope, kink=True)


def _directions(size: int) -> Array:
    """Random signs, of length 1."""
    rng = np.random.default_rng(size + 1)
    return np.asarray(rng.choice([-1.0, 1.0], (DIRECTIONS, size)) / np.sqrt(size))
