"""Turns: never more than may be, in the order of asking, what is urgent first, none lost."""

import threading
import time

from glassnet.lab.server.turns import Turns
from lab.serving import eventually


def never() -> bool:
    return False


def test_no_more_than_may_be_have_a_turn_and_all_get_one() -> None:
    turns, now, most, done = Turns(3), [], [0], []

    def go() -> None:
        bell = threading.Event()
        for number in range(40):
            assert turns.take(bell, number % 5 == 0, never)
            now.append(1)
            most[0] = max(most[0], len(now))
            time.sleep(0.0002)
            now.pop()
            turns.give()
        done.append(1)

    threads = [threading.Thread(target=go) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(done) == 12 and most[0] <= 3
    assert turns.waiting == 0
    assert all(turns.take(threading.Event(), False, never) for _ in range(3))


def test_urgent_ones_go_first_and_each_in_its_order() -> None:
    turns, order = Turns(1), []
    assert turns.take(threading.Event(), False, never)

    def go(name: str, urgent: bool) -> None:
        turns.take(threading.Event(), urgent, never)
        order.append(name)
        turns.give()

    threads = []
    for name, urgent in [("a", False), ("b", False), ("A", True), ("B", True)]:
        threads.append(threading.Thread(target=go, args=(name, urgent)))
        threads[-1].start()
        count = len(threads)
        assert eventually(lambda: turns.waiting == count)  # noqa: B023 - called in this round
    turns.give()
    for thread in threads:
        thread.join(30)
    assert order == ["A", "B", "a", "b"]


def test_one_leaves_the_line_when_something_else_comes() -> None:
    turns, bell, comes, got = Turns(1), threading.Event(), [False], []
    assert turns.take(threading.Event(), False, never)
    thread = threading.Thread(target=lambda: got.append(turns.take(bell, False, lambda: comes[0])))
    thread.start()
    assert eventually(lambda: turns.waiting == 1)
    bell.set()  # a ring for nothing
    assert eventually(lambda: not bell.is_set()) and turns.waiting == 1
    comes[0] = True
    bell.set()
    thread.join(30)
    assert got == [False] and turns.waiting == 0
    assert bell.is_set()  # so that what came is looked at
    turns.give()
    assert turns.take(bell, False, never)
