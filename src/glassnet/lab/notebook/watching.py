"""A model that is watched while `fit` trains it: a session of the lab that trains nothing itself.

While `fit` runs, no message of the page can be heard: bundles go out by the clock, the newest last,
at a bounded share of the training's time. Between the runs the page asks and is answered.
"""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from weakref import ref

import numpy as np

from glassnet.data.dataset import Dataset
from glassnet.errors import GlassnetError, InputError
from glassnet.files.model import model_to_json
from glassnet.lab import commands as c
from glassnet.lab.frames import Frame, bundle
from glassnet.lab.lines.followed import Followed, same_samples
from glassnet.lab.lines.lane import Lane
from glassnet.lab.messages import read_message
from glassnet.lab.session import Arrays, Session
from glassnet.lab.subject import fitted
from glassnet.lab.subject.fitted import FittedSubject, Given, at_rest, names_of, subject_of_fit
from glassnet.lab.subject.grid import plane_of
from glassnet.lab.told import tell
from glassnet.lab.told.take import file
from glassnet.lab.views.sample import find
from glassnet.lab.views.scene import Watched
from glassnet.nn.state import State
from glassnet.training.events import Event, RunEnded, RunStarted, StepsDone
from glassnet.training.job import Job
from glassnet.training.watchers import Watcher, add_watcher

BETWEEN = 1 / 25  # seconds from one bundle to the next, at least
SHARE = 0.25  # of the training's time, that bundles may take
SELDOM = 0.5  # seconds between two pictures of what the page did not show when it was last heard
LARGEST = 64 << 20  # bytes of a message
LONGEST = 0.5  # seconds without a picture, also after one that took long, such as the first
RATE = 16 << 20  # bytes a second, at most
UNSURE = 1.0  # seconds, after which all is told again to a page that hasn't been heard yet
RENEW = 1.0  # seconds, after which other samples are shown, where each short fit brings some

FIT_TRAINS = (
    "here `fit` trains: set things where the model is made, call its fit, and watch it here"
)
NOTHING_YET = "there is nothing to show yet: call fit, and it is shown here"
_LOOKS = (c.Want, c.Watch, c.Draw, c.Ask, c.ChoosePart, c.Cell, c.Seek, c.Now, c.Take, c.Pause)
_ALWAYS: tuple[c.View, ...] = ("network", "units", "output", "loss", "sample")
_ALL = (*_ALWAYS, "gradients", "histograms", "confusion", "scores")


