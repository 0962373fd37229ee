"""Probabilities that are not what they say."""

import numpy as np

from glassnet.insight.doctor.finding import NOTE, WARNING, Finding
from glassnet.nn.arrays import Array
from glassnet.scores.calibration import expected_calibration_error, reliability_bins

OFF, NOTED = 0.15, 0.08  # expected calibration errors: of an alarm, of a note
DRAWS = 200


def miscalibration(probabilities: Array, right: Array) -> list[Finding]:
    """Probabilities of the chosen class (n,) that are not the share of right answers."""
    if len(right) < 50:
        return []
    error = expected_calibration_error(probabilities, right)
    if error < NOTED:
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
            level=WARNING if over and error >= OFF else NOTE,
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


def _by_chance(probabilities: Array) -> Array:
    """Calibration errors of answers that are right exactly as often as the probabilities say."""
    draw = np.random.Generator(np.random.Philox(key=20))
    lots = draw.random((DRAWS, len(probabilities)))
    place = np.clip((probabilities * 10).astype(np.int64), 0, 9)
    one_hot = np.eye(10)[place]
    surplus = ((lots < probabilities) - probabilities) @ one_hot
    return np.asarray(np.abs(surplus).sum(axis=1) / len(probabilities))
