"""Too much learned: a validation loss that rises while the training loss falls; and one that lies
below the training loss, explained."""

import math
from dataclasses import dataclass, field

import numpy as np

from glassnet.insight.doctor.finding import FAULT, NOTE, WARNING, Finding
from glassnet.insight.doctor.measures.scale import LossScale
from glassnet.nn.arrays import Array

PATIENCE = 5  # epochs
MOST_EPOCHS = 1 << 14  # whose figures are kept
ROSE, ROSE_SHARE = 1.2, 0.15  # the validation loss: times its best, and of what can be learned
FEWER, HIGH = 0.02, 0.3  # accuracy lost, or the rise over what can be learned: one makes an alarm
SURE = 3.0  # standard errors
RISEN = 2.0  # … of a rise that the whole curve shows, too
LOST, WELL = 6, 0.9  # answers that were right: fewer are chance; an accuracy that is good enough
NEGLIGIBLE = 0.01  # of what can be learned


@dataclass
class Epochs:
    """The figures of every epoch: its number, training loss without penalties, validation loss and
    accuracy (NaN where there is none)."""

    numbers: list[int] = field(default_factory=list)
    training: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)

    def add(self, number: int, training: float, validation: float, accuracy: float) -> None:
        """Another epoch; of very many, every second one of the earlier half is dropped."""
        self.numbers.append(number)
        self.training.append(training)
        self.validation.append(validation)
        self.accuracy.append(accuracy)
        if len(self.numbers) > MOST_EPOCHS:
            self._thin()

    def _thin(self) -> None:
        half, count = MOST_EPOCHS // 2, len(self.numbers)
        best = {self.best()} if np.isfinite(self.validation).any() else set()
        kept = sorted(best | set(range(0, half, 2)) | set(range(half, count)))
        self.numbers = [self.numbers[place] for place in kept]
        self.training = [self.training[place] for place in kept]
        self.validation = [self.validation[place] for place in kept]
        self.accuracy = [self.accuracy[place] for place in kept]

    def best(self) -> int:
        """The place of the lowest validation loss."""
        return int(np.nanargmin(self.validation))


@dataclass(frozen=True)
class Overfit:
    """The validation loss was `best` at epoch `epoch` and has been above it since; `fewer`: by how
    much the validation accuracy fell meanwhile, NaN where there is none."""

    epoch: int
    best: float
    now: float
    training_then: float
    training_now: float
    fewer: float
    accuracy: float  # as it is now, NaN likewise


def has_overfitted(epochs: Epochs, scale: LossScale) -> Overfit | None:
    """Whether the validation loss has clearly risen for some epochs, while the training loss
    fell on."""
    values = np.array(epochs.validation)
    if len(values) < PATIENCE + 1 or not np.isfinite(values).all():
        return None
    place = epochs.best()
    later = values[place + 1 :]
    if len(later) < PATIENCE:
        return None
    now = float(np.median(later[-PATIENCE:]))
    best = float(values[place])
    rise = now - best
    if now < ROSE * best or rise < ROSE_SHARE * scale.range:
        return None
    then = float(np.median(epochs.training[max(0, place - 1) : place + 2]))
    training = float(np.median(epochs.training[-PATIENCE:]))
    if training > 0.9 * then:
        return None
    noise = 1.4826 * float(np.median(np.abs(np.diff(values)))) / math.sqrt(2)
    if rise < SURE * noise:
        return None
    accuracy = epochs.accuracy
    fewer = float(
        np.median(accuracy[max(0, place - 1) : place + 2]) - np.median(accuracy[-PATIENCE:])
    )
    accurate = float(np.median(accuracy[-PATIENCE:]))
    return Overfit(epochs.numbers[place], best, now, then, training, fewer, accurate)


