"""IDX files: every type, and every way a header and its values can disagree."""

import gzip
import itertools
import struct
from pathlib import Path

import numpy as np
import pytest

from glassnet.data import read_data, read_features, read_table
from glassnet.data.idx import read_idx
from glassnet.errors import FileError, InputError


def idx(shape: tuple[int, ...], values: bytes, kind: int = 8) -> bytes:
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + values


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def write_pair(folder: Path, start: str = "train", count: int = 4, ending: str = ".gz") -> Path:
    pack = gzip.compress if ending else bytes
    images = folder / f"{start}-images-idx3-ubyte{ending}"
    images.write_bytes(pack(idx((count, 2, 3), bytes(range(6 * count)))))
    labels = folder / f"{start}-labels-idx1-ubyte{ending}"
    labels.write_bytes(pack(idx((count,), bytes(i % 2 for i in range(count)))))
    return images


@pytest.mark.parametrize(
    ("kind", "dtype"), [(8, "u1"), (9, "i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_type(tmp_path: Path, kind: int, dtype: str, pack: object) -> None:
    values = np.arange(6).astype(dtype).reshape(2, 3)
    path = tmp_path / "some"
    path.write_bytes(pack(idx((2, 3), values.tobytes(), kind)))  # type: ignore[operator]
    read = read_idx(path)
    assert np.array_equal(read, values) and read.dtype.isnative and read.flags.writeable


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "starts with the bytes none"),
        (b"hello", "starts with the bytes 68 65 6c 6c"),
        (b"\0\0\x08\x00", "00 00 08 00"),
        (b"\0\0\x07\x01\0\0\0\0", "00 00 07 01"),
        (b"\0\0\x08\x03\0\0\0\x02", "ends inside its header"),
        (idx((2, 3), b"12345"), "declares 2 x 3 values, 6 bytes, and holds only 5"),
        (idx((2, 3), b"1234567"), "declares 2 x 3 values, 6 bytes, and holds more"),
        (idx((2, 0), b""), "which is none"),
        (idx((2**32 - 1,) * 8, b"1"), "the limit"),
        (packed(idx((5,), b"12345"))[:-10], "cut off before its end"),
        (packed(idx((5,), b"12345"))[:10] + b"\xff" * 9, "gzipped but broken"),
        (packed(idx((5,), b"12345"))[:-8] + b"\0" * 8, "gzipped but broken"),
        (packed(idx((5,), bytes(10**7))), "holds more"),
    ],
    ids=itertools.count(),
)
def test_broken_files(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "images"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_idx(path)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no file"):
        read_idx(tmp_path / "none")
    with pytest.raises(FileError, match="is a folder"):
        read_idx(tmp_path)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_labels_and_test_lie_beside(tmp_path: Path, ending: str) -> None:
    images = write_pair(tmp_path, ending=ending)
    write_pair(tmp_path, "t10k", count=2)
    for path in (images, tmp_path):
        data = read_data(path)
        assert data.X.shape == (4, 6) and data.image_shape == (2, 3) and data.X.dtype == np.uint8
        assert data.y.tolist() == [0, 1, 0, 1] and data.y.dtype == np.int64
        assert data.test is not None and len(data.test) == 2
    assert read_data(tmp_path / "t10k-images-idx3-ubyte.gz").test is None


def test_without_labels(tmp_path: Path) -> None:
    images = write_pair(tmp_path)
    labels = tmp_path / "train-labels-idx1-ubyte.gz"
    X, image_shape = read_features(images)
    assert X.shape == (4, 6) and image_shape == (2, 3)
    with pytest.raises(InputError, match="no labels' file beside it; its name must hold"):
        read_data(labels)
    labels.write_bytes(idx((3,), b"\0\0\0"))
    with pytest.raises(InputError, match="holds uint8 values of shape .3,. and .* 4 pictures"):
        read_data(images)
    labels.unlink()
    with pytest.raises(InputError, match="no labels' file beside it"):
        read_data(images)
    with pytest.raises(InputError, match="is no table"):
        read_table(images)


def test_a_labels_file_is_no_picture(tmp_path: Path) -> None:
    write_pair(tmp_path)
    with pytest.raises(InputError, match="1 dimension; .* is it the labels' file"):
        read_features(tmp_path / "train-labels-idx1-ubyte.gz")


def test_the_wrong_magic_number_is_said_where_the_name_promises_idx(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(b"<html>not found</html>"))
    with pytest.raises(InputError, match="wrong magic number for IDX"):
        read_data(path)
