"""What is new for a page: it is told once, in the order in which it is needed; views of a network
that is being trained take a bounded share of the time."""

import sys
import time
from dataclasses import dataclass, field
from typing import Any

from glassnet.lab.frames import Frame
from glassnet.lab.lines.lane import Lane
from glassnet.lab.lines.lanes import Lanes
from glassnet.lab.told import tell
from glassnet.lab.told.compare import differs
from glassnet.lab.views import VIEWS
from glassnet.lab.views.scene import Scene, Watched

# Of the time of a training at full speed, that views may take: a browser's Python serves one.
VIEW_SHARE = 0.6 if sys.platform == "emscripten" else 0.15
# A thread's own time: others may have the processor meanwhile. A browser's Python has no threads.
OWN_TIME = "thread_time" if hasattr(time, "thread_time") else "monotonic"


@dataclass(frozen=True)
class Look:
    """What a page looks at: its views, the part of the samples, the chosen sample."""

    views: tuple[str, ...] = ()
    part: str = "held_out"
    watched: Watched | None = None


@dataclass
class News:
    """What was told, by what it is about."""

    _told: dict[str, Any] = field(default_factory=dict)
    _views_due: float = 0.0

    def forget(self, views_only: bool = False) -> None:
        """Tell everything anew, or just the views, and these at once."""
        kept = {k: v for k, v in self._told.items() if views_only and not k.startswith("views")}
        self._told, self._views_due = kept, 0.0

    def of(self, lanes: Lanes, look: Look, playing: bool) -> list[Frame]:
        """The frames that a page hasn't seen."""
        found: list[Frame] = []
        lane = lanes.lane
        train = lane.subject.train
        if self._is_new("hello", True):
            found.append(tell.hello(tell.fetched_sets()))
        if self._is_new("data", (id(train), lane.subject.inputs)):
            self._told = {name: self._told[name] for name in ("hello", "data")}
            found.append(tell.data(lane.subject, lane.plane, lane.setting))
        forks = tuple(each.fork for each in lanes.all)
        if self._is_new("lines", (forks, lanes.shown, lanes.compared)):
            found.append(tell.lines(lanes))
        for place, each in enumerate(lanes.all):
            if self._is_new(f"setting {place}", (id(each.line), each.setting)):
                found.append(tell.setting(place, each, train))
                self._told.pop(f"findings {place}", None)
                self._told.pop(f"views {place}", None)
        for place, each in zip(lanes.places, lanes.seen, strict=True):
            found += self._of_lane(place, each, playing)
        return found + self._views(lanes, look, playing)

    def _of_lane(self, place: int, lane: Lane, playing: bool) -> list[Frame]:
        found = []
        count = len(lane.line.findings)
        where = (lane.step, lane.line.step, playing, lane.line.ended, lane.fork, place)
        if self._is_new(f"status {place}", where):
            found.append(tell.status(place, lane, playing))
        if self._is_new(f"findings {place}", (id(lane.line), count)):
            found.append(tell.findings(place, lane))
        return found

    def _views(self, lanes: Lanes, look: Look, playing: bool) -> list[Frame]:
        if playing and time.monotonic() < self._views_due:
            return []
        began = getattr(time, OWN_TIME)()
        found: list[Frame] = []
        for place, lane in zip(lanes.places, lanes.seen, strict=True):
            where = (id(lane.line), lane.step, lane.line.step, look, playing)
            if self._is_new(f"views {place}", where):
                found += views(scene_of(place, lane, look, playing), look.views)
        if found and lanes.compared is not None:
            both = (lanes.lane, lanes.all[lanes.compared])
            found.append(differs((lanes.shown, lanes.compared), both))
        spent = getattr(time, OWN_TIME)() - began
        self._views_due = time.monotonic() + spent * (1 / VIEW_SHARE - 1)
        return found

    def _is_new(self, name: str, what: Any) -> bool:
        if name in self._told and self._told[name] == what:
            return False
        self._told[name] = what
        return True


def scene_of(place: int, lane: Lane, look: Look, playing: bool) -> Scene:
    """What is looked at in a lane."""
    return Scene(
        place, lane.subject, lane.line, lane.state, lane.plane, look.part, look.watched, not playing
    )


def views(scene: Scene, names: tuple[str, ...]) -> list[Frame]:
    """The frames of some views; those that have nothing to show are left out."""
    frames = (VIEWS[name](scene) for name in names)
    return [frame for frame in frames if frame is not None]
