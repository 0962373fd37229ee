"""A session of the lab: commands in, frames out. It knows no network and no threads.

Whoever carries it (a server, a worker in the browser, a notebook) calls `command` with what the
page asks, `work` as long as it says that there is something to do, and `frames` for what is new.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.data.catalog import load_dataset
from glassnet.data.dataset import Dataset
from glassnet.errors import GlassnetError, InputError
from glassnet.files.run import run_from_plain
from glassnet.lab import commands as c, own, tell
from glassnet.lab.frames import Frame, encode
from glassnet.lab.inspector import answer
from glassnet.lab.lane import Fork, Lane, begin, changed
from glassnet.lab.news import Look, News, scene_of
from glassnet.lab.replay import replay
from glassnet.lab.setting import LIVE, OWN, Setting, starting
from glassnet.lab.subject import check_options, subject_of
from glassnet.lab.take import take
from glassnet.lab.views.confusion import cell
from glassnet.lab.views.sample import find
from glassnet.lab.views.scene import Watched
from glassnet.nn.arrays import Array

FIRST = "spiral"
MOST_LINES = 8
NOTHING = "nothing is open yet: choose data and a network first"
Arrays = Mapping[str, Array]
_BEFORE = (c.Open, c.Want, c.Pause, c.Now, c.ChoosePart)  # what needs nothing open


class Session:
    """One page's lab. data: a person's own, for runs that name none."""

    def __init__(self, data: Dataset | None = None) -> None:
        self.data = data
        self.lanes: list[Lane] = []
        self.shown = 0
        self.compared: int | None = None
        self.playing = False
        self.speed: float | None = None
        self._due = 0.0  # steps that the speed allows, not made yet
        self._look = Look()
        self._news = News()
        self._read: own.Read | None = None
        self._waiting: list[Frame] = []

    def command(self, message: Any, arrays: Arrays | None = None) -> None:
        """Do what the page asks; what can't be done becomes a frame with the sentence.

        message: a table with `do`; arrays: what comes with it, such as the bytes of a file.
        """
        try:
            command = c.read_command(message)
            if not self.lanes and not isinstance(command, _BEFORE):
                raise InputError(NOTHING)
            self._doers[type(command)](self, command, arrays or {})
        except GlassnetError as error:
            about = message.get("do") if isinstance(message, dict) else None
            self._waiting.append(tell.sentence(error, about))

    def work(self, seconds: float = 0.02) -> bool:
        """Train for about so long, if it is playing; whether there is more to do."""
        if not self.playing or not self.lanes:
            return False
        lanes = [self.lanes[place] for place in self._places()]
        if self.speed is not None:
            self._due = min(self._due + self.speed * seconds, max(1.0, self.speed))
            most = int(self._due)
            self._due -= most
            for lane in lanes if most else ():
                lane.advance(most)
        elif len(lanes) == 1:
            until = time.monotonic() + seconds
            while lanes[0].line.ended is None and time.monotonic() < until:
                lanes[0].line.advance()
        else:
            self._in_step(lanes, seconds)
        self.playing = self.playing and any(lane.line.ended is None for lane in lanes)
        return self.playing

    def frames(self) -> list[bytes]:
        """What is new since the last call, encoded."""
        answers, self._waiting = self._waiting, []
        told = self._news.of(self.lanes, self.shown, self.compared, self._look, self.playing) if (
            self.lanes
        ) else []  # fmt: skip
        return [encode(frame) for frame in (*told, *answers)]

    def refresh(self) -> None:
        """Tell everything anew: another page has taken over."""
        self._news.forget()

    @property
    def lane(self) -> Lane:
        """The lane that is shown. Raises ``InputError`` before anything is open."""
        if not self.lanes:
            raise InputError(NOTHING)
        return self.lanes[self.shown]

    def _places(self) -> list[int]:
        """The lines that are shown."""
        return [self.shown] if self.compared is None else [self.shown, self.compared]

    # Beginning

    def _open(self, command: c.Open, _: Arrays) -> None:
        if command.run is None and self.lanes:
            self.refresh()
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
        if name != OWN:
            why = tell.fetched_sets().get(name)
            if why is not None:
                raise InputError(f"'{name}' {why}")
            run_options = check_options(setting.data.options)
            return load_dataset(name, **run_options)
        if self.data is None:
            raise InputError("there are no data of your own yet: drop a file on the page")
        return self.data

    def _show(self, lane: Lane) -> None:
        self.lanes, self.shown, self.compared = [lane], 0, None
        self.playing, self._due, self._look = False, 0.0, replace(self._look, watched=None)
        self.refresh()

    def _reset(self, _: c.Reset, __: Arrays) -> None:
        self.playing = False
        lane = self.lane
        self._replace(Lane.of(lane.subject, lane.setting))

    def _replace(self, lane: Lane) -> None:
        """Another lane in the place of the one that is shown; alone, it leaves no forks."""
        fork = self.lane.fork
        lane.fork = Fork(fork.lane, 0) if fork is not None and fork.step == 0 else None
        if len(self.lanes) > 1 and self._is_forked(self.shown):
            self._show(lane)
            return
        self.lanes[self.shown] = lane

    def _is_forked(self, place: int) -> bool:
        return any(each.fork is not None and each.fork.lane == place for each in self.lanes)

    # Setting

    def _set(self, command: c.Set, _: Arrays) -> None:
        lane = self.lane
        if command.field == "data":
            self._set_data(command.value)
        elif command.field in LIVE:
            changed(lane.setting, {command.field: command.value})  # refuses before a branch is made
            self._leave_past()
            self.lane.change({command.field: command.value})
        else:
            setting = changed(lane.setting, {command.field: command.value})
            if setting != lane.setting:
                self._replace(begin(setting, self._data_of(setting)))

    def _set_data(self, value: Any) -> None:
        setting = self.lane.setting
        asked = value if isinstance(value, dict) else {"name": value}
        if asked.get("name") == setting.data.name:
            plain = {name: getattr(setting.data, name) for name in ("name", "options", "test",
                                                                    "inputs")}  # fmt: skip
            self._begin(changed(setting, {"data": plain | asked}))
            return
        fresh = starting(str(asked.get("name")), setting.seed)
        plain = {name: getattr(fresh.data, name) for name in ("name", "options", "test", "inputs")}
        fresh = changed(fresh, {"data": plain | asked})
        data = self._data_of(fresh)
        if data.classes is None and fresh.data.name == OWN:
            fresh = changed(fresh, {"loss": "mean_squared_error"})
        self._show(begin(fresh, data))

    # Training

    def _play(self, command: c.Play, _: Arrays) -> None:
        self._leave_past()
        ended = self.lane.line.ended
        if ended is not None and self.compared is None:
            raise InputError(
                "the loss is no longer finite: go back in time, or reset" if ended == "non-finite"
                else "all epochs of the schedule are made: reset, or choose a constant rate"
            )  # fmt: skip
        self.playing, self.speed, self._due = True, command.speed, 0.0

    def _pause(self, _: c.Pause, __: Arrays) -> None:
        if self.playing:
            self.playing = False
            for place in self._places():
                self.lanes[place].line.doctor.attend()

    def _step(self, command: c.MakeSteps, _: Arrays) -> None:
        self._make(lambda lane: command.count)

    def _epoch(self, _: c.Epoch, __: Arrays) -> None:
        self._make(lambda lane: lane.line.job.batches - lane.line.state.batch)

    def _make(self, count: Callable[[Lane], int]) -> None:
        self.playing = False
        self._leave_past()
        for place in self._places():
            lane = self.lanes[place]
            lane.advance(count(lane))
            lane.line.doctor.attend()

    def _in_step(self, lanes: list[Lane], seconds: float) -> None:
        """Lines that are compared go side by side, the one that is behind first."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            going = [lane for lane in lanes if lane.line.ended is None]
            if not going:
                break
            going.sort(key=lambda lane: lane.line.step)
            ahead = going[-1].line.step - going[0].line.step
            going[0].advance(ahead or 20)

    # Time

    def _seek(self, command: c.Seek, _: Arrays) -> None:
        self.lane.line.state_at(command.step)  # refuses a step that wasn't made
        self.playing = False
        for place in self._places():
            line = self.lanes[place].line
            step = min(command.step, line.step)
            self.lanes[place].at = None if step == line.step else step

    def _now(self, _: c.Now, __: Arrays) -> None:
        for lane in self.lanes:
            lane.at = None

    def _branch(self, command: c.Branch, _: Arrays) -> None:
        setting = self.lane.setting
        values = {name: value for name, value in command.change.items() if name in LIVE}
        if values != command.change:
            raise InputError(f"branch: only {', '.join(LIVE)} can change in the middle of a run")
        changed(setting, values)
        lane = self.lane
        self._add(lane.branch(self.shown))
        lane.at = None
        if values:
            self.lane.change(values)

    def _another(self, _: c.Another, __: Arrays) -> None:
        lane = self.lane
        twin = Lane.of(lane.subject, lane.setting)
        twin.fork = Fork(self.shown, 0)
        place = self.shown
        self._add(twin)
        self.compared = place

    def _add(self, lane: Lane) -> None:
        if len(self.lanes) >= MOST_LINES:
            raise InputError(f"there are {MOST_LINES} lines already: reset, or keep only one")
        self.lanes.append(lane)
        if self.compared is not None:
            self.compared = self.shown
        self.shown = len(self.lanes) - 1

    def _leave_past(self) -> None:
        """What is done now is done on a branch, where an earlier step is shown."""
        if self.lane.at is not None:
            self._branch(c.Branch(), {})

    def _select(self, command: c.Select, _: Arrays) -> None:
        self._check_line(command.line)
        self.playing = False
        if self.compared == command.line:
            self.compared = self.shown
        self.shown, self.lane.at = command.line, None

    def _keep(self, command: c.Keep, _: Arrays) -> None:
        self._check_line(command.line)
        lane = self.lanes[command.line]
        lane.fork = None
        self.lanes, self.shown, self.compared, self.playing = [lane], 0, None, False
        self.refresh()

    def _compare(self, command: c.Compare, _: Arrays) -> None:
        if command.line is not None:
            self._check_line(command.line)
            if command.line == self.shown:
                raise InputError("a line is not compared with itself: choose another")
        self.compared = command.line

    def _check_line(self, line: int) -> None:
        if line >= len(self.lanes):
            raise InputError(f"there is no line {line}; there are {len(self.lanes)}, from 0")

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
            self.shown, self.lane, sample=command.sample, batch=command.batch, unit=command.unit,
            weight=command.weight,
        ))  # fmt: skip

    def _cell(self, command: c.Cell, _: Arrays) -> None:
        scene = scene_of(self.shown, self.lane, self._look, self.playing)
        self._waiting.append(cell(scene, command.truth, command.said, command.part))

    # One's own data

    def _read_file(self, command: c.ReadFile, arrays: Arrays) -> None:
        data = arrays.get("data")
        if data is None or data.dtype != np.uint8:
            raise InputError(f"'{command.name}' came without its bytes: choose the file again")
        self._preview(own.read_file(own.File(
            command.name, data.tobytes(), command.target, tuple(command.categorical),
            tuple(command.leave_out), tuple(command.leave_out_rows), command.task,
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

    def _use(self, command: c.Use, _: Arrays) -> None:
        if self._read is None or self._read.data is None:
            raise InputError("there is nothing to use yet: drop a file on the page first")
        self._use_data(self._read.data, command.test, None)
        self._read = None

    def _use_data(self, data: Dataset, test: float | None, setting: Setting | None) -> None:
        """Begin on one's own data; the data before stay in use where that can't be."""
        fresh = starting(OWN, self.lane.setting.seed) if setting is None else setting
        if data.classes is None:
            fresh = changed(fresh, {"loss": "mean_squared_error"})
        share: dict[str, Any] = {"name": OWN, "options": {}, "test": test if len(data) >= 10 else 0.0,
                 "inputs": fresh.data.inputs}  # fmt: skip
        lane = begin(changed(fresh, {"data": share}), data)
        self.data = data
        self._show(lane)

    def _take(self, command: c.Take, _: Arrays) -> None:
        if command.what == "replay":
            self._waiting.append(
                replay(self.lane, tell.hello(tell.fetched_sets()), self._look.watched)
            )
        else:
            self._waiting.append(take(self.lane, command.what))

    _doers: dict[type, Callable[["Session", Any, Arrays], None]] = {
        c.Open: _open, c.Set: _set, c.Play: _play, c.Pause: _pause, c.MakeSteps: _step,
        c.Epoch: _epoch, c.Reset: _reset, c.Seek: _seek, c.Now: _now, c.Branch: _branch,
        c.Another: _another, c.Select: _select, c.Keep: _keep, c.Compare: _compare, c.Want: _want,
        c.Watch: _watch, c.Draw: _draw, c.Ask: _ask, c.ChoosePart: _choose_part, c.Cell: _cell,
        c.ReadFile: _read_file, c.Pictures: _pictures, c.Points: _points, c.Use: _use,
        c.Take: _take,
    }  # fmt: skip
