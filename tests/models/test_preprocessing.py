"""Raw rows to finite numbers: fills, indicators, categories, scales, weights."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from scipy import sparse

from glassnet.data.table import Table
from glassnet.errors import InputError
from glassnet.models.classifier import Classifier
from glassnet.models.preprocessing import TablePreprocessor
from glassnet.models.scaling import draw_in, moments

FRAME = pd.DataFrame(
    {
        "age": [20.0, 30.0, np.nan, 70.0],
        "town": ["Rome", "Oslo", "Rome", None],
        "rooms": [1, 2, 3, 4],
    }
)


def test_columns_lie_side_by_side() -> None:
    preprocessor = TablePreprocessor("none").fit(FRAME)
    names = ["age", "age missing", "town = Oslo", "town = Rome", "town = missing", "rooms"]
    assert preprocessor.encoded_names == names
    np.testing.assert_array_equal(
        preprocessor.transform(FRAME),
        [
            [20, 0, 0, 1, 0, 1],
            [30, 0, 1, 0, 0, 2],
            [30, 1, 0, 1, 0, 3],
            [70, 0, 0, 0, 1, 4],
        ],
    )


def test_what_was_never_seen_is_zero_and_what_never_missed_becomes_the_mean() -> None:
    train = pd.DataFrame({"town": ["Rome", "Oslo"] * 2, "rooms": [1, 2, 3, 4]})
    preprocessor = TablePreprocessor("standard").fit(train)
    encoded = preprocessor.transform(pd.DataFrame({"town": ["Lima", None], "rooms": [None, 7]}))
    np.testing.assert_array_equal(encoded, [[0, 0, 2.5], [0, 0, 7]])


def test_constant_and_empty_columns_say_nothing() -> None:
    X = np.array([[1.0, 5.0, np.nan], [2.0, 5.0, np.nan], [4.0, 5.0, np.nan]])
    preprocessor = TablePreprocessor("standard")
    encoded = preprocessor.fit_transform(X)
    scale = preprocessor.scale_layer
    assert scale is not None and isinstance(scale.factor, tuple)
    assert scale.factor[1:] == (0.0, 0.0)
    assert encoded.shape == (3, 3) and np.isfinite(encoded).all()


def test_the_hundred_most_frequent_categories_are_kept() -> None:
    cells = [f"c{j:03}" for j in range(150)] + [f"c{j:03}" for j in range(50, 150)]
    preprocessor = TablePreprocessor().fit(pd.DataFrame({"c": cells}))
    assert preprocessor.encoded_names == [f"c = c{j:03}" for j in range(50, 150)]


def test_pixels_share_one_scale_and_stay_bytes() -> None:
    X = np.random.default_rng(0).integers(0, 256, (50, 16), dtype=np.uint8)
    X[:, 3] = 0
    preprocessor = TablePreprocessor()
    assert preprocessor.fit_transform(X) is X
    scale = preprocessor.scale_layer
    assert scale is not None and isinstance(scale.factor, tuple)
    assert len(set(scale.factor)) == 2 and scale.factor[3] == 0
    np.testing.assert_allclose(scale.factor[0], 1 / X.std())
    np.testing.assert_allclose(scale.shift, X.mean(axis=0), atol=1e-12)


@pytest.mark.parametrize("divide", [16.0, 1.0])
def test_pixels_of_other_ranges_share_one_scale(divide: float) -> None:
    X = np.random.default_rng(0).integers(0, 17, (50, 64)) / divide
    preprocessor = TablePreprocessor().fit(X)
    scale = preprocessor.scale_layer
    assert scale is not None and isinstance(scale.factor, tuple) and len(set(scale.factor)) == 1


def test_ordinary_columns_do_not_share_a_scale() -> None:
    X = np.random.default_rng(0).normal(size=(50, 20)) * np.arange(1, 21)
    encoded = TablePreprocessor().fit_transform(X)
    inside = encoded / np.sqrt(1 - np.square(encoded / 5))  # before extreme values were drawn in
    first, median, third = np.quantile(inside, [0.25, 0.5, 0.75], axis=0, method="hazen")
    np.testing.assert_allclose(median, 0, atol=1e-12)
    np.testing.assert_allclose(third - first, 1.349, atol=1e-3)


def test_extreme_values_are_drawn_in() -> None:
    z = np.array([[0.1, -1.0, 30.0, -1e300, 1e308]])
    drawn = draw_in(z, np.zeros(5), np.ones(5), 3.0)
    np.testing.assert_allclose(drawn[0, :3], z[0, :3] / np.sqrt(1 + (z[0, :3] / 3) ** 2))
    np.testing.assert_allclose(drawn[0, 3:], [-3, 3])


@pytest.mark.parametrize(
    ("kind", "shift", "factor"),
    [
        ("standard", 3.0, 1 / np.std([1, 2, 3, 4, 5])),
        ("minmax", 1.0, 0.25),
        ("robust", 3.0, 0.5),
        (10, 0.0, 0.1),
    ],
)
def test_kinds_of_scaling(kind: Any, shift: float, factor: float) -> None:
    preprocessor = TablePreprocessor(kind).fit(np.array([[1.0], [2.0], [3.0], [4.0], [5.0]]))
    scale = preprocessor.scale_layer
    assert scale is not None
    np.testing.assert_allclose([scale.shift, scale.factor], [[shift], [factor]])


def test_no_scaling_has_no_layer() -> None:
    assert TablePreprocessor("none").fit(FRAME).scale_layer is None


@pytest.mark.parametrize("kind", ["loud", -1, None, True])
def test_unknown_scaling(kind: Any) -> None:
    with pytest.raises(InputError, match="scaling is"):
        TablePreprocessor(kind).fit(np.eye(2))


@pytest.mark.parametrize("scaling", ["auto", "standard", "robust", "minmax"])
@given(weights=st.lists(st.integers(0, 4), min_size=8, max_size=8).filter(any))
def test_a_weight_is_as_good_as_copies(scaling: str, weights: list[int]) -> None:
    random = np.random.default_rng(1)
    frame = pd.DataFrame(random.normal(size=(8, 2)), columns=["a", "b"])
    frame.loc[random.random(8) < 0.4, "a"] = np.nan
    frame["c"] = random.choice(["x", "y", None], 8)
    copies = frame.loc[np.repeat(np.arange(8), weights)].reset_index(drop=True)
    weighted = TablePreprocessor(scaling).fit(frame, np.array(weights) / 7)
    repeated = TablePreprocessor(scaling).fit(copies)
    assert weighted.encoded_names == repeated.encoded_names
    np.testing.assert_allclose(
        weighted.transform(frame), repeated.transform(frame), rtol=1e-9, atol=1e-12
    )
    layers = weighted.scale_layer, repeated.scale_layer
    assert (layers[0] is None) == (layers[1] is None)
    if layers[0] is not None and layers[1] is not None:
        np.testing.assert_allclose(layers[0].shift, layers[1].shift, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(layers[0].factor, layers[1].factor, rtol=1e-9, atol=1e-12)


def test_sparse_rows_are_encoded_as_dense_ones() -> None:
    X = np.random.default_rng(0).integers(0, 3, (20, 4)).astype(float)
    X[3, 1] = np.nan
    X[5, 1] = np.nan
    dense, kept = TablePreprocessor("standard"), TablePreprocessor("standard")
    sparse_rows = kept.fit_transform(sparse.csr_matrix(X))
    np.testing.assert_array_equal(sparse_rows.toarray(), dense.fit_transform(X))
    assert dense.encoding == kept.encoding
    assert dense.scale_layer is not None and kept.scale_layer is not None
    np.testing.assert_allclose(dense.scale_layer.shift, kept.scale_layer.shift, atol=1e-15)


def test_moments_of_huge_and_tiny_numbers() -> None:
    found = moments(np.array([[1e308, 1e-308], [-1e308, 3e-308]]), np.array([1.0, 1.0]))
    np.testing.assert_allclose(found.deviation, [1e308, 1e-308])
    np.testing.assert_allclose(found.mean, [0, 2e-308])


def test_text_where_numbers_were_learned() -> None:
    preprocessor = TablePreprocessor().fit(FRAME)
    wrong = FRAME.assign(age=["20", "old", "30", None])
    with pytest.raises(InputError, match="column 'age', row 1: 'old' is not a number"):
        preprocessor.transform(wrong)


def test_numbers_where_text_was_learned_are_categories() -> None:
    preprocessor = TablePreprocessor("none").fit(pd.DataFrame({"c": ["1", "2"]}))
    np.testing.assert_array_equal(
        preprocessor.transform(pd.DataFrame({"c": [2.0, 1.0, np.nan]})), [[0, 1], [1, 0], [0, 0]]
    )


def test_another_number_of_columns() -> None:
    with pytest.raises(InputError, match="X has 2 features, but 3 were learned"):
        TablePreprocessor().fit(FRAME).transform(np.zeros((1, 2)))


def test_before_fit() -> None:
    with pytest.raises(InputError, match="call fit first"):
        TablePreprocessor().transform(FRAME)


def test_a_column_of_names_does_not_weigh_as_a_hundred_columns() -> None:
    draw = np.random.default_rng(0)
    age = draw.uniform(18, 80, 300)
    names = np.array([f"name {i}" for i in range(300)], dtype=object)
    prepared = TablePreprocessor().fit(Table({"age": age, "name": names}))
    assert len(prepared.encoded_names) == 101
    assert prepared.width == 1 + 4
    y = np.where(age + draw.normal(0, 8, 300) > 60, "yes", "no")
    model = Classifier(random_state=0).fit(Table({"age": age, "name": names}), y)
    fresh = Table({"age": age[:50], "name": np.array(["unknown"] * 50, dtype=object)})
    assert set(model.predict(fresh)) == {"no", "yes"}
