"""Plots: arrays in, matplotlib axes (or text for the terminal) out.

matplotlib is imported by the functions that draw with it, never by importing this package, and
pyplot is not used at all: a figure belongs to whoever asked for it.
"""

from glassnet.plots.confusion import confusion
from glassnet.plots.decision import decision_regions
from glassnet.plots.images import image_grid
from glassnet.plots.loss_curve import accuracy_curve, loss_curve, training_curves
from glassnet.plots.pixel_push import pixel_push
from glassnet.plots.save import save_figure
from glassnet.plots.style import PALETTE, new_figure, style_axes
from glassnet.plots.threshold import threshold_histogram

__all__ = [
    "PALETTE",
    "accuracy_curve",
    "confusion",
    "decision_regions",
    "image_grid",
    "loss_curve",
    "new_figure",
    "pixel_push",
    "save_figure",
    "style_axes",
    "threshold_histogram",
    "training_curves",
]
