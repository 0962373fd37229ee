"""Which samples a gradient comes from: they are changed in halves, and the gradient is asked."""

from collections.abc import Callable, Sequence

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.questions import Questions
from glassnet.insight.verify.samples import Samples
from glassnet.insight.verify.shapes import filled
from glassnet.insight.verify.tree import Name
from glassnet.nn.arrays import Array

_CHANGED = 1e-9  # of the gradient: anything less is rounding


def samples_alone(questions: Questions, samples: Samples, names: Sequence[Name]) -> dict[Name, int]:
    """The parameters whose gradient comes from one sample alone, with that sample's place.

    About 2 log₂ n calls of the gradient for each parameter.
    """
    if questions.data is None or questions.gradient_function is None or len(samples.X) < 2:
        return {}
    X, Y = questions.data
    X = np.asarray(X, dtype=np.float64)
    spread = float(X.std()) or 1.0

    def gradient(rows: Sequence[int]) -> dict[Name, Array]:
        moved = X.copy()
        view = moved.T if samples.columns else moved
        view[list(rows)] += spread * np.cos(np.arange(view[list(rows)].size)).reshape(
            view[list(rows)].shape
        )
        return filled(questions.tree.shapes, questions.on(moved, Y).gradient(questions.home))

    try:
        base = gradient([])
        found = {name: _alone(name, base, gradient, len(samples.X)) for name in names}
    except InputError:
        return {}
    return {name: place for name, place in found.items() if place is not None}


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
