"""BLAS held to one thread while runs are under way: their bits are then the same on any number of
cores. The limit is the process's, so runs in several threads share it: the first sets it, the last
takes it back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


class _Hold:
    """How many runs are under way, and the threads that each BLAS had before the first."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.runs = 0
        self.before: list[int | None] = []


_HOLD = _Hold()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One BLAS thread inside; nothing where threadpoolctl is missing, as inside a browser."""
    libraries = _libraries()
    with _HOLD.lock:
        if _HOLD.runs == 0:
            _HOLD.before = [library.num_threads for library in libraries]
            _set_threads(libraries, [1] * len(libraries))
        _HOLD.runs += 1
    try:
        yield
    finally:
        with _HOLD.lock:
            _HOLD.runs -= 1
            if _HOLD.runs == 0:
                _set_threads(libraries, _HOLD.before)


def _set_threads(libraries: tuple[Any, ...], numbers: list[int | None]) -> None:
    for library, number in zip(libraries, numbers, strict=True):
        if number is not None:
            library.set_num_threads(number)
        # From 3.8 on, the thread that set a limit alone may change it, until it says otherwise;
        # here the last run may be in another thread than the first.
        getattr(library, "clear_controlling_thread", lambda: None)()


@cache
def _libraries() -> tuple[Any, ...]:
    """The BLAS libraries, looked for once: that takes 10 ms, a short fit less."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return ()
    return tuple(ThreadpoolController().select(user_api="blas").lib_controllers)
