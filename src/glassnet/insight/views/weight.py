"""The part of an explanation about one weight: the chain's factors, the numeric derivative beside
it, and the optimizer's arithmetic."""

from collections.abc import Iterator, Sequence

import numpy as np

from glassnet.insight.step.arithmetic import DIGITS
from glassnet.insight.step.numbers import in_formula, lowered, precise, signed
from glassnet.insight.step.parts import Chain, Joint, Link, NumericCheck
from glassnet.insight.views.blocks import Block, Formula, Grid, Heading, Sentence
from glassnet.insight.views.words import counted, largest

SHOWN_UNITS, SHOWN_SAMPLES, SHOWN_OUTPUTS = 3, 4, 5


def weight_blocks(chain: Chain, number: int, samples: Sequence[int]) -> Iterator[Block]:
    """All about one weight, under a heading of its own."""
    yield Heading(f"{number}. One weight: {chain.name} of {chain.layer}, factor by factor")
    yield Sentence(_which(chain))
    yield from _factors(chain)
    if chain.joint is not None:
        yield from _joint(chain.joint)
    yield from _sums(chain)
    yield from _total(chain, samples)
    yield from _check(chain.check, bool(chain.penalty))
    yield Heading(f"The update by {chain.optimizer}", 2)
    lines = tuple(
        (line.symbol, line.formula, line.numbers, in_formula(line.value, DIGITS))
        for line in chain.update
    )
    yield Grid(("", "formula", "with numbers", "value"), lines, formulas=(0, 1, 2), right=(3,))


def _which(chain: Chain) -> str:
    """Which weight it is, in words."""
    end = f"unit {chain.unit} of {chain.layer}"
    if chain.input is None:
        return f"The bias of {end} is {in_formula(chain.value)}; it is called w here."
    is_plain = chain.input_name in (f"x{chain.input}", f"y{chain.input}")
    name = "" if is_plain else f" ({chain.input_name})"
    return (
        f"The weight w = {in_formula(chain.value)} leads from input {chain.input}{name} to {end}. "
        f"Samples, inputs and units are counted from 1. For sample {chain.sample}, from the loss "
        "back:"
    )


def _factors(chain: Chain) -> Iterator[Block]:
    rows = tuple(
        (
            link.layer,
            link.symbol,
            link.formula,
            _factor(link),
            _product(link),
        )
        for link in chain.links
    )
    heads = ("layer", "factor", "formula", "number", "product so far")
    yield Grid(heads, rows, formulas=(1, 2, 4), right=())
    for link in chain.links:
        if link.kind == "through" or "dropout" in link.note or "SoftStep" in link.note:
            is_plain = link.note.startswith("dropout")
            yield Sentence("Dropout is off." if is_plain else f"{link.layer}: {link.note}.")
    off = next((link for link in chain.links if _is_off(link)), None)
    if off is not None:
        yield Sentence(
            f"The factor {off.symbol} of {off.layer} is 0: for this sample nothing comes through "
            "to the weight."
        )


def _is_off(link: Link) -> bool:
    return link.kind in ("elementwise", "number") and link.unit is not None and (
        link.factor is not None and link.factor.ndim == 0 and float(link.factor) == 0
    )  # fmt: skip


def _factor(link: Link) -> str:
    if link.factor is None:
        return "by the layer"
    if link.factor.ndim == 0:
        return in_formula(link.factor)
    if link.factor.ndim == 1:
        return counted(len(link.factor), "units")
    return " × ".join(map(str, link.factor.shape))


def _result(link: Link) -> str:
    """∂L/∂z with its unit, where it is one number."""
    if link.unit is None or link.result in ("∂L/∂w", "∂L/∂b"):
        return link.result
    return f"{link.result}{lowered(link.unit)}"


def _product(link: Link) -> str:
    if link.product.ndim == 0:
        return f"{_result(link)} = {in_formula(link.product)}"
    return f"{link.result}, {counted(len(link.product), 'units')}"


