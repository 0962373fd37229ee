"""Images as text: two pixels a character by half blocks, in greys where there is colour."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.plots.terminal_style import RESET, RIGHT, WRONG, paint, shorten

ASCII_RAMP = " .:-=+*#%@"
# The grey ramp of the 256-colour palette: 232 (near black) to 255 (near white).
FIRST_GREY, GREYS = 232, 24


def image(
    pixels: ArrayLike, *, width: int = 60, colour: bool = False, ascii_only: bool = False
) -> str:
    """A grey image (h, w) as text, one character a column and two rows of pixels.

    The smallest value (or 0) is dark, the largest bright. Wider images are averaged down to
    `width`. With colour 24 greys, without it the pixels above half, in ASCII ten densities.
    """
    return "\n".join(_image_lines(pixels, width, colour, ascii_only))


def image_row(
    images: Sequence[ArrayLike],
    captions: Sequence[str],
    *,
    right: Sequence[bool] | None = None,
    width: int = 80,
    colour: bool = False,
    ascii_only: bool = False,
) -> str:
    """Images with a caption under each, as many beside one another as `width` holds.

    right says which predictions are right: the caption then begins with ✓ or ✗ (ASCII: + or !).
    """
    if len(images) != len(captions) or (right is not None and len(right) != len(images)):
        raise InputError(
            f"image_row: {len(images)} images and {len(captions)} captions; expected one each"
        )
    blocks = []
    for i, (pixels, caption) in enumerate(zip(images, captions, strict=True)):
        lines = _image_lines(pixels, width, colour, ascii_only)
        pixel_columns = min(np.shape(pixels)[1], width)
        wide = max(pixel_columns, min(len(caption) + 2, 16))
        sign = ""
        if right is not None:
            sign = ("+ " if right[i] else "! ") if ascii_only else ("✓ " if right[i] else "✗ ")
        text = shorten(sign + caption, wide, ascii_only).ljust(wide)
        shade = RIGHT if right is None or right[i] else WRONG
        below = paint(text, shade, on=colour and right is not None)
        blocks.append((wide, [line + " " * (wide - pixel_columns) for line in lines] + [below]))
    rows: list[str] = []
    while blocks:
        used, taken = 0, 0
        while taken < len(blocks) and (taken == 0 or used + blocks[taken][0] <= width):
            used += blocks[taken][0] + 2
            taken += 1
        line_up, blocks = blocks[:taken], blocks[taken:]
        tallest = max(len(lines) for _, lines in line_up)
        padded = [[" " * wide] * (tallest - len(lines)) + lines for wide, lines in line_up]
        rows += ["  ".join(parts).rstrip() for parts in zip(*padded, strict=True)]
        if blocks:
            rows.append("")
    return "\n".join(rows)


def _image_lines(pixels: ArrayLike, width: int, colour: bool, ascii_only: bool) -> list[str]:
    """Lines of exactly as many visible characters as the image has columns."""
    grey = np.asarray(pixels, dtype=np.float64)
    if grey.ndim != 2 or grey.size == 0 or not np.isfinite(grey).all():
        raise InputError(
            f"terminal image: pixels have shape {grey.shape}; expected (height, width), all finite"
        )
    low, high = min(0.0, float(grey.min())), float(grey.max())
    share = (grey - low) / (high - low) if high > low else np.zeros_like(grey)
    if share.shape[1] > width:
        share = _averaged(share, max(1, round(share.shape[0] * width / share.shape[1])), width)
    if len(share) % 2:
        share = np.vstack([share, np.zeros((1, share.shape[1]))])
    upper, lower = share[0::2], share[1::2]
    if ascii_only:
        level = np.rint((upper + lower) / 2 * (len(ASCII_RAMP) - 1)).astype(int)
        return ["".join(ASCII_RAMP[i] for i in row) for row in level]
    if not colour:
        state = 2 * (upper > 0.5).astype(int) + (lower > 0.5)
        return ["".join(" ▄▀█"[i] for i in row) for row in state]
    return [_grey_line(a, b) for a, b in zip(upper, lower, strict=True)]


def _grey_line(upper: NDArray[np.float64], lower: NDArray[np.float64]) -> str:
    """Upper pixels as foreground, lower ones as background; codes only where they change."""
    parts, before = [], (-1, -1)
    shades = FIRST_GREY + np.rint(np.stack([upper, lower], axis=1) * (GREYS - 1)).astype(int)
    for above, below in shades.tolist():
        if (above, below) != before:
            parts.append(f"\x1b[38;5;{above};48;5;{below}m")
            before = (above, below)
        parts.append("▀")
    return "".join(parts) + RESET


def _averaged(share: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """Block means on a grid of rows × columns, no block empty."""
    for axis, parts in ((0, rows), (1, columns)):
        edges = np.linspace(0, share.shape[axis], parts + 1).astype(int)[:-1]
        sums = np.add.reduceat(share, edges, axis=axis)
        sizes = np.diff(np.append(edges, share.shape[axis]))
        share = sums / (sizes[:, None] if axis == 0 else sizes)
    return share
