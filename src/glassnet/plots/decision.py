"""Decision regions of a classifier of two features, paler where it is less sure."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.plots.style import INK, PAPER, TICK_SIZE, class_colours, given_or_new, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = "osD^vP*X"


def decision_regions(
    predict: Callable[[NDArray[np.float64]], NDArray[Any]],
    X: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[Any] | None = None,
    feature_names: Sequence[str] = ("x₁", "x₂"),
    threshold: float = 0.5,
    resolution: int = 240,
    axes: "Axes | None" = None,
) -> "Axes":
    """The plane in the colours of the classes, the border between them, and the samples on it.

    predict maps points (m, 2) to probabilities (m, K), or (m,) or (m, 1) of class 1 of two; X
    (n, 2) are the samples and y (n,) their classes 0 … K − 1. Every class has a marker of its
    own. The border is where the most probable class changes; for two classes, p = threshold.
    """
    samples, classes = np.asarray(X, dtype=np.float64), np.asarray(y)
    if samples.ndim != 2 or samples.shape[1] != 2 or len(samples) != len(classes):
        raise InputError(
            f"decision_regions: X has shape {samples.shape} and y {classes.shape}; "
            f"expected (n, 2) and (n,): a map has two features"
        )
    low, high = samples.min(axis=0), samples.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1.0)
    first, second = (
        np.linspace(low[i] - margin[i], high[i] + margin[i], resolution) for i in (0, 1)
    )
    points = np.stack(np.meshgrid(first, second), axis=-1)  # (rows = x₂, columns = x₁, 2)
    P = np.asarray(predict(points.reshape(-1, 2)), dtype=np.float64)
    if P.ndim == 1 or P.shape[1] == 1:
        P = np.column_stack([1 - P.ravel(), P.ravel()])
    k = P.shape[1]
    P = P.reshape(resolution, resolution, k)
    if k == 2:
        decided = (P[..., 1] > threshold).astype(int)
    else:
        decided = P.argmax(axis=-1)

    axes = given_or_new(axes, 5.6, 4.8)
    colours = class_colours(k)
    # From the palest tint at a tie to a clear one at certainty; the samples stay the strongest.
    sure = np.take_along_axis(P, decided[..., None], axis=-1)
    strength = 0.10 + 0.38 * np.clip((sure - 1 / k) / (1 - 1 / k), 0, 1)
    tint = 1 - strength * (1 - colours[decided])
    extent = (first[0], first[-1], second[0], second[-1])
    axes.imshow(tint, origin="lower", extent=extent, aspect="auto", interpolation="bilinear")
    for border in [P[..., 1] - threshold] if k == 2 else [_lead(P, c) for c in range(k)]:
        if border.min() < 0 < border.max():
            axes.contour(first, second, border, levels=[0.0], colors=[INK], linewidths=1.0)
    names = range(k) if class_names is None else class_names
    for c, name in zip(range(k), names, strict=True):
        chosen = classes == c
        axes.scatter(
            samples[chosen, 0],
            samples[chosen, 1],
            s=26,
            color=[colours[c]],
            marker=MARKERS[c % len(MARKERS)],
            edgecolors=PAPER,
            linewidths=0.7,
            label=str(name),
        )
    axes.legend(frameon=True, framealpha=0.9, edgecolor="none", fontsize=TICK_SIZE)
    style_axes(
        axes,
        title="Decision regions",
        x_label=feature_names[0],
        y_label=feature_names[1],
        grid=None,
    )
    return axes


def _lead(P: NDArray[np.float64], c: int) -> NDArray[np.float64]:
    """How far class c is ahead of the best other class: 0 on its border."""
    others = np.delete(P, c, axis=-1).max(axis=-1)
    return np.asarray(P[..., c] - others)
