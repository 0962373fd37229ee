"""From a network's outputs to probabilities, and from probabilities to decisions."""

from typing import Any

import numpy as np

from glassnet.engines import numpy_engine
from glassnet.network import Network
from glassnet.nn.activations import Sigmoid, Softmax
from glassnet.nn.arrays import Array
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.stack import Stack
from glassnet.nn.state import State
from glassnet.scores.thresholds import bayes_decisions


def probabilities(network: Network, X: Any, task: str) -> Array:
    """p of the second class (n,) for "binary"; else (n, K), rows that sum to 1 for "multiclass".

    Outputs that are no probabilities (a network of the user's own) are cut to [0, 1] and divided
    by their sum.
    """
    outputs = before_step(network, X).astype(np.float64)
    if getattr(network.loss, "from_logits", False):
        alone = task == "multilabel" or outputs.shape[1] == 1
        outputs = np.asarray((Sigmoid() if alone else Softmax()).value(outputs))
    if outputs.shape[1] == 1 and task == "binary":
        return np.clip(outputs[:, 0], 0.0, 1.0)
    P = np.clip(outputs, 0.0, 1.0)
    if task == "multilabel":
        return P
    total = P.sum(axis=1, keepdims=True)
    P = np.where(total > 0, P / np.where(total > 0, total, 1.0), 1.0 / P.shape[1])
    return np.asarray(P[:, 1] if task == "binary" else P)


def decide(P: Array, task: str, threshold: float | None, costs: Array | None) -> Array:
    """The classes' places (n,): p > threshold, the cheapest under `costs`, or the most probable;
    for "multilabel" 0 and 1 (n, k)."""
    if threshold is not None:
        return (P > threshold).astype(np.int64)
    if costs is not None:
        return bayes_decisions(P, costs)
    return np.asarray(P.argmax(axis=1))


def has_step(network: Network) -> bool:
    """Whether the network ends with a threshold that is learned."""
    return isinstance(network.layers[-1], SoftStep)


def step_threshold(network: Network) -> float:
    """The learned threshold as it stands: the network's last parameter."""
    return float(network.parameters[-1])


def before_step(network: Network, X: Any) -> Array:
    """The outputs (n, k); those before a SoftStep that comes last, since it stands behind p."""
    if not has_step(network):
        return network.forward(X)
    stack, state = network.stack, network.state
    shorter = Stack(stack.layers[:-1], stack.loss, stack.input_shape)
    return numpy_engine.forward(shorter, State(state.parameters[:-1], state.buffers), X)
