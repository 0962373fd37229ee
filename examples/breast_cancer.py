"""Breast cancer, malignant or benign, with a threshold learned with the weights.

About 10 seconds, most of them for the ten folds of the cross-validation.
"""

from system import described, tell

from glassnet.models.run import execute
from glassnet.training.events import EpochEnded, Event


def print_threshold(event: Event) -> None:
    """Say where the threshold stands, every hundredth epoch."""
    if isinstance(event, EpochEnded) and event.threshold is not None and event.epoch % 100 == 0:
        print(f"  epoch {event.epoch:5}: loss {event.loss:.5f}, threshold {event.threshold:.4f}")


def main() -> None:
    """The original learns all 569; the honest number beside it is the cross-validated one."""
    original = execute(described("breast-cancer-original"), [print_threshold])
    tell("breast-cancer-original", original)
    model = original.estimator
    print(f"  threshold {model.threshold_:.4f}, equally good anywhere in {model.threshold_gap_}")
    assert original.train.right == original.train.samples == 569
    assert len(original.history.threshold) == original.history.epochs
    assert 0 < model.threshold_ < 1

    default = execute(described("breast-cancer"))
    tell("breast-cancer", default)
    for result in (original, default):
        assert result.cross_validation is not None and result.cross_validation.mean >= 0.96


if __name__ == "__main__":
    main()
