"""Watchers: listeners that a model has for each of its fits, for as long as someone keeps them.

They stand beside the models, not in them: copies, clones and files of a model know nothing of its
watchers, and a model is not kept alive by them, nor they by it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from weakref import WeakKeyDictionary, ref

from glassnet.training.events import Event, Listener


class Watcher(ABC):
    """A listener of all fits of a model. Like every listener, it never changes a run."""

    @abstractmethod
    def __call__(self, event: Event) -> object:
        """Take in what happened."""

    @abstractmethod
    def settle(self) -> None:
        """A fit is over, however it ended: also by an exception, of which no event tells."""


_watchers: WeakKeyDictionary[object, list[ref[Watcher]]] = WeakKeyDictionary()


def add_watcher(model: object, watcher: Watcher) -> None:
    """Let a watcher hear all fits of a model from now on."""
    _watchers.setdefault(model, []).append(ref(watcher))


def watchers_of(model: object) -> list[Watcher]:
    """The watchers of a model that there still are."""
    kept = _watchers.get(model)
    if kept is None:
        return []
    alive = [watcher for each in kept if (watcher := each()) is not None]
    kept[:] = [ref(watcher) for watcher in alive]
    return alive


@contextmanager
def settling(listeners: Sequence[Listener]) -> Iterator[None]:
    """The watchers among these listeners are told when it is over, whatever happens."""
    try:
        yield
    finally:
        for listener in listeners:
            if isinstance(listener, Watcher):
                listener.settle()
