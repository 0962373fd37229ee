"""The shown sample's features as they are in the table, as the network gets them, and scaled."""

from collections.abc import Sequence

from glassnet.insight.step.moment import Step
from glassnet.insight.step.parts import InputRow
from glassnet.nn.layers import Scale


def input_rows(
    step: Step, row: int, names: Sequence[str] | None, raw: Sequence[str | float] | None
) -> tuple[InputRow, ...]:
    """A row for each feature; none where the numbers are neither named nor scaled.

    names: of the features that the network gets; raw: for each of them the cell of the table that
    it was made from.
    """
    given = step.record.inputs[0][row].reshape(-1)
    scales = isinstance(step.moment.stack.layers[0], Scale)
    if names is None and raw is None and not scales:
        return ()
    scaled = step.record.outputs[0][row].reshape(-1) if scales else None
    called = [str(name) for name in names] if names is not None else []
    if len(called) != len(given):
        called = [f"x{number}" for number in range(1, len(given) + 1)]
    cells = raw if raw is not None and len(raw) == len(given) else None
    return tuple(
        InputRow(
            called[place],
            None if cells is None else cells[place],
            float(value),
            None if scaled is None else float(scaled[place]),
        )
        for place, value in enumerate(given)
    )
