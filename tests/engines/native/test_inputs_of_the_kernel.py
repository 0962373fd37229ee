"""The kernel reads samples of any dtype and layout, any size, in the order and with the masks of
``nn.random``."""

from dataclasses import replace

import numpy as np
import pytest

from engines.native.draws import Case
from glassnet.engines import native, numpy_engine
from glassnet.engines.native.steps import Native, reasons
from glassnet.engines.numpy_engine import Plan
from glassnet.engines.samples import Samples
from glassnet.nn import random
from glassnet.nn.layers import Activation, Dense, Dropout, Flatten, Scale
from glassnet.nn.losses import CrossEntropy, MeanSquaredError
from glassnet.nn.optimizers import Adam, GradientDescent
from glassnet.nn.schedules import Constant
from glassnet.nn.stack import Stack
from glassnet.nn.update import UpdateRule

pytestmark = pytest.mark.skipif(native.why_not() is not None, reason=str(native.why_not()))

DTYPES = ["f4", "f8", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "?"]
N, D = 41, 17
RNG = np.random.default_rng(5)


def case_of(X, dtype="float32", layers=None, batch=12, rule=None, loss=None, Y=None, shard=2048):
    layers = layers or (Dense(9, "relu"), Dense(3, "softmax"))
    stack = Stack(tuple(layers), loss or CrossEntropy(), X.shape[1:])
    state = stack.initial_state(1, np.dtype(dtype))
    rule = rule or UpdateRule(Adam(), Constant(0.01))
    state.restart_optimizer(rule.optimizer.slots)
    Y = np.arange(len(X)) % 3 if Y is None else Y
    return Case(stack, rule, state, Samples(X, Y), Plan(3, batch, 1.0, 0.0, shard))


def values(code, n=N, d=D):
    """Numbers of this dtype, over a good part of its range."""
    rng = np.random.default_rng(0)
    kind = np.dtype(code)
    if kind.kind == "f":
        return rng.normal(size=(n, d)).astype(kind)
    if kind.kind == "b":
        return rng.random((n, d)) < 0.5
    return rng.integers(-100 if kind.kind == "i" else 0, 120, (n, d)).astype(kind)


def layouts(X, folder):
    """The same numbers as X, lying otherwise in memory."""
    n, d = X.shape
    wide = np.zeros((2 * n, 3 * d), dtype=X.dtype)
    wide[::2, ::3] = X
    tall = np.zeros((2 * n, d), dtype=X.dtype)
    tall[::2] = X
    broad = np.zeros((n, 2 * d), dtype=X.dtype)
    broad[:, ::2] = X
    np.save(folder / "x.npy", X)
    shifted = np.zeros(X.nbytes + 1, dtype=np.uint8)[1:].view(np.uint8)
    shifted[:] = np.frombuffer(X.tobytes(), np.uint8)
    frozen = X.copy()
    frozen.flags.writeable = False
    return {
        "Fortran": X.T.copy().T,
        "rows apart": tall[::2],
        "columns apart": broad[:, ::2],
        "both apart": wide[::2, ::3],
        "rows backwards": X[::-1].copy()[::-1],
        "columns backwards": X[:, ::-1].copy()[:, ::-1],
        "both backwards": X[::-1, ::-1].copy()[::-1, ::-1],
        "mapped": np.load(folder / "x.npy", mmap_mode="r"),
        "unaligned": shifted.view(X.dtype).reshape(X.shape),
        "read-only": frozen,
    }


def results(case, shuffled=True):
    state, report, _ = case.native(steps=6, shuffled=shuffled)
    kernel = Native(case.stack, case.rule, state.parameters.dtype)
    return state.parameters, kernel.forward(state, case.samples.X), np.array(report.losses)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("code", DTYPES)
def test_any_dtype_in_any_layout(code, dtype, scaled, tmp_path):
    X = values(code)
    layers = (Dense(9, "relu"), Dense(3, "softmax"))
    if scaled:
        shift = tuple(RNG.normal(size=D) * 10)
        layers = (Scale(shift, 0.02), *layers)
    plain = results(case_of(X, dtype, layers))
    for name, laid in layouts(X, tmp_path).items():
        np.testing.assert_array_equal(laid, X)
        case = case_of(laid, dtype, layers)
        assert not reasons(case.stack, case.rule, laid), name
        for a, b in zip(results(case), plain, strict=True):
            assert a.tobytes() == b.tobytes(), name
    # The same numbers as the NumPy engine reads.
    case = case_of(X, dtype, layers)
    ours, theirs = Native(case.stack, case.rule, np.dtype(dtype)).forward(case.state, X), None
    theirs = numpy_engine.forward(case.stack, case.state, X)
    unit = np.finfo(dtype).eps
    np.testing.assert_allclose(ours, theirs, rtol=2000 * unit, atol=100 * unit)


