"""Events, listeners, early stopping and the progress bar."""

import io

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.training.callbacks import EarlyStopping, ProgressBar
from glassnet.training.events import (
    EpochEnded,
    ImprovedBest,
    RunEnded,
    RunStarted,
    StepsDone,
)
from training.problems import classes, classifier, needs_kernel

QUIET = {"verbose": False}


def listen(net, epochs=3, **settings):
    events = []
    X, y = classes(40)
    net.fit(X, y, epochs=epochs, callbacks=[lambda e: events.append(e)], **QUIET, **settings)
    return events


@pytest.mark.parametrize("engine", ["numpy", pytest.param("native", marks=needs_kernel)])
def test_the_stream_of_events(engine):
    validation = classes(12, seed=3)
    events = listen(classifier(), batch_size=16, validation=validation, engine=engine)
    started, ended = events[0], events[-1]
    assert started == RunStarted(3, 3, 40, 51, 0, engine, True)
    assert isinstance(ended, RunEnded) and (ended.reason, ended.epoch) == ("finished", 3)
    kinds = [type(event) for event in events]
    assert kinds.count(RunStarted) == kinds.count(RunEnded) == 1
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert [event.epoch for event in epochs] == [1, 2, 3]
    best = [event for event in events if isinstance(event, ImprovedBest)]
    assert best[0].epoch == 1 and best[0].validation_loss == epochs[0].validation["loss"]
    assert ended.best_epoch == best[-1].epoch
    reports = [event.report for event in events if isinstance(event, StepsDone)]
    steps = [report.first_step + i for report in reports for i in range(len(report.losses))]
    assert steps == list(range(9))
    assert sum(sum(report.rows) for report in reports) == 3 * 40


def test_an_epoch_that_did_not_improve_is_not_told_as_best():
    events = listen(classifier(), epochs=20, learning_rate=0.5, batch_size=4,
                    validation=classes(12, seed=3))  # fmt: skip
    losses = [event.validation["loss"] for event in events if isinstance(event, EpochEnded)]
    best = [event.epoch for event in events if isinstance(event, ImprovedBest)]
    lowest = np.minimum.accumulate(losses)
    assert best == [1] + [i + 1 for i in range(1, 20) if lowest[i] < lowest[i - 1]]
    assert len(best) < 20


@pytest.mark.parametrize("answer", [True, 1, np.True_, "because I say so"])
def test_a_true_answer_stops_the_run(answer):
    X, y = classes(40)
    net = classifier()

    def listener(event):
        return isinstance(event, EpochEnded) and event.epoch == 2 and answer

    history = net.fit(X, y, epochs=10, callbacks=[listener], **QUIET)
    assert history.epochs == 2 == net.state.epoch
    assert history.stopped == (answer if isinstance(answer, str) else "asked")


@pytest.mark.parametrize("answer", [None, False, 0, "", np.False_])
def test_other_answers_do_not(answer):
    X, y = classes(40)
    assert classifier().fit(X, y, epochs=2, callbacks=[lambda e: answer], **QUIET).epochs == 2


def test_asked_before_the_first_step():
    X, y = classes(40)
    net = classifier()
    before = net.build(2).parameters.copy()
    history = net.fit(X, y, epochs=2, callbacks=[lambda e: True], **QUIET)
    assert history.epochs == 0 and history.stopped == "asked"
    np.testing.assert_array_equal(net.parameters, before)


def overfit(patience=3, **settings):
    """Random labels: the validation loss soon rises."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 2)), rng.integers(3, size=30)
    V, v = rng.normal(size=(30, 2)), rng.integers(3, size=30)
    net = classifier("float64")
    stopping = EarlyStopping(patience=patience, **settings)
    history = net.fit(
        X, y, epochs=200, learning_rate=0.05, batch_size=5, validation=(V, v),
        callbacks=[stopping], **QUIET,
    )  # fmt: skip
    return net, history, (V, v), stopping


def test_early_stopping_restores_the_best_epoch():
    net, history, (V, v), _ = overfit()
    best = int(np.argmin(history.validation_loss))
    assert history.stopped == "early" and history.best_epoch == best + 1
    assert history.epochs == best + 1 + 3
    assert net.evaluate(V, v)["loss"] == history.validation_loss[best]
    assert net.state.epoch == best + 1


def test_early_stopping_may_keep_the_last_epoch():
    net, history, (V, v), _ = overfit(restores_best=False)
    assert net.evaluate(V, v)["loss"] == history.validation_loss[-1] > min(history.validation_loss)
    assert net.state.epoch == history.epochs


def test_improvements_below_the_least_change_do_not_count():
    _, history, _, _ = overfit(patience=2, min_change=1e9)
    assert history.epochs == 3  # the first always counts, then two in vain


def test_early_stopping_is_reusable():
    *_, stopping = overfit()
    X, y = classes(30)
    net = classifier()
    history = net.fit(X, y, epochs=3, validation=classes(30, seed=2), callbacks=[stopping], **QUIET)
    assert history.epochs == 3 and history.stopped == "finished"


def test_early_stopping_needs_validation_and_patience():
    X, y = classes(30)
    net = classifier()
    with pytest.raises(InputError, match="EarlyStopping watches the validation loss: give fit"):
        net.fit(X, y, epochs=3, callbacks=[EarlyStopping()], **QUIET)
    assert net.state.step == 0
    with pytest.raises(InputError, match="patience is at least 1 epoch, 0 was given"):
        EarlyStopping(patience=0)


def test_a_listener_s_own_fault_is_its_own():
    X, y = classes(30)
    net = classifier()

    def broken(event):
        if isinstance(event, EpochEnded) and event.epoch == 2:
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        net.fit(X, y, epochs=5, callbacks=[broken], **QUIET)
    assert net.state.epoch == 2
    assert net.fit(X, y, epochs=1, **QUIET).epochs == 3  # and the network is as good as ever


def test_progress_off_a_terminal_writes_a_line_for_a_tenth():
    X, y = classes(40)
    stream = io.StringIO()
    classifier().fit(
        X, y, epochs=20, validation=classes(12, seed=1), callbacks=[ProgressBar(stream)], **QUIET
    )
    lines = stream.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("epoch 2/20  loss ") and lines[-1].startswith("epoch 20/20  loss ")
    assert "accuracy" in lines[0] and "validation loss" in lines[0]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_on_a_terminal_moves_and_gives_the_terminal_back():
    X, y = classes(40)
    stream = Terminal()
    classifier().fit(X, y, epochs=3, callbacks=[ProgressBar(stream)], **QUIET)
    assert "epoch 3/3" in stream.getvalue() and "loss" in stream.getvalue()
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h") == 1


def test_the_terminal_is_given_back_when_a_run_breaks(monkeypatch):
    """fit's own bar, under a listener that raises: the cursor is shown again, and fit works on."""
    X, y = classes(40)
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)

    def broken(event):
        if isinstance(event, EpochEnded):
            raise RuntimeError("mine")

    net = classifier()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            net.fit(X, y, epochs=5, callbacks=[broken])
    net.fit(X, y, epochs=1)
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h") == 3


def test_verbose_tells_on_standard_error(capsys):
    X, y = classes(40)
    classifier().fit(X, y, epochs=2)
    out, err = capsys.readouterr()
    assert out == "" and "epoch 2/2" in err
    classifier().fit(X, y, epochs=2, **QUIET)
    assert capsys.readouterr() == ("", "")
