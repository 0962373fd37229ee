"""During training: units that do nothing. Dead ReLUs, pinned sigmoids and tanhs, copies."""

from dataclasses import dataclass, field

import numpy as np

from glassnet.insight.doctor.finding import FAULT, NOTE, WARNING, Finding
from glassnet.insight.doctor.measures.look import LayerLook, Look, some_rows
from glassnet.nn.arrays import Array
from glassnet.nn.parameters import Layout

BORN_DEAD, DEAD, ALL_DEAD = 0.5, 0.8, 0.95  # of a layer's units: from the start, or died later
PINNED = 0.75
SATURATED = 0.6  # of a layer's numbers, while nothing is learned yet
FEW = 4  # units: of fewer, one is too large a share
COPIES = 0.5
MOST_INPUTS = 64  # of a unit are compared first; all, where these are the same
ALIKE = 1e-4  # of their length: so little two units' weights may differ and still be copies
LOOKS = 2  # one after another, before anything is said
UNLEARNED = 0.7  # of what can be learned is still to be learned


@dataclass
class Persistence:
    """How many looks in a row something has been there, by rule and layer."""

    counts: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    def since(
        self, rule: str, layer: str, is_there: bool, step: int, least: int = LOOKS
    ) -> int | None:
        """The step of the first of the looks that all saw it; None where they are too few."""
        key = (rule, layer)
        count, first = self.counts.get(key, (0, step))
        self.counts[key] = (count + 1, first if count else step) if is_there else (0, step)
        count, first = self.counts[key]
        return first if count >= least else None

    @property
    def is_waiting(self) -> bool:
        """Whether something was seen for the first time, and one look more would settle it."""
        return any(count == 1 for count, _ in self.counts.values())


