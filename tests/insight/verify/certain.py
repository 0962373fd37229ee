"""A network of any depth whose predictions may be all but certain, with an ε in its logarithm and
penalties; the gradient is that of everybody: p − y."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


class Certain:
    """Samples in rows; hidden layers all linear, ReLU or sigmoid; softmax or sigmoid outputs."""

    def __init__(
        self,
        widths: tuple[int, ...],
        hidden: str = "linear",
        output: str = "softmax",
        samples: int = 20,
        epsilon: float = 0.0,
        size: float = 1.0,
        seed: int = 0,
        l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.last, self.hidden, self.output = len(widths) - 2, hidden, output
        self.epsilon, self.l1, self.l2 = epsilon, l1, l2
        self.X = rng.normal(size=(samples, widths[0]))
        labels = rng.integers(0, widths[-1], samples)
        self.Y = np.eye(widths[-1])[labels]
        self.parameters: Arrays = {}
        for i, (d, k) in enumerate(zip(widths, widths[1:], strict=False)):
            self.parameters[f"W{i}"] = size * rng.normal(size=(d, k)) / np.sqrt(d)
            self.parameters[f"b{i}"] = 0.4 * size * rng.normal(size=k)

    def forward(self, p: Arrays) -> list[Array]:
        """The activations, the inputs first."""
        found = [self.X]
        for i in range(self.last + 1):
            z = found[-1] @ p[f"W{i}"] + p[f"b{i}"]
            if i < self.last:
                found.append(
                    {"linear": z, "relu": np.maximum(z, 0)}.get(self.hidden, 1 / (1 + np.exp(-z)))
                )
            elif self.output == "softmax":
                e = np.exp(z - z.max(axis=1, keepdims=True))
                found.append(e / e.sum(axis=1, keepdims=True))
            else:
                found.append(1 / (1 + np.exp(-z)))
        return found

    def loss(self, p: Arrays) -> float:
        """Cross-entropy, a mean over the samples, and the penalties."""
        P = self.forward(p)[-1]
        total = self.Y * np.log(P + self.epsilon)
        if self.output != "softmax":
            total = total + (1 - self.Y) * np.log(1 - P + self.epsilon)
        penalty = sum(
            self.l1 * np.abs(array).sum() + 0.5 * self.l2 * (array**2).sum() for array in p.values()
        )
        return float(-total.sum() / len(self.X) + penalty)

    def gradients(self, p: Arrays, penalised: bool = True, factor: float = 1.0) -> Arrays:
        """The gradient; `penalised` False forgets the penalty, `factor` is a mistake beside it."""
        found = self.forward(p)
        delta = (found[-1] - self.Y) / len(self.X)
        grads: Arrays = {}
        for i in range(self.last, -1, -1):
            for name, array in (
                (f"W{i}", found[i].T @ delta), (f"b{i}", delta.sum(axis=0)),
            ):  # fmt: skip
                penalty = self.l1 * np.sign(p[name]) + self.l2 * p[name]
                grads[name] = factor * array + (penalty if penalised else 0.0)
            a = found[i]
            slope = {"linear": np.ones_like(a), "relu": a > 0}.get(self.hidden, a * (1 - a))
            delta = (delta @ p[f"W{i}"].T) * slope
        return {name: grads[name] for name in p}
