"""The derivative of the same loss by one weight, numerically, beside the chain rule's; float64."""

import numpy as np

from glassnet.insight.numeric import Evaluation, slope
from glassnet.insight.proof import sides
from glassnet.insight.step.moment import Moment, Step
from glassnet.insight.step.parts import NumericCheck
from glassnet.nn.arrays import Array


def numeric_check(step: Step, coordinate: int) -> NumericCheck:
    """∂(L + R)/∂θ[coordinate] both ways; everything random is the same at every point."""
    moment = step.moment.float64
    rule, layout = moment.rule, moment.stack.layout

    def loss(vector: Array) -> Evaluation:
        record = moment.forward(vector, moment.context())
        value = moment.loss(record) + rule.penalty(vector, layout)
        return Evaluation(value, sides(moment.stack, record, moment.y))

    exact = Step(moment)
    analytic = float(exact.gradient[coordinate] + exact.penalty_gradient[coordinate])
    found = slope(loss, moment.state.parameters, coordinate)
    size = max(abs(analytic), abs(found.value))
    return NumericCheck(
        analytic=analytic,
        numeric=found.value,
        points=found.points,
        step=found.step,
        difference=abs(analytic - found.value) / size if size else 0.0,
        rounding=max(found.rounding, _of_probabilities(moment) / found.step),
        kink=found.kink,
    )


def _of_probabilities(moment: Moment) -> float:
    """What rounding a probability next to 1 does to its logarithm, however small that is."""
    is_log = moment.stack.loss.name in ("cross_entropy", "binary_cross_entropy")
    return 2 * float(np.finfo(np.float64).eps) if is_log else 0.0
