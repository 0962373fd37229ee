"""A program for the tests: trains to step 20 from its checkpoint, which it renews each step; it
kills itself after a given step, or in the middle of writing that step's checkpoint."""

import os
import signal
import sys
from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet.engines.numpy_engine import Plan, run
from glassnet.engines.samples import Samples
from glassnet.files.checkpoint import load_checkpoint, save_checkpoint
from glassnet.nn import random
from glassnet.nn.stack import Stack
from glassnet.nn.update import UpdateRule
from glassnet.nn.user_loss import loss

STEPS, ROWS, BATCH = 20, 30, 8


def main(path: Path, killed_at: int, while_writing: bool) -> None:
    """Go on from the checkpoint, if there is one."""
    layers = (gn.Dense(5, "relu"), gn.BatchNorm(), gn.Dropout(0.3), gn.Dense(2, "softmax"))
    stack = Stack(layers, loss("cross_entropy"), (3,))
    X = random.normal(1, random.Stream.NOISE, ROWS * 3).reshape(ROWS, 3).astype(np.float32)
    samples = Samples(X, (X.sum(axis=1) > 0).astype(np.int64))
    rule, plan = UpdateRule(l2=0.01, clip_norm=1.0), Plan(3, BATCH, 10.0, 0.0)
    if path.exists():
        state = load_checkpoint(path)[0]
    else:
        state = stack.initial_state(3, np.dtype("float32"))
        state.restart_optimizer(rule.optimizer.slots)
    while state.step < STEPS:
        order = random.permutation(plan.seed, random.Stream.ORDER, ROWS, state.epoch)
        run(stack, rule, state, samples, plan, order, 1, lambda: False)
        if state.step == killed_at and while_writing:
            os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
        save_checkpoint(path, state)
        if state.step == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "writing")