class Watching(Session, Watcher):
    """model: a ``Network``, ``Classifier`` or ``Regressor``; send: hands a bundle to the page.

    data: samples (X, y) to be shown before a fit; of a ``Dataset`` the names are used as well.
    Raises ``InputError`` where they do not fit a model that is fitted already.
    """

    def __init__(
        self,
        model: object,
        send: Callable[[bytes], None],
        data: Given | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.send = send
        self._model = ref(model)
        self._known: Dataset | None = None
        self._clock = clock
        self._is_heard = False  # a page has opened
        self._may_hear = True  # this run is followed
        self._is_driven = False  # `fit` has the kernel: what the page asks can't be heard
        self._has_rows = False  # the samples that are shown are all of those that are trained on
        self._renewed = self._due = self._told_all = self._all_due = -np.inf
        if data is not None:
            self.know(data)
        add_watcher(model, self)

    # What the page asks

    def command(self, message: Any, arrays: Arrays | None = None) -> None:
        """Do what the page asks, as far as it is looking; the rest is one sentence."""
        try:
            asked = c.read_command(message)
            if isinstance(asked, c.Open):
                self._is_heard = True
                self.refresh()
                return
            self._check(asked)
        except GlassnetError as error:
            about = message.get("do") if isinstance(message, dict) else None
            self._waiting.append(tell.sentence(error, about))
            return
        super().command(message, arrays)

    def _check(self, asked: c.Command) -> None:
        is_own = isinstance(asked, (c.Select, c.Keep)) and asked.line == 0
        if not isinstance(asked, _LOOKS) and not is_own:
            raise InputError(FIT_TRAINS)
        if not self.lanes.all and not isinstance(asked, (c.Want, c.ChoosePart, c.Pause, c.Now)):
            raise InputError(NOTHING_YET)
        if isinstance(asked, c.Ask):
            if not self.lane.line.stretches:
                raise InputError("there was no step yet to be explained: call fit first")
            if asked.batch and not self._has_rows:
                raise InputError(
                    "the samples of that batch are not kept here: ask about one of those shown"
                )
        if isinstance(asked, c.Take) and asked.what in ("toml", "python"):
            raise InputError("the program that trains this model is the notebook itself")

    def _take(self, command: c.Take, arrays: Arrays) -> None:
        model = self._model()
        is_estimator = hasattr(model, "network_")
        if command.what == "model" and is_estimator and self.lane.at is None:
            from glassnet.models.document import describe

            self._waiting.append(
                file("model.json", "application/json", model_to_json(describe(model)))
            )
            return
        super()._take(command, arrays)

    _doers = Session._doers | {c.Take: lambda self, *asked: self._take(*asked)}

    def receive(self, content: Any, buffers: Sequence[Any] = ()) -> None:
        """Do what a message asks, and answer it. buffers: a command with arrays, as one frame."""
        try:
            message, arrays = content, None
            if buffers:
                message, arrays = read_message(bytes(buffers[0]), LARGEST)
            self.command(message, arrays)
            self.tell()
        except GlassnetError as error:
            self._waiting.append(tell.sentence(error, None))
            self._safely_tell()
        except Exception as error:
            what = f"this should not happen ({type(error).__name__}: {str(error)[:200]})"
            self._waiting.append(tell.sentence(GlassnetError(what), None))
            self._safely_tell()

    def frames(self) -> list[bytes]:
        """What is new since the last call, encoded. While `fit` runs the page can't say what it
        shows by now, so it gets what is always there, and now and then all."""
        if self._is_heard and not self._is_driven:
            return super().frames()
        asked, now = self._look, self._clock()
        is_due = now >= self._all_due
        views = (*asked.views, *(_ALL if is_due else _ALWAYS))
        if is_due:
            self._all_due = now + SELDOM
        self._look = replace(asked, views=tuple(dict.fromkeys(views)))
        try:
            return super().frames()
        finally:
            self._look = asked

    def tell(self) -> int:
        """Send what is new; how many bytes that was."""
        found = self.frames()
        if not found:
            return 0
        message = bundle(found)
        self.send(message)
        return len(message)

    # What becomes of the model

    def know(self, data: Given) -> None:
        """Show the model as it stands with these samples, where it has parameters already, and use
        the names of a ``Dataset`` from now on. Raises ``InputError`` where they do not fit it.
        """
        if isinstance(data, Dataset):
            self._known = data
        job, state = at_rest(self._model(), data)
        if job is None or state is None:
            return
        subject = subject_of_fit(job, state, names_of(self._model(), self._known))
        self._look_at_lane(subject, fitted.setting_of_fit(job), Followed(job, state))

    def __call__(self, event: Event) -> None:
        """Follow a fit. A fault in here ends the watch over this fit, never the fit."""
        if isinstance(event, RunStarted):
            self._may_hear = True
        if not self._may_hear:
            return
        try:
            self._hear(event)
        except GlassnetError as error:
            self._leave(tell.sentence(error, None))
        except Exception as error:
            warnings.warn(
                f"the watch has left: {type(error).__name__}: {error}; the fit goes on without it",
                RuntimeWarning,
                stacklevel=2,
            )
            self._leave(None)

    def settle(self) -> None:
        """The fit is over, also by an exception: the model is at rest."""
        if self.playing:
            self.playing, self._all_due = False, -np.inf
            self._safely_tell()
            self._is_driven = False

    def _leave(self, frame: Frame | None) -> None:
        self._may_hear = self.playing = self._is_driven = False
        if frame is not None:
            self._waiting.append(frame)
            self._safely_tell()

    def _safely_tell(self) -> None:
        try:
            self.tell()
        except Exception as error:
            warnings.warn(
                f"the page could not be told: {type(error).__name__}: {error}",
                RuntimeWarning,
                stacklevel=2,
            )

    def _hear(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._follow(event)
        line = self.lane.line
        assert isinstance(line, Followed)
        line.hear(event)
        if isinstance(event, RunEnded):
            self.lane.at = line.went_back_to
            self.settle()
        elif isinstance(event, (RunStarted, StepsDone)):
            self._tell_in_time(at_once=isinstance(event, RunStarted))

    def _tell_in_time(self, at_once: bool) -> None:
        began, spent = self._clock(), time.thread_time()
        if began < self._due and not at_once:
            return
        if not self._is_heard and began - self._told_all >= UNSURE:
            self.refresh()
            self._told_all = began
        size = self.tell()
        spent = time.thread_time() - spent  # others may have had the processor meanwhile
        wait = min(LONGEST, max(spent * (1 / SHARE - 1), size / RATE))
        self._due = max(began + BETWEEN, self._clock() + wait)

    def _follow(self, event: RunStarted) -> None:
        """A fit begins: it goes on from what is shown, or is a new one."""
        past = event.past
        if past is None:
            raise InputError(
                "L-BFGS chooses its own steps and keeps no past: this fit can't be shown here"
            )
        line = self.lanes.lane.line if self.lanes.all else None
        if not isinstance(line, Followed) or not line.goes_on_with(past):
            self._begin_with(past.job, past.state, event.engine)
            line = self.lane.line
        elif not same_samples(line.job, past.job):
            self._renew(past.job, past.state)
        assert isinstance(line, Followed)
        line.follow(past, event.engine)
        self.lane.at, self.playing, self._is_driven = None, True, True
        self.lane.setting = fitted.setting_of_fit(past.job)

    def _begin_with(self, job: Job, state: State, engine: str) -> None:
        subject = subject_of_fit(job, state, names_of(self._model(), self._known))
        self._look_at_lane(subject, fitted.setting_of_fit(job), Followed(job, state, engine))

    def _renew(self, job: Job, state: State) -> None:
        """The fit goes on with other samples: show these, but not anew many times a second."""
        self._has_rows = False
        if self.lane.line.stretches and self._clock() - self._renewed < RENEW:
            return
        subject = subject_of_fit(job, state, names_of(self._model(), self._known))
        lane = self.lane
        lane.subject, lane.plane = subject, plane_of(subject)
        self._note(subject)

    def _look_at_lane(self, subject: FittedSubject, setting: Any, line: Followed) -> None:
        self.lanes.begin(Lane(subject, setting, line, plane_of(subject)))
        self._note(subject)
        self.refresh()

    def _note(self, subject: FittedSubject) -> None:
        self._has_rows, self._renewed = not subject.is_part, self._clock()
        watched = self._look.watched
        if watched is not None:
            try:
                find(subject, watched)
            except GlassnetError:
                watched = None
        if watched is None and not subject.has_plane:
            watched = Watched("train" if subject.held_out is None else "held_out", 1)
        self._look = replace(self._look, watched=watched)
