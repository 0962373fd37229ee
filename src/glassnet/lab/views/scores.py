"""Two classes: the score of every sample, for a histogram with a threshold to be dragged."""

import numpy as np

from glassnet.lab.frames import Frame
from glassnet.lab.views.scene import Scene
from glassnet.nn.arrays import Array
from glassnet.scores.thresholds import tuned_threshold


def scores(scene: Scene) -> Frame | None:
    """The probability of the second class for each sample, the truths, and at rest the threshold
    that is best on the training samples."""
    if len(scene.labels) != 2:
        return None
    part = scene.known_part
    truths = scene.truths(part)
    arrays = {"scores": second(scene.answers(part)), "truths": truths.astype(np.uint8)}
    negative, positive = scene.labels
    commonest = max(float(np.mean(truths)), 1 - float(np.mean(truths))) if len(truths) else None
    return scene.frame(
        "scores", arrays, part=part, positive=positive, negative=negative,
        learned=_learned(scene) if scene.at_rest else None, accuracy_baseline=commonest,
    )  # fmt: skip


def second(answers: Array) -> Array:
    """The probability of the second class, float32."""
    return answers[:, -1].astype(np.float32)


def _learned(scene: Scene) -> float | None:
    """The middle of the widest stretch of thresholds with the most right training samples."""
    p, y = second(scene.answers("train")).astype(np.float64), scene.truths("train")
    if not 0 < y.mean() < 1:
        return None
    return float(tuned_threshold(np.clip(p, 0, 1), y, "accuracy").threshold)