@pytest.mark.parametrize("code", ["f8", "i4", "u8", "f4", "u1"])
def test_scale_takes_large_offsets_before_anything_is_rounded(code):
    """As the NumPy engine: in float64 where X is wider than float32."""
    X = np.random.default_rng(0).integers(0, 100, (40, 3)).astype(code)
    offset = 100.0 if code == "u1" else 1e7
    X = X + np.array(offset, dtype=code)
    layers = (Scale(offset, 0.01), Dense(2, "tanh"), Dense(3, "softmax"))
    case = case_of(X, "float32", layers)
    ours = Native(case.stack, case.rule, np.dtype("float32")).forward(case.state, X)
    theirs = numpy_engine.forward(case.stack, case.state, X)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize("make", ["plain", "rows apart", "mapped", "backwards"])
def test_images_with_flatten(make, tmp_path):
    X = np.random.default_rng(0).integers(0, 255, (30, 5, 7), dtype=np.uint8)
    layers = (Scale(127.0, 0.01), Flatten(), Dense(9, "relu"), Dense(3, "softmax"))
    double = np.repeat(X, 2, axis=0)
    np.save(tmp_path / "x.npy", X)
    laid = {
        "plain": X,
        "rows apart": double[::2],
        "mapped": np.load(tmp_path / "x.npy", mmap_mode="r"),
        "backwards": X[::-1].copy()[::-1],
    }[make]
    flat = (Scale(127.0, 0.01), Dense(9, "relu"), Dense(3, "softmax"))
    case, expected = case_of(laid, layers=layers), case_of(X.reshape(30, 35), layers=flat)
    assert not reasons(case.stack, case.rule, laid)
    expected.state.parameters[:] = case.state.parameters  # initial values are drawn by layer
    for a, b in zip(results(case), results(expected), strict=True):
        np.testing.assert_array_equal(a, b)


