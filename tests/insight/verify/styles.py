"""Networks as different people write them, each with the mistakes that can be switched on."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def sigmoid_slope(z: Array) -> Array:
    return sigmoid(z) * (1 - sigmoid(z))


class Lists:
    """Lists of weights and biases; a loop over the samples, each a column; quadratic loss."""

    samples = 12

    def __init__(self) -> None:
        rng = np.random.default_rng(5)
        self.data = [
            (rng.normal(size=(4, 1)), np.eye(3)[[rng.integers(3)]].T) for _ in range(self.samples)
        ]
        sizes = [4, 6, 3]
        self.parameters = {
            "biases": [rng.normal(size=(k, 1)) for k in sizes[1:]],
            "weights": [rng.normal(size=(k, d)) for d, k in zip(sizes, sizes[1:], strict=False)],
        }

    def loss(self, p: Any) -> float:
        total = 0.0
        for x, y in self.data:
            a = x
            for b, w in zip(p["biases"], p["weights"], strict=True):
                a = sigmoid(w @ a + b)
            total += 0.5 * float(((a - y) ** 2).sum())
        return total / self.samples

    def gradients(self, p: Any, mistake: str = "") -> Any:
        nabla_b = [np.zeros(b.shape) for b in p["biases"]]
        nabla_w = [np.zeros(w.shape) for w in p["weights"]]
        for x, y in self.data:
            z1 = p["weights"][0] @ x + p["biases"][0]
            a1 = sigmoid(z1)
            z2 = p["weights"][1] @ a1 + p["biases"][1]
            delta = sigmoid(z2) - y
            if mistake != "output":
                delta = delta * sigmoid_slope(z2)
            nabla_b[1] += delta
            nabla_w[1] += delta @ a1.T
            delta = p["weights"][1].T @ delta
            if mistake != "hidden":
                delta = delta * sigmoid_slope(a1 if mistake == "at a" else z1)
            nabla_b[0] += delta
            nabla_w[0] += delta @ x.T
        n = 1 if mistake == "sum" else self.samples
        return {"biases": [b / n for b in nabla_b], "weights": [w / n for w in nabla_w]}


class Theta:
    """The bias is the first column of Theta; a penalty that leaves it out; gradients as a tuple."""

    strength = 1.5

    def __init__(self) -> None:
        rng = np.random.default_rng(6)
        self.X = rng.normal(size=(20, 5))
        self.Y = np.eye(3)[rng.integers(0, 3, 20)]
        self.parameters = {
            "Theta1": 0.5 * rng.normal(size=(7, 6)),
            "Theta2": 0.5 * rng.normal(size=(3, 8)),
        }

    def _forward(self, p: Any) -> tuple[Array, Array, Array, Array]:
        ones = np.ones((len(self.X), 1))
        a1 = np.hstack([ones, self.X])
        z2 = a1 @ p["Theta1"].T
        a2 = np.hstack([ones, sigmoid(z2)])
        return a1, z2, a2, sigmoid(a2 @ p["Theta2"].T)

    def loss(self, p: Any) -> float:
        h, m = self._forward(p)[3], len(self.X)
        fit = -np.sum(self.Y * np.log(h) + (1 - self.Y) * np.log(1 - h)) / m
        squares = sum(np.sum(theta[:, 1:] ** 2) for theta in p.values())
        return float(fit + self.strength / (2 * m) * squares)

    def gradients(self, p: Any, mistake: str = "") -> Any:
        a1, z2, a2, h = self._forward(p)
        m = len(self.X)
        d3 = h - self.Y
        d2 = d3 @ p["Theta2"][:, 1:]
        if mistake != "hidden":
            d2 = d2 * sigmoid_slope(z2)
        if mistake == "sign":
            d2 = -d2
        penalties = [np.hstack([np.zeros((len(t), 1)), t[:, 1:]]) for t in p.values()]
        if mistake == "bias penalised":
            penalties[0] = p["Theta1"]
        share = 0.0 if mistake == "no penalty" else self.strength / m
        return d2.T @ a1 / m + share * penalties[0], d3.T @ a2 / m + share * penalties[1]


class Rows:
    """Samples in rows, labels as numbers, ReLU and softmax, a small penalty, keys dW1 and db1."""

    penalty = 1e-3

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        self.X, self.labels = rng.normal(size=(20, 5)), rng.integers(0, 3, 20)
        self.parameters = {
            "W1": 0.1 * rng.normal(size=(5, 10)), "b1": np.zeros((1, 10)),
            "W2": 0.1 * rng.normal(size=(10, 3)), "b2": np.zeros((1, 3)),
        }  # fmt: skip

    def _forward(self, p: Any) -> tuple[Array, Array]:
        hidden = np.maximum(0, self.X @ p["W1"] + p["b1"])
        e = np.exp(hidden @ p["W2"] + p["b2"])
        return hidden, e / e.sum(axis=1, keepdims=True)

    def loss(self, p: Any) -> float:
        probabilities = self._forward(p)[1]
        fit = -np.log(probabilities[range(20), self.labels]).mean()
        return float(fit + 0.5 * self.penalty * ((p["W1"] ** 2).sum() + (p["W2"] ** 2).sum()))

    def gradients(self, p: Any, mistake: str = "") -> Any:
        hidden, probabilities = self._forward(p)
        scores = probabilities.copy()
        scores[range(20), self.labels] -= 1
        if mistake == "elementwise":
            scores = scores * probabilities * (1 - probabilities)
        scores /= 20
        back = scores @ p["W2"].T
        if mistake != "hidden":
            back[hidden <= 0] = 0
        share = {"penalty twice": 2.0, "no penalty": 0.0}.get(mistake, 1.0) * self.penalty
        grads = {
            "dW2": hidden.T @ scores + share * p["W2"], "db2": scores.sum(axis=0, keepdims=True),
            "dW1": self.X.T @ back + share * p["W1"], "db1": back.sum(axis=0, keepdims=True),
        }  # fmt: skip
        if mistake == "scalar":
            grads["db2"], grads["db1"] = np.sum(scores), np.sum(back)
        return grads


class Columns:
    """A class that keeps its data, samples in columns, two tanh layers, regression."""

    def __init__(self) -> None:
        rng = np.random.default_rng(8)
        self.X, self.Y, self.m = rng.normal(size=(6, 30)), rng.normal(size=(2, 30)), 30
        self.parameters = {
            "W1": rng.normal(size=(5, 6)), "b1": np.zeros((5, 1)),
            "W2": rng.normal(size=(4, 5)), "b2": np.zeros((4, 1)),
            "W3": rng.normal(size=(2, 4)), "b3": np.zeros((2, 1)),
        }  # fmt: skip

    def _forward(self, p: Any) -> dict[str, Array]:
        Z1 = p["W1"] @ self.X + p["b1"]
        Z2 = p["W2"] @ np.tanh(Z1) + p["b2"]
        A2 = np.tanh(Z2)
        return {"A1": np.tanh(Z1), "Z2": Z2, "A2": A2, "A3": p["W3"] @ A2 + p["b3"]}

    def loss(self, p: Any) -> float:
        return float(np.sum((self._forward(p)["A3"] - self.Y) ** 2) / (2 * self.m))

    def gradients(self, p: Any, mistake: str = "") -> Any:
        cache, m = self._forward(p), self.m
        dZ3 = cache["A3"] - self.Y
        at = cache["Z2"] if mistake == "at z" else cache["A2"]
        dZ2 = p["W3"].T @ dZ3 * (1 - np.power(at, 2))
        dZ1 = p["W2"].T @ dZ2 * (1 - np.power(cache["A1"], 2))
        grads = {
            "W3": dZ3 @ cache["A2"].T / m, "b3": np.sum(dZ3, axis=1, keepdims=True) / m,
            "W2": dZ2 @ cache["A1"].T / m, "b2": np.sum(dZ2, axis=1, keepdims=True) / m,
            "W1": dZ1 @ self.X.T / m, "b1": np.sum(dZ1, axis=1, keepdims=True) / m,
        }  # fmt: skip
        if mistake == "scalar":
            grads["b2"] = 1 / m * np.sum(dZ2)
        if mistake == "transposed":
            grads["W2"] = grads["W2"].T
        if mistake == "upside down":
            grads["W1"] = self.X @ dZ1.T / m
        return grads


class NoBias:
    """Two weights of one name, no bias, a sum over four samples, one output."""

    def __init__(self) -> None:
        rng = np.random.default_rng(9)
        self.X = np.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
        self.y = np.array([[0.0, 1, 1, 0]]).T
        self.parameters = {"syn0": 2 * rng.random((3, 4)) - 1, "syn1": 2 * rng.random((4, 1)) - 1}

    def loss(self, p: Any) -> float:
        out = sigmoid(sigmoid(self.X @ p["syn0"]) @ p["syn1"])
        return 0.5 * float(((self.y - out) ** 2).sum())

    def gradients(self, p: Any, mistake: str = "") -> Any:
        hidden = sigmoid(self.X @ p["syn0"])
        out = sigmoid(hidden @ p["syn1"])
        delta = (out - self.y) * (1 if mistake == "output" else out * (1 - out))
        back = delta @ p["syn1"].T * (1 if mistake == "hidden" else hidden * (1 - hidden))
        return {"syn0": self.X.T @ back, "syn1": hidden.T @ delta}


class Logistic:
    """No hidden layer: a vector of weights and a single number."""

    def __init__(self) -> None:
        rng = np.random.default_rng(10)
        self.X, self.y = rng.normal(size=(20, 5)), rng.integers(0, 2, 20)
        self.parameters = {"w": rng.normal(size=5), "b": 0.3}

    def loss(self, p: Any) -> float:
        q = sigmoid(self.X @ p["w"] + p["b"])
        return -float(np.mean(self.y * np.log(q) + (1 - self.y) * np.log(1 - q)))

    def gradients(self, p: Any, mistake: str = "") -> Any:
        q = sigmoid(self.X @ p["w"] + p["b"])
        error = self.y - q if mistake == "sign" else q - self.y
        if mistake == "twice":
            error = error * q * (1 - q)
        n = 1 if mistake == "sum" else 20
        return {"w": self.X.T @ error / n, "b": error.sum() / n}
