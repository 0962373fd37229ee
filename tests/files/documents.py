"""A small valid model document, for the tests that break it."""

import functools
from typing import Any

import msgspec
import numpy as np

import glassnet as gn
from glassnet.files.labels import describe_classes
from glassnet.files.model import make_document, model_to_json
from glassnet.files.model_document import Column, Preprocessing, Threshold
from glassnet.files.run import run_from_toml
from glassnet.nn.stack import Stack
from glassnet.nn.user_loss import loss

RUN = """
seed = 3
title = "A run"
[data]
name = "moons"
options = {noise = 0.1}
[model]
layers = [4]
[training]
learning_rate = {kind = "cosine", learning_rate = 0.1}
batch_size = 0.5
"""


@functools.cache
def valid_text(readable: bool = False) -> bytes:
    """Every kind of field, in the form with base64 or with decimals."""
    layers = (
        gn.Scale((1.0, 2.0, 3.0), 0.5),
        gn.Dense(4, gn.LeakyReLU(0.2), "he"),
        gn.BatchNorm(),
        gn.Dropout(0.1),
        gn.Dense(2, "softmax"),
    )
    stack = Stack(layers, loss("cross_entropy"), (3,))
    state = stack.initial_state(0, np.dtype("float32"))
    columns = [
        Column(type="numeric", name="age", impute=38.5, how="median"),
        Column(type="categorical", name="town", categories=["Rome", "Oslo"]),
    ]
    document = make_document(
        stack,
        state,
        seed=5,
        kind="classifier",
        run=run_from_toml(RUN),
        classes=describe_classes(np.array(["no", "yes"])),
        preprocessing=Preprocessing(columns=columns),
        threshold=Threshold(how="tuned", value=0.4, gap=[0.3, 0.5], cost=[1.0, 5.0]),
        scores={"accuracy": 0.9, "interval": [0.8, 1.0]},
    )
    return model_to_json(document, readable)


def valid(readable: bool = False) -> Any:
    """The same as plain data, to be changed."""
    return msgspec.json.decode(valid_text(readable))
