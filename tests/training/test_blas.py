"""BLAS is held to one thread while any run is under way, and given back after the last."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from glassnet.training.blas import one_blas_thread

THREADS = 2


def blas_threads() -> set[int]:
    """The threads of every BLAS in this process."""
    return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    """BLAS has two threads outside of runs, whatever this machine has."""
    with threadpool_limits(THREADS, user_api="blas"):
        yield


def test_one_after_the_other() -> None:
    for _ in range(2):
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {THREADS}


def test_inside_one_another() -> None:
    with one_blas_thread():
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {THREADS}


@pytest.mark.parametrize("first_leaves_first", [True, False])
def test_runs_in_two_threads_share_the_limit(first_leaves_first: bool) -> None:
    entered, may_leave = threading.Event(), threading.Event()

    def run() -> None:
        with one_blas_thread():
            entered.set()
            assert may_leave.wait(10)

    other = threading.Thread(target=run)
    with ExitStack() as mine:
        mine.enter_context(one_blas_thread())
        other.start()
        assert entered.wait(10)
        if first_leaves_first:
            mine.close()
            assert blas_threads() == {1}
        may_leave.set()
        other.join()
        assert blas_threads() == ({THREADS} if first_leaves_first else {1})
    assert blas_threads() == {THREADS}


def test_a_fault_gives_it_back() -> None:
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert blas_threads() == {THREADS}
