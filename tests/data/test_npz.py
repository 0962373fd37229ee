"""NPZ files: the arrays looked for, no pickles, no bombs."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from glassnet.data import read_data, read_features
from glassnet.data.npz import read_npz
from glassnet.errors import InputError


def write(path: Path, **arrays: object) -> Path:
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    return path


def npy(array: np.ndarray) -> bytes:
    packed = io.BytesIO()
    np.save(packed, array)
    return packed.getvalue()


def test_arrays_come_back(tmp_path: Path) -> None:
    arrays = {
        "X": np.arange(6.0).reshape(3, 2),
        "fortran": np.asfortranarray(np.arange(6).reshape(3, 2)),
        "big": np.arange(3, dtype=">f8"),
        "text": np.array(["a", "bc"]),
        "none": np.zeros((0, 3)),
    }
    read = read_npz(write(tmp_path / "a.npz", **arrays))
    assert read.keys() == arrays.keys()
    for name, array in arrays.items():
        assert np.array_equal(read[name], array) and read[name].dtype.isnative


def test_x_and_y(tmp_path: Path) -> None:
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 3
    data = read_data(write(tmp_path / "a.npz", X=X, y=y))
    assert np.array_equal(data.X, X) and data.classes is not None
    assert data.classes.tolist() == [0, 1, 2] and data.y.dtype == np.int64 and data.test is None
    text = read_data(write(tmp_path / "b.npz", x=X, labels=np.array(["u", "v"] * 10)[:, None]))
    assert text.y[:2].tolist() == ["u", "v"] and text.task == "classification"
    numbers = read_data(write(tmp_path / "c.npz", X=X.astype(np.float32), y=X[:, 0] / 3))
    assert numbers.task == "regression" and numbers.X.dtype == np.float32


def test_pictures_and_the_official_test_set(tmp_path: Path) -> None:
    X = np.arange(36, dtype=np.uint8).reshape(6, 2, 3)
    path = write(tmp_path / "a.npz", x_train=X, y_train=[0, 1] * 3, x_test=X[:2], y_test=[1, 0])
    data = read_data(path)
    assert data.image_shape == (2, 3) and np.array_equal(data.images, X)
    assert data.test is not None and data.test.y.tolist() == [1, 0]
    assert read_features(path)[0].shape == (2, 6)


class Exploit:
    """Something whose pickle runs code."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('code was run')",)


def test_pickles_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", X=np.zeros((1, 1)), y=np.array([Exploit()], dtype=object))
    with pytest.raises(InputError, match="array 'y' holds Python objects, which are never loaded"):
        read_data(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", X=np.zeros((1000, 1000)), y=np.zeros(1000))
    assert path.stat().st_size < 50_000
    with pytest.raises(InputError, match="more than 1,000,000 bytes, the limit"):
        read_data(path, max_size=10**6)


def test_a_header_that_declares_more_than_there_is(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    honest = npy(np.zeros((2, 2)))
    # The blanks that pad the header give room for a larger number.
    lying = honest.replace(b"(2, 2), }         ", b"(2, 2000000000), }")
    assert len(lying) == len(honest) and lying != honest
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("X.npy", lying)
    with pytest.raises(InputError, match="declares 32000000000 bytes and holds"):
        read_npz(path)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"a": np.zeros(2)}, "holds the arrays 'a'; expected X and y"),
        ({"X": np.zeros((2, 2))}, "expected X and y"),
        ({"X": np.zeros((2, 2)), "y": np.zeros(3)}, "shape .3,. for 2 samples"),
        ({"X": np.zeros(2), "y": np.zeros(2)}, "expected numbers of shape"),
        ({"X": np.zeros((0, 2)), "y": np.zeros(0)}, "expected numbers of shape"),
        ({"X": np.zeros((2, 2), dtype=complex), "y": np.zeros(2)}, "complex128"),
        ({"X": np.zeros((2, 2)), "y": np.array([0.5, np.nan])}, "no finite value in 1 of 2"),
        ({"X": np.zeros((2, 2)), "y": np.zeros((2, 2))}, "shape .2, 2. for 2 samples"),
    ],
)
def test_other_contents(tmp_path: Path, arrays: dict[str, np.ndarray], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_data(write(tmp_path / "a.npz", **arrays))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04 and no more", "is no NPZ file"),
        (b"hello", "wrong magic number for NPZ"),
    ],
)
def test_no_zip(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_data(path)


def test_other_zips(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("readme.txt", "hello")
    with pytest.raises(InputError, match="holds no arrays"):
        read_data(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("X.npy", npy(np.zeros(3)))
    with pytest.raises(InputError, match="packed in a way"):
        read_data(path)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("X.npy", npy(np.zeros((3, 2)))[:-1])
    with pytest.raises(InputError, match="declares 48 bytes and holds"):
        read_data(path)
    with pytest.raises(InputError, match="'none'"):
        read_data(write(path, X=np.zeros((1, 1)), y=np.zeros(1)), "none")
