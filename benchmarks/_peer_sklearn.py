"""scikit-learn's MLPClassifier as a peer: exactly so many epochs of the same steps, no more."""

import sys
import warnings
from collections.abc import Callable

import numpy as np
from _peers import MissingError
from _rows import Row
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore", ConvergenceWarning)  # it is told to stop after so many epochs


def make(option: str, row: Row, X: np.ndarray, y: np.ndarray, warm: bool) -> "SklearnPeer":
    """A model for this row; ``MissingError`` where it has dropout."""
    if row.dropout:
        raise MissingError("MLPClassifier has no dropout")
    return SklearnPeer(row, X, y)


class SklearnPeer:
    """A model that goes on: one epoch by partial_fit, which keeps the optimizer's memory; more by
    fit with warm_start, which begins that anew but never ends before its epochs are made."""

    def __init__(self, row: Row, X: np.ndarray, y: np.ndarray) -> None:
        self.row, self.X, self.y = row, X, y
        self.classes = np.arange(row.widths[-1])
        self.reset(0)

    def reset(self, seed: int) -> None:
        """A new model; its parameters are drawn by its first fit, Glorot's for every layer."""
        row = self.row
        self.model = MLPClassifier(
            row.widths[1:-1], activation="relu", solver=row.optimizer, alpha=0.0,
            batch_size=row.batch, learning_rate="constant", learning_rate_init=row.rate,
            momentum=0.0, nesterovs_momentum=False, tol=0.0, n_iter_no_change=sys.maxsize,
            shuffle=row.batch < row.samples, warm_start=True,
            random_state=np.random.RandomState(seed),  # an int would give each fit the same order
        )  # fmt: skip

    def fit(self, epochs: int) -> int:
        """Train with its own loss curve."""
        before = getattr(self.model, "t_", 0)
        if epochs == 1:
            self.model.partial_fit(self.X, self.y, classes=self.classes)
        else:
            self.model.set_params(max_iter=epochs).fit(self.X, self.y)
        made = (self.model.t_ - before) / self.row.samples
        if made != epochs:
            raise RuntimeError(f"scikit-learn made {made} epochs, not {epochs}")
        return epochs * self.row.steps

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most likely class."""
        return self.model.predict(X)

    def row_loop(self, x: np.ndarray) -> Callable[[int], None]:
        """Calls of predict_proba."""

        def loop(count: int) -> None:
            for _ in range(count):
                self.model.predict_proba(x)

        return loop
