"""The long-lived process of one tool: it waits for a line on its input, does what the line says
(build, fit, reset, score, rows, peak), answers with a line, and waits again."""

import json
import os
import sys
import time
from typing import Any

import numpy as np
from _mnist import load_mnist
from _peers import MissingError, make_peer, peer_module
from _rows import Row, made_data


class Worker:
    """One tool with at most one network at a time."""

    def __init__(self, tool: str) -> None:
        self.tool = tool
        self.peer: Any = None
        self.test: tuple[np.ndarray, np.ndarray] | None = None
        self.loop: Any = None

    def build(self, row: dict[str, Any], data: str = "made") -> dict[str, Any]:
        """A network and its data, warm: compiled, threads started."""
        self.peer, self.test, self.loop = None, None, None
        peer_module(self.tool)
        chosen = Row.of(row)
        if data == "mnist":
            X, y, *test = load_mnist(chosen.samples)
            self.test = test[0], test[1]
        else:
            X, y = made_data(chosen)
        self.peer = make_peer(self.tool, chosen, X, y)
        self.peer.fit(1)
        if self.test is not None:
            self.peer.predict(self.test[0])
        return {"setting": getattr(self.peer, "setting", "")}

    def fit(self, epochs: int) -> dict[str, Any]:
        """Train on, timed."""
        assert self.peer is not None
        began = time.perf_counter()
        steps = self.peer.fit(epochs)
        return {"seconds": time.perf_counter() - began, "steps": steps}

    def reset(self, seed: int) -> dict[str, Any]:
        """Other parameters."""
        assert self.peer is not None
        self.peer.reset(seed)
        return {}

    def score(self) -> dict[str, Any]:
        """The accuracy on the test samples."""
        assert self.peer is not None and self.test is not None
        return {"accuracy": float((self.peer.predict(self.test[0]) == self.test[1]).mean())}

    def rows(self, count: int) -> dict[str, Any]:
        """Seconds of so many passes of one row through the network."""
        if self.loop is None:
            assert self.peer is not None
            self.loop = self.peer.row_loop(np.ascontiguousarray(self.peer.X[:1]))
        began = time.perf_counter()
        self.loop(count)
        return {"seconds": time.perf_counter() - began}

    def peak(self, size: int, repeats: int) -> dict[str, Any]:
        """GFLOP/s of the best of some float32 products of square matrices."""
        A = np.random.default_rng(0).random((size, size), dtype=np.float32)
        C = np.empty_like(A)
        if "torch" in self.tool.lower():
            import torch
            from _peers import cores

            torch.set_num_threads(cores())
            multiply, A, C = torch.mm, torch.from_numpy(A), torch.from_numpy(C)
        else:
            multiply = np.matmul
        best = np.inf
        for _ in range(repeats + 1):
            began = time.perf_counter()
            multiply(A, A, out=C)
            best = min(best, time.perf_counter() - began)
        return {"gflops": 2e-9 * size**3 / best}


def main() -> None:
    """Serve until the input ends. What libraries print goes to the error stream."""
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = getattr(worker, command.pop("do"))(**command)
        except MissingError as reason:
            answer = {"missing": str(reason)}
        except Exception as error:  # one row that fails must not end the others
            answer = {"missing": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=replies, flush=True)


if __name__ == "__main__":
    main()
