"""A network that was trained before, to be drawn for and looked into where its samples are not at
hand: MNIST's digits."""

from typing import Any

import numpy as np

from glassnet.engines.samples import Samples
from glassnet.errors import InputError
from glassnet.lab.lines.followed import Followed
from glassnet.lab.lines.lane import Lane
from glassnet.lab.lines.trail import Trail
from glassnet.lab.pad import trained_digits
from glassnet.lab.subject.fitted import Names, subject_of_fit
from glassnet.lab.subject.setting import starting
from glassnet.nn.update import UpdateRule
from glassnet.training.job import Job

NO_SAMPLES = (
    "this network was trained before, and MNIST's samples are not here: draw and look into it, or "
    "choose digits to train on; glassnet data download mnist brings the samples"
)


class Trained(Followed):
    """A training that is over and can't go on."""

    def advance(self, most: int | None = None, seconds: float = 0.0) -> None:
        """There are no samples to make steps with: raises ``InputError``, as the others do."""
        raise InputError(NO_SAMPLES)

    def change(self, **changes: Any) -> None:
        """No other rule either."""
        raise InputError(NO_SAMPLES)

    def branch(self, step: int, **changes: Any) -> Trail:
        """Nor a branch."""
        raise InputError(NO_SAMPLES)


def trained_digits_lane() -> Lane:
    """The network that is shipped for the drawing pad, at rest."""
    network = trained_digits()
    nothing = Samples(np.zeros((0, 784), np.uint8), np.zeros(0, np.int64))
    job = Job(network.stack, UpdateRule(), nothing, network.seed, 1, epochs=0)
    names = Names("mnist", classes=tuple("0123456789"), image_shape=(28, 28))
    subject = subject_of_fit(job, network.state, names)
    return Lane(subject, starting("mnist"), Trained(job, network.state), None)
