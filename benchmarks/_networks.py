"""Random networks as people write them in plain NumPy: of any depth, width, activation, loss and
convention, with a gradient that is right or has one planted mistake.

The mathematics is written once, for samples in rows; names, orientation and shapes of what goes in
and comes out follow the convention drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
HIDDEN = ("sigmoid", "tanh", "relu", "leaky relu", "softplus", "linear")
OUTPUTS = (
    ("softmax", "cross-entropy"),
    ("sigmoid", "binary cross-entropy"),
    ("linear", "squared"),
    ("sigmoid", "squared"),
    ("tanh", "squared"),
    ("softmax", "squared"),
)
NAMES: tuple[Callable[[int], tuple[Any, Any]], ...] = (
    lambda i: (f"W{i + 1}", f"b{i + 1}"),
    lambda i: (f"weights{i + 1}", f"biases{i + 1}"),
    lambda i: (f"w{i}", f"b{i}"),
    lambda i: (f"W_{i + 1}", f"b_{i + 1}"),
    lambda i: (f"layer{i}.W", f"layer{i}.b"),
    lambda i: (f"fc{i + 1}_weight", f"fc{i + 1}_bias"),
    lambda i: (f"theta{i + 1}", f"bias{i + 1}"),
    lambda i: (2 * i, 2 * i + 1),
)


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


VALUE: dict[str, Callable[[Array], Array]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(0, z),
    "leaky relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "linear": lambda z: z,
    "softmax": softmax,
}
SLOPE: dict[str, Callable[[Array], Array]] = {  # f′ as a function of z
    "sigmoid": lambda z: sigmoid(z) * (1 - sigmoid(z)),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: 1.0 * (z > 0),
    "leaky relu": lambda z: np.where(z > 0, 1, 0.01),
    "softplus": sigmoid,
    "linear": np.ones_like,
}
FORM: dict[str, Callable[[Array], Array]] = {  # f′ written in a = f(z)
    "sigmoid": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a**2,
    "softplus": lambda a: 1 - np.exp(-a),
}


@dataclass(frozen=True)
class Fault:
    """A planted mistake: its kind, the layers (from 0) and the lines ('W', 'b') that it is in."""

    name: str
    how: str = ""
    layers: tuple[int, ...] = ()
    lines: tuple[str, ...] = ("W", "b")


@dataclass(frozen=True)
class Plan:
    """A network drawn: its form, its loss, its data and the user's convention."""

    widths: tuple[int, ...]
    hidden: tuple[str, ...]
    output: str
    loss: str
    reduction: str  # mean, all (of all numbers), sum
    half: bool
    penalty: str  # '', 'half', 'half/n', 'whole', 'l1', 'biases'
    strength: float
    columns: bool
    flipped: bool
    bias: str  # '', 'flat', 'row', 'column'
    names: int
    data: str  # closure, arguments, hidden
    n: int
    seed: int
    epsilon: float = 0.0
    keep: float = 1.0
    mask_seed: int = 0
    size: float = 1.0
    rate: float = 0.3

    @property
    def last(self) -> int:
        return len(self.widths) - 2

    def name(self, i: int, line: str) -> Any:
        pair = NAMES[self.names](i)
        return pair[0] if line == "W" else pair[1]


