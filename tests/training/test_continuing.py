"""fit goes on from where the network stands: 5 + 5 epochs are 10, to the bit."""

import numpy as np
import pytest

from glassnet.nn.optimizers import OPTIMIZERS, Adam, Momentum
from glassnet.nn.schedules import Constant, Cosine, Exponential, OneCycle, StepDecay
from glassnet.training.events import EpochEnded, StepsDone
from training.problems import classes, classifier, noisy

SETTINGS = {"batch_size": 16, "verbose": False}


def state_of(net):
    state = net.state
    slots = {name: vector.copy() for name, vector in state.slots.items()}
    counters = (state.updates, state.step, state.epoch, state.batch)
    return state.parameters.copy(), state.buffers.copy(), slots, counters


def fitted(*epochs, make=noisy, **settings):
    X, y = classes()
    net = make()
    for count in epochs:
        net.fit(X, y, epochs=count, **SETTINGS, **settings)
    return net


def assert_same(one, other):
    np.testing.assert_equal(state_of(one), state_of(other))
    for name in one.history:
        if name != "seconds":
            assert one.history[name] == other.history[name], name


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_five_and_five_are_ten(optimizer):
    settings = {"optimizer": optimizer, "learning_rate": 0.01, "l2": 1e-3, "clip_norm": 1.0}
    assert_same(fitted(10, **settings), fitted(5, 5, **settings))
    assert_same(fitted(10, **settings), fitted(1, 0, 2, 7, **settings))


@pytest.mark.parametrize(
    "schedule",
    [
        Constant(0.01), StepDecay(0.01, every=2), Exponential(0.01), Cosine(0.01, epochs=10),
        Cosine(0.01, warmup=0.3, epochs=10), OneCycle(0.02, epochs=10),
    ],
)  # fmt: skip
def test_with_every_schedule_that_knows_its_length(schedule):
    one, two = fitted(10, learning_rate=schedule), fitted(5, 5, learning_rate=schedule)
    assert_same(one, two)
    assert one.history.learning_rate == [
        # The rate of an epoch is that of its last of 4 steps.
        schedule.rate(epoch + 0.75, 10)
        for epoch in range(10)
    ]


def test_a_schedule_without_a_length_spans_each_fit():
    one = fitted(4, 4, learning_rate=Cosine(0.01))
    assert one.history.learning_rate[:4] == one.history.learning_rate[4:]


def test_stopped_in_the_middle_of_an_epoch_and_gone_on():
    """Asked to stop after any step, and fitted on: the parameters are those of one run."""
    X, y = classes(120)
    whole = noisy()
    whole.fit(X, y, epochs=3, **SETTINGS | {"batch_size": 8})  # 15 steps each
    parts, rounds = noisy(), 0
    while parts.state.epoch < 3 if rounds else True:
        wanted = rounds * 7 % 11 + 1
        left = 3 - (parts.state.epoch if rounds else 0)
        budget = StepBudget(parts, wanted)
        parts.fit(X, y, epochs=left, callbacks=[budget], **SETTINGS | {"batch_size": 8})
        rounds += 1
    np.testing.assert_equal(state_of(parts), state_of(whole))


class StepBudget:
    """Asks to stop once so many steps were reported; a run may make more before it asks."""

    def __init__(self, net, steps):
        self.net, self.left = net, steps

    def __call__(self, event):
        if isinstance(event, StepsDone):
            self.left -= len(event.report.losses)
        return self.left <= 0


def test_leaving_the_engine_after_every_step_changes_nothing(monkeypatch):
    """Whether steps are reported one by one or all together, the bits are the same."""
    whole = fitted(3)
    monkeypatch.setattr("glassnet.training.stepping.SECONDS_BETWEEN_REPORTS", -1.0)
    reports = []
    X, y = classes()
    net = noisy()
    net.fit(X, y, epochs=3, callbacks=[lambda event: reports.append(event) and None], **SETTINGS)
    assert sum(isinstance(event, StepsDone) for event in reports) == 12
    assert sum(isinstance(event, EpochEnded) for event in reports) == 3
    assert_same(net, whole)


def test_reset_starts_anew():
    net = fitted(3)
    before = state_of(net)
    X, y = classes()
    net.reset()
    assert net.history.epochs == 0 and net.state.step == 0 and not net.state.slots
    net.fit(X, y, epochs=3, **SETTINGS)
    np.testing.assert_equal(state_of(net), before)


def test_the_seed_decides_everything():
    one, two = (fitted(2, make=lambda s=seed: noisy(seed=s)) for seed in (1, 2))
    assert (one.parameters != two.parameters).any()
    np.testing.assert_array_equal(one.parameters, fitted(2).parameters)


def test_another_optimizer_starts_with_slots_of_its_own():
    net = fitted(2, optimizer="adam")
    assert net.state.updates == 8
    X, y = classes()
    net.fit(X, y, optimizer="momentum", epochs=1, **SETTINGS)
    assert set(net.state.slots) == {"velocity"} and net.state.updates == 4
    net.fit(X, y, optimizer=Momentum(0.5), epochs=1, **SETTINGS)
    assert net.state.updates == 4
    assert net.state.step == 16 and net.state.epoch == 4


def test_a_name_an_object_and_a_class_are_one_optimizer():
    X, y = classes()
    net = classifier()
    for choice in ("adam", Adam()):
        net.fit(X, y, optimizer=choice, epochs=1, **SETTINGS)
    assert net.state.updates == 8
    for _ in range(2):
        net.fit(X, y, optimizer=Signs, epochs=1, **SETTINGS)
    assert net.state.updates == 8  # its own, kept over both fits


class Signs:
    """A user's optimizer: always a step of the same length."""

    name, slots, learning_rate = "signs", (), 0.01

    def change(self, g, slots, rate, t):
        return -rate * np.sign(g)


def test_the_user_s_optimizer_learns_and_may_keep_slots():
    class Averaged(Signs):
        slots = ("average",)

        def change(self, g, slots, rate, t):
            slots["average"] *= 0.5
            slots["average"] += 0.5 * g
            return -rate * slots["average"]

    for choice in (Signs, Signs(), Averaged()):
        net = fitted(30, make=classifier, optimizer=choice, learning_rate=0.02)
        assert net.history.loss[-1] < 0.8 * net.history.loss[0]


def test_the_rest_of_an_interrupted_pass_is_not_made_over_other_rows():
    X, y = classes()
    net = noisy()
    net.fit(X, y, epochs=1, callbacks=[lambda event: isinstance(event, StepsDone)], **SETTINGS)
    net.state.batch = 2  # left in the middle of a pass
    rows = _Rows()
    net.fit(X[:-1], y[:-1], epochs=1, callbacks=[rows], **SETTINGS)
    assert rows.count == len(X) - 1


class _Rows:
    """Counts the samples of the steps that it hears of."""

    def __init__(self):
        self.count = 0

    def __call__(self, event):
        if isinstance(event, StepsDone):
            self.count += sum(event.report.rows)
