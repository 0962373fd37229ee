"""A page that watches a model, and a small model to watch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.lab.frames import Frame, unbundle
from glassnet.lab.notebook.watching import Watching

SPIRAL = gn.load_dataset("spiral", n=200, noise=0.1, seed=3)
TRAIN, TEST = SPIRAL.split(0.25, seed=0)


class Page:
    """A page that keeps what it is sent. heard: it has opened, and said what it shows."""

    def __init__(self, model: Any, data: Any = None, heard: bool = True) -> None:
        self.sent: list[bytes] = []
        self.now = 0.0
        self.watching = Watching(model, self.sent.append, data, clock=self.clock)
        if heard:
            self.ask(do="open")
            self.ask(do="want", views=["network", "units", "output", "loss"])
            self.sent.clear()

    def clock(self) -> float:
        self.now += 0.05
        return self.now

    @property
    def frames(self) -> list[Frame]:
        return [frame for each in self.sent for frame in unbundle(each)]

    def last(self, kind: str) -> Frame:
        return next(frame for frame in reversed(self.frames) if frame.kind == kind)

    def ask(self, buffers: Sequence[bytes] = (), **command: Any) -> list[Frame]:
        before = len(self.sent)
        self.watching.receive(command, buffers)
        return [frame for each in self.sent[before:] for frame in unbundle(each)]

    def refused(self, **command: Any) -> str:
        found = [f for f in self.ask(**command) if f.kind == "error"]
        assert len(found) == 1, command
        return str(found[0].words["message"])


def network(seed: int = 1, **more: Any) -> gn.Network:
    layers = [gn.Dense(6, "tanh"), gn.Dropout(0.1), gn.Dense(4, "tanh"), gn.Dense(2, "softmax")]
    return gn.Network(layers, "cross_entropy", seed=seed, **more)


def fit(model: gn.Network, epochs: int = 10, **more: Any) -> gn.History:
    settings: dict[str, Any] = {"learning_rate": 0.02, "batch_size": 16, "verbose": False}
    held_out = {"validation": (TEST.X, TEST.y)}
    return model.fit(TRAIN.X, TRAIN.y, epochs=epochs, **(settings | held_out | more))


def fit_twin(step: int) -> np.ndarray:
    """The parameters of the same network before a step."""
    settings: dict[str, Any] = {"learning_rate": 0.02, "batch_size": 16, "epochs": 2}
    training = network().start(TRAIN.X, TRAIN.y, validation=(TEST.X, TEST.y), **settings)
    training.begin()
    while training.state.step < step:
        training.advance(most=step - training.state.step)
    return training.state.parameters
