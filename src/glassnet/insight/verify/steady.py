"""Functions that answer differently each time: the loss, or the gradient alone."""

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.report import Finding
from glassnet.insight.verify.evidence.shapes import filled
from glassnet.insight.verify.evidence.tree import Name
from glassnet.insight.verify.faults.blame import Blame
from glassnet.insight.verify.faults.deep import masked
from glassnet.insight.verify.faults.situation import Situation, place_of

_ASKED = 3
_SAME = 1e-12  # of the value: threads that add in another order make so much


def unsteady_loss(questions: Questions) -> Finding | None:
    """The finding that the loss isn't a function of the parameters; None where it is."""
    values = [questions.loss(questions.home) for _ in range(_ASKED)]
    if np.ptp(values) <= _SAME * np.abs(values).max():
        _refuse_whole_numbers(questions, values[0])
        return None
    evidence = {"first": values[0], "second": values[1], "third": values[2]}
    return Finding(
        "loss",
        "non-deterministic-loss",
        evidence,
        f"The loss is not deterministic: called {_ASKED} times with the same parameters it gave "
        f"{', '.join(f'{value:.9g}' for value in values)}. Nothing can be compared with it. Draw "
        "dropout masks, noise and batches from a generator that begins with the same seed at "
        "every call.\nrng = np.random.default_rng(0)  # inside the function",
    )


def _refuse_whole_numbers(questions: Questions, value: float) -> None:
    """Raise ``InputError`` where the loss is an int or a bool wherever it is asked."""
    rng = np.random.default_rng(0)
    for size in (1e-3, 0.1, 1.0, -1.0, 5.0, -5.0):
        if not questions.whole_loss:
            return
        moved = {k: v + size * rng.normal(size=v.shape) for k, v in questions.home.items()}
        questions.loss_or_nan(moved)
    if questions.whole_loss:
        raise InputError(
            f"loss returned the whole number {value:.0f}, and whole numbers at other parameters "
            "too: it stays the same between its steps, so it has no gradient; return it unrounded"
        )


def unsteady_gradient(situation: Situation) -> tuple[Name, Blame] | None:
    """Where the gradient changes from call to call while the loss does not, and the mistake."""
    questions = situation.questions
    if questions.gradient_function is None:
        return None
    first, second = (
        filled(questions.tree.shapes, questions.gradient(questions.home)) for _ in range(2)
    )
    apart = {name: float(np.abs(first[name] - second[name]).max()) for name in first}
    size = {name: float(np.abs(first[name]).max()) for name in first}
    changing = [name for name in first if apart[name] > 1e-9 * size[name]]
    if not changing:
        return None
    mask = masked(situation)
    if mask is not None:
        return mask
    name = max(changing, key=lambda each: apart[each] / size[each])
    numbers = {"largest_change": apart[name], "largest": size[name]}
    i, line = place_of(situation.chain, name)
    return name, Blame(i, line, "non-deterministic-gradient", "", numbers)
