"""BLAS is held to one thread while any run is under way, and given back after the last."""

import threading

import pytest

from glassnet.training import blas


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What BLAS was limited to, in turn; None where the limit was taken back."""
    seen: list[int | None] = []

    class Limit:
        def __enter__(self) -> None:
            seen.append(1)

        def __exit__(self, *_: object) -> None:
            seen.append(None)

    class Controller:
        def limit(self, *, limits: int, user_api: str) -> Limit:
            assert (limits, user_api) == (1, "blas")
            return Limit()

    monkeypatch.setattr(blas, "_controller", Controller)
    return seen


def test_one_after_the_other(limits: list[int | None]) -> None:
    for _ in range(2):
        with blas.one_blas_thread():
            assert limits[-1] == 1
    assert limits == [1, None, 1, None]


def test_runs_that_overlap_share_the_limit(limits: list[int | None]) -> None:
    first_is_done = threading.Event()

    def first() -> None:
        with blas.one_blas_thread():
            second_is_in.wait(5)
        first_is_done.set()

    second_is_in = threading.Event()
    worker = threading.Thread(target=first)
    worker.start()
    with blas.one_blas_thread():
        second_is_in.set()
        assert first_is_done.wait(5) and limits == [1]
    worker.join()
    assert limits == [1, None]


def test_a_fault_gives_it_back(limits: list[int | None]) -> None:
    with pytest.raises(ZeroDivisionError), blas.one_blas_thread():
        raise ZeroDivisionError
    assert limits == [1, None]


def test_without_threadpoolctl_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "_controller", lambda: None)
    with blas.one_blas_thread():
        pass
