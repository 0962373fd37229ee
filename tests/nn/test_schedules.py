"""Schedules: end points, shapes, and the numbers of their formulas."""

import math

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.nn.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    StepDecay,
    schedule,
)

EPOCHS = 20.0
GRID = np.linspace(0, EPOCHS, 2001)


def rates(kind, grid=GRID):
    return np.array([kind.rate(epoch, EPOCHS) for epoch in grid])


def test_constant():
    assert set(rates(Constant(0.3))) == {0.3}


def test_step_decay():
    found = rates(StepDecay(0.8, factor=0.5, every=5))
    assert sorted(set(found), reverse=True) == [0.8, 0.4, 0.2, 0.1, 0.05]
    assert StepDecay(0.8, every=5).rate(4.999, EPOCHS) == 0.8
    assert StepDecay(0.8, every=5).rate(5, EPOCHS) == 0.4
    assert (np.diff(found) <= 0).all()


def test_exponential():
    kind = Exponential(0.1, decay=0.9)
    assert kind.rate(0, EPOCHS) == 0.1
    assert kind.rate(1, EPOCHS) == pytest.approx(0.09)
    assert kind.rate(2.5, EPOCHS) == pytest.approx(0.1 * 0.9**2.5)
    assert (np.diff(rates(kind)) < 0).all()


@pytest.mark.parametrize("warmup, final", [(0.0, 0.0), (0.25, 0.1), (0.1, 0.0)])
def test_cosine(warmup, final):
    kind = Cosine(0.4, warmup=warmup, final=final)
    found, top = rates(kind), warmup * EPOCHS
    assert found[0] == (0.4 if warmup == 0 else 0)
    assert kind.rate(top, EPOCHS) == pytest.approx(0.4)
    assert found[-1] == pytest.approx(0.4 * final, abs=1e-15)
    assert kind.rate(2 * EPOCHS, EPOCHS) == found[-1]  # beyond its end it stays
    half = top + (EPOCHS - top) / 2
    assert kind.rate(half, EPOCHS) == pytest.approx(0.4 * (1 + final) / 2)
    assert (np.diff(found[GRID <= top]) > 0).all() and (np.diff(found[GRID >= top]) < 0).all()
    if warmup:
        assert kind.rate(top / 2, EPOCHS) == pytest.approx(0.2)


def test_one_cycle():
    kind = OneCycle(1.0, warmup=0.3)
    found = rates(kind)
    assert found[0] == pytest.approx(1 / 25) and found[-1] == pytest.approx(1e-4)
    assert kind.rate(6, EPOCHS) == pytest.approx(1) == found.max()
    assert kind.rate(3, EPOCHS) == pytest.approx((1 + 1 / 25) / 2)
    assert kind.rate(13, EPOCHS) == pytest.approx((1 + 1e-4) / 2)
    assert (np.diff(found[GRID <= 6]) > 0).all() and (np.diff(found[GRID >= 6]) < 0).all()
    assert OneCycle(1.0, warmup=0).rate(0, EPOCHS) == 1.0


@pytest.mark.parametrize("kind", [Exponential(1), Cosine(1, 0.2), OneCycle(1), Cosine(1)])
def test_no_jumps(kind):
    assert np.abs(np.diff(rates(kind))).max() < 0.01


@pytest.mark.parametrize(
    "kind", [Exponential(1e-3), Cosine(1, 0.2, 0.01), OneCycle(1), StepDecay(1)]
)
def test_never_negative_and_never_above_the_rate(kind):
    found = rates(kind)
    assert (found >= 0).all() and (found <= kind.learning_rate * (1 + 1e-12)).all()


def test_those_without_an_end_count_from_the_first_step():
    for kind in (Constant(1), StepDecay(1), Exponential(1)):
        assert kind.epochs == math.inf
    assert Cosine(1).epochs is None and Cosine(1, epochs=10).epochs == 10


def test_numbers_and_objects():
    for number in (0.1, np.float32(0.1), np.float64(0.1)):
        assert schedule(number) == Constant(float(number))
    assert schedule(1) == schedule(np.int64(1)) == Constant(1.0)
    kind = Cosine(0.1)
    assert schedule(kind) is kind
    assert set(SCHEDULES) == {"constant", "step", "exponential", "cosine", "one_cycle"}


class Halved:
    """A user's schedule."""

    name, epochs = "halved", None

    def rate(self, epoch, epochs):
        return 0.1 if epoch < epochs / 2 else 0.05


def test_the_user_s_own():
    mine = Halved()
    assert schedule(mine) is mine


@pytest.mark.parametrize(
    "make",
    [
        lambda: schedule("fast"),
        lambda: schedule(None),
        lambda: schedule(True),
        lambda: schedule(Cosine),
        lambda: schedule(0),
        lambda: schedule(-0.1),
        lambda: schedule(math.nan),
        lambda: Constant(math.inf),
        lambda: StepDecay(0.1, every=0),
        lambda: Exponential(0.1, decay=1.5),
        lambda: Cosine(0.1, warmup=1),
        lambda: Cosine(0.1, epochs=0),
        lambda: OneCycle(0.1, warmup=-0.1),
        lambda: OneCycle(0.1, epochs=-1),
    ],
)
def test_what_is_not_legal(make):
    with pytest.raises(InputError, match="was given|is not a learning rate"):
        make()
