"""Words that several blocks share: counted nouns, sums on one line, lists of the largest."""

import numpy as np

from glassnet.insight.step.numbers import in_formula, lowered, signed
from glassnet.insight.step.parts import UnitSum
from glassnet.nn.arrays import Array


def counted(size: int, axis: str) -> str:
    """A size with the name of its axis, which is a plural: 2 samples, but 1 sample."""
    return f"{size:,} {axis.removesuffix('s') if size == 1 else axis}".strip()


def printable(text: str) -> str:
    """Without what would move a cursor or what XML cannot hold: names come from files."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def is_formula(head: str) -> bool:
    """Whether the head of a column is mathematics."""
    return any(sign in head for sign in "∂ŷ·")


def join_terms(unit: UnitSum) -> str:
    """0.83·x12 (1.2) − 0.41·x5 (0.3) + 61 others 0.02 + b 0.1 = 1.27 → relu → 1.27."""
    text = ""
    for term in unit.sum.terms:
        product = f"{in_formula(abs(term.first))}·{term.name} ({in_formula(term.second)})"
        sign = "−" if term.first < 0 else "+"
        text += f" {sign} {product}" if text else f"{'−' if term.first < 0 else ''}{product}"
    if unit.sum.others:
        others = counted(unit.sum.others, "others")
        told = signed(unit.sum.others_sum) if unit.sum.others_sum else "+ 0"
        text += f" {told} ({others})"
    bias = f" {signed(unit.bias)} (b)" if unit.bias else " + 0 (b)"
    end = f" → {unit.activation} → {in_formula(unit.y)}"
    return f"{text}{bias} = {in_formula(unit.z)}{end}"


def unit_formula(unit: UnitSum, most: int = 3) -> tuple[str, str]:
    """z and y of a unit as formulas with their numbers in them, the largest products first:
    z₃ = 0.83 · 1.2 + (−0.41) · 0.3 + (61 others: 0.02) + 0.1 = 1.27 and y₃ = relu(1.27) = 1.27."""
    terms = list(unit.sum.terms)
    shown = [f"{_factor(term.first)} · {_factor(term.second)}" for term in terms[:most]]
    others = len(terms[most:]) + unit.sum.others
    if others:
        rest = sum(term.product for term in terms[most:]) + unit.sum.others_sum
        shown.append(f"({others} others: {in_formula(rest)})")
    place = lowered(unit.unit)
    z = in_formula(unit.z)
    sums = f"z{place} = {' + '.join([*shown, _factor(unit.bias)])} = {z}"
    said = {"identity": z, "softmax": f"softmax(z){place}"}.get(
        unit.activation, f"{unit.activation}({z})"
    )
    return sums, f"y{place} = {said} = {in_formula(unit.y)}"


def _factor(value: float) -> str:
    text = in_formula(value)
    return f"({text})" if value < 0 else text


def largest(values: Array, names: list[str], most: int) -> str:
    """The largest numbers by size with their names: "unit 4 −0.02, unit 9 0.011, 8 others"."""
    sizes = np.abs(np.nan_to_num(np.asarray(values, dtype=np.float64), nan=np.inf))
    order = np.argsort(-sizes, kind="stable")
    shown = [f"{names[place]} {in_formula(values[place])}" for place in order[:most].tolist()]
    rest = len(order) - len(shown)
    if rest:
        all_zero = not np.any(np.asarray(values)[order[most:]])
        shown.append(f"{counted(rest, 'others')}{' 0' if all_zero else ''}")
    return ", ".join(shown)
