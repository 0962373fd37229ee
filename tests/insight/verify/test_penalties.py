"""Penalties: told from chance and rounding, and mistakes told beside them."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.insight.verify.evidence.points import spread
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.tree import Tree
from glassnet.insight.verify.faults.relations import penalty_only, relate
from insight.verify.certain import Certain


def faults(net, gradients):
    report = gn.verify(net.parameters, net.loss, gradients)
    return [(finding.parameter, finding.fault) for finding in report.findings]


def points(count, numbers, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=numbers) for _ in range(count)]


def unit(arrays):
    return [array / np.linalg.norm(array) for array in arrays]


def test_a_penalty_explains_far_more_than_nothing_does():
    true, theta, chance = (unit(points(3, 12, seed)) for seed in range(3))
    # Just too much for rounding; and with a multiple of θ taken away, just little enough.
    off = [r + 1.9e-5 * d + 1.1e-5 * t for r, d, t in zip(true, chance, theta, strict=True)]
    assert relate(off, true) is None and relate(off, true, theta) is None
    small = [r + 1e-3 * t for r, t in zip(true, theta, strict=True)]
    found = relate(small, true, theta)
    assert found is not None and found.decay == pytest.approx(1e-3)
    both = [2 * r + 1e-3 * t for r, t in zip(true, theta, strict=True)]
    found = relate(both, true, theta)
    assert found is not None and (found.factor, found.decay) == pytest.approx((2, 1e-3))


def test_three_numbers_alike_are_no_penalty():
    """The biases of two softmax outputs: their differences add up to zero at every point."""
    sign = [np.array([1.0, -1.0])] * 3
    true = [0.3 * s for s in sign]
    sizes = (3.46e-8, 3.81e-8, 3.66e-8)
    user = [r + size * s for r, s, size in zip(true, sign, sizes, strict=True)]
    noise = [np.full(2, 1e-12)] * 3
    assert penalty_only(user, true, sign, sign, noise) is None
    # A penalty leaves rounding alone.
    signs = [np.array([1.0, -1.0, 1.0, 1.0])] * 3
    true = points(3, 4)
    user = [r + 3e-8 * s for r, s in zip(true, signs, strict=True)]
    found = penalty_only(user, true, points(3, 4, 1), signs, [np.full(4, 1e-12)] * 3)
    assert found is not None and found.signs == pytest.approx(3e-8, rel=1e-3)


@pytest.mark.parametrize("factor, fault", [(1 / 21, "mean-twice"), (-1.0, "sign")])
def test_gradients_far_smaller_than_the_penalty(factor, fault):
    """Told once, where it is made; the layers below have next to no gradient but the penalty's."""
    for seed in range(3):
        net = Certain((5, 3, 5, 2), "sigmoid", samples=21, size=0.1, seed=seed, l1=0.025)
        assert faults(net, net.gradients(net.parameters)) == []
        wrong = net.gradients(net.parameters, factor=factor)
        assert faults(net, wrong) == [("W2", fault)]


@pytest.mark.parametrize("name", ["b0", "b1"])
def test_two_numbers_with_a_penalty(name):
    """c and e of c·r + e·θ fit any two numbers; but the loss tells e."""
    net = Certain((4, 2, 2), "relu", samples=21, seed=1, l2=0.025)
    good = net.gradients(net.parameters)
    wrong = net.gradients(net.parameters, factor=-1.0)[name]
    assert faults(net, good | {name: wrong}) == [(name, "sign")]
    plain = good[name] - net.l2 * net.parameters[name]
    summed = np.full(2, plain.sum()) + net.l2 * net.parameters[name]
    assert faults(net, good | {name: summed}) == [(name, "bias-summed-to-scalar")]


@pytest.mark.parametrize("times", [0.0, 0.5, 2.0, 20.0])
def test_a_penalty_on_two_numbers(times):
    net = Certain((3, 2, 1), "sigmoid", "sigmoid", samples=20, seed=2, l1=0.0024)
    good = net.gradients(net.parameters)
    wrong = good["W1"] + (times - 1) * net.l1 * np.sign(net.parameters["W1"])
    assert faults(net, good | {"W1": wrong}) == [("W1", "regularisation")]


def test_random_points_at_which_units_are_on_though_all_are_penalised():
    """Below units that are off the gradient is the penalty's, not zero."""
    for seed in range(5):
        net = Certain((5, 2, 2, 2, 2), "relu", samples=3, seed=seed, l2=0.02)
        tree, home = Tree.of(net.parameters)
        questions = Questions(tree, home, net.loss, net.gradients)
        rng = np.random.default_rng(7)
        found = [spread(questions, rng) for _ in range(3)]
        assert all(array.any() for point in found for array in net.forward(point))
