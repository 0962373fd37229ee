"""Which pixels push toward a class and which against it, beside the picture itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InputError
from glassnet.plots.style import FAINT, INK, PALETTE, PAPER, new_figure

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

TOWARD, AGAINST = PALETTE[0], PALETTE[1]
_PANEL = 2.5  # inches


def pixel_push(
    image: ArrayLike, maps: Sequence[ArrayLike], titles: Sequence[str], *, caption: str = ""
) -> "Figure":
    """A figure with the grey image (h, w), and a map (h, w) of signed numbers for each title.

    Blue pushes toward, vermilion against, white does neither: told apart with every common colour
    blindness. One scale for all maps, symmetric around 0, so that they can be compared. caption:
    the title of the image.
    """
    grey = np.asarray(image, dtype=np.float64)
    drawn = [np.asarray(values, dtype=np.float64) for values in maps]
    if grey.ndim != 2 or not drawn:
        raise InputError(
            f"pixel_push: the image has shape {grey.shape} and there are {len(drawn)} maps; "
            "expected (height, width), and one map at least"
        )
    for values in drawn:
        if values.shape != grey.shape or not np.isfinite(values).all():
            raise InputError(
                f"pixel_push: a map has shape {values.shape}; expected finite numbers of the "
                f"image's shape {grey.shape}"
            )
    if len(titles) != len(drawn):
        raise InputError(f"pixel_push: {len(drawn)} maps and {len(titles)} titles")
    count = 1 + len(drawn)
    figure, axes = new_figure(_PANEL * count + 0.6, _PANEL + 0.9, 1, count)
    axes[0].imshow(grey, cmap="gray", interpolation="nearest")
    largest = max(float(np.abs(values).max()) for values in drawn) or 1.0
    for panel, values in zip(axes[1:], drawn, strict=True):
        shown = panel.imshow(
            values, cmap=_diverging(), vmin=-largest, vmax=largest, interpolation="nearest"
        )
    for panel, title in zip(axes, [caption, *titles], strict=True):
        panel.set_xticks([])
        panel.set_yticks([])
        panel.set_title(title, fontsize=10.0, color=INK)
        for spine in panel.spines.values():
            spine.set_color(FAINT)
            spine.set_linewidth(0.8)
    bar = figure.colorbar(shown, ax=axes, location="bottom", shrink=0.6, aspect=40, pad=0.04)
    bar.set_ticks([-largest, 0, largest], labels=["against the class", "0", "toward the class"])
    bar.ax.tick_params(labelsize=9.0, colors=FAINT, labelcolor=INK, length=3)
    bar.outline.set_visible(False)
    return figure


def _diverging() -> "Colormap":
    """From vermilion through white to blue."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("pixel push", [AGAINST, PAPER, TOWARD])
