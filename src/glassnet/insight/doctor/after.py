"""After training: what the run came to. Too much learned, too little, the same answer for all,
probabilities that are not what they say."""

import math
from dataclasses import dataclass, field

import numpy as np

from glassnet.insight.doctor.blame import Blame
from glassnet.insight.doctor.finding import FAULT, NOTE, WARNING, Finding
from glassnet.insight.doctor.scale import LossScale
from glassnet.insight.doctor.simple import SimpleScores
from glassnet.nn.arrays import Array
from glassnet.scores.calibration import expected_calibration_error, reliability_bins

PATIENCE = 5  # epochs
ROSE, ROSE_SHARE = 1.2, 0.15  # the validation loss: times its best, and of what can be learned
FEWER, HIGH = 0.02, 0.3  # accuracy lost, or the rise over what can be learned: one makes an alarm
SURE = 3.0  # standard errors
RISEN = 2.0  # … of a rise that the whole curve shows, too
BEHIND_ACCURACY, BEHIND_R2 = 0.05, 0.1
SAME = 0.99  # of the predictions
FLAT = 0.01  # variance of the predictions over that of the targets
OFF = 0.15  # expected calibration error
DRAWS = 200
NEGLIGIBLE = 0.01  # of what can be learned


@dataclass
class Epochs:
    """The figures of every epoch: its number, training loss without penalties, validation loss and
    accuracy (NaN where there is none)."""

    numbers: list[int] = field(default_factory=list)
    training: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)

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
    return Overfit(epochs.numbers[place], best, now, then, training, fewer)


