"""Data sets of many kinds for `accuracy.py`: each a function of a seed to (data frame, y, task).

The real ones come with scikit-learn; the made ones are drawn anew for every seed.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn import datasets

Data = tuple[pd.DataFrame, np.ndarray, str]
CLASSES, NUMBERS = "classification", "regression"


def frame(X: np.ndarray) -> pd.DataFrame:
    """Columns x0, x1, …"""
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])


def real(loader: Callable[..., object], task: str) -> Callable[[int], Data]:
    """A set of scikit-learn's, the same for every seed."""

    def load(seed: int) -> Data:
        X, y = loader(return_X_y=True)
        return frame(X), y, task

    return load


def made(maker: Callable[[int], tuple[np.ndarray, np.ndarray]], task: str) -> Callable[[int], Data]:
    """A set that is drawn from the seed."""

    def load(seed: int) -> Data:
        X, y = maker(seed)
        return frame(X), y, task

    return load


def wide(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """150 samples, 400 columns, 10 of them informative."""
    return datasets.make_classification(
        150, 400, n_informative=10, n_redundant=10, class_sep=1.5, random_state=seed
    )


def imbalanced(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """7 % of the samples in the rare class."""
    return datasets.make_classification(
        1000, 20, n_informative=6, weights=[0.93], random_state=seed
    )


def narrow(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two columns, three interleaved arms."""
    draw = np.random.default_rng(seed)
    radius, arm = np.tile(np.linspace(0.05, 1, 150), 3), np.repeat(np.arange(3), 150)
    angle = 4 * radius + arm * 2 * np.pi / 3 + 0.15 * draw.normal(size=450)
    return np.c_[radius * np.sin(angle), radius * np.cos(angle)], arm


def logistic(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Truly linear, noisy: a network can only lose here."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(400, 12))
    chance = 1 / (1 + np.exp(-X @ draw.normal(size=12) * 0.6))
    return X, (draw.random(400) < chance).astype(int)


def text(seed: int) -> Data:
    """Words and numbers; the answer depends on both, and on a pair of words."""
    draw = np.random.default_rng(seed)
    town = draw.choice(["Lisbon", "Oslo", "Quito", "Seoul", "Turin"], 900)
    trade = draw.choice(["baker", "nurse", "smith"], 900)
    age, hours = draw.uniform(18, 70, 900), draw.gamma(4, 10, 900)
    lean = 0.06 * (age - 44) + 0.02 * (hours - 40) + (town == "Oslo") - (trade == "smith")
    lean = lean + 1.5 * ((town == "Lisbon") & (trade == "nurse"))
    X = pd.DataFrame({"town": town, "trade": trade, "age": age, "hours": hours})
    y = np.where(draw.random(900) < 1 / (1 + np.exp(-lean)), "yes", "no")
    return X, y, CLASSES


def missing(seed: int) -> Data:
    """Breast cancer with a quarter of the values gone."""
    X, y = datasets.load_breast_cancer(return_X_y=True)
    X = np.where(np.random.default_rng(seed).random(X.shape) < 0.25, np.nan, X)
    return frame(X), y, CLASSES


def heavy_tails(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A target with heavy-tailed noise, columns over several orders of magnitude."""
    draw = np.random.default_rng(seed)
    Z = draw.normal(size=(600, 6))
    y = 3 * Z[:, 0] + np.abs(Z[:, 1]) * 2 + 0.5 * draw.standard_t(2.5, size=600)
    return np.exp(Z * [0.3, 0.3, 1, 1, 2, 2]), y


def waves(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """One column, a sine."""
    draw = np.random.default_rng(seed)
    x = draw.uniform(-3, 3, 300)
    return x[:, None], np.sin(2 * x) + 0.1 * draw.normal(size=300)


SETS: dict[str, Callable[[int], Data]] = {
    "digits": real(datasets.load_digits, CLASSES),
    "breast-cancer": real(datasets.load_breast_cancer, CLASSES),
    "wine": real(datasets.load_wine, CLASSES),
    "iris": real(datasets.load_iris, CLASSES),
    "moons": made(lambda s: datasets.make_moons(300, noise=0.25, random_state=s), CLASSES),
    "circles": made(
        lambda s: datasets.make_circles(300, noise=0.12, factor=0.6, random_state=s), CLASSES
    ),
    "blobs": made(
        lambda s: datasets.make_blobs(300, centers=4, cluster_std=2.5, random_state=s), CLASSES
    ),
    "narrow": made(narrow, CLASSES),
    "wide": made(wide, CLASSES),
    "imbalanced": made(imbalanced, CLASSES),
    "logistic": made(logistic, CLASSES),
    "text": text,
    "missing": missing,
    "diabetes": real(datasets.load_diabetes, NUMBERS),
    "friedman1": made(lambda s: datasets.make_friedman1(500, noise=1.0, random_state=s), NUMBERS),
    "friedman2": made(lambda s: datasets.make_friedman2(400, noise=20.0, random_state=s), NUMBERS),
    "heavy-tails": made(heavy_tails, NUMBERS),
    "waves": made(waves, NUMBERS),
}
BATTERY = tuple(name for name in SETS if name not in ("digits", "breast-cancer"))
