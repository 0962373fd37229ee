"""What simple models reach on the same samples: the yardstick of a network that learned little.

A constant, a ridge regression onto the targets (classes as one-hot columns), and the five nearest
neighbours; inputs standardised, at most 1,024 rows, in a moment, with NumPy alone.
"""

from dataclasses import dataclass

import numpy as np

from glassnet.nn.arrays import Array

MOST_ROWS, MOST_COLUMNS = 1024, 1024
NEIGHBOURS = 5
PENALTY = 1.0
TELLING = 0.02  # an r² from which on the features tell something of the targets


@dataclass(frozen=True)
class SimpleScores:
    """Accuracies, or r² for numbers, on rows that the models did not see; rows: how many.

    explained: the better model's r² on the targets, classes as one-hot columns: what the features
    say of them, which accuracies hardly show where one class is rare.
    """

    constant: float
    linear: float
    neighbours: float
    rows: int
    explained: float

    @property
    def best(self) -> float:
        """The best of them."""
        return max(self.constant, self.linear, self.neighbours)

    @property
    def best_has(self) -> str:
        """What the best one is called, with its verb."""
        scores = {
            "always the same answer has": self.constant,
            "a linear model has": self.linear,
            "the five nearest neighbours have": self.neighbours,
        }
        return max(scores, key=lambda name: scores[name])


def simple_scores(
    x: Array, y: Array, x_new: Array, y_new: Array, are_classes: bool
) -> SimpleScores | None:
    """Learn from x (n, d), y ((n,) class numbers or (n, k) numbers); score on the new ones."""
    if len(x) < 10 or len(x_new) < 5 or x.shape[1] > MOST_COLUMNS:
        return None
    middle, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 1e-9 * np.maximum(np.abs(middle), 1e-300), spread, np.inf)
    a, b = (x - middle) / spread, (x_new - middle) / spread
    a, b = np.clip(a, -10, 10), np.clip(b, -10, 10)
    if are_classes:
        classes = int(max(y.max(), y_new.max())) + 1
        target = np.eye(classes)[y]
    else:
        target = y.reshape(len(y), -1).astype(np.float64)
    constant = np.broadcast_to(target.mean(axis=0), (len(b), target.shape[1]))
    guesses = (constant, _ridge(a, target, b), _nearest(a, target, b))
    scores = [score(guess, y_new, are_classes) for guess in guesses]
    truth = np.eye(target.shape[1])[y_new] if are_classes else y_new.reshape(len(y_new), -1)
    explained = max(score(guess, truth, False) for guess in guesses[1:])
    return SimpleScores(scores[0], scores[1], scores[2], len(x_new), explained)


def held_out_scores(x: Array, y: Array, are_classes: bool) -> SimpleScores | None:
    """The same within one set of rows: every row is predicted by models that learned from the
    other half."""
    half = np.arange(len(x)) % 2 == 0
    one = simple_scores(x[half], y[half], x[~half], y[~half], are_classes)
    two = simple_scores(x[~half], y[~half], x[half], y[half], are_classes)
    if one is None or two is None:
        return None
    pairs = zip(
        (one.constant, one.linear, one.neighbours, one.explained),
        (two.constant, two.linear, two.neighbours, two.explained),
        strict=True,
    )
    constant, linear, neighbours, explained = ((a + b) / 2 for a, b in pairs)
    return SimpleScores(constant, linear, neighbours, len(x), explained)


def score(outputs: Array, y: Array, are_classes: bool) -> float:
    """The accuracy of the largest output, or r² averaged over the outputs."""
    if are_classes:
        return float(np.mean(outputs.argmax(axis=1) == y))
    target = y.reshape(len(y), -1).astype(np.float64)
    left = np.square(target - outputs).sum(axis=0)
    varied = np.square(target - target.mean(axis=0)).sum(axis=0)
    known = varied > 0
    return float(np.mean(1 - left[known] / varied[known])) if known.any() else 0.0


def _ridge(a: Array, target: Array, b: Array) -> Array:
    """b W + c with W from (aᵀa + λ I) W = aᵀ(target − mean)."""
    middle = target.mean(axis=0)
    d = a.shape[1]
    if d <= len(a):
        gram = a.T @ a + PENALTY * np.eye(d)
        W = np.linalg.solve(gram, a.T @ (target - middle))
    else:  # the same W through the smaller matrix
        gram = a @ a.T + PENALTY * np.eye(len(a))
        W = a.T @ np.linalg.solve(gram, target - middle)
    return np.asarray(b @ W + middle)


def _nearest(a: Array, target: Array, b: Array) -> Array:
    """The mean target of the nearest rows."""
    distance = np.square(a).sum(axis=1) - 2 * (b @ a.T)
    count = min(NEIGHBOURS, len(a))
    nearest = np.argpartition(distance, count - 1, axis=1)[:, :count]
    return np.asarray(target[nearest].mean(axis=1))
