"""`OneHotEncoder`: there and back, and what it has never seen."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from glassnet.data import OneHotEncoder
from glassnet.errors import InputError

label = st.one_of(st.integers(-(2**40), 2**40), st.text(max_size=5))
classes_of_one_type = st.one_of(
    st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=8, unique=True),
    # NumPy's text arrays drop a label's closing NUL characters.
    st.lists(st.text(st.characters(min_codepoint=1), max_size=5), min_size=1, unique=True),
)


@given(classes_of_one_type, st.data())
def test_decode_undoes_encode(classes: list[object], data: st.DataObject) -> None:
    y = np.array(data.draw(st.lists(st.sampled_from(classes), max_size=10)) or classes)
    encoder = OneHotEncoder(classes)
    one_hot = encoder.encode(y)
    assert one_hot.dtype == np.float32 and one_hot.shape == (len(y), len(classes))
    assert (one_hot.sum(axis=1) == 1).all() and (one_hot.max(axis=1) == 1).all()
    assert encoder.decode(one_hot).tolist() == y.tolist()


def test_columns_are_in_the_order_of_the_classes() -> None:
    encoder = OneHotEncoder(["b", "a"])
    assert encoder.encode(["a", "b"]).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert encoder.indices(["a", "b"]).tolist() == [1, 0]
    assert encoder.decode([[0.4, 0.6], [0.5, 0.5]]).tolist() == ["a", "b"]
    assert encoder.encode(np.array(["a"], dtype=object)).tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: OneHotEncoder([]), "give the labels"),
        (lambda: OneHotEncoder([1, 2, 1]), "label 1 is in classes more than once"),
        (lambda: OneHotEncoder([0, 1]).encode([0, 7, 7]), r"label 7 \(sample 1, 2 such in all\)"),
        (lambda: OneHotEncoder([0, 1]).encode(["0"]), "label '0'"),
        (lambda: OneHotEncoder([0, 1]).encode([[0]]), "one label for each sample"),
        (lambda: OneHotEncoder([0, 1]).decode([[1.0]]), "one row of 2"),
        (lambda: OneHotEncoder([0, 1]).decode([[0, 1], [np.nan, 1]]), "sample 1 has NaN"),
    ],
)
def test_what_cannot_be_encoded_is_refused(call: object, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        call()  # type: ignore[operator]
