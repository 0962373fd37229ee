"""fit with shuffle="blocks", "rows" and False: which rows in which step, cut anywhere."""

import numpy as np
import pytest

from glassnet.engines.samples import Samples
from glassnet.errors import InputError, NonFiniteLossError
from glassnet.files.checkpoint import load_checkpoint, save_checkpoint
from glassnet.nn.update import UpdateRule
from glassnet.training.events import StepsDone
from glassnet.training.job import Job
from glassnet.training.loop import train
from glassnet.training.order import Windows
from training.problems import classes, classifier, needs_kernel, noisy


def by_windows(windows):
    return np.concatenate([windows.rows(window) for window in range(len(windows))])


def settings(**others):
    return {"batch_size": 7, "shuffle": "blocks", "verbose": False, **others}


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 4 rows: three windows in a pass of 300 rows."""
    monkeypatch.setattr("glassnet.training.job.block_rows", lambda features: 4)


@pytest.fixture
def stepwise(monkeypatch):
    """Every step is a report of its own."""
    monkeypatch.setattr("glassnet.training.stepping.SECONDS_BETWEEN_REPORTS", -1.0)


class Stop:
    """Asks to stop at a step."""

    def __init__(self, step):
        self.step = step

    def __call__(self, event):
        return isinstance(event, StepsDone) and self.step <= event.report.first_step + 1


ENGINES = ["numpy", pytest.param("native", marks=needs_kernel)]


def fitted(make, engine, **others):
    X, y = classes(300)
    net = make()
    net.fit(X, y, epochs=2, engine=engine, **settings(**others))
    return net


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("weighted", [False, True])
def test_fit_takes_the_rows_in_this_order(small_blocks, engine, weighted):
    """Against batches put together by hand, from a network that is fitted batch by batch."""
    X, y = classes(300)
    weights, taking_part = None, np.arange(300)
    if weighted:
        weights = np.arange(300) % 5 / 1.0
        taking_part = np.flatnonzero(weights)
    net, other = classifier("float64"), classifier("float64")
    net.fit(
        X, y, optimizer="sgd", learning_rate=0.1, epochs=2, sample_weight=weights, engine=engine,
        **settings(),
    )  # fmt: skip
    for epoch in range(2):
        rows = taking_part[by_windows(Windows(1, epoch, len(taking_part), 4))]
        for begin in range(0, len(rows), 7):
            batch = rows[begin : begin + 7]
            share = 1.0
            if weighted:  # each batch's weights are scaled to mean 1, which the rate undoes
                share = weights[batch].mean() / weights[taking_part].mean()
            other.fit(
                X[batch], y[batch], optimizer="sgd", learning_rate=0.1 * share, epochs=1,
                batch_size=7, engine="numpy", verbose=False,
                sample_weight=None if weights is None else weights[batch],
            )  # fmt: skip
    np.testing.assert_allclose(net.parameters, other.parameters, rtol=1e-9)
    assert net.state.step == other.state.step


@needs_kernel
def test_both_engines_take_the_same_order(small_blocks):
    def make():
        return classifier("float64")

    one, two = fitted(make, "native"), fitted(make, "numpy")
    np.testing.assert_allclose(one.parameters, two.parameters, rtol=1e-9)
    np.testing.assert_allclose(one.history.loss, two.history.loss, rtol=1e-9)


def job_of(net, engine, epochs):
    X, y = classes(300)
    samples = Samples(X, y.astype(np.int64))
    return Job(
        net.stack, UpdateRule(l2=1e-3), samples, seed=1, batch_size=7, epochs=epochs,
        shuffle="blocks", engine=engine,
    )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("step", [1, 6, 7, 19, 42, 43, 44, 60, 85])
def test_a_checkpoint_in_the_middle_of_a_pass_goes_on_to_the_same_bits(
    small_blocks, stepwise, engine, step, tmp_path
):
    net = noisy() if engine == "numpy" else classifier()
    net.build(2)
    first = net.state.copy()
    first.restart_optimizer(UpdateRule().optimizer.slots)
    whole, cut = first.copy(), first.copy()
    train(job_of(net, engine, 2), whole, [])
    train(job_of(net, engine, 2), cut, [Stop(step)])
    assert (cut.step, cut.epoch, cut.batch) == (step, step // 43, step % 43)
    save_checkpoint(tmp_path / "run", cut)
    cut = load_checkpoint(tmp_path / "run")[0]
    train(job_of(net, engine, 2 - cut.epoch), cut, [])
    np.testing.assert_equal(vars(cut), vars(whole))


@pytest.mark.parametrize("engine", ENGINES)
def test_one_by_one_or_all_together(small_blocks, engine, monkeypatch):
    whole = fitted(classifier, engine)
    monkeypatch.setattr("glassnet.training.stepping.SECONDS_BETWEEN_REPORTS", -1.0)
    single = fitted(classifier, engine)
    np.testing.assert_array_equal(single.parameters, whole.parameters)
    assert single.history.loss == whole.history.loss
    assert single.history.accuracy == whole.history.accuracy


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shuffle", ["rows", "blocks", False])
def test_stopped_and_fitted_on(small_blocks, stepwise, engine, shuffle):
    """The bits are those of one run; the figures of the pass are those of the steps since."""
    X, y = classes(300)
    net, losses = classifier(), []
    net.fit(X, y, epochs=2, engine=engine, callbacks=[Stop(50)], **settings(shuffle=shuffle))
    assert net.state.batch == 7
    net.fit(
        X, y, epochs=1, engine=engine, **settings(shuffle=shuffle),
        callbacks=[lambda e: losses.extend(e.report.losses) if isinstance(e, StepsDone) else None],
    )  # fmt: skip
    whole = fitted(classifier, engine, shuffle=shuffle)
    np.testing.assert_array_equal(net.parameters, whole.parameters)
    rows = [7] * 35 + [6]
    assert net.history.loss[0] == whole.history.loss[0]
    assert net.history.loss[1] == pytest.approx(np.average(losses, weights=rows), rel=1e-12)


def test_the_rest_of_a_pass_is_not_made_in_another_order(small_blocks, stepwise):
    X, y = classes(300)
    net = classifier()
    net.fit(X, y, epochs=1, callbacks=[Stop(5)], **settings())
    assert net.state.batch == 5
    net.fit(X, y, epochs=1, **settings(shuffle="rows"))
    assert net.state.step == 5 + 43


@pytest.mark.parametrize("engine", ENGINES)
def test_a_loss_that_is_not_finite_is_found_where_it_arose(small_blocks, engine):
    X, y = classes(300)
    rows = by_windows(Windows(1, 0, 300, 4))
    for place in (0, 100, 299):
        X[:] = classes(300)[0]
        X[rows[place]] = 1e308
        with pytest.raises(NonFiniteLossError, match="output of layer 'hidden'") as found:
            classifier().fit(X, y, epochs=1, engine=engine, **settings())
        assert found.value.step == place // 7


def test_blocks_rows_and_none_are_three_orders():
    X, y = classes(300)

    def loss(shuffle, **others):
        net = classifier()
        return net.fit(X, y, epochs=1, **settings(shuffle=shuffle, **others)).loss

    assert loss("blocks") != loss("rows") != loss(False) != loss("blocks")
    # A batch of all rows is not shuffled.
    full = {"batch_size": 1.0, "engine": "numpy"}
    assert loss("blocks", **full) == loss("rows", **full) == loss(False, **full)


@pytest.mark.parametrize("engine", ENGINES)
def test_unshuffled_rows_are_taken_as_they_lie(engine):
    X, y = classes(300)
    net, other = classifier("float64"), classifier("float64")
    net.fit(X, y, optimizer="sgd", epochs=1, engine=engine, **settings(shuffle=False))
    for begin in range(0, 300, 7):
        part = slice(begin, begin + 7)
        other.fit(
            X[part], y[part], optimizer="sgd", epochs=1, batch_size=7, engine="numpy", verbose=False
        )
    np.testing.assert_allclose(net.parameters, other.parameters, rtol=1e-9)


@pytest.mark.parametrize("shuffle", ["block", True, None, 0, "", ["rows"]])
def test_another_shuffle_is_refused(shuffle):
    X, y = classes(12)
    with pytest.raises(InputError) as found:
        classifier().fit(X, y, shuffle=shuffle, verbose=False)
    assert str(found.value).startswith(
        f"shuffle is 'rows', 'blocks' or False, {shuffle!r} was given"
    )
