"""Data sets for `doctor.py`: each is a function of a seed to (X, y, task), clean and standardised
or in its natural range from 0 to 1. task: K, the number of classes, or 0 for numbers."""

from collections.abc import Callable

import numpy as np
from sklearn import datasets

import glassnet as gn

Data = tuple[np.ndarray, np.ndarray, int]


def standardised(X: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1."""
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)


def embedded(name: str, pixels: float = 0.0) -> Callable[[int], Data]:
    """One of glassnet's own sets; pictures divided by their largest value."""

    def load(seed: int) -> Data:
        data = gn.load_dataset(name)
        X = np.asarray(data.X, dtype=np.float64)
        X = X / pixels if pixels else standardised(X)
        if data.task == "regression":
            return X, standardised(data.y[:, None].astype(np.float64)), 0
        return X, np.unique(data.y, return_inverse=True)[1], len(data.classes)

    return load


def plane(name: str, **options: float) -> Callable[[int], Data]:
    """A made set in the plane, drawn from the seed."""

    def load(seed: int) -> Data:
        data = gn.load_dataset(name, seed=seed, **options)
        return standardised(data.X), data.y.astype(np.int64), len(np.unique(data.y))

    return load


def letters(seed: int) -> Data:
    """26 classes of normal clouds in 16 columns."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(26, 16)) * 1.3
    y = np.arange(1560) % 26
    return standardised(centres[y] + draw.normal(size=(1560, 16))), y, 26


def imbalanced(seed: int) -> Data:
    """One in eight samples of the second class."""
    X, y = datasets.make_classification(
        900, 12, n_informative=6, weights=[0.87], class_sep=1.5, flip_y=0.01, random_state=seed
    )
    return standardised(X), y, 2


def wide(seed: int) -> Data:
    """More columns than most: 200, of which 12 tell something."""
    X, y = datasets.make_classification(
        600, 200, n_informative=12, n_classes=4, n_clusters_per_class=1, class_sep=2.0,
        random_state=seed,
    )  # fmt: skip
    return standardised(X), y, 4


def noisy(seed: int) -> Data:
    """A line with much noise: three in four can be right."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(800, 8))
    chance = 1 / (1 + np.exp(-1.2 * X @ draw.normal(size=8)))
    return standardised(X), (draw.random(800) < chance).astype(np.int64), 2


def friedman(seed: int) -> Data:
    """Friedman's first function: five columns that matter, five that don't."""
    X, y = datasets.make_friedman1(700, noise=1.0, random_state=seed)
    return standardised(X), standardised(y[:, None]), 0


def waves(seed: int) -> Data:
    """A sine over one column."""
    draw = np.random.default_rng(seed)
    x = draw.uniform(-3, 3, size=(400, 1))
    return standardised(x), standardised(np.sin(2 * x) + 0.1 * draw.normal(size=(400, 1))), 0


def two_targets(seed: int) -> Data:
    """Two numbers to predict from six columns."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(600, 6))
    Y = np.stack([X[:, 0] * X[:, 1] + X[:, 2], np.tanh(2 * X[:, 3]) - X[:, 4]], axis=1)
    return X, standardised(Y + 0.1 * draw.normal(size=Y.shape)), 0


def table(seed: int) -> Data:
    """Numbers and one-hot words; min-max scaled."""
    draw = np.random.default_rng(seed)
    numbers = draw.gamma(3.0, size=(1000, 4))
    words = np.eye(5)[draw.integers(0, 5, 1000)]
    lean = numbers[:, 0] - numbers[:, 1] + 2 * words[:, 0] - 2 * words[:, 1] * (numbers[:, 2] > 3)
    X = np.concatenate([numbers / numbers.max(axis=0), words], axis=1)
    return X, (lean + 0.3 * draw.normal(size=1000) > 0).astype(np.int64), 2


CLASSES: dict[str, Callable[[int], Data]] = {
    "digits": embedded("digits", pixels=1.0),
    "breast-cancer": embedded("breast-cancer"),
    "iris": embedded("iris"),
    "wine": embedded("wine"),
    "moons": plane("moons", n=400, noise=0.12),
    "circles": plane("circles", n=400, noise=0.06),
    "blobs": plane("blobs", n=300, noise=0.3, classes=4),
    "xor": plane("xor", n=400, noise=0.03),
    "letters": letters,
    "imbalanced": imbalanced,
    "wide": wide,
    "noisy": noisy,
    "table": table,
}
NUMBERS: dict[str, Callable[[int], Data]] = {
    "diabetes": embedded("diabetes"),
    "friedman": friedman,
    "waves": waves,
    "two-targets": two_targets,
}
ALL = CLASSES | NUMBERS
