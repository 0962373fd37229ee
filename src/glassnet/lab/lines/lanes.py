"""The lanes of a session: which is shown, which beside it; walking along them, and off into new
ones."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from glassnet.errors import InputError
from glassnet.lab.lines.lane import Fork, Lane, changed
from glassnet.lab.subject.setting import LIVE

MOST_LINES = 8
NOTHING = "nothing is open yet: choose data and a network first"
NO_END = 1 << 40
FEW = 20  # steps, after which lines that are compared take turns


@dataclass(eq=False)
class Lanes:
    """shown: the place of the one that is shown; compared: of the one beside it, if any."""

    all: list[Lane] = field(default_factory=list)
    shown: int = 0
    compared: int | None = None

    @property
    def lane(self) -> Lane:
        """The lane that is shown. Raises ``InputError`` before anything is open."""
        if not self.all:
            raise InputError(NOTHING)
        return self.all[self.shown]

    @property
    def places(self) -> list[int]:
        """The places of the lanes that are shown."""
        return [self.shown] if self.compared is None else [self.shown, self.compared]

    @property
    def seen(self) -> list[Lane]:
        """The lanes that are shown."""
        return [self.all[place] for place in self.places]

    @property
    def can_go_on(self) -> bool:
        """Whether one of them has steps left."""
        return any(lane.line.ended is None for lane in self.seen)

    def begin(self, lane: Lane) -> None:
        """This lane alone."""
        lane.fork = None
        self.all, self.shown, self.compared = [lane], 0, None

    def replace(self, lane: Lane) -> None:
        """Another lane in the place of the one that is shown; one that others left takes these
        along."""
        fork = self.lane.fork
        if any(each.fork is not None and each.fork.lane == self.shown for each in self.all):
            self.begin(lane)
            return
        lane.fork = Fork(fork.lane, 0) if fork is not None and fork.step == 0 else None
        self.all[self.shown] = lane

    # Forward

    def work(self, seconds: float, most: int | None = None) -> int:
        """Train for about so long, and `most` steps at most; how many the shown lane made."""
        until, first = time.monotonic() + seconds, self.lane.line.step
        goals = [lane.line.step + (NO_END if most is None else most) for lane in self.seen]
        while time.monotonic() < until:
            going = [
                (lane, goal)
                for lane, goal in zip(self.seen, goals, strict=True)
                if lane.line.ended is None and lane.line.step < goal
            ]
            if not going:
                break
            # Lines that are compared go side by side, the one that is behind first.
            lane, goal = min(going, key=lambda each: each[0].line.step)
            others = [each.line.step for each, _ in going if each is not lane]
            ahead = NO_END if not others else max(others) - lane.line.step or FEW
            most_now = min(ahead, goal - lane.line.step)
            lane.line.advance(most=most_now, seconds=max(0.001, until - time.monotonic()))
        return self.lane.line.step - first

    def level(self) -> None:
        """Lines that are compared stand at the same step, those behind having caught up."""
        goal = max(lane.line.step for lane in self.seen)
        for lane in self.seen:
            if goal - lane.line.step <= FEW:  # others began later
                lane.advance(goal - lane.line.step)

    def make(self, count: Callable[[Lane], int]) -> None:
        """So many steps of each lane that is shown."""
        for lane in self.seen:
            lane.advance(count(lane))

    def attend(self) -> None:
        """The doctor looks at what is shown, now."""
        for lane in self.seen:
            lane.line.doctor.attend()

    # Back

    def seek(self, step: int) -> None:
        """Show the state before a step that was made; ``InputError`` for others."""
        self.lane.line.state_at(step)
        for lane in self.seen:
            at = min(step, lane.line.step)
            lane.at = None if at == lane.line.step else at

    def now(self) -> None:
        """Back from the past."""
        for lane in self.all:
            lane.at = None

    # Branches

    def branch(self, values: dict[str, Any]) -> None:
        """A lane from the step that is shown, with other values for some live fields."""
        lane = self.lane
        if not values.keys() <= set(LIVE):
            raise InputError(f"branch: only {', '.join(LIVE)} can change in the middle of a run")
        changed(lane.setting, values)  # refuses before anything is done
        self._add(lane.branch(self.shown))
        lane.at = None
        if values:
            self.lane.change(values)

    def another(self) -> None:
        """A lane from the start, with the same data and setting, beside the one that is shown."""
        twin = Lane.of(self.lane.subject, self.lane.setting)
        twin.fork = Fork(self.shown, 0)
        place = self.shown
        self._add(twin)
        self.compared = place

    def leave_past(self) -> None:
        """What is done now is done on a branch, where an earlier step is shown."""
        if self.lane.at is not None:
            self.branch({})

    def _add(self, lane: Lane) -> None:
        if len(self.all) >= MOST_LINES:
            raise InputError(
                f"there are {MOST_LINES} lines already: reset, or keep only one (Compare)"
            )
        self.all.append(lane)
        if self.compared is not None:
            self.compared = self.shown
        self.shown = len(self.all) - 1

    def select(self, place: int) -> None:
        """Show another lane."""
        self._check(place)
        if self.compared == place:
            self.compared = self.shown
        self.shown = place
        self.lane.at = None

    def keep(self, place: int) -> None:
        """This lane alone."""
        self._check(place)
        self.begin(self.all[place])

    def compare(self, place: int | None) -> None:
        """Show a second lane; None: no more."""
        if place is not None:
            self._check(place)
            if place == self.shown:
                raise InputError("a line is not compared with itself: choose another")
        self.compared = place

    def _check(self, place: int) -> None:
        if place >= len(self.all):
            raise InputError(f"there is no line {place}; there are {len(self.all)}, from 0")
