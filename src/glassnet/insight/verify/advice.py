"""What to do about each fault: a sentence, and the corrected line in the user's convention."""

from dataclasses import dataclass

from glassnet.insight.verify.code import Code, gradient_of
from glassnet.insight.verify.evidence.tree import Name
from glassnet.insight.verify.faults.blame import Blame


@dataclass(frozen=True)
class Case:
    """A mistake with what is known around it."""

    blame: Blame
    name: Name
    code: Code | None
    samples: int | None
    parameter: str  # as it is called in sentences
    yours: float  # the user's number, where it is furthest from the right one

    @property
    def ratio(self) -> float:
        """The factor between the user's gradient and the right one."""
        return self.blame.numbers.get("ratio", float("nan"))

    @property
    def layer(self) -> int:
        """The layer's number, counted from 1."""
        return self.blame.layer + 1

    @property
    def is_last(self) -> bool:
        """Whether it is known to be the output layer."""
        return self.code is not None and self.blame.layer == len(self.code.chain.layers) - 1

    def right_line(self) -> str:
        """The corrected line, behind a line break; nothing where it can't be written."""
        if self.code is None:
            return ""
        line = self.blame.line
        if line == "delta" and self.blame.fault in ("missing-mean", "mean-twice", "factor-two"):
            line = "W"
        written = self.code.line(self.blame.layer, line)
        return f"\n{written}" if written else ""


def advise(case: Case) -> str:
    """The sentence, and behind a line break the corrected line."""
    write = _SENTENCES.get(case.blame.fault, _unknown)
    return write(case)


def _missing_mean(case: Case) -> str:
    what = f"{_times(case.ratio)} times too large"
    count = f"{case.samples:,} samples" if case.samples else "samples"
    if case.samples and abs(case.ratio - case.samples) > 1e-3 * case.samples:
        count = "numbers that the loss is a mean of"
    return (
        f"The gradient of {case.parameter} is {what}: the loss is a mean over the {count}, its "
        f"gradient here is their sum. Divide once.{case.right_line()}"
    )


def _mean_twice(case: Case) -> str:
    return (
        f"The gradient of {case.parameter} is {_times(1 / case.ratio)} times too small: it is "
        "divided by the number of samples once more than the loss is, in dZ and in dW, say. "
        f"Divide once.{case.right_line()}"
    )


def _sign(case: Case) -> str:
    return (
        f"The gradient of {case.parameter} points the wrong way: every number has the opposite "
        "sign, so that a step p -= rate * dp climbs. The error is prediction less target, P − Y, "
        f"where Y − P is used with a plus.{case.right_line()}"
    )


def _transposed(case: Case) -> str:
    if case.blame.line == "delta":
        return (
            f"On the way down to layer {case.layer} the weights are used without their transpose; "
            f"they are square, so the shapes don't complain.{case.right_line()}"
        )
    return (
        f"The gradient of {case.parameter} is the transpose of the right one: the two factors of "
        f"the product are swapped.{case.right_line()}"
    )


def _scalar(case: Case) -> str:
    still = (
        " Behind a softmax that number is 0, since the rows of P − Y sum to 0: the biases never "
        "move, and the accuracy hardly shows it."
        if case.is_last and abs(case.yours) < 1e-9
        else ""
    )
    return (
        f"The gradient of {case.parameter} is summed over the units as well as over the samples: "
        f"one number for all biases.{still} Sum over the samples' axis alone.{case.right_line()}"
    )


def _missing_slope(case: Case) -> str:
    return (
        f"dZ{case.layer} lacks the derivative of its activation: the code's numbers are those of "
        f"{case.blame.wrote or 'dA'}, without f'(Z{case.layer}).{case.right_line()}"
    )


def _wrong_value(case: Case) -> str:
    return (
        f"In dZ{case.layer} the derivative of the activation is taken at the wrong value: the "
        f"code's numbers are those of {case.blame.wrote}. A derivative written for z takes "
        f"Z{case.layer}, one written for the output takes A{case.layer}.{case.right_line()}"
    )


def _twice(case: Case) -> str:
    return (
        f"In dZ{case.layer} the activation's derivative is there once too often: the code's "
        f"numbers are those of {case.blame.wrote}.{case.right_line()}"
    )


def _wrong_slope(case: Case) -> str:
    return (
        f"In dZ{case.layer} another function stands for the activation's derivative: the code's "
        f"numbers are those of dA times {case.blame.wrote.split(' · ')[-1]}.{case.right_line()}"
    )


def _jacobian(case: Case) -> str:
    return (
        f"dZ{case.layer} isn't the loss's derivative through the softmax: the code's numbers are "
        f"those of {case.blame.wrote}. With cross-entropy the Jacobian and ∂L/∂p together are "
        f"P − Y, and nothing more is multiplied.{case.right_line()}"
    )


