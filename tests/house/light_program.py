"""Run in a process of its own: glassnet with every library blocked but NumPy and msgspec.

It imports each module that must be light, then uses the rooms that are there: a network learns an
embedded data set, is saved and loaded.
"""

import importlib
import json
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import partial
from importlib.machinery import ModuleSpec
from pathlib import Path

from house.modules import all_modules

ALLOWED = {"glassnet", "numpy", "msgspec"}
MODULES = all_modules()

# What runs in a browser too, and in it the modules that are there to call a heavier library.
LIGHT = (
    "errors",
    "nn",
    "data",
    "scores",
    "engines",
    "files",
    "training",
    "network",
    "insight",
    "lab",
)
HEAVY = (
    "glassnet.engines.native",
    "glassnet.training.lbfgs",
    "glassnet.lab.server.app",
    "glassnet.lab.server.gate",
    "glassnet.lab.notebook.widget",
)


class Blocker:
    """An import hook: every library that is not allowed looks as if it weren't installed."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Raise what a missing library raises; leave the others to the next finder."""
        library = name.partition(".")[0]
        if library not in ALLOWED and library not in sys.stdlib_module_names:
            raise ModuleNotFoundError(f"No module named {name!r} (blocked)", name=name)
        return None


def light_modules() -> list[str]:
    """Every module that must do with NumPy and msgspec alone."""
    places = {name: name.split(".")[1] for name in MODULES if "." in name}
    return [name for name, place in places.items() if place in LIGHT and name not in HEAVY]


def read_embedded_sets() -> None:
    """Every embedded set can be had and split."""
    import glassnet as gn

    for name in ("patterns", "digits", "breast-cancer", "iris", "wine", "diabetes", "moons"):
        train, test = gn.load_dataset(name).split(test=0.25, seed=0)
        assert len(train) > len(test) > 0


def train_on_digits() -> None:
    """A network learns the digits."""
    import numpy as np

    import glassnet as gn

    train, test = gn.load_dataset("digits").split(test=0.2, seed=0)
    encoder = gn.OneHotEncoder(train.classes)
    network = gn.Network([gn.Dense(32, "relu"), gn.Dense(10, "softmax")], "cross_entropy", seed=0)
    history = network.fit(train.X, encoder.encode(train.y), epochs=5, verbose=False)
    assert history.stopped == "finished"
    predicted = encoder.decode(network.forward(test.X))
    assert np.mean(predicted == test.y) > 0.8


def save_and_load() -> None:
    """A network comes back from its file to the bit."""
    import numpy as np

    import glassnet as gn

    X, targets = np.eye(4), np.eye(4)
    network = gn.Network([gn.Dense(3, "tanh"), gn.Dense(4, "softmax")], "cross_entropy", seed=0)
    network.fit(X, targets, epochs=2, verbose=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.json"
        network.save(path)
        again = gn.load(path)
    assert np.array_equal(again.forward(X), network.forward(X))


def watch_in_the_lab() -> None:
    """A session trains, shows its maps and explains a weight."""
    from glassnet.lab.frames import decode
    from glassnet.lab.session import Session

    layers = [{"kind": "dense", "units": 4, "activation": "tanh"},
              {"kind": "dense", "units": 1, "activation": "sigmoid"}]  # fmt: skip
    session = Session()
    session.command({"do": "open", "run": {"data": {"name": "xor"}, "model": {"layers": layers}}})
    session.command({"do": "want", "views": ["network", "units", "output", "loss"]})
    session.command({"do": "step", "count": 30})
    session.command({"do": "ask", "weight": "hidden:1,2"})
    kinds = {decode(frame).kind for frame in session.frames()}
    assert kinds >= {"data", "network", "units", "output", "loss", "answer"}, kinds
    assert "error" not in kinds


# A step, and the module that it waits for.
STEPS: dict[Callable[[], None], str] = {
    read_embedded_sets: "glassnet.data",
    train_on_digits: "glassnet.network",
    save_and_load: "glassnet.files",
    watch_in_the_lab: "glassnet.lab",
}


def outcome(action: Callable[[], object]) -> str:
    """What went wrong, or nothing."""
    try:
        action()
    except Exception:
        return traceback.format_exc()
    return ""


def main() -> None:
    """Block, import, use; print what went wrong with each, as JSON."""
    sys.meta_path.insert(0, Blocker())
    outcomes = {name: outcome(partial(importlib.import_module, name)) for name in light_modules()}
    outcomes |= {
        step.__name__: outcome(step) for step, needed in STEPS.items() if needed in MODULES
    }
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
