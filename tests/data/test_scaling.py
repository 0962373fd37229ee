"""Column scaling: the formulas, weights as copies, and the columns that say nothing."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import preprocessing

from glassnet.data import column_scaling, find_nonfinite, require_finite, weighted_quantile
from glassnet.data.table import Table
from glassnet.errors import InputError

KINDS = ("standard", "min-max", "robust")
columns = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 3)),
    elements=st.floats(-1000, 1000, width=32),
)


def samples() -> np.ndarray:
    return np.random.default_rng(0).normal(3.0, [1.0, 20.0, 0.01], size=(101, 3))


def test_standard_is_scikit_learns() -> None:
    X = samples()
    shift, factor = column_scaling(X)
    assert np.allclose((X - shift) * factor, preprocessing.StandardScaler().fit_transform(X))


def test_min_max_is_scikit_learns() -> None:
    X = samples()
    shift, factor = column_scaling(X, "min-max")
    assert np.allclose((X - shift) * factor, preprocessing.MinMaxScaler().fit_transform(X))


def test_robust_by_hand() -> None:
    # Sorted 0 … 7 and 100: the quartiles of 9 values are the 3rd and the 7th, the median the 5th.
    X = np.array([100.0, 3, 1, 4, 2, 0, 6, 5, 7])[:, None]
    shift, factor = column_scaling(X, "robust")
    assert shift.tolist() == [4.0] and factor.tolist() == [1.0 / (6.0 - 2.0)]


def test_robust_falls_back_to_the_range_and_then_to_zero() -> None:
    X = np.array([[0.0, 5.0]] * 9 + [[4.0, 5.0]])
    shift, factor = column_scaling(X, "robust")
    assert shift.tolist() == [0.0, 5.0] and factor.tolist() == [2.0 / 4.0, 0.0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shared", [False, True])
@given(columns, st.data())
def test_a_weight_counts_as_copies(
    kind: str, shared: bool, X: np.ndarray, data: st.DataObject
) -> None:
    w = np.array(data.draw(st.lists(st.integers(0, 4), min_size=len(X), max_size=len(X))))
    if not w.any():
        w[0] = 1
    copied = column_scaling(np.repeat(X, w, axis=0), kind, shared=shared)
    for scale in (1.0, 0.3):
        weighted = column_scaling(X, kind, weights=scale * w, shared=shared)
        # The mean cancels where it is small beside the values: measured in their size.
        assert np.allclose(weighted[0], copied[0], rtol=1e-12, atol=1e-12 * np.abs(X).max())
        assert np.allclose(weighted[1], copied[1], rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_bytes_are_measured_like_numbers(kind: str, shared: bool, weighted: bool) -> None:
    rng = np.random.default_rng(1)
    X = rng.integers(0, 256, size=(5000, 4), dtype=np.uint8)
    w = rng.uniform(size=5000) if weighted else None
    as_bytes = column_scaling(X, kind, weights=w, shared=shared)
    as_numbers = column_scaling(X.astype(float), kind, weights=w, shared=shared)
    assert np.allclose(as_bytes, as_numbers, rtol=1e-12)


def test_shared_is_one_scale() -> None:
    X = samples()
    shift, factor = column_scaling(X, shared=True)
    assert shift.shape == factor.shape == (3,)
    assert np.allclose(shift, X.mean()) and np.allclose(factor, 1 / X.std())


@pytest.mark.parametrize("kind", KINDS)
def test_missing_values_are_left_out_and_empty_columns_say_nothing(kind: str) -> None:
    X = samples()
    holes = np.vstack([X, np.full((5, 3), np.nan)])
    assert np.allclose(column_scaling(holes, kind), column_scaling(X, kind))
    shift, factor = column_scaling(np.full((4, 1), np.nan), kind)
    assert shift.tolist() == [0.0] and factor.tolist() == [0.0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [0.1, 1e-320, 1e300, -7.0])
def test_a_constant_column_has_factor_zero(kind: str, value: float) -> None:
    shift, factor = column_scaling(np.full((7, 1), value), kind)
    assert shift[0] == value and factor[0] == 0.0


def test_large_and_small_numbers_neither_overflow_nor_vanish() -> None:
    for size in (1e300, 1e-200):
        X = size * np.array([[1.0], [-1.0], [0.5]])
        shift, factor = column_scaling(X)
        assert np.allclose((X - shift) * factor, column_scaled(X / size))


def column_scaled(X: np.ndarray) -> np.ndarray:
    return (X - X.mean(axis=0)) / X.std(axis=0)


@given(arrays.arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e6, 1e6)))
def test_the_median_and_quartiles_are_numpys_definition(values: np.ndarray) -> None:
    assert np.isclose(weighted_quantile(values, 0.5), np.median(values))
    for q in (0.25, 0.75):
        expected = np.quantile(values, q, method="averaged_inverted_cdf")
        assert np.isclose(weighted_quantile(values, q), expected)


@pytest.mark.parametrize(
    ("X", "options", "sentence"),
    [
        (np.zeros((2, 1)), {"kind": "log"}, "scaling is 'log'"),
        (np.zeros(2), {}, r"shape \(2,\)"),
        (np.zeros((2, 1)), {"weights": np.zeros(2)}, "every sample has weight 0"),
        (np.zeros((2, 1)), {"weights": np.array([1.0, -1.0])}, "sample 1 has weight -1.0"),
        (np.zeros((2, 1)), {"weights": np.ones(3)}, r"expected \(2,\)"),
        (np.array([[np.inf], [0.0]]), {}, "infinite"),
    ],
)
def test_what_cannot_be_scaled_is_refused(
    X: np.ndarray, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        column_scaling(X, **options)  # type: ignore[arg-type]


def test_non_finite_values_are_counted_by_column() -> None:
    X = np.zeros((6, 3))
    X[2:4, 1], X[5, 1], X[0, 2] = np.nan, -np.inf, np.inf
    found = find_nonfinite(X, ["a", "b", "c"])
    assert [(f.column, f.nan, f.infinite, f.first_row) for f in found] == [
        ("b", 2, 1, 2),
        ("c", 0, 1, 0),
    ]
    with pytest.raises(InputError, match="'b': 2 NaN and 1 infinite .first in sample 2., column"):
        require_finite(X, ["a", "b", "c"])


def test_finite_values_pass_in_any_type() -> None:
    require_finite(np.full((3, 2), 1e308))
    require_finite(np.zeros((3, 2), dtype=np.uint8))
    require_finite(Table({"t": ["a", None], "n": [1.0, 2.0]}))
    assert find_nonfinite(Table({"t": ["a", None], "n": [1.0, np.nan]}))[0].column == "n"
    assert find_nonfinite(np.array([[1.0, np.nan]]))[0].column == "x1"
