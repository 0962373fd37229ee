"""The real MNIST and the original breast-cancer file."""

from pathlib import Path

import numpy as np
import pytest

from glassnet.data import Dataset, load_dataset, read_data, read_table


@pytest.fixture(scope="module")
def mnist(shared_data: Path) -> Dataset:
    return read_data(shared_data / "mnist")


def test_mnist_is_whole(mnist: Dataset) -> None:
    assert mnist.X.shape == (60_000, 784) and mnist.X.dtype == np.uint8
    assert mnist.image_shape == (28, 28) and mnist.test is not None
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(mnist.y).tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert mnist.test.X.shape == (10_000, 784) and np.bincount(mnist.test.y).tolist() == counts


def test_mnist_by_name_is_checked_and_the_same(shared_data: Path, mnist: Dataset) -> None:
    named = load_dataset("mnist")
    assert np.array_equal(named.X, mnist.X) and np.array_equal(named.y, mnist.y)
    assert named.name == "mnist" and named.test is not None and len(named.test) == 10_000


def test_embedded_breast_cancer_is_the_original(shared_data: Path) -> None:
    original = read_table(shared_data / "wdbc" / "wdbc.data")
    ours = load_dataset("breast-cancer")
    assert original.names == tuple(f"x{j}" for j in range(32)) and len(original) == 569
    assert np.array_equal(original.select(original.names[2:]).matrix(), ours.X)
    assert np.array_equal(original["x1"] == "M", ours.y == 1)


def test_the_kaggle_table_is_read_as_pictures(mnist: Dataset, tmp_path: Path) -> None:
    rows = 1000
    header = ",".join(["label", *(f"pixel{j}" for j in range(784))])
    table = np.column_stack([mnist.y[:rows], mnist.X[:rows]])
    np.savetxt(tmp_path / "train.csv", table, "%d", ",", header=header, comments="")
    data = read_data(tmp_path / "train.csv")
    assert np.array_equal(data.X, mnist.X[:rows]) and np.array_equal(data.y, mnist.y[:rows])
    assert data.X.dtype == np.uint8 and data.image_shape == (28, 28)
    assert data.target_name == "label" and data.feature_names[783] == "pixel783"
    header = header.removeprefix("label,")
    np.savetxt(tmp_path / "test.csv", table[:, 1:], "%d", ",", header=header, comments="")
    assert np.array_equal(read_table(tmp_path / "test.csv").matrix(), mnist.X[:rows])
