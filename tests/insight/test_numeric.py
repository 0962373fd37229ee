"""The judge is judged: differences against known derivatives, kinks, and wrong gradients."""

import dataclasses
import math

import numpy as np
import pytest

from glassnet.insight.numeric import TOLERANCE, Evaluation, Slope, compare, slope, slopes
from glassnet.insight.proof import gradient_of_parameters, loss_of_parameters, prove
from glassnet.nn.layers import Activation, Dense, Dropout
from glassnet.nn.losses import BinaryCrossEntropy, CrossEntropy, MeanAbsoluteError, MeanSquaredError
from glassnet.nn.soft_step import SoftStep
from glassnet.nn.stack import Stack

FLOAT64 = np.dtype(np.float64)


def of(function):
    return lambda x: Evaluation(float(function(x)))


@pytest.mark.parametrize(
    "function, derivative",
    [
        (lambda x: x[0] ** 4, lambda x: 4 * x**3),
        (lambda x: math.sin(x[0]), math.cos),
        (lambda x: math.exp(x[0]), math.exp),
        (lambda x: math.tanh(x[0]), lambda x: 1 - math.tanh(x) ** 2),
    ],
)
@pytest.mark.parametrize("place", [-1.3, 0.0, 0.7, 2.0])
def test_smooth_functions_take_five_points(function, derivative, place):
    found = slope(of(function), np.array([place]), 0)
    assert (found.points, found.kink) == (5, False)
    assert found.value == pytest.approx(derivative(place), rel=1e-10, abs=1e-11)