def overfitting(
    found: Overfit, scale: LossScale, rows: int, kept: bool, sure: float, checked: int
) -> list[Finding]:
    """kept: the run goes back to its best epoch; sure: the rise in standard errors over the
    `checked` validation samples."""
    clear = not math.isfinite(sure) or sure > RISEN
    high = (found.now - found.best) / scale.range
    # More sure of what it gets wrong, but no more of it wrong: that alone is only a note, unless
    # the loss is as bad as that of knowing nothing and much is wrong.
    lost = found.fewer >= FEWER and found.fewer * checked >= LOST
    bad = found.now > scale.constant or sure > SURE and high >= 2 * HIGH
    harmful = lost or bad and not found.accuracy >= WELL
    harmful = harmful or math.isnan(found.fewer) and high >= HIGH
    level = NOTE if kept or not clear or not harmful else (FAULT if high > 1 else WARNING)
    told = "" if math.isnan(found.fewer) else (
        f"; meanwhile {100 * abs(found.fewer):.1f} points of accuracy were "
        f"{'won' if found.fewer < 0 else 'lost'}"
    )  # fmt: skip
    return [
        Finding(
            rule="overfitting",
            level=level,
            why="memorising",
            seen=f"the validation loss was best after epoch {found.epoch} ({found.best:.4g}) and "
            f"is {found.now:.4g} now; the training loss went on from {found.training_then:.4g} to "
            f"{found.training_now:.4g}{told}",
            cause=f"after epoch {found.epoch} the network learns its {rows:,} training samples by "
            "heart instead of what they have in common",
            test="more samples, or a smaller network, move the best epoch back; a learning rate "
            "that is too large would raise the training loss, too",
            advice=f"epoch {found.epoch} was best: EarlyStopping(patience=10) or keep_best=True; "
            "then l2=1e-3, gn.Dropout(0.3), fewer units, more samples"
            if not kept
            else f"nothing: the state of epoch {found.epoch} is kept",
            numbers={"best_epoch": float(found.epoch), "best": found.best, "now": found.now,
                     "rise": high, "fewer": found.fewer, "standard_errors": sure},
            epoch=found.epoch,
        )
    ]  # fmt: skip


def validation_better(
    epochs: Epochs,
    training_now: float,
    validation_losses: Array,
    reasons: list[str],
    scale: LossScale,
) -> list[Finding]:
    """A validation loss below the training loss; training_now: the training loss in prediction
    mode, as the validation loss is measured."""
    if len(epochs.numbers) < 2:
        return []
    given = float(np.median(epochs.training[-PATIENCE:]))
    validation = float(np.median(epochs.validation[-PATIENCE:]))
    if validation > scale.constant:
        return []  # nothing was learned, so nothing is explained by it
    if not validation < 0.95 * given or given - validation < NEGLIGIBLE * scale.range:
        return []
    mean = float(validation_losses.mean())
    error = float(validation_losses.std()) / math.sqrt(max(1, len(validation_losses)))
    explained = training_now <= mean * 1.1 + SURE * error
    far = training_now > max(2 * mean, mean + 0.1 * scale.range) + 5 * error
    because = " and ".join(reasons) or "it is a mean over the epoch, each batch before its update"
    return [
        Finding(
            rule="validation-better",
            level=NOTE if explained or not far else WARNING,
            why="measured-differently" if explained else "easier-samples",
            seen=f"the validation loss is {validation:.4g}, the training loss {given:.4g}; "
            f"measured alike, in prediction mode after the epoch, they are {mean:.4g} and "
            f"{training_now:.4g}",
            cause=f"the training loss is higher only because of how it is measured: {because}"
            if explained
            else "the validation samples are easier than the training samples, or known to the "
            "network",
            test="network.evaluate on both: the training samples then have the lower loss"
            if explained
            else "exchange some samples of the two parts: does the difference stay?",
            advice="nothing is wrong; compare evaluate with evaluate"
            if explained
            else "split at random (gn.train_test_split), and look for copies",
            numbers={"training": given, "validation": validation, "measured_alike": training_now},
        )
    ]


def standard_errors(before: Array, after: Array) -> float:
    """The mean change of the samples' losses, in its standard errors."""
    change = after - before
    error = float(change.std()) / math.sqrt(max(1, len(change)))
    return float(change.mean()) / max(error, 1e-300)
