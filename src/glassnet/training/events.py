"""What happens in a run, as it happens. A listener is a function of one event; whatever it
returns that is true asks the run to stop after the step under way. It never changes a run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from glassnet.engines.report import NonFiniteReport, Report

if TYPE_CHECKING:
    from glassnet.training.past import Past


@dataclass(frozen=True)
class RunStarted:
    """A run of `epochs` passes of `batches` steps each begins, at epoch `first_epoch`."""

    epochs: int
    batches: int
    samples: int
    parameters: int
    first_epoch: int
    engine: str
    validated: bool  # whether validation samples were given
    past: "Past | None" = field(default=None, compare=False)  # None: no one but passive listeners


@dataclass(frozen=True)
class StepsDone:
    """Steps were made: their Report."""

    report: Report
    epoch: int


@dataclass(frozen=True)
class EpochEnded:
    """A pass is done: its figures, as they stand in the history; epochs count from 1."""

    epoch: int
    loss: float
    loss_without_penalty: float
    accuracy: float | None
    validation: dict[str, float] = field(default_factory=dict)
    learning_rate: float = 0.0
    gradient_norm: float = 0.0
    seconds: float = 0.0
    threshold: float | None = None  # of a SoftStep, where there is one


@dataclass(frozen=True)
class ImprovedBest:
    """The validation loss is lower than ever before, after this epoch."""

    epoch: int
    validation_loss: float


@dataclass(frozen=True)
class NonFinite:
    """The loss or its gradient is infinite or NaN; the run ends, that update is not applied."""

    where: NonFiniteReport


@dataclass(frozen=True)
class RunEnded:
    """The run is over: finished, interrupted (Ctrl-C), non-finite, or what a listener answered
    ("early" for early stopping, "asked" where it only said something true)."""

    reason: str
    epoch: int
    best_epoch: int | None


Event: TypeAlias = RunStarted | StepsDone | EpochEnded | ImprovedBest | NonFinite | RunEnded
Listener: TypeAlias = Callable[[Event], object]
