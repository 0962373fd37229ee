"""Images in a grid with prediction, confidence and truth; wrong ones stand out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InputError
from glassnet.plots.style import FAINT, INK, RIGHT, WRONG, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def image_grid(
    images: ArrayLike,
    predicted: Sequence[Any] | None = None,
    truth: Sequence[Any] | None = None,
    confidence: ArrayLike | None = None,
    *,
    columns: int | None = None,
    title: str = "",
) -> "Figure":
    """A figure with one axes an image: grey (n, h, w) or colour (n, h, w, 3).

    Above each image: what was predicted and how sure (confidence (n,) in [0, 1]). With truth, a
    sign and a frame tell right (✓) from wrong (✗, with the true label) without need of colour.
    One grey scale for all, from the smallest value (or 0) to the largest.
    """
    pixels = np.asarray(images)
    if pixels.ndim not in (3, 4) or len(pixels) == 0:
        raise InputError(
            f"image_grid: images has shape {pixels.shape}; expected (n, height, width) with n ≥ 1"
        )
    n = len(pixels)
    for name, values in (("predicted", predicted), ("truth", truth), ("confidence", confidence)):
        if values is not None and len(np.asarray(values)) != n:
            raise InputError(f"image_grid: {n} images and {len(np.asarray(values))} {name} values")
    sure = None if confidence is None else np.asarray(confidence, dtype=np.float64)
    columns = columns or min(n, max(4, int(np.ceil(np.sqrt(1.6 * n)))))
    rows = -(-n // columns)
    figure, axes = new_figure(1.25 * columns, 1.55 * rows + (0.4 if title else 0), rows, columns)
    low, high = min(0.0, float(pixels.min())), float(pixels.max())
    high = high if high > low else low + 1.0
    for panel in axes[n:]:
        panel.set_axis_off()
    for i, panel in enumerate(axes[:n]):
        shown = (pixels[i] - low) / (high - low)
        panel.imshow(shown, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        panel.set_xticks([])
        panel.set_yticks([])
        is_judged = predicted is not None and truth is not None
        is_wrong = is_judged and bool(predicted[i] != truth[i])  # type: ignore[index]
        colour = (WRONG if is_wrong else RIGHT) if is_judged else FAINT
        for spine in panel.spines.values():
            spine.set_color(colour)
            spine.set_linewidth(2.6 if is_wrong else 1.2)
        panel.set_title(
            _caption(i, predicted, truth, sure, is_wrong),
            fontsize=9.0,
            color=WRONG if is_wrong else INK,
            fontweight="bold" if is_wrong else "normal",
            pad=4,
        )
    if title:
        figure.suptitle(title, fontsize=12, color=INK, fontweight="bold")
    return figure


def _caption(
    i: int,
    predicted: Sequence[Any] | None,
    truth: Sequence[Any] | None,
    confidence: np.ndarray[Any, np.dtype[np.float64]] | None,
    is_wrong: bool,
) -> str:
    if predicted is None:
        return "" if truth is None else str(truth[i])
    sign = "" if truth is None else ("✗ " if is_wrong else "✓ ")
    text = f"{sign}{predicted[i]}"
    if confidence is not None:
        # Rounded down: 99.97 % must not read as certainty.
        break_or_space = "\n" if len(text) > 8 else "  "
        text += f"{break_or_space}{int(100 * confidence[i] + 1e-9)} %"
    return f"{text}\nis {truth[i]}" if is_wrong and truth is not None else text
