"""Made data in the plane: moons, circles, spiral, xor, blobs; a function of n, noise and seed.

Each class has n / k samples (the first classes one more where n is no multiple of k); `noise` is
the standard deviation of the normal noise added to both features.
"""

import numpy as np
import numpy.typing as npt

from glassnet.data import streams
from glassnet.data.dataset import Dataset
from glassnet.errors import InputError

Points = npt.NDArray[np.float64]


def moons(n: int = 500, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Two half circles of radius 1, each with its end inside the other."""
    labels, along = _labels_and_places(n, 2)
    angle = np.pi * along
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    points = np.where(labels[:, None] == 0, upper, lower)
    return _plane("moons", points, labels, noise, seed, "two interleaved half circles")


def circles(n: int = 500, noise: float = 0.05, seed: int = 0) -> Dataset:
    """A circle of radius 1 (class 0) around one of radius 0.5 (class 1)."""
    labels, along = _labels_and_places(n, 2, closed=True)
    radius = np.where(labels == 0, 1.0, 0.5)
    points = _polar(radius, 2.0 * np.pi * along)
    return _plane("circles", points, labels, noise, seed, "a circle inside a circle")


def spiral(
    n: int = 500, noise: float = 0.02, seed: int = 0, arms: int = 2, turns: float = 1.5
) -> Dataset:
    """Spiral arms, one a class: radius r from 0.05 to 1, angle 2π (turns · r + class / arms)."""
    labels, along = _labels_and_places(n, arms)
    radius = 0.05 + 0.95 * along
    points = _polar(radius, 2.0 * np.pi * (turns * radius + labels / arms))
    return _plane("spiral", points, labels, noise, seed, f"{arms} spiral arms")


def xor(n: int = 500, noise: float = 0.05, seed: int = 0) -> Dataset:
    """Evenly spread over [-1, 1]²; class 1 where the two coordinates differ in sign."""
    labels, _ = _labels_and_places(n, 2)
    points = 2.0 * streams.uniform(seed, streams.POINTS, 2 * n).reshape(n, 2) - 1.0
    first_positive = points[:, 0] >= 0.0
    second_positive = first_positive ^ (labels == 1)
    points[:, 1] = np.where(second_positive, 1.0, -1.0) * np.abs(points[:, 1])
    return _plane("xor", points, labels, noise, seed, "four squares, opposite ones of one class")


def blobs(n: int = 500, noise: float = 0.3, seed: int = 0, classes: int = 3) -> Dataset:
    """Normal clouds, one a class, their centres evenly on a circle of radius 1."""
    labels, _ = _labels_and_places(n, classes)
    centres = _polar(np.ones(n), 2.0 * np.pi * labels / classes)
    return _plane("blobs", centres, labels, noise, seed, f"{classes} round clouds")


def _labels_and_places(
    n: int, k: int, closed: bool = False
) -> tuple[npt.NDArray[np.int64], Points]:
    """Labels 0 … k - 1 in turn, and each sample's even place in [0, 1] along its class's curve."""
    if not isinstance(k, int) or k < 2:
        raise InputError(f"{k!r} classes; give a whole number, 2 or more")
    if not isinstance(n, int) or n < k:
        raise InputError(f"n is {n!r}; give a whole number of samples, at least {k} (the classes)")
    labels = np.arange(n, dtype=np.int64) % k
    counts = np.bincount(labels, minlength=k)[labels]
    steps = counts if closed else np.maximum(counts - 1, 1)
    return labels, (np.arange(n) // k) / steps


def _polar(radius: Points, angle: Points) -> Points:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _plane(
    name: str, points: Points, labels: npt.NDArray[np.int64], noise: float, seed: int, what: str
) -> Dataset:
    """Add the noise, mix the rows, and name everything."""
    if not 0.0 <= noise < np.inf:
        raise InputError(f"noise is {noise}; give a standard deviation, 0 or more")
    n = len(points)
    X = points + noise * streams.normal(seed, streams.NOISE, 2 * n).reshape(n, 2)
    order = streams.order(seed, streams.ROWS, n)
    return Dataset(
        name=name,
        X=X[order],
        y=labels[order],
        feature_names=("x0", "x1"),
        target_name="class",
        description=f"{what}, in the plane, made from a seed",
    )
