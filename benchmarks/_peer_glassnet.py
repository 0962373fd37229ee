"""glassnet as a peer: the native or the NumPy engine, everything else as `Network.fit` has it.

"kernel" is the native engine, for one_row.py without the Python around the kernel.
"""

from collections.abc import Callable

import numpy as np
from _peers import MissingError
from _rows import Row

import glassnet as gn
from glassnet.engines.native.steps import Native
from glassnet.nn.update import UpdateRule


def make(option: str, row: Row, X: np.ndarray, y: np.ndarray, warm: bool) -> "GlassnetPeer":
    """A network for the engine of this name; ``MissingError`` where another engine ran."""
    ran: list[str] = []

    def note(event: object) -> None:
        if isinstance(event, gn.RunStarted):
            ran.append(event.engine)

    peer = GlassnetPeer(option, row, X, y)
    if not warm:
        return peer
    few, engine = slice(0, min(row.batch, len(X), 256)), peer.engine
    try:
        peer.net.fit(X[few], y[few], epochs=1, verbose=False, engine=engine, callbacks=[note])
    except (gn.GlassnetError, ImportError) as error:
        raise MissingError(str(error)) from None
    if ran != [engine]:
        raise MissingError(f"{ran} ran: {peer.net.engine_report()}")
    peer.reset(0)
    return peer


class GlassnetPeer:
    """A Network that goes on where the last fit ended."""

    def __init__(self, option: str, row: Row, X: np.ndarray, y: np.ndarray) -> None:
        self.alone, self.engine = option == "kernel", "numpy" if option == "numpy" else "native"
        self.row, self.X, self.y = row, X, y
        self.reset(0)

    def reset(self, seed: int) -> None:
        """A new network of this seed."""
        layers: list[object] = []
        for width in self.row.widths[1:-1]:
            layers.append(gn.Dense(width, "relu"))
            if self.row.dropout:
                layers.append(gn.Dropout(self.row.dropout))
        layers.append(gn.Dense(self.row.widths[-1], "softmax"))
        self.net = gn.Network(layers, loss="cross_entropy", seed=seed)
        self.net.build(self.row.widths[0])

    def fit(self, epochs: int) -> int:
        """Train with glassnet's own history."""
        row, before = self.row, self.net.state.step
        self.net.fit(
            self.X, self.y, optimizer=row.optimizer, learning_rate=row.rate, batch_size=row.batch,
            epochs=epochs, engine=self.engine, verbose=False,
        )  # fmt: skip
        return int(self.net.state.step - before)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most likely class."""
        return self.net.forward(X).argmax(axis=1)

    def row_loop(self, x: np.ndarray) -> Callable[[int], None]:
        """Calls of `Network.forward`; of the kernel alone, into an array that is there already."""
        if not self.alone:

            def loop(count: int) -> None:
                for _ in range(count):
                    self.net.forward(x)

            return loop

        net = self.net
        kernel = Native(net.stack, UpdateRule(), net.parameters.dtype)._kernel(x)
        parameters, out = net.parameters, np.empty((1, self.row.widths[-1]), x.dtype)

        def kernel_loop(count: int) -> None:
            for _ in range(count):
                kernel.forward(x, parameters, out, 1, False)

        return kernel_loop
