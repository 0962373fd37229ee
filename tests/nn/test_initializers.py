"""Initializers: the moments that their sources state, orthogonality, and nothing but the seed."""

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.nn.initializers import (
    INITIALIZERS,
    Constant,
    Glorot,
    He,
    LeCun,
    Normal,
    Orthogonal,
    Uniform,
    Zeros,
    initializer,
)
from glassnet.nn.layers import Dense
from glassnet.nn.losses import MeanSquaredError
from glassnet.nn.parameters import Layout
from glassnet.nn.stack import Stack

WIDE, NARROW = (500, 120), (120, 500)

# Source, and the standard deviation that it states for (inputs, outputs).
DEVIATIONS = [
    (Normal(0.01), lambda d, k: 0.01),
    (Normal(2.0), lambda d, k: 2.0),
    (Uniform(-0.5, 0.5), lambda d, k: 1 / 12**0.5),
    (Uniform(-0.1, 0.1), lambda d, k: 0.2 / 12**0.5),
    (Glorot("uniform"), lambda d, k: (2 / (d + k)) ** 0.5),
    (Glorot("normal"), lambda d, k: (2 / (d + k)) ** 0.5),
    (He("normal"), lambda d, k: (2 / d) ** 0.5),
    (He("uniform"), lambda d, k: (2 / d) ** 0.5),
    (LeCun("normal"), lambda d, k: (1 / d) ** 0.5),
    (LeCun("uniform"), lambda d, k: (1 / d) ** 0.5),
]


@pytest.mark.parametrize("kind, deviation", DEVIATIONS)
@pytest.mark.parametrize("shape", [WIDE, NARROW])
def test_moments(kind, deviation, shape):
    W = kind.sample(shape, 3, 0)
    expected = deviation(*shape)
    assert W.shape == shape and W.dtype == np.float64
    assert abs(W.mean()) < 5 * expected / 60_000**0.5
    assert W.std() == pytest.approx(expected, rel=0.02)


def test_uniform_limits():
    """Glorot's ±√(6/(inputs + outputs)), He's ±√(6/inputs), and the user's own."""
    for kind, limit in ((Glorot(), (6 / 620) ** 0.5), (He("uniform"), (6 / 500) ** 0.5)):
        W = kind.sample(WIDE, 0, 0)
        assert limit * 0.999 < W.max() <= limit and -limit <= W.min() < -limit * 0.999
    W = Uniform(2.0, 3.0).sample(WIDE, 0, 0)
    assert W.min() >= 2 and W.max() < 3 and W.mean() == pytest.approx(2.5, abs=0.01)


def test_he_keeps_the_size_of_signals_through_relu_and_lecun_through_linear_layers():
    """Why the formulas are what they are: after 20 layers the signal has its first size."""
    x = np.random.default_rng(0).normal(size=(200, 300))
    for kind, through in ((He(), lambda z: np.maximum(z, 0)), (LeCun(), lambda z: z)):
        y = x
        for place in range(20):
            y = through(y @ kind.sample((300, 300), 1, place))
        target = 0.5 if kind == He() else 1.0
        assert 0.4 < (y**2).mean() / (x**2).mean() / target < 2.5


@pytest.mark.parametrize("shape", [(40, 25), (25, 40), (30, 30), (1, 7)])
def test_orthogonal(shape):
    W = Orthogonal(1.5).sample(shape, 2, 0) / 1.5
    gram = W.T @ W if shape[0] >= shape[1] else W @ W.T
    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-12)


def test_orthogonal_matrices_are_equally_likely():
    """The signs are fixed by R's diagonal: the mean over many is 0, also of the first column."""
    first = np.array([Orthogonal().sample((6, 6), seed, 0)[:, 0] for seed in range(2000)])
    assert np.abs(first.mean(axis=0)).max() < 5 / (6 * 2000) ** 0.5
    np.testing.assert_allclose((first**2).mean(axis=0), 1 / 6, rtol=0.15)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_function_of_seed_and_position_alone(name):
    kind = initializer(name)
    first = kind.sample((5, 4), 1, 0)
    np.testing.assert_array_equal(first, kind.sample((5, 4), 1, 0))
    if name not in ("zeros", "constant"):
        assert (first != kind.sample((5, 4), 2, 0)).any()
        assert (first != kind.sample((5, 4), 1, 1)).any()
    assert kind.name == name


def test_constant_and_zeros():
    assert (Constant(0.25).sample((2, 3), 0, 0) == 0.25).all()
    assert (Zeros().sample((2, 3), 0, 0) == 0).all()


class Ones:
    """A user's initializer."""

    name = "ones"

    def sample(self, shape, seed, position):
        return np.ones(shape)


def test_names_objects_classes_and_the_user_s_own():
    assert initializer("he") == He() == initializer(He)
    for choice in (Ones, Ones()):
        layer = Dense(2, weight_init=choice)
        assert (
            Layout.of(["a"], [layer.build((3,)).parameters]).initial(0, np.dtype("f4"))[:6] == 1
        ).all()


def test_the_vector_is_rounded_to_the_network_s_dtype():
    stack = Stack((Dense(3, "relu"), Dense(2)), MeanSquaredError(), (4,))
    wide = stack.layout.initial(7, np.dtype("f8"))
    narrow = stack.layout.initial(7, np.dtype("f4"))
    np.testing.assert_array_equal(narrow, wide.astype(np.float32))


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: initializer("xavier"), "there is no initializer 'xavier'; choose one of zeros"),
        (lambda: initializer(0.5), "0.5 is not an initializer: give one of"),
        (lambda: Uniform(1, 1), r"uniform needs low < high, \(1, 1\) was given"),
        (lambda: He("gauss").sample((2, 2), 0, 0), "'normal' or 'uniform', 'gauss' was given"),
    ],
)
def test_what_is_not_legal(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()
