"""Two lines side by side: what is set otherwise in them, and how often they disagree."""

from typing import Any

import msgspec
import numpy as np

from glassnet.lab.frames import Frame
from glassnet.lab.lines.lane import Lane
from glassnet.lab.subject.setting import Setting
from glassnet.lab.views.scene import chosen, outputs

NAMES = {
    "hidden": "hidden layers", "loss": "loss", "optimizer": "optimizer",
    "learning_rate": "learning rate", "batch_size": "batch size", "l1": "L1", "l2": "L2",
    "initializer": "start weights", "scaling": "scaling", "seed": "seed",
}  # fmt: skip


def differs(places: tuple[int, int], lanes: tuple[Lane, Lane]) -> Frame:
    """The settings that differ, those that don't in a sentence, and the share of the plane (or of
    the held-out or training samples) on which the two networks answer differently."""
    first, second = (lane.setting for lane in lanes)
    settings = [
        {"name": title, "values": [_shown(first, name), _shown(second, name)]}
        for name, title in NAMES.items()
        if getattr(first, name) != getattr(second, name)
    ]
    same = [
        f"{title} {_shown(first, name)}"
        for name, title in NAMES.items()
        if getattr(first, name) == getattr(second, name) and name not in ("l1", "scaling")
    ]
    share, about = _disagree(lanes)
    return Frame("differs", {
        "lines": list(places), "settings": settings, "disagree": share, "about": about,
        "same": f"Same in both: {lanes[0].subject.train.name} data and split, {', '.join(same)}.",
    })  # fmt: skip


def _shown(setting: Setting, name: str) -> str:
    value: Any = getattr(setting, name)
    if name == "hidden":
        told = [
            f"{h.units} {h.activation}" + (f" dropout {h.dropout:g}" if h.dropout else "")
            for h in value
        ]
        return ", ".join(told) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return str(msgspec.to_builtins(value)).replace("_", " ")


def _disagree(lanes: tuple[Lane, Lane]) -> tuple[float | None, str]:
    subject, plane = lanes[0].subject, lanes[0].plane
    if subject.train.classes is None:
        return None, "held out"
    if plane is not None:
        both = [lane.plane.output for lane in lanes if lane.plane is not None]
        about = "plane"
    else:
        held = [lane.subject.X_held_out for lane in lanes]
        both = [X if X is not None else lane.subject.X for X, lane in zip(held, lanes, strict=True)]
        about = "held out"
    said = [
        chosen(outputs(lane.line.job.stack, lane.state, X)[-1])
        for lane, X in zip(lanes, both, strict=True)
    ]
    return float(np.mean(said[0] != said[1])), about
