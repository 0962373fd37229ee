"""A finding of the doctor: what was seen, why, how to tell it from the next likely cause, and what
to change."""

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FAULT, WARNING, NOTE = "fault", "warning", "note"
LEVELS = (FAULT, WARNING, NOTE)

# By phase. What is wrong with the data comes before what happens in the course of a run; there the
# step at which a thing began decides, because what began first is rarely the consequence; and what
# the run came to in the end comes last. Within a phase, or at one step, this order decides.
DATA: dict[str, str] = {
    "labels": "labels that the network cannot take, or that are no classes",
    "outlier": "a value far from all others of its column",
    "uint8-arithmetic": "small whole numbers, whose arithmetic wraps around",
    "unscaled-columns": "columns far from 1, or in units of very different size",
    "target-range": "targets outside what the last activation can reach",
    "unscaled-target": "targets far from 1, where the loss is a square",
    "answer-column": "one column that is the answer",
    "duplicates": "validation samples that are training samples",
    "class-imbalance": "a class so rare that saying never is almost always right",
}
COURSE: dict[str, str] = {
    "copied-units": "units that do one unit's work",
    "dead-units": "ReLU units that are 0 on every sample",
    "saturated-units": "sigmoid or tanh units that are pinned to a limit",
    "exploding-gradient": "a gradient that grows on the way to the first layer",
    "vanishing-gradient": "a gradient that gets lost on the way to the first layer",
    "initial-loss": "a loss at the start far from that of knowing nothing",
    "loss-not-finite": "a loss or gradient that is infinite or NaN",
    "rising-loss": "a loss that rises from the start",
    "loss-spike": "a loss that jumps up",
    "update-ratio": "updates too large for the weights",
}
END: dict[str, str] = {
    "crawling": "a learning rate so small that nothing gets done",
    "noisy-loss": "a loss that smaller steps bring down at once",
    "cannot-memorise": "20 samples that cannot be learned by heart",
    "plateau": "a loss that stays where knowing nothing would put it",
    "one-class": "always the same prediction",
    "underfitting": "training samples that simple models predict better",
    "overfitting": "a validation loss that rises while the training loss falls",
    "worse-than-baseline": "validation samples that simple models predict better",
    "miscalibration": "probabilities that are not what they say",
    "validation-better": "a validation loss below the training loss",
}
RULES = DATA | COURSE | END
_PLACE = {rule: place for place, rule in enumerate(RULES)}


@dataclass(frozen=True)
class Finding:
    """One fault, warning or note.

    rule: its stable name, one of ``RULES``; why: the stable name of its most likely cause; seen:
    what was measured, in words; numbers: the same, by name; cause: the most likely cause; test:
    what tells it from the next likely one; advice: what to change. layer, epoch (from 1), step
    (as ``State.step``) and row (of the training samples) say where, if that is known; began: the
    step at which it set in, where that is another.
    """

    rule: str
    level: str
    why: str
    seen: str
    cause: str
    test: str
    advice: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    layer: str | None = None
    epoch: int | None = None
    step: int | None = None
    row: int | None = None
    began: int | None = None

    def __post_init__(self) -> None:
        if self.rule not in RULES or self.level not in LEVELS:
            raise ValueError(f"no such rule or level: {self.rule!r}, {self.level!r}")

    @property
    def is_alarm(self) -> bool:
        """Whether it is a fault or a warning; a note is none."""
        return self.level != NOTE

    @property
    def key(self) -> tuple[str, str]:
        """Two findings with the same key are one that repeats."""
        return self.rule, self.layer or ""

    @property
    def where(self) -> str:
        """Epoch, step, layer and row, as far as they are known."""
        parts = []
        if self.epoch is not None:
            parts.append(f"epoch {self.epoch:,}")
        if self.step is not None:
            parts.append(f"step {self.step:,}")
        if self.layer is not None:
            parts.append(f"layer '{self.layer}'")
        if self.row is not None:
            parts.append(f"row {self.row:,}")
        return ", ".join(parts)

    def text(self, width: int = 80) -> str:
        """The finding for a terminal of `width` characters."""
        place = f" ({self.where})" if self.where else ""
        lines = [f"{self.level.upper()} {self.rule}{place}"]
        for name, told in (
            ("seen", self.seen),
            ("cause", self.cause),
            ("test", self.test),
            ("change", self.advice),
        ):
            lines += wrapped(f"  {name:<8}", told, width)
        return "\n".join(lines)


def wrapped(margin: str, told: str, width: int) -> list[str]:
    """A text beside its margin; each of its own lines begins a new one."""
    lines: list[str] = []
    room = max(20, width - len(margin))
    for part in told.splitlines() if told else ():
        folded = textwrap.wrap(part, room, break_long_words=False, break_on_hyphens=False)
        for line in folded or [""]:
            lines.append((margin if not lines else " " * len(margin)) + line)
    return lines


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Alarms first, those nearest to the root first among them; then the notes."""
    return sorted(findings, key=_nearness)


def _nearness(finding: Finding) -> tuple[bool, int, int, int]:
    phase = 0 if finding.rule in DATA else 1 if finding.rule in COURSE else 2
    began = 0
    if phase == 1:
        began = (finding.step if finding.began is None else finding.began) or 0
    return not finding.is_alarm, phase, began, _PLACE[finding.rule]


def report(findings: Iterable[Finding], width: int = 80) -> str:
    """All findings as one text; a sentence where there are none."""
    ordered = in_order(findings)
    if not ordered:
        return "Nothing is wrong, as far as can be seen."
    return "\n\n".join(finding.text(width) for finding in ordered)
