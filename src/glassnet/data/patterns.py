"""The eight labelled 2 x 2 black and white pictures: solid, vertical, horizontal, diagonal."""

import numpy as np

from glassnet.data.dataset import Dataset

# Top left, top right, bottom left, bottom right; 1 is black.
PATTERNS: tuple[tuple[tuple[int, int, int, int], str], ...] = (
    ((1, 1, 1, 1), "solid"),
    ((0, 0, 0, 0), "solid"),
    ((1, 0, 1, 0), "vertical"),
    ((0, 1, 0, 1), "vertical"),
    ((1, 1, 0, 0), "horizontal"),
    ((0, 0, 1, 1), "horizontal"),
    ((1, 0, 0, 1), "diagonal"),
    ((0, 1, 1, 0), "diagonal"),
)


def patterns() -> Dataset:
    """Make the data set of the eight pictures: X (8, 4) of 0 and 1, y the four words."""
    return Dataset(
        name="patterns",
        X=np.array([pixels for pixels, _ in PATTERNS], dtype=np.float64),
        y=np.array([label for _, label in PATTERNS]),
        feature_names=("top left", "top right", "bottom left", "bottom right"),
        target_name="pattern",
        image_shape=(2, 2),
        description="the eight 2 x 2 black and white pictures, two of each of four patterns",
    )
