"""Losses: what training minimises, each value beside its derivative.

A loss gives one number per sample, lᵢ; the loss of a batch is their mean (``reduction="mean"``,
the default) or their sum (``"sum"``, as old write-ups have it; they also call it the *cost*).
An elementwise loss averages over a sample's k outputs under "mean" and adds them under "sum".
Outputs are ŷ (n, k), after the output activation; z (n, k) are the logits, before it.

Where a loss *meets* the output activation that it belongs to (softmax and cross-entropy, sigmoid
and binary cross-entropy, exponential and Poisson), value and derivative are taken from the
logits: the derivative collapses to ŷ − y, and the value is infinite only where the mathematics
is. Values are worked out in float64 whatever the network's dtype.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.errors import InputError
from glassnet.nn.activations import Softmax, sigmoid
from glassnet.nn.arrays import Array
from glassnet.nn.checks import is_number
from glassnet.nn.contract import Reduction


@dataclass(frozen=True)
class _Elementwise:
    """Losses that compare each output with its own target: lᵢ = 1/k Σⱼ l(ŷᵢⱼ, yᵢⱼ)."""

    reduction: Reduction = "mean"
    meets: ClassVar[str | None] = None
    outputs_in: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    targets_in: ClassVar[tuple[float, float]] = (-np.inf, np.inf)

    def __post_init__(self) -> None:
        _check_reduction(self.reduction)

    def targets(self, Y: Array, outputs: int, dtype: np.dtype) -> Array:
        """Y as (n, k) numbers; (n,) is taken as one column when the network has one output."""
        Y = np.asarray(Y)
        if Y.ndim == 1 and outputs == 1:
            Y = Y[:, None]
        if Y.ndim != 2 or Y.shape[1] != outputs:
            raise InputError(
                f"{self.name} compares each output with its own target: targets of shape "
                f"(n, {outputs}) are expected for {outputs} output(s), {Y.shape} was given"
            )
        Y = _numbers(Y, self.name).astype(dtype, copy=False)
        low, high = self.targets_in
        if Y.size and (Y.min() < low or Y.max() > high):
            raise InputError(
                f"{self.name} takes targets from {low:g} to {high:g}; they reach from "
                f"{Y.min():g} to {Y.max():g}"
            )
        return Y

    def per_sample(self, outputs: Array, y: Array) -> Array:
        """lᵢ from ŷ."""
        with np.errstate(over="ignore", divide="ignore"):
            return self._over_outputs(self._value(_double(outputs), _double(y)))

    def derivative(self, outputs: Array, y: Array) -> Array:
        """∂lᵢ/∂ŷᵢ."""
        return np.asarray(self._slope(outputs, y) * self._share(outputs))

    def per_sample_logits(self, logits: Array, y: Array) -> Array:
        """lᵢ from the logits, where the loss meets its activation."""
        with np.errstate(over="ignore"):
            return self._over_outputs(self._value_logits(_double(logits), _double(y)))

    def derivative_logits(self, outputs: Array, y: Array) -> Array:
        """ŷ − y (over k under "mean")."""
        return np.asarray((outputs - y) * self._share(outputs))

    def right(self, outputs: Array, y: Array) -> Array | None:
        """Not about classes."""
        return None

    def _value(self, outputs: Array, y: Array) -> Array:
        raise NotImplementedError

    def _slope(self, outputs: Array, y: Array) -> Array:
        raise NotImplementedError

    def _value_logits(self, logits: Array, y: Array) -> Array:
        raise NotImplementedError

    def _share(self, outputs: Array) -> float:
        return 1.0 if self.reduction == "sum" else 1.0 / outputs.shape[1]

    def _over_outputs(self, values: Array) -> Array:
        return np.asarray(values.sum(axis=1) * self._share(values))

    @property
    def name(self) -> str:
        """The name in descriptions, summaries and files."""
        return _NAMES[type(self)]


@dataclass(frozen=True)
class MeanSquaredError(_Elementwise):
    """l = (ŷ − y)², without the ½ of some textbooks;  ∂l/∂ŷ = 2(ŷ − y)."""

    def _value(self, outputs: Array, y: Array) -> Array:
        return np.asarray(np.square(outputs - y))

    def _slope(self, outputs: Array, y: Array) -> Array:
        return np.asarray(2 * (outputs - y))


@dataclass(frozen=True)
class MeanAbsoluteError(_Elementwise):
    """l = |ŷ − y|;  ∂l/∂ŷ = sign(ŷ − y), 0 where they are equal."""

    def _value(self, outputs: Array, y: Array) -> Array:
        return np.asarray(np.abs(outputs - y))

    def _slope(self, outputs: Array, y: Array) -> Array:
        return np.asarray(np.sign(outputs - y))


@dataclass(frozen=True)
class Huber(_Elementwise):
    """With r = ŷ − y: l = r²/2 for |r| ≤ δ, else δ(|r| − δ/2);  ∂l/∂ŷ = clip(r, −δ, δ).

    Huber, "Robust Estimation of a Location Parameter", 1964.
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (is_number(self.delta) and self.delta > 0):
            raise InputError(f"Huber's delta must be above 0, {self.delta} was given")

    def _value(self, outputs: Array, y: Array) -> Array:
        distance = np.abs(outputs - y)
        inner = np.minimum(distance, self.delta)
        return np.asarray(inner * (distance - 0.5 * inner))

    def _slope(self, outputs: Array, y: Array) -> Array:
        return np.asarray(np.clip(outputs - y, -self.delta, self.delta))


