"""Loss and accuracy per epoch, training beside validation, the best epoch marked."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import InputError
from glassnet.plots.style import (
    FAINT,
    LABEL_SIZE,
    TICK_SIZE,
    TRAINING,
    VALIDATION,
    given_or_new,
    new_figure,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A loss that falls further than this is drawn on a logarithmic axis.
LOGARITHMIC_FROM = 30.0


def loss_curve(
    loss: ArrayLike,
    validation_loss: ArrayLike | None = None,
    *,
    best_epoch: int | None = None,
    axes: "Axes | None" = None,
) -> "Axes":
    """Training and validation loss (epochs,) against the epoch, counted from 1.

    best_epoch (from 1) is marked by a line and a point on the validation loss, where there is
    one. The axis is logarithmic where a positive loss changes by more than a factor of 30.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes = _curves(loss, validation_loss, best_epoch, axes, "loss")
    values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.lines[:2]])
    values = values[np.isfinite(values)]
    if len(values) and values.min() > 0 and values.max() > LOGARITHMIC_FROM * values.min():
        axes.set_yscale("log")
        decades = np.log10(values.max() / values.min())
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 4 else (1,)))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    style_axes(axes, title="Loss", x_label="epoch", y_label="loss")
    return axes


def accuracy_curve(
    accuracy: ArrayLike,
    validation_accuracy: ArrayLike | None = None,
    *,
    best_epoch: int | None = None,
    axes: "Axes | None" = None,
) -> "Axes":
    """Training and validation accuracy (epochs,), shares in [0, 1], against the epoch."""
    from matplotlib.ticker import PercentFormatter

    axes = _curves(accuracy, validation_accuracy, best_epoch, axes, "accuracy")
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1.0, symbol=" %"))
    style_axes(axes, title="Accuracy", x_label="epoch", y_label="accuracy")
    return axes


def training_curves(
    loss: ArrayLike,
    validation_loss: ArrayLike | None = None,
    accuracy: ArrayLike | None = None,
    validation_accuracy: ArrayLike | None = None,
    *,
    best_epoch: int | None = None,
) -> "Figure":
    """Loss and, where there is one, accuracy side by side: the whole figure."""
    if accuracy is None and validation_accuracy is None:
        figure, (left,) = new_figure(6.4, 4.0)
    else:
        figure, (left, right) = new_figure(10.0, 4.0, 1, 2)
        first = validation_accuracy if accuracy is None else accuracy
        second = None if accuracy is None else validation_accuracy
        accuracy_curve(() if first is None else first, second, best_epoch=best_epoch, axes=right)
        if accuracy is None:
            right.lines[0].set(label="validation", color=VALIDATION)
            right.legend(frameon=False, fontsize=TICK_SIZE)
    loss_curve(loss, validation_loss, best_epoch=best_epoch, axes=left)
    return figure


def _curves(
    training: ArrayLike,
    validation: ArrayLike | None,
    best_epoch: int | None,
    axes: "Axes | None",
    what: str,
) -> "Axes":
    from matplotlib.ticker import MaxNLocator

    lines = [("training", _per_epoch(training, what), TRAINING, "-")]
    if validation is not None and np.size(validation):
        lines.append(("validation", _per_epoch(validation, what), VALIDATION, "--"))
    epochs = len(lines[0][1])
    if any(len(values) != epochs for _, values, _, _ in lines):
        raise InputError(
            f"{what} plot: {epochs} training and {len(lines[1][1])} validation values; "
            f"expected one of each an epoch"
        )
    axes = given_or_new(axes)
    for name, values, colour, dash in lines:
        axes.plot(
            np.arange(1, epochs + 1),
            values,
            dash,
            color=colour,
            linewidth=1.8,
            marker="o" if epochs == 1 else None,
            label=name,
        )
    if best_epoch is not None:
        _mark_best(axes, best_epoch, lines[-1][1], lines[-1][2])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, steps=[1, 2, 5, 10]))
    axes.set_xlim(*((0, 2) if epochs == 1 else (1, epochs)))
    axes.margins(y=0.08)
    if len(lines) > 1:
        axes.legend(frameon=False, fontsize=TICK_SIZE)
    return axes


def _mark_best(axes: "Axes", best_epoch: int, values: NDArray[np.float64], colour: str) -> None:
    if not 1 <= best_epoch <= len(values):
        raise InputError(f"best_epoch is {best_epoch}; expected 1 to {len(values)}")
    axes.axvline(best_epoch, color=FAINT, linewidth=1.0, linestyle=":", zorder=1)
    axes.plot(
        [best_epoch], [values[best_epoch - 1]], "o", color=colour, markersize=6, clip_on=False
    )
    # On the side that has room, so that the text never leaves the axes.
    on_left = best_epoch > len(values) / 2
    axes.annotate(
        f"best: epoch {best_epoch:,}",
        (best_epoch, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-5 if on_left else 5, -2),
        textcoords="offset points",
        ha="right" if on_left else "left",
        va="top",
        fontsize=LABEL_SIZE - 1.5,
        color=FAINT,
    )


def _per_epoch(values: ArrayLike, what: str) -> NDArray[np.float64]:
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1 or len(column) == 0:
        raise InputError(
            f"{what} plot: got an array of shape {column.shape}; expected one value an epoch"
        )
    return column
