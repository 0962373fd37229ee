"""A run under the doctor's eyes: plain settings in, findings and the test score out."""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from _doctor_data import ALL

import glassnet as gn
from glassnet.errors import NonFiniteLossError
from glassnet.insight.doctor import Doctor, Finding


@dataclass(frozen=True)
class Settings:
    """Everything of a run but its data."""

    widths: tuple[int, ...]
    activation: Any = "relu"
    optimizer: Any = "adam"
    learning_rate: Any = 0.003
    batch_size: int = 32
    epochs: int = 40
    l2: float = 0.0
    dropout: float = 0.0
    normalised: bool = False
    weight_init: Any = None
    bias_init: Any = "zeros"
    output_init: Any = None
    output: Any = None  # the last activation; None: the task's own
    loss: str | None = None
    units: int | None = None  # of the last layer; None: the task's own
    clip_norm: float | None = None
    keep_best: bool = False
    validated: bool = True
    dtype: str = "float32"
    seed: int = 0


@dataclass(frozen=True)
class Parts:
    """Training, validation and test samples; classes: K, or 0 for numbers."""

    X: np.ndarray
    y: np.ndarray
    X_validation: np.ndarray
    y_validation: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    classes: int


@dataclass
class Outcome:
    """What came of it. doctor: seconds of looks and of diagnoses; training: without them."""

    name: str
    score: float
    findings: list[Finding]
    looks: float = 0.0
    diagnoses: float = 0.0
    training: float = 0.0
    steps: int = 0
    settings: Settings | None = None
    strength: dict[str, Any] = field(default_factory=dict)
    curve: list[float] = field(default_factory=list)  # of the epochs' training losses

    @property
    def alarms(self) -> list[Finding]:
        """Faults and warnings, the first named first."""
        return [finding for finding in self.findings if finding.is_alarm]


def parts(name: str, seed: int) -> Parts:
    """The data set, three fifths to train, a fifth to validate, a fifth to test."""
    X, y, classes = ALL[name](seed)
    labels = y if classes else None
    order = np.random.default_rng(seed + 1).permutation(len(X))
    if labels is not None:  # each class keeps its share
        order = order[np.argsort(labels[order], kind="stable")]
    fold = np.arange(len(X)) % 5
    test, validation, train = order[fold == 0], order[fold == 1], order[fold > 1]
    train = np.random.default_rng(seed).permutation(train)
    return Parts(X[train], y[train], X[validation], y[validation], X[test], y[test], classes)


def network(data: Parts, s: Settings) -> gn.Network:
    """The network of these settings for these data."""
    layers: list[Any] = []
    for width in s.widths:
        if s.normalised:
            layers += [
                gn.Dense(width, "identity", s.weight_init, s.bias_init),
                gn.BatchNorm(),
                gn.Activation(s.activation),
            ]
        else:
            layers.append(gn.Dense(width, s.activation, s.weight_init, s.bias_init))
        if s.dropout:
            layers.append(gn.Dropout(s.dropout))
    binary = data.classes == 2
    units = s.units or (1 if binary else data.classes or data.y.shape[1])
    output = s.output or ("sigmoid" if binary else "softmax" if data.classes else "identity")
    layers.append(gn.Dense(units, output, s.output_init))
    usual = {0: "mean_squared_error", 2: "binary_cross_entropy"}.get(data.classes, "cross_entropy")
    return gn.Network(layers, s.loss or usual, seed=s.seed, dtype=s.dtype)


def train(
    name: str, data: Parts, s: Settings, doctor: Doctor | None = None,
    callbacks: Sequence[Any] = (),
) -> Outcome:  # fmt: skip
    """Train under the doctor's eyes; a run that becomes infinite ends like any other."""
    net = network(data, s)
    doctor = doctor or Doctor()
    validation = (data.X_validation, data.y_validation) if s.validated else None
    steps = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = time.perf_counter()
        try:
            net.fit(
                data.X, data.y, optimizer=s.optimizer, learning_rate=s.learning_rate,
                batch_size=s.batch_size, epochs=s.epochs, l2=s.l2, clip_norm=s.clip_norm,
                keep_best=s.keep_best, validation=validation, verbose=False,
                callbacks=[doctor, *callbacks],
            )  # fmt: skip
        except NonFiniteLossError:
            pass
        seconds = time.perf_counter() - began
        steps = net.state.step
        score = float("nan")
        try:
            figures = net.evaluate(data.X_test, data.y_test)
            score = figures.get("accuracy", figures.get("r2", float("nan")))
        except Exception:  # targets that the loss does not take have no score
            pass
    spent = doctor.seconds
    training = seconds - spent["looks"] - spent["diagnoses"]
    return Outcome(
        name, score, doctor.findings, spent["looks"], spent["diagnoses"], training, steps, s,
        curve=list(net.history.loss_without_penalty),
    )  # fmt: skip


__all__ = ["Outcome", "Parts", "Settings", "network", "parts", "replace", "train"]
