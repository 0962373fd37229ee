"""Training one tool on MNIST until its test accuracy reaches a target; run as a script, it is a
whole process: imports, reading the data, compilation, training, and the end at the target.

    python benchmarks/_reach.py "JAX" '{"row": …, "target": 0.97, "epochs": 20, "seed": 0}'
"""

import json
import os
import sys
import time
from typing import Any

from _rows import Row


def reach(ask: Any, targets: list[float], epochs: int) -> dict[float, dict[str, float]]:
    """The first epoch at which each target was reached, and the training seconds until then.

    The test accuracy is looked at after each epoch; the time this takes is not counted, for any
    tool. `ask` is a worker's.
    """
    left, seconds, found = sorted(targets), 0.0, {}
    for epoch in range(1, epochs + 1):
        seconds += ask("fit", epochs=1)["seconds"]
        accuracy = ask("score")["accuracy"]
        while left and accuracy >= left[0]:
            found[left.pop(0)] = {"seconds": seconds, "epochs": epoch}
        if not left:
            break
    return found


def whole(tool: str, row: dict[str, Any], target: float, epochs: int, seed: int) -> dict[str, Any]:
    """All of it in this process, without the worker's warming up."""
    from _mnist import load_mnist
    from _peers import MissingError, make_peer, peer_module

    try:
        peer_module(tool)
        chosen = Row.of(row)
        X, y, test_X, test_y = load_mnist(chosen.samples)
        peer = make_peer(tool, chosen, X, y, warm=False)
        if seed:  # it was made with 0
            peer.reset(seed)
        for epoch in range(1, epochs + 1):
            peer.fit(1)
            if (peer.predict(test_X) == test_y).mean() >= target:
                return {"epochs": epoch}
        return {}
    except MissingError as reason:
        return {"missing": str(reason)}


if __name__ == "__main__":
    began = time.perf_counter()
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print goes to the error stream
    answer = whole(sys.argv[1], **json.loads(sys.argv[2]))
    print(json.dumps({**answer, "inside": time.perf_counter() - began}), file=replies, flush=True)
