"""Splits and folds: pinned, stratified, complete."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from glassnet.data import Table, k_fold, load_dataset, split_indices, train_test_split
from glassnet.data.streams import raw
from glassnet.errors import InputError

labels_of_some = st.lists(st.integers(0, 4), min_size=2, max_size=60).map(np.array)


def test_the_random_words_are_philox() -> None:
    assert [hex(word) for word in raw(0, 1, 2)] == ["0xd037f8c3f9a1d176", "0xc057419b4c210765"]
    assert np.array_equal(raw(2**64 - 1, 3, 5)[:3], raw(2**64 - 1, 3, 3))


def test_splits_are_pinned() -> None:
    train, test = split_indices(10, None, test=3, seed=0)
    assert train.tolist() == [8, 2, 4, 1, 0, 6, 9] and test.tolist() == [5, 3, 7]
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
    train, test = split_indices(10, labels, test=0.3, seed=7)
    assert train.tolist() == [1, 2, 5, 4, 8, 0, 7] and test.tolist() == [3, 9, 6]


@given(labels_of_some, st.floats(0.01, 0.99), st.integers(0, 2**64 - 1))
def test_every_sample_is_in_one_part_and_classes_keep_their_share(
    labels: np.ndarray, share: float, seed: int
) -> None:
    train, test = split_indices(len(labels), labels, test=share, seed=seed)
    assert sorted([*train, *test]) == list(range(len(labels)))
    assert len(test) == min(max(int(np.floor(share * len(labels) + 0.5)), 1), len(labels) - 1)
    for label in np.unique(labels):
        of_class = labels == label
        exact = of_class.sum() * len(test) / len(labels)
        # Within one of the exact share, but where a class gives up its last training sample.
        assert abs(of_class[test].sum() - exact) <= 1 + 1e-9


@given(labels_of_some, st.integers(2, 6), st.integers(0, 2**64 - 1))
def test_folds_hold_out_every_sample_once(labels: np.ndarray, folds: int, seed: int) -> None:
    if folds > len(labels):
        with pytest.raises(InputError, match="folds of"):
            k_fold(len(labels), labels, folds=folds, seed=seed)
        return
    pairs = k_fold(len(labels), labels, folds=folds, seed=seed)
    assert sorted(np.concatenate([held for _, held in pairs])) == list(range(len(labels)))
    sizes = [len(held) for _, held in pairs]
    assert max(sizes) - min(sizes) <= 1
    for train, held in pairs:
        assert not set(train) & set(held) and len(train) + len(held) == len(labels)
    for label in np.unique(labels):
        counts = [(labels[held] == label).sum() for _, held in pairs]
        assert max(counts) - min(counts) <= 1


def test_a_class_of_one_stays_in_training() -> None:
    labels = np.array([0] * 9 + [1])
    for seed in range(30):
        assert 9 in split_indices(10, labels, test=0.2, seed=seed)[0]


def test_seeds_differ() -> None:
    splits = {tuple(split_indices(100, None, seed=seed)[1]) for seed in range(50)}
    assert len(splits) == 50


def test_each_type_comes_back_as_itself() -> None:
    import pandas as pd
    from scipy import sparse

    values = np.arange(20.0).reshape(10, 2)
    y = [0, 1] * 5
    for X in (
        values,
        Table.from_matrix(values, ["a", "b"]),
        pd.DataFrame(values, columns=["a", "b"], index=range(50, 60)),
        sparse.csr_array(values),
        sparse.coo_array(values),
    ):
        X_train, X_test, y_train, y_test = train_test_split(X, y, test=0.2, seed=1)
        assert X_train.shape == (8, 2) and X_test.shape == (2, 2)
        assert y_train.tolist().count(0) == 4 and y_test.tolist().count(0) == 1
        if isinstance(X, pd.DataFrame):
            assert isinstance(X_train, pd.DataFrame)
        rows = X_test.matrix() if isinstance(X_test, Table) else X_test
        rows = rows.toarray() if sparse.issparse(rows) else np.asarray(rows)
        assert np.array_equal(rows[:, 0] / 2 % 2, y_test)


def test_fractions_and_indicators_are_split_without_classes() -> None:
    X = np.arange(10.0)[:, None]
    assert len(train_test_split(X, X[:, 0] / 3, test=3)[1]) == 3
    assert train_test_split(X, np.eye(10), test=3)[3].shape == (3, 10)
    plain = train_test_split(X, np.arange(10) % 2, test=3, stratify=False)[1][:, 0]
    assert plain.tolist() == [5.0, 3.0, 7.0]


def test_many_classes_are_split_fast_and_exactly() -> None:
    diabetes = load_dataset("diabetes")
    _, X_test, _, _ = train_test_split(diabetes.X, diabetes.y, test=0.25)
    assert len(X_test) == 111
    assert len(split_indices(50_000, np.arange(50_000), test=0.5)[1]) == 25_000


@pytest.mark.parametrize(
    ("X", "y", "test", "sentence"),
    [
        (np.zeros((3, 1)), [0, 1], 0.2, "X has 3 samples and y has shape"),
        (np.zeros((1, 1)), [0], 0.2, "1 sample cannot be split"),
        (np.zeros((3, 1)), [0, 1, 1], 1.0, "test is 1.0"),
        (np.zeros((3, 1)), [0, 1, 1], float("nan"), "test is nan"),
        (np.zeros((3, 1)), [0, 1, 1], 3, "choose from 1 to 2"),
        (np.zeros((3, 1)), [0, 1, 1], True, "test is True"),
        (np.zeros((3, 1)), [0, 1, 1], "half", "test is 'half'"),
    ],
)
def test_what_cannot_be_split_is_refused(X: object, y: object, test: float, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        train_test_split(X, y, test=test)
