"""The kernel and the NumPy engine agree: gradients array by array, optimizers, runs and reports.

An array's gradient g is compared twice. First, Δ of the two engines differ by at most 1e-5·‖g‖ in
float32, 1e-12·‖g‖ in float64. Where g is a sum that cancels no engine can hold that: there, and
only there (‖Σ|gᵢ|‖ over the rows above 10·‖g‖, or the NumPy engine's own error above a fourth of
that bound), the second criterion decides alone. Second, in float32, the kernel's distance from the
float64 gradient is at most 4 times the NumPy engine's, plus FLOOR units of the dtype's last place
of Σ|gᵢ|: an array of one number can come out of NumPy exact by luck, yet each of its summands is
rounded once in every layer that it came through. Where a summand itself is a small difference
(GELU's slope near its zero), FLOOR/4 times what g moves by stands beside, when samples and
parameters move by a unit of their last place. In float64 the kernel's distance from NumPy takes the
place of its error.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from engines.native.draws import RULES, any_rule, draw, near_kink, wide, wide_gradient, wide_pass
from glassnet.engines import native
from glassnet.engines.native.steps import Native
from glassnet.nn.contract import Context
from glassnet.nn.optimizers import GradientDescent, Momentum
from glassnet.nn.schedules import Constant, Cosine
from glassnet.nn.update import UpdateRule

pytestmark = pytest.mark.skipif(native.why_not() is not None, reason=str(native.why_not()))

PLAIN = UpdateRule(GradientDescent(), Constant(1.0))
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
FLOOR = 16
CASES, GROUP = 192, 24


def drawn(number, dtype, **options):
    """A case away from kinks and overflow, and how many draws were thrown away for it."""
    for again in range(40):
        case = draw(100 + again, number, dtype, **options)
        if not (near_kink(case) or overflows(case)):
            return case, again
    raise AssertionError("every draw lies next to a kink, or overflows")


def overflows(case):
    """Exponentials of exponentials that float32 does not hold: nothing to compare."""
    return not all(np.abs(y).max() < 1e4 for y in wide_pass(case).outputs)


def gradients(case):
    """Both engines' gradients, as the step of rate 1 from parameters 0 apart."""
    state, report, _ = case.native()
    other, [expected] = case.numpy()
    assert report.nonfinite is None and expected.nonfinite is None
    start = case.state.parameters
    return start - state.parameters, start - other.parameters


def exact_gradients(case):
    """The same through Momentum's slot, which holds the gradient unrounded by the parameters."""
    case = replace(case, rule=UpdateRule(Momentum(), Constant(1e-3)), state=case.state.copy())
    case.state.restart_optimizer(("velocity",))
    (state, report, _), (other, [expected]) = case.native(), case.numpy()
    assert report.nonfinite is None and expected.nonfinite is None
    return state.slots["velocity"], other.slots["velocity"]


def check_gradient(case, dtype, seen):
    g, sizes = wide_gradient(case)
    ours, theirs = exact_gradients(case)
    tolerance, unit = TOLERANCE[dtype], np.finfo(dtype).eps
    for segment in case.stack.layout.segments:
        part = segment.slice
        a, b, true = (v[part].astype(np.float64) for v in (ours, theirs, g))
        length, size = np.linalg.norm(true), np.linalg.norm(sizes[part])
        if size == 0:
            assert not a.any() and not b.any(), segment.name
            continue
        apart, own, numpy_own = (np.linalg.norm(v) for v in (a - b, a - true, b - true))
        cancels = size > 10 * length or numpy_own > tolerance * length / 4
        seen["arrays"] += 1
        seen["cancelling"] += cancels
        what = f"{segment.name} of {case.stack.layers}, {case.stack.loss}: {apart=} {length=}"
        assert cancels or apart <= tolerance * length, what
        floor = FLOOR * unit * size
        if dtype == "float32":
            if own > 4 * numpy_own + floor:
                seen["steep"] += 1
                floor += FLOOR / 4 * np.linalg.norm(moved(case, g)[part])
            assert own <= 4 * numpy_own + floor, f"{what} {own=} {numpy_own=}"
            seen["error"] = max(seen["error"], own / (4 * numpy_own + floor))
        else:
            assert apart <= max(tolerance * length * (not cancels), floor), what
        if not cancels:
            seen["apart"] = max(seen["apart"], apart / (tolerance * length))