@dataclass(frozen=True)
class BinaryCrossEntropy(_Elementwise):
    """l = −y log ŷ − (1 − y) log(1 − ŷ), targets in [0, 1];  ∂l/∂ŷ = (1 − y)/(1 − ŷ) − y/ŷ.

    On logits, ŷ = σ(z): l = log(1 + eᶻ) − yz, because log σ(z) = z − log(1 + eᶻ) and
    log(1 − σ(z)) = −log(1 + eᶻ);  ∂l/∂z = ŷ − y. With ``from_logits=True`` the network's outputs
    are themselves the logits.
    """

    from_logits: bool = False
    targets_in: ClassVar[tuple[float, float]] = (0.0, 1.0)

    @property
    def meets(self) -> str | None:  # type: ignore[override]
        """Sigmoid."""
        return None if self.from_logits else "sigmoid"

    @property
    def outputs_in(self) -> tuple[float, float]:  # type: ignore[override]
        """Probabilities, unless the outputs are logits."""
        return (-np.inf, np.inf) if self.from_logits else (0.0, 1.0)

    def right(self, outputs: Array, y: Array) -> Array | None:
        """Samples of which every output is on its target's side of one half."""
        middle = 0.0 if self.from_logits else 0.5
        return np.asarray(((outputs > middle) == (y > 0.5)).all(axis=1))

    def _value(self, outputs: Array, y: Array) -> Array:
        if self.from_logits:
            return self._value_logits(outputs, y)
        return -_y_log(y, outputs) - _y_log(1 - y, 1 - outputs)

    def _slope(self, outputs: Array, y: Array) -> Array:
        if self.from_logits:
            return np.asarray(sigmoid(outputs) - y)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            of_ones = np.where(y == 0, 0, y / outputs)
            of_zeros = np.where(y == 1, 0, (1 - y) / (1 - outputs))
        return np.asarray((of_zeros - of_ones).astype(outputs.dtype))

    def _value_logits(self, logits: Array, y: Array) -> Array:
        # log(1 + eᶻ) − yz with max(z, 0) taken out, so that nothing cancels where y is 0 or 1.
        linear = np.where(logits > 0, 1 - y, -y) * logits
        return np.asarray(linear + np.log1p(np.exp(-np.abs(logits))))


