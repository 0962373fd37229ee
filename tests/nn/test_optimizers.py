"""The contract that every optimizer keeps, and each one's first steps worked out by hand."""

import math

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.nn.optimizers import (
    OPTIMIZERS,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSProp,
    optimizer,
)

CASES = {name: kind() for name, kind in OPTIMIZERS.items()} | {
    "heavy momentum": Momentum(0.99),
    "adam of short memory": Adam(0.5, 0.9),
}


def zeros(chosen, like):
    return {name: np.zeros_like(like) for name in chosen.slots}


def descend(chosen, gradient, start, rate, steps):
    x = np.array(start, dtype=np.float64)
    slots = zeros(chosen, x)
    for t in range(1, steps + 1):
        x += chosen.change(gradient(x), slots, rate, t)
    return x


def rosenbrock_slope(x):
    """Of (1 − x)² + 100 (y − x²)²: least at (1, 1), at the end of a long bent valley."""
    a, b = x
    return np.array([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)])


@pytest.mark.parametrize("name", CASES)
class TestContract:
    def test_descends_a_parabola(self, name):
        x = descend(CASES[name], lambda x: 2 * (x - [3, -1]), [0, 0], 0.01, 3000)
        np.testing.assert_allclose(x, [3, -1], atol=0.02)

    def test_descends_rosenbrock_s_valley(self, name):
        chosen = CASES[name]
        adaptive = "square" in chosen.slots
        rate = 5e-3 if adaptive else 1e-3 if not chosen.slots else 1e-4
        steps = 30_000 if not chosen.slots else 8000
        x = descend(chosen, rosenbrock_slope, [-1, 1], rate, steps)
        np.testing.assert_allclose(x, [1, 1], atol=0.05)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_keeps_the_dtype_and_changes_its_slots_alone(self, name, dtype):
        chosen, rng = CASES[name], np.random.default_rng(0)
        g = rng.normal(size=7).astype(dtype)
        slots, before = zeros(chosen, g), g.copy()
        addresses = {key: id(vector) for key, vector in slots.items()}
        change = chosen.change(g, slots, 0.1, 1)
        assert change.dtype == dtype and change.shape == g.shape
        np.testing.assert_array_equal(g, before)
        assert {key: id(vector) for key, vector in slots.items()} == addresses
        assert all(vector.dtype == dtype for vector in slots.values())
        assert not any(np.shares_memory(change, each) for each in (g, *slots.values()))

    def test_all_its_state_is_in_its_slots(self, name):
        """From a copy of the slots and the number of the update it goes on to the same bits."""
        chosen, rng = CASES[name], np.random.default_rng(1)
        gradients = rng.normal(size=(6, 5))
        slots = zeros(chosen, gradients[0])
        for t in range(3):
            chosen.change(gradients[t], slots, 0.1, t + 1)
        copy = {key: vector.copy() for key, vector in slots.items()}
        for t in range(3, 6):
            one = chosen.change(gradients[t], slots, 0.1, t + 1)
            other = type(chosen)(**vars(chosen)).change(gradients[t], copy, 0.1, t + 1)
            np.testing.assert_array_equal(one, other)

    def test_acts_on_each_number_by_itself(self, name):
        """So that a cluster or a kernel may share the vector out."""
        chosen, rng = CASES[name], np.random.default_rng(2)
        g = rng.normal(size=6)
        whole = chosen.change(g, zeros(chosen, g), 0.1, 1)
        parts = [chosen.change(part, zeros(chosen, part), 0.1, 1) for part in (g[:2], g[2:])]
        np.testing.assert_array_equal(np.concatenate(parts), whole)

    def test_a_gradient_of_zero_changes_nothing_at_the_start(self, name):
        chosen, g = CASES[name], np.zeros(3)
        np.testing.assert_array_equal(chosen.change(g, zeros(chosen, g), 0.1, 1), 0)

    def test_the_rate_scales_the_change(self, name):
        chosen, g = CASES[name], np.array([0.3, -2.0])
        small = chosen.change(g, zeros(chosen, g), 0.1, 1)
        large = chosen.change(g, zeros(chosen, g), 0.3, 1)
        np.testing.assert_allclose(large, 3 * small, rtol=1e-14)
        assert (np.sign(small) == -np.sign(g)).all()


