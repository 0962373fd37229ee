"""A session of the lab: commands in, frames out. It knows no network and no threads.

Whoever carries it (a server, a worker in the browser, a notebook) calls `command` with what the
page asks, `work` as long as it says that there is something to do, and `frames` for what is new.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import msgspec
import numpy as np

from glassnet.data.dataset import Dataset
from glassnet.errors import GlassnetError, InputError
from glassnet.files.run import Run, check_run, run_from_plain, run_to_plain
from glassnet.insight.doctor import Finding, examine
from glassnet.insight.explain import explain
from glassnet.lab import commands as c
from glassnet.lab.frames import Frame, encode
from glassnet.lab.line import Line, envelope
from glassnet.lab.plane import Plane, output_map, plane_of, unit_maps
from glassnet.lab.subject import Subject, subject_of, training_settings
from glassnet.nn.arrays import Array
from glassnet.nn.state import State
from glassnet.training.arguments import update_rule
from glassnet.training.inputs import batch_rows

CURVE = 600  # pieces of a loss curve
MOST_LINES = 8


class Session:
    """One page's lab. data: a person's own, for runs that name none."""

    def __init__(self, data: Dataset | None = None) -> None:
        self.data = data
        self.subject: Subject | None = None
        self.lines: list[Line] = []
        self.place = 0  # of the line that is shown
        self.at: int | None = None  # the step of the past that is shown; None: as it stands
        self.playing = False
        self.speed: float | None = None
        self._due = 0.0  # steps that the speed allows, not made yet
        self._views: tuple[str, ...] = ()
        self._plane: Plane | None = None
        self._waiting: list[Frame] = []
        self._told: tuple[Any, ...] = ()
        self._findings = 0

    def command(self, message: Any, arrays: Mapping[str, Array] | None = None) -> None:
        """Do what the page asks; what can't be done becomes a frame with the sentence.

        message: a table with `do`; arrays: what comes with it, such as the bytes of a file.
        """
        try:
            command = c.read_command(message)
            self._doers[type(command)](self, command)
        except GlassnetError as error:
            about = message.get("do") if isinstance(message, dict) else None
            self._waiting.append(Frame("error", {"message": str(error), "about": about}))

    def work(self, seconds: float = 0.02) -> bool:
        """Train for about so long, if it is playing; whether there is more to do."""
        if not self.playing or not self.lines:
            return False
        line = self.line
        if self.speed is not None:
            self._due = min(self._due + self.speed * seconds, max(1.0, self.speed))
            most = int(self._due)
            self._due -= most
            if most:
                self._advance(line, most)
        else:
            until = time.monotonic() + seconds
            while line.ended is None and time.monotonic() < until:
                line.advance()
        self.playing = self.playing and line.ended is None
        return self.playing

    def frames(self) -> list[bytes]:
        """What is new since the last call, encoded."""
        found, self._waiting = self._waiting, []
        if self.subject is not None and self.lines:
            found += self._news()
        return [encode(frame) for frame in found]

    @property
    def line(self) -> Line:
        """The line that is shown. Raises ``InputError`` before anything is open."""
        if not self.lines:
            raise InputError("nothing is open yet: choose data and a network first")
        return self.lines[self.place]

    @property
    def state(self) -> State:
        """The state that is shown, to be read only."""
        return self.line.state if self.at is None else self.line.state_at(self.at)

    # Commands

    def _open(self, command: c.Open) -> None:
        run = run_from_plain(command.run)
        if run.data.path is not None:
            raise InputError("the page opens no files by their path: drop the file on it instead")
        self._begin(run, subject_of(run, self.data if run.data.name is None else None))

    def _begin(self, run: Run, subject: Subject) -> None:
        self.lines, self.place = [Line(subject.start)], 0
        self.subject, self._plane = subject, plane_of(subject)
        self.playing, self.at, self._due = False, None, 0.0
        self._told, self._findings = (), 0
        self._waiting += [self._setting(run), self._samples(subject)]

    def _play(self, command: c.Play) -> None:
        if self.at is not None:
            self._branch(c.Branch())
        if self.line.ended is not None:
            raise InputError(
                "the loss is no longer finite: go back in time, or reset"
                if self.line.ended == "non-finite"
                else "all epochs of the schedule are made: reset, or choose a constant rate"
            )
        self.playing, self.speed, self._due = True, command.speed, 0.0

    def _pause(self, _: c.Pause) -> None:
        if self.playing:
            self.playing = False
            self.line.doctor.attend()

    def _step(self, command: c.MakeSteps) -> None:
        self._stop_for_steps()
        self._advance(self.line, command.count)

    def _epoch(self, _: c.Epoch) -> None:
        self._stop_for_steps()
        line = self.line
        self._advance(line, line.job.batches - line.state.batch)

    def _reset(self, _: c.Reset) -> None:
        if self.subject is None:
            raise InputError("nothing is open yet: choose data and a network first")
        self._begin(self.subject.run, self.subject)

    def _change(self, command: c.Change) -> None:
        subject, line = self.subject, self.line
        assert subject is not None
        training = msgspec.structs.replace(subject.run.training, **{command.field: command.value})
        run = run_from_plain(run_to_plain(msgspec.structs.replace(subject.run, training=training)))
        check_run(run)
        settings = training_settings(run)
        rule = update_rule(*(settings[name] for name in (
            "optimizer", "learning_rate", "l1", "l2", "weight_decay", "clip_norm", "max_norm",
        )))  # fmt: skip
        rows = batch_rows(settings["batch_size"], line.job.count)
        if self.at is not None:
            self._branch(c.Branch())
            line = self.line
        line.change(rule=rule, batch_size=rows)
        self.subject = replace(subject, run=run)
        self._waiting.append(self._setting(run))

    def _seek(self, command: c.Seek) -> None:
        self.line.state_at(command.step)  # refuses a step that wasn't made
        self.playing = False
        self.at = None if command.step == self.line.step else command.step

    def _now(self, _: c.Now) -> None:
        self.at = None

    def _branch(self, _: c.Branch) -> None:
        if len(self.lines) >= MOST_LINES:
            raise InputError(f"there are {MOST_LINES} lines already: reset, or go on with one")
        step = self.line.step if self.at is None else self.at
        self.lines.append(self.line.branch(step))
        self.place, self.at, self._findings = len(self.lines) - 1, None, 0

    def _select(self, command: c.Select) -> None:
        if command.line >= len(self.lines):
            raise InputError(f"there is no line {command.line}; there are {len(self.lines)}")
        self.place, self.at, self.playing, self._findings = command.line, None, False, 0

    def _want(self, command: c.Want) -> None:
        self._views, self._told = tuple(dict.fromkeys(command.views)), ()

    def _ask(self, command: c.Ask) -> None:
        line, subject = self.line, self.subject
        assert subject is not None
        if command.sample > len(subject.X):
            raise InputError(f"there is no sample {command.sample}; there are {len(subject.X):,}")
        row = slice(command.sample - 1, command.sample)
        classes = subject.train.classes
        rule = line.job.rule
        explanation = explain(
            subject.model(self.state), subject.X[row], subject.Y[row], optimizer=rule.optimizer,
            learning_rate=rule.schedule, l1=rule.l1, l2=rule.l2, weight_decay=rule.weight_decay,
            clip_norm=rule.clip_norm, max_norm=rule.max_norm, unit=command.unit,
            weight=command.weight, state=self.state, sample_numbers=[command.sample],
            feature_names=subject.preprocessor.encoded_names,
            classes=None if classes is None else classes.tolist(),
        )  # fmt: skip
        self._waiting.append(Frame("answer", {"html": explanation.html(), "step": self.state.step}))

    def _take(self, command: c.Take) -> None:
        from glassnet.files.model import make_document, model_to_json
        from glassnet.files.run_toml import run_to_toml

        subject = self.subject
        if subject is None:
            raise InputError("nothing is open yet: choose data and a network first")
        if command.what == "toml":
            data, name = run_to_toml(subject.run).encode("utf-8"), "run.toml"
        else:
            network = subject.network
            document = make_document(network.stack, self.state, seed=network.seed)
            data, name = model_to_json(document), "network.json"
        self._waiting.append(Frame("file", {"name": name}, {"data": np.frombuffer(data, np.uint8)}))

    _doers: dict[type, Callable[["Session", Any], None]] = {
        c.Open: _open, c.Play: _play, c.Pause: _pause, c.MakeSteps: _step, c.Epoch: _epoch,
        c.Reset: _reset, c.Change: _change, c.Seek: _seek, c.Now: _now, c.Branch: _branch,
        c.Select: _select, c.Want: _want, c.Ask: _ask, c.Take: _take,
    }  # fmt: skip

    # What is new

    def _stop_for_steps(self) -> None:
        self.playing = False
        if self.at is not None:
            self._branch(c.Branch())

    def _advance(self, line: Line, count: int) -> None:
        goal = line.step + count
        while line.step < goal and line.advance(most=goal - line.step) is not None:
            pass
        if not self.playing:
            line.doctor.attend()

    def _news(self) -> list[Frame]:
        line = self.line
        where = (self.place, line.step if self.at is None else self.at, line.step, self._views)
        found: list[Frame] = []
        if where != self._told:
            self._told = where
            found += self._seen(line)
        if len(line.findings) != self._findings:
            self._findings = len(line.findings)
            found.append(Frame("findings", {"findings": [_plain(f) for f in line.findings]}))
        return [self._status(line), *found] if found or self.playing else found

    def _seen(self, line: Line) -> list[Frame]:
        """The views that the page shows, of the state that is shown."""
        stack, state = line.job.stack, self.state
        found = []
        if "network" in self._views:
            arrays = {s.name: s.view(state.parameters).copy() for s in stack.layout.segments}
            found.append(Frame("network", {"step": state.step}, arrays))
        if self._plane is not None and "units" in self._views:
            found.append(Frame("units", {"step": state.step}, unit_maps(stack, state, self._plane)))
        if self._plane is not None and "output" in self._views:
            output = output_map(stack, state, self._plane)
            found.append(Frame("output", {"step": state.step}, {"output": output}))
        if "loss" in self._views:
            found.append(self._curve(line))
        return found or [Frame("tick", {"step": state.step})]

    def _curve(self, line: Line) -> Frame:
        starts, low, high = envelope(line.course.losses, CURVE)
        held_out = line.course.held_out
        return Frame("loss", {"line": self.place, "steps": line.step}, {
            "step": starts, "low": low, "high": high,
            "held_out_step": np.array([h.step for h in held_out], dtype=np.int32),
            "held_out": np.array([h.loss for h in held_out], dtype=np.float64),
        })  # fmt: skip

    def _status(self, line: Line) -> Frame:
        at = line.step if self.at is None else self.at
        losses = line.course.losses
        past = [h for h in line.course.held_out if h.step <= at]
        held_out = past[-1] if past else None
        batches = line.job.batches
        return Frame("status", {
            "playing": self.playing, "line": self.place, "lines": len(self.lines),
            "step": at, "steps": line.step, "epoch": at // batches, "batches": batches,
            "loss": losses[min(at, len(losses)) - 1] if at and losses else None,
            "held_out_loss": None if held_out is None else held_out.loss,
            "held_out_accuracy": None if held_out is None else held_out.accuracy,
            "ended": line.ended, "forked_at": line.forked_at,
            "engine": line.engine,
        })  # fmt: skip

    def _setting(self, run: Run) -> Frame:
        return Frame("setting", {"run": run_to_plain(run)})

    def _samples(self, subject: Subject) -> Frame:
        """The data: what they are called, a few of them, and what the doctor says of them."""
        train, held_out = subject.train, subject.held_out
        findings = examine(
            subject.train.X, subject.train.y, feature_names=train.feature_names
        ) if isinstance(train.X, np.ndarray) else []  # fmt: skip
        words = {
            "name": train.name, "samples": len(train), "features": list(train.feature_names),
            "held_out": 0 if held_out is None else len(held_out), "task": train.task,
            "classes": None if train.classes is None else [str(k) for k in train.classes],
            "image_shape": train.image_shape, "findings": [_plain(f) for f in findings],
        }  # fmt: skip
        arrays: dict[str, Any] = {}
        if self._plane is not None and isinstance(train.X, np.ndarray):
            words |= {"low": self._plane.low.tolist(), "high": self._plane.high.tolist()}
            arrays["points"] = train.X.astype(np.float32)
            arrays["targets"] = _codes(train)
            if held_out is not None and isinstance(held_out.X, np.ndarray):
                arrays["held_out_points"] = held_out.X.astype(np.float32)
                arrays["held_out_targets"] = _codes(held_out)
        return Frame("data", words, arrays)


def _codes(data: Dataset) -> Any:
    """Labels as their places, numbers as they are; float32."""
    if data.classes is None:
        return data.y.astype(np.float32)
    return np.searchsorted(data.classes, data.y).astype(np.float32)


def _plain(finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {"is_alarm": finding.is_alarm, "where": finding.where}
