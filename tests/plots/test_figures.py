"""Figures: what is on the axes, and what is refused."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb

from glassnet.errors import InputError
from glassnet.plots import (
    PALETTE,
    accuracy_curve,
    confusion,
    decision_regions,
    image_grid,
    loss_curve,
    new_figure,
    threshold_histogram,
    training_curves,
)
from glassnet.plots.style import RIGHT, WRONG, class_colours


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_loss_curve_holds_the_values_and_marks_the_best():
    axes = loss_curve([3.0, 2.0, 1.5], [3.1, 2.2, 2.4], best_epoch=2)
    training, validation, line, point = axes.lines
    assert training.get_xydata().tolist() == [[1, 3.0], [2, 2.0], [3, 1.5]]
    assert validation.get_ydata().tolist() == [3.1, 2.2, 2.4]
    assert line.get_xdata() == [2, 2]
    assert point.get_xydata().tolist() == [[2, 2.2]]
    assert texts(axes) == ["best: epoch 2"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "validation"]
    # Not by colour alone.
    assert training.get_linestyle() != validation.get_linestyle()


def test_the_loss_axis_is_logarithmic_only_where_that_helps():
    assert loss_curve([2.0, 1.0]).get_yscale() == "linear"
    assert loss_curve([2.0, 0.01]).get_yscale() == "log"
    assert loss_curve([2.0, 0.0]).get_yscale() == "linear"
    assert loss_curve([2.0, -1.0, np.nan]).get_yscale() == "linear"
    assert loss_curve([np.nan, np.inf]).get_yscale() == "linear"


def test_training_curves_put_loss_and_accuracy_side_by_side():
    figure = training_curves([2.0, 1.0], [2.1, 1.2], [0.5, 0.9], [0.4, 0.8], best_epoch=2)
    loss, accuracy = figure.axes
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("loss", "accuracy")
    assert accuracy.lines[0].get_ydata().tolist() == [0.5, 0.9]
    assert accuracy.yaxis.get_major_formatter()(0.5, 0) == "50 %"
    assert len(training_curves([2.0, 1.0]).axes) == 1
    only = training_curves([2.0, 1.0], validation_accuracy=[0.4, 0.8]).axes[1]
    assert only.lines[0].get_label() == "validation"


def test_a_curve_goes_where_it_is_told():
    figure, (axes,) = new_figure()
    assert accuracy_curve([0.1, 0.2], axes=axes) is axes
    assert axes.figure is figure


def test_confusion_writes_counts_and_colours_mistakes():
    axes = confusion([[50, 0], [2, 7]], ["cat", "dog"])
    assert texts(axes) == ["50", "2", "7"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]
    cells = np.asarray(axes.images[0].get_array())
    assert cells[0, 1].tolist() == [1, 1, 1]
    mistake, hit = cells[1, 0], cells[0, 0]
    assert mistake[0] > mistake[2], "vermilion: more red than blue"
    assert hit[2] > hit[0], "blue: more blue than red"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")
    # The strength is the share of the row: 1 of 2 is pale blue, however many the others are.
    half = np.asarray(confusion([[50, 0], [1, 1]], "ab").images[0].get_array())[1, 1]
    assert half == pytest.approx(1 - 0.45 * (1 - np.array(to_rgb(RIGHT))))


def test_a_class_without_samples_and_many_classes_can_be_drawn():
    assert texts(confusion([[0, 0], [1, 1]], "ab")) == ["1", "1"]
    assert texts(confusion(np.eye(30, dtype=int), range(30))) == []


def test_image_grid_marks_wrong_ones_by_sign_colour_and_frame():
    figure = image_grid(np.zeros((3, 4, 4)), [1, 2, 3], [1, 2, 4], [0.999, 0.5, 1.0])
    shown = [axes for axes in figure.axes if axes.images]
    assert [a.get_title() for a in shown] == ["✓ 1  99 %", "✓ 2  50 %", "✗ 3  100 %\nis 4"]
    frames = [to_hex(axes.spines["left"].get_edgecolor()).upper() for axes in shown]
    assert frames == [RIGHT, RIGHT, WRONG]
    assert shown[2].spines["left"].get_linewidth() > shown[0].spines["left"].get_linewidth()


def test_image_grid_has_one_grey_scale_and_takes_bytes_and_colour():
    figure = image_grid(np.array([[[0, 128]], [[255, 0]]], dtype=np.uint8))
    first = figure.axes[0].images[0]
    assert first.get_array()[0, 1] == pytest.approx(128 / 255)
    assert first.get_clim() == (0, 1)
    assert image_grid(np.random.default_rng(0).random((2, 3, 3, 3)), ["a", "b"])
    assert image_grid(np.zeros((1, 2, 2)), truth=["a"]).axes[0].get_title() == "a"


def test_decision_regions_put_the_border_where_the_classes_meet():
    X = np.array([[-1.0, -1.0], [1.0, 1.0], [0.5, -0.5]])
    axes = decision_regions(lambda points: 1 / (1 + np.exp(-9 * points[:, 0])), X, [0, 1, 1])
    tint = np.asarray(axes.images[0].get_array())
    left, right = tint[0, 0], tint[0, -1]
    blue, vermilion = to_rgb(PALETTE[0]), to_rgb(PALETTE[1])
    assert np.argmin(left) == np.argmin(blue) and np.argmin(right) == np.argmin(vermilion)
    border = np.concatenate([path.vertices for path in axes.collections[0].get_paths()])
    assert np.abs(border[:, 0]).max() < 0.01
    points = [c for c in axes.collections if isinstance(c, PathCollection)]
    assert [len(c.get_offsets()) for c in points] == [1, 2]


def test_decision_regions_of_three_classes_and_of_a_moved_threshold():
    X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])

    def nearest(points):
        P = np.exp(-4 * ((points[:, None] - X) ** 2).sum(axis=-1))
        return P / P.sum(axis=1, keepdims=True)

    axes = decision_regions(nearest, X, [0, 1, 2], class_names=["a", "b", "c"])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]
    moved = decision_regions(lambda p: np.clip(p[:, :1], 0, 1), X, [0, 1, 1], threshold=0.8)
    border = np.concatenate([path.vertices for path in moved.collections[0].get_paths()])
    assert border[:, 0] == pytest.approx(0.8, abs=0.01)


def test_threshold_histogram_shows_line_gap_and_wrong_side():
    p = np.array([0.1, 0.45, 0.9, 0.7, 0.3])
    y = np.array([0, 0, 1, 1, 1])
    axes = threshold_histogram(p, y, 0.5, gap=(0.4, 0.6), class_names=["no", "yes"], bins=10)
    heights = sorted(round(bar.get_height(), 6) for bar in axes.containers[0])
    assert heights == [0.0] * 7 + [1.0] * 3
    assert sum(bar.get_height() < 0 for bar in axes.containers[1]) == 2
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels[-1] == "wrong side (1)"
    assert {"yes (3)", "no (2)", "gap: equally good"} <= set(labels)
    crosses = next(line for line in axes.lines if line.get_marker() == "x")
    assert crosses.get_xdata().tolist() == [0.3]
    assert texts(axes) == ["threshold 0.5"]
    assert "wrong" not in str(
        threshold_histogram([0.1, 0.9], [0, 1], 0.5).get_legend_handles_labels()[1]
    )


def test_threshold_ticks_stand_at_the_square_roots_of_round_counts():
    p = np.repeat([0.01, 0.99], [240, 130])
    axes = threshold_histogram(p, p > 0.5, 0.5)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["200", "50", "10", "0", "10", "50", "200"]
    assert axes.get_yticks()[-1] == pytest.approx(np.sqrt(200))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: loss_curve([]), "expected one value an epoch"),
        (lambda: loss_curve([1.0, 2.0], [1.0]), "2 training and 1 validation"),
        (lambda: loss_curve([1.0], best_epoch=2), "best_epoch is 2; expected 1 to 1"),
        (lambda: confusion([[1]], "ab"), "with 2 labels"),
        (lambda: image_grid(np.zeros((2, 4))), "expected (n, height, width)"),
        (lambda: image_grid(np.zeros((2, 4, 4)), [1]), "2 images and 1 predicted"),
        (lambda: decision_regions(len, np.ones((3, 3)), [1, 2, 3]), "two features"),
        (lambda: threshold_histogram([0.1], [0, 1], 0.5), "expected (n,) each"),
    ],
)
def test_bad_input_gets_one_sentence(call, sentence):
    with pytest.raises(InputError) as caught:
        call()
    assert sentence in str(caught.value)


def test_class_colours_differ_beyond_the_palette():
    assert len(np.unique(class_colours(20), axis=0)) == 20


def test_importing_plots_imports_no_matplotlib_and_drawing_no_pyplot():
    program = (
        "import sys, glassnet.plots, glassnet.plots.terminal as t\n"
        "assert 'matplotlib' not in sys.modules\n"
        "t.curve([1, 2]); t.image([[1]]); t.confusion([[1]], ['a'])\n"
        "assert 'matplotlib' not in sys.modules\n"
        "glassnet.plots.training_curves([1.0, 2.0], accuracy=[0.1, 0.2])\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