# Two updates with g = 2, then g = −1, at η = 0.1.
BY_HAND = {
    # −0.1 · 2;  −0.1 · (−1)
    GradientDescent(): (-0.2, 0.1),
    # v = 2: −0.2;  v = 0.9 · 2 − 1 = 0.8: −0.08
    Momentum(0.9): (-0.2, -0.08),
    # v = 2: −0.1 (2 + 0.9 · 2) = −0.38;  v = 0.8: −0.1 (−1 + 0.72) = 0.028
    Nesterov(0.9): (-0.38, 0.028),
    # s = 0.1 · 4 = 0.4: −0.2/√0.4;  s = 0.36 + 0.1 = 0.46: 0.1/√0.46
    RMSProp(0.9, 1e-300): (-0.2 / math.sqrt(0.4), 0.1 / math.sqrt(0.46)),
    # m = 0.2, m̂ = 2, s = 0.004, ŝ = 4: −0.1 · 2/2 = −0.1
    # m = 0.18 − 0.1 = 0.08, m̂ = 0.08/0.19; s = 0.003996 + 0.001, ŝ = 0.004996/0.001999
    Adam(0.9, 0.999, 1e-300): (-0.1, -0.1 * (0.08 / 0.19) / math.sqrt(0.004996 / 0.001999)),
}
BY_HAND[AdamW(0.9, 0.999, 1e-300)] = BY_HAND[Adam(0.9, 0.999, 1e-300)]


@pytest.mark.parametrize("chosen", BY_HAND, ids=lambda chosen: chosen.name)
def test_first_updates_by_hand(chosen):
    slots = zeros(chosen, np.zeros(1))
    for t, (g, expected) in enumerate(zip((2.0, -1.0), BY_HAND[chosen], strict=True), 1):
        assert chosen.change(np.array([g]), slots, 0.1, t) == pytest.approx(expected, rel=1e-12)


def test_epsilon_stands_outside_the_root():
    # √s = √(0.1) for RMSProp and √ŝ = 1 for Adam, each plus ε = 1
    g = np.array([1.0])
    change = RMSProp(0.9, epsilon=1.0).change(g, zeros(RMSProp(), g), 1.0, 1)
    assert change == pytest.approx(-1 / (math.sqrt(0.1) + 1))
    assert Adam(epsilon=1.0).change(g, zeros(Adam(), g), 1.0, 1) == pytest.approx(-1 / 2)


def test_adam_s_first_change_is_the_rate_whatever_the_gradient():
    g = np.array([1e-3, 5.0, -1e6])
    change = Adam().change(g, zeros(Adam(), g), 0.01, 1)
    np.testing.assert_allclose(change, [-0.01, -0.01, 0.01], rtol=2e-5)


def test_tiny_and_huge_float32_gradients_give_finite_changes():
    g = np.array([1e-30, -1e18, 1e-45, 0], np.float32)
    for chosen in CASES.values():
        assert np.isfinite(chosen.change(g, zeros(chosen, g), 0.01, 1)).all()


def test_weight_decay_is_adamw_s_own():
    assert AdamW().weight_decay == 0.01 and AdamW(decay=0.3).weight_decay == 0.3
    assert {kind().weight_decay for kind in OPTIMIZERS.values()} == {0.0, 0.01}


def test_names_objects_and_classes():
    assert optimizer("adam") == Adam() == optimizer(Adam) and optimizer("sgd") == GradientDescent()
    assert set(OPTIMIZERS) == {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"}
    for name, kind in OPTIMIZERS.items():
        assert optimizer(name).name == name == kind.name


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: optimizer("adamax"), "there is no optimizer 'adamax'; choose one of .*, lbfgs"),
        (lambda: optimizer(3), "3 is not an optimizer: give a name, or an object with name, slots"),
        (lambda: Momentum(1.0), r"beta must be in \[0, 1\), 1.0 was given"),
        (lambda: Nesterov(-1), r"beta must be in \[0, 1\)"),
        (lambda: RMSProp(rho=2), r"rho must be in \[0, 1\), 2 was given"),
        (lambda: Adam(beta2=1), r"beta2 must be in \[0, 1\), 1 was given"),
        (lambda: AdamW(beta1=-0.1), r"beta1 must be in \[0, 1\)"),
    ],
)
def test_what_is_not_legal(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()
