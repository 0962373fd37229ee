"""The answer to a click on a unit or a weight: its formula with the real numbers, forward and
backward, the numeric derivative beside it; sections of HTML with MathML, from ``explain``."""

import re
from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.data.dataset import Dataset
from glassnet.errors import InputError
from glassnet.insight.explain import explain
from glassnet.insight.explanation import Explanation
from glassnet.insight.views.blocks import Block, Formula, Heading, Rest
from glassnet.insight.views.document import blocks
from glassnet.insight.views.html import block_html
from glassnet.insight.views.words import unit_formula
from glassnet.lab.frames import Frame
from glassnet.lab.lines.lane import Lane, layer_titles
from glassnet.nn.arrays import Array

NUMBERED = re.compile(r"^\d+\. ")  # as a heading of a whole explanation begins
LARGEST = 8  # rows and columns of an array that are shown


def answer(
    place: int, lane: Lane, *, part: str, sample: int, batch: bool, unit: str | None,
    weight: str | None,
) -> Frame:  # fmt: skip
    """What becomes of a part's sample, or of the batch of the step that is shown.

    Raises ``InputError`` for a sample, unit or weight that there is none of.
    """
    part = "train" if batch else part
    data, X, Y = lane.subject.part(part)
    if not batch and not 1 <= sample <= len(X):
        raise InputError(f"there is no sample {sample}; there are {len(X):,}, from 1")
    rows = _batch(lane) if batch else np.array([sample - 1])
    told = _explained(lane, X, Y, rows, unit or _end_of(weight), weight)
    chain = told.chain
    check = None if chain is None else chain.check
    words = {
        "html": html(told),
        "title": _title(told, layer_titles(lane), unit, weight),
        "subtitle": _subtitle(lane, data, rows, batch),
        "part": part, "sample": int(rows[0]) + 1 if batch else sample, "samples": len(X),
        "batch": batch, "unit": unit, "weight": weight, "step": lane.step, "line": place,
        "agrees": None if check is None or check.kink else bool(check.is_equal),
    }  # fmt: skip
    return Frame("answer", words)


def _explained(
    lane: Lane, X: Array, Y: Array, rows: Array, unit: str | None, weight: str | None
) -> Explanation:
    subject, rule, state = lane.subject, lane.line.job_at(lane.step).rule, lane.state
    classes = subject.train.classes
    shape = subject.train.image_shape
    return explain(
        subject.model(state), X[rows], Y[rows], optimizer=rule.optimizer,
        learning_rate=rule.schedule, l1=rule.l1, l2=rule.l2, weight_decay=rule.weight_decay,
        clip_norm=rule.clip_norm, max_norm=rule.max_norm, unit=unit, weight=weight, state=state,
        sample_numbers=[int(row) + 1 for row in rows],
        feature_names=subject.feature_names,
        classes=None if classes is None else classes.tolist(), image_shape=shape,
    )  # fmt: skip


def _end_of(weight: str | None) -> str | None:
    """The unit that a weight leads to: "output:7" of "output:3,7" and of "output:b,7"."""
    layer, _, place = (weight or "").rpartition(":")
    end = place.rpartition(",")[2]
    return f"{layer}:{end}" if layer and end.isdigit() else None


def _batch(lane: Lane) -> Array:
    """The samples of the step that was made from the state that is shown, or comes next."""
    line, step = lane.line, lane.step
    if step < line.step:
        stretch = next(each for each in reversed(line.stretches) if each.first <= step)
        return stretch.past.batch_rows(step)
    job, state = line.job, line.state
    order = job.order(state.epoch)
    begin = state.batch * job.batch_size
    end = min(begin + job.batch_size, job.count)
    return np.arange(begin, end) if order is None else order[begin:end]


def html(told: Explanation) -> str:
    """The explanation in sections: a unit's sum, a weight's derivative backward and numerically,
    its update, then forward and the shapes."""
    sections: list[tuple[str, list[Block]]] = []
    for block in blocks(replace(told, sources=())):
        if isinstance(block, Heading):
            block = Heading(NUMBERED.sub("", block.text), block.level)
            kind = _kind(block.text, block.level, sections[-1][0] if sections else "")
            if kind is not None and (not sections or sections[-1][0] != kind):
                sections.append((kind, []))
            if kind is None:
                sections.append(("", []))
        if isinstance(block, Rest) or not sections:
            continue
        sections[-1][1].append(block)
    formulas: list[Block] = [Formula(each) for unit in told.units[:1] if unit.asked
                             for each in unit_formula(unit)]  # fmt: skip
    parts = []
    for kind in ("unit", "backward", "numeric", "update", "forward", "shapes"):
        found = [block for name, part in sections if name == kind for block in part]
        if kind == "unit" and found:
            found[1:1] = formulas
        if found:
            inner = "\n".join(block_html(block, LARGEST) for block in found)
            parts.append(f'<section class="{kind}">\n{inner}\n</section>')
    return "\n".join(parts)


def _kind(heading: str, level: int, before: str) -> str | None:
    """Which section a heading of the explanation belongs to."""
    if level == 1:
        if "One weight" in heading:
            return "backward"
        return "forward" if "Forward" in heading else None
    if "numerically" in heading:
        return "numeric"
    if heading.startswith("The update"):
        return "update"
    if heading.startswith("How units"):
        return "unit"
    if heading == "Shapes":
        return "shapes"
    if heading == "Layer by layer" or heading.startswith("The inputs"):
        return "forward"
    return before or None


def _title(told: Explanation, titles: dict[str, str], unit: str | None, weight: str | None) -> str:
    chain = told.chain
    if weight is not None and chain is not None:
        end = f"unit {chain.unit} of {titles.get(chain.layer, chain.layer)}"
        if chain.input is None:
            return f"bias of {end}"
        return f"weight to {end} from {chain.input_name}"
    if unit is not None and told.units:
        layer = told.units[0].layer
        return f"unit {told.units[0].unit} of {titles.get(layer, layer)}"
    return "one step"


def _subtitle(lane: Lane, data: Dataset, rows: Array, batch: bool) -> str:
    step = f"step {lane.step:,}"
    if batch:
        return f"the batch of {len(rows):,} samples, {step}"
    label = data.y[int(rows[0])]
    word: Any = f"label {label}" if data.classes is not None else f"target {label:.4g}"
    held_out = "" if data is lane.subject.train else "held-out "
    return f"{held_out}sample {int(rows[0]) + 1}, {word}, {step}"
