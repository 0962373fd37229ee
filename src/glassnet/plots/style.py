"""The look that all plots share: one palette, one font size scale, a light background."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito 2008, "Color Universal Design": told apart with every common colour blindness.
PALETTE = (
    "#0072B2",  # blue
    "#D55E00",  # vermilion
    "#009E73",  # green
    "#CC79A7",  # purple
    "#E69F00",  # orange
    "#56B4E9",  # sky blue
    "#F0E442",  # yellow
    "#666666",  # grey, where the source has black: lines and text are black already
)
TRAINING, VALIDATION = PALETTE[0], PALETTE[1]
RIGHT, WRONG = PALETTE[0], PALETTE[1]
INK, FAINT, GRID, PAPER = "#1f2328", "#6b7280", "#e5e7eb", "#ffffff"
TITLE_SIZE, LABEL_SIZE, TICK_SIZE = 12.0, 10.5, 9.5


def new_figure(
    width: float = 6.4, height: float = 4.0, rows: int = 1, columns: int = 1
) -> "tuple[Figure, list[Axes]]":
    """A figure of width × height inches that pyplot does not know, and its axes row by row."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    figure = Figure(figsize=(width, height), layout=layout, facecolor=PAPER)
    grid = figure.subplots(rows, columns, squeeze=False)
    return figure, list(grid.flat)


def given_or_new(axes: "Axes | None", width: float = 6.4, height: float = 4.0) -> "Axes":
    """The axes that were handed in, or the only ones of a new figure."""
    if axes is not None:
        return axes
    return new_figure(width, height)[1][0]


def style_axes(
    axes: "Axes",
    *,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    grid: Literal["x", "y", "both"] | None = "y",
) -> None:
    """Texts, thin grid lines behind the data, and no frame on the two sides without numbers."""
    axes.set_facecolor(PAPER)
    axes.set_title(title, fontsize=TITLE_SIZE, color=INK, loc="left", fontweight="bold")
    axes.set_xlabel(x_label, fontsize=LABEL_SIZE, color=INK)
    axes.set_ylabel(y_label, fontsize=LABEL_SIZE, color=INK)
    axes.tick_params(labelsize=TICK_SIZE, colors=FAINT, labelcolor=INK, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)
        axes.spines[side].set_linewidth(0.8)
    axes.set_axisbelow(True)
    if grid is not None:
        axes.grid(True, axis=grid, color=GRID, linewidth=0.8)


def class_colours(count: int) -> NDArray[np.float64]:
    """RGB in [0, 1], (count, 3): the palette, then darker rounds of it."""
    colours = []
    for k in range(count):
        code = PALETTE[k % len(PALETTE)]
        rgb = np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        colours.append(rgb * 0.65 ** (k // len(PALETTE)))
    return np.array(colours).reshape(count, 3)
