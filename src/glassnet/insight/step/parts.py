"""What an explanation is made of: plain descriptions with their numbers, and no work.

Samples, layers, inputs and units are counted from 1 wherever a person reads them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from glassnet.insight.numeric import TOLERANCE
from glassnet.insight.step.attribution import Attribution
from glassnet.nn.arrays import Array


@dataclass(frozen=True)
class Quantity:
    """One array: its symbol, where it belongs, its formula, the names of its axes, its numbers, and
    what is to be said of it in words."""

    symbol: str
    layer: str
    formula: str
    axes: tuple[str, ...]
    values: Array
    note: str = ""


@dataclass(frozen=True)
class Stage:
    """A part of a step, with what it works out."""

    name: str
    purpose: str
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True)
class ShapeRow:
    """An array's axes: (how many, of what) for each, such as (8, "samples"), (4, "units")."""

    layer: str
    symbols: str
    axes: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class InputRow:
    """A feature of the shown sample: as it is in the table (where known), as the network gets it,
    and behind the network's Scale layer (where it begins with one)."""

    name: str
    raw: str | float | None
    given: float
    scaled: float | None


@dataclass(frozen=True)
class Term:
    """One product of a sum: `first` · `second` for the input or unit of this name and number."""

    number: int
    name: str
    first: float
    second: float

    @property
    def product(self) -> float:
        """first · second."""
        return self.first * self.second


@dataclass(frozen=True)
class Sum:
    """A sum of products, its largest terms by |product| first; the others together."""

    terms: tuple[Term, ...]
    others: int
    others_sum: float

    @classmethod
    def of(cls, first: Array, second: Array, names: Sequence[str], most: int) -> "Sum":
        """Σ firstₘ · secondₘ, with `most` terms one by one."""
        a, b = (np.asarray(values, dtype=np.float64) for values in (first, second))
        products = a * b
        # NaN first: it is what must be seen. What is 0 is not shown, but for a sum of nothing else.
        sizes = np.nan_to_num(np.abs(products), nan=np.inf)
        order = np.argsort(-sizes, kind="stable")
        count = min(most, max(1, int(np.count_nonzero(sizes))))
        shown, rest = order[:count], order[count:]
        terms = (Term(m + 1, names[m], float(a[m]), float(b[m])) for m in shown.tolist())
        return cls(tuple(terms), len(rest), float(products[rest].sum()))

    @property
    def total(self) -> float:
        """The whole sum."""
        return float(sum(term.product for term in self.terms) + self.others_sum)


@dataclass(frozen=True)
class UnitSum:
    """How one unit of a dense layer comes to its output: z = Σ w · x + b, y = f(z)."""

    layer: str
    unit: int
    sample: int
    sum: Sum
    bias: float
    z: float
    activation: str
    y: float
    label: str = ""  # the class that an output stands for, where it is known
    asked: bool = False


@dataclass(frozen=True)
class Link:
    """A factor of the chain rule, and what has come of the product with it, at layer `at`.

    kind: "number", "elementwise", "matrix" (``factor @ product``), "jacobian" (``product @
    factor``), or "through" where the layer's own backward pass gives the product. factor: a number,
    a vector, a matrix, or None for "through". product: the derivative named by `result`, by unit;
    a single number once only one unit matters, `unit`. sum: the terms of that number, where it is
    a sum over the units of the layer above.
    """

    layer: str
    symbol: str
    formula: str
    kind: str
    factor: Array | None
    result: str
    product: Array
    at: str
    unit: int | None = None
    sum: Sum | None = None
    note: str = ""


@dataclass(frozen=True)
class Joint:
    """The output's two factors, and the one that stands for both: ∂l/∂ŷ, through f, ŷ − y.

    symbol: of the outputs: ŷ, or p before a SoftStep that learns alone.
    """

    layer: str
    symbol: str
    activation: str
    loss: str
    formula: str
    proof: str
    by_output: Array  # ∂l/∂ŷ, (k,)
    outputs: Array
    targets: Array
    through: Array  # the long way: ∂l/∂ŷ through the activation
    together: Array  # the short way


@dataclass(frozen=True)
class Line:
    """A line of the optimizer's arithmetic: a symbol, its formula, the numbers in it, its value."""

    symbol: str
    formula: str
    numbers: str
    value: float


@dataclass(frozen=True)
class NumericCheck:
    """∂/∂w of the loss with its penalties, in float64: by the chain rule, and by differences.

    difference: |a − n| / max(|a|, |n|); rounding: what the rounding of the loss alone may have
    moved the numeric one by. kink: the difference steps over a kink and is no derivative.
    """

    analytic: float
    numeric: float
    points: int
    step: float
    difference: float
    rounding: float
    kink: bool = False

    @property
    def is_equal(self) -> bool:
        """Whether they differ by rounding alone, or by a ten-millionth part at most."""
        apart = abs(self.analytic - self.numeric)
        return apart <= self.rounding or self.difference <= TOLERANCE


@dataclass(frozen=True)
class Chain:
    """∂L/∂w of one weight (or bias), factor by factor for one sample, then for all.

    shares: each sample's part (n,), which add up to `gradient`; penalty: ∂R/∂w; update: what the
    optimizer makes of it, line by line, the last line the weight after the step.
    """

    name: str
    layer: str
    input: int | None  # None for a bias
    input_name: str
    unit: int
    value: float
    sample: int
    links: tuple[Link, ...]
    joint: Joint | None
    shares: Array
    gradient: float
    penalty: float
    check: NumericCheck
    optimizer: str
    update: tuple[Line, ...]


@dataclass(frozen=True)
class Source:
    """Where the formulas of a part are derived: the module, and the paper."""

    part: str
    module: str
    paper: str


@dataclass(frozen=True)
class Parts:
    """A step in five stages; `loss` before the update, `loss_after` after it, same samples.

    notes: what is to be known first. sample_numbers, classes: what the explained samples and the
    classes are called; shown: the row of the sample whose numbers are shown where one must be.
    """

    stages: tuple[Stage, ...]
    loss: float
    loss_after: float
    notes: tuple[str, ...] = ()
    sample_numbers: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    shown: int = 0
    shapes: tuple[ShapeRow, ...] = ()
    inputs: tuple[InputRow, ...] = ()
    units: tuple[UnitSum, ...] = ()
    chain: Chain | None = None
    sources: tuple[Source, ...] = ()
    attribution: Attribution | None = field(default=None, repr=False, compare=False)
