"""The penalty that the loss truly has on a layer's weights and biases, measured.

With the output layer's weights zero the predictions don't depend on the layers below; what the loss
still says about their parameters is the penalty.
"""

from dataclasses import dataclass

import numpy as np

from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.tree import Name
from glassnet.insight.verify.inferred.architecture import Chain
from glassnet.insight.verify.inferred.fit import collapse
from glassnet.nn.arrays import Array


@dataclass(frozen=True)
class Penalty:
    """What a penalty adds to a parameter's gradient: amount · θ, or with `l1` amount · sign θ."""

    amount: float
    l1: bool = False

    def part(self, theta: Array, signs: Array) -> Array:
        """Its part in the gradient."""
        return self.amount * (signs if self.l1 else theta)


def penalties(questions: Questions, chain: Chain) -> dict[Name, Penalty]:
    """The penalty on each parameter that has one that could be measured."""
    found: dict[Name, Penalty] = {}
    for i, layer in enumerate(chain.layers):
        for name, line in ((layer.weight, "W"), (layer.bias, "b")):
            if name is None or layer.within:
                continue
            for l1 in (False, True):
                amount = true_penalty(questions, chain, i, l1, line)
                if amount:
                    found[name] = Penalty(amount, l1)
    return found


def true_penalty(
    questions: Questions, chain: Chain, i: int, l1: bool, line: str = "W"
) -> float | None:
    """e in the penalty's gradient e · W (or e · sign W) of layer i; None where it isn't seen.

    line: 'b' for that of the bias. The output layer's own is taken to be that of the others, where
    they all have one and the same.
    """
    last = len(chain.layers) - 1
    if i < last:
        return _measured(questions, chain, i, l1, line)
    others = [_measured(questions, chain, j, l1, line) for j in range(last)]
    if not others or others[0] is None:
        return None
    alike = all(each is not None and np.isclose(each, others[0], 1e-4, 1e-12) for each in others)
    return others[0] if alike else None


def _measured(questions: Questions, chain: Chain, i: int, l1: bool, line: str) -> float | None:
    home = collapse(questions.home, chain, len(chain.layers) - 1)
    W, b = chain.layers[i].split(home)
    theta = W if line == "W" else b
    size = 0.0 if theta is None else float(np.abs(theta).sum() if l1 else (theta**2).sum() / 2)
    if size == 0:
        return None
    losses = []
    for factor in (1.0, 2.0, 3.0):
        moved = dict(home)
        moved_b = b if b is None or line == "W" else factor * b
        chain.layers[i].put(moved, factor * W if line == "W" else W, moved_b)
        losses.append(questions.loss_or_nan(moved))
    growth = (1.0, 2.0) if l1 else (3.0, 8.0)
    first, second = ((losses[k] - losses[0]) / (growth[k - 1] * size) for k in (1, 2))
    # A loss of the size of 1 has 16 digits; a penalty far below its last one isn't seen.
    blind = 1e-13 * abs(losses[0]) / size
    if not np.isfinite(first + second) or abs(first - second) > 1e-5 * abs(first) + 10 * blind:
        return None
    return second if abs(second) > 10 * blind else 0.0
