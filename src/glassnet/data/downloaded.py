"""The data sets that are downloaded on first use: MNIST and Fashion-MNIST."""

from dataclasses import replace

from glassnet.data.dataset import Dataset
from glassnet.data.download import Progress, fetch, print_progress
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
