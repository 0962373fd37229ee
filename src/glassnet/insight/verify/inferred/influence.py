"""Which samples a gradient comes from: they are changed by halves, and the gradient is asked."""

from collections.abc import Callable, Sequence

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.samples import Samples
from glassnet.insight.verify.evidence.shapes import filled
from glassnet.insight.verify.evidence.tree import Name
from glassnet.nn.arrays import Array

_CHANGED = 1e-9  # of the gradient: anything less is rounding


def samples_alone(questions: Questions, samples: Samples, names: Sequence[Name]) -> dict[Name, int]:
    """The parameters whose gradient comes from one sample alone, with that sample's place.

    About 2 log₂ n calls of the gradient for each parameter.
    """
    if questions.data is None or questions.gradient_function is None or len(samples.X) < 2:
        return {}
    X, Y = (np.array(each) for each in questions.data)

    def gradient(rows: Sequence[int]) -> dict[Name, Array]:
        moved = _changed(X, rows, samples), _changed(Y, rows, samples)
        return filled(questions.tree.shapes, questions.on(*moved).gradient(questions.home))

    try:
        base = gradient([])
        found = {name: _alone(name, base, gradient, len(samples.X)) for name in names}
    except InputError:
        return {}
    return {
        name: place
        for name, place in found.items()
        if place is not None and _needs_others(questions, samples, name, place)
    }


def with_rows(data: Array, rows: Sequence[int], values: Array, samples: Samples) -> Array:
    """A copy of X or Y with these values (one line a sample) in these samples."""
    moved = data.astype(np.float64)
    view = moved.T if _lies(moved, samples) else moved
    view[list(rows)] = values.reshape(view[list(rows)].shape)
    return moved


def _lies(data: Array, samples: Samples) -> bool:
    """Whether the samples of X or Y are its columns."""
    n = len(samples.X)
    return data.ndim == 2 and (samples.columns if data.shape == (n, n) else data.shape[0] != n)


def _changed(data: Array, rows: Sequence[int], samples: Samples) -> Array:
    """The data with other numbers in these samples; labels stay as they are."""
    if data.ndim == 1 and data.dtype.kind in "iub":
        return data
    width = data.size // len(samples.X)
    waves = np.cos(np.arange(len(rows) * width)).reshape(len(rows), width)
    old = data.T if _lies(data, samples) else data
    part = old[list(rows)].reshape(len(rows), width)
    return with_rows(data, rows, part + (float(data.std()) or 1.0) * waves, samples)


def _needs_others(questions: Questions, samples: Samples, name: Name, place: int) -> bool:
    """Whether the true derivative answers to the other samples: below units that are off it may
    come from one alone, too."""
    X, Y = (np.array(each) for each in questions.data or ())
    others = [row for row in range(len(samples.X)) if row != place]
    rng = np.random.default_rng(0)
    move = 1e-5 * rng.choice([-1.0, 1.0], questions.tree.shapes[name])
    slopes = []
    for rows in ([], others):
        asked = questions.on(_changed(X, rows, samples), _changed(Y, rows, samples))
        ends = [{**questions.home, name: questions.home[name] + s * move} for s in (1.0, -1.0)]
        slopes.append(asked.loss_or_nan(ends[0]) - asked.loss_or_nan(ends[1]))
    return not abs(slopes[0] - slopes[1]) <= 1e-5 * abs(slopes[0])


def _alone(
    name: Name,
    base: dict[Name, Array],
    gradient: Callable[[Sequence[int]], dict[Name, Array]],
    n: int,
) -> int | None:
    """The one sample that the gradient of `name` depends on; None where there are more, or none."""

    def matters(rows: Sequence[int]) -> bool:
        size = float(np.abs(base[name]).max())
        return bool(np.abs(gradient(rows)[name] - base[name]).max() > _CHANGED * size)

    rows = list(range(n))
    while len(rows) > 1:
        first, second = rows[: len(rows) // 2], rows[len(rows) // 2 :]
        left, right = matters(first), matters(second)
        if left == right:
            return None
        rows = first if left else second
    return rows[0]
