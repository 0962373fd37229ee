"""A program for the tests: trains, predicts and scores on a mapped file, with little memory.

Prints the memory of its own that the system lets it have beyond what it had before (bytes), and,
for each thing done, how far the resident memory rose meanwhile.
"""

import json
import resource
import sys
from pathlib import Path

import numpy as np

import glassnet as gn

ROOM = 48 << 20


def status(name: str) -> int:
    """A line of /proc/self/status, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main(path: str, engine: str) -> None:
    """Everything once on little data, so that what is needed once is there; then on the file."""
    X = np.load(path, mmap_mode="r")
    y = (np.arange(len(X), dtype=np.uint32) % 10).astype(np.uint8)

    def network() -> gn.Network:
        layers = [gn.Scale(0.0, 1 / 255), gn.Dense(10, "softmax")]
        return gn.Network(layers, "cross_entropy", inputs=X.shape[1:])

    def fit(net: gn.Network, rows: int, shuffle: str | bool) -> None:
        net.fit(
            X[:rows], y[:rows], optimizer="sgd", learning_rate=0.01, batch_size=512, epochs=1,
            shuffle=shuffle, engine=engine, verbose=False,
        )  # fmt: skip
        made_by = "numpy" if engine == "numpy" else "native"
        assert net.engine_report().startswith(made_by), net.engine_report()

    net = network()
    for shuffle in ("blocks", False):
        fit(net, 500, shuffle)
    net.evaluate(X[:500], y[:500])
    net.forward(X[:500])
    limit = status("VmData") + ROOM
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    risen = {}
    for name, action in {
        "blocks": lambda: fit(net, len(X), "blocks"),
        "unshuffled": lambda: fit(net, len(X), False),
        "evaluate": lambda: net.evaluate(X, y),
        "forward": lambda: net.forward(X),
    }.items():
        X._mmap.madvise(4)  # type: ignore[attr-defined]  # MADV_DONTNEED: begin with none
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # VmHWM starts anew
        before = status("VmRSS")
        action()
        risen[name] = status("VmHWM") - before
    print(json.dumps({"room": ROOM, "risen": risen}))


main(sys.argv[1], sys.argv[2])
