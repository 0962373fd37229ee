"""Any step of a run can be had again, to the same bits, whatever the engine and the optimizer."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.engines.native.steps import Native
from glassnet.errors import InputError
from glassnet.training import past as past_module

KINDS = {
    "dropout": ([gn.Dense(9, "relu"), gn.Dropout(0.3), gn.Dense(3, "softmax")], "auto"),
    "numpy": ([gn.Dense(9, "gelu"), gn.Dropout(0.3), gn.Dense(3, "softmax")], "numpy"),
    "norm": ([gn.Dense(9), gn.BatchNorm(), gn.Activation("relu"), gn.Dense(3, "softmax")], "auto"),
}


def data(rows=50, classes=3):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, 6)), rng.integers(classes, size=rows)


class Witness:
    """Copies the state whenever it is told of steps, and keeps the run's past."""

    def __init__(self):
        self.states, self.past, self.losses = {}, None, {}

    def __call__(self, event):
        if isinstance(event, gn.RunStarted):
            self.past = event.past
        if isinstance(event, gn.StepsDone):
            state = self.past.state.copy()
            self.states[state.step] = state
            for place, loss in enumerate(event.report.data_losses):
                self.losses[event.report.first_step + place] = loss


def watched(kind, epochs=4, before=0, **options):
    layers, engine = KINDS[kind]
    net, (X, y) = gn.Network(layers, "cross_entropy", seed=3), data()
    options = {"batch_size": 8, "engine": engine, "verbose": False} | options
    if before:
        net.fit(X, y, epochs=before, **options)
    witness = Witness()
    net.fit(X, y, epochs=epochs, callbacks=[witness], **options)
    return net, witness


def same(one, other):
    counters = ("updates", "step", "epoch", "batch")
    assert [getattr(one, c) for c in counters] == [getattr(other, c) for c in counters]
    for a, b in zip(vectors(one), vectors(other), strict=True):
        assert a.tobytes() == b.tobytes()


def vectors(state):
    return [state.parameters, state.buffers, *state.slots.values()]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("shuffle", ["rows", "blocks", False])
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_again(kind, shuffle, optimizer):
    """From one snapshot alone: all states that were seen, and each step from the one before."""
    net, witness = watched(kind, before=2, shuffle=shuffle, optimizer=optimizer)
    past = witness.past
    assert (past.first, past.latest) == (14, 42) == (past.first, net.state.step)
    past._kept = past._kept[:1]
    for step, state in witness.states.items():
        same(past.state_at(step), state)
    one = past.state_at(20)
    past._kept = [past.state_at(17)]
    same(past.state_at(20), one)


def test_snapshots_are_thinned_to_the_budget(monkeypatch):
    monkeypatch.setattr(past_module, "TIME_SHARE", 1e9)
    net, witness = watched("dropout", epochs=1)
    size = sum(v.nbytes for v in vectors(net.state))
    state = net.state
    past = past_module.Past(witness.past.job, witness.past.plan, state, budget=5 * size + 1)
    for _ in range(100):
        state.step += 1
        past.note()
    steps = [kept.step - past.first for kept in past._kept]
    assert 3 <= len(steps) <= 5 and steps[0] == 0
    assert len(set(np.diff(steps))) == 1 and steps[-1] > 50
    small = past_module.Past(witness.past.job, witness.past.plan, state, budget=size - 1)
    with pytest.raises(InputError, match="64 MB"):
        small.state_at(small.first)


def test_a_listener_may_ask_in_between_and_changes_nothing():
    """A network whose listener looks back all the time is the network of a run without."""

    class Curious(Witness):
        def __call__(self, event):
            super().__call__(event)
            if isinstance(event, gn.EpochEnded):
                same(self.past.state_at(self.past.latest), self.past.state)
                assert self.past.state_at(max(0, self.past.latest - 3)).step >= 0

    X, y = data()
    nets = []
    for listeners in ([], [Curious()]):
        net = gn.Network(KINDS["dropout"][0], "cross_entropy", seed=1)
        net.fit(X, y, epochs=5, batch_size=8, callbacks=listeners, verbose=False)
        nets.append(net)
    same(nets[0].state, nets[1].state)


@pytest.mark.parametrize("shuffle", ["rows", "blocks", False])
def test_the_rows_of_a_batch(shuffle):
    """Each pass has every row once, and a step's loss is that of its rows before it."""
    net = gn.Network(
        [gn.Dense(9, "tanh"), gn.Dense(3, "softmax")], "cross_entropy", dtype="float64"
    )
    (X, y), witness, weights = data(), Witness(), np.ones(50)
    weights[[4, 30]] = 0
    net.fit(
        X, y, epochs=3, batch_size=7, shuffle=shuffle, callbacks=[witness],
        sample_weight=weights, verbose=False,
    )  # fmt: skip
    past = witness.past
    batches = past.job.batches
    for epoch in range(3):
        rows = [past.batch_rows(epoch * batches + batch) for batch in range(batches)]
        assert sorted(np.concatenate(rows)) == sorted(np.flatnonzero(weights))
        for batch, chosen in enumerate(rows):
            step = epoch * batches + batch
            before = gn.Network.of(net.stack, past.state_at(step))
            loss = before.evaluate(X[chosen], y[chosen])["loss"]
            assert abs(loss * past.job.samples.weights[chosen[0]] - witness.losses[step]) < 1e-12


def test_steps_that_are_not_there():
    _, witness = watched("dropout", before=1, epochs=1)
    for step in (6, 15):
        with pytest.raises(InputError, match="has the steps 7 to 14"):
            witness.past.state_at(step)
    assert witness.past.job.batches == 7


def test_passive_listeners_alone_keep_nothing():
    history = gn.History()
    seen = []

    def look(event):
        seen.append(event)

    look.passive = True
    net, (X, y) = gn.Network([gn.Dense(1)], "mean_squared_error"), data()
    net.fit(X, y.astype(float)[:, None], epochs=1, callbacks=[history, look], verbose=False)
    assert seen[0].past is None


def test_the_kernel_made_these_steps():
    """Where it is there, the native engine is what the tests above looked at."""
    net, _ = watched("dropout", epochs=1)
    assert net.engine_report().startswith("native") == (net._forward_kernel() is not None)
    assert isinstance(net._forward_kernel(), (Native, type(None)))
