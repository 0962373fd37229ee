"""The largest Hessian eigenvalue against the whole Hessian, and the limits against the optimizers
themselves on a parabola."""

import numpy as np
import pytest

from glassnet.engines.samples import Samples
from glassnet.insight import curvature
from glassnet.insight.curvature import Surface, largest_eigenvalue, measure, stability_limit
from glassnet.network import Network
from glassnet.nn.layers import Dense, Dropout
from glassnet.nn.normalization import BatchNorm
from glassnet.nn.optimizers import Adam, AdamW, GradientDescent, Momentum, Nesterov, RMSProp
from glassnet.nn.schedules import Constant
from glassnet.nn.update import UpdateRule
from training.problems import classes, numbers

RNG = np.random.default_rng(5)


def symmetric(values):
    """A symmetric matrix with these eigenvalues."""
    q, _ = np.linalg.qr(RNG.normal(size=(len(values), len(values))))
    return q @ np.diag(values) @ q.T


@pytest.mark.parametrize(
    "values", [[5.0, 1.0, 0.2, -1.0], [2.0, 0.5, -7.0, 0.1], [-1.0, -3.0, -0.5]]
)
def test_largest_eigenvalue_is_the_most_positive(values):
    H = symmetric(values)
    found = largest_eigenvalue(lambda v: H @ v, RNG.normal(size=len(values)), 500, 1e-9)
    assert found.value == pytest.approx(max(values), rel=1e-4)
    assert np.allclose(H @ found.vector, max(values) * found.vector, atol=0.05)


def test_a_few_iterations_never_claim_too_much():
    H = symmetric(np.linspace(-1, 9, 40))
    for iterations in (1, 3, 8):
        found = largest_eigenvalue(lambda v: H @ v, RNG.normal(size=40), iterations)
        assert found.value <= 9 + 1e-9


def stacks():
    X, y = classes(40)
    mixed = [Dense(5, "tanh"), Dropout(0.3), Dense(4, "gelu"), BatchNorm(), Dense(3, "softmax")]
    yield Network(mixed, "cross_entropy", seed=2, dtype="float64", inputs=2), X, y
    X, Y = numbers(30)
    plain = [Dense(6, "sigmoid"), Dense(1)]
    yield Network(plain, "mean_squared_error", seed=3, dtype="float64", inputs=2), X, Y


@pytest.mark.parametrize("network, X, Y", list(stacks()))
def test_products_are_those_of_the_hessian(network, X, Y):
    stack, state = network.stack, network.state
    samples = Samples(X, stack.loss.targets(Y, stack.outputs, np.dtype(np.float64)))
    rule = UpdateRule(GradientDescent(), Constant(0.1), l2=0.03)
    surface = Surface(stack, state, samples, rule, seed=4)
    size = stack.layout.size
    H = np.array([surface.product(row) for row in np.eye(size)])
    assert np.allclose(H, H.T, atol=1e-6)
    # The gradient itself, one coordinate moved at a time.
    step = 1e-5
    for place in (0, size // 2, size - 1):
        moved = np.zeros(size)
        moved[place] = step
        column = surface.gradient(surface.centre + moved) - surface.gradient(surface.centre - moved)
        assert np.allclose(column / (2 * step), H[place], atol=1e-5)
    found = measure(stack, state, samples, rule, seed=4, iterations=300)
    assert found.value == pytest.approx(np.linalg.eigvalsh(H).max(), rel=0.03)


def test_a_summed_loss_counts_its_batch():
    X, Y = numbers(30)
    results = []
    for reduction in ("mean", "sum"):
        from glassnet.nn.losses import MeanSquaredError

        network = Network([Dense(1)], MeanSquaredError(reduction), dtype="float64", inputs=2)
        samples = Samples(X, Y)
        rule = UpdateRule(GradientDescent(), Constant(0.1))
        results.append(measure(network.stack, network.state, samples, rule, batch=6).value)
    assert results[1] == pytest.approx(6 * results[0], rel=0.03)


OPTIMIZERS = [
    GradientDescent(),
    Momentum(0.9),
    Momentum(0.5),
    Nesterov(0.9),
    Nesterov(0.3),
    RMSProp(),
    Adam(),
    Adam(beta1=0.5),
    AdamW(),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("share", [0.97, 1.03])
def test_the_limit_is_where_the_optimizer_begins_to_diverge(optimizer, share):
    """On L = λ θ²/2, with what the gradient is divided by held fixed (at 1)."""
    curve = 3.0
    rate = share * stability_limit(optimizer) / curve
    slots = {name: np.zeros(1) for name in optimizer.slots}
    theta, size = np.array([1e-3]), []
    for _ in range(400):
        if "square" in slots:  # √s stays 1, whatever the gradient
            slots["square"][:] = 1.0
            g = np.array([curve * theta[0]])
            change = _without_square(optimizer, slots, g, rate)
        else:
            change = optimizer.change(curve * theta, slots, rate, 1)
        theta = theta + change
        size.append(abs(theta[0]))
    late, early = max(size[-20:]), max(size[180:200])
    assert (late > early) == (share > 1)


def _without_square(optimizer, slots, g, rate):
    if isinstance(optimizer, RMSProp):
        return -rate * g
    slots["mean"] *= optimizer.beta1
    slots["mean"] += (1 - optimizer.beta1) * g
    return -rate * slots["mean"]


def test_adam_feels_the_preconditioned_hessian():
    X, Y = numbers(40)
    network = Network([Dense(4, "tanh"), Dense(1)], "mean_squared_error", dtype="float64", inputs=2)
    network.fit(X, Y, optimizer="adam", epochs=20, verbose=False)
    stack, state, samples = network.stack, network.state, Samples(X, Y)
    rule = UpdateRule(Adam(), Constant(0.01))
    surface = Surface(stack, state, samples, rule)
    D = curvature.preconditioner(rule.optimizer, state, surface.gradient(surface.centre))
    H = np.array([surface.product(row) for row in np.eye(stack.layout.size)])
    truth = np.linalg.eigvalsh(H / np.sqrt(D)[:, None] / np.sqrt(D)[None, :]).max()
    found = measure(stack, state, samples, rule, iterations=300)
    assert found.value == pytest.approx(truth, rel=0.03)
    assert found.stable_rate == pytest.approx(38.0 / truth, rel=0.03)
    assert found.ratio(found.stable_rate) == pytest.approx(1.0)


def test_an_unknown_optimizer_has_no_limit():
    class Own:
        name, slots, learning_rate, weight_decay = "own", (), 0.1, 0.0

        def change(self, g, slots, rate, t):
            return -rate * g

    assert stability_limit(Own()) is None
