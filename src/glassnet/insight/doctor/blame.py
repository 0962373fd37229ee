"""A cause that one finding hands on to those that follow from it."""

from dataclasses import dataclass
from typing import Self

from glassnet.insight.doctor.finding import Finding


@dataclass(frozen=True)
class Blame:
    """A cause: its stable name, the sentence, and what to change."""

    why: str
    cause: str
    advice: str

    @classmethod
    def on(cls, finding: Finding) -> Self:
        """An earlier finding is the cause."""
        return cls(finding.why, f"it follows from {finding.rule}", finding.advice)

    @classmethod
    def unknown(cls) -> Self:
        """Nothing was found."""
        return cls(
            "unknown",
            "the network learned less than is there",
            "Classifier() or Regressor() with their defaults; gn.find_learning_rate",
        )

    @classmethod
    def none(cls) -> Self:
        """Not asked yet."""
        return cls("", "", "")
