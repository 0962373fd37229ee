"""Losses: values by hand, extreme logits, and targets that do not fit."""

import math
from fractions import Fraction

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.nn.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
)
from glassnet.nn.user_loss import LOSSES, UserLoss, loss
from nn.cases import FLOAT64

LARGEST = float(np.finfo(np.float32).max)
LOGITS = [0.0, 1e-45, 1e-20, 0.5, 3.0, 30.0, 88.0, 104.0, 745.0, 1e4, 1e20, LARGEST]
LOGITS = [*LOGITS, *[-z for z in LOGITS]]


def array(*rows):
    return np.array(rows, dtype=float)


@pytest.mark.parametrize(
    "kind, outputs, y, mean, total",
    [
        # ((1 − 3)² + (2 − 2)²) / 2 = 2; summed 4
        (MeanSquaredError, (1, 2), (3, 2), 2.0, 4.0),
        # (|1 − 3| + |2 − 1|) / 2 = 1.5; summed 3
        (MeanAbsoluteError, (1, 2), (3, 1), 1.5, 3.0),
        # |r| = 2 > 1: 1·(2 − ½) = 1.5; |r| = 0.5: 0.125; together 1.625
        (Huber, (1, 2), (3, 1.5), 0.8125, 1.625),
        # −log 0.25 − log(1 − 0.5) = log 4 + log 2 = log 8
        (BinaryCrossEntropy, (0.25, 0.5), (1, 0), math.log(8) / 2, math.log(8)),
        # (2 − 3 log 2) + (1 − 0)
        (Poisson, (2, 1), (3, 0), (3 - 3 * math.log(2)) / 2, 3 - 3 * math.log(2)),
        # −log 0.25, whatever the reduction: over classes it's always a sum
        (CrossEntropy, (0.25, 0.75), (1, 0), math.log(4), math.log(4)),
    ],
)
def test_values_by_hand(kind, outputs, y, mean, total):
    for reduction, expected in (("mean", mean), ("sum", total)):
        assert kind(reduction=reduction).per_sample(array(outputs), array(y)) == pytest.approx(
            expected, rel=1e-15
        )


def test_label_smoothing_by_hand():
    # y = (1, 0, 0), s = 0.3, K = 3: smoothed (0.8, 0.1, 0.1)
    value = CrossEntropy(label_smoothing=0.3).per_sample(array((0.5, 0.25, 0.25)), np.array([0]))
    assert value == pytest.approx(0.8 * math.log(2) + 0.2 * math.log(4), rel=1e-14)


def exact_softplus(z: float) -> float:
    """log(1 + eᶻ) to the last digits."""
    return z + math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binary_cross_entropy_of_extreme_logits(dtype):
    z = np.array(LOGITS, dtype=dtype)[:, None]
    for target, sign in ((1.0, -1.0), (0.0, 1.0)):
        y = np.full_like(z, target)
        expected = [exact_softplus(sign * float(each)) for each in z[:, 0]]
        for each in (BinaryCrossEntropy(from_logits=True), BinaryCrossEntropy()):
            values = each.per_sample_logits(z, y)
            np.testing.assert_allclose(values, expected, rtol=1e-14, atol=0)
            assert np.isfinite(values).all()
        slopes = BinaryCrossEntropy(from_logits=True).derivative(z, y)
        assert np.isfinite(slopes).all() and slopes.dtype == dtype
        if target == 0:
            exact = [1 / (1 + math.exp(-v)) if v > -700 else 0.0 for v in map(float, z[:, 0])]
            np.testing.assert_allclose(slopes[:, 0], exact, rtol=1e-6, atol=1e-44)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy_of_extreme_logits(dtype):
    z = np.array([[a, b] for a in LOGITS for b in LOGITS], dtype=dtype)
    for form in (np.zeros(len(z), int), np.tile([1.0, 0.0], (len(z), 1)).astype(dtype)):
        expected = [exact_softplus(float(Fraction(float(b)) - Fraction(float(a)))) for a, b in z]
        taking = CrossEntropy(from_logits=True)
        values = taking.per_sample(z, form)
        np.testing.assert_allclose(values, expected, rtol=1e-14, atol=3e-16)
        slopes = taking.derivative(z, form)
        assert np.isfinite(values).all() and np.isfinite(slopes).all() and slopes.dtype == dtype
        np.testing.assert_allclose(slopes.sum(axis=1), 0, atol=1e-6)


