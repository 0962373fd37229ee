"""Activations: known values, the whole range of float32 without a warning, and the user's own."""

import math

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.nn.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    Elementwise,
    LeakyReLU,
    Sigmoid,
    Softmax,
    UserActivation,
    activation,
)
from nn.cases import ACTIVATION_CASES

LARGEST = float(np.finfo(np.float32).max)
TINY = float(np.finfo(np.float32).smallest_subnormal)
EXTREMES = np.array(
    [0.0, TINY, 1e-38, 1e-7, 0.5, 1, 5, 17, 40, 88, 104, 710, 1e4, 1e19, 1e30, LARGEST]
)
EXTREMES = np.concatenate([EXTREMES, -EXTREMES])
BOUNDED = [name for name in ACTIVATION_CASES if name not in ("exponential", "user")]


def normal_distribution(z):
    return math.erfc(-z / math.sqrt(2)) / 2


# (value, derivative) at one number, with the standard library's float64 functions alone.
FORMULAS = {
    "identity": (lambda z: z, lambda z: 1.0),
    "relu": (lambda z: max(z, 0.0), lambda z: float(z > 0)),
    "leaky_relu": (lambda z: z if z > 0 else z / 100, lambda z: 1.0 if z > 0 else 0.01),
    "elu": (lambda z: z if z > 0 else math.expm1(z), lambda z: 1.0 if z > 0 else math.exp(z)),
    "elu(0.5)": (
        lambda z: z if z > 0 else 0.5 * math.expm1(z),
        lambda z: 1.0 if z > 0 else 0.5 * math.exp(z),
    ),
    "gelu": (
        lambda z: z * normal_distribution(z),
        lambda z: normal_distribution(z) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi),
    ),
    "silu": (
        lambda z: z / (1 + math.exp(-z)),
        lambda z: 1 / (1 + math.exp(-z)) + z * math.exp(-z) / (1 + math.exp(-z)) ** 2,
    ),
    "softplus": (lambda z: math.log1p(math.exp(z)), lambda z: 1 / (1 + math.exp(-z))),
    "tanh": (math.tanh, lambda z: 1 / math.cosh(z) ** 2),
    "sigmoid": (
        lambda z: 1 / (1 + math.exp(-z)),
        lambda z: math.exp(-z) / (1 + math.exp(-z)) ** 2,
    ),
    "exponential": (math.exp, math.exp),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_values_and_derivatives_are_those_of_the_formula(name):
    value, derivative = FORMULAS[name]
    z = np.concatenate([np.linspace(-20, 20, 801), [-1e-9, 1e-9, -300.0, 300.0]])
    f = ACTIVATION_CASES[name]
    y = f.value(z)
    np.testing.assert_allclose(y, [value(each) for each in z], rtol=2e-13, atol=0)
    np.testing.assert_allclose(
        f.derivative(z, y), [derivative(each) for each in z], rtol=2e-13, atol=1e-300
    )


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_finite_float32_without_a_warning(name, dtype):
    """Warnings are errors here; underflow to zero is none."""
    f = ACTIVATION_CASES[name]
    z = EXTREMES.astype(dtype)[:, None]
    if name == "softmax":
        z = np.hstack([z, z[::-1], np.zeros_like(z)])
    before = z.copy()
    y = f.value(z)
    dz = f.backward(np.ones_like(z), z, y)
    for result in (y, dz):
        assert result.dtype == dtype and result.shape == z.shape
        assert np.isfinite(result).all()
    if isinstance(f, Elementwise):
        assert np.isfinite(f.derivative(z, y)).all()
        assert f.derivative(z, y).dtype == dtype
    low, high = f.range
    assert (y >= low * (1 + 1e-7) - 1e-7).all() and (y <= high).all()
    np.testing.assert_array_equal(z, before)


@pytest.mark.parametrize("name", [n for n in BOUNDED if n != "softmax"])
def test_float32_agrees_with_float64(name):
    f = ACTIVATION_CASES[name]
    z = np.concatenate([np.linspace(-30, 30, 2001), EXTREMES]).astype(np.float32)
    wide = z.astype(np.float64)
    y, wide_y = f.value(z), f.value(wide)
    np.testing.assert_allclose(y, wide_y, rtol=2e-5, atol=1e-37)
    np.testing.assert_allclose(f.derivative(z, y), f.derivative(wide, wide_y), rtol=2e-5, atol=1e-6)


def test_exponential_is_infinite_only_where_float_ends():
    f = ACTIVATION_CASES["exponential"]
    y = f.value(np.array([88.0, 89.0, LARGEST, -LARGEST], np.float32))
    assert np.isfinite(y).tolist() == [True, False, False, True]
    assert np.isfinite(f.value(np.array([709.0]))).all()


