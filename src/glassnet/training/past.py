"""Any step of a run can be had again: snapshots of its state, run forward to the step asked for.

With the job, a state is all that a run is made of, and engines give the same bits however a run is
cut: so the state before step k is the latest snapshot before it, run forward.
"""

import time

import numpy as np

from glassnet.engines.numpy_engine import Plan
from glassnet.errors import InputError
from glassnet.nn.arrays import Array
from glassnet.nn.state import State
from glassnet.training.blas import one_blas_thread
from glassnet.training.job import Job
from glassnet.training.stepping import Stepper

BUDGET = 64 << 20  # bytes of all snapshots
MOST = 1024  # snapshots
TIME_SHARE = 0.02  # of the run's time, that taking them may take


class Past:
    """What a run has been through so far; steps count as ``State.step``.

    job, plan: what is trained and how, for whoever works a step out again. state: the run's own
    state as it stands now, to be read only. first, latest: the steps whose states can be had. More
    snapshots than the budget holds are thinned: every second one is dropped.
    """

    def __init__(self, job: Job, plan: Plan, state: State, budget: int = BUDGET) -> None:
        self.job, self.plan, self.state = job, plan, state
        self.first = self.latest = state.step
        self._passed = state.epoch * job.batches + state.batch  # steps of passes before the first
        vectors = [state.parameters, state.buffers, *state.slots.values()]
        self._capacity = min(MOST, budget // max(1, sum(vector.nbytes for vector in vectors)))
        self._kept: list[State] = []
        self._every = 1  # of the calls of `note`, these take a snapshot
        self._calls = 0
        self._ready = 0.0  # the time from which on the next may be taken
        self.note()

    def note(self) -> None:
        """Some steps were made: now and then, keep the state."""
        self.latest, self._calls = self.state.step, self._calls + 1
        began = time.perf_counter()
        if not self._capacity or self._kept and (self._capacity == 1 or began < self._ready):
            return
        if len(self._kept) == self._capacity:
            self._kept, self._every = self._kept[::2], 2 * self._every
        if (self._calls - 1) % self._every:
            return
        self._kept.append(self.state.copy())
        now = time.perf_counter()
        self._ready = now + (now - began) / TIME_SHARE

    @property
    def kept_steps(self) -> list[int]:
        """The steps of the snapshots."""
        return [state.step for state in self._kept]

    def state_at(self, step: int) -> State:
        """The state before `step`: before the update that made it step + 1; a copy.

        Raises ``InputError`` for a step that the run did not come to, and where a single snapshot
        is larger than the budget.
        """
        self._check(step)
        if not self._kept:
            raise InputError(
                f"no step of this run can be had again: its parameters and optimizer state are "
                f"larger than the {BUDGET >> 20} MB that are kept for that"
            )
        state = next(kept for kept in reversed(self._kept) if kept.step <= step).copy()
        if state.step == step:
            return state
        stepper = Stepper(self.job, self.plan, state, self.job.engine, whole_runs=False)
        with one_blas_thread():
            while state.step < step:
                stepper.advance(state, state.epoch + 1, lambda: False, most=step - state.step)
        return state

    def batch_rows(self, step: int) -> Array:
        """The rows of ``job.samples`` that are the batch of a step."""
        self._check(step)
        job = self.job
        epoch, batch = self.place_of(step)
        begin = batch * job.batch_size
        if job.shuffled == "blocks":
            part = job.blocks().part(epoch, batch)
            begin -= part.first * job.batch_size
            return part.rows[begin : begin + job.batch_size]
        order = job.order(epoch)
        end = min(begin + job.batch_size, job.count)
        return np.arange(begin, end) if order is None else order[begin:end]

    def place_of(self, step: int) -> tuple[int, int]:
        """The pass of a step, and its place in it, both counted from 0."""
        return divmod(self._passed + step - self.first, self.job.batches)

    def _check(self, step: int) -> None:
        if not self.first <= step <= self.latest:
            raise InputError(
                f"there is no step {step} in this run: it has the steps {self.first} to "
                f"{self.latest}"
            )