@dataclass
class Network:
    """The plan made into what a user hands over: parameters, loss, gradients, data, update."""

    plan: Plan
    fault: Fault | None = None
    parameters: dict[Any, Array] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.plan.seed)
        plan = self.plan
        self.parameters = {}
        for i, (d, k) in enumerate(zip(plan.widths, plan.widths[1:], strict=False)):
            W = plan.size * rng.normal(size=(d, k)) / np.sqrt(d)
            b = plan.size * 0.4 * rng.normal(size=k)
            self._put(self.parameters, i, W, b)

    # What the user hands over.

    def data(self) -> tuple[Array, Array]:
        """X and Y as the user keeps them."""
        plan = self.plan
        rng = np.random.default_rng(plan.seed + 1)
        X = rng.normal(size=(plan.n, plan.widths[0])) + 0.3 * rng.normal(size=plan.widths[0])
        k = plan.widths[-1]
        if plan.output == "softmax":
            Y = np.eye(k)[rng.integers(0, k, plan.n)]
        elif plan.loss == "binary cross-entropy" or plan.output == "sigmoid":
            Y = rng.integers(0, 2, (plan.n, k)).astype(float)
        else:
            Y = rng.normal(size=(plan.n, k)) * (0.5 if plan.output == "tanh" else 1.0)
        return (X.T, Y.T) if plan.columns else (X, Y)

    def functions(self) -> dict[str, Any]:
        """What ``verify`` is given: loss, gradients, update; X and Y where they are handed over."""
        if self.plan.data == "arguments":
            X, Y = self.data()
            made = {"loss": self.loss, "gradients": self.gradients, "update": self.update}
            return {**made, "X": X, "Y": Y}
        if self.plan.data == "hidden":
            return {
                "loss": lambda p: self.loss(p, *self.data()),
                "gradients": lambda p: self.gradients(p, *self.data()),
                "update": lambda p: self.update(p, *self.data()),
            }
        X, Y = self.data()

        def loss(p: dict[Any, Array]) -> float:
            return self.loss(p, X, Y)

        def gradients(p: dict[Any, Array]) -> dict[Any, Array]:
            return self.gradients(p, X, Y)

        def update(p: dict[Any, Array]) -> dict[Any, Array]:
            return self.update(p, X, Y)

        return {"loss": loss, "gradients": gradients, "update": update}

    def loss(self, parameters: dict[Any, Array], X: Array, Y: Array) -> float:
        """The loss as the user wrote it."""
        X, Y = (X.T, Y.T) if self.plan.columns else (X, Y)
        weights, biases = self._layers(parameters)
        P = self._forward(weights, biases, X)[1][-1]
        plan, n = self.plan, len(X)
        if plan.loss == "squared":
            total = float(((P - Y) ** 2).sum()) * (0.5 if plan.half else 1.0)
        elif plan.loss == "cross-entropy":
            total = -float((Y * np.log(P + plan.epsilon)).sum())
        else:
            total = -float(
                (Y * np.log(P + plan.epsilon) + (1 - Y) * np.log(1 - P + plan.epsilon)).sum()
            )
        return total / self._divisor(n) + self._penalty(weights, biases, n)

    def gradients(self, parameters: dict[Any, Array], X: Array, Y: Array) -> dict[Any, Array]:
        """The gradient as the user wrote it, with the planted mistake."""
        X, Y = (X.T, Y.T) if self.plan.columns else (X, Y)
        weights, biases = self._layers(parameters)
        found: dict[Any, Array] = {}
        for i, dW, db in self._backward(weights, biases, X, Y):
            self._put(found, i, dW, db, raw=True)
        return {key: found[key] for key in parameters}

    def update(self, parameters: dict[Any, Array], X: Array, Y: Array) -> dict[Any, Array]:
        """A step of gradient descent; with 'stale-weight' planted, mixed up with the gradients."""
        gradients = self.gradients(parameters, X, Y)
        return {key: parameters[key] - self.plan.rate * gradients[key] for key in parameters}

    # The mathematics, samples in rows.

    def _divisor(self, n: int) -> float:
        k = self.plan.widths[-1]
        return {"mean": n, "all": n * k, "sum": 1}[self.plan.reduction]

    def _penalty(self, weights: list[Array], biases: list[Array | None], n: int) -> float:
        plan = self.plan
        squares = float(sum((W**2).sum() for W in weights))
        if plan.penalty == "biases":
            squares += float(sum((b**2).sum() for b in biases if b is not None))
        if plan.penalty == "l1":
            return plan.strength * float(sum(np.abs(W).sum() for W in weights))
        factor = {"": 0.0, "half": 0.5, "half/n": 0.5 / n, "whole": 1.0, "biases": 0.5}
        return plan.strength * factor[plan.penalty] * squares

    def _penalty_slope(self, i: int, line: str, values: Array, n: int) -> Array:
        plan, fault = self.plan, self.fault
        if line == "b" and plan.penalty != "biases":
            return np.zeros_like(values)
        factor = {"": 0.0, "half": 1.0, "half/n": 1.0 / n, "whole": 2.0, "biases": 1.0, "l1": 1.0}
        term = np.sign(values) if plan.penalty == "l1" else values
        amount = plan.strength * factor[plan.penalty]
        if fault is not None and fault.name == "regularisation" and i in fault.layers:
            if line in fault.lines:
                amount *= {
                    "missing": 0.0, "twice": 2.0, "half": 0.5, "times n": n, "over n": 1 / n,
                    "added": 0.0,
                }[fault.how]  # fmt: skip
                if fault.how == "added":
                    amount = plan.strength
        return amount * term

    def _masks(self, n: int, again: bool = False) -> list[Array | None]:
        """Dropout's masks of the hidden layers, the same at every call; `again`: drawn anew."""
        plan = self.plan
        if plan.keep == 1.0:
            return [None] * (plan.last + 1)
        rng = np.random.default_rng(plan.mask_seed)
        draws = []
        for _ in range(2 if again else 1):
            draws = [(rng.random((n, k)) < plan.keep) / plan.keep for k in plan.widths[1:-1]]
        return [*draws, None]

    def _forward(
        self, weights: list[Array], biases: list[Array | None], X: Array
    ) -> tuple[list[Array], list[Array]]:
        plan, a, zs, activations = self.plan, X, [], [X]
        masks = self._masks(len(X))
        for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
            z = a @ W + (0 if b is None else b)
            a = VALUE[plan.output if i == plan.last else plan.hidden[i]](z)
            mask = masks[i]
            if mask is not None:
                a = a * mask
            zs.append(z)
            activations.append(a)
        return zs, activations

    def _output_delta(self, z: Array, P: Array, Y: Array) -> Array:
        """∂L/∂z of the output layer without the divisor."""
        plan, fault = self.plan, self.fault
        two = 1.0 if plan.half else 2.0
        dP = two * (P - Y) if plan.loss == "squared" else -Y / P
        if plan.loss == "binary cross-entropy":
            dP = -Y / P + (1 - Y) / (1 - P)

        def jacobian(d: Array) -> Array:
            return P * (d - (d * P).sum(axis=1, keepdims=True))

        here = fault is not None and plan.last in fault.layers
        scaled = two * (P - Y) if plan.loss == "squared" else P - Y
        if here and fault is not None and fault.name == "softmax-jacobian":
            return {
                "forgotten": lambda: dP,
                "twice": lambda: jacobian(jacobian(dP)),
                "elementwise": lambda: scaled * P * (1 - P),
                "diagonal": lambda: dP * P * (1 - P),
            }[fault.how]()
        if here and fault is not None and fault.name == "missing-activation-derivative":
            return dP
        if here and fault is not None and fault.name == "derivative-at-wrong-value":
            at = SLOPE[plan.output](P) if fault.how == "at a" else FORM[plan.output](z)
            return dP * at
        if plan.output == "softmax" and plan.loss == "squared":
            return jacobian(dP)
        if plan.loss == "squared":
            return dP * SLOPE[plan.output](z)
        return P - Y

    def _backward(
        self, weights: list[Array], biases: list[Array | None], X: Array, Y: Array
    ) -> list[tuple[int, Array, Array]]:
        plan, fault, n = self.plan, self.fault, len(X)
        zs, activations = self._forward(weights, biases, X)
        masks = self._masks(n)
        wrong_masks = self._masks(n, again=True)
        used = [W.copy() for W in weights]
        delta = self._output_delta(zs[-1], activations[-1], Y) / self._divisor(n)
        found = []
        for i in range(plan.last, -1, -1):
            if i < plan.last:
                back = delta @ used[i + 1].T
                if self._has("transposed", i) and self._how("back"):
                    back = delta @ used[i + 1]
                mask = masks[i]
                if self._has("dropout-mask", i):
                    mask = None if self._how("left out") else wrong_masks[i]
                if mask is not None:
                    back = back * mask
                delta = back * self._slope(i, zs[i], VALUE[plan.hidden[i]](zs[i]))
            if self._has("sign", i) and self._how("delta"):
                delta = -delta
            if self._has("one-sample", i) and self._how("delta"):
                last = (np.arange(n) == n - 1)[:, None]
                delta = np.where(last, delta, 0.0) * (n if plan.reduction != "sum" else 1)
            dW, db = activations[i].T @ delta, delta.sum(axis=0)
            dW, db = self._lines(i, dW, db, n, activations[i], delta)
            dW = dW + self._penalty_slope(i, "W", weights[i], n)
            bias = biases[i]
            if bias is not None:
                db = db + self._penalty_slope(i, "b", bias, n)
            if fault is not None and fault.name == "stale-weight" and i in fault.layers:
                used[i] = used[i] - plan.rate * dW
            found.append((i, dW, db))
        return found

    def _slope(self, i: int, z: Array, a: Array) -> Array:
        f = self.plan.hidden[i]
        if self._has("missing-activation-derivative", i):
            return np.ones_like(z)
        if self._has("derivative-at-wrong-value", i):
            return SLOPE[f](a) if self._how("at a") else FORM[f](z)
        return SLOPE[f](z)

    def _lines(
        self, i: int, dW: Array, db: Array, n: int, inputs: Array, delta: Array
    ) -> tuple[Array, Array]:
        """Mistakes made in the lines of dW and db themselves."""
        fault, divisor = self.fault, self._divisor(n)
        if fault is None or i not in fault.layers:
            return dW, db
        factor = {
            "missing-mean": divisor,
            "mean-twice": 1 / n,
            "sign": 1.0 if fault.how == "delta" else -1.0,
        }.get(fault.name, 1.0)
        if "W" in fault.lines:
            dW = factor * dW
        if "b" in fault.lines:
            db = factor * db
        if fault.name == "one-sample" and fault.how == "line":
            row = slice(n - 1, n)
            if "W" in fault.lines:
                dW = n * inputs[row].T @ delta[row]
            if "b" in fault.lines:
                db = n * delta[row].sum(axis=0)
        if fault.name == "bias-summed-to-scalar":
            total = db.mean() if fault.how == "mean" else db.sum()
            db = np.asarray(total) if fault.how == "number" else np.full_like(db, total)
        return dW, db

    def _has(self, name: str, i: int) -> bool:
        return self.fault is not None and self.fault.name == name and i in self.fault.layers

    def _how(self, how: str) -> bool:
        return self.fault is not None and self.fault.how == how

    # The user's convention.

    def _put(self, into: dict[Any, Array], i: int, W: Array, b: Array, raw: bool = False) -> None:
        plan = self.plan
        W = W.T if plan.flipped else W
        if raw and self._has("transposed", i) and self._how("line"):
            W = W.T
        into[plan.name(i, "W")] = W
        if plan.bias:
            shape = {"flat": (-1,), "row": (1, -1), "column": (-1, 1)}[plan.bias]
            into[plan.name(i, "b")] = b if b.ndim == 0 else b.reshape(shape)

    def _layers(self, parameters: dict[Any, Array]) -> tuple[list[Array], list[Array | None]]:
        plan = self.plan
        weights, biases = [], []
        for i in range(plan.last + 1):
            W = parameters[plan.name(i, "W")]
            weights.append(W.T if plan.flipped else W)
            biases.append(parameters[plan.name(i, "b")].reshape(-1) if plan.bias else None)
        return weights, biases


