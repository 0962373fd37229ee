"""How weights and activations are spread, layer by layer."""

import numpy as np

from glassnet.lab.frames import Frame
from glassnet.lab.views.scene import Scene
from glassnet.nn.arrays import Array

BINS = 40
MOST_SAMPLES = 500  # whose activations are counted
PINNED = 0.05  # of the activation's range from a limit: saturated, as the engines report it
LIMITS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


def histograms(scene: Scene) -> Frame | None:
    """Counts (layers, bins) with their edges (layers, 2), and the shares of 0 and saturated
    outputs; the activations of the part's first samples."""
    _, X, _ = scene.subject.part(scene.known_part)
    if not len(X):
        return None
    layers = scene.outputs(X[:MOST_SAMPLES])
    parameters = scene.stack.layout.views(scene.state.parameters)
    weights, outputs = [], []
    zeros: list[float | None] = []
    saturated: list[float | None] = []
    for place in scene.dense:
        weights.append(_count(parameters[place]["W"]))
        outputs.append(_count(layers[place]))
        activation = scene.stack.layers[place].activation.name  # type: ignore[attr-defined]
        zeros.append(float(np.mean(layers[place] == 0)) if activation == "relu" else None)
        saturated.append(_saturated(layers[place], activation))
    arrays = {
        "weights": np.array([counts for counts, _ in weights], dtype=np.int32),
        "weight_edges": np.array([edges for _, edges in weights], dtype=np.float32),
        "activations": np.array([counts for counts, _ in outputs], dtype=np.int32),
        "activation_edges": np.array([edges for _, edges in outputs], dtype=np.float32),
    }
    return scene.frame(
        "histograms", arrays, layers=scene.dense_names, zero_share=zeros, saturated_share=saturated
    )


def _count(values: Array) -> tuple[Array, tuple[float, float]]:
    finite = values[np.isfinite(values)].astype(np.float64)
    if not len(finite):
        return np.zeros(BINS, dtype=np.int64), (-1.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    counts, _ = np.histogram(finite, BINS, (low, high))
    return counts, (low, high)


def _saturated(values: Array, activation: str) -> float | None:
    if activation not in LIMITS:
        return None
    low, high = LIMITS[activation]
    room = PINNED * (high - low)
    return float(np.mean((values < low + room) | (values > high - room)))
