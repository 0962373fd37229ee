"""The thread that drives one session: commands from the page in, bundles of frames out.

The server's event loop only hands things over (`put`, `seen`, `attach`, `detach`, all of which
return at once); reading a command, training and encoding happen here. A bundle is made only when
it can go out: at most one is unseen by the page, so a slow page gets fewer of them, never old ones.
"""

import gc
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from glassnet.errors import GlassnetError
from glassnet.lab.frames import Frame, bundle, encode
from glassnet.lab.messages import read_message
from glassnet.lab.server.held import give_back, held_bytes
from glassnet.lab.server.limits import BROKEN, TAKEN, Limits, Link
from glassnet.lab.server.turns import Turns
from glassnet.lab.session import Session

SLICE = 0.01  # seconds of training at a time, so that pause is heard at once
SHORTEST, CROWD = 0.005, 4  # of a slice where more than so many wait for a turn
LONGEST = 0.1  # seconds that a set speed may make up for at once
BETWEEN = 1 / 30  # seconds from one bundle to the next, at least
ENCODING_SHARE = 6  # encoding takes at most one part in so many of a training's time
MOST_WAITING = 256  # commands that have come and are not done
MOST_UNANSWERED = 64  # commands that are done before the page has seen what came of them
HEAVY = 0.005  # seconds that a command takes at least which begins a run
CHECK_EVERY = 2.0  # seconds between two looks at the memory


