"""MNIST for the benchmarks: pixels / 255 in float32.

The original files are read in a few lines here, so that no tool's time holds more than it must;
where they are not in a folder, glassnet downloads them.
"""

import gzip
import os
from pathlib import Path

import numpy as np

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
NAMES = [f"{part}-{kind}" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]


def load_mnist(samples: int | None = None) -> list[np.ndarray]:
    """X (n, 784), y (n,), test X, test y; from GLASSNET_DATA, else from ../shared/data."""
    folder = Path(os.environ.get("GLASSNET_DATA") or SHARED) / "mnist"
    files = [folder / f"{name}-ubyte.gz" for name in NAMES]
    if all(file.exists() for file in files):
        images, labels, test_images, test_labels = map(numbers, files)
    else:
        import glassnet as gn

        train = gn.load_dataset("mnist")
        images, labels, test_images, test_labels = train.X, train.y, train.test.X, train.test.y
    arrays = [images[:samples], labels[:samples], test_images, test_labels]
    return [
        array.astype(np.int64) if array.ndim == 1 else array * np.float32(1 / 255)
        for array in arrays
    ]


def numbers(file: Path) -> np.ndarray:
    """An IDX file: images (n, pixels) or labels (n,), uint8."""
    packed = gzip.decompress(file.read_bytes())
    if packed[3] == 1:
        return np.frombuffer(packed, np.uint8, offset=8)
    return np.frombuffer(packed, np.uint8, offset=16).reshape(-1, 28 * 28)
