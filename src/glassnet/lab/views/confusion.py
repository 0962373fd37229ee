"""Which classes the network takes for which, and the samples in a cell of that table."""

from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.lab.frames import Frame
from glassnet.lab.views.pictures import pictures
from glassnet.lab.views.scene import Scene
from glassnet.nn.arrays import Array

MOST_IN_CELL = 60


def confusion(scene: Scene) -> Frame | None:
    """How many samples of each true class (row) were said to be of each class (column)."""
    if not scene.labels:
        return None
    part, k = scene.known_part, len(scene.labels)
    counts = np.zeros((k, k), dtype=np.int32)
    np.add.at(counts, (scene.truths(part), scene.said(part)), 1)
    return scene.frame("confusion", {"counts": counts}, part=part, labels=scene.labels)


def cell(scene: Scene, truth: int, said: int, part: str) -> Frame:
    """The samples of one true class that were said to be of a class, the surest first."""
    labels = scene.labels
    if not labels:
        raise InputError("the targets are numbers: there is no confusion of classes")
    if max(truth, said) >= len(labels):
        raise InputError(f"there is no class {max(truth, said)}; there are {len(labels)}, from 0")
    data, _, _ = scene.subject.part(part)
    rows = np.flatnonzero((scene.truths(part) == truth) & (scene.said(part) == said))
    answers = scene.answers(part)[rows]
    scores = answers[:, said] if answers.shape[1] > 1 else np.abs(1 - said - answers[:, 0])
    order = np.argsort(-scores, kind="stable")[:MOST_IN_CELL]
    shown = rows[order]
    arrays: dict[str, Array] = {}
    if data.image_shape is not None:
        arrays["pictures"] = pictures(data, shown)
    elif isinstance(data.X, np.ndarray):
        arrays["rows"] = data.X[shown].astype(np.float32)
    words: dict[str, Any] = {
        "part": part, "truth": labels[truth], "said": labels[said], "count": len(rows),
        "samples": (shown + 1).tolist(), "scores": scores[order].tolist(),
    }  # fmt: skip
    return scene.frame("cell", arrays, **words)
