"""Carries a session where there are no threads: in a worker of the browser, where Python is run by
Pyodide. The worker's script hands over what the page sends, gives turns, and posts the bundles.
"""

import time
from collections.abc import Callable
from typing import Any

from glassnet.errors import GlassnetError
from glassnet.lab.frames import Frame, bundle, encode
from glassnet.lab.messages import read_message
from glassnet.lab.session import Session

SLICE = 0.01  # seconds of training at a time, so that pause is heard at once
LONGEST = 0.1  # seconds that a set speed may make up for at once
BETWEEN = 1 / 60  # seconds from one bundle to the next, at least
ENCODING_SHARE = 2  # encoding takes at most one part in so many of a training's time
LARGEST = 256 << 20  # bytes of a message: the page's memory is the visitor's own
IDLE = -1.0


class Carrier:
    """One page's session. At most one bundle is unseen: a slow page gets fewer, never old ones."""

    def __init__(
        self,
        make_session: Callable[[], Session] = Session,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = make_session()
        self._clock = clock
        self._own: list[Frame] = []  # what the carrier itself has to say
        self._may_train = self._has_news = self._is_urgent = self._is_unseen = False
        self._trained_at = self._train_at = self._sent_at = clock()
        self._cost = 0.0  # of the last bundle, in seconds

    def receive(self, message: str | bytes) -> None:
        """Do what the page asks: JSON, or the bytes of a frame."""
        about = None
        try:
            command, arrays = read_message(message, LARGEST)
            about = command.get("do") if isinstance(command, dict) else None
            if about == "seen":
                self._is_unseen = False
                return
            self.session.command(command, arrays)
        except Exception as error:
            self._say(error, about)
        self._train_at = self._clock()
        self._may_train = self._has_news = self._is_urgent = True

    def turn(self) -> float:
        """Train for a slice, if it is playing; seconds until the next turn is of use, or `IDLE`."""
        now = self._clock()
        if self._may_train and now >= self._train_at:
            self._train(now)
        waits = [self._train_at - self._clock()] if self._may_train else []
        if self._has_news and not self._is_unseen:
            waits.append(self._sent_at + self._gap() - self._clock())
        return max(0.0, min(waits)) if waits else IDLE

    def next_bundle(self) -> bytes | None:
        """What is new for the page, where it may go out now."""
        began = self._clock()
        if self._is_unseen or not self._has_news or began < self._sent_at + self._gap():
            return None
        found: list[bytes] = []
        try:
            found = self.session.frames()
        except Exception as error:
            self._say(error, None)
        found = [encode(frame) for frame in self._own] + found
        self._own, self._has_news, self._is_urgent = [], False, False
        self._sent_at = self._clock()
        self._cost = self._sent_at - began
        self._is_unseen = bool(found)
        return bundle(found) if found else None

    def _gap(self) -> float:
        return BETWEEN if self._is_urgent else max(BETWEEN, (ENCODING_SHARE - 1) * self._cost)

    def _train(self, now: float) -> None:
        speed = self.session.speed
        seconds = SLICE if speed is None else min(now - self._trained_at, LONGEST)
        try:
            self._may_train = bool(self.session.work(seconds))
        except Exception as error:
            self._say(error, None)
        self._trained_at = now
        # At a set speed a slice's steps are done early: the next one begins when it is due.
        self._train_at = now if speed is None else now + SLICE
        self._has_news = True

    def _say(self, error: Exception, about: Any) -> None:
        """A fault becomes a sentence and pauses; the session lives."""
        if isinstance(error, GlassnetError):
            sentence = str(error)
        elif isinstance(error, MemoryError):
            sentence = "there is not enough memory for that in this browser"
        else:
            kind = type(error).__name__
            sentence = f"this should not happen ({kind}: {str(error)[:200]}); reset, and go on"
        self.session.playing = self._may_train = False
        words = {"message": sentence, "about": about if isinstance(about, str) else None}
        self._own.append(Frame("error", words))
        self._has_news = self._is_urgent = True