def test_both_forms_of_the_sigmoid_and_tanh_derivative_agree():
    """backward uses y, derivative uses z: the same number wherever y keeps its digits."""
    z = np.linspace(-8, 8, 101)
    for name in ("sigmoid", "tanh"):
        f = ACTIVATION_CASES[name]
        y = f.value(z)
        np.testing.assert_allclose(f.backward(np.ones_like(z), z, y), f.derivative(z, y), rtol=1e-8)


def test_gelu_far_below_zero_is_nothing():
    assert (GELU().value(np.array([-1e300, -40.0, -1.7e308])) == 0).all()


def test_softmax_rows():
    z = np.array([[1000.0, 1000.0, 0.0], [LARGEST, -LARGEST, 0.0], [0.0, math.log(2), -1e30]])
    expected = [[0.5, 0.5, 0], [1, 0, 0], [1 / 3, 2 / 3, 0]]
    np.testing.assert_allclose(Softmax().value(z), expected, rtol=1e-15, atol=0)
    images = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_allclose(Softmax().value(images).sum(axis=-1), 1, rtol=1e-15)


def test_leaky_relu_and_elu_keep_their_settings():
    assert LeakyReLU(0.3).value(np.array([-2.0])) == pytest.approx(-0.6)
    assert ELU(2.0).range == (-2.0, np.inf)
    assert ELU(2.0).kinks == (0.0,) and ELU().kinks == ()


def test_names_and_synonyms():
    assert set(ACTIVATIONS) == {
        "identity", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "tanh", "sigmoid",
        "exponential", "softmax",
    }  # fmt: skip
    assert activation("linear").name == "identity" and activation("swish").name == "silu"
    assert activation(Sigmoid) == Sigmoid() == activation("sigmoid")


class Swoosh:
    """A user's class, with all that it may state."""

    name = "swoosh"
    range = (0.0, 1.0)
    kinks = (0.5,)

    def value(self, z):
        return np.clip(z, 0, 1)

    def derivative(self, z):
        return ((z > 0) & (z < 1)).astype(float)


def test_the_user_s_own_in_every_form():
    def plain(z):
        return z**2

    plain.derivative = lambda z, y: 2 * z
    z = np.array([[0.5, -1.0]])
    for choice in (plain, (plain, plain.derivative), (np.square, lambda z: 2 * z)):
        f = activation(choice)
        np.testing.assert_array_equal(f.value(z), z**2)
        np.testing.assert_array_equal(f.backward(z, z, z**2), 2 * z * z)
        assert f.range == (-np.inf, np.inf)
    for choice in (Swoosh, Swoosh()):
        f = activation(choice)
        assert (f.name, f.range, f.kinks) == ("swoosh", (0.0, 1.0), (0.5,))
        np.testing.assert_array_equal(f.backward(np.ones_like(z), z, f.value(z)), [[1.0, 0.0]])
    assert activation(f) is f


def test_the_user_s_derivative_is_given_y_only_if_it_asks_for_it():
    z = np.array([[0.25]])
    for derivative in (np.cos, lambda z, scale=1.0: np.cos(z) * scale, lambda *z: np.cos(z[0])):
        f = activation((np.sin, derivative))
        y = f.value(z)
        before = y.copy()
        np.testing.assert_allclose(f.derivative(z, y), np.cos(z))
        np.testing.assert_array_equal(y, before)  # np.cos(z, y) would have written into it
    f = activation((np.exp, lambda z, y: y))
    np.testing.assert_array_equal(f.derivative(z, np.exp(z)), np.exp(z))


def test_a_user_s_float64_numbers_come_back_in_the_network_s_dtype():
    f = activation((lambda z: np.float64(2) * z.astype(float), lambda z: np.full(z.shape, 2.0)))
    z = np.ones((2, 2), np.float32)
    assert f.value(z).dtype == f.derivative(z, z).dtype == np.float32


def test_user_faults_are_one_sentence():
    f = activation((lambda z: z.sum(), lambda z: z[:1]))
    z = np.ones((3, 2))
    with pytest.raises(InputError, match=r"shape \(\) for pre-activations of shape \(3, 2\)"):
        f.value(z)
    with pytest.raises(InputError, match=r"derivative .* shape \(1, 2\) for pre-activations"):
        f.derivative(z, z)


@pytest.mark.parametrize(
    "choice, sentence",
    [
        ("rleu", "there is no activation 'rleu'; choose one of identity, relu"),
        (3, "3 is not an activation: give a name"),
        (lambda z: z, "is not an activation: give a name, a pair"),
        ((np.sin, np.cos, np.tan), "is not an activation"),
    ],
)
def test_what_is_no_activation(choice, sentence):
    with pytest.raises(InputError, match=sentence):
        activation(choice)


def test_user_activations_of_one_function_are_equal():
    assert activation(np_pair := (np.sin, np.cos)) == activation(np_pair)
    assert isinstance(activation(np_pair), UserActivation)
