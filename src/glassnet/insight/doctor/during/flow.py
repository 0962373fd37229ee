"""During training: the gradient on its way through the layers, and how far it moves the weights."""

import math

from glassnet.engines.report import LayerReport
from glassnet.insight.doctor.during.units import UNLEARNED, Persistence
from glassnet.insight.doctor.finding import FAULT, WARNING, Finding
from glassnet.insight.doctor.measures.look import LayerLook, Look

VANISHED = 1e-3  # ∂L/∂z of the first layer over that of the last
GONE = 1e-6  # … so small that no rate makes up for it
BORN_EXPLODED, EXPLODED = 1e2, 1e3  # before the first step, and later
LARGE_UPDATE = 0.5  # of the weights' norm, in one step
FALLEN = 30.0  # times less arrives than before the first step: that is no matter of depth
STEPS = 3  # looks


class FlowWatch:
    """Judges the gradient's way through each look, and the update's size in the Reports."""

    def __init__(self, decays: bool) -> None:
        self.decays = decays  # whether a penalty or a decay makes weights smaller
        self.first: Look | None = None
        self._persistence = Persistence()

    def look(self, look: Look, share: float, epoch: int) -> list[Finding]:
        """share: of what can be learned, what is still to be learned."""
        self.first = self.first or look
        layers = _carriers(look)
        if len(layers) < 2:
            return []
        ratio = _ratio(layers)
        vanished = ratio < GONE or (ratio < VANISHED and share > UNLEARNED)
        found: list[Finding] = []
        since = self._persistence.since("vanishing-gradient", "", vanished, look.step)
        if since is not None:
            found.append(_vanishing(layers, self.first, look, ratio, since, epoch, self.decays))
        born = _ratio(_carriers(self.first)) > BORN_EXPLODED
        exploded = ratio > (BORN_EXPLODED if born else EXPLODED)
        since = self._persistence.since("exploding-gradient", "", exploded, look.step)
        if since is not None:
            found.append(_exploding(layers, self.first, ratio, since, epoch))
        return found

    @property
    def is_waiting(self) -> bool:
        """Whether one look more would settle something."""
        return self._persistence.is_waiting

    def blocked_at_start(self) -> list[Finding]:
        """The gradient that vanished already before the first step, for a network that could not
        learn even a few samples; nothing where it did not."""
        if self.first is None:
            return []
        layers = _carriers(self.first)
        if len(layers) < 2 or _ratio(layers) >= VANISHED:
            return []
        return [_vanishing(layers, self.first, self.first, _ratio(layers), self.first.step, 1,
                           self.decays)]  # fmt: skip

    def updates(
        self, reports: tuple[LayerReport, ...], share: float, step: int, epoch: int, rate: float
    ) -> list[Finding]:
        """Updates as long as half of the weights, again and again, and nothing learned by them."""
        worst, name = 0.0, ""
        for report in reports:
            if report.update_norm is None or not report.weight_norm:
                continue
            ratio = report.update_norm / report.weight_norm
            if ratio > worst:
                worst, name = ratio, report.name
        large = worst > LARGE_UPDATE and share > UNLEARNED
        since = self._persistence.since("update-ratio", "", large, step, STEPS)
        if since is None:
            return []
        return [
            Finding(
                rule="update-ratio",
                level=WARNING,
                why="learning-rate",
                seen=f"one update is {worst:.2g} × as long as the weights of layer '{name}' "
                f"(learning rate {rate:.3g}); healthy are 0.001 to 0.01",
                cause="the learning rate is so large that each step throws the weights away",
                test="with a tenth of the rate the ratio is a tenth; does the loss fall then?",
                advice=f"learning_rate={rate * 0.01 / worst:.1g}",
                numbers={"ratio": worst, "rate": rate},
                layer=name,
                epoch=epoch,
                step=since,
            )
        ]


def _vanishing(
    layers: list[LayerLook], start: Look, look: Look, ratio: float, since: int, epoch: int,
    decays: bool,
) -> Finding:  # fmt: skip
    before = _carriers(start)
    born = _ratio(before) < 2 * VANISHED
    why, cause, advice = _why_vanishing(before if born else layers, before, born, decays)
    return Finding(
        rule="vanishing-gradient",
        level=FAULT,
        why=why,
        seen="∂L/∂z from the last layer to the first: " + _chain(layers)
        + f"; the first gets {ratio:.1g} of the last"
        + (f" ({_ratio(before):.1g} before the first step)" if since > start.step else ""),
        cause=cause,
        test=f"the signal forwards: {_signals(layers)}; with the advice the ratio is near 1",
        advice=advice,
        numbers={"ratio": ratio, "at_start": _ratio(before)},
        layer=layers[0].name,
        epoch=epoch,
        step=start.step if born else since,
    )  # fmt: skip


