"""Penalties, clipping, decay and max-norm against their formulas, by hand."""

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.insight.numeric import Evaluation, compare, slopes
from glassnet.nn.layers import Dense
from glassnet.nn.losses import BinaryCrossEntropy, MeanSquaredError
from glassnet.nn.normalization import LayerNorm
from glassnet.nn.optimizers import AdamW, GradientDescent
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.stack import Stack
from glassnet.nn.update import THRESHOLD_MARGIN, UpdateRule

# hidden.W (2, 2), hidden.b (2,), gain (2,), shift (2,), output.W (2, 1), output.b (1,)
STACK = Stack((Dense(2), LayerNorm(), Dense(1)), MeanSquaredError(), (2,))
LAYOUT = STACK.layout
VECTOR = np.array([1.0, -2.0, 3.0, 0.0, 9, 9, 9, 9, 9, 9, -0.5, 4.0, 9])
WEIGHT = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0], bool)


def test_l1_and_l2_touch_the_weights_alone():
    # Σ|W| = 1 + 2 + 3 + 0 + 0.5 + 4 = 10.5;  ΣW² = 1 + 4 + 9 + 0.25 + 16 = 30.25
    assert UpdateRule(l1=0.1).penalty(VECTOR, LAYOUT) == pytest.approx(1.05)
    assert UpdateRule(l2=0.2).penalty(VECTOR, LAYOUT) == pytest.approx(0.1 * 30.25)
    assert UpdateRule(l1=0.1, l2=0.2).penalty(VECTOR, LAYOUT) == pytest.approx(4.075)
    assert UpdateRule().penalty(VECTOR, LAYOUT) == 0
    gradient = np.ones(13)
    UpdateRule(l1=0.1, l2=0.2).add_penalty(gradient, VECTOR, LAYOUT)
    expected = np.where(WEIGHT, 1 + 0.1 * np.sign(VECTOR) + 0.2 * VECTOR, 1)
    np.testing.assert_allclose(gradient, expected, rtol=1e-15)


def test_the_penalty_s_gradient_is_its_derivative():
    rule, gradient = UpdateRule(l1=0.3, l2=0.7), np.zeros(13)
    rule.add_penalty(gradient, VECTOR, LAYOUT)

    def f(vector):
        return Evaluation(rule.penalty(vector, LAYOUT))

    proof = compare("penalty", gradient, slopes(f, VECTOR))
    assert proof.holds and proof.kinks == (3,)  # |W| at the weight that is 0


def test_clipping_keeps_the_direction():
    g = np.array([3.0, 4.0])
    UpdateRule(clip_norm=1.0).clip(g, 5.0)
    np.testing.assert_allclose(g, [0.6, 0.8])
    UpdateRule(clip_norm=2.0).clip(g, 1.0)
    np.testing.assert_allclose(g, [0.6, 0.8])
    UpdateRule().clip(g, 1e9)
    np.testing.assert_allclose(g, [0.6, 0.8])


def test_decoupled_decay_changes_weights_by_rate_times_decay():
    g = np.full(13, 0.5)
    for rule in (
        UpdateRule(GradientDescent(), weight_decay=0.1),
        UpdateRule(AdamW(decay=0.1)),
        UpdateRule(AdamW(decay=0.9), weight_decay=0.1),
    ):
        slots = {name: np.zeros(13) for name in rule.optimizer.slots}
        without = rule.optimizer.change(g, {k: v.copy() for k, v in slots.items()}, 0.2, 1)
        change = rule.change(g, VECTOR, slots, LAYOUT, 0.2, 1)
        expected = without - np.where(WEIGHT, 0.2 * 0.1 * VECTOR, 0)
        np.testing.assert_allclose(change, expected, rtol=1e-14)
    assert UpdateRule(AdamW(), weight_decay=0.0).decay == 0


def test_max_norm_shortens_the_weights_into_a_unit():
    # hidden.W's columns are (1, 3), of length √10, and (−2, 0); output.W's is (−0.5, 4)
    vector = VECTOR.copy()
    UpdateRule(max_norm=2.0).project(vector, LAYOUT)
    views = LAYOUT.views(vector)
    np.testing.assert_allclose(views[0]["W"][:, 0], np.array([1, 3]) * 2 / np.sqrt(10))
    np.testing.assert_allclose(views[0]["W"][:, 1], [-2, 0])
    np.testing.assert_allclose(np.linalg.norm(views[2]["W"]), 2)
    np.testing.assert_array_equal(vector[~WEIGHT], 9)
    zero = np.zeros(13)
    UpdateRule(max_norm=1.0).project(zero, LAYOUT)
    np.testing.assert_array_equal(zero, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_threshold_stays_within_zero_and_one(dtype):
    stack = Stack((Dense(1, "sigmoid"), SoftStep()), BinaryCrossEntropy(), (1,))
    for wild, bound in ((7.0, 1 - THRESHOLD_MARGIN), (-3.0, THRESHOLD_MARGIN)):
        vector = np.array([5.0, -5.0, wild], dtype)
        UpdateRule().project(vector, stack.layout)
        assert vector[2] == pytest.approx(bound, rel=1e-6) and 0 < vector[2] < 1
        np.testing.assert_array_equal(vector[:2], [5, -5])


@pytest.mark.parametrize("name", ["l1", "l2", "weight_decay", "clip_norm", "max_norm"])
def test_what_is_not_legal(name):
    for wrong in (-0.1, np.nan):
        with pytest.raises(InputError, match=f"{name} .* was given"):
            UpdateRule(**{name: wrong})
