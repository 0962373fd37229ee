"""The kernel gives the same bits for any number of threads, instruction set and cut into calls."""

from dataclasses import replace

import numpy as np
import pytest

from engines.native.draws import Case, draw, wide
from glassnet.engines import native
from glassnet.engines.native.steps import Native

pytestmark = pytest.mark.skipif(native.why_not() is not None, reason=str(native.why_not()))

STEPS = 7
SMALL = [(n, dtype) for n in range(36) for dtype in ("float32", "float64")]
# Work above 5e5 products a step, where threads share it: (number, rows, batch, shard rows, widths).
LARGE = [
    (n, rows, batch, shard)
    for n, (rows, batch, shard) in enumerate(
        [(700, 700, 2048), (700, 611, 64), (900, 777, 300), (650, 600, 300)] * 6
    )
]


def outcome(case: Case, cuts=(STEPS,), seconds=1e9, shuffled=True):
    """Everything that a run leaves, in arrays."""
    kernel = Native(case.stack, case.rule, case.state.parameters.dtype)
    state, figures, layers = case.state.copy(), [], ()
    calls, left = iter(cuts), sum(cuts)
    while left:
        steps = min(next(calls, left), left) if seconds else left
        state, report, found = case.native(state, steps, seconds, native=kernel, shuffled=shuffled)
        assert report.nonfinite is None
        # On a busy machine a run may end early, to go on with fewer threads.
        assert 0 < len(found.losses) <= (steps if seconds else 1)
        left -= len(found.losses)
        figures.append([f if f is not None else np.zeros(0) for f in found])
        layers = report.layers
    joined = [np.concatenate(parts) for parts in zip(*figures, strict=True)]
    counters = np.array([state.updates, state.step, state.epoch, state.batch])
    return [state.parameters, *state.slots.values(), *joined, counters], layers


def same(one, other, layers=True):
    """Assert equal bits, the sign of zero and NaN included."""
    for a, b in zip(one[0], other[0], strict=True):
        assert a.tobytes() == b.tobytes(), np.abs(a - b).max()
    assert not layers or repr(one[1]) == repr(other[1])


def large(number, rows, batch, shard, dtype):
    widths, inputs = (64, 70, 127) if dtype == "float32" else (60, 70, 97), 65
    return draw(
        5, number, dtype, rows=rows, batch=batch, shard=shard, widths=widths, inputs=inputs,
        depth=2 if number % 3 else 1,
    )  # fmt: skip


@pytest.mark.parametrize("number, dtype", SMALL)
def test_small_networks(number, dtype, monkeypatch):
    """Both instruction sets, and any cut, in networks that one thread steps."""
    case = draw(1, number, dtype)
    whole = outcome(case)
    same(outcome(case, (1,) * STEPS), whole)
    same(outcome(case, (2, 1, 3, 1)), whole)
    same(outcome(case, seconds=0.0), whole)
    for threads in (1, 3):
        monkeypatch.setattr(native, "threads", lambda count=threads: count)
        same(outcome(case), whole)
    for isa in native.supported():
        monkeypatch.setenv("GLASSNET_ISA", isa)
        same(outcome(case), whole)


@pytest.mark.parametrize("number, rows, batch, shard", LARGE)
def test_networks_that_threads_share(number, rows, batch, shard, monkeypatch):
    """1, 2, 3 and 5 threads, in one shard and in several."""
    case = large(number, rows, batch, shard, "float64" if number % 2 else "float32")
    weights = sum(s.size for s in case.stack.layout.of_kind("weight"))
    assert min(batch, rows if case.rows is None else len(case.rows)) * weights >= 5e5
    monkeypatch.setattr(native, "threads", lambda: 1)
    whole = outcome(case, (3,))
    for isa in native.supported():
        monkeypatch.setenv("GLASSNET_ISA", isa)
        for threads in (2, 3, 5) if isa == native.supported()[-1] else (2,):
            monkeypatch.setattr(native, "threads", lambda count=threads: count)
            same(outcome(case, (3,)), whole)
    same(outcome(case, (1, 1, 1)), whole)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", range(24))
def test_many_inputs_and_few_units(number, dtype, monkeypatch):
    """Shuffled or read as they lie, of samples between which something else lies in memory."""
    batch, shard = ((1, 2048), (23, 7), (130, 32), (130, 2048))[number % 4]
    case = draw(8, number, dtype, rows=130, batch=batch, shard=shard, **wide(number, dtype))
    apart = np.full((130, case.samples.X.shape[1] + 5), np.nan, dtype)
    place = slice(number % 6, number % 6 + case.samples.X.shape[1])
    apart[:, place] = case.samples.X
    case.samples = replace(case.samples, X=apart[:, place])
    outputs = []
    for isa in native.supported():
        monkeypatch.setenv("GLASSNET_ISA", isa)
        kernel = Native(case.stack, case.rule, np.dtype(dtype))
        outputs.append(kernel.forward(case.state, case.samples.X))
        for row in (0, 7, 129):
            one = kernel.forward(case.state, case.samples.X[row : row + 1])
            assert one.tobytes() == outputs[-1][row : row + 1].tobytes()
    assert all(out.tobytes() == outputs[0].tobytes() for out in outputs)
    for shuffled in (False, True):
        runs = []
        for isa in native.supported():
            monkeypatch.setenv("GLASSNET_ISA", isa)
            for threads in (1, 3):
                monkeypatch.setattr(native, "threads", lambda count=threads: count)
                runs.append(outcome(case, shuffled=shuffled))
        for run in runs:
            same(run, runs[0])


@pytest.mark.skipif("avx512" not in native.supported(), reason="this processor lacks AVX-512")
def test_two_instruction_sets_were_compared():
    assert native.supported()[:2] == ("avx2", "avx512")


def test_the_kernel_s_memory_of_one_run_does_not_touch_the_next():
    """Batches of other sizes, rows and orders with one kernel: the bits of a new one."""
    case = draw(1, 6, "float32", rows=130, batch=33)
    kernel = Native(case.stack, case.rule, case.state.parameters.dtype)
    for batch, rows in [(33, None), (100, np.arange(0, 130, 2)), (7, None), (130, None)]:
        case = replace(case, plan=case.plan._replace(batch_size=batch), rows=rows)
        used, *_ = case.native(steps=5, native=kernel, shuffled=True)
        new, *_ = case.native(steps=5, shuffled=True)
        np.testing.assert_array_equal(used.parameters, new.parameters)


def test_rows_written_anew_in_their_array_are_seen():
    """The order of a pass follows the rows given, not the address where they lie."""
    rows = np.arange(50)
    case = replace(draw(1, 6, "float32", rows=130, batch=33), rows=rows)
    kernel = Native(case.stack, case.rule, case.state.parameters.dtype)
    case.native(steps=1, native=kernel, shuffled=True)
    rows += 60
    used, *_ = case.native(steps=1, native=kernel, shuffled=True)
    new, *_ = case.native(steps=1, shuffled=True)
    np.testing.assert_array_equal(used.parameters, new.parameters)