class Worker:
    """One session with its thread. name: by which its page finds it again."""

    def __init__(
        self, name: str, make_session: Callable[[], Session], turns: Turns, limits: Limits
    ) -> None:
        self.name = name
        self.alone_since: float | None = time.monotonic()  # no page is connected since then
        self.has_ended = False
        self.thread = threading.Thread(target=self._run, name=f"lab {name[:6]}", daemon=True)
        self._make_session, self._turns, self._limits = make_session, turns, limits
        self._bell = threading.Event()  # something has happened
        self._lock = threading.Lock()
        self._inbox: deque[str | bytes] = deque()
        self._inbox_bytes = 0
        self._lost = 0  # commands that there was no room for
        self._link: Link | None = None
        self._is_unseen = False
        self._is_new_link = False
        self._ended = False
        # From here on of the thread alone.
        self._session: Session | None = None
        self._own: list[Frame] = []  # what the worker itself has to say
        self._has_news = False
        self._is_urgent = False  # a person waits for an answer
        self._may_train = False
        self._unanswered = 0
        self._train_at, self._trained_at = 0.0, 0.0
        self._send_at, self._cost = 0.0, 0.0  # when the next bundle is due; what the last one cost
        self._check_at = 0.0

    # For the event loop

    def attach(self, link: Link) -> None:
        """A page is connected; one that was connected before is closed."""
        with self._lock:
            before, self._link = self._link, link
            self._is_unseen, self._is_new_link, self.alone_since = False, True, None
            is_broken = self.has_ended
        if is_broken:
            link.close(*BROKEN)
        if before is not None:
            before.close(*TAKEN)
        self._bell.set()

    def detach(self, link: Link) -> None:
        """A page went away; the session waits for it."""
        with self._lock:
            if self._link is link:
                self._link, self.alone_since = None, time.monotonic()
        self._bell.set()

    def put(self, link: Link, message: str | bytes) -> None:
        """A command has come. Where too many wait it is left out, which the page is told."""
        with self._lock:
            if self._link is not link:
                return
            fits = self._inbox_bytes + len(message) <= 2 * self._limits.message
            if not self._inbox or (fits and len(self._inbox) < MOST_WAITING):
                self._inbox.append(message)
                self._inbox_bytes += len(message)
            else:
                self._lost += 1
        self._bell.set()

    def seen(self, link: Link) -> None:
        """The page has shown the last bundle."""
        with self._lock:
            if self._link is link:
                self._is_unseen = False
        self._bell.set()

    def stop(self) -> None:
        """End the thread after what it is at; the session's memory goes with it."""
        with self._lock:
            self._ended = True
            self._link = None
        self._bell.set()

    # The thread

    def _run(self) -> None:
        try:
            self._session = self._make_session()
            self._go_on()
        except Exception as error:
            print(f"glassnet: a session broke: {type(error).__name__}: {error}", file=sys.stderr)
        with self._lock:
            self.has_ended, link = True, self._link
        self._session = None
        give_back()
        if link is not None:
            link.close(*BROKEN)

    def _go_on(self) -> None:
        while not self._ended:
            self._bell.clear()
            self._greet()
            self._do_commands()
            waits = [self._send(), self._train()]
            known = [wait for wait in waits if wait is not None]
            if not known or min(known) > 0:
                self._bell.wait(min(known, default=None))

    @property
    def session(self) -> Session:
        """The session, of this thread alone."""
        assert self._session is not None
        return self._session

    def _greet(self) -> None:
        """Tell a page that has just connected everything anew."""
        with self._lock:
            is_new, self._is_new_link = self._is_new_link, False
        if is_new:
            self._own = [Frame("session", {"id": self.name})]
            self._attempt(lambda: self.session.refresh())
            self._unanswered = 0
            self._is_asked()

    def _do_commands(self) -> None:
        while self._unanswered < MOST_UNANSWERED and not self._ended:
            with self._lock:
                lost, self._lost = self._lost, 0
                message = self._inbox.popleft() if self._inbox else None
                self._inbox_bytes -= 0 if message is None else len(message)
            if lost:
                self._say(f"{lost} commands came faster than they can be done and were left out")
            if message is None:
                return
            self._do(message)
            self._unanswered += 1
            self._is_asked()

    def _is_asked(self) -> None:
        """A person waits for an answer, and it may have begun to play."""
        if not self._may_train:
            self._trained_at = time.monotonic()
        self._has_news = self._is_urgent = self._may_train = True

    def _do(self, message: str | bytes) -> None:
        try:
            command, arrays = read_message(message, self._limits.message)
        except GlassnetError as error:
            self._say(str(error))
            return
        about = command.get("do") if isinstance(command, dict) else None
        began = time.monotonic()
        self._attempt(lambda: self.session.command(command, arrays), about)
        if time.monotonic() - began > HEAVY:
            gc.collect()  # the run before it
        self._check_memory()

    def _send(self) -> float | None:
        """Send what is new, if it may be sent; else the seconds until then, None: till a ring."""
        link = self._link
        if link is None or self._is_unseen or not self._has_news:
            return None
        gap = BETWEEN if self._is_urgent else max(BETWEEN, (ENCODING_SHARE - 1) * self._cost)
        now = time.monotonic()
        # One that was late does not delay those after it, as long as they do not pile up.
        due = max(self._send_at, now - gap - BETWEEN) + gap
        if due > now:
            return due - now
        if not self._turns.take(self._bell, self._is_urgent, self._leaves_line):
            return 0.0
        began = time.thread_time()  # of this thread: others may have the processor meanwhile
        try:
            found: list[bytes] = self._attempt(lambda: self.session.frames()) or []
            found = [encode(frame) for frame in self._own] + found
        finally:
            self._turns.give()
        self._own, self._unanswered = [], 0
        self._has_news = self._is_urgent = False
        self._send_at = due
        self._cost = time.thread_time() - began
        if found:
            data = bundle(found)
            with self._lock:
                if self._link is link:  # a new link is told everything anew
                    self._is_unseen = True
                    link.send(data)
        return 0.0

    def _train(self) -> float | None:
        """Train for a slice, if it is playing; the seconds until the next one, None: never."""
        if not self._may_train or self._link is None:
            return None
        wait = self._train_at - time.monotonic()
        if wait > 0:
            return wait
        if not self._turns.take(self._bell, False, self._leaves_line):
            return 0.0
        began = time.monotonic()
        try:
            # In a crowd a turn is shorter, so that each page sees more of its own. At a set speed
            # what became due while others had their turns is made as well.
            since = max(SHORTEST, SLICE * min(1.0, CROWD / (1 + self._turns.waiting)))
            if self.session.speed is not None:
                since = min(began - self._trained_at, LONGEST)
            self._may_train = bool(self._attempt(lambda: self.session.work(since)))
        finally:
            self._turns.give()
        self._has_news, self._trained_at = True, began
        self._train_at = began + SLICE
        if began >= self._check_at:
            self._check_memory()
        return 0.0

    def _leaves_line(self) -> bool:
        """Whether something came that goes before what it waits for: a command, the end."""
        has_command = bool(self._inbox) and self._unanswered < MOST_UNANSWERED
        return self._ended or self._is_new_link or (has_command and not self._is_urgent)

    def _attempt(self, action: Callable[[], Any], about: Any = None) -> Any:
        """Do it; a fault of ours becomes a sentence too, pauses, and the session lives."""
        try:
            return action()
        except Exception as error:
            kind = type(error).__name__
            what = "there is not enough memory for that" if isinstance(error, MemoryError) else (
                f"this should not happen ({kind}: {str(error)[:200]}); reset, and go on"
            )  # fmt: skip
            if isinstance(error, GlassnetError):
                what = str(error)
            self.session.playing = self._may_train = False
            self._say(what, about)
            return None

    def _check_memory(self) -> None:
        """Pause a session that holds too much; let go of one that holds far too much."""
        now = time.monotonic()
        if now < self._check_at:
            return
        held, most = held_bytes(self.session), self._limits.memory
        self._check_at = now + max(CHECK_EVERY, 50 * (time.monotonic() - now))
        if held <= most:
            return
        self._may_train = False
        told = f"this lab holds {held >> 20:,} MB, and a session may hold {most >> 20:,} MB"
        if held > 2 * most:
            self._session = self._make_session()
            self._say(f"{told}: it was let go; open a smaller one")
        else:
            self.session.command({"do": "pause"})
            self._say(f"{told}: reset, or train it with 'glassnet train'")

    def _say(self, sentence: str, about: Any = None) -> None:
        words = {"message": sentence, "about": about if isinstance(about, str) else None}
        self._own.append(Frame("error", words))
        self._has_news = self._is_urgent = True
