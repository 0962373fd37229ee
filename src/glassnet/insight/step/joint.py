"""Where loss and output activation meet, two factors are one, ŷ − y: both ways with numbers."""

import numpy as np

from glassnet.insight.step.formulas import JOINT_PROOFS, joint_formula
from glassnet.insight.step.links import loss_place
from glassnet.insight.step.moment import Step
from glassnet.insight.step.parts import Joint
from glassnet.insight.step.stages import in_loss
from glassnet.nn.layers import Activation, Dense
from glassnet.nn.soft_step import SoftStep


def joint_rule(step: Step, row: int) -> Joint | None:
    """∂l/∂ŷ, and through the activation, beside ŷ − y; None where the long way is the only one."""
    place = loss_place(step)
    moment, layer = step.moment, step.moment.stack.layers[place]
    if not step.steps[place].from_logits or not isinstance(layer, (Dense, Activation, SoftStep)):
        return None
    loss, name = moment.stack.loss, layer.activation.name
    y, z = moment.y[row : row + 1], step.record.caches[place].z[row : row + 1]
    output = step.record.outputs[place][row : row + 1]
    slope = loss.derivative(output, y)
    through = layer.activation.backward(slope, z, output)
    # c(ŷ − y) at ŷ = 0 and 1 tells c, and y as the loss takes it: one-hot, smoothed.
    at_zero = loss.derivative_logits(np.zeros_like(output), y)
    at_one = loss.derivative_logits(np.ones_like(output), y)
    return Joint(
        layer=moment.stack.names[place],
        symbol="p" if moment.stack.joint else "ŷ",
        activation=name,
        loss=loss.name,
        formula=in_loss(step, joint_formula(loss, moment.stack.outputs)),
        proof=in_loss(step, JOINT_PROOFS.get(name, "ŷ − y")),
        by_output=slope[0],
        outputs=output[0],
        targets=np.asarray(-at_zero / (at_one - at_zero))[0] + 0.0,
        through=np.asarray(through)[0],
        together=loss.derivative_logits(output, y)[0],
    )
