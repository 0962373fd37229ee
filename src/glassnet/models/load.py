"""Model files: an estimator saved, and whatever a file holds loaded again."""

import os
from typing import Any

from glassnet.files.model import build_stack, read_model, write_model
from glassnet.files.run import Run
from glassnet.network import Network

Path = str | os.PathLike[str]


def save(estimator: Any, path: Path, readable: bool = False, run: Run | None = None) -> None:
    """Write a fitted estimator to one JSON file, with the run that made it, if one did.

    Raises ``InputError`` for labels that JSON doesn't have, ``FileError`` where the system refuses.
    """
    from glassnet.models.document import describe

    write_model(path, describe(estimator, run), readable)


def load(path: Path, parts: Any = None) -> Any:
    """The Network, Classifier or Regressor of a model file; its predictions are equal to the bit.

    parts: the user's own activations, losses and layers by name, as in
    ``load("model.json", parts={"mine": f})``. Nothing in the file is ever executed. The
    optimizer's state is not in it: training goes on with a new one. Raises ``FileError`` where the
    file cannot be read, ``InputError`` where it holds no model.
    """
    source = f"'{os.path.basename(os.fspath(path))}'"
    document = read_model(path)
    stack, state = build_stack(document, parts, source)
    network = Network.of(stack, state, document.network.seed)
    if document.kind == "network":
        return network
    # Only here: a plain network is loaded without scikit-learn.
    from glassnet.models.restore import restored

    return restored(document, network, source)