def test_poisson_of_extreme_log_rates():
    z = np.array([[-LARGEST], [-50.0], [0.0], [5.0], [700.0]])
    values = Poisson().per_sample_logits(z, np.zeros_like(z))
    np.testing.assert_allclose(values, np.exp(z[:, 0]), rtol=1e-15)
    assert np.isinf(Poisson().per_sample_logits(np.array([[1e4]]), np.array([[1.0]])))


def test_losses_are_infinite_exactly_where_the_mathematics_is():
    sure = array((0.0, 1.0))
    with np.errstate(all="raise", under="ignore"):
        assert CrossEntropy().per_sample(sure, np.array([0])) == np.inf
        assert CrossEntropy().per_sample(sure, np.array([1])) == 0
        assert BinaryCrossEntropy().per_sample(sure, array((1, 0))) == np.inf
        assert BinaryCrossEntropy().per_sample(sure, array((0, 1))) == 0
        assert Poisson().per_sample(array((0.0,)), array((2,))) == np.inf
        assert Poisson().per_sample(array((0.0,)), array((0,))) == 0


def test_derivatives_at_the_ends_of_the_outputs():
    """One-sided limits: at ŷ = y = 0 the slope of −log(1 − ŷ) is 1, not 0 / 0."""
    with np.errstate(all="raise", under="ignore"):
        slope = BinaryCrossEntropy(reduction="sum").derivative
        np.testing.assert_array_equal(slope(array((0.0, 1.0)), array((0, 1))), [[1, -1]])
        np.testing.assert_array_equal(slope(array((0.0, 1.0)), array((1, 0))), [[-np.inf, np.inf]])
        np.testing.assert_array_equal(slope(array((0.3,)), array((0.3,))), [[0]])
        tiny = np.array([[1e-45]], np.float32)
        assert slope(tiny, np.ones_like(tiny)) == -np.inf
        np.testing.assert_array_equal(
            CrossEntropy().derivative(array((0.0, 1.0)), np.array([1])), [[0, -1]]
        )
        np.testing.assert_array_equal(Poisson().derivative(array((0.0,)), array((0,))), [[1]])


def test_values_are_worked_out_in_float64():
    outputs, y = np.array([[1e30]], np.float32), np.zeros((1, 1), np.float32)
    assert MeanSquaredError().per_sample(outputs, y) == pytest.approx(1e60, rel=1e-6)


def test_right_answers():
    outputs = array((0.6, 0.4), (0.2, 0.8))
    np.testing.assert_array_equal(CrossEntropy().right(outputs, np.array([0, 0])), [True, False])
    np.testing.assert_array_equal(
        CrossEntropy().right(outputs, array((0.9, 0.1), (0.1, 0.9))), [True, True]
    )
    np.testing.assert_array_equal(
        BinaryCrossEntropy().right(outputs, array((1, 0), (1, 1))), [True, False]
    )
    logits = array((0.1, -0.1))
    assert BinaryCrossEntropy(from_logits=True).right(logits, array((1, 0))).all()
    assert MeanSquaredError().right(outputs, outputs) is None


