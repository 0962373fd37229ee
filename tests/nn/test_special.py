"""erf and erfc against the standard library's."""

import math

import numpy as np
from hypothesis import given, strategies as st

from glassnet.nn.special import erf, erfc


def test_erf_to_fifteen_digits_everywhere():
    x = np.concatenate([np.linspace(-7, 7, 20001), np.geomspace(1e-320, 1, 500), [0.0, 1e300]])
    for place in (0.5, 4.0):  # where one approximation gives way to the next
        x = np.concatenate([x, [np.nextafter(place, 0), place, np.nextafter(place, 9)]])
    x = np.concatenate([x, -x])
    exact = np.array([math.erf(each) for each in x])
    np.testing.assert_allclose(erf(x), exact, rtol=1e-15, atol=1e-323)


def test_erfc_keeps_its_digits_in_the_tail():
    x = np.linspace(-6, 26, 20001)
    exact = np.array([math.erfc(each) for each in x])
    np.testing.assert_allclose(erfc(x), exact, rtol=2e-15)
    assert (erfc(np.array([28.0, 1e10, 1e300])) == 0).all()
    assert (erfc(np.array([-28.0, -1e300])) == 2).all()


@given(st.floats(-1e308, 1e308))
def test_erf_is_odd_and_within_one(x):
    value = erf(np.array([x]))[0]
    assert value == -erf(np.array([-x]))[0] and abs(value) <= 1
    assert math.isclose(value, math.erf(x), rel_tol=1e-15)


def test_shapes_and_zeros_keep_their_sign():
    assert erf(np.zeros((2, 0, 3))).shape == (2, 0, 3)
    assert math.copysign(1, erf(np.array([-0.0]))[0]) == -1
