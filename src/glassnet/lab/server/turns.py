"""Takes turns among the lab's sessions: as many compute at once as there are processors.

Each session has a thread. If all of them computed at once, the event loop would have to wait for
the interpreter's lock behind every one of them, and so would a person who pressed pause. So a
thread computes only while it has a turn, a turn is short, and what a person waits for goes first.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(eq=False)
class _Waiting:
    """One that waits in the line; bell: rung when it is its turn."""

    bell: threading.Event
    is_called: bool = False


class Turns:
    """count: how many may have a turn at once."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._lock = threading.Lock()
        self._line: deque[_Waiting] = deque()
        self._urgent: deque[_Waiting] = deque()

    @property
    def waiting(self) -> int:
        """How many wait in the line."""
        return len(self._line) + len(self._urgent)

    def take(self, bell: threading.Event, urgent: bool, leaves: Callable[[], bool]) -> bool:
        """Wait for a turn; False where `leaves` said, after a ring of the bell, not to wait."""
        me = _Waiting(bell)
        line = self._urgent if urgent else self._line
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            line.append(me)
        while not me.is_called:
            bell.wait()
            bell.clear()
            if me.is_called or not leaves():
                continue
            with self._lock:
                if me.is_called:
                    break
                line.remove(me)
            bell.set()  # it rang for the one who leaves
            return False
        return True

    def give(self) -> None:
        """Hand the turn to the next one."""
        with self._lock:
            if self._urgent or self._line:
                following = (self._urgent or self._line).popleft()
                following.is_called = True
                following.bell.set()
            else:
                self._free += 1
