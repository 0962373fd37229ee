"""Train the network of the lab's drawing pad and write it into src/glassnet/lab/pad.

It needs MNIST (GLASSNET_DATA, or a download). Run it again when the model file's format changes:
python tools/make_pad.py
"""

from pathlib import Path

import msgspec
import numpy as np

from glassnet.cli.document import scores_document
from glassnet.data.catalog import load_dataset
from glassnet.files.model import build_stack, make_document, write_model
from glassnet.files.run import read_run
from glassnet.models.document import describe
from glassnet.models.run import execute
from glassnet.network import Network

PAD = Path(__file__).parent.parent / "src" / "glassnet" / "lab" / "pad"
DIGITS = 3  # behind the point, which costs no answer in a thousand


def main() -> None:
    """Train, round, look whether the score is the same, write."""
    result = execute(read_run(PAD / "mnist.toml"))
    result.estimator.scores_ = scores_document(result)
    document = describe(result.estimator, result.run)
    stack, state = build_stack(document)
    state.parameters[:] = np.round(state.parameters, DIGITS) + np.float32(0)
    rounded = make_document(stack, state, seed=document.network.seed)
    document = msgspec.structs.replace(document, weights=rounded.weights)
    write_model(PAD / "mnist.json", document, readable=True)
    test = load_dataset("mnist").test
    assert test is not None and result.test is not None
    said = Network.of(stack, state).forward(test.X).argmax(axis=1)
    right = int((said == test.y).sum())
    print(f"{result.test.right} of {result.test.samples} right before, {right} after rounding")


if __name__ == "__main__":
    main()
