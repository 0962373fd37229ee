"""The pieces of which every view of an explanation is made, in order; each view draws them."""

from dataclasses import dataclass
from typing import TypeAlias

from glassnet.nn.arrays import Array


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a stage, 2 is within one."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Sentence:
    """A sentence in words."""

    text: str


@dataclass(frozen=True)
class Formula:
    """A line of mathematics, with words behind it."""

    formula: str
    words: str = ""


@dataclass(frozen=True)
class Numbers:
    """An array with its layer, symbol, axes and formula."""

    layer: str
    symbol: str
    axes: tuple[str, ...]
    formula: str
    note: str
    values: Array
    rows: tuple[str, ...] = ()  # what the rows are called, where not by their numbers


@dataclass(frozen=True)
class Grid:
    """A table of short texts. `formulas` says which columns hold mathematics, `right` which end at
    one place, as numbers do."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    formulas: tuple[int, ...] = ()
    right: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rest:
    """The end: one sentence about the whole."""

    text: str


Block: TypeAlias = Heading | Sentence | Formula | Numbers | Grid | Rest
