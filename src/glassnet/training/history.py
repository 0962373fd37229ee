"""The history of a network's training: one number per epoch and figure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import ClassVar

from glassnet.training.events import EpochEnded, ImprovedBest


@dataclass
class History(Mapping[str, list[float]]):
    """Figures by epoch; ``history.loss`` and ``history["loss"]`` are the same list.

    loss: what was minimised, penalties included; loss_without_penalty: without them. Both, and
    accuracy, are means over the epoch's batches, each before its update, as they fall out of the
    work; ``evaluate`` gives exact figures. validation_*: after the epoch, NaN for epochs of a fit
    without validation samples. gradient_norm: mean over the steps, before clipping. seconds: the
    epoch's wall time. threshold: a SoftStep's.
    """

    passive: ClassVar[bool] = True  # only writes down: need not hear of an epoch before the next
    loss: list[float] = field(default_factory=list)
    loss_without_penalty: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    validation_r2: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    stopped: str = "finished"
    best_epoch: int | None = None  # its place in these lists, from 1; None without validation

    def __call__(self, event: object) -> None:
        """Listen to a run."""
        if isinstance(event, ImprovedBest):
            self.best_epoch = self.epochs
        if not isinstance(event, EpochEnded):
            return
        self.loss.append(event.loss)
        self.loss_without_penalty.append(event.loss_without_penalty)
        if event.accuracy is not None:
            self.accuracy.append(event.accuracy)
        for name in ("loss", "accuracy", "r2"):
            self._add_validation(getattr(self, f"validation_{name}"), event.validation.get(name))
        self.learning_rate.append(event.learning_rate)
        self.gradient_norm.append(event.gradient_norm)
        self.seconds.append(event.seconds)
        if event.threshold is not None:
            self.threshold.append(event.threshold)

    def _add_validation(self, figures: list[float], value: float | None) -> None:
        """One figure an epoch: NaN for those without validation, once there are any with it."""
        if value is not None or figures:
            figures += [math.nan] * (self.epochs - 1 - len(figures))
            figures.append(math.nan if value is None else value)

    @property
    def epochs(self) -> int:
        """How many epochs are kept."""
        return len(self.loss)

    def __getitem__(self, name: str) -> list[float]:
        if name not in list(self):
            raise KeyError(f"the history has no '{name}'; it has {', '.join(self)}")
        figures: list[float] = getattr(self, name)
        return figures

    def __iter__(self) -> Iterator[str]:
        """The names of the figures that were kept."""
        for part in fields(self):
            if isinstance(getattr(self, part.name), list) and getattr(self, part.name):
                yield part.name

    def __len__(self) -> int:
        return sum(1 for _ in self)