@pytest.mark.parametrize(
    "name, Y, outputs, sentence",
    [
        ("cross_entropy", [0, 1, 3], 3, "indices from 0 to 2 for 3 outputs; .* from 0 to 3"),
        ("cross_entropy", [-1, 1], 3, "the targets reach from -1 to 1; glassnet.OneHotEncoder"),
        ("cross_entropy", [0.5, 1], 3, "takes class indices from 0 to 2"),
        ("cross_entropy", [1e300, 1], 3, "takes class indices from 0 to 2"),
        ("cross_entropy", [0, 1], 1, "needs at least 2 outputs, the network has 1"),
        ("cross_entropy", [[1, 0, 0, 0]], 3, r"one-hot rows \(n, 3\) .* shape \(1, 4\)"),
        ("cross_entropy", [[1, 0], [1, 1]], 2, r"sum to 1; row 1 is \[1, 1\]"),
        ("cross_entropy", [[1, 0], [2, -1]], 2, r"not negative and sum to 1; row 1 is \[2, -1\]"),
        ("cross_entropy", [[[1, 0]]], 2, r"targets of shape \(1, 1, 2\) were given"),
        ("cross_entropy", ["a", "b"], 2, "targets that are numbers, <U1 was given"),
        ("cross_entropy", [0.0, np.nan], 2, "hold 1 value.s. that are NaN or infinite"),
        ("binary_cross_entropy", [0, 2], 1, "targets from 0 to 1; they reach from 0 to 2"),
        ("poisson", [-1.0, 2], 1, "targets from 0 to inf; they reach from -1 to 2"),
        ("mean_squared_error", [1.0, 2.0], 2, r"\(n, 2\) are expected for 2 output.s., \(2,\)"),
        ("mean_squared_error", [[1.0, 2.0]], 1, r"\(n, 1\) are expected .* \(1, 2\) was given"),
        ("huber", [np.inf, np.nan, 1], 1, "hold 2 value.s. that are NaN or infinite"),
        ("mean_absolute_error", [1j], 1, "targets that are numbers, complex128 was given"),
    ],
)
def test_targets_that_do_not_fit(name, Y, outputs, sentence):
    with pytest.raises(InputError, match=sentence):
        loss(name).targets(np.array(Y), outputs, FLOAT64)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32, ">f8", np.float16])
def test_targets_of_every_kind_of_number(dtype):
    Y = np.array([0, 1, 1], dtype=dtype)
    y = BinaryCrossEntropy().targets(Y, 1, np.dtype(np.float32))
    assert y.dtype == np.float32 and y.tolist() == [[0], [1], [1]]
    indices = CrossEntropy().targets(Y, 2, FLOAT64)
    assert indices.dtype == np.int64 and indices.tolist() == [0, 1, 1]
    rows = CrossEntropy().targets(np.eye(2, dtype=dtype), 2, FLOAT64)
    assert rows.tolist() == [[1, 0], [0, 1]]


def test_constructors_refuse_what_is_not_legal():
    for wrong in (
        lambda: MeanSquaredError(reduction="total"),
        lambda: CrossEntropy(reduction="none"),
        lambda: CrossEntropy(label_smoothing=1.0),
        lambda: Huber(delta=0),
    ):
        with pytest.raises(InputError):
            wrong()


def test_names():
    for name, kind in LOSSES.items():
        assert loss(name) == kind() == loss(kind) and loss(name).name == name


class Quartic:
    """A user's loss as a class."""

    def value(self, outputs, y):
        return ((outputs - y) ** 4).mean(axis=1)

    def derivative(self, outputs, y):
        return 4 * (outputs - y) ** 3 / outputs.shape[1]


def test_the_user_s_own_in_every_form():
    outputs, y = array((1, 2), (0, 1)), array((0, 0), (0, 0))
    value, derivative = Quartic().value, Quartic().derivative

    def function(outputs, y):
        return value(outputs, y)

    function.derivative = derivative
    for choice in (Quartic, Quartic(), function, (value, derivative)):
        mine = loss(choice)
        assert isinstance(mine, UserLoss) and mine.right(outputs, y) is None
        np.testing.assert_array_equal(mine.per_sample(outputs, y), [8.5, 0.5])
        np.testing.assert_array_equal(mine.derivative(outputs, y), derivative(outputs, y))


def test_user_faults_are_one_sentence():
    mine = loss((lambda o, y: ((o - y) ** 2).mean(), lambda o, y: (o - y).sum(axis=1)))
    outputs = np.ones((3, 2))
    with pytest.raises(InputError, match=r"returned shape \(\) for 3 samples; .* not their mean"):
        mine.per_sample(outputs, outputs)
    with pytest.raises(InputError, match=r"returned shape \(3,\) for outputs of shape \(3, 2\)"):
        mine.derivative(outputs, outputs)
    with pytest.raises(InputError, match="there is no loss 'mse'; choose one of mean_squared_"):
        loss("mse")
    with pytest.raises(InputError, match="7 is not a loss: give a name"):
        loss(7)
