"""The confusion matrix: right answers in one colour, mistakes in another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InputError
from glassnet.plots.style import (
    INK,
    PAPER,
    RIGHT,
    TICK_SIZE,
    WRONG,
    given_or_new,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Numbers in the cells stay readable up to this many classes.
MOST_NUMBERED = 25


def confusion(matrix: ArrayLike, labels: Sequence[Any], *, axes: "Axes | None" = None) -> "Axes":
    """Counts (k, k), rows = true class, columns = predicted class.

    A cell's strength is its share of the row: blue on the diagonal, vermilion beside it, there
    with a square root, so that a few mistakes among many right answers are seen.
    """
    from matplotlib.colors import to_rgb

    counts = np.asarray(matrix)
    k = len(labels)
    if counts.shape != (k, k):
        raise InputError(
            f"confusion plot: matrix {counts.shape} with {k} labels; expected {k} × {k}"
        )
    axes = given_or_new(axes, *(2 * (min(max(2.6 + 0.42 * k, 3.8), 12.0),)))
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
    is_right = np.eye(k, dtype=bool)
    strength = np.where(is_right, 0.9 * share, 0.9 * np.sqrt(share))[..., None]
    colour = np.where(is_right[..., None], to_rgb(RIGHT), to_rgb(WRONG))
    cells = 1 - strength * (1 - colour)  # (k, k, 3), from white to the full colour
    axes.imshow(cells, aspect="equal", interpolation="nearest")
    if k <= MOST_NUMBERED:
        size = TICK_SIZE if k <= 12 else TICK_SIZE - 3
        luminance = cells @ np.array([0.2126, 0.7152, 0.0722])
        for i, j in np.argwhere(counts != 0):
            text = f"{counts[i, j]:.4g}" if counts.dtype.kind == "f" else str(counts[i, j])
            ink = PAPER if luminance[i, j] < 0.5 else INK
            axes.text(j, i, text, ha="center", va="center", fontsize=size, color=ink)
    names = [str(label) for label in labels]
    # About as many characters as fit side by side; more are slanted.
    fits = max(map(len, names)) * k <= max(24, 4 * k)
    axes.set_xticks(range(k), names, rotation=0 if fits else 45, ha="center" if fits else "right")
    axes.set_yticks(range(k), names)
    style_axes(axes, x_label="predicted", y_label="true", title="Confusion matrix", grid=None)
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#f0f1f3", linewidth=1.0)
    axes.tick_params(which="minor", length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return axes
