"""The optimizer's arithmetic for one weight, line by line: from its gradient to its new value.

Every value is the engine's own; the numbers beside a formula are those that it was made of.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from glassnet.insight.step import numbers
from glassnet.insight.step.formulas import CHANGES
from glassnet.insight.step.moment import Step
from glassnet.insight.step.parts import Line
from glassnet.insight.step.places import Place
from glassnet.nn.optimizers import Adam, GradientDescent, Momentum, Nesterov, RMSProp
from glassnet.nn.parameters import Segment

DIGITS = 6
_LETTER = {"velocity": "v", "square": "s", "mean": "m"}
_plain = partial(numbers.in_formula, digits=DIGITS)
_factor = partial(numbers.factor, digits=DIGITS)
_signed = partial(numbers.signed, digits=DIGITS)


class _Slots(NamedTuple):
    """An optimizer's numbers for one weight, by their letters, before and after the update."""

    before: dict[str, float]
    after: dict[str, float]


def update_lines(step: Step, coordinate: int, place: Place) -> tuple[Line, ...]:
    """What the rule makes of ∂L/∂w; the last line is the weight after the step."""
    weights = step.moment.stack.layout.of_kind("weight")
    own = next((s for s in weights if s.offset <= coordinate < s.offset + s.size), None)
    return (
        *_gradient(step, coordinate, own),
        *_change(step, coordinate, own),
        *_decay(step, coordinate, own),
        *_after(step, coordinate, own, place.unit),
    )


def optimizer_words(step: Step) -> str:
    """The optimizer, its update's number and its rate."""
    rule = step.moment.rule
    return f"{rule.optimizer.name}, update t = {step.update.t}, η = {step.moment.rate:.6g}"


def _gradient(step: Step, coordinate: int, own: Segment | None) -> list[Line]:
    """The gradient as the optimizer gets it: with penalties, clipped."""
    rule, update = step.moment.rule, step.update
    data = float(step.gradient[coordinate])
    lines = [Line("g", "∂L/∂w", "", data)]
    if own is not None and (rule.l1 or rule.l2):
        penalty = float(step.penalty_gradient[coordinate])
        told = f"{_plain(data)} {_signed(penalty)}"
        lines = [Line("g", "∂L/∂w + ∂R/∂w", told, data + penalty)]
    if update.factor != 1.0:
        told = f"{_plain(lines[0].value)} · {_plain(update.factor)}"
        clipped = float(update.gradient[coordinate])
        lines.append(Line("g", "g · clip_norm / ‖g‖", told, clipped))
    return lines


def _change(step: Step, coordinate: int, own: Segment | None) -> list[Line]:
    """The optimizer's own lines, Δ the last."""
    optimizer, update = step.moment.rule.optimizer, step.update
    slots = _Slots(
        {_LETTER.get(name, name): float(v[coordinate]) for name, v in update.before.items()},
        {_LETTER.get(name, name): float(v[coordinate]) for name, v in update.after.items()},
    )
    g, delta = float(update.gradient[coordinate]), float(update.change[coordinate])
    delta -= _decayed(step, coordinate, own)
    formulas = CHANGES.get(type(optimizer))
    if formulas is None:
        lines = [
            Line(name, f"{name} of the user's", f"before: {_plain(slots.before[name])}", value)
            for name, value in slots.after.items()
        ]
        return [*lines, Line("Δ", f"the rule of {optimizer.name}", "", delta)]
    values = slots.after | {"Δ": delta}
    told = _numbers(optimizer, g, slots, step.moment.rate, update.t)
    if isinstance(optimizer, Adam):
        values["m̂"] = slots.after["m"] / (1 - optimizer.beta1**update.t)
        values["ŝ"] = slots.after["s"] / (1 - optimizer.beta2**update.t)
    return [Line(symbol, text, told[symbol], values[symbol]) for symbol, text in formulas]


def _numbers(optimizer: object, g: float, slots: _Slots, rate: float, t: int) -> dict[str, str]:
    """Each line's formula with its numbers in place of the symbols."""
    eta, old, new = f"−{_plain(rate)}", slots.before, slots.after
    if isinstance(optimizer, GradientDescent):
        return {"Δ": f"{eta} · {_factor(g)}"}
    if isinstance(optimizer, (Momentum, Nesterov)):
        beta = _plain(optimizer.beta)
        ahead = _factor(new["v"])
        if isinstance(optimizer, Nesterov):
            ahead = f"({_plain(g)} + {beta} · {ahead})"
        return {"v": f"{beta} · {_factor(old['v'])} {_signed(g)}", "Δ": f"{eta} · {ahead}"}
    if isinstance(optimizer, RMSProp):
        root = f"(√({_plain(new['s'])}) + {_plain(optimizer.epsilon)})"
        return {
            "s": _mixed(optimizer.rho, old["s"], g, "²"),
            "Δ": f"{eta} · {_factor(g)} / {root}",
        }
    assert isinstance(optimizer, Adam)
    left = [1 - beta**t for beta in (optimizer.beta1, optimizer.beta2)]
    corrected = (new["m"] / left[0], new["s"] / left[1])
    root = f"(√({_plain(corrected[1])}) + {_plain(optimizer.epsilon)})"
    return {
        "m": _mixed(optimizer.beta1, old["m"], g, ""),
        "s": _mixed(optimizer.beta2, old["s"], g, "²"),
        "m̂": f"{_plain(new['m'])} / {_plain(left[0])}",
        "ŝ": f"{_plain(new['s'])} / {_plain(left[1])}",
        "Δ": f"{eta} · {_factor(corrected[0])} / {root}",
    }


def _mixed(share: float, old: float, g: float, power: str) -> str:
    """β · old + (1 − β) · gᵖ with numbers."""
    return f"{_plain(share)} · {_factor(old)} + {_plain(1 - share)} · {_factor(g)}{power}"


def _decayed(step: Step, coordinate: int, own: Segment | None) -> float:
    """−η λ w, where the weight decays."""
    decay = step.moment.rule.decay if own is not None else 0.0
    return -step.moment.rate * decay * float(step.moment.state.parameters[coordinate])


def _decay(step: Step, coordinate: int, own: Segment | None) -> list[Line]:
    rule, rate = step.moment.rule, step.moment.rate
    if own is None or not rule.decay:
        return []
    w, whole = float(step.moment.state.parameters[coordinate]), step.update.change[coordinate]
    before = float(whole) - _decayed(step, coordinate, own)
    told = f"{_plain(before)} − {_plain(rate)} · {_plain(rule.decay)} · {_factor(w)}"
    return [Line("Δ", "Δ − η λ w", told, float(whole))]


def _after(step: Step, coordinate: int, own: Segment | None, unit: int) -> list[Line]:
    """w + Δ, and where the weights into the unit were too long, what they were shortened to."""
    update, parameters = step.update, step.moment.state.parameters
    w, change = float(parameters[coordinate]), float(update.change[coordinate])
    moved, after = parameters + update.change, float(update.parameters[coordinate])
    first = Line("w", "w + Δ", f"{_plain(w)} {_signed(change)}", float(moved[coordinate]))
    norm = step.moment.rule.max_norm
    if own is None or norm is None:
        return [first]
    length = float(np.linalg.norm(own.view(moved)[:, unit].astype(np.float64)))
    if length <= norm:
        return [first]
    told = f"{_plain(first.value)} · {_plain(norm)} / {_plain(length)}"
    return [first, Line("w", f"w · max_norm / ‖W[:, {unit + 1}]‖", told, after)]
