"""The scores of the two classes, the threshold between them, and the samples on its wrong side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InputError
from glassnet.plots.style import (
    FAINT,
    INK,
    LABEL_SIZE,
    PALETTE,
    TICK_SIZE,
    given_or_new,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def threshold_histogram(
    p: ArrayLike,
    y: ArrayLike,
    threshold: float,
    *,
    gap: tuple[float, float] | None = None,
    class_names: Sequence[Any] = ("negative", "positive"),
    bins: int = 40,
    axes: "Axes | None" = None,
) -> "Axes":
    """Histograms of p (n,) in [0, 1] for y = 0 and y = 1, class 1 upwards and class 0 downwards.

    The threshold is a line; gap (low, high), where every threshold is equally good, is a band.
    Each sample on the wrong side (p > threshold decides for class 1) is a cross on the middle
    line. Counts are drawn as square roots, since most scores crowd at the ends.
    """
    scores, truth = np.asarray(p, dtype=np.float64), np.asarray(y).astype(bool)
    if scores.ndim != 1 or scores.shape != truth.shape or len(scores) == 0:
        raise InputError(
            f"threshold plot: p has shape {scores.shape} and y {truth.shape}; expected (n,) each"
        )
    axes = given_or_new(axes, 7.2, 4.2)
    edges = np.linspace(0, 1, bins + 1)
    tallest = 0.0
    for is_positive, colour, sign in ((True, PALETTE[1], 1), (False, PALETTE[0], -1)):
        count = np.histogram(scores[truth == is_positive], edges)[0]
        height = np.sqrt(count)
        tallest = max(tallest, float(height.max()))
        name = f"{class_names[int(is_positive)]} ({int(count.sum()):,})"
        axes.bar(
            edges[:-1], sign * height, 1 / bins, align="edge", color=colour, alpha=0.85, label=name
        )
    if gap is not None:
        axes.axvspan(*gap, color=PALETTE[2], alpha=0.15, linewidth=0, label="gap: equally good")
    axes.axhline(0, color=FAINT, linewidth=0.8)
    wrong = (scores > threshold) != truth
    if wrong.any():
        axes.plot(
            scores[wrong],
            np.zeros(int(wrong.sum())),
            "x",
            color=INK,
            markersize=7,
            markeredgewidth=1.6,
            label=f"wrong side ({int(wrong.sum()):,})",
            clip_on=False,
        )
    axes.axvline(threshold, color=INK, linewidth=1.6)
    on_left = threshold > 0.5
    axes.annotate(
        f"threshold {threshold:.3g}",
        (threshold, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-5 if on_left else 5, -2),
        textcoords="offset points",
        ha="right" if on_left else "left",
        va="top",
        fontsize=LABEL_SIZE - 1,
        color=INK,
        fontweight="bold",
    )
    _count_ticks(axes, tallest)
    axes.set_xlim(0, 1)
    axes.set_ylim(-1.12 * tallest, 1.12 * tallest)
    drawn, names = axes.get_legend_handles_labels()
    order = sorted(range(len(names)), key=lambda i: (names[i].startswith("wrong"), i))
    axes.legend(
        [drawn[i] for i in order],
        [names[i] for i in order],
        frameon=False,
        fontsize=TICK_SIZE,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16),
        ncols=4,
        columnspacing=1.4,
        handletextpad=0.5,
    )
    style_axes(
        axes,
        title="Scores and threshold",
        x_label=f"probability of {class_names[1]}",
        y_label="samples (square-root scale)",
    )
    return axes


def _count_ticks(axes: "Axes", tallest: float) -> None:
    """Ticks at round counts, placed at their square roots, the same above and below zero."""
    round_counts = [m * 10**e for e in range(9, -1, -1) for m in (5, 2, 1)]
    places: list[int] = []
    for count in round_counts:
        # A quarter of the count is half of the height: far enough apart to read.
        if count <= (places[0] / 4 if places else max(tallest**2, 1.0)) and len(places) < 3:
            places.insert(0, count)
    ticks = [-np.sqrt(count) for count in reversed(places)] + [0.0] + [np.sqrt(c) for c in places]
    names = [f"{count:,}" for count in reversed(places)] + ["0"] + [f"{c:,}" for c in places]
    axes.set_yticks(ticks, names)
