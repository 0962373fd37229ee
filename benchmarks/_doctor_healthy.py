"""Healthy runs for `doctor.py`: settings drawn from sane ranges, clean data, nothing planted.

optimizer       learning rate (log-uniform)
sgd             0.02 to 0.3
momentum        0.003 to 0.05
nesterov        0.003 to 0.05
rmsprop         0.0005 to 0.005
adam, adamw     0.0007 to 0.01

One to three hidden layers of 16 to 128 units (sigmoid: one or two), batches of 8 to 128 or all
samples, 300 to 3,000 steps and at least 20 epochs, L2 0 or 1e-5 to 1e-3, dropout 0 or 0.1 to 0.3,
batch normalisation in one of eight, a constant rate, Cosine or OneCycle, float32 or float64. One in
eight is `Classifier()` or `Regressor()` without settings.
"""

from typing import Any

import numpy as np
from _doctor_data import ALL
from _doctor_runs import Outcome, Parts, Settings, parts, train

import glassnet as gn
from glassnet.insight.doctor import Doctor

RATES = {
    "sgd": (0.02, 0.3),
    "momentum": (0.003, 0.05),
    "nesterov": (0.003, 0.05),
    "rmsprop": (0.0005, 0.005),
    "adam": (0.0007, 0.01),
    "adamw": (0.0007, 0.01),
}
WITHIN = 0.02  # of the best score on that data set


def draw_settings(draw: np.random.Generator, rows: int) -> Settings:
    """Sane settings for so many training samples."""
    optimizer = str(draw.choice(list(RATES)))
    rate = log_uniform(draw, *RATES[optimizer])
    activation = str(draw.choice(["relu", "tanh", "sigmoid", "gelu", "elu", "leaky_relu"]))
    depth = int(draw.integers(1, 3 if activation == "sigmoid" else 4))
    widths = tuple(int(w) for w in draw.choice([16, 32, 64, 128], depth))
    batch = int(draw.choice([8, 16, 32, 64, 128, rows]))
    batch = min(batch, rows)
    steps = log_uniform(draw, 300, 3000)
    epochs = int(max(20, steps / np.ceil(rows / batch)))
    schedule = draw.random()
    learning_rate: Any = rate
    if schedule > 0.8:
        learning_rate = gn.Cosine(rate, warmup=0.05)
    elif schedule > 0.7:
        learning_rate = gn.OneCycle(2 * rate)
    return Settings(
        widths=widths,
        activation=activation,
        optimizer=optimizer,
        learning_rate=learning_rate,
        batch_size=batch,
        epochs=epochs,
        l2=0.0 if draw.random() < 0.6 else log_uniform(draw, 1e-5, 1e-3),
        dropout=0.0 if draw.random() < 0.7 else float(draw.choice([0.1, 0.2, 0.3])),
        normalised=bool(draw.random() < 0.125),
        keep_best=bool(draw.random() < 0.3),
        validated=bool(draw.random() < 0.8),
        dtype=str(draw.choice(["float32", "float64"])),
        seed=int(draw.integers(1 << 30)),
    )


def healthy_run(name: str, number: int, series: int) -> Outcome:
    """One run; the data set and its split are the same for all runs of a series."""
    draw = np.random.default_rng([series, 1, number])
    data = parts(name, series)
    if draw.random() < 0.125:
        return estimator_run(name, data, int(draw.integers(1 << 30)))
    return train(name, data, draw_settings(draw, len(data.X)))


def estimator_run(name: str, data: Parts, seed: int) -> Outcome:
    """The estimators as they are."""
    doctor = Doctor()
    kind = gn.Classifier if data.classes else gn.Regressor
    y = data.y if data.classes or data.y.shape[1] > 1 else data.y[:, 0]
    model = kind(random_state=seed, verbose=False, callbacks=[doctor])
    y_new = data.y_validation if data.y_validation.ndim == 1 else data.y_validation.reshape(
        len(data.X_validation), *y.shape[1:]
    )  # fmt: skip
    model.fit(data.X, y, validation=(data.X_validation, y_new))
    score = float(model.score(data.X_test, data.y_test.reshape(len(data.X_test), *y.shape[1:])))
    spent = doctor.seconds
    return Outcome(
        name, score, doctor.findings, spent["looks"], spent["diagnoses"], spent["training"],
        model.network_.state.step,
    )  # fmt: skip


def names() -> list[str]:
    """The data sets."""
    return list(ALL)


def log_uniform(draw: np.random.Generator, low: float, high: float) -> float:
    """A number between the two, its logarithm evenly likely."""
    return float(np.exp(draw.uniform(np.log(low), np.log(high))))
