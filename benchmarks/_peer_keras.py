"""Keras 3 on JAX as a peer: `compile` and `fit` without output, eight steps to an execution."""

import os

os.environ["KERAS_BACKEND"] = "jax"  # read when Keras is imported

import keras
import numpy as np
from _rows import Row, initial_weights


def make(option: str, row: Row, X: np.ndarray, y: np.ndarray, warm: bool) -> "KerasPeer":
    """A model for this row."""
    keras.backend.clear_session()  # the last row's model
    return KerasPeer(row, X, y)


class KerasPeer:
    """A Sequential; parameters and optimizer can be set back without compiling anew."""

    def __init__(self, row: Row, X: np.ndarray, y: np.ndarray) -> None:
        self.row, self.X, self.y = row, X, y
        layers = [keras.Input((row.widths[0],))]
        for width in row.widths[1:-1]:
            layers.append(keras.layers.Dense(width, activation="relu"))
            layers += [keras.layers.Dropout(row.dropout)] if row.dropout else []
        layers.append(keras.layers.Dense(row.widths[-1], activation="softmax"))
        self.model = keras.Sequential(layers)
        if row.optimizer == "sgd":
            optimizer = keras.optimizers.SGD(row.rate)
        else:
            optimizer = keras.optimizers.Adam(row.rate, epsilon=1e-8)  # as the others
        self.model.compile(
            optimizer, "sparse_categorical_crossentropy",
            steps_per_execution=min(8, row.steps),
        )  # fmt: skip
        self.model.optimizer.build(self.model.trainable_variables)
        self.reset(0)

    def reset(self, seed: int) -> None:
        """New parameters in the same variables, the optimizer's at zero, its rate as it was."""
        keras.utils.set_random_seed(seed)
        dense = [layer for layer in self.model.layers if isinstance(layer, keras.layers.Dense)]
        for layer, W in zip(dense, initial_weights(self.row, seed), strict=True):
            layer.kernel.assign(W)
            layer.bias.assign(np.zeros(W.shape[1], np.float32))
        optimizer = self.model.optimizer
        for variable in optimizer.variables:
            if variable is not optimizer._learning_rate:
                variable.assign(np.zeros(variable.shape, variable.dtype))

    def fit(self, epochs: int) -> int:
        """Train with its own history."""
        row = self.row
        before = int(self.model.optimizer.iterations.numpy())
        self.model.fit(
            self.X, self.y, batch_size=row.batch, epochs=epochs, verbose=0,
            shuffle=row.batch < row.samples,
        )  # fmt: skip
        return int(self.model.optimizer.iterations.numpy()) - before

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most likely class."""
        return self.model.predict(X, batch_size=1000, verbose=0).argmax(axis=1)
