"""A lane of the lab: a line of training with what is trained in it, where one stands in it, and
where it came from."""

from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import msgspec

from glassnet.data.dataset import Dataset
from glassnet.errors import InputError
from glassnet.lab.lines.line import Line
from glassnet.lab.lines.trail import Trail
from glassnet.lab.subject.choices import refusal
from glassnet.lab.subject.grid import Plane, plane_of
from glassnet.lab.subject.setting import LIVE, MOST_HIDDEN, Setting, run_of, setting_of
from glassnet.lab.subject.subject import Subject, subject_of, training_settings
from glassnet.nn.layers import Dense
from glassnet.nn.state import State
from glassnet.training.arguments import update_rule
from glassnet.training.inputs import batch_rows

RULE = ("optimizer", "learning_rate", "l1", "l2", "weight_decay", "clip_norm", "max_norm")


@dataclass(frozen=True)
class Fork:
    """Where a lane left another: its place, the step, and in words what was set otherwise since."""

    lane: int
    step: int
    changed: str | None = None


@dataclass(eq=False)
class Lane:
    """at: the step of the past that is shown; None: as it stands."""

    subject: Subject
    setting: Setting
    line: Trail
    plane: Plane | None
    fork: Fork | None = None
    at: int | None = None
    _clock: tuple[float, int] = field(default=(0.0, 0))
    _speed: float | None = None

    @classmethod
    def of(cls, subject: Subject, setting: Setting | None = None) -> "Lane":
        """A lane at its beginning. Raises ``InputError`` for a run that the lab has no controls
        for."""
        whole = subject.train
        setting = setting_of(subject.run, whole) if setting is None else setting
        return cls(subject, setting, Line(subject.start), plane_of(subject))

    @property
    def state(self) -> State:
        """The state that is shown, to be read only."""
        return self.line.state if self.at is None else self.line.state_at(self.at)

    @property
    def step(self) -> int:
        """The step that is shown."""
        return self.line.step if self.at is None else self.at

    def advance(self, count: int) -> None:
        """So many steps, or as many as there are left."""
        goal = self.line.step + count
        while self.line.step < goal:
            if self.line.advance(most=goal - self.line.step) is None:
                break

    def change(self, values: dict[str, float]) -> None:
        """Other values for live fields, from here on. Raises ``InputError`` for what can't be."""
        setting = changed(self.setting, values)
        run = run_of(setting, classes_of(self.subject.train))
        settings = training_settings(run)
        rule = update_rule(*(settings[name] for name in RULE))
        rows = batch_rows(settings["batch_size"], self.line.job.count)
        self.line.change(rule=rule, batch_size=rows)
        if self.fork is not None:
            self.fork = replace(self.fork, changed=_told(self.setting, setting))
        self.subject, self.setting = replace(self.subject, run=run), setting

    def branch(self, place: int) -> "Lane":
        """A lane of its own from the step that is shown; place: of this one."""
        line = self.line.branch(self.step)
        return Lane(self.subject, self.setting, line, self.plane, Fork(place, self.step))

    def speed(self) -> float | None:
        """Steps a second over the last half second or so; None where nothing is known yet."""
        now, step = monotonic(), self.line.step
        began, then = self._clock
        if now - began > 2 or step < then:
            self._clock, self._speed = (now, step), None
        elif now - began > 0.5:
            self._clock, self._speed = (now, step), (step - then) / (now - began)
        return self._speed


def changed(setting: Setting, values: dict[str, Any]) -> Setting:
    """A setting with other values for some fields, checked field by field."""
    plain = msgspec.to_builtins(setting) | values
    from glassnet.files.typed import to_struct

    made = to_struct(plain, Setting, "")
    if not 0 <= made.seed < 2**64:
        raise InputError(f"seed: expected a whole number from 0 to 2**64 - 1, found {made.seed}")
    if len(made.hidden) > MOST_HIDDEN:
        raise InputError(
            f"hidden: {len(made.hidden)} layers are more than the {MOST_HIDDEN} that the lab shows"
        )
    return made


def begin(setting: Setting, data: Dataset) -> Lane:
    """A lane for a setting on data; raises ``InputError`` with the reason where that can't be."""
    told = refusal(setting, data)
    if told is not None:
        raise InputError(told)
    for place, hidden in enumerate(setting.hidden):
        if not 0 <= hidden.dropout < 1:
            raise InputError(
                f"hidden[{place}].dropout: expected a rate from 0 to below 1, "
                f"found {hidden.dropout}"
            )
    return Lane.of(subject_of(run_of(setting, classes_of(data)), data), setting)


def layer_titles(lane: Lane) -> dict[str, str]:
    """What the layers with weights are called: "hidden 1", "hidden 2", …, "output"."""
    stack = lane.line.job.stack
    names = [stack.names[at] for at, layer in enumerate(stack.layers) if isinstance(layer, Dense)]
    return {name: f"hidden {at}" for at, name in enumerate(names[:-1], 1)} | {names[-1]: "output"}


def classes_of(data: Dataset) -> int | None:
    """How many classes there are; None for numbers."""
    return None if data.classes is None else len(data.classes)


def _told(before: Setting, after: Setting) -> str | None:
    """What was set otherwise, such as "learning rate 0.5 → 0.3"."""
    differs = [name for name in LIVE if getattr(before, name) != getattr(after, name)]
    told = [
        f"{name.replace('_', ' ')} {getattr(before, name):g} → {getattr(after, name):g}"
        for name in differs
    ]
    return ", ".join(told) or None
