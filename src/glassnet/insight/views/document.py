"""An explanation as a row of blocks: what is said, in which order; the views only draw it."""

from collections.abc import Iterator

from glassnet.insight.step.numbers import in_formula, short
from glassnet.insight.step.parts import InputRow, Parts, ShapeRow, Stage, UnitSum
from glassnet.insight.views.blocks import Block, Grid, Heading, Numbers, Rest, Sentence
from glassnet.insight.views.weight import weight_blocks
from glassnet.insight.views.words import counted, join_terms

SHOWN_INPUTS = 8
ALL_INPUTS = 12  # so many are all shown, in their order


def blocks(parts: Parts) -> list[Block]:
    """All blocks of an explanation."""
    return list(_blocks(parts))


def _blocks(parts: Parts) -> Iterator[Block]:
    for note in parts.notes:
        yield Sentence(_sentence(note))
    for number, stage in enumerate(parts.stages, start=1):
        yield Heading(f"{number}. {stage.name.capitalize()}: {stage.purpose}")
        if stage.name == "forward":
            yield from _shapes(parts.shapes)
            yield from _inputs(parts)
            if parts.shapes:
                yield Heading("Layer by layer", 2)
        yield from _quantities(stage, tuple(map(str, parts.sample_numbers)))
        if stage.name == "forward":
            yield from _units(parts.units)
    if parts.chain is not None:
        yield from weight_blocks(parts.chain, len(parts.stages) + 1, parts.sample_numbers)
    if parts.sources:
        yield Heading("Where the formulas are derived")
        rows = tuple((each.part, each.module, each.paper) for each in parts.sources)
        yield Grid(("part", "in the docstrings of", "after"), rows)
    yield Rest(f"The loss was {parts.loss:.8g}; after this step it is {parts.loss_after:.8g}.")


def _quantities(stage: Stage, samples: tuple[str, ...]) -> Iterator[Block]:
    for each in stage.quantities:
        rows = samples if each.axes[:1] == ("samples",) else ()
        yield Numbers(
            each.layer, each.symbol, each.axes, each.formula, each.note, each.values, rows
        )


def _shapes(rows: tuple[ShapeRow, ...]) -> Iterator[Block]:
    """The table of axes: samples and inputs are rows, units and features columns."""
    if not rows:
        return
    yield Heading("Shapes", 2)
    drawn = []
    for row in rows:
        left = [axis for axis in row.axes if axis[1] in ("samples", "inputs")]
        right = [axis for axis in row.axes if axis[1] not in ("samples", "inputs")]
        cells = [" × ".join(counted(*axis) for axis in side) for side in (left, right)]
        drawn.append((row.layer, row.symbols, cells[0], "×" if all(cells) else "", cells[1]))
    yield Grid(("layer", "arrays", "rows", "", "columns"), tuple(drawn), formulas=(1,))
    for row in rows:
        if row.symbols.startswith("W"):
            (inputs, _), (units, _) = row.axes
            n = rows[0].axes[0][0]
            yield Sentence(
                f"x W of {row.layer} is ({n} × {inputs}) · ({inputs} × {units}) = ({n} × {units}): "
                f"the {counted(inputs, 'inputs')} in the middle are summed over, and b is added to "
                "each row."
            )
            return


def _inputs(parts: Parts) -> Iterator[Block]:
    """Raw and scaled numbers of the first sample, where something is scaled."""
    rows = parts.inputs
    knows_raw = any(row.raw is not None for row in rows)
    is_prepared = any(row.raw is not None and row.raw != row.given for row in rows)
    is_scaled = any(row.scaled is not None and row.scaled != row.given for row in rows)
    if not (is_prepared or is_scaled):
        return
    number = parts.sample_numbers[parts.shown] if parts.sample_numbers else 1
    yield Heading(f"The inputs of sample {number}, raw and scaled", 2)
    told = []
    if is_prepared:
        told.append("prepared: gaps filled, text to 0 and 1, numbers scaled by the model")
    if is_scaled:
        told.append("scaled: (x − shift) · factor of the layer Scale")
    yield Sentence(_sentence("; ".join(told)))
    order = sorted(rows, key=lambda row: -abs(_last(row)))[:SHOWN_INPUTS]
    shown = rows if len(rows) <= ALL_INPUTS else order
    heads = ["feature", *(["raw"] if knows_raw else [])]
    heads += ["prepared" if knows_raw else "raw"] if is_prepared or not knows_raw else []
    heads += ["scaled"] if is_scaled else []
    drawn = [tuple(_input_cells(row, knows_raw, is_prepared, is_scaled)) for row in shown]
    if len(shown) < len(rows):
        others = len(rows) - len(shown)
        drawn.append((f"and {counted(others, 'others')}", *[""] * (len(heads) - 1)))
    yield Grid(tuple(heads), tuple(drawn), right=tuple(range(1, len(heads))))


def _input_cells(row: InputRow, knows_raw: bool, is_prepared: bool, is_scaled: bool) -> list[str]:
    cells = [row.name]
    if knows_raw:
        cells.append(row.raw if isinstance(row.raw, str) else short(row.raw or 0.0))
    if is_prepared or not knows_raw:
        cells.append(short(row.given))
    if is_scaled:
        cells.append(short(row.given if row.scaled is None else row.scaled))
    return cells


def _last(row: InputRow) -> float:
    """What the first layer with weights gets."""
    return row.given if row.scaled is None else row.scaled


def _units(units: tuple[UnitSum, ...]) -> Iterator[Block]:
    if not units:
        return
    yield Heading(f"How units come to their numbers, for sample {units[0].sample}", 2)
    if units[0].asked:
        yield from _one_unit(units[0])
        return
    told = "weight·input (the input's value), the largest products first"
    if any(term.name == f"y{term.number}" for unit in units for term in unit.sum.terms):
        told += "; y1, y2, … are the units of the layer before"
    yield Sentence(_sentence(told))
    for unit in units:
        label = f" (class {unit.label})" if unit.label else ""
        yield Sentence(f"{unit.layer} unit {unit.unit}{label} = {join_terms(unit)}")


def _one_unit(unit: UnitSum) -> Iterator[Block]:
    """A table with a line for each of the largest products."""
    rows = [
        (term.name, str(term.number), *map(in_formula, (term.first, term.second, term.product)))
        for term in unit.sum.terms
    ]
    if unit.sum.others:
        others = counted(unit.sum.others, "others")
        rows.append((others, "", "", "", in_formula(unit.sum.others_sum)))
    rows.append(("the bias b", "", "", "", in_formula(unit.bias)))
    rows.append((f"z of unit {unit.unit} of {unit.layer}", "", "", "", in_formula(unit.z)))
    rows.append((f"y = {unit.activation}(z)", "", "", "", in_formula(unit.y)))
    heads = ("input", "number", "w", "x", "w · x")
    yield Grid(heads, tuple(rows), right=(1, 2, 3, 4))


def _sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")