def _why_vanishing(
    layers: list[LayerLook], before: list[LayerLook], born: bool, decays: bool
) -> tuple[str, str, str]:
    """Name, cause and advice, from the layers as they were when it began."""
    hidden, last = layers[:-1], layers[-1]
    names = {layer.activation for layer in hidden}
    if not born:
        # What a layer does now that it did not do at the start.
        if max(float(layer.dead.mean()) for layer in hidden) > 0.9:
            return (
                "learning-rate",
                "units that lived at the start died in training and let nothing through",
                "a smaller learning rate (a third), clip_norm=1, or gn.LeakyReLU()",
            )
        if max(layer.saturated for layer in hidden) > 0.7:
            return (
                "learning-rate",
                "units were thrown to their limits in training and let hardly anything through",
                "a smaller learning rate (a third)",
            )
        both = zip(layers, before, strict=True)
        pairs = [(now.weights or 0.0, then.weights) for now, then in both]
        shrunk = min((now / then for now, then in pairs if then), default=1.0)
        if decays and shrunk < 0.3:
            return (
                "penalty",
                f"the penalty, or weight decay, has made weights {shrunk:.1g} of what they were: "
                "it weighs more than the samples",
                "l2 and weight_decay a hundredth of what they are",
            )
        if _ratio(before) > FALLEN * max(_ratio(layers), 1e-300):
            return (
                "learning-rate",
                "training has moved the units to where their slope is next to nothing: before the "
                "first step the gradient came through, so it is not the depth",
                "a smaller learning rate (a tenth), clip_norm=1",
            )
    # What one layer does to the gradient: the weights' size times √units, which He and Glorot
    # make about 1.
    sizes = [layer.weights or 0.0 for layer in [*hidden[1:], last]]
    gain = min(size * math.sqrt(layer.units) for size, layer in zip(sizes, hidden, strict=True))
    if born and max(layer.saturated for layer in hidden) > 0.7:
        return (
            "initial-weights",
            "the initial weights are so large that units sit at their limits and let hardly "
            "anything through",
            "weight_init=gn.Glorot()",
        )
    if gain < 0.2:
        return (
            "initial-weights",
            f"the weights are so small (√units · rms {gain:.2g}; He and Glorot make it about 1) "
            "that each layer makes signal and gradient smaller",
            "weight_init=gn.He() for ReLU and its kin, gn.Glorot() for tanh and sigmoid",
        )
    if "sigmoid" in names:
        return (
            "sigmoid-depth",
            f"{len(hidden)} layers of sigmoids: each multiplies the gradient by a slope of at most "
            "1/4",
            "'relu' or 'tanh' in the hidden layers, gn.BatchNorm() between, or fewer layers",
        )
    return (
        "depth",
        f"{len(hidden)} layers, each of which makes the gradient a little smaller",
        "gn.BatchNorm() or gn.LayerNorm() between the layers, or fewer layers",
    )


def _exploding(
    layers: list[LayerLook], start: Look, ratio: float, since: int, epoch: int
) -> Finding:
    at_start = _ratio(_carriers(start))
    born = at_start > BORN_EXPLODED
    return Finding(
        rule="exploding-gradient",
        level=FAULT,
        why="initial-weights" if born else "learning-rate",
        seen="∂L/∂z from the last layer to the first: " + _chain(layers)
        + f"; the first gets {ratio:.2g} × the last ({at_start:.2g} before the first step)",
        cause="the initial weights are so large that each layer makes the gradient larger"
        if born
        else "the weights have grown so large in training that each layer makes the gradient "
        "larger: the steps are too long",
        test=f"the signal forwards: {_signals(layers)}; with "
        + ("smaller initial weights" if born else "a tenth of the learning rate")
        + " the ratio is near 1",
        advice="weight_init=gn.He() or gn.Glorot(); clip_norm=1; gn.BatchNorm() between the layers"
        if born
        else "a smaller learning rate (a tenth); clip_norm=1",
        numbers={"ratio": ratio, "at_start": at_start},
        layer=layers[0].name,
        epoch=epoch,
        step=start.step if born else since,
    )  # fmt: skip


def _carriers(look: Look) -> list[LayerLook]:
    """The layers with weights, through which the gradient flows."""
    return [layer for layer in look.layers if layer.back is not None and layer.weights is not None]


def _ratio(layers: list[LayerLook]) -> float:
    """What arrives at the first layer of ∂L/∂z at the last; 1 where nothing sets out."""
    first, last = layers[0].back or 0.0, layers[-1].back or 0.0
    return first / last if last > 0 and math.isfinite(first) else 1.0


def _chain(layers: list[LayerLook]) -> str:
    return " → ".join(f"{layer.back:.1e}" for layer in reversed(layers))


def _signals(layers: list[LayerLook]) -> str:
    return " → ".join(f"{layer.signal:.1e}" for layer in layers)