def test_samples_that_are_not_taken_are_named():
    X = np.zeros((6, 4, 5))
    record = np.zeros(4, dtype=[("a", "f4"), ("b", "u1")])
    case = case_of(X, layers=(Flatten(), Dense(3, "softmax")))
    for samples, words in (
        (X.transpose(0, 2, 1), "axes"),
        (X.astype(np.float16), "float16"),
        (X.astype(complex), "complex128"),
        (record["a"], "structured"),
    ):
        [reason] = reasons(case.stack, case.rule, samples)
        assert words in reason


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("d, k", [(1, 1), (17, 1), (1, 17), (17, 3), (16, 16), (33, 15)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_odd_sizes(n, d, k, dtype):
    """One sample, one unit, widths next to a register's; a batch of more rows than there are."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(n, d)), rng.normal(size=(n, k)).astype(dtype)
    rule = UpdateRule(GradientDescent(), Constant(0.1))
    layers = (Dense(k, "tanh"), Dense(k))
    case = case_of(X, dtype, layers, 50, rule, MeanSquaredError(), Y)
    (state, report, _), (other, [expected]) = case.native(), case.numpy()
    assert report.rows == expected.rows == [n]
    unit = np.finfo(dtype).eps
    np.testing.assert_allclose(state.parameters, other.parameters, atol=200 * unit)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_rows(dtype):
    case = case_of(np.zeros((4, D)), dtype)
    outputs = Native(case.stack, case.rule, np.dtype(dtype)).forward(case.state, np.zeros((0, D)))
    assert outputs.shape == (0, 3) and outputs.dtype == dtype


@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize("n", [2, 5, 64, 1000])
def test_the_order_of_passes_is_the_permutation(n, part):
    """One row a step and b ← (b + y)/2 (descent on (b − y)², rate ¼): the losses (b − y)² tell
    which row came when; three passes in one call."""
    Y = np.arange(n, dtype=np.float64)[:, None]
    rule = UpdateRule(GradientDescent(), Constant(0.25))
    case = case_of(np.zeros((n, 1)), "float64", (Dense(1),), 1, rule, MeanSquaredError(), Y)
    case.rows = np.arange(0, n, 2)[::-1].copy() if part else None
    count = n if case.rows is None else len(case.rows)
    _, report, _ = case.native(steps=3 * count, shuffled=True)
    w, losses = 0.0, []
    for epoch in range(3):
        order = random.permutation(3, random.Stream.ORDER, count, epoch)
        for row in order if case.rows is None else case.rows[order]:
            losses.append((w - row) ** 2)
            w += (row - w) / 2
    np.testing.assert_allclose(report.losses, losses, rtol=1e-12, atol=1e-20)


@pytest.mark.parametrize("batch", [1, 3, 5])
def test_rows_as_they_lie(batch):
    """Not shuffled: batch after batch, pass after pass."""
    Y = np.arange(11, dtype=np.float64)[:, None]
    rule = UpdateRule(GradientDescent(), Constant(0.05))
    case = case_of(np.zeros((11, 1)), "float64", (Dense(1),), batch, rule, MeanSquaredError(), Y)
    steps = 2 * -(-11 // batch)
    _, report, _ = case.native(steps=steps)
    _, parts = case.numpy(steps=steps)
    expected = [loss for part in parts for loss in part.losses]
    np.testing.assert_allclose(report.losses, expected, rtol=1e-12)


@pytest.mark.parametrize("order", [np.array([3, 0, 2]), np.array([1, 1, 1, 0])])
def test_an_order_that_is_given(order):
    case = case_of(values("f4"), batch=2, rule=UpdateRule(GradientDescent(), Constant(0.1)))
    state, report, _ = case.native(steps=2, order=order)
    other = case.state.copy()
    numpy_engine.run(case.stack, case.rule, other, case.samples, case.plan, order, 2, lambda: False)
    assert report.rows == [2, len(order) - 2]
    np.testing.assert_allclose(state.parameters, other.parameters, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [1, 15, 16, 17, 70])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.97])
def test_dropout_is_the_mask(width, rate, dtype):
    """dropout → Dense(1) of MSE: ∂L/∂W is the sum of the kept x, so each mask is seen exactly."""
    X = np.full((30, width), 1.0)
    layers = (Dropout(rate), Dense(1))
    rule = UpdateRule(GradientDescent(), Constant(1.0))
    Y = np.zeros((30, 1), dtype=dtype)
    loss = MeanSquaredError(reduction="sum")
    for row in (0, 7, 29):
        case = case_of(X, dtype, layers, 30, rule, loss, Y, shard=8)
        case.state.parameters[:] = 0
        case.state.step = 5
        Y[:] = 0
        Y[row] = -0.5
        state, *_ = case.native()
        mask = random.keep_mask(3, 5, 0, range(30), width, 1 - rate)[row]
        scaled = mask.astype(dtype) / np.dtype(dtype).type(1 - rate)
        np.testing.assert_array_equal(-state.parameters[:width], scaled)


@pytest.mark.parametrize("layers", [
    (Dropout(0.3), Dense(3, "softmax")),
    (Dense(9, "gelu"), Dropout(0.5), Dense(3, "softmax")),
    (Dropout(0.2), Dense(20), Dropout(0.5), Activation("tanh"), Dropout(0.1), Dense(3, "softmax")),
    (Scale(0.1, 2.0), Dropout(0.3), Dense(3), Activation("softmax")),
])  # fmt: skip
@pytest.mark.parametrize("shard", [7, 2048])
def test_dropout_in_a_run(layers, shard):
    rule = UpdateRule(GradientDescent(), Constant(0.05))
    case = case_of(values("f8"), "float64", layers, 19, rule, shard=shard)
    state, *_ = case.native(steps=9, shuffled=True)
    other, _ = case.numpy(steps=9, shuffled=True)
    np.testing.assert_allclose(state.parameters, other.parameters, rtol=1e-11, atol=1e-13)


def test_dropout_at_the_end_and_before_anything_trained():
    """Dropout as the last layer of a network of numbers."""
    Y = np.ones((N, 4))
    rule = UpdateRule(GradientDescent(), Constant(0.05))
    layers = (Dropout(0.2), Activation("tanh"), Dense(4), Dropout(0.5))
    case = case_of(values("f8"), "float64", layers, 19, rule, MeanSquaredError(), Y)
    state, *_ = case.native(steps=5, shuffled=True)
    other, _ = case.numpy(steps=5, shuffled=True)
    np.testing.assert_allclose(state.parameters, other.parameters, rtol=1e-11, atol=1e-13)


def test_one_kernel_for_samples_of_several_dtypes():
    """Scale works wide where X is: each dtype has its kernel, whichever came first."""
    layers = (Scale(3.3, 0.7), Dense(3, "softmax"))
    case = case_of(values("f4"), layers=layers)
    kernel = Native(case.stack, case.rule, np.dtype("float32"))
    for code in ("f4", "f8", "u1", "i8", "f4"):
        samples = Samples(values(code), case.samples.Y)
        used = replace(case, samples=samples).native(native=kernel)[0]
        new = replace(case, samples=samples).native()[0]
        np.testing.assert_array_equal(used.parameters, new.parameters)