def moved(case, g):
    """The most that each number of g moves by in three draws of one unit up or down."""
    rng, most = np.random.default_rng(0), np.zeros_like(g)
    for _ in range(3):
        near = replace(case, state=case.state.copy())
        near.state.parameters = shaken(case.state.parameters, rng)
        near.samples = replace(case.samples, X=shaken(case.samples.X, rng))
        most = np.maximum(most, np.abs(wide_gradient(near)[0] - g))
    return most


def shaken(values, rng):
    return values.astype(np.float64) * (1 + 2.0**-23 * rng.choice([-1, 1], values.shape))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("first", range(0, CASES, GROUP))
def test_gradients(first, dtype):
    redrawn, seen = 0, {"arrays": 0, "cancelling": 0, "steep": 0, "apart": 0.0, "error": 0.0}
    for number in range(first, first + GROUP):
        rows = (1, 2, 17, 40)[number % 4]
        case, again = drawn(number, dtype, rule=PLAIN, rows=rows, batch=rows)
        redrawn += again
        case.rows = None
        check_gradient(case, dtype, seen)
    print("seen", {"redrawn": redrawn, **seen})
    assert redrawn < (redrawn + GROUP) / 2
    assert seen["cancelling"] < seen["arrays"] / 10
    assert seen["steep"] <= seen["arrays"] / 20


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("first", [0, 12])
def test_gradients_of_many_inputs_and_few_units(first, dtype):
    seen = {"arrays": 0, "cancelling": 0, "steep": 0, "apart": 0.0, "error": 0.0}
    for number in range(first, first + 12):
        rows = (1, 3, 17, 40)[number % 4]
        case, _ = drawn(number, dtype, rule=PLAIN, rows=rows, batch=rows, **wide(number, dtype))
        case.rows = None
        check_gradient(case, dtype, seen)
    assert seen["cancelling"] < seen["arrays"] / 4


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_step_of_descent_changes_the_parameters_by_minus_the_gradient(dtype):
    """The step itself, of rate 1: to the parameters' own rounding."""
    for number in range(24):
        case, _ = drawn(number, dtype, rule=PLAIN, rows=17, batch=17)
        case.rows = None
        ours, theirs = gradients(case)
        exact, _ = exact_gradients(case)
        room = 4 * np.finfo(dtype).eps * np.abs(case.state.parameters) + 1e-30
        t = np.concatenate([np.full(s.size, s.kind == "threshold") for s in segments(case)])
        room += np.where(t, 2.0, 0) + 8 * np.finfo(dtype).eps * np.abs(exact)  # t is kept in (0, 1)
        assert (np.abs(ours - exact) <= room).all()
        length = np.linalg.norm(case.state.parameters) + np.linalg.norm(theirs)
        assert np.linalg.norm(ours - theirs) <= TOLERANCE[dtype] * length


def segments(case):
    return case.stack.layout.segments


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", range(4 * len(RULES)))
def test_optimizers_on_the_same_gradient(number, dtype):
    """Three updates in a row, decay and max_norm in some: a few units of the last place."""
    rng = np.random.default_rng(number)
    rule = any_rule(rng, number)
    if number >= 2 * len(RULES):
        rule = replace(rule, weight_decay=0.1, max_norm=0.6, l1=0.0, l2=0.0, clip_norm=None)
    case = draw(3, number, dtype, rule=rule)
    layout = case.stack.layout
    ours, theirs = case.state.copy(), case.state.copy()
    kernel = Native(case.stack, rule, theirs.parameters.dtype)._kernel(case.samples.X)
    names = rule.optimizer.slots
    for t in (1, 2, 3):
        g = (rng.normal(size=layout.size) * 10.0 ** rng.integers(-6, 3)).astype(dtype)
        g[rng.random(layout.size) < 0.05] = 0
        kernel.optimize(g, ours.parameters, [ours.slots[name] for name in names], 0.01, t)
        theirs.parameters += rule.change(g, theirs.parameters, theirs.slots, layout, 0.01, t)
        rule.project(theirs.parameters, layout)
        unit = np.finfo(dtype).eps
        for a, b in [(ours.parameters, theirs.parameters)] + [
            (ours.slots[n], theirs.slots[n]) for n in names
        ]:
            np.testing.assert_allclose(a, b, rtol=32 * unit, atol=32 * unit * np.abs(b).max())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", range(24))
