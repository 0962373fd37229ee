"""The named data sets: the embedded ones against scikit-learn's, the made ones by what they are."""

import numpy as np
import pytest
from sklearn import datasets

from glassnet.data import dataset_names, describe_dataset, load_dataset
from glassnet.errors import InputError

MADE = ("moons", "circles", "spiral", "xor", "blobs")


@pytest.mark.parametrize("name", [n for n in dataset_names() if "mnist" not in n])
def test_every_set_loads_without_network(name: str) -> None:
    data = load_dataset(name)
    assert data.name == name and len(data.feature_names) == data.X.shape[1]
    assert describe_dataset(name) and data.description
    assert np.isfinite(data.X).all()


@pytest.mark.parametrize("name", ["iris", "wine"])
def test_embedded_sets_are_scikit_learns(name: str) -> None:
    theirs = getattr(datasets, f"load_{name}")()
    ours = load_dataset(name)
    assert np.array_equal(ours.X, theirs.data) and np.array_equal(ours.y, theirs.target)
    assert ours.feature_names == tuple(theirs.feature_names)
    assert ours.class_names == tuple(theirs.target_names)


def test_malignant_is_the_positive_class() -> None:
    theirs = datasets.load_breast_cancer()
    ours = load_dataset("breast-cancer")
    assert np.array_equal(ours.X, theirs.data)
    assert np.array_equal(ours.y, 1 - theirs.target) and ours.y.sum() == 212
    assert ours.class_names == ("benign", "malignant")


def test_digits_are_pictures_from_0_to_1() -> None:
    theirs = datasets.load_digits()
    ours = load_dataset("digits")
    assert ours.X.dtype == np.float32 and np.array_equal(ours.X * 16, theirs.data)
    assert np.array_equal(ours.y, theirs.target) and ours.images.shape == (1797, 8, 8)


def test_diabetes_is_a_regression_in_the_patients_units() -> None:
    theirs = datasets.load_diabetes(scaled=False)
    ours = load_dataset("diabetes")
    assert np.array_equal(ours.X, theirs.data) and np.array_equal(ours.y, theirs.target)
    assert ours.task == "regression" and ours.classes is None


def test_patterns_are_eight_pictures_of_four_kinds() -> None:
    data = load_dataset("patterns")
    assert data.X.shape == (8, 4) and len(np.unique(data.X, axis=0)) == 8
    labels, counts = np.unique(data.y, return_counts=True)
    assert labels.tolist() == ["diagonal", "horizontal", "solid", "vertical"]
    assert counts.tolist() == [2, 2, 2, 2]
    for image, label in zip(data.images, data.y, strict=True):
        same_rows, same_columns = (image[0] == image[1]).all(), (image[:, 0] == image[:, 1]).all()
        expected = {
            (True, True): "solid",
            (True, False): "vertical",
            (False, True): "horizontal",
            (False, False): "diagonal",
        }
        assert label == expected[bool(same_rows), bool(same_columns)]


@pytest.mark.parametrize("name", MADE)
def test_made_sets_are_a_function_of_their_options(name: str) -> None:
    first, again = load_dataset(name, n=101, seed=4), load_dataset(name, n=101, seed=4)
    assert len(first) == 101 and np.array_equal(first.X, again.X)
    assert not np.array_equal(first.X, load_dataset(name, n=101, seed=5).X)
    counts = np.bincount(first.y)
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("name", MADE)
def test_noise_is_the_standard_deviation_of_what_is_added(name: str) -> None:
    clean = load_dataset(name, n=3000, seed=1, noise=0.0)
    noisy = load_dataset(name, n=3000, seed=1, noise=0.2)
    added = noisy.X - clean.X
    assert np.array_equal(clean.y, noisy.y)
    # 6,000 normal numbers: mean within 5 · 0.2/√6000, deviation within 5 · 0.2/√12000.
    assert abs(added.mean()) < 0.013 and abs(added.std() - 0.2) < 0.0092


def test_made_shapes() -> None:
    circles = load_dataset("circles", noise=0.0)
    assert np.allclose(np.hypot(*circles.X.T), np.where(circles.y == 0, 1.0, 0.5))
    xor = load_dataset("xor", noise=0.0)
    assert np.array_equal(xor.X[:, 0] * xor.X[:, 1] < 0, xor.y == 1)
    assert (np.abs(xor.X) <= 1).all() and np.abs(xor.X.mean(axis=0)).max() < 0.15
    spiral = load_dataset("spiral", noise=0.0, arms=5, n=50)
    assert spiral.classes is not None and len(spiral.classes) == 5
    radius, angle = np.hypot(*spiral.X.T), np.arctan2(spiral.X[:, 1], spiral.X[:, 0])
    turned = (angle / (2 * np.pi) - 1.5 * radius - spiral.y / 5) % 1.0
    assert np.allclose(np.minimum(turned, 1 - turned), 0.0, atol=1e-12)
    blobs = load_dataset("blobs", noise=0.0, classes=4)
    assert len(np.unique(blobs.X.round(9), axis=0)) == 4
    moons = load_dataset("moons", noise=0.0)
    assert np.allclose(np.hypot(*moons.X[moons.y == 0].T), 1.0)


def test_made_points_are_pinned() -> None:
    points = load_dataset("moons", n=3, seed=5).X
    pinned = [
        [0.8635894795128898, 0.008021056180555094],
        [-0.8830362733487385, -0.0734435585631675],
        [0.055484752629114564, 0.39236642008935974],
    ]
    assert np.allclose(points, pinned, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("minst", {}, "did you mean 'mnist'"),
        ("qqq", {}, "choose from patterns"),
        ("iris", {"noise": 1}, "'iris' has no option 'noise'; it takes none"),
        ("moons", {"arms": 3}, "it takes n, noise, seed"),
        ("moons", {"n": 1}, "n is 1"),
        ("moons", {"noise": -1.0}, "noise is -1.0"),
        ("moons", {"noise": float("nan")}, "noise is nan"),
        ("spiral", {"arms": 1}, "1 classes"),
        ("blobs", {"seed": -1}, "seed is -1"),
        ("blobs", {"seed": True}, "seed is True"),
    ],
)
def test_what_cannot_be_loaded_is_refused(
    name: str, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        load_dataset(name, **options)