@dataclass(frozen=True)
class Poisson(_Elementwise):
    """l = ŷ − y log ŷ, ŷ the expected count, y ≥ 0;  ∂l/∂ŷ = 1 − y/ŷ.

    The negative log-likelihood of y events where ŷ were expected, its constant log y! left out.
    On the log-rate, ŷ = eᶻ: l = eᶻ − yz;  ∂l/∂z = ŷ − y.
    """

    meets: ClassVar[str | None] = "exponential"
    outputs_in: ClassVar[tuple[float, float]] = (0.0, np.inf)
    targets_in: ClassVar[tuple[float, float]] = (0.0, np.inf)

    def _value(self, outputs: Array, y: Array) -> Array:
        return np.asarray(outputs - _y_log(y, outputs))

    def _slope(self, outputs: Array, y: Array) -> Array:
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            return np.where(y == 0, 1, 1 - y / outputs).astype(outputs.dtype)

    def _value_logits(self, logits: Array, y: Array) -> Array:
        return np.asarray(np.exp(logits) - y * logits)


@dataclass(frozen=True)
class CrossEntropy:
    """l = −Σⱼ yⱼ log ŷⱼ over the K classes (a sum in either reduction);  ∂l/∂ŷⱼ = −yⱼ/ŷⱼ.

    Targets are class indices (n,) or rows that sum to 1 (n, K): one-hot or soft labels. With
    ``label_smoothing`` s they become (1 − s) y + s/K (Szegedy et al. 2016). On logits, ŷ the
    softmax of z: l = log Σₖ e^(zₖ) − Σⱼ yⱼ zⱼ;  ∂l/∂z = ŷ − y. With ``from_logits=True`` the
    network's outputs are themselves the logits.
    """

    reduction: Reduction = "mean"
    label_smoothing: float = 0.0
    from_logits: bool = False
    name: ClassVar[str] = "cross_entropy"

    def __post_init__(self) -> None:
        _check_reduction(self.reduction)
        if not (is_number(self.label_smoothing) and 0 <= self.label_smoothing < 1):
            raise InputError(f"label_smoothing must be in [0, 1), {self.label_smoothing} was given")

    @property
    def meets(self) -> str | None:
        """Softmax."""
        return None if self.from_logits else "softmax"

    @property
    def outputs_in(self) -> tuple[float, float]:
        """Probabilities, unless the outputs are logits."""
        return (-np.inf, np.inf) if self.from_logits else (0.0, 1.0)

    def targets(self, Y: Array, outputs: int, dtype: np.dtype) -> Array:
        """Indices as int64 (n,), or rows that sum to 1 as numbers (n, K)."""
        Y = _numbers(np.asarray(Y), self.name)
        if outputs < 2:
            raise InputError(
                f"cross_entropy chooses among classes and needs at least 2 outputs, the network "
                f"has {outputs}; for one output use binary_cross_entropy with sigmoid"
            )
        if Y.ndim == 2 and Y.shape[1] == outputs:
            sums = Y.sum(axis=1)
            if Y.size and (Y.min() < 0 or np.abs(sums - 1).max() > 1e-4):
                row = (
                    int(np.abs(sums - 1).argmax()) if Y.min() >= 0 else int(Y.min(axis=1).argmin())
                )
                raise InputError(
                    f"cross_entropy takes one-hot rows or class probabilities, which are not "
                    f"negative and sum to 1; row {row} is {Y[row].tolist()}"
                )
            return Y.astype(dtype, copy=False)
        if Y.ndim == 2 and Y.shape[1] == 1:
            Y = Y[:, 0]
        if Y.ndim != 1:
            raise InputError(
                f"cross_entropy takes class indices (n,) or one-hot rows (n, {outputs}) for "
                f"{outputs} outputs; targets of shape {Y.shape} were given"
            )
        with np.errstate(invalid="ignore"):  # a number too large for an index is refused below
            indices = Y.astype(np.int64, copy=False)
        if Y.size and ((indices != Y).any() or indices.min() < 0 or indices.max() >= outputs):
            raise InputError(
                f"cross_entropy takes class indices from 0 to {outputs - 1} for {outputs} "
                f"outputs; the targets reach from {Y.min():g} to {Y.max():g}; "
                "glassnet.OneHotEncoder makes one-hot rows from any labels"
            )
        return indices

    def per_sample(self, outputs: Array, y: Array) -> Array:
        """lᵢ from ŷ."""
        if self.from_logits:
            return self.per_sample_logits(outputs, y)
        with np.errstate(divide="ignore"):
            return np.asarray(-_y_log(self._dense(y, outputs), _double(outputs)).sum(axis=1))

    def derivative(self, outputs: Array, y: Array) -> Array:
        """−yⱼ/ŷⱼ; on logits ŷ − y."""
        if self.from_logits:
            return self.derivative_logits(Softmax().value(outputs), y)
        dense = self._dense(y, outputs)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            slope = np.asarray(-dense / outputs)
        return np.where(dense == 0, 0, slope).astype(outputs.dtype)

    def per_sample_logits(self, logits: Array, y: Array) -> Array:
        """lᵢ = log Σₖ e^(zₖ) − Σⱼ yⱼ zⱼ, after the row's maximum is taken from z."""
        z = _double(logits)
        z = z - z.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(z).sum(axis=1))
        if y.ndim == 1 and not self.label_smoothing:
            return np.asarray(log_sum - z[np.arange(len(z)), y])
        return np.asarray(log_sum - (self._dense(y, z) * z).sum(axis=1))

    def derivative_logits(self, outputs: Array, y: Array) -> Array:
        """ŷ − y."""
        if y.ndim == 1 and not self.label_smoothing:
            dz = outputs.copy()
            dz[np.arange(len(dz)), y] -= 1
            return dz
        return np.asarray(outputs - self._dense(y, outputs))

    def right(self, outputs: Array, y: Array) -> Array | None:
        """Samples whose largest output is their class's."""
        labels = y if y.ndim == 1 else y.argmax(axis=1)
        return np.asarray(outputs.argmax(axis=1) == labels)

    def _dense(self, y: Array, like: Array) -> Array:
        """y as rows (n, K) in the dtype of the outputs, smoothed."""
        if y.ndim == 1:
            rows = np.zeros(like.shape, dtype=like.dtype)
            rows[np.arange(len(rows)), y] = 1
        else:
            rows = y.astype(like.dtype, copy=False)
        if self.label_smoothing:
            rows = rows * (1 - self.label_smoothing) + self.label_smoothing / like.shape[1]
        return rows