def _joint(joint: Joint) -> Iterator[Block]:
    """Where ŷ − y comes from: the two factors that it stands for, with their numbers."""
    yield Heading(f"Why {joint.formula}: {joint.loss} behind {joint.activation}", 2)
    subscript = "ⱼ" if joint.activation == "softmax" else ""
    yield Formula(f"∂l/∂z{subscript} = {joint.proof}")
    sizes = np.abs(np.nan_to_num(joint.together)) + (joint.targets > 0.5)
    order = np.argsort(-sizes, kind="stable")[:SHOWN_OUTPUTS]
    columns = (joint.targets, joint.outputs, joint.by_output, joint.through, joint.together)
    rows = [
        (str(unit + 1), *(in_formula(column[unit]) for column in columns))
        for unit in sorted(order.tolist())
    ]
    others = len(joint.targets) - len(rows)
    if others:
        rows.append((f"{counted(others, 'others')}", "", "", "", "", ""))
    s = joint.symbol
    heads = ("unit", "y", s, f"∂l/∂{s}", f"∂l/∂{s} · ∂{s}/∂z", f"{s} − y")
    yield Grid(heads, tuple(rows), right=(0, 1, 2, 3, 4, 5))
    if not np.isfinite(joint.through).all():
        yield Sentence(
            f"The long way divides by 0 here, as an output was rounded to 0 or 1; {s} − y does not."
        )


def _sums(chain: Chain) -> Iterator[Block]:
    """The products of many units, and the sum behind the first single number."""
    for before, link in zip((None, *chain.links), chain.links, strict=False):
        if link.product.ndim == 1:
            names = [f"unit {unit}" for unit in range(1, len(link.product) + 1)]
            told = largest(link.product, names, SHOWN_UNITS)
            yield Sentence(f"{link.result} of {link.at}: {told}.")
        if link.sum is not None and before is not None:
            yield Heading(f"{_result(link)} is a sum over the units of {link.layer}", 2)
            rows = [
                (str(term.number), *map(in_formula, (term.first, term.second, term.product)))
                for term in link.sum.terms
            ]
            if link.sum.others:
                others = counted(link.sum.others, "others")
                rows.append((others, "", "", in_formula(link.sum.others_sum)))
            rows.append(("sum", "", "", in_formula(link.product)))
            weight = f"W[{link.unit},unit]" if link.kind == "matrix" else "∂y/∂z"
            heads = ("unit", before.result, weight, "product")
            yield Grid(heads, tuple(rows), right=(0, 1, 2, 3))


def _total(chain: Chain, samples: Sequence[int]) -> Iterator[Block]:
    """The sum over samples, and the penalties' part."""
    if len(chain.shares) > 1:
        names = [f"sample {number}" for number in samples] or [
            f"sample {number}" for number in range(1, len(chain.shares) + 1)
        ]
        told = largest(chain.shares, names, SHOWN_SAMPLES)
        yield Sentence(
            f"All {len(chain.shares):,} samples together: {told}. Their sum is "
            f"∂L/∂w = {in_formula(chain.gradient)}."
        )
    if chain.penalty:
        total = chain.gradient + chain.penalty
        yield Sentence(
            f"With the penalty: ∂L/∂w + ∂R/∂w = {in_formula(chain.gradient)} "
            f"{signed(chain.penalty)} = {in_formula(total)}."
        )


def _check(check: NumericCheck, has_penalty: bool) -> Iterator[Block]:
    yield Heading("The same derivative, numerically (in float64)", 2)
    symbol = "∂(L + R)/∂w" if has_penalty else "∂L/∂w"
    how = f"by {check.points} points around w, h = {check.step:g}"
    rows = [("by the chain rule", precise(check.analytic)), (how, precise(check.numeric))]
    if check.kink:
        yield Grid(("", symbol), tuple(rows), right=(1,))
        yield Sentence(
            "Within that step an activation or the loss has a kink: differences are no derivative "
            "there, and prove nothing."
        )
        return
    rows.append(("relative difference", f"{check.difference:.1e}"))
    yield Grid(("", symbol), tuple(rows), right=(1,))
    apart = abs(check.analytic - check.numeric)
    if not check.is_equal:
        yield Sentence("They differ by more than rounding: the hand-derived gradient is wrong.")
    elif check.difference > 1e-7 and apart <= check.rounding:
        yield Sentence(
            f"They are equal as far as can be seen: the loss's own rounding moves the numeric one "
            f"by up to {check.rounding:.0e}."
        )
