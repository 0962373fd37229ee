"""`verify`: is the gradient that a user's own code works out the gradient of its loss, and if not,
what is wrong with it?"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.advice import Case, advise
from glassnet.insight.verify.code import Code
from glassnet.insight.verify.diagnose import Diagnosis, diagnose
from glassnet.insight.verify.evidence import report as words
from glassnet.insight.verify.evidence.answers import arrays_by_name
from glassnet.insight.verify.evidence.examine import SURE
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.report import Check, Finding, Report
from glassnet.insight.verify.evidence.tree import Name, Tree
from glassnet.insight.verify.faults.blame import Blame
from glassnet.insight.verify.faults.penalty import true_penalty
from glassnet.insight.verify.faults.situation import Situation
from glassnet.insight.verify.steady import unsteady_gradient, unsteady_loss
from glassnet.insight.verify.steps import judge_update
from glassnet.insight.verify.survey import survey

ROUNDING = 2e-5  # an error that no mistake is as small as


def verify(
    parameters: Any,
    loss: Callable[..., Any],
    gradients: Any,
    *,
    X: Any = None,
    Y: Any = None,
    update: Callable[..., Any] | None = None,
) -> Report:
    """Compare the gradient of a network that you wrote with the numeric one, and say what is wrong.

    Parameters
    ----------
    parameters : a dict of arrays, {'W1': W1, 'b1': b1, …}; a list or nested dicts will do.
    loss : a function of such a dict; it returns one number, the same at every call.
    gradients : a function of such a dict that returns one array for each parameter under the same
        key (or 'dW1'), or the arrays themselves: numbers at these parameters.
    X, Y : the data; with them, the two functions are called as f(parameters, X, Y).
    update : a function that makes one step of gradient descent, update(parameters) or
        update(parameters, X, Y), and returns the new parameters or changes them in place.

    Returns
    -------
    Report : `ok`; `findings`, each with `parameter`, `fault` (a stable name), `evidence` (numbers)
        and `advice` (a sentence and the corrected line); `text()` for a terminal.

    The numeric gradient is taken by central differences in float64 at the parameters given and,
    where `gradients` is a function, at two more points. Nothing that is given is changed. Raises
    ``InputError`` where a function fails, or returns what is no loss or no gradient.
    """
    if (X is None) != (Y is None):
        raise InputError("verify takes X and Y together, or neither; give the other one too")
    for name, function in (("loss", loss), ("update", update)):
        if function is not None and not callable(function):
            raise InputError(f"{name} must be a function, not {type(function).__name__}")
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _verify(_questions(parameters, loss, gradients, X, Y), update)


def _questions(parameters: Any, loss: Any, gradients: Any, X: Any, Y: Any) -> Questions:
    tree, home = Tree.of(parameters)
    data = None if X is None else (X, Y)
    for letter, array in zip("XY", data or (), strict=False):
        values = np.asarray(array)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            bad = int((~np.isfinite(values)).sum())
            raise InputError(f"{letter} holds {bad:,} NaN or infinite values; fill or drop them")
    if callable(gradients):
        return Questions(tree, home, loss, gradients, data=data)
    return Questions(tree, home, loss, None, arrays_by_name(gradients, tree), data)


def _verify(questions: Questions, update: Callable[..., Any] | None) -> Report:
    value = questions.loss(questions.home)
    if not np.isfinite(value):
        raise InputError(
            f"the loss is {value} at these parameters, so it has no gradient there; look for "
            "log(0) or an overflow in exp, or verify at smaller parameters"
        )
    unsteady = unsteady_loss(questions)
    if unsteady is not None:
        return Report(False, (unsteady,), ())
    situation = survey(questions)
    checks = situation.checks
    restless = unsteady_gradient(situation)
    if restless is not None:
        finding = _finding(situation, Diagnosis(()), *restless)
        return Report(False, (finding,), tuple(checks.values()))
    diagnosis = diagnose(situation)
    findings = _findings(situation, diagnosis)
    notes = _notes(situation, diagnosis)
    if update is not None:
        more, remarks = judge_update(situation, update, bool(findings))
        findings += [_finding(situation, diagnosis, name, blame) for name, blame in more]
        notes += remarks
    network = "" if diagnosis.model is None else _network(situation, diagnosis)
    ok = not findings
    settled = tuple(_settled(check, diagnosis, ok) for check in checks.values())
    return Report(ok, tuple(findings), settled, tuple(notes), network, situation.tolerance)


def _settled(check: Check, diagnosis: Diagnosis, ok: bool) -> Check:
    """A small difference that is no mistake counts as right, and so does rounding."""
    is_rounding = check.verdict == words.WRONG and (ok or check.error < ROUNDING)
    if is_rounding or check.parameter in diagnosis.unexplained:
        return replace(check, verdict=words.RIGHT)
    return check


def _findings(situation: Situation, diagnosis: Diagnosis) -> list[Finding]:
    found: dict[tuple[Name, str], Finding] = {}
    for name, blame in diagnosis.blames:
        if (name, blame.fault) not in found:
            found[name, blame.fault] = _finding(situation, diagnosis, name, blame)
    order = {name: i for i, name in enumerate(_from_the_loss(situation))}
    return sorted(found.values(), key=lambda finding: order.get(finding.parameter, 0))


def _from_the_loss(situation: Situation) -> Sequence[Name]:
    if situation.chain is None:
        return list(situation.checks)
    return [name for layer in reversed(situation.chain.layers) for name in layer.names]


def _finding(situation: Situation, diagnosis: Diagnosis, name: Name, blame: Blame) -> Finding:
    chain = situation.chain if diagnosis.model is None else diagnosis.model.chain
    if blame.fault == "regularisation" and chain is not None:
        true = true_penalty(situation.questions, chain, blame.layer, blame.wrote == "l1")
        if true is not None:
            blame = replace(blame, numbers=blame.numbers | {"penalty": true})
    check = situation.checks[name]
    evidence = dict(blame.numbers)
    if np.isfinite(check.error):
        evidence["error"] = check.error
    if check.worst is not None and np.isfinite(check.error):
        evidence |= {"yours": check.analytic, "numeric": check.numeric}
    samples = situation.samples()
    model = diagnosis.model
    count = None if samples is None else len(samples.X)
    if count is None and model is not None:
        count = model.samples
    code = _code(situation, diagnosis)
    case = Case(blame, name, code, count, str(name), check.analytic)
    return Finding(name, blame.fault, evidence, advise(case))


def _code(situation: Situation, diagnosis: Diagnosis) -> Code | None:
    chain = situation.chain if diagnosis.model is None else diagnosis.model.chain
    if chain is None:
        return None
    return Code(chain, situation.questions.home, _columns(situation, diagnosis), diagnosis.model)


def _columns(situation: Situation, diagnosis: Diagnosis) -> bool:
    """Whether a sample is a column: as the data has it, as the biases tell, or as W lies."""
    model, samples = diagnosis.model, situation.samples()
    if model is not None and model.columns is not None:
        return model.columns
    chain = situation.chain
    assert chain is not None
    told = chain.samples_in_columns(situation.questions.home)
    if told is not None:
        return told
    return samples.columns if samples is not None else chain.layers[0].flipped


def _network(situation: Situation, diagnosis: Diagnosis) -> str:
    model = diagnosis.model
    assert model is not None
    lie = "columns" if _columns(situation, diagnosis) else "rows"
    return f"{model.describe()}; samples in {lie}; seen from {model.source}"


def _notes(situation: Situation, diagnosis: Diagnosis) -> list[str]:
    questions, checks = situation.questions, situation.checks
    notes = []
    sampled = [check for check in checks.values() if check.size > situation.limit]
    if sampled:
        names = ", ".join(f"{c.parameter} ({c.tested:,} of {c.size:,})" for c in sampled)
        notes.append(
            f"a sample of coordinates was compared for {names}; random directions through each "
            "whole array were too"
        )
    kinks = [check for check in checks.values() if check.kinks]
    if kinks:
        names = ", ".join(f"{c.parameter} ({c.kinks})" for c in kinks)
        notes.append(
            f"the loss has a kink at some coordinates, as ReLU has at 0: {names}; there is no "
            "derivative there, and they count for nothing"
        )
    notes += _hidden(situation, diagnosis)
    if situation.arithmetic.is_coarse:
        notes.append(
            "the loss is worked out in float32 somewhere on its way (its values have "
            f"{max(1, round(-np.log10(situation.arithmetic.noise)))} digits), so the numeric "
            "gradient is rough and only errors above 1 % count"
        )
    elif questions.dtypes & {"float32", "float16"}:
        notes.append("gradients come as float32, so errors up to 2e-05 are rounding")
    if questions.changed:
        names = ", ".join(map(str, questions.changed))
        notes.append(f"gradients changes the parameters that it is given: {names}")
    notes += questions.remarks()
    notes += _reading(situation, diagnosis)
    return notes


def _hidden(situation: Situation, diagnosis: Diagnosis) -> list[str]:
    """Differences that are the loss's own, not the gradient's."""
    notes = []
    if diagnosis.unexplained:
        names = ", ".join(map(str, diagnosis.unexplained))
        if any(situation.checks[name].error >= SURE for name in diagnosis.unexplained):
            notes.append(
                f"{names}: a difference that is an ε's inside a logarithm, or a clipped one's: "
                "where p comes near it the loss is flat and p − y isn't; it isn't counted as a "
                "fault, but what else may be wrong there is hidden too"
            )
        else:
            notes.append(
                f"{names}: a difference of less than a thousandth that no mistake explains; an ε "
                "inside a logarithm does this, or a kink that a step just touches, and it isn't "
                "counted as a fault"
            )
    places = [each.where for each in situation.seen if each.is_staircase]
    if places:
        notes.append(
            f"the loss has few digits at {' and at '.join(places)}: some 1 − p is nearly 0, and "
            "rounded; over longer steps the loss follows your gradient, so the differences there "
            "aren't counted"
        )
    return notes


def _reading(situation: Situation, diagnosis: Diagnosis) -> list[str]:
    """What could not be told about the architecture, where it matters."""
    if not diagnosis.blames or diagnosis.model is not None:
        return []
    if not situation.chains:
        return ["the shapes make no chain of dense layers, so each array is judged by itself"]
    if len({chain.layers[0].flipped for chain in situation.chains}) > 1:
        return [
            "the shapes allow weights (inputs, outputs) and (outputs, inputs), so rows and columns "
            "can't be told apart; the lines above are written for "
            + ("columns" if _columns(situation, diagnosis) else "rows")
        ]
    return []
