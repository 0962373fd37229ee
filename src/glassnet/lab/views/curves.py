"""What became of the run so far: the loss of every step, the size of every layer's gradient."""

import numpy as np

from glassnet.lab.frames import Frame
from glassnet.lab.lines.trail import Epoch
from glassnet.lab.views.scene import Scene
from glassnet.nn.arrays import Array

PIECES = 600  # of a curve


def loss(scene: Scene) -> Frame:
    """The training loss in pieces, lowest and highest of each; held-out loss and accuracy by the
    epoch's last step."""
    course = scene.line.course
    starts, low, high = course.losses.pieces(PIECES)
    epochs: list[Epoch] = [each for each in course.epochs if each.held_out_loss is not None]
    epochs = [epochs[int(i)] for i in _picked(len(epochs))]

    def figures(name: str) -> Array:
        return np.array([getattr(each, name) for each in epochs], dtype=np.float64)

    arrays = {
        "step": starts, "low": low, "high": high,
        "held_out_step": np.array([each.step for each in epochs], dtype=np.int32),
        "held_out": figures("held_out_loss"), "held_out_accuracy": figures("held_out_accuracy"),
    }  # fmt: skip
    return scene.frame("loss", arrays, steps=scene.line.step)


def gradients(scene: Scene) -> Frame:
    """‖∂L/∂w‖ and ‖Δw‖ / ‖w‖ of each layer, weights and biases together: (layers, looks)."""
    looks = scene.line.course.norms
    looks = [looks[int(i)] for i in _picked(len(looks))]
    layers = len(scene.dense)

    def table(name: str) -> Array:
        rows = [getattr(each, name) for each in looks]
        return np.array(rows, dtype=np.float32).reshape(-1, layers).T.copy()

    arrays = {
        "step": np.array([each.step for each in looks], dtype=np.int32),
        "norms": table("gradients"), "updates": table("updates"),
    }  # fmt: skip
    return scene.frame("gradients", arrays, layers=scene.dense_names)


def _picked(count: int) -> Array:
    """Which of so many are shown, the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, PIECES)).astype(np.int64))
