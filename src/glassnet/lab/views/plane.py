"""The network seen over the plane of two features: what each unit says at each point, and which
class the network would choose there."""

import numpy as np

from glassnet.lab.frames import Frame
from glassnet.lab.subject.grid import CELLS, OUTPUT_CELLS
from glassnet.lab.views.scene import Scene
from glassnet.nn.arrays import Array


def units(scene: Scene) -> Frame | None:
    """What every unit with weights says over the plane, and every input: (units, cells, cells) of
    0 to 255 by the layer's name, 128 for 0, and 1 or 255 for the largest size it reaches."""
    if scene.plane is None:
        return None
    layers = scene.outputs(scene.plane.units)
    first = scene.dense[0]
    arrays = {"inputs": _maps(layers[first - 1] if first else scene.plane.units)}
    for place, name in zip(scene.dense, scene.dense_names, strict=True):
        arrays[name] = _maps(layers[place])
    return scene.frame("units", arrays)


def _maps(output: Array) -> Array:
    maps = output.T.reshape(-1, CELLS, CELLS).astype(np.float64)
    sizes = np.maximum(np.abs(maps).max(axis=(1, 2), keepdims=True), 1e-12)
    return np.asarray(np.round(128 + 127 * maps / sizes), dtype=np.uint8)


def output(scene: Scene) -> Frame | None:
    """The outputs over the plane, (k, cells, cells) of 0 to 255: probabilities; a number's, by its
    rank between the lowest and the highest of the map. And which samples are answered wrongly."""
    if scene.plane is None:
        return None
    values = scene.outputs(scene.plane.output)[-1].T.astype(np.float64)
    values = values.reshape(-1, OUTPUT_CELLS, OUTPUT_CELLS)
    if not scene.labels:
        low, high = values.min(), values.max()
        values = (values - low) / max(high - low, 1e-12)
    map_ = np.round(255 * np.clip(values, 0.0, 1.0)).astype(np.uint8)
    wrong = {"wrong": _wrong(scene, "train"), "wrong_held_out": _wrong(scene, "held_out")}
    return scene.frame("output", {"output": map_}, **wrong)


def _wrong(scene: Scene, part: str) -> list[int]:
    if not scene.labels or (part == "held_out" and scene.subject.X_held_out is None):
        return []
    wrong: list[int] = np.flatnonzero(scene.said(part) != scene.truths(part)).tolist()
    return wrong
