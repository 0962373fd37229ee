"""A session of the lab: commands in, frames out. It knows no network and no threads.

Whoever carries it (a server, a worker in the browser, a notebook) calls `command` with what the
page asks, `work` as long as it says that there is something to do, and `frames` for what is new.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from glassnet.data.catalog import load_dataset
from glassnet.data.dataset import Dataset
from glassnet.errors import GlassnetError, InputError
from glassnet.files.run import run_from_plain
from glassnet.lab import commands as c
from glassnet.lab.frames import Frame, encode
from glassnet.lab.lines.lane import Lane, begin, changed
from glassnet.lab.lines.lanes import NOTHING, Lanes
from glassnet.lab.lines.trained import NO_SAMPLES, Trained, trained_digits_lane
from glassnet.lab.subject import own
from glassnet.lab.subject.setting import LIVE, NUMBERS_LOSS, OWN, Setting, starting
from glassnet.lab.subject.subject import HELD_OUT, check_options, subject_of
from glassnet.lab.told import tell
from glassnet.lab.told.inspector import answer
from glassnet.lab.told.news import Look, News, scene_of
from glassnet.lab.told.replay import replay
from glassnet.lab.told.take import take
from glassnet.lab.views.confusion import cell
from glassnet.lab.views.sample import find
from glassnet.lab.views.scene import Watched
from glassnet.nn.arrays import Array

FIRST = "spiral"
Arrays = Mapping[str, Array]
_BEFORE = (c.Open, c.Want, c.Pause, c.Now, c.ChoosePart)  # what needs nothing open


class Session:
    """One page's lab. data: a person's own, for runs that name none."""

    def __init__(self, data: Dataset | None = None) -> None:
        self.data = data
        self.lanes = Lanes()
        self.playing = False
        self.speed: float | None = None
        self._due = 0.0  # steps that the speed allows, not made yet
        self._look = Look()
        self._news = News()
        self._read: own.Read | None = None
        self._changes: tuple[str, ...] = ()  # what was made of the file that is in use
        self._waiting: list[Frame] = []

    def command(self, message: Any, arrays: Arrays | None = None) -> None:
        """Do what the page asks; what can't be done becomes a frame with the sentence.

        message: a table with `do`; arrays: what comes with it, such as the bytes of a file.
        """
        try:
            command = c.read_command(message)
            if not self.lanes.all and not isinstance(command, _BEFORE):
                raise InputError(NOTHING)
            self._doers[type(command)](self, command, arrays or {})
        except GlassnetError as error:
            about = message.get("do") if isinstance(message, dict) else None
            self._waiting.append(tell.sentence(error, about))

    def work(self, seconds: float = 0.02) -> bool:
        """Train for about so long, if it is playing; whether there is more to do."""
        if not self.playing:
            return False
        if self.speed is None:
            self.lanes.work(seconds)
        else:
            self._due = min(self._due + self.speed * seconds, max(1.0, self.speed))
            most = int(self._due)
            self._due -= most
            if most:
                self._due += most - self.lanes.work(seconds, most)
        self.playing = self.playing and self.lanes.can_go_on
        return self.playing

    def frames(self) -> list[bytes]:
        """What is new since the last call, encoded."""
        answers, self._waiting = self._waiting, []
        told = self._news.of(self.lanes, self._look, self.playing) if self.lanes.all else []
        return [encode(frame) for frame in (*told, *answers)]

    def refresh(self) -> None:
        """Tell everything anew: another page has taken over."""
        self._news.forget()

    @property
    def lane(self) -> Lane:
        """The lane that is shown. Raises ``InputError`` before anything is open."""
        return self.lanes.lane

    # Beginning

    def _open(self, command: c.Open, _: Arrays) -> None:
        if command.run is None and self.lanes.all:
            self.refresh()
        elif command.run is None and self.data is not None:
            self._use_data(self.data, HELD_OUT, None)
        elif command.run is None:
            self._begin(starting(FIRST))
        else:
            run = run_from_plain(command.run)
            if run.data.path is not None:
                raise InputError("the page opens no files by their path: drop the file on it")
            own_data = self.data if run.data.name is None else None
            self._show(Lane.of(subject_of(run, own_data)))

    def _begin(self, setting: Setting) -> None:
        self._show(begin(setting, self._data_of(setting)))

    def _data_of(self, setting: Setting) -> Dataset:
        name = setting.data.name
        if name == OWN:
            if self.data is None:
                raise InputError("there are no data of your own yet: drop a file on the page")
            return self.data
        why = tell.fetched_sets().get(name)
        if why is not None:
            raise InputError(f"'{name}' {why}")
        return load_dataset(name, **check_options(setting.data.options))

    def _show(self, lane: Lane) -> None:
        self.lanes.begin(lane)
        self.playing, self._due, self._look = False, 0.0, replace(self._look, watched=None)
        self.refresh()

    def _reset(self, _: c.Reset, __: Arrays) -> None:
        self.playing = False
        self._check_ours()
        self.lanes.replace(Lane.of(self.lane.subject, self.lane.setting))

    def _check_ours(self) -> None:
        if isinstance(self.lane.line, Trained):
            raise InputError(NO_SAMPLES)

    # Setting

    def _set(self, command: c.Set, _: Arrays) -> None:
        values: dict[str, Any] = {command.field: command.value}
        if command.field == "data":
            self._set_data(command.value)
            return
        self._check_ours()
        setting = changed(self.lane.setting, values)
        if command.field in LIVE:
            self.lanes.leave_past()
            self.lane.change(values)
        elif setting != self.lane.setting:
            self.playing = False
            self.lanes.replace(begin(setting, self._data_of(setting)))

    def _set_data(self, value: Any) -> None:
        asked = value if isinstance(value, dict) else {"name": value}
        setting = self.lane.setting
        is_other = asked.get("name") != setting.data.name
        if is_other:
            setting = starting(str(asked.get("name")), setting.seed)
        setting = changed(setting, {"data": msgspec.to_builtins(setting.data) | asked})
        if setting.data.name == "mnist" and tell.fetched_sets()["mnist"] is not None:
            self._show(trained_digits_lane())
            return
        data = self._data_of(setting)
        if is_other and data.classes is None:
            setting = changed(setting, {"loss": NUMBERS_LOSS})
        self._show(begin(setting, data))

    # Training

    def _play(self, command: c.Play, _: Arrays) -> None:
        self._check_ours()
        self.lanes.leave_past()
        if not self.lanes.can_go_on:
            raise InputError(
                "the loss is no longer finite: go back in time, or reset"
                if self.lane.line.ended == "non-finite"
                else "all epochs of the schedule are made: reset, or choose a constant rate"
            )
        self.playing, self.speed, self._due = True, command.speed, 0.0

    def _pause(self, _: c.Pause, __: Arrays) -> None:
        if self.playing:
            self.playing = False
            self.lanes.level()
            self.lanes.attend()

    def _step(self, command: c.MakeSteps, _: Arrays) -> None:
        self._make(lambda lane: command.count)

    def _epoch(self, _: c.Epoch, __: Arrays) -> None:
        self._make(lambda lane: lane.line.job.batches - lane.line.state.batch)

    def _make(self, count: Callable[[Lane], int]) -> None:
        self.playing = False
        self._check_ours()
        self.lanes.leave_past()
        self.lanes.make(count)
        self.lanes.attend()

    # Time and lines

    def _seek(self, command: c.Seek, _: Arrays) -> None:
        self.lanes.seek(command.step)
        self.playing = False

    def _now(self, _: c.Now, __: Arrays) -> None:
        self.lanes.now()

    def _branch(self, command: c.Branch, _: Arrays) -> None:
        self.lanes.branch(command.change)

    def _another(self, _: c.Another, __: Arrays) -> None:
        self._check_ours()
        self.lanes.another()

    def _select(self, command: c.Select, _: Arrays) -> None:
        self.lanes.select(command.line)
        self.playing = False

    def _keep(self, command: c.Keep, _: Arrays) -> None:
        self.lanes.keep(command.line)
        self.playing = False
        self.refresh()

    def _compare(self, command: c.Compare, _: Arrays) -> None:
        self.lanes.compare(command.line)

    # Looking

    def _want(self, command: c.Want, _: Arrays) -> None:
        self._look = replace(self._look, views=tuple(dict.fromkeys(command.views)))
        self._news.forget(views_only=True)

    def _choose_part(self, command: c.ChoosePart, _: Arrays) -> None:
        self._look = replace(self._look, part=command.part)

    def _watch(self, command: c.Watch, _: Arrays) -> None:
        self._look_at(Watched(command.part, command.sample, command.values))

    def _draw(self, _: c.Draw, arrays: Arrays) -> None:
        ink = arrays.get("ink")
        if ink is None or not ink.size or not ink.any():
            self._look = replace(self._look, watched=None)
        else:
            self._look_at(Watched("drawing", None, {}, ink))

    def _look_at(self, watched: Watched) -> None:
        find(self.lane.subject, watched)  # refuses what can't be shown
        self._look = replace(self._look, watched=watched)
        self._news.forget(views_only=True)

    def _ask(self, command: c.Ask, _: Arrays) -> None:
        self._waiting.append(answer(
            self.lanes.shown, self.lane, part=command.part, sample=command.sample,
            batch=command.batch, unit=command.unit, weight=command.weight,
        ))  # fmt: skip

    def _cell(self, command: c.Cell, _: Arrays) -> None:
        scene = scene_of(self.lanes.shown, self.lane, self._look, self.playing)
        self._waiting.append(cell(scene, command.truth, command.said, command.part))

    # One's own data

    def _read_file(self, command: c.ReadFile, arrays: Arrays) -> None:
        data = arrays.get("data")
        if data is None or data.dtype != np.uint8:
            raise InputError(f"'{command.name}' came without its bytes: choose the file again")
        self._preview(own.read_file(own.File(
            command.name, data.tobytes(), command.target, tuple(command.categorical),
            tuple(command.leave_out), tuple(command.leave_out_rows), command.task,
            command.encoding,
        )))  # fmt: skip

    def _pictures(self, command: c.Pictures, arrays: Arrays) -> None:
        pixels = arrays.get("pixels")
        if pixels is None:
            raise InputError(f"'{command.name}' came without its pixels: choose the files again")
        self._preview(own.of_pictures(command.name, command.labels, pixels))

    def _preview(self, read: own.Read) -> None:
        self._read = read
        words = dict(read.words)
        if read.data is not None:
            words["findings"] = [tell.plain(finding) for finding in tell.examined(read.data)]
        self._waiting.append(Frame("preview", words, dict(read.arrays)))

    def _points(self, _: c.Points, arrays: Arrays) -> None:
        data, before = own.of_points(arrays), self.lane.setting
        same = before.data.name == OWN and self.lane.subject.train.name == data.name
        self._use_data(data, before.data.test if same else 0.0, before if same else None)
        self._changes = ()

    def _use(self, command: c.Use, _: Arrays) -> None:
        if self._read is None or self._read.data is None:
            raise InputError("there is nothing to use yet: drop a file on the page first")
        self._use_data(self._read.data, command.test, None)
        self._changes, self._read = self._read.changes, None

    def _use_data(self, data: Dataset, test: float | None, setting: Setting | None) -> None:
        """Begin on one's own data; the data before stay in use where that can't be."""
        seed = self.lane.setting.seed if self.lanes.all else 0
        fresh = starting(OWN, seed) if setting is None else setting
        if data.classes is None:
            fresh = changed(fresh, {"loss": NUMBERS_LOSS})
        share: dict[str, Any] = {
            "name": OWN, "options": {}, "test": test if len(data) >= 10 else 0.0,
            "inputs": fresh.data.inputs,
        }  # fmt: skip
        lane = begin(changed(fresh, {"data": share}), data)
        self.data = data
        self._show(lane)

    def _take(self, command: c.Take, _: Arrays) -> None:
        if command.what == "replay":
            self._waiting.append(
                replay(self.lane, tell.hello(tell.fetched_sets()), self._look.watched)
            )
        else:
            changes = self._changes if self.lane.setting.data.name == OWN else ()
            self._waiting.append(take(self.lane, command.what, changes))

    _doers: dict[type, Callable[["Session", Any, Arrays], None]] = {
        c.Open: _open, c.Set: _set, c.Play: _play, c.Pause: _pause, c.MakeSteps: _step,
        c.Epoch: _epoch, c.Reset: _reset, c.Seek: _seek, c.Now: _now, c.Branch: _branch,
        c.Another: _another, c.Select: _select, c.Keep: _keep, c.Compare: _compare, c.Want: _want,
        c.Watch: _watch, c.Draw: _draw, c.Ask: _ask, c.ChoosePart: _choose_part, c.Cell: _cell,
        c.ReadFile: _read_file, c.Pictures: _pictures, c.Points: _points, c.Use: _use,
        c.Take: _take,
    }  # fmt: skip
