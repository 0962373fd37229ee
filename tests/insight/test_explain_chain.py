"""The chain behind a weight: its factors multiply to the engine's gradient, whatever the layers;
and the printed arithmetic of the optimizer is that of the engine."""

import math
import re
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engines import numpy_engine
from glassnet.engines.samples import Samples
from glassnet.insight.explain import explain, explained
from glassnet.insight.step.moment import Moment
from glassnet.insight.step.parts import Chain, Link
from glassnet.network import Network
from glassnet.nn.activations import ACTIVATIONS
from glassnet.nn.optimizers import OPTIMIZERS
from glassnet.nn.schedules import Constant
from glassnet.nn.update import UpdateRule

N, D, K = 5, 4, 3
OUTPUTS: list[tuple[str, Any]] = [
    ("identity", "mean_squared_error"),
    ("identity", "mean_absolute_error"),
    ("identity", gn.Huber(delta=0.3)),
    ("identity", gn.BinaryCrossEntropy(from_logits=True)),
    ("identity", gn.CrossEntropy(from_logits=True)),
    ("sigmoid", "binary_cross_entropy"),
    ("sigmoid", gn.BinaryCrossEntropy(reduction="sum")),
    ("softmax", "binary_cross_entropy"),
    ("softmax", "cross_entropy"),
    ("softmax", gn.CrossEntropy(label_smoothing=0.2, reduction="sum")),
    ("sigmoid", "cross_entropy"),
    ("exponential", "poisson"),
    ("softplus", "poisson"),
    ("softmax", "mean_squared_error"),
    ("sigmoid", "mean_squared_error"),
    ("tanh", "mean_squared_error"),
]
BETWEEN: dict[str, list[Any]] = {
    "nothing": [],
    "dropout": [gn.Dropout(0.4)],
    "batch norm": [gn.BatchNorm()],
    "layer norm": [gn.LayerNorm()],
    "activation": [gn.Activation("tanh"), gn.Scale(0.5, 2.0)],
    "softmax": [gn.Activation("softmax")],
}


def targets(loss: Any, rng: np.random.Generator) -> np.ndarray:
    name = loss if isinstance(loss, str) else loss.name
    if name == "cross_entropy":
        return rng.integers(0, K, N)
    if name == "poisson":
        return rng.integers(0, 4, (N, K)).astype(float)
    if name == "binary_cross_entropy":
        return rng.integers(0, 2, (N, K)).astype(float)
    return rng.normal(size=(N, K))


def network_of(layers: list[Any], loss: Any, seed: int = 3, dtype: str = "float64") -> Network:
    net = gn.Network(layers, loss, inputs=D, seed=seed, dtype=dtype)
    rng = np.random.default_rng(seed)
    # Every parameter is moved, biases and gains too, so that none is 0 or 1 by chance.
    net.parameters[...] += rng.normal(scale=0.1, size=len(net.parameters))
    return net


def moment_of(net: Network, X: np.ndarray, Y: np.ndarray, training: bool, **rule: Any) -> Moment:
    made = UpdateRule(**({"optimizer": gn.GradientDescent(), "schedule": Constant(0.1)} | rule))
    state = net.state.copy()
    for name in made.optimizer.slots:
        state.slots.setdefault(name, np.zeros_like(state.parameters))
    y = net.stack.loss.targets(Y, net.stack.outputs, net.dtype)
    share = 1 / len(X) if net.loss.reduction == "mean" else 1.0
    return Moment(
        net.stack, state, X, y, np.full(len(X), share), made, 0.1, net.seed, training
    )  # fmt: skip


def multiplied(links: tuple[Link, ...]) -> float:
    """The chain rule, from the factors alone; a layer without a factor hands on its product."""
    product: np.ndarray = np.asarray(1.0)
    for link in links:
        if link.factor is None:
            product = link.product
        elif link.kind == "matrix":
            product = link.factor @ product
        elif link.kind == "jacobian":
            product = product @ link.factor
        else:
            product = product * link.factor
        np.testing.assert_allclose(product, link.product, rtol=1e-9, atol=1e-14)
    return float(product)


def gradient_of(moment: Moment) -> dict[str, np.ndarray]:
    """The engine's gradient in training mode, the stack's own in prediction mode."""
    stack, state = moment.stack, moment.state
    if moment.training:
        _, vector = numpy_engine.loss_and_gradient(
            stack, state, moment.X, moment.y, seed=moment.seed
        )
        return {s.name: s.view(vector) for s in stack.layout.segments}
    p, b = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
    shard = stack.gradient(p, b, moment.X, moment.y, moment.weights, moment.context())
    return {
        f"{name}.{symbol}": values
        for name, views in zip(stack.names, shard.gradients, strict=True)
        for symbol, values in views.items()
    }


