"""Asking the user's functions: copies go in, float64 numbers come out, faults become sentences."""

import copy
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.numeric import Evaluation
from glassnet.insight.verify.evidence.answers import arrays_by_name, is_whole, one_number
from glassnet.insight.verify.evidence.budget import Budget
from glassnet.insight.verify.evidence.tree import Name, Point, Tree
from glassnet.insight.verify.evidence.watch import Watch
from glassnet.nn.arrays import Array

_GRADIENT = 3.0  # calls of the loss that one of the gradient takes as long as, about
_OWN = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@dataclass
class Questions:
    """The user's loss and gradient, and the data that they are called with, if any.

    `numbers` stand for the gradient where it was given as numbers: it is known at `home` only.
    `changed` are the parameters that the gradient function has changed in place, by the last call;
    `dtypes` are those of the gradients so far; `narrow_loss`: the loss came as less than float64;
    `whole_loss`: it came as an int or a bool so far, which has no slope. `watch` sees what the
    functions change; `budget` is what a search for mistakes may ask.
    """

    tree: Tree
    home: Point
    loss_function: Callable[..., Any]
    gradient_function: Callable[..., Any] | None
    numbers: dict[Name, Array] | None = None
    data: tuple[Any, Any] | None = None
    changed: Point = field(default_factory=dict)
    dtypes: set[str] = field(default_factory=set)
    narrow_loss: bool = False
    whole_loss: bool = True
    watch: Watch = field(default_factory=Watch)
    budget: Budget = field(default_factory=Budget)
    collapsed: dict[Any, Any] = field(default_factory=dict)  # the models of the loss alone, once

    def loss(self, point: Point) -> float:
        """The loss at a point. Raises ``InputError`` where the function fails."""
        answer = self._call(self.loss_function, "loss", self.tree.build(point), point)
        if isinstance(answer, (tuple, list)) and len(answer) > 1:
            self.watch.is_first_of = len(answer)
            answer = answer[0]
        self.narrow_loss |= isinstance(answer, (np.float32, np.float16))
        value = one_number(answer)
        self.whole_loss = self.whole_loss and is_whole(answer)
        return value

    def loss_or_nan(self, point: Point) -> float:
        """The loss, NaN where the function fails or the loss isn't finite."""
        try:
            value = self.loss(point)
        except InputError:
            return float("nan")
        return value if np.isfinite(value) else float("nan")

    def gradient(self, point: Point) -> dict[Name, Array]:
        """The user's gradient at a point, each array as it came. Raises ``InputError``."""
        if self.gradient_function is None:
            return dict(self.numbers or {})
        given = self.tree.build(point)
        answer = self._call(self.gradient_function, "gradients", given, point)
        arrays = arrays_by_name(answer, self.tree)
        self.dtypes |= {array.dtype.name for array in arrays.values()}
        after = self.tree.read(given)
        self.changed = {
            name: after[name]
            for name in point
            if name in after and not np.array_equal(after[name], point[name])
        }
        return arrays

    def remarks(self) -> list[str]:
        """What there is to say about the functions, and about how far they were asked."""
        found = list(self.watch.remarks())
        if self.budget.is_cut:
            found.append(
                "the search for the mistake was cut short, as the network is large or slow; verify "
                "a smaller one of the same code (fewer units, fewer samples) to have all tried"
            )
        return found

    def function(self) -> Callable[[Array], Evaluation]:
        """The loss as a function of the flat vector."""
        return lambda vector: Evaluation(self.loss(self.tree.unflat(vector)))

    def on(self, X: Any, Y: Any) -> "Questions":
        """The same functions, asked about other data."""
        return replace(self, data=(X, Y), changed={}, dtypes=set(), collapsed={})

    def _call(self, function: Callable[..., Any], name: str, parameters: Any, point: Point) -> Any:
        data = self.data or ()
        copies = tuple(_copy(each) for each in data)
        self.budget.spend(1.0 if name == "loss" else _GRADIENT)
        answer = call(function, name, parameters, *copies)
        self.watch.after(name, self.tree, (parameters, point), data, copies)
        return answer


def call(function: Callable[..., Any], name: str, *arguments: Any) -> Any:
    """Call the user's function; what it raises becomes a sentence with the line."""
    takes = "parameters" if len(arguments) == 1 else "parameters, X, Y"
    try:
        return function(*arguments)
    except SystemExit as error:
        raise InputError(
            f"{name}({takes}) ends the program itself (sys.exit){place_of(error)}; it must return"
        ) from error
    except Exception as error:
        raise InputError(
            f"{name}({takes}) raised {told(error)}{place_of(error)}; it must work at these "
            "parameters before its gradient can be judged"
        ) from error


def told(error: BaseException, longest: int = 160) -> str:
    """The error's kind and words, shortened."""
    words = " ".join(str(error).split())
    words = words if len(words) <= longest else words[: longest - 1] + "…"
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def place_of(error: BaseException) -> str:
    """' (line 12 of file.py)': the last line outside of libraries that the error came through."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_OWN)
        and f"{os.sep}site-packages{os.sep}" not in frame.filename
        and not frame.filename.startswith("<frozen")
    ]
    if not frames:
        return ""
    return f" (line {frames[-1].lineno} of {os.path.basename(frames[-1].filename)})"


def _copy(data: Any) -> Any:
    if isinstance(data, np.ndarray):
        return data.copy()
    try:
        return copy.deepcopy(data)
    except Exception:  # what can't be copied, an open file of data say, is handed over itself
        return data