def draw(rng: np.random.Generator, **given: Any) -> Plan:
    """A plan drawn at random; what is given is fixed."""
    depth = given.get("depth") or int(rng.integers(1, 4))
    output, loss = given.get("end") or OUTPUTS[rng.integers(len(OUTPUTS))]
    outputs = int(rng.integers(2, 5)) if output == "softmax" else int(rng.integers(1, 5))
    widths = [int(rng.integers(2, 7)), *(int(rng.integers(2, 8)) for _ in range(depth)), outputs]
    if given.get("square"):
        widths[1:-1] = [int(rng.integers(3, 6))] * depth
        widths[0] = widths[1] if depth == 1 else widths[0]
    alike = rng.random() < 0.7
    pool = given.get("pool") or HIDDEN
    first = pool[rng.integers(len(pool))]
    hidden = [first if alike else pool[rng.integers(len(pool))] for _ in range(depth)]
    layout = rng.integers(4)
    columns, flipped = bool(layout in (2, 3)), bool(layout in (1, 2))
    bias = "column" if columns else ("flat" if rng.random() < 0.5 else "row")
    if rng.random() < given.get("no_bias", 0.1):
        bias = ""
    penalties = ("", "", "half", "half/n", "whole", "l1", "biases")
    return Plan(
        tuple(widths),
        tuple(hidden),
        output,
        loss,
        given.get("reduction") or ("mean", "mean", "all", "sum")[rng.integers(4)],
        bool(rng.random() < 0.5),
        given.get("penalty") or penalties[rng.integers(len(penalties))],
        float(10 ** rng.uniform(-3, -0.5)),
        columns,
        flipped,
        bias,
        int(rng.integers(len(NAMES))),
        given.get("data") or ("closure", "arguments", "hidden")[rng.integers(3)],
        int(rng.integers(5, 40)),
        int(rng.integers(2**31)),
        size=float(rng.choice([0.1, 1.0, 1.0, 1.5])),
        rate=float(10 ** rng.uniform(-2, 0.3)),
    )
