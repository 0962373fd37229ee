"""A regression: what is predicted for each sample, beside what is true."""

import numpy as np

from glassnet.lab.frames import Frame
from glassnet.lab.views.scene import Scene

MOST = 2000  # samples that are shown


def fit(scene: Scene) -> Frame | None:
    """True and predicted numbers of the part's samples in the targets' own unit, and
    r² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)² over all of them."""
    if scene.labels:
        return None
    part = scene.known_part
    data, _, _ = scene.subject.part(part)
    true = data.y.astype(np.float64)
    predicted = scene.subject.decode(scene.answers(part)[:, 0])
    around = float(np.square(true - true.mean()).sum()) if len(true) else 0.0
    r2 = 1 - float(np.square(true - predicted).sum()) / around if around else None
    arrays = {"true": true[:MOST].astype("f4"), "predicted": predicted[:MOST].astype("f4")}
    return scene.frame("fit", arrays, part=part, target=data.target_name, r2=r2)
