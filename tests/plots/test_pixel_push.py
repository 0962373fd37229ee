"""The picture of what pushes toward a class: blue toward, vermilion against, one scale."""

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.plots import pixel_push


def test_panels_share_one_scale_that_is_symmetric() -> None:
    image = np.arange(12).reshape(3, 4)
    maps = [np.linspace(-1, 2, 12).reshape(3, 4), np.full((3, 4), -0.5)]
    figure = pixel_push(image, maps, ["class 3", "class 8"], caption="sample 17")
    figure.canvas.draw()
    panels = figure.axes[:3]
    assert [panel.get_title() for panel in panels] == ["sample 17", "class 3", "class 8"]
    assert [panel.images[0].get_clim() for panel in panels[1:]] == [(-2.0, 2.0)] * 2
    labels = [label.get_text() for label in figure.axes[3].get_xticklabels()]
    assert labels == ["against the class", "0", "toward the class"]


def test_blue_is_toward_vermilion_against_and_nothing_is_white() -> None:
    figure = pixel_push(np.zeros((1, 3)), [np.array([[-1.0, 0.0, 1.0]])], ["class 1"])
    shown = figure.axes[1].images[0]
    against, nothing, toward = shown.cmap(shown.norm(shown.get_array()))[0, :, :3]
    assert against[0] > 0.8 > 0.4 > against[2]
    assert nothing.min() > 0.98
    assert toward[2] > 0.6 > 0.1 > toward[0]


def test_nothing_at_all_pushes() -> None:
    figure = pixel_push(np.zeros((2, 2)), [np.zeros((2, 2))], ["class 1"])
    figure.canvas.draw()
    assert figure.axes[1].images[0].get_clim() == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("image", "maps", "titles", "words"),
    [
        (np.zeros((2, 2, 3)), [np.zeros((2, 2))], ["a"], "height, width"),
        (np.zeros((2, 2)), [], [], "one map at least"),
        (np.zeros((2, 2)), [np.zeros((2, 3))], ["a"], r"\(2, 3\)"),
        (np.zeros((2, 2)), [np.full((2, 2), np.nan)], ["a"], "finite"),
        (np.zeros((2, 2)), [np.zeros((2, 2))], ["a", "b"], "1 maps and 2 titles"),
    ],
)
def test_what_is_refused(image: np.ndarray, maps: list, titles: list, words: str) -> None:
    with pytest.raises(InputError, match=words):
        pixel_push(image, maps, titles)