def overfitting(
    found: Overfit, scale: LossScale, rows: int, kept: bool, sure: float
) -> list[Finding]:
    """kept: the run goes back to its best epoch; sure: the rise in standard errors over the
    validation samples."""
    clear = not math.isfinite(sure) or sure > RISEN
    high = (found.now - found.best) / scale.range
    # More sure of what it gets wrong, but no more of it wrong: that alone is only a note, unless
    # the loss is as bad as that of knowing nothing.
    harmful = found.fewer >= FEWER or math.isnan(found.fewer) and high >= HIGH
    harmful = harmful or found.now > scale.constant or sure > SURE and high >= 2 * HIGH
    level = NOTE if kept or not clear or not harmful else (FAULT if high > 1 else WARNING)
    told = "" if math.isnan(found.fewer) else (
        f"; meanwhile {100 * found.fewer:+.1f} points of accuracy were lost"
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


def underfitting(
    score: float, simple: SimpleScores, are_classes: bool, blame: Blame
) -> list[Finding]:
    """The training samples are predicted worse than simple models predict samples that they have
    not seen."""
    margin = _margin(simple.best, simple.rows, are_classes)
    if score >= simple.best - margin:
        return []
    return [
        Finding(
            rule="underfitting",
            level=FAULT if score < simple.best - 3 * margin else WARNING,
            why=blame.why,
            seen=f"on its own training samples the network has {_told(score, are_classes)}; "
            f"{simple.best_has} {_told(simple.best, are_classes)} on samples never seen",
            cause=blame.cause,
            test="a network with 128 ReLU units, no penalty, no dropout: if its training score is "
            "as low, it is the data",
            advice=blame.advice,
            numbers={"score": score, "simple": simple.best, "constant": simple.constant},
        )
    ]


def worse_than_baseline(
    score: float, simple: SimpleScores, are_classes: bool, blame: Blame
) -> list[Finding]:
    """Validation samples that a simple model predicts clearly better."""
    margin = _margin(simple.best, simple.rows, are_classes)
    if score >= simple.best - margin:
        return []
    return [
        Finding(
            rule="worse-than-baseline",
            level=FAULT if score < simple.best - 3 * margin else WARNING,
            why=blame.why,
            seen=f"on {simple.rows:,} validation samples the network has "
            f"{_told(score, are_classes)}, {simple.best_has} "
            f"{_told(simple.best, are_classes)}",
            cause=blame.cause,
            test="glassnet.scores.baseline_scores on the same split",
            advice=blame.advice,
            numbers={"score": score, "simple": simple.best, "constant": simple.constant},
        )
    ]


def one_answer(predictions: Array, truth: Array, are_classes: bool, blame: Blame) -> list[Finding]:
    """The same prediction for every sample."""
    if len(predictions) < 20:
        return []
    rare = False
    if are_classes:
        counts = np.bincount(predictions)
        name = int(counts.argmax())
        share, true_share = counts[name] / len(predictions), float(np.mean(truth == name))
        if share < SAME or true_share > 0.98 or len(np.unique(truth)) < 2:
            return []
        seen = (
            f"{100 * share:.4g} % of the predictions are class {name}; {100 * true_share:.3g} % of "
            "the samples are: the accuracy is that of always saying so"
        )
        numbers = {"share": float(share), "true": true_share}
        rare = true_share > 0.7
    else:
        target = truth.reshape(len(truth), -1).astype(np.float64)
        given = predictions.reshape(len(target), -1).astype(np.float64)
        varied = float(target.var(axis=0).sum())
        ratio = float(given.var(axis=0).sum()) / varied if varied > 0 else 1.0
        if ratio >= FLAT:
            return []
        seen = f"the predictions vary by {100 * ratio:.2g} % of the targets' variance: always the "
        seen += "same number"
        numbers = {"ratio": ratio}
    if rare and blame.why in ("unknown", "epochs", "capacity"):
        blame = Blame(
            "rare-class",
            "the other classes are so rare that saying never costs little",
            "Classifier(class_weight='balanced'), or sample_weight",
        )
    return [
        Finding(
            rule="one-class",
            level=FAULT,
            why=blame.why,
            seen=seen,
            cause=blame.cause,
            test="balanced accuracy: 1/K says that nothing is told apart",
            advice=blame.advice,
            numbers=numbers,
        )
    ]


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


def miscalibration(probabilities: Array, right: Array) -> list[Finding]:
    """Probabilities of the chosen class (n,) that are not the share of right answers."""
    if len(right) < 50:
        return []
    error = expected_calibration_error(probabilities, right)
    if error < OFF:
        return []
    by_chance = _by_chance(probabilities)
    if error < by_chance.mean() + 5 * by_chance.std():
        return []
    bins = reliability_bins(probabilities, right)
    curve = ", ".join(
        f"{p:.2f} → {o:.2f} ({int(n)})"
        for p, o, n in zip(bins.predicted, bins.observed, bins.weight, strict=True)
        if n
    )
    sure = float(probabilities.mean())
    true = float(right.mean())
    over = sure > true
    return [
        Finding(
            rule="miscalibration",
            level=WARNING if over else NOTE,
            why="overconfident" if over else "underconfident",
            seen=f"on average the network is {100 * sure:.0f} % sure and {100 * true:.0f} % right; "
            f"the expected calibration error is {error:.3f} (by chance "
            f"{by_chance.mean():.3f}). Said → true (samples): {curve}",
            cause="the network has grown more sure of its training samples than new ones deserve"
            if over
            else "penalties, dropout or smoothed labels pull the probabilities to the middle, or "
            "training was short",
            test="the same curve on training samples: if it lies on the diagonal, it is "
            "overfitting"
            if over
            else "train longer, or without label smoothing: does the curve come to the diagonal?",
            advice="keep_best=True or EarlyStopping, l2=1e-3; or divide the logits by a "
            "temperature found on validation samples"
            if over
            else "more epochs, a smaller penalty, CrossEntropy(label_smoothing=0)",
            numbers={"ece": error, "by_chance": float(by_chance.mean()), "sure": sure,
                     "right": true},
        )
    ]  # fmt: skip


def standard_errors(before: Array, after: Array) -> float:
    """The mean change of the samples' losses, in its standard errors."""
    change = after - before
    error = float(change.std()) / math.sqrt(max(1, len(change)))
    return float(change.mean()) / max(error, 1e-300)


def _by_chance(probabilities: Array) -> Array:
    """Calibration errors of answers that are right exactly as often as the probabilities say."""
    draw = np.random.Generator(np.random.Philox(key=20))
    lots = draw.random((DRAWS, len(probabilities)))
    place = np.clip((probabilities * 10).astype(np.int64), 0, 9)
    one_hot = np.eye(10)[place]
    surplus = ((lots < probabilities) - probabilities) @ one_hot
    return np.asarray(np.abs(surplus).sum(axis=1) / len(probabilities))


def _margin(best: float, rows: int, are_classes: bool) -> float:
    if not are_classes:
        return BEHIND_R2
    p = min(max(best, 0.02), 0.98)
    return BEHIND_ACCURACY + 2 * math.sqrt(p * (1 - p) / rows)


def _told(score: float, are_classes: bool) -> str:
    return f"{100 * score:.1f} % right" if are_classes else f"r² = {score:.3f}"
