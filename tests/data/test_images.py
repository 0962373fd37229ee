"""Folders of pictures: kinds, colours, sizes."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glassnet.data import read_data, read_features
from glassnet.data.images import read_images
from glassnet.errors import InputError, MissingExtraError

PIXELS = np.random.default_rng(0).integers(0, 256, size=(6, 5), dtype=np.uint8)


def save(path: Path, picture: Image.Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def folder_of_two(tmp_path: Path) -> Path:
    for label, shift in (("cat", 0), ("dog", 9)):
        for i in range(3):
            save(tmp_path / label / f"{i}.png", Image.fromarray(PIXELS + np.uint8(shift + i)))
    return tmp_path


def test_subfolders_are_labels(tmp_path: Path) -> None:
    folder = folder_of_two(tmp_path)
    (folder / "empty").mkdir()
    (folder / ".hidden").mkdir()
    (folder / "cat" / "notes.txt").write_text("no picture")
    data = read_data(folder)
    assert data.y.tolist() == ["cat"] * 3 + ["dog"] * 3 and data.image_shape == (6, 5)
    assert data.X.dtype == np.uint8 and np.array_equal(data.images[4], PIXELS + np.uint8(10))
    X, image_shape = read_features(folder / "cat")
    assert np.array_equal(X, data.X[:3]) and image_shape == (6, 5)


@pytest.mark.parametrize("ending", ["png", "bmp", "gif", "jpg", "JPEG"])
def test_every_kind(tmp_path: Path, ending: str) -> None:
    flat = np.full((8, 8), 77, dtype=np.uint8)
    save(tmp_path / f"a.{ending}", Image.fromarray(flat))
    assert np.array_equal(read_images([tmp_path / f"a.{ending}"])[0], flat)


def test_colour_becomes_grey(tmp_path: Path) -> None:
    grey = Image.fromarray(np.full((2, 2), 100, dtype=np.uint8))
    red = Image.new("RGB", (2, 2), (200, 0, 0))
    deep = Image.fromarray(np.full((2, 2), 100 * 257, dtype=np.uint16))
    for name, picture in {
        "1": grey,
        "2": red,
        "3": red.convert("RGBA"),
        "4": red.convert("P"),
        "5": deep,
        "6": grey.convert("1", dither=Image.Dither.NONE),
    }.items():
        save(tmp_path / f"{name}.png", picture)
    values = read_images(sorted(tmp_path.iterdir()))[:, 0, 0]
    # The palette of a P picture has no red of exactly 200.
    assert values.tolist() == [100, 60, 60, 61, 100, 0]


def test_broken_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no subfolders with pictures"):
        read_data(tmp_path)
    folder = folder_of_two(tmp_path)
    save(folder / "cat" / "9.png", Image.new("L", (7, 6)))
    with pytest.raises(InputError, match="9.png' has 7 x 6 pixels and .*0.png' 5 x 6"):
        read_data(folder)
    (folder / "cat" / "9.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="9.png' is no readable picture"):
        read_data(folder)
    whole = (folder / "cat" / "0.png").read_bytes()
    (folder / "cat" / "9.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="9.png' is no readable picture"):
        read_data(folder)
    with pytest.raises(InputError, match="leave out the target"):
        read_data(folder, "label")


def test_pictures_larger_than_the_limit(tmp_path: Path) -> None:
    save(tmp_path / "a" / "0.png", Image.new("L", (2000, 2000)))
    with pytest.raises(InputError, match="more than 1,000,000 bytes"):
        read_data(tmp_path, max_size=10**6)
    save(tmp_path / "a" / "0.png", Image.new("1", (20_000, 20_000)))
    with pytest.raises(InputError, match="no readable picture .*decompression bomb"):
        read_data(tmp_path)


def test_one_picture_is_no_data_set(tmp_path: Path) -> None:
    save(tmp_path / "a.png", Image.new("L", (2, 2)))
    with pytest.raises(InputError, match="is one picture; give a folder"):
        read_data(tmp_path / "a.png")


def test_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match="pip install pillow"):
        read_images([tmp_path / "a.png"])