def test_a_strongly_curved_function_takes_a_shorter_step_and_is_judged_all_the_same():
    """Steepness is no kink: sin(50 x) must not escape the proof."""
    for place in (0.3, 0.11, -2.0):
        found = slope(of(lambda x: math.sin(50 * x[0])), np.array([place]), 0)
        assert found.step < 1e-3 and not found.kink
        assert found.value == pytest.approx(50 * math.cos(50 * place), rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("distance", [0.0, 1e-7, -4e-6])
@pytest.mark.parametrize("known", [False, True])
def test_a_kink_within_the_short_step_is_reported(distance, known):
    def f(x):
        sides = np.array([x[0] > 1.0]) if known else None
        return Evaluation(max(0.0, x[0] - 1.0) + x[0] ** 2, sides)

    found = slope(f, np.array([1.0 + distance]), 0)
    assert found.kink and found.points == 2


@pytest.mark.parametrize("distance", [2e-5, -1e-4, 5e-4, -1.5e-3])
@pytest.mark.parametrize("known", [False, True])
def test_a_kink_nearby_leaves_the_two_point_difference_right(distance, known):
    def f(x):
        sides = np.array([x[0] > 1.0]) if known else None
        return Evaluation(max(0.0, x[0] - 1.0) + x[0] ** 2, sides)

    place = 1.0 + distance
    found = slope(f, np.array([place]), 0)
    assert not found.kink and found.step < 1e-3
    assert found.value == pytest.approx(2 * place + (distance > 0), rel=1e-9)


def test_the_function_s_vector_is_never_changed_or_shared():
    x = np.array([0.5, -0.25])
    before, given = x.copy(), []

    def f(vector):
        given.append(vector)
        value = float((vector**2).sum())
        vector[:] = 99.0  # whatever f does to it, the next one is fresh
        return Evaluation(value)

    found = slopes(f, x)
    np.testing.assert_array_equal(x, before)
    assert len({id(vector) for vector in given}) == len(given)
    np.testing.assert_allclose([each.value for each in found], 2 * before, rtol=1e-10)


def test_chosen_coordinates_alone():
    found = slopes(of(lambda x: (x**2).sum()), np.array([1.0, 2.0, 3.0]), [2, 0])
    assert [each.coordinate for each in found] == [2, 0]
    np.testing.assert_allclose([each.value for each in found], [6, 2], rtol=1e-10)


def numeric(*values, kinks=()):
    return [
        Slope(place, value, 5, 1e-3, 1e-13, kink=place in kinks)
        for place, value in enumerate(values)
    ]


def test_error_is_the_relative_distance_by_hand():
    # a = (3, 4), n = (3, 4.5): ‖a − n‖ = 0.5, ‖a‖ = 5, ‖n‖ = √(9 + 20.25) = 5.408326913...
    proof = compare("W", np.array([3.0, 4.0]), numeric(3.0, 4.5))
    assert proof.error == pytest.approx(0.5 / (5 + math.sqrt(29.25)), rel=1e-14)
    assert (proof.worst, proof.tested, proof.kinks, proof.holds) == (1, 2, (), False)


def test_kinks_neither_prove_nor_disprove():
    proof = compare("W", np.array([1.0, 0.0]), numeric(1.0, 0.5, kinks=[1]))
    assert proof.holds and proof.kinks == (1,) and proof.error == 0
    nothing = compare("W", np.array([7.0]), numeric(0.5, kinks=[0]))
    assert nothing.worst is None and nothing.kinks == (0,) and nothing.tested == 1


def test_true_zeros_compare_absolutely():
    assert compare("b", np.zeros(2), numeric(9e-13, -1e-13)).error == 0
    assert not compare("b", np.zeros(2), numeric(2e-12, 0.0)).holds


def test_not_a_number_never_holds():
    assert not compare("W", np.array([np.nan]), numeric(1.0)).holds
    assert not compare("W", np.array([1.0]), numeric(np.nan)).holds
    assert not compare("W", np.array([np.inf]), numeric(1.0)).holds


def test_other_numbers_of_derivatives_are_refused():
    with pytest.raises(ValueError, match="W: 3 derivatives are compared with 2 slopes"):
        compare("W", np.zeros(3), numeric(0.0, 0.0))


def test_results_are_frozen():
    proof = compare("W", np.array([1.0]), numeric(1.0))
    with pytest.raises(dataclasses.FrozenInstanceError):
        proof.error = 0.0


def network(activation="tanh", loss=None, rows=6):
    rng = np.random.default_rng(3)
    stack = Stack((Dense(5, activation), Dense(3, "softmax")), loss or CrossEntropy(), (4,))
    state = stack.initial_state(1, FLOAT64)
    x, y = rng.normal(size=(rows, 4)), rng.integers(3, size=rows)
    return stack, state, x, y, np.full(rows, 1 / rows)


@pytest.mark.parametrize("place", range(4))
def test_a_derivative_half_a_thousandth_wrong_is_caught(place):
    """0.05 % wrong in one whole array: the error is about 2.5e-4, far above 1e-7."""
    stack, state, x, y, weights = network()
    right = gradient_of_parameters(stack, state, x, y, weights)
    found = slopes(loss_of_parameters(stack, state, x, y, weights), state.parameters)
    segment = stack.layout.segments[place]
    part, judged = right[segment.slice], found[segment.slice]
    assert compare(segment.name, part, judged).holds
    wrong = compare(segment.name, part * 1.0005, judged)
    assert not wrong.holds and wrong.error == pytest.approx(2.5e-4, rel=0.01)


def test_one_coordinate_half_a_thousandth_wrong_is_caught():
    stack, state, x, y, weights = network()
    right = gradient_of_parameters(stack, state, x, y, weights)
    found = slopes(loss_of_parameters(stack, state, x, y, weights), state.parameters)
    segment = stack.layout.segments[0]
    for place in range(segment.size):
        wrong = right[segment.slice].copy()
        wrong[place] *= 1.0005
        proof = compare(segment.name, wrong, found[segment.slice])
        assert not proof.holds and proof.worst == place


def test_a_layer_with_a_wrong_backward_is_caught():
    class Wrong(Activation):
        def backward(self, p, dy, cache, inputs=True):
            dx, gradients = super().backward(p, dy, cache, inputs)
            return dx * 1.0005, gradients

    stack = Stack((Dense(5), Wrong("tanh"), Dense(3, "softmax")), CrossEntropy(), (4,))
    _, _, x, y, weights = network()
    proofs = prove(stack, stack.initial_state(1, FLOAT64), x, y, weights)
    holds = {proof.name: proof.holds for proof in proofs}
    assert holds == {"hidden.W": False, "hidden.b": False, "output.W": True, "output.b": True}


def test_pre_activations_on_a_kink_are_reported_not_failed():
    """A sample of zeros under biases of zero puts every ReLU exactly on its kink."""
    stack = Stack((Dense(4, "relu"), Dense(3, "softmax")), CrossEntropy(), (2,))
    state = stack.initial_state(2, FLOAT64)
    x = np.array([[0.0, 0.0], [1.0, -0.5]])
    proofs = prove(stack, state, x, np.array([0, 2]), np.array([0.5, 0.5]))
    kinks = {proof.name: proof.kinks for proof in proofs}
    assert kinks["hidden.b"] == (0, 1, 2, 3)
    assert not kinks["output.W"] and not kinks["output.b"]
    assert all(proof.holds for proof in proofs)


def test_an_output_that_equals_its_target_is_a_kink_of_the_absolute_error():
    stack = Stack((Dense(1),), MeanAbsoluteError(), (1,))
    state = stack.initial_state(0, FLOAT64)
    state.parameters[:] = [2.0, 1.0]
    x, y = np.array([[3.0], [1.0]]), np.array([[7.0], [0.0]])  # 2·3 + 1 = 7, exactly
    proofs = prove(stack, state, x, y, np.array([0.5, 0.5]))
    assert [proof.kinks for proof in proofs] == [(0,), (0,)]


def test_a_dropout_mask_stays_fixed():
    stack = Stack((Dense(8, "tanh"), Dropout(0.5), Dense(2)), MeanSquaredError(), (3,))
    state = stack.initial_state(4, FLOAT64)
    rng = np.random.default_rng(0)
    x, y, weights = rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), np.full(4, 0.25)
    first = gradient_of_parameters(stack, state, x, y, weights, seed=1)
    assert all(proof.holds for proof in prove(stack, state, x, y, weights, seed=1))
    np.testing.assert_array_equal(
        first, gradient_of_parameters(stack, state, x, y, weights, seed=1)
    )
    assert (first != gradient_of_parameters(stack, state, x, y, weights, seed=2)).any()


def test_two_losses_at_once_are_refused():
    layers = (Dense(1, "sigmoid"), SoftStep(joint=True))
    stack = Stack(layers, BinaryCrossEntropy(), (2,))
    state = stack.initial_state(0, FLOAT64)
    with pytest.raises(ValueError, match="follows two losses"):
        prove(stack, state, np.zeros((1, 2)), np.ones((1, 1)), np.ones(1))


def test_tolerance_is_the_one_agreed():
    assert TOLERANCE == 1e-7
