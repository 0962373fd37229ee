"""Labels and numbers in the network's form, and back."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from glassnet.errors import InputError
from glassnet.models.standardizer import Standardizer
from glassnet.models.targets import (
    class_weights,
    find_labels,
    read_labels,
    read_numbers,
)


@pytest.mark.parametrize(
    "y",
    [
        ["b", "a", "c", "a"],
        np.array([3, 1, 7, 1], dtype=np.int8),
        np.array([0.5, -1.0, 2.0, -1.0]) * 2,
        pd.Series(["b", "a", "c", "a"]),
        pd.Series(["b", "a", "c", "a"], dtype="category"),
        pd.Series([3, 1, 7, 1], dtype="Int64"),
        pl.Series(["b", "a", "c", "a"]),
    ],
)
def test_labels_come_back(y: Any) -> None:
    values = read_labels(y)
    labels = find_labels(values)
    places = labels.encode(y)
    assert places.tolist() == [1, 0, 2, 0] and labels.task == "multiclass"
    assert labels.decode(places).tolist() == values.tolist()


def test_two_booleans_are_a_binary_problem() -> None:
    labels = find_labels(read_labels([True, False, True]))
    assert labels.task == "binary" and labels.outputs == 1
    assert labels.decode(np.array([1, 0])).tolist() == [True, False]


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_an_indicator_matrix_is_several_labels(kind: Any) -> None:
    Y = np.array([[1, 0, 1], [0, 0, 0]], dtype=np.int32)
    labels = find_labels(read_labels(kind(Y)))
    assert labels.task == "multilabel" and labels.outputs == 3
    assert labels.decode(labels.encode(Y)).dtype == np.int32


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (None, "requires y to be passed"),
        (["a", None, "b"], "contains NaN: 1 of 3 targets are missing, the first at 1"),
        ([1.0, np.nan], "contains NaN"),
        ([1.0, np.inf], "contains infinity"),
        ([0.1, 0.2, 0.3], "Unknown label type: continuous"),
        ([[1, 2], [3, 4]], "2 columns that are not all 0 and 1"),
        (np.array(["a", 1, "b"], dtype=object), "mixes text with 1"),
    ],
)
def test_what_is_no_label(y: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_labels(y)


def test_one_class_only() -> None:
    with pytest.raises(InputError, match=r"y has 1 class only \('a'\)"):
        find_labels(read_labels(["a", "a"]))


def test_a_label_that_was_never_seen() -> None:
    labels = find_labels(read_labels(["a", "b"]))
    with pytest.raises(InputError, match=r"'c' \(1 sample.*the classes are 'a', 'b'"):
        labels.encode(["a", "c"])


def test_balanced_classes_weigh_the_same() -> None:
    labels = find_labels(read_labels([0, 0, 0, 1]))
    places, weights = np.array([0, 0, 0, 1]), np.array([1.0, 1.0, 0.5, 2.0])
    found = class_weights("balanced", labels, places, weights)
    assert found is not None
    np.testing.assert_allclose(found[:3].sum(), found[3])
    np.testing.assert_allclose(found.sum(), weights.sum())


def test_class_weights_by_label() -> None:
    labels = find_labels(read_labels(["a", "b", "c"]))
    found = class_weights({"a": 3, "c": 0.5}, labels, np.array([0, 1, 2]), None)
    assert found is not None and found.tolist() == [3, 1, 0.5]


@pytest.mark.parametrize("choice", ["fair", {"z": 1}, {"a": -1}, {"a": 0, "b": 0}, 2])
def test_wrong_class_weights(choice: Any) -> None:
    labels = find_labels(read_labels(["a", "b"]))
    with pytest.raises(InputError, match="class_weight"):
        class_weights(choice, labels, np.array([0, 1]), None)


def test_numbers_are_standardised_by_weight_and_come_back() -> None:
    Y, one_column = read_numbers([1.0, 2.0, 10.0])
    weights = np.array([2.0, 1.0, 1.0])
    scale = Standardizer.learn(Y, weights, one_column, active=True)
    copies = np.array([1.0, 1.0, 2.0, 10.0])
    np.testing.assert_allclose([scale.shift[0], scale.factor[0]], [3.5, 1 / copies.std()])
    np.testing.assert_allclose(scale.decode(scale.encode(Y)), [1, 2, 10])


def test_a_target_that_never_varies() -> None:
    scale = Standardizer.learn(np.full((3, 1), 7.0), None, True, active=True)
    np.testing.assert_array_equal(scale.decode(np.zeros((2, 1))), [7, 7])


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (None, "requires y to be passed"),
        (["1", "two"], "'two', which is not a number"),
        ([1.0, np.nan], "contains NaN"),
        ([1.0, np.inf], "contains infinity"),
        (np.zeros((2, 2, 2)), "shape"),
        ([1j, 2j], "Complex data not supported"),
    ],
)
def test_what_is_no_number(y: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_numbers(y)
