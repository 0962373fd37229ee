"""The small data sets that come with the package, as compressed NumPy files; see README.md."""

from io import BytesIO

import numpy as np

from glassnet.data.dataset import Dataset

# Name in this folder: (description, target's name, classes' names, task).
ABOUT: dict[str, tuple[str, str, tuple[str, ...] | None, str]] = {
    "breast-cancer": (
        "is a breast tumour malignant? 569 samples, 30 measures of cell nuclei (Wisconsin)",
        "diagnosis",
        ("benign", "malignant"),
        "classification",
    ),
    "diabetes": (
        "how far did diabetes go on in a year? 442 patients, 10 measures, a number to predict",
        "progression",
        None,
        "regression",
    ),
    "digits": (
        "handwritten digits, 1,797 pictures of 8 x 8 grey pixels from 0 to 1",
        "digit",
        None,
        "classification",
    ),
    "iris": (
        "three kinds of iris, 150 flowers, 4 measures in cm",
        "species",
        ("setosa", "versicolor", "virginica"),
        "classification",
    ),
    "wine": (
        "wines of three growers, 178 samples, 13 chemical measures",
        "grower",
        ("class_0", "class_1", "class_2"),
        "classification",
    ),
}


def load_embedded(name: str) -> Dataset:
    """Read one of the sets of `ABOUT` from the package."""
    from importlib.resources import files

    description, target_name, class_names, task = ABOUT[name]
    packed = files(__package__).joinpath(f"{name}.npz").read_bytes()
    with np.load(BytesIO(packed), allow_pickle=False) as arrays:
        X, y = arrays["X"], arrays["y"]
        feature_names = tuple(arrays["feature_names"].tolist())
    image_shape = None
    if name == "digits":
        X = X.astype(np.float32) / np.float32(16)
        image_shape = (8, 8)
    return Dataset(
        name=name,
        X=X,
        y=y,
        feature_names=feature_names,
        target_name=target_name,
        task=task,
        image_shape=image_shape,
        description=description,
        class_names=class_names,
    )
