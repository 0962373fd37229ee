"""During training: the gradient on its way through the layers, and how far it moves the weights."""

import numpy as np

from glassnet.engines.report import LayerReport
from glassnet.insight.doctor.finding import FAULT, WARNING, Finding
from glassnet.insight.doctor.look import LayerLook, Look
from glassnet.insight.doctor.units import UNLEARNED, Persistence

VANISHED = 1e-3  # ∂L/∂z of the first layer over that of the last
GONE = 1e-6  # … so small that no rate makes up for it
EXPLODED = 1e3
LARGE_UPDATE = 0.5  # of the weights' norm, in one step
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
        layers = [layer for layer in look.layers if layer.back is not None and layer.weights]
        layers = [layer for layer in layers if layer.weights is not None]
        if len(layers) < 2:
            return []
        first, last = layers[0], layers[-1]
        assert first.back is not None and last.back is not None
        ratio = first.back / last.back if last.back > 0 else np.nan
        vanished = ratio < GONE or (ratio < VANISHED and share > UNLEARNED)
        found: list[Finding] = []
        since = self._persistence.since("vanishing-gradient", "", bool(vanished), look.step)
        if since is not None:
            found.append(_vanishing(layers, self.first, look, ratio, since, epoch, self.decays))
        since = self._persistence.since("exploding-gradient", "", ratio > EXPLODED, look.step)
        if since is not None:
            found.append(_exploding(layers, look, ratio, since, epoch))
        return found

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
    first, last = layers[0], layers[-1]
    hidden = layers[:-1]
    shrinking = hidden[-1].signal / max(hidden[0].signal, 1e-300) if len(hidden) > 1 else 1.0
    names = {layer.activation for layer in hidden}
    saturated = max(layer.saturated for layer in hidden)
    dead = max(float(layer.dead.mean()) for layer in hidden)
    sizes = [layer.weights or 0.0 for layer in hidden[1:] + [last]]
    fans = [layer.units for layer in hidden]
    # What one layer does to the gradient: the weights' size times √units, which He and Glorot
    # make about 1.
    gains = [size * np.sqrt(units) for size, units in zip(sizes, fans, strict=True)]
    shrunk = min(
        (now.weights or 0.0) / before.weights
        for now in layers
        for before in start.layers
        if before.place == now.place and before.weights
    )
    if dead > 0.9:
        why, cause = "dead-units", "dead units let nothing through"
        advice = "see dead-units"
    elif saturated > 0.7:
        why, cause = "saturated-units", "saturated units let hardly anything through"
        advice = "see saturated-units"
    elif decays and shrunk < 0.3:
        why = "penalty"
        cause = (
            f"the penalty, or weight decay, has made weights {shrunk:.1g} of what they were: it "
            "weighs more than the samples"
        )
        advice = "l2 and weight_decay a hundredth of what they are"
    elif min(gains) < 0.2 or (shrinking < 0.01 and names <= {"relu", "tanh", "leaky_relu"}):
        why = "initial-weights"
        cause = (
            f"the weights are so small (√units · rms {min(gains):.2g}; He and Glorot make it "
            "about 1) that each layer makes signal and gradient smaller"
        )
        advice = "weight_init=gn.He() for ReLU and its kin, gn.Glorot() for tanh and sigmoid"
    elif "sigmoid" in names:
        why = "sigmoid-depth"
        cause = (
            f"{len(hidden)} layers of sigmoids: each multiplies the gradient by a slope of at most "
            "1/4"
        )
        advice = "'relu' or 'tanh' in the hidden layers, gn.BatchNorm() between, or fewer layers"
    else:
        why = "depth"
        cause = f"{len(hidden)} layers, each of which makes the gradient a little smaller"
        advice = "gn.BatchNorm() or gn.LayerNorm() between the layers, or fewer layers"
    return Finding(
        rule="vanishing-gradient",
        level=FAULT,
        why=why,
        seen="∂L/∂z from the last layer to the first: " + _chain(layers)
        + f"; the first gets {ratio:.1g} of the last",
        cause=cause,
        test=f"the signal forwards: {_signals(layers)}; with the advice the ratio is near 1",
        advice=advice,
        numbers={"ratio": ratio, "signal": shrinking, "gain": min(gains)},
        layer=first.name,
        epoch=epoch,
        step=since,
    )  # fmt: skip


def _exploding(
    layers: list[LayerLook], look: Look, ratio: float, since: int, epoch: int
) -> Finding:
    return Finding(
        rule="exploding-gradient",
        level=FAULT,
        why="initial-weights",
        seen="∂L/∂z from the last layer to the first: " + _chain(layers)
        + f"; the first gets {ratio:.2g} × the last",
        cause="the weights are so large that each layer makes the gradient larger",
        test=f"the signal forwards: {_signals(layers)}; with smaller initial weights the ratio is "
        "near 1",
        advice="weight_init=gn.He() or gn.Glorot(); clip_norm=1; gn.BatchNorm() between the layers",
        numbers={"ratio": ratio},
        layer=layers[0].name,
        epoch=epoch,
        step=since,
    )  # fmt: skip


def _chain(layers: list[LayerLook]) -> str:
    return " → ".join(f"{layer.back:.1e}" for layer in reversed(layers))


def _signals(layers: list[LayerLook]) -> str:
    return " → ".join(f"{layer.signal:.1e}" for layer in layers)
