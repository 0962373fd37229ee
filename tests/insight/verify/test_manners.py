"""Functions with bad manners: they change what they are given, end the program, or return oddly."""

import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.tree import Tree
from insight.verify.styles import Rows
from insight.verify.test_unusable import refused

X, Y = np.arange(6.0).reshape(3, 2), np.ones((3, 1))
HOME = {"W": np.array([[0.3], [-0.2]])}


def loss(p, X, Y):
    return float(np.mean((X @ p["W"] - Y) ** 2))


def gradients(p, X, Y):
    return {"W": 2 * X.T @ (X @ p["W"] - Y) / len(X)}


def changing(function, what):
    def changed(p, X, Y):
        found = function(p, X, Y)
        {"X": X, "Y": Y, "W": p["W"]}[what][...] *= 0.5
        return found

    return changed


def remarks(loss, gradients):
    tree, home = Tree.of(HOME)
    questions = Questions(tree, home, loss, gradients, data=(X, Y))
    questions.loss(home)
    questions.gradient(home)
    return list(questions.watch.remarks())


def test_what_the_functions_change_is_noticed():
    assert remarks(loss, gradients) == []
    for what in ("X", "Y"):
        [remark] = remarks(changing(loss, what), gradients)
        assert remark.startswith(f"loss changes {what} in place")
        [remark] = remarks(loss, changing(gradients, what))
        assert remark.startswith(f"gradients changes {what} in place")
    [remark] = remarks(changing(loss, "W"), gradients)
    assert remark.startswith("loss changes the parameter W in place")


def test_a_loss_that_empties_the_dict_is_noticed():
    def emptying(p, X, Y):
        value = loss(p, X, Y)
        p.clear()
        return value

    [remark] = remarks(emptying, gradients)
    assert "the parameter W" in remark


def test_data_in_lists_are_copied_too():
    def centring(p, X, Y):
        X[0][0] = 5.0
        return loss(p, np.array(X), Y)

    rows = X.tolist()
    gn.verify(HOME, centring, lambda p, X, Y: gradients(p, np.array(X), Y), X=rows, Y=Y)
    assert rows == X.tolist()


def test_a_loss_that_comes_with_something_else_is_said():
    [remark] = remarks(lambda p, X, Y: (loss(p, X, Y), 1), gradients)
    assert "returns 2 things" in remark


def test_functions_that_end_the_program():
    refused("gradients", "sys.exit", "test_manners.py", gradients=lambda p: sys.exit(0))
    refused("loss", "sys.exit", loss=lambda p: sys.exit("done"))


@pytest.mark.parametrize("value, words", [
    ("0.3", ("str", "one real number")),
    (0.3 + 1j, ("complex", "one real number")),
    (3, ("whole number 3", "no gradient")),
    (True, ("whole number 1", "no gradient")),
])  # fmt: skip
def test_losses_that_are_none(value, words):
    refused(*words, loss=lambda p: value)


def test_a_loss_may_be_a_whole_number_by_chance():
    def hinge(p):
        return max(0, 1 - p["a"])

    report = gn.verify({"a": 2.0}, hinge, lambda p: {"a": -1.0 if p["a"] < 1 else 0.0})
    assert report.ok, report.text()


def test_gradients_that_are_none():
    net = Rows()
    assert "str of" not in refused("returned str;", gradients=lambda p: "hello")
    refused("an array of shape (3,)", gradients=lambda p: np.zeros(3))
    refused(
        "'W1'", "holds complex128",
        gradients=lambda p: net.gradients(p) | {"dW1": p["W1"] * 1j},
    )  # fmt: skip


def test_what_holds_itself():
    itself = {"W": np.ones(2)}
    itself["me"] = itself
    refused("'me'", "holds itself", parameters=itself)
    endless: list = [1.0]
    endless.append(endless)
    refused("holds itself", parameters={"W": np.ones(2), "list": endless})


@pytest.mark.parametrize("update, back", [
    (lambda p: None, "nothing"), (lambda p: 5, "int"), (lambda p: p, "dict"),
])  # fmt: skip
def test_an_update_that_moves_nothing(update, back):
    net = Rows()
    text = " ".join(
        gn.verify(net.parameters, net.loss, net.gradients, update=update).text().split()
    )
    assert f"returned {back}, and no parameter moved" in text and "momentum" not in text


def test_an_update_that_takes_gradients_which_fail():
    """The update asks for them; what they raise is a sentence there, too."""
    net, calls = Rows(), []

    def gradients(p):
        calls.append(1)
        return net.gradients(p)

    def update(p, grads):
        return {name: p[name] - 0.1 * grads[f"d{name}"] for name in p}

    assert gn.verify(net.parameters, net.loss, gradients, update=update).ok
    count = len(calls)
    calls.clear()

    def failing(p):
        if len(calls) >= count - 6:
            sys.exit(1)
        return gradients(p)

    gn.verify(net.parameters, net.loss, failing, update=update)
