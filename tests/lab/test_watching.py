"""A model that is watched while `fit` trains it: what a page is sent, and that nothing changes."""

import gc
import signal
import warnings
import weakref

import numpy as np
import pytest

import glassnet as gn
from glassnet.lab.notebook.watching import Watching
from glassnet.training.events import EpochEnded, Event, StepsDone
from glassnet.training.watchers import watchers_of
from lab.watched import TRAIN, Page, fit, fit_twin, network


def test_bundles_come_in_order_and_the_newest_last() -> None:
    model = network()
    page = Page(model)
    fit(model)
    kinds = [frame.kind for frame in page.frames]
    assert kinds[:5] == ["hello", "data", "lines", "setting", "status"]
    steps = [frame.words["step"] for frame in page.frames if frame.kind == "status"]
    assert steps == sorted(steps) and steps[-1] == model.state.step == 100
    assert {"network", "units", "output", "loss", "findings"} <= set(kinds)
    status = page.last("status").words
    assert not status["playing"] and status["ended"] == "finished"
    weights = page.last("network").arrays["hidden.W"]
    np.testing.assert_array_equal(weights, model.parameter_views()["hidden.W"])
    history = model.history
    assert status["held_out_loss"] == history.validation_loss[-1]
    assert page.last("setting").words["setting"]["hidden"][0] == {
        "units": 6, "activation": "tanh", "dropout": 0.1,
    }  # fmt: skip


@pytest.mark.parametrize("validated", [True, False])
def test_the_same_bits_with_and_without(validated: bool) -> None:
    more = {} if validated else {"validation": None}
    alone, watched = network(), network()
    page = Page(watched)
    for model in (alone, watched):
        fit(model, **more)
        fit(model, epochs=3, optimizer="momentum", **more)
    np.testing.assert_array_equal(alone.state.parameters, watched.state.parameters)
    for name in alone.history:
        assert name == "seconds" or alone.history[name] == watched.history[name]
    assert page.sent


def test_a_page_that_is_not_heard_yet_is_told_all_again() -> None:
    model = network()
    page = Page(model, heard=False)
    fit(model, epochs=60)
    kinds = [frame.kind for frame in page.frames]
    assert kinds.count("data") > 1
    assert {"gradients", "histograms", "confusion", "scores"} <= set(kinds)
    told = {frame.kind for frame in page.ask(do="open")}
    assert {"hello", "data", "lines", "setting", "status", "findings"} <= told


def test_every_fit_goes_on_in_the_same_line() -> None:
    model = network()
    page = Page(model)
    fit(model, epochs=2)
    line = page.watching.lane.line
    fit(model, epochs=2, learning_rate=0.5)
    assert page.watching.lane.line is line
    assert line.step == 40 and [each.first for each in line.stretches] == [0, 20]
    assert line.course.losses.count == 40
    assert page.last("setting").words["setting"]["learning_rate"] == 0.5
    twin = fit_twin(step=13)
    np.testing.assert_array_equal(line.state_at(13).parameters, twin)
    model.reset()
    fit(model, epochs=1)
    assert page.watching.lane.line is not line and page.watching.lane.line.step == 10


def test_a_model_that_went_back_stands_at_its_best() -> None:
    model = network()
    page = Page(model)
    fit(model, epochs=40, learning_rate=0.5, keep_best=True)
    best = model.state.step
    status = page.last("status").words
    assert best < 400 and status["step"] == best and status["steps"] == 400
    np.testing.assert_array_equal(
        page.last("network").arrays["output.W"], model.parameter_views()["output.W"]
    )
    fit(model, epochs=1)
    assert page.watching.lane.line.step == best + 10


def test_lbfgs_is_one_sentence_and_the_fit_goes_on() -> None:
    quiet = gn.Network([gn.Dense(4, "tanh"), gn.Dense(2, "softmax")], "cross_entropy")
    page = Page(quiet)
    quiet.fit(TRAIN.X, TRAIN.y, optimizer="lbfgs", epochs=5, verbose=False)
    assert quiet.history.epochs == 5
    assert [f.kind for f in page.frames] == ["error"]
    quiet.fit(TRAIN.X, TRAIN.y, epochs=1, verbose=False)
    assert page.last("status").words["step"] == quiet.state.step


def test_an_exception_in_fit_leaves_the_page_at_rest() -> None:
    model = network()
    page = Page(model)

    def breaks(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fit(model, callbacks=[breaks])
    status = page.last("status").words
    assert not status["playing"] and status["step"] == 30 and status["ended"] is None
    fit(model, epochs=1)
    assert page.last("status").words["ended"] == "finished"


def test_ctrl_c() -> None:
    model = network()
    page = Page(model)

    def press(event: Event) -> None:
        if isinstance(event, StepsDone) and model.state.step >= 20:
            signal.raise_signal(signal.SIGINT)

    assert fit(model, epochs=1000, callbacks=[press]).stopped == "interrupted"
    status = page.last("status").words
    assert not status["playing"] and status["ended"] is None


def test_a_loss_that_is_not_finite() -> None:
    model = gn.Network([gn.Dense(4, "relu"), gn.Dense(1)], "mean_squared_error", seed=0)
    page = Page(model)
    with pytest.raises(gn.NonFiniteLossError):
        model.fit(TRAIN.X * 1e3, TRAIN.y, optimizer="sgd", learning_rate=10, verbose=False)
    assert page.last("status").words["ended"] == "non-finite"
    assert not page.last("status").words["playing"]


def test_a_fault_of_the_watch_never_ends_the_fit() -> None:
    model, alone = network(), network()

    def broken(_: bytes) -> None:
        raise OSError("no page")

    watching = Watching(model, broken)
    with pytest.warns(RuntimeWarning, match="goes on without it"):
        fit(model)
    fit(alone)
    np.testing.assert_array_equal(model.state.parameters, alone.state.parameters)
    assert watching.playing is False


def test_no_dense_layer_is_one_sentence() -> None:
    model = gn.Network([gn.Scale((0.0, 0.0), (1.0, 1.0))], "mean_squared_error")
    page = Page(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(TRAIN.X, TRAIN.X, epochs=1, verbose=False)
    assert "no Dense layer" in page.last("error").words["message"]


def test_neither_keeps_the_other() -> None:
    model = network()
    page = Page(model)
    kept = weakref.ref(page.watching)
    del page
    gc.collect()
    assert kept() is None and watchers_of(model) == []
    fit(model, epochs=1)
    page = Page(model)
    fit(model, epochs=1)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    assert page.ask(do="seek", step=12)[0].words["step"] == 12