def check_every_layer(net: Network, X: np.ndarray, Y: np.ndarray, training: bool) -> int:
    """A weight and a bias of each dense layer; how many numeric derivatives had no kink."""
    moment, rng, proven = moment_of(net, X, Y, training), np.random.default_rng(1), 0
    gradients = gradient_of(moment)
    for name, layer in zip(net.stack.names, net.layers, strict=True):
        if not isinstance(layer, gn.Dense):
            continue
        W = gradients[f"{name}.W"]
        i, j = (int(rng.integers(size)) for size in W.shape)
        for place, true in ((f"{i + 1}", W[i, j]), ("b", gradients[f"{name}.b"][j])):
            chain = explained(moment, weight=f"{name}:{place},{j + 1}").chain
            assert chain is not None
            share = multiplied(chain.links)
            np.testing.assert_allclose(share, chain.shares[0], rtol=1e-9, atol=1e-14)
            np.testing.assert_allclose(chain.shares.sum(), true, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(chain.gradient, true, rtol=1e-12, atol=1e-15)
            if not chain.check.kink:
                proven += 1
                assert chain.check.is_equal, (name, place, chain.check)
    return proven


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output", OUTPUTS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_factors_multiply_to_the_gradient(activation: str, output: tuple[str, Any]) -> None:
    rng = np.random.default_rng(7)
    last, loss = output
    net = network_of([gn.Dense(6, activation), gn.Dense(K, last)], loss)
    proven = check_every_layer(net, rng.normal(size=(N, D)), targets(loss, rng), training=False)
    assert proven >= 2


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("between", BETWEEN)
def test_factors_multiply_through_every_layer(between: str, training: bool) -> None:
    rng = np.random.default_rng(8)
    for loss, last in (("cross_entropy", "softmax"), ("mean_squared_error", "identity")):
        layers = [gn.Dense(5, "gelu"), *BETWEEN[between], gn.Dense(6, "tanh"), *BETWEEN[between]]
        net = network_of([*layers, gn.Dense(K, last)], loss)
        Y = targets(loss, rng)
        assert check_every_layer(net, rng.normal(size=(N, D)), Y, training) == 6


@pytest.mark.parametrize("joint", [False, True])
def test_factors_multiply_below_a_learned_threshold(joint: bool) -> None:
    rng = np.random.default_rng(9)
    layers = [gn.Dense(4, "relu"), gn.Dense(1, "sigmoid"), gn.SoftStep(joint=joint)]
    net = network_of(layers, "binary_cross_entropy")
    net.parameters[-1] = 0.45
    X, Y = rng.normal(size=(N, D)), rng.integers(0, 2, (N, 1)).astype(float)
    assert check_every_layer(net, X, Y, training=False) >= 2


def test_a_network_of_the_users_own_parts() -> None:
    class Doubled:
        def build(self, shape: tuple[int, ...]) -> Any:
            from glassnet.nn.contract import Built

            return Built(shape)

        def forward(self, p: Any, x: Any, ctx: Any) -> Any:
            return 2 * x, None

        def backward(self, p: Any, dy: Any, cache: Any, inputs: bool = True) -> Any:
            return 2 * dy, {}

    def cubed(z: Any) -> Any:
        return z**3

    cubed.derivative = lambda z: 3 * z**2  # type: ignore[attr-defined]
    loss = (lambda p, y: ((p - y) ** 4).sum(axis=1), lambda p, y: 4 * (p - y) ** 3)
    rng = np.random.default_rng(2)
    net = network_of([gn.Dense(4, cubed), Doubled(), gn.Dense(K)], loss)
    X, Y = rng.normal(size=(N, D)), rng.normal(size=(N, K))
    assert check_every_layer(net, X, Y, training=False) == 4
    text = explain(net, X, Y).text()
    assert "your own" in text and "the layer's own backward pass" in text


def test_the_loss_before_a_threshold_that_learns_alone_is_that_of_p() -> None:
    X, y = np.linspace(-1, 1, 8).reshape(4, 2), np.array([0, 1, 1, 0])
    layers = [gn.Dense(3, "tanh"), gn.Dense(1, "sigmoid"), gn.SoftStep(joint=True)]
    net = gn.Network(layers, "binary_cross_entropy", inputs=2, seed=3)
    found = gn.explain(net, X, y, weight="output:2,1")
    p = next(q for q in found.stages[1].quantities if q.symbol == "p").values[:, 0]
    losses = next(q for q in found.stages[2].quantities if q.symbol == "l")
    np.testing.assert_allclose(losses.values, -np.log(np.where(y == 1, p, 1 - p)), rtol=1e-6)
    assert losses.formula == "l = −y log(p) − (1 − y) log(1 − p)"
    assert found.chain is not None and found.chain.links[1].formula == "p − y"
    assert "Why p − y" in found.text() and "∂L/∂z = 1/4 · (ŷ − y)" in found.text()


def test_the_joint_rule_is_the_long_way() -> None:
    rng = np.random.default_rng(4)
    for last, loss in OUTPUTS:
        net = network_of([gn.Dense(K, last)], loss)
        chain = explain(net, rng.normal(size=(N, D)), targets(loss, rng)).chain
        assert chain is not None
        meets = net.loss.meets == last
        assert (chain.joint is not None) == meets
        if chain.joint is not None:
            np.testing.assert_allclose(chain.joint.through, chain.joint.together, rtol=1e-9)
            share = (
                1 / K if net.loss.name != "cross_entropy" and net.loss.reduction == "mean" else 1
            )
            np.testing.assert_allclose(
                (chain.joint.outputs - chain.joint.targets) * share, chain.joint.together
            )


def test_an_output_rounded_to_one_has_no_long_way_and_it_is_said() -> None:
    net = gn.Network([gn.Dense(1, "sigmoid")], "binary_cross_entropy", inputs=1)
    net.parameters[...] = 200, 0
    explanation = explain(net, [[1.0]], [[0.0]])
    assert explanation.chain is not None and explanation.chain.joint is not None
    assert not np.isfinite(explanation.chain.joint.through).all()
    assert "divides by 0" in explanation.text()
    assert explanation.chain.gradient == 1.0


def test_a_wrong_derivative_is_called_wrong() -> None:
    wrong = (np.tanh, lambda z: 1.0005 * (1 - np.tanh(z) ** 2))
    rng = np.random.default_rng(5)
    net = network_of([gn.Dense(4, wrong), gn.Dense(K)], "mean_squared_error")
    explanation = explain(net, rng.normal(size=(N, D)), rng.normal(size=(N, K)))
    assert explanation.chain is not None
    assert not explanation.chain.check.is_equal
    assert "the hand-derived gradient is wrong" in explanation.text()


def test_a_unit_that_is_off_is_said_and_a_kink_proves_nothing() -> None:
    net = gn.Network([gn.Dense(2, "relu"), gn.Dense(1)], "mean_squared_error", inputs=1)
    net.parameters[...] = 1.0, -1.0, 0, 0, 1, 1, 0
    off = explain(net, [[1.0]], [3.0], weight="hidden:1,2")
    assert off.chain is not None and off.chain.gradient == 0
    assert "is 0: for this sample nothing comes through" in off.text()
    at_kink = explain(net, [[0.0]], [3.0], weight="hidden:b,1")
    assert at_kink.chain is not None and at_kink.chain.check.kink
    assert "prove nothing" in at_kink.text()


def evaluated(text: str) -> float:
    """The value of printed arithmetic such as −0.001 · (−0.44) / (√(0.2) + 1·10⁻⁸)."""
    lowered = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    text = re.sub(r"10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"1e{m[1].translate(lowered)}", text)
    text = text.replace("·", "*").replace("−", "-").replace("√", "sqrt").replace("²", "**2")
    return float(eval(text, {"sqrt": math.sqrt}))


def updated(chain: Chain, moment: Moment, name: str, place: tuple[int, ...]) -> None:
    """The printed lines, evaluated, and the engine's own step."""
    for line in chain.update:
        if line.numbers:
            assert evaluated(line.numbers) == pytest.approx(line.value, rel=2e-4, abs=1e-9), line
    state = moment.state.copy()
    plan = numpy_engine.Plan(moment.seed, len(moment.X), 1.0, 0.0)
    samples = Samples(moment.X, moment.y)
    numpy_engine.run(moment.stack, moment.rule, state, samples, plan, None, 1, lambda: False)
    after = {s.name: s.view(state.parameters) for s in moment.stack.layout.segments}
    assert chain.update[-1].value == pytest.approx(after[name][place], rel=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    "rule",
    [{}, {"l1": 0.01, "l2": 0.3}, {"clip_norm": 0.01}, {"weight_decay": 0.2}, {"max_norm": 0.3}],
    ids=lambda rule: "-".join(rule) or "plain",
)
def test_the_optimizers_arithmetic(optimizer: str, rule: dict[str, float]) -> None:
    rng = np.random.default_rng(11)
    net = network_of([gn.Dense(5, "tanh"), gn.Dense(K, "softmax")], "cross_entropy")
    X, Y = rng.normal(size=(N, D)), rng.integers(0, K, N)
    net.fit(X, Y, optimizer=optimizer, learning_rate=0.1, epochs=3, verbose=False, engine="numpy")
    moment = moment_of(net, X, Y, True, optimizer=OPTIMIZERS[optimizer](), **rule)
    assert moment.state.updates == 3
    chain = explained(moment, weight="hidden:2,4").chain
    assert chain is not None
    updated(chain, moment, "hidden.W", (1, 3))
    bias = explained(moment, weight="output:b,2").chain
    assert bias is not None
    updated(bias, moment, "output.b", (1,))
    if "l2" in rule:
        assert chain.penalty != 0 and bias.penalty == 0
    assert chain.check.is_equal and bias.check.is_equal


def test_an_optimizer_of_the_users_own() -> None:
    class Sign:
        name, slots, learning_rate, weight_decay = "sign", ("seen",), 0.1, 0.0

        def change(self, g: Any, slots: Any, rate: float, t: int) -> Any:
            slots["seen"] += 1
            return -rate * np.sign(g)

    net = network_of([gn.Dense(K)], "mean_squared_error")
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(N, D)), rng.normal(size=(N, K))
    chain = explain(net, X, Y, optimizer=Sign()).chain
    assert chain is not None
    assert [line.symbol for line in chain.update] == ["g", "seen", "Δ", "w"]
    assert abs(chain.update[2].value) == 0.1
    assert chain.update[1].value == 1
