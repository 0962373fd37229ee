"""Descriptions refuse what is no number with a sentence, not with a comparison's TypeError."""

from collections.abc import Callable

import numpy as np
import pytest

import glassnet as gn
from glassnet.nn.update import UpdateRule

WRONG: dict[str, Callable[[object], object]] = {
    "dropout": lambda value: gn.Dropout(value),
    "momentum of a BatchNorm": lambda value: gn.BatchNorm(momentum=value),
    "epsilon": lambda value: gn.LayerNorm(epsilon=value),
    "steepness": lambda value: gn.SoftStep(k=value),
    "threshold": lambda value: gn.SoftStep(threshold=value),
    "delta": lambda value: gn.Huber(delta=value),
    "smoothing": lambda value: gn.CrossEntropy(label_smoothing=value),
    "beta": lambda value: gn.Momentum(value),
    "rate": lambda value: gn.Constant(value),
    "warm-up": lambda value: gn.Cosine(0.1, warmup=value),
    "every": lambda value: gn.StepDecay(0.1, every=value),
    "decay": lambda value: gn.Exponential(0.1, decay=value),
    "low": lambda value: gn.Uniform(value, 1.0),
    "l2": lambda value: UpdateRule(l2=value),
    "clip_norm": lambda value: UpdateRule(clip_norm=value),
}


@pytest.mark.parametrize("value", ["0.5", np.nan, True, [0.5]], ids=repr)
@pytest.mark.parametrize("what", WRONG)
def test_no_number(what: str, value: object) -> None:
    with pytest.raises(gn.InputError):
        WRONG[what](value)


@pytest.mark.parametrize("what", WRONG)
def test_a_number_of_numpy(what: str) -> None:
    assert WRONG[what](np.float32(0.5)) is not None
