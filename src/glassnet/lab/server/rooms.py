"""The sessions that a server holds: each by a name that nobody can guess, none for ever."""

import os
import secrets
import time
from collections.abc import Callable

from glassnet.errors import InputError
from glassnet.lab.server.limits import Limits
from glassnet.lab.server.turns import Turns
from glassnet.lab.server.worker import Worker
from glassnet.lab.session import Session


class Rooms:
    """make_session: makes a new one. Its methods are for the event loop's thread."""

    def __init__(self, make_session: Callable[[], Session], limits: Limits) -> None:
        self.limits = limits
        self._make_session = make_session
        self._turns = Turns(processors())
        self._workers: dict[str, Worker] = {}

    def __len__(self) -> int:
        return len(self._workers)

    def join(self, name: str | None) -> Worker:
        """The session of that name where it still is, else a new one.

        Raises ``InputError`` where there are as many as the server bears; one that waits for its
        page gives way to a new one.
        """
        self.sweep()
        if name in self._workers:
            return self._workers[name]
        if len(self._workers) >= self.limits.sessions and not self._let_one_go():
            raise InputError(
                f"this server holds {self.limits.sessions} labs, as many as it bears: wait until "
                "somebody leaves, or run 'glassnet lab' on your own machine"
            )
        worker = Worker(secrets.token_urlsafe(16), self._make_session, self._turns, self.limits)
        self._workers[worker.name] = worker
        worker.thread.start()
        return worker

    def sweep(self) -> None:
        """Let those go whose page did not come back in time."""
        latest = time.monotonic() - self.limits.idle
        for worker in list(self._workers.values()):
            alone_since = worker.alone_since
            if worker.has_ended or (alone_since is not None and alone_since <= latest):
                self._let_go(worker)

    def stop(self, seconds: float) -> bool:
        """End all of them; whether every thread has ended within so many seconds."""
        workers = list(self._workers.values())
        for worker in workers:
            self._let_go(worker)
        until = time.monotonic() + seconds
        for worker in workers:
            worker.thread.join(max(0.0, until - time.monotonic()))
        return not any(worker.thread.is_alive() for worker in workers)

    def _let_one_go(self) -> bool:
        """Let the session go that has been alone for longest, if one is."""
        alone = [(w.alone_since, w) for w in self._workers.values() if w.alone_since is not None]
        if not alone:
            return False
        self._let_go(min(alone, key=lambda pair: pair[0])[1])
        return True

    def _let_go(self, worker: Worker) -> None:
        del self._workers[worker.name]
        worker.stop()


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