def test_ten_steps_and_their_reports(number, dtype):
    """Shuffled passes, shards, weights, clipping, penalties, and a rate that falls."""
    rule = any_rule(np.random.default_rng(number), number)
    rule = replace(rule, schedule=Cosine(0.003) if number % 2 else Constant(0.003))
    smooth = number % 2 == 0  # rules that divide by |g| magnify rounding where g is almost 0
    if not smooth:
        rule = replace(rule, optimizer=RULES[number % 3])
    elif hasattr(rule.optimizer, "epsilon"):
        rule = replace(rule, optimizer=replace(rule.optimizer, epsilon=1e-3))
    case, _ = drawn(number, dtype, rule=rule, rows=40, batch=9, shard=4)
    state, report, figures = case.native(steps=10, shuffled=True)
    other, parts = case.numpy(steps=10, shuffled=True)
    assert report.nonfinite is None
    loose = {"float32": 1e-4, "float64": 1e-11}[dtype]
    apart = np.linalg.norm(state.parameters - other.parameters)
    assert apart <= loose * np.linalg.norm(other.parameters), apart
    for name in ("updates", "step", "epoch", "batch"):
        assert getattr(state, name) == getattr(other, name)

    def joined(name):
        return [x for part in parts for x in getattr(part, name)]

    assert report.first_step == 0 and report.rows == joined("rows")
    assert len(report.losses) == 10 == len(figures.losses)
    assert report.right == joined("right")
    for name in ("losses", "data_losses", "gradient_norms"):
        np.testing.assert_allclose(getattr(report, name), joined(name), rtol=10 * loose, atol=1e-6)
    assert report.learning_rate == pytest.approx(parts[-1].learning_rate, rel=1e-12)
    check_layers(report.layers, parts[-1].layers, 30 * loose)


def check_layers(ours, theirs, loose):
    assert [layer.name for layer in ours] == [layer.name for layer in theirs]
    for a, b in zip(ours, theirs, strict=True):
        for name in ("gradient_norm", "update_norm", "weight_norm"):
            x, y = getattr(a, name), getattr(b, name)
            assert (x is None) == (y is None), (a, b)
            assert x is None or math.isclose(x, y, rel_tol=loose, abs_tol=1e-5), (a, b)
        for name in ("zero_share", "saturated_share"):
            x, y = getattr(a, name), getattr(b, name)
            assert (x is None) == (y is None), (a, b)
            assert x is None or abs(x - y) < 1e-9, (a, b)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", range(24))
def test_outputs(number, dtype):
    """Prediction mode, in blocks and alone."""
    case = draw(4, number, dtype, rows=300)
    kernel = Native(case.stack, case.rule, case.state.parameters.dtype)
    ours = kernel.forward(case.state, case.samples.X)
    views = case.stack.layout.views(case.state.parameters)
    ctx = Context(dtype=case.state.parameters.dtype)
    theirs = case.stack.predict(views, [{} for _ in case.stack.layers], case.samples.X, ctx)
    bound = {"float32": 2e-5, "float64": 2e-13}[dtype]
    np.testing.assert_allclose(ours, theirs, rtol=bound, atol=bound * np.abs(theirs).max())
    np.testing.assert_array_equal(kernel.forward(case.state, case.samples.X[70:71]), ours[70:71])
