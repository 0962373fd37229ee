"""Mistakes to plant: for each, a network in which it can be made, drawn at random, and the ways in
which people make it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from _networks import FORM, Fault, Network, Plan, draw

CURVED = tuple(FORM)
SHORTCUTS = (("softmax", "cross-entropy"), ("sigmoid", "binary cross-entropy"))
Rng = np.random.Generator


def pick(rng: Rng, *options: Any) -> Any:
    """One of the options."""
    return options[rng.integers(len(options))]


def lines(rng: Rng, plan: Plan) -> tuple[str, ...]:
    """dW, db or both."""
    return pick(rng, ("W",), ("b",), ("W", "b")) if plan.bias else ("W",)


def layers(rng: Rng, plan: Plan, first: int = 0) -> tuple[int, ...]:
    """All layers, or one."""
    everything = tuple(range(first, plan.last + 1))
    return pick(rng, everything, (int(rng.integers(first, plan.last + 1)),))


def scale(name: str) -> Callable[[Rng], Network]:
    """A missing or a second mean, in all lines or in some."""

    def plant(rng: Rng) -> Network:
        plan = draw(rng, reduction=pick(rng, "mean", "all"))
        everywhere = rng.random() < 0.5
        if everywhere:
            return Network(plan, Fault(name, "", tuple(range(plan.last + 1))))
        return Network(plan, Fault(name, "", layers(rng, plan), lines(rng, plan)))

    return plant


def sign(rng: Rng) -> Network:
    plan = draw(rng)
    if rng.random() < 0.6:
        # Y − P: in the output layer's ∂L/∂z, or in one that is passed on.
        return Network(plan, Fault("sign", "delta", (pick(rng, plan.last, 0, plan.last),)))
    return Network(plan, Fault("sign", "line", layers(rng, plan), lines(rng, plan)))


def transposed(rng: Rng) -> Network:
    if rng.random() < 0.3:
        plan = draw(rng, depth=int(rng.integers(2, 4)), square=True)
        plan = replace(plan, size=1.0)
        return Network(plan, Fault("transposed", "back", (plan.last - 2,)))
    square = rng.random() < 0.4
    plan = draw(rng, square=square)
    thick = [i for i in range(plan.last + 1) if plan.widths[i] > 1 and plan.widths[i + 1] > 1]
    return Network(plan, Fault("transposed", "line", (int(pick(rng, *thick)),)))


def bias_summed(rng: Rng) -> Network:
    plan = draw(rng, no_bias=0.0)
    wide = [i for i in range(plan.last + 1) if plan.widths[i + 1] > 1]
    chosen = tuple(wide) if rng.random() < 0.4 else (pick(rng, *wide),)
    how = pick(rng, "number", "full", "mean")
    return Network(plan, Fault("bias-summed-to-scalar", how, chosen, ("b",)))


def missing_derivative(rng: Rng) -> Network:
    if rng.random() < 0.25:
        plan = draw(rng, end=pick(rng, ("sigmoid", "squared"), ("tanh", "squared")))
        return Network(plan, Fault("missing-activation-derivative", "", (plan.last,)))
    plan = draw(rng, pool=("sigmoid", "tanh", "relu", "leaky relu", "softplus"))
    hidden = tuple(range(plan.last))
    chosen = hidden if rng.random() < 0.5 else (int(pick(rng, *hidden)),)
    return Network(plan, Fault("missing-activation-derivative", "", chosen))


def wrong_value(rng: Rng) -> Network:
    how = pick(rng, "at a", "at z")
    if rng.random() < 0.2:
        plan = draw(rng, end=pick(rng, ("sigmoid", "squared"), ("tanh", "squared")))
        return Network(plan, Fault("derivative-at-wrong-value", how, (plan.last,)))
    plan = draw(rng, pool=CURVED)
    hidden = tuple(range(plan.last))
    chosen = hidden if rng.random() < 0.5 else (int(pick(rng, *hidden)),)
    return Network(plan, Fault("derivative-at-wrong-value", how, chosen))


def jacobian(rng: Rng) -> Network:
    end = pick(rng, ("softmax", "cross-entropy"), ("softmax", "squared"))
    plan = draw(rng, end=end)
    how = pick(rng, "forgotten", "twice", "elementwise", "diagonal")
    if end[1] == "squared" and plan.widths[-1] == 2 and how in ("elementwise", "diagonal"):
        how = "forgotten"  # of two outputs the diagonal alone is exactly half of the right product
    return Network(plan, Fault("softmax-jacobian", how, (plan.last,)))


def regularisation(rng: Rng) -> Network:
    penalty = pick(rng, "half", "half/n", "whole", "l1", "biases", "")
    plan = draw(rng, penalty=penalty or "half", no_bias=0.1)
    if not penalty:
        plan = replace(plan, penalty="")
    how = pick(rng, "missing", "missing", "twice", "half", "times n", "over n")
    chosen = layers(rng, plan)
    fault = Fault("regularisation", how if penalty else "added", chosen, ("W",))
    return Network(plan, fault)


def one_sample(rng: Rng) -> Network:
    plan = draw(rng, data="arguments", reduction="mean")
    if rng.random() < 0.6:
        return Network(plan, Fault("one-sample", "delta", (plan.last,)))
    return Network(plan, Fault("one-sample", "line", layers(rng, plan), lines(rng, plan)))


def stale_weight(rng: Rng) -> Network:
    plan = replace(draw(rng, data="arguments"), size=1.0)
    return Network(plan, Fault("stale-weight", "", tuple(range(1, plan.last + 1))))


def dropout_mask(rng: Rng) -> Network:
    plan = draw(rng, data="arguments")
    plan = replace(plan, keep=pick(rng, 0.5, 0.7, 0.8), mask_seed=int(rng.integers(1000)))
    how = pick(rng, "left out", "drawn anew")
    hidden = tuple(range(plan.last))
    chosen = hidden if rng.random() < 0.6 else (int(pick(rng, *hidden)),)
    return Network(plan, Fault("dropout-mask", how, chosen))


FROM_A_FUNCTION: dict[str, Callable[[Rng], Network]] = {
    "missing-mean": scale("missing-mean"),
    "mean-twice": scale("mean-twice"),
    "sign": sign,
    "transposed": transposed,
    "bias-summed-to-scalar": bias_summed,
    "missing-activation-derivative": missing_derivative,
    "derivative-at-wrong-value": wrong_value,
    "softmax-jacobian": jacobian,
    "regularisation": regularisation,
}
WITH_DATA: dict[str, Callable[[Rng], Network]] = {
    "one-sample": one_sample,
    "stale-weight": stale_weight,
    "dropout-mask": dropout_mask,
}
FROM_NUMBERS = (
    "missing-mean", "mean-twice", "sign", "transposed", "bias-summed-to-scalar", "regularisation",
)  # fmt: skip


def right(rng: Rng) -> Network:
    """A network without a mistake, in less common forms too."""
    plan = draw(rng, no_bias=0.2)
    odd = rng.random()
    if odd < 0.1 and plan.data == "arguments":
        plan = replace(plan, keep=0.7, mask_seed=int(rng.integers(1000)))
    elif odd < 0.3:
        plan = replace(plan, epsilon=float(pick(rng, 1e-12, 1e-10, 1e-8)))
    return Network(plan)


def invisible(network: Network, at_one_point: bool = False) -> bool:
    """Whether the mistake changes no number: then there is nothing to find.

    at_one_point: where the gradient is given in numbers, at the network's own parameters alone.
    """
    X, Y = network.data()
    good = Network(network.plan)
    rng = np.random.default_rng(0)
    for size in (0.0,) if at_one_point else (0.0, 1.0):
        point = {
            key: value + size * rng.normal(size=np.shape(value))
            for key, value in network.parameters.items()
        }
        wrong, true = network.gradients(point, X, Y), good.gradients(point, X, Y)
        for key, value in true.items():
            if np.shape(wrong[key]) != np.shape(value):
                return False
            if not np.allclose(wrong[key], value, rtol=1e-5, atol=1e-9):
                return False
    return True
