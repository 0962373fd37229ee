"""Large and slow networks are answered in bounded time, counted in calls of the loss."""

import time

import numpy as np

import glassnet as gn
from glassnet.insight.verify.evidence.budget import LEAST, Budget
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.samples import Samples
from glassnet.insight.verify.evidence.tree import Tree
from glassnet.insight.verify.faults.relations import relate
from glassnet.insight.verify.inferred.architecture import chains
from glassnet.insight.verify.inferred.fit import fit_on_data
from glassnet.insight.verify.survey import _limit


class Wide:
    """40 → 64 → 3 softmax, with an activation that is known or not; calls of the loss counted."""

    def __init__(self, known: bool) -> None:
        rng = np.random.default_rng(0)
        self.calls = 0
        self.known = known
        self.X, self.Y = rng.normal(size=(30, 40)), np.eye(3)[rng.integers(3, size=30)]
        self.parameters = {
            "W1": rng.normal(size=(40, 64)) / 6, "b1": np.zeros(64),
            "W2": rng.normal(size=(64, 3)) / 8, "b2": np.zeros(3),
        }  # fmt: skip

    def _forward(self, p, X):
        Z = X @ p["W1"] + p["b1"]
        A = np.tanh(Z) if self.known else np.sin(Z) + 0.3 * Z
        E = np.exp(A @ p["W2"] + p["b2"])
        return Z, A, E / E.sum(axis=1, keepdims=True)

    def loss(self, p, X, Y):
        self.calls += 1
        return float(-np.mean(np.sum(Y * np.log(self._forward(p, X)[2]), axis=1)))

    def gradients(self, p, X, Y):
        Z, A, P = self._forward(p, X)
        dZ2 = (P - Y) / len(X)
        dZ1 = dZ2 @ p["W2"].T * (1 - A**2 if self.known else np.cos(Z) + 0.3)
        dZ1[:, 7] *= 1.5
        return {"W1": X.T @ dZ1, "b1": dZ1.sum(axis=0), "W2": A.T @ dZ2, "b2": dZ2.sum(axis=0)}

    def questions(self) -> Questions:
        tree, home = Tree.of(self.parameters)
        return Questions(tree, home, self.loss, self.gradients, data=(self.X, self.Y))


def test_an_unknown_mistake_takes_no_slope_of_each_unit_in_many_samples():
    for known in (True, False):
        net = Wide(known)
        report = gn.verify(net.parameters, net.loss, net.gradients, X=net.X, Y=net.Y)
        assert {finding.fault for finding in report.findings} == {"unknown"}
        assert net.calls < 12_000


def test_a_search_ends_where_its_budget_is_spent_and_says_so():
    net = Wide(True)
    questions = net.questions()
    [chain] = [each for each in chains(questions.home) if each.widths == (40, 64, 3)]
    samples = Samples(net.X, net.Y, False)
    assert fit_on_data(questions, chain, samples, "the data given") is not None
    assert questions.remarks() == []
    questions.budget.calls = 3
    assert fit_on_data(questions, chain, samples, "the data given") is None
    [remark] = questions.remarks()
    assert "cut short" in remark


def test_a_budget_counts_calls_by_what_they_take():
    budget = Budget()
    budget.spend(1e9)
    assert not budget.is_spent()  # no search has begun
    budget.begin(lambda: time.sleep(0.01))
    assert budget.calls == LEAST
    budget.spend(LEAST)
    assert budget.is_spent() and budget.is_cut


def test_fewer_slopes_of_many_arrays_with_a_loss_that_takes_milliseconds():
    def loss(p):
        time.sleep(0.003)
        return 0.0

    for count, limit in ((1, 144), (8, 25)):
        tree, home = Tree.of({f"W{i}": np.zeros((20, 20)) for i in range(count)})
        assert _limit(Questions(tree, home, loss, None)) <= limit


def test_what_holds_nowhere_is_told_from_a_part_of_many_numbers(monkeypatch):
    rng = np.random.default_rng(0)
    lengths = []
    solve = np.linalg.lstsq

    def counted(columns, target, rcond=None):
        lengths.append(len(target))
        return solve(columns, target, rcond=rcond)

    monkeypatch.setattr(np.linalg, "lstsq", counted)
    u, r, theta = rng.normal(size=(3, 100_000))
    assert relate([u], [r], [theta]) is None
    assert lengths and max(lengths) < 10_000
    found = relate([0.5 * r + 0.2 * theta], [r], [theta])
    assert found is not None
    np.testing.assert_allclose((found.factor, found.decay), (0.5, 0.2))
