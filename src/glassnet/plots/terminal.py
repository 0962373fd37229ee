"""Plots as text for the terminal, without matplotlib: curves, images, the confusion matrix.

Each function returns a string of lines, none wider than asked for and without a final newline;
colour only with `colour=True`, nothing beyond ASCII with `ascii_only=True`.
"""

from glassnet.plots.terminal_curve import curve
from glassnet.plots.terminal_image import image, image_row
from glassnet.plots.terminal_table import confusion

__all__ = ["confusion", "curve", "image", "image_row"]