class UnitWatch:
    """Judges the units of each look; `first` is the look at the start, `decays` says whether a
    penalty or a decay makes weights smaller."""

    def __init__(self, layout: Layout, decays: bool) -> None:
        self.layout, self.decays = layout, decays
        self.first: Look | None = None
        self._persistence = Persistence()

    def look(
        self, look: Look, parameters: Array, share: float, inputs_are_large: bool, epoch: int
    ) -> list[Finding]:
        """What holds now and held in the look before. share: of what can be learned, what is
        still to be learned; above 1 nothing was."""
        if self.first is None:
            self.first = look
        found: list[Finding] = []
        for layer in look.hidden():
            found += self._copies(layer, parameters, look, epoch)
            found += self._dead(layer, look, epoch)
            found += self._saturated(layer, look, share, inputs_are_large, epoch)
        return found

    @property
    def is_waiting(self) -> bool:
        """Whether one look more would settle something."""
        return self._persistence.is_waiting

    def _at_start(self, layer: LayerLook) -> LayerLook | None:
        if self.first is None:
            return None
        return next((each for each in self.first.layers if each.place == layer.place), None)

    def _dead(self, layer: LayerLook, look: Look, epoch: int) -> list[Finding]:
        share = float(layer.dead.mean()) if layer.units else 0.0
        start = self._at_start(layer)
        born = start is not None and float(start.dead.mean()) >= BORN_DEAD
        is_there = share >= (BORN_DEAD if born else DEAD) and layer.units >= FEW
        since = self._persistence.since("dead-units", layer.name, is_there, look.step)
        if since is None:
            return []
        count = int(layer.dead.sum())
        why, cause, advice = self._why_dead(layer, born)
        return [
            Finding(
                rule="dead-units",
                level=FAULT if share >= ALL_DEAD else WARNING,
                why=why,
                seen=f"{count} of {layer.units} units ({layer.activation}) are 0 on every one of "
                f"{len(look.rows)} samples"
                + ("" if start is None else f"; at the start {int(start.dead.sum())} were"),
                cause=cause,
                test="the gradient into a dead unit is exactly 0, so it never comes back; units "
                "that are 0 on half of the samples are healthy",
                advice=advice,
                numbers={"dead": float(count), "units": float(layer.units), "share": share},
                layer=layer.name,
                epoch=epoch,
                step=since,
            )
        ]

    def _why_dead(self, layer: LayerLook, born: bool) -> tuple[str, str, str]:
        bias = layer.bias
        if bias is not None and layer.dead.any():
            mean = float(bias[layer.dead].mean())
            scale = max(layer.signal, (layer.weights or 0.0), 1e-12)
            if born and mean < -0.5 and mean < -scale:
                return (
                    "bias",
                    f"the dead units' biases are {mean:.3g} on average: no sample gets them above "
                    "0",
                    "start biases from 0 (bias_init='zeros')",
                )
        if born:
            return (
                "initial-weights",
                "the units were dead from the start: with inputs of one sign, a unit whose weights "
                "point the other way is below 0 for all of them",
                "standardise the inputs; weight_init=gn.He(), bias_init='zeros'",
            )
        return (
            "learning-rate",
            "the units lived at the start and died in training: a step so long threw their weights "
            "to where every sample is below 0",
            "a smaller learning rate (a third), clip_norm=1, or gn.LeakyReLU(), which does not die",
        )

    def _saturated(
        self, layer: LayerLook, look: Look, share: float, inputs_are_large: bool, epoch: int
    ) -> list[Finding]:
        pinned = float(layer.pinned.mean()) if layer.units else 0.0
        early = share > UNLEARNED and layer.saturated >= SATURATED
        is_there = layer.units >= FEW and (pinned >= PINNED or early)
        # At the start nothing can have been learned by it: one look is enough.
        least = 1 if look is self.first and layer.saturated >= SATURATED else LOOKS
        since = self._persistence.since("saturated-units", layer.name, is_there, look.step, least)
        if since is None:
            return []
        start = self._at_start(layer)
        born = start is not None and start.saturated >= 0.5 * layer.saturated
        if born and inputs_are_large:
            why = "inputs"
            cause = "the inputs are so large that every sum is far from 0"
            advice = "standardise the inputs"
        elif born:
            why = "initial-weights"
            cause = "the initial weights are so large that every sum is far from 0"
            advice = "weight_init=gn.Glorot(), bias_init='zeros'"
        else:
            why = "learning-rate"
            cause = "the sums were near 0 at the start and were thrown far from it in training"
            advice = "a smaller learning rate (a third), or an L2 penalty (l2=1e-4)"
        slope = "σ(1 − σ) ≤ 0.05" if layer.activation == "sigmoid" else "1 − tanh² ≤ 0.2"
        return [
            Finding(
                rule="saturated-units",
                level=FAULT if early else WARNING,
                why=why,
                seen=f"{100 * layer.saturated:.0f} % of the numbers of {layer.units} "
                f"{layer.activation} units are near a limit"
                + ("" if start is None else f" ({100 * start.saturated:.0f} % at the start)")
                + f", and {int(layer.pinned.sum())} units are at the same limit on every sample",
                cause=f"{cause}; there the slope {slope}, and hardly any gradient comes through",
                test="with weights a tenth as large, or standardised inputs, the same layer is not "
                "saturated",
                advice=advice,
                numbers={"pinned": pinned, "saturated": layer.saturated},
                layer=layer.name,
                epoch=epoch,
                step=since,
            )
        ]

    def _copies(self, layer: LayerLook, parameters: Array, look: Look, epoch: int) -> list[Finding]:
        segments = [s for s in self.layout.segments if s.layer == layer.place]
        weight = next((s for s in segments if s.kind == "weight"), None)
        if weight is None or layer.units < 2:
            return []
        bias = next((s for s in segments if s.kind == "bias"), None)
        W = weight.view(parameters)
        rows = some_rows(len(W), 0, MOST_INPUTS)
        own = [] if bias is None else [bias.view(parameters)[None, :]]
        count = copies(np.concatenate([W[rows], *own]))
        if count >= COPIES * layer.units and len(rows) < len(W):
            count = copies(np.concatenate([W, *own]))
        share = count / layer.units
        since = self._persistence.since("copied-units", layer.name, share >= COPIES, look.step)
        if since is None:
            return []
        born = self.first is not None and since <= self.first.step
        why, cause, advice = _why_copied(born, self.decays)
        level = NOTE if not born else FAULT if share > 0.9 else WARNING
        return [
            Finding(
                rule="copied-units",
                level=level,
                why=why,
                seen=f"{count} of {layer.units} units have the weights of another to "
                f"{ALIKE:.0e} of their length, after {look.step} steps",
                cause=cause,
                test="np.ptp(W, axis=1) is 0: the columns of W are the same",
                advice=advice,
                numbers={"copies": float(count), "units": float(layer.units)},
                layer=layer.name,
                epoch=epoch,
                step=since,
            )
        ]


def _why_copied(born: bool, decays: bool) -> tuple[str, str, str]:
    """Name, cause and advice: equal from the start, or grown alike."""
    if born:
        return (
            "equal-initial-weights",
            "units that start equal get equal gradients for ever: all of them do one unit's work",
            "weight_init=gn.He() for ReLU and its kin, gn.Glorot() for tanh and sigmoid; zeros "
            "only for biases",
        )
    if decays:
        return (
            "penalty",
            "they started different and have grown alike: under the penalty, fewer units do the "
            "same work",
            "nothing where the score is good; else a smaller l2 or weight_decay",
        )
    return (
        "learning-rate",
        "they started different and were thrown to the same place, where their gradients are alike",
        "nothing where the score is good; else a smaller learning rate (a third)",
    )


def copies(columns: Array) -> int:
    """How many columns (d, k) are another column, to `ALIKE` of their length."""
    numbers = columns.astype(np.float64)
    lengths = np.sqrt(np.square(numbers).sum(axis=0))
    # Equal columns have equal sums under any fixed weights: only neighbours are compared.
    keys = np.cos(1.0 + 2.399963 * np.arange(len(numbers))) @ numbers
    order = np.argsort(keys, kind="stable")
    apart = np.sqrt(np.square(np.diff(numbers[:, order], axis=1)).sum(axis=0))
    limit = ALIKE * np.maximum(lengths[order][1:], lengths[order][:-1])
    same = apart <= limit
    return int((np.append(same, False) | np.insert(same, 0, False)).sum())
