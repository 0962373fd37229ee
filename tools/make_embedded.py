"""Make src/glassnet/data/embedded/*.npz from the data sets that scikit-learn bundles."""

from pathlib import Path

import numpy as np
from sklearn import datasets

FOLDER = Path(__file__).parent.parent / "src" / "glassnet" / "data" / "embedded"


def main() -> None:
    """Write each set as compressed arrays X, y and feature_names."""
    bundled = {
        "breast-cancer": datasets.load_breast_cancer(),
        "diabetes": datasets.load_diabetes(scaled=False),
        "digits": datasets.load_digits(),
        "iris": datasets.load_iris(),
        "wine": datasets.load_wine(),
    }
    for name, bunch in bundled.items():
        X, y = bunch.data, bunch.target
        if name == "breast-cancer":
            y = 1 - y  # scikit-learn has malignant = 0; here malignant is the positive class
        if name == "digits":
            X = X.astype(np.uint8)
        target = y.astype(np.float64 if name == "diabetes" else np.int64)
        names = np.array([str(feature) for feature in bunch.feature_names])
        np.savez_compressed(FOLDER / f"{name}.npz", X=X, y=target, feature_names=names)


if __name__ == "__main__":
    main()
