"""The data sets that are downloaded on first use: MNIST and Fashion-MNIST."""

import os
from dataclasses import replace
from pathlib import Path

from glassnet.data.dataset import Dataset
from glassnet.data.download import Progress, cache_folder, fetch, print_progress
from glassnet.data.idx import read_idx_pair
from glassnet.data.sources import REMOTE_SETS

CLASS_NAMES: dict[str, tuple[str, ...] | None] = {
    "mnist": None,
    "fashion-mnist": (
        "T-shirt/top",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ),
}


def is_at_hand(name: str) -> bool:
    """Whether all files of a set are here, so that it needs no download; they aren't read."""
    remote = REMOTE_SETS[name]
    folders = [cache_folder() / name]
    own = os.environ.get("GLASSNET_DATA")
    if own:
        folders.append(Path(own) / name)
    return all(any((f / file.name).is_file() for f in folders) for file in remote.files)


def load_downloaded(
    name: str, description: str, progress: Progress | None = print_progress
) -> Dataset:
    """Fetch the four files of the set and read them: X (60000, 784) uint8, the official test set.

    Raises
    ------
    FileError, InputError : see `fetch` and `read_idx_pair`.
    """
    remote = REMOTE_SETS[name]
    paths = {file.name: fetch(remote, file, progress) for file in remote.files}
    train, test = (
        replace(
            read_idx_pair(
                paths[f"{part}-images-idx3-ubyte.gz"],
                paths[f"{part}-labels-idx1-ubyte.gz"],
                name=name,
            ),
            description=description,
            class_names=CLASS_NAMES[name],
        )
        for part in ("train", "t10k")
    )
    return replace(train, test=test)
