"""What an engine hands back from running steps: every step's figures, the last one in detail."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LayerReport:
    """One layer at the last step of a run: Euclidean norms, and shares of its outputs' numbers.

    zero_share: exactly 0 (ReLU's dead side); saturated_share: within 1/20 of the activation's
    range of one of its limits (sigmoid, tanh). None where the layer has none of it.
    """

    name: str
    gradient_norm: float | None
    update_norm: float | None
    weight_norm: float | None
    zero_share: float | None
    saturated_share: float | None


@dataclass(frozen=True)
class NonFiniteReport:
    """Where the first infinity or NaN arose: its step and layer, the largest finite |number|
    in that layer, and what was not finite: an output, the loss or a gradient."""

    step: int
    layer: str
    largest: float
    what: str


@dataclass
class Report:
    """The steps first_step … first_step + len(losses) − 1.

    losses: the loss minimised, before each update; data_losses: without penalties; right: right
    answers (None where the loss is not about classes); rows: samples in each batch;
    gradient_norms: before clipping. `nonfinite` says why the run ended early, if it did: the
    update of that step was not applied.
    """

    first_step: int
    losses: list[float] = field(default_factory=list)
    data_losses: list[float] = field(default_factory=list)
    right: list[int | None] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    gradient_norms: list[float] = field(default_factory=list)
    learning_rate: float = 0.0
    layers: tuple[LayerReport, ...] = ()
    nonfinite: NonFiniteReport | None = None
