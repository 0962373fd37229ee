"""The tools that are compared: where each one's code is, and what the tools have in common.

A peer is made from a Row, X and y, and has ``reset(seed)`` (new parameters, nothing compiled anew),
``fit(epochs)`` (goes on training, returns the steps made) and ``predict(X)`` (labels). All but
Keras have ``row_loop(x)`` for one_row.py: a function that runs one row so many times, and returns
when the answers are there. A peer with a choice of its own tells it in ``setting``.
"""

from importlib import import_module, metadata
from typing import Any, Protocol

import numpy as np
from _rows import Row


class MissingError(Exception):
    """A tool is not here, or cannot train this network; the message says why."""


class Peer(Protocol):
    """One network in one tool."""

    def reset(self, seed: int) -> None:
        """Begin anew with other parameters."""

    def fit(self, epochs: int) -> int:
        """Train on, return the steps made."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most likely class of each row."""


# name in the table: (module of the peer, its option, distribution whose version is reported)
TOOLS: dict[str, tuple[str, str, str]] = {
    "glassnet native": ("_peer_glassnet", "native", "glassnet"),
    "glassnet NumPy": ("_peer_glassnet", "numpy", "glassnet"),
    "scikit-learn": ("_peer_sklearn", "", "scikit-learn"),
    "PyTorch eager": ("_peer_torch", "eager", "torch"),
    "PyTorch compiled": ("_peer_torch", "compiled", "torch"),
    "JAX": ("_peer_jax", "", "jax"),
    "JAX tuned": ("_peer_jax", "tuned", "jax"),
    "Keras on JAX": ("_peer_keras", "", "keras"),
}
ALSO = {"kernel alone": ("_peer_glassnet", "kernel", "glassnet")}  # in one_row.py


def chosen_tools(words: str | None) -> list[str]:
    """The tools whose name contains one of the words, divided by commas; all for None."""
    if not words:
        return list(TOOLS)
    parts = [word.strip().lower() for word in words.split(",")]
    return [name for name in TOOLS if any(part in name.lower() for part in parts)]


def make_peer(tool: str, row: Row, X: np.ndarray, y: np.ndarray, warm: bool = True) -> Peer:
    """The tool's network for this row; raises ``MissingError`` where there is none.

    warm: find out by a try whether it can be trained at all.
    """
    peer: Peer = peer_module(tool).make((TOOLS | ALSO)[tool][1], row, X, y, warm)
    return peer


def peer_module(tool: str) -> Any:
    """The tool's module, imported; raises ``MissingError`` where its library is not there."""
    try:
        return import_module((TOOLS | ALSO)[tool][0])
    except ImportError as error:
        raise MissingError(f"not installed: {error}") from None


def version(tool: str) -> str | None:
    """The version of a tool's library; None where it is not installed."""
    library = TOOLS[tool][2]
    if library == "glassnet":
        import glassnet

        return glassnet.__version__
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def cores() -> int:
    """How many cores this process may use: the least of its affinity and the cgroup's quota."""
    from glassnet.engines import native

    return max(1, min(native._processors(), native._quota()))
