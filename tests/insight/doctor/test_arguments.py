"""Unusable arguments of `examine` and `Doctor`: each is one sentence."""

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.insight.doctor import Doctor, examine
from glassnet.nn.layers import Dense
from insight.doctor.runs import clouds, net


def test_unusable_input_is_one_sentence():
    with pytest.raises(InputError, match="one target for each"):
        examine(np.zeros((5, 2)), np.zeros(4))
    with pytest.raises(InputError, match="must hold numbers"):
        examine(np.array([["a", "b"]] * 5), np.zeros(5))


@pytest.mark.parametrize("change, words", [
    ({"X": np.zeros((0, 4)), "y": np.zeros(0)}, "X has no samples"),
    ({"X": np.zeros((9, 0)), "y": np.zeros(9)}, "X has no samples, or samples of no features"),
    ({"y": None}, "one target for each"),
    ({"y": [[0], [0, 1], 2]}, "y is not an array"),
    ({"y": np.full(300, np.nan)}, "y is NaN or infinite, first in row 0"),
    ({"y": np.array([1, "b", None] * 100, dtype=object)}, "several kinds"),
    ({"network": "x"}, "network is a glassnet.Network, 'x' was given"),
    ({"validation": np.zeros((5, 4))}, r"validation is a pair \(X, y\).*shape \(5, 4\)"),
    ({"validation": (np.zeros((5, 4)),)}, "a tuple of 1"),
    ({"validation": (np.zeros((5, 3)), np.zeros(5))}, r"shape \(3,\), X has \(4,\)"),
    ({"validation": (np.zeros((5, 4)), np.zeros(4))}, "one target for each"),
    ({"feature_names": None}, "feature_names is a list .* None was given"),
    ({"feature_names": "age"}, "feature_names is a list .* 'age' was given"),
])  # fmt: skip
def test_every_unusable_argument_is_one_sentence(change, words):
    X, y = clouds()
    for network in (None, net(Dense(8, "relu"), Dense(3, "softmax"))):
        arguments = {"X": X, "y": y, "network": network} | change
        with pytest.raises(InputError, match=words) as error:
            examine(arguments.pop("X"), arguments.pop("y"), **arguments)
        assert "\n" not in str(error.value)


def test_names_of_a_doctor_are_checked_where_they_are_given():
    with pytest.raises(InputError, match="None was given"):
        Doctor(feature_names=None)
    assert Doctor(feature_names=np.array(["a", "b"])).feature_names == ("a", "b")