def _regularisation(case: Case) -> str:
    name, numbers = case.parameter, case.blame.numbers
    l1 = case.blame.wrote == "l1"
    term = f"sign({name})" if l1 else name
    difference = numbers["difference"]
    text = f"The gradient of {name} differs from the true one by {difference:.6g} · {term}"
    true = numbers.get("penalty")
    fix = ""
    if true is None:
        text += (
            ": too little of the penalty's derivative is in it, or none."
            if difference < 0
            else ": more of a penalty's derivative than the loss has."
        )
        if difference < 0:
            fix = f"\n{gradient_of(case.name)} += {-difference:.6g} * {_term(case.name, l1)}"
        else:
            fix = f"\n{gradient_of(case.name)} -= {difference:.6g} * {_term(case.name, l1)}"
    else:
        has = true + difference
        found = f"{has:.6g}" if abs(has) > 1e-6 * abs(true) else "0"
        text += f": the loss's penalty gives {true:.6g} · {term}, the code {found} · {term}."
        if true:
            text += " Of λ/2 · ‖W‖² the derivative is λ W, of λ ‖W‖² it is 2 λ W."
            fix = f"\n{gradient_of(case.name)} = ... + {true:.6g} * {_term(case.name, l1)}"
    return text + fix


def _term(name: Name, l1: bool) -> str:
    written = name if isinstance(name, str) and name.isidentifier() else f"parameters[{name!r}]"
    return f"np.sign({written})" if l1 else written


def _one_sample(case: Case) -> str:
    number = int(case.blame.numbers.get("sample", 0))
    return (
        f"The gradient of {case.parameter} comes from sample {number} alone: in a loop over the "
        "samples it is assigned where it should be added up, or one row is taken for all."
        f"{case.right_line()}"
    )


def _stale(case: Case) -> str:
    rate = case.blame.numbers.get("learning_rate")
    how = f" (the numbers fit a learning rate of {rate:.4g})" if rate is not None else ""
    above = case.layer + 1
    return (
        f"dZ{case.layer} is made with the weights of layer {above} after their update{how}. Work "
        "out all gradients first, with the weights of the forward pass, and update then."
        f"{case.right_line()}"
    )


def _dropout(case: Case) -> str:
    return (
        f"In the backward pass of layer {case.layer} dropout's mask isn't the one of the forward "
        "pass: a unit that was dropped gets a gradient, or one that wasn't gets none. Keep the "
        "mask of the forward pass and multiply by it again, with the same 1/keep."
        f"\ndZ{case.layer} = dA{case.layer} * mask{case.layer} * f'(Z{case.layer})"
    )


def _factor_two(case: Case) -> str:
    return (
        f"The gradient of {case.parameter} is {_times(case.ratio)} times the true one: of "
        "(P − Y)² the derivative is 2 (P − Y), of ½ (P − Y)² it is P − Y; loss and gradient "
        f"disagree about the ½.{case.right_line()}"
    )


def _scaled(case: Case) -> str:
    return (
        f"The gradient of {case.parameter} is {case.ratio:.6g} times the true one, at every point "
        "tried: a constant factor is missing or too much."
    )


def _missing(case: Case) -> str:
    return f"gradients returned nothing for {case.parameter}; it never moves.{case.right_line()}"


def _shape(case: Case) -> str:
    return (
        f"The gradient of {case.parameter} has another shape than the parameter; a step would "
        f"change the parameter's shape, or fail.{case.right_line()}"
    )


def _not_finite(case: Case) -> str:
    return (
        f"The gradient of {case.parameter} holds NaN or infinity, where the loss is finite: look "
        "for a division by zero, 0 · ∞ or an overflow in exp."
    )


def _restless(case: Case) -> str:
    return (
        "The gradient is not deterministic: two calls with the same parameters differ, while the "
        "loss stays the same. Is a dropout mask drawn anew for the backward pass, or another batch "
        "taken? Use the mask and the batch of the forward pass."
    )


def _unused(case: Case) -> str:
    return (
        f"The loss doesn't change at all with {case.parameter}, though a gradient is returned: "
        "does the loss use the dict that it is given, or variables of the same name outside?"
    )


def _unknown(case: Case) -> str:
    above = "" if case.is_last else " The layers nearer the loss are right or explained."
    return (
        f"The gradient of {case.parameter} is wrong, and no mistake that is known gives these "
        f"numbers.{above} Look at the lines of this layer first."
    )


def _times(ratio: float) -> str:
    return f"{ratio:.6g}"


_SENTENCES = {
    "missing-mean": _missing_mean,
    "mean-twice": _mean_twice,
    "sign": _sign,
    "transposed": _transposed,
    "bias-summed-to-scalar": _scalar,
    "missing-activation-derivative": _missing_slope,
    "derivative-at-wrong-value": _wrong_value,
    "derivative-twice": _twice,
    "wrong-derivative": _wrong_slope,
    "softmax-jacobian": _jacobian,
    "regularisation": _regularisation,
    "one-sample": _one_sample,
    "stale-weight": _stale,
    "dropout-mask": _dropout,
    "factor-two": _factor_two,
    "scaled": _scaled,
    "missing-gradient": _missing,
    "wrong-shape": _shape,
    "not-finite": _not_finite,
    "loss-ignores-parameter": _unused,
    "non-deterministic-gradient": _restless,
}