_NAMES: dict[type, str] = {
    MeanSquaredError: "mean_squared_error",
    MeanAbsoluteError: "mean_absolute_error",
    Huber: "huber",
    BinaryCrossEntropy: "binary_cross_entropy",
    Poisson: "poisson",
}


def _double(values: Array) -> Array:
    return values.astype(np.float64, copy=False)


def _y_log(y: Array, outputs: Array) -> Array:
    """y log ŷ, which is 0 where y is 0 whatever ŷ is."""
    return np.where(y == 0, 0, y * np.log(np.where(y == 0, 1, outputs)))


def _numbers(Y: Array, name: str) -> Array:
    if Y.dtype.kind not in "biuf":
        raise InputError(
            f"{name} takes targets that are numbers, {Y.dtype} was given; "
            "glassnet.OneHotEncoder encodes labels, glassnet.Classifier takes them as they are"
        )
    if Y.dtype.kind == "f" and not np.isfinite(Y).all():
        count = int((~np.isfinite(Y)).sum())
        raise InputError(f"the targets hold {count} value(s) that are NaN or infinite")
    return Y


def _check_reduction(reduction: str) -> None:
    if reduction not in ("mean", "sum"):
        raise InputError(f"reduction is 'mean' or 'sum', {reduction!r} was given")
