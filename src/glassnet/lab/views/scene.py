"""What a view looks at: a line's network as it stands in one state, the samples of one part, and
the sample that was chosen; what several views need of it is worked out once."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.lab.frames import Frame
from glassnet.lab.lines.trail import Trail
from glassnet.lab.subject.grid import Plane
from glassnet.lab.subject.subject import Subject
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context
from glassnet.nn.layers import Dense
from glassnet.nn.stack import Stack
from glassnet.nn.state import State

MOST_ROWS = 4096  # of a batch in which many samples are predicted


@dataclass(frozen=True)
class Watched:
    """The sample of the view "sample": of a part (number from 1), or drawn: then `ink` is what
    came from the pad. values: other numbers for some of its features, by name."""

    part: str
    number: int | None = None
    values: dict[str, float] = field(default_factory=dict)
    ink: Array | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """place: of the line among the session's; at_rest: nothing is being trained, so that there is
    time for what takes longer."""

    place: int
    subject: Subject
    line: Trail
    state: State
    plane: Plane | None
    part: str
    watched: Watched | None
    at_rest: bool

    @property
    def stack(self) -> Stack:
        """The network's layers."""
        return self.line.job.stack

    @property
    def words(self) -> dict[str, Any]:
        """What every view's frame says."""
        return {"line": self.place, "step": self.state.step}

    def frame(self, kind: str, arrays: dict[str, Array], **words: Any) -> Frame:
        """A view's frame."""
        return Frame(kind, self.words | words, arrays)

    @property
    def labels(self) -> list[str]:
        """The classes' names; none for numbers."""
        return labels_of(self.subject)

    @cached_property
    def dense(self) -> list[int]:
        """The places of the layers with weights."""
        return [place for place, layer in enumerate(self.stack.layers) if isinstance(layer, Dense)]

    @property
    def dense_names(self) -> list[str]:
        """Their names."""
        return [self.stack.names[place] for place in self.dense]

    def outputs(self, X: Array) -> list[Array]:
        """Every layer's outputs for these rows, in prediction mode."""
        return outputs(self.stack, self.state, X)

    @cached_property
    def known_part(self) -> str:
        """The part that is asked for, or the training samples where none are held out."""
        held_out = self.subject.X_held_out
        return "train" if held_out is None or not len(held_out) else self.part

    def answers(self, part: str) -> Array:
        """What the network says of a part's samples, (n, k)."""
        if part not in self._answers:
            _, X, _ = self.subject.part(part)
            rows = range(0, len(X), MOST_ROWS)
            pieces = [self.outputs(X[first : first + MOST_ROWS])[-1] for first in rows]
            self._answers[part] = np.concatenate(pieces) if pieces else np.zeros((0, 1))
        return self._answers[part]

    @cached_property
    def _answers(self) -> dict[str, Array]:
        return {}

    def said(self, part: str) -> Array:
        """The class that the network chooses for each sample of a part, by its place."""
        return chosen(self.answers(part))

    def truths(self, part: str) -> Array:
        """The true class of each sample of a part, by its place."""
        return class_places(self.subject, part)


def outputs(stack: Stack, state: State, X: Array) -> list[Array]:
    """Every layer's outputs for these rows, in prediction mode; what is not finite is 0."""
    p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
    with np.errstate(all="ignore"):
        record = stack.forward(p, buffers, X, Context(dtype=state.parameters.dtype))
    return [np.nan_to_num(output, posinf=0.0, neginf=0.0) for output in record.outputs]


def chosen(answers: Array) -> Array:
    """The class of each row of outputs: the largest, or for a single output above a half."""
    if answers.shape[1] == 1:
        return (answers[:, 0] > 0.5).astype(np.int64)
    return np.asarray(answers.argmax(axis=1))


def class_places(subject: Subject, part: str) -> Array:
    """The true class of each sample of a part, by its place."""
    data, _, _ = subject.part(part)
    assert subject.train.classes is not None
    return np.searchsorted(subject.train.classes, data.y)


def labels_of(subject: Subject) -> list[str]:
    """The classes' names, as a person reads them; none for numbers."""
    data = subject.train
    if data.classes is None:
        return []
    return [str(name) for name in (data.class_names or data.classes.tolist())]
