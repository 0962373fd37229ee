"""The contract that every layer keeps: a new layer is one new row in cases.py."""

import copy
import dataclasses

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.nn.contract import Built
from glassnet.nn.layers import Activation, Dense, Dropout, Flatten, Scale
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.soft_step import SoftStep
from nn.cases import LAYER_CASES, context, parameters, samples

DTYPES = ["float32", "float64"]


def set_up(name, dtype="float64", rows=6):
    """Layer, its parameters and buffers as views, and inputs."""
    case, rng = LAYER_CASES[name], np.random.default_rng(len(name))
    layout, vector, buffer_layout, buffers = parameters(case.layer, case.shape, rng)
    p = layout.views(vector.astype(dtype))[0]
    views = buffer_layout.views(buffers.astype(dtype))[0]
    return case, p, views, samples(case, rng, rows).astype(dtype)


def arrays_in(cache):
    """Every array that a cache holds."""
    if isinstance(cache, np.ndarray):
        return [cache]
    return (
        [array for part in cache or () for array in arrays_in(part)]
        if isinstance(cache, tuple)
        else []
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYER_CASES)
class TestContract:
    def test_shapes_and_dtype_both_ways(self, name, dtype):
        case, p, buffers, x = set_up(name, dtype)
        built = case.layer.build(case.shape)
        assert isinstance(built, Built)
        y, cache = case.layer.forward(p, x, context(buffers, case.training, np.dtype(dtype)))
        assert y.shape == (len(x), *built.shape) and y.dtype == dtype
        dy = np.random.default_rng(0).normal(size=y.shape).astype(dtype)
        dx, gradients = case.layer.backward(p, dy, cache)
        assert dx.shape == x.shape and dx.dtype == dtype
        assert set(gradients) == {spec.name for spec in built.parameters}
        for spec in built.parameters:
            assert gradients[spec.name].shape == spec.shape
            assert gradients[spec.name].dtype == dtype
            assert spec.kind in ("weight", "bias", "gain", "shift", "threshold")
            assert spec.initializer.sample(spec.shape, 0, 0).shape == spec.shape
        assert all(spec.kind == "buffer" for spec in built.buffers)

    def test_predicts_the_same_batched_or_singly(self, name, dtype):
        case, p, buffers, x = set_up(name, dtype)
        predicting = context(buffers, training=False, dtype=np.dtype(dtype))
        together, _ = case.layer.forward(p, x, predicting)
        for row in range(len(x)):
            alone, _ = case.layer.forward(p, x[row : row + 1], predicting)
            tolerance = 1e-5 if dtype == "float32" else 1e-13
            np.testing.assert_allclose(alone[0], together[row], rtol=tolerance, atol=tolerance)
        assert not predicting.updates

    def test_nothing_is_changed(self, name, dtype):
        case, p, buffers, x = set_up(name, dtype)
        ctx = context(buffers, case.training, np.dtype(dtype))
        before = copy.deepcopy((p, buffers, x))
        y, cache = case.layer.forward(p, x, ctx)
        dy = np.random.default_rng(1).normal(size=y.shape).astype(dtype)
        kept = copy.deepcopy((y, cache, dy))
        first = case.layer.backward(p, dy, cache)
        second = case.layer.backward(p, dy, cache)  # the cache still says the same
        np.testing.assert_equal((p, buffers, x), before)
        np.testing.assert_equal((y, cache, dy), kept)
        np.testing.assert_equal(first, second)

    def test_gradients_are_new_arrays(self, name, dtype):
        """Whoever adds into a gradient must not write into a parameter or a cache."""
        case, p, buffers, x = set_up(name, dtype)
        y, cache = case.layer.forward(p, x, context(buffers, case.training, np.dtype(dtype)))
        dy = np.ones_like(y)
        _, gradients = case.layer.backward(p, dy, cache)
        for gradient in gradients.values():
            for array in (*p.values(), *buffers.values(), x, dy, *arrays_in(cache)):
                assert not np.shares_memory(gradient, array)

    def test_inputs_false_leaves_the_gradients_as_they_are(self, name, dtype):
        case, p, buffers, x = set_up(name, dtype)
        y, cache = case.layer.forward(p, x, context(buffers, case.training, np.dtype(dtype)))
        dy = np.random.default_rng(2).normal(size=y.shape).astype(dtype)
        _, with_inputs = case.layer.backward(p, dy, cache, inputs=True)
        _, without = case.layer.backward(p, dy, cache, inputs=False)
        np.testing.assert_equal(with_inputs, without)

    def test_the_cache_is_enough(self, name, dtype):
        """Backward after other passes of the same layer object: nothing is kept in it."""
        case, p, buffers, x = set_up(name, dtype)
        ctx = context(buffers, case.training, np.dtype(dtype))
        y, cache = case.layer.forward(p, x, ctx)
        expected = case.layer.backward(p, np.ones_like(y), cache)
        other = context(buffers, not case.training, np.dtype(dtype), step=99)
        case.layer.forward(p, x[::-1].copy(), other)
        np.testing.assert_equal(case.layer.backward(p, np.ones_like(y), cache), expected)

    def test_a_frozen_description_without_arrays(self, name, dtype):
        case, p, buffers, x = set_up(name, dtype)
        case.layer.forward(p, x, context(buffers, case.training, np.dtype(dtype)))
        assert dataclasses.is_dataclass(case.layer)
        for part in dataclasses.fields(case.layer):
            assert not isinstance(getattr(case.layer, part.name), np.ndarray)
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(case.layer, part.name, None)
        assert dataclasses.replace(case.layer) == case.layer
        assert case.layer in [copy.deepcopy(case.layer)]

    def test_no_samples_give_no_outputs(self, name, dtype):
        case, p, buffers, x = set_up(name, dtype, rows=0)
        y, _ = case.layer.forward(p, x, context(buffers, False, np.dtype(dtype)))
        assert y.shape == (0, *case.layer.build(case.shape).shape)


def test_dropout_predicting_is_the_identity_and_training_keeps_the_mean():
    x = np.ones((400, 50))
    y, cache = Dropout(0.3).forward({}, x, context(training=False))
    assert y is x and cache is None
    y, _ = Dropout(0.3).forward({}, x, context(step=8))
    kept = y != 0
    np.testing.assert_allclose(y[kept], 1 / 0.7, rtol=1e-12)
    # 20,000 lots: the share kept is within 5 standard deviations, 5 √(0.3 · 0.7 / 20,000)
    assert abs(kept.mean() - 0.7) < 0.0163
    assert abs(y.mean() - 1) < 0.025


def test_dropout_differs_by_step_layer_and_seed_alone():
    x = np.ones((8, 40))
    first = Dropout(0.5).forward({}, x, context(step=1))[0]
    np.testing.assert_array_equal(first, Dropout(0.5).forward({}, x, context(step=1))[0])
    for part, value in (("step", 2), ("layer", 1), ("seed", 12)):
        ctx = context(step=1)
        setattr(ctx, part, value)
        assert (first != Dropout(0.5).forward({}, x, ctx)[0]).any()
    ctx = context(step=1)
    ctx.first_row = 3
    np.testing.assert_array_equal(Dropout(0.5).forward({}, x[3:], ctx)[0], first[3:])


def test_batch_norm_normalises_and_keeps_running_averages():
    rng = np.random.default_rng(0)
    x = rng.normal(loc=[3.0, -1.0], scale=[2.0, 0.1], size=(50, 2))
    p = {"gain": np.array([1.0, 2.0]), "shift": np.array([0.0, 5.0])}
    buffers = {"mean": np.array([1.0, 1.0]), "variance": np.array([1.0, 1.0])}
    layer, ctx = BatchNorm(momentum=0.9, epsilon=1e-12), context(buffers)
    y, _ = layer.forward(p, x, ctx)
    np.testing.assert_allclose(y.mean(axis=0), [0, 5], atol=1e-12)
    np.testing.assert_allclose(y.std(axis=0), [1, 2], rtol=1e-9)
    # running ← 0.9 · 1 + 0.1 · the batch's, the variance with n − 1
    np.testing.assert_allclose(ctx.updates[0, "mean"], 0.9 + 0.1 * x.mean(axis=0))
    np.testing.assert_allclose(ctx.updates[0, "variance"], 0.9 + 0.1 * x.var(axis=0, ddof=1))
    y, _ = layer.forward(p, x, context(buffers, training=False))
    np.testing.assert_allclose(y, p["gain"] * (x - 1) + p["shift"], rtol=1e-9)


def test_batch_norm_of_one_sample_is_its_shift():
    p = {"gain": np.ones(2), "shift": np.array([0.5, -0.5])}
    ctx = context({"mean": np.zeros(2), "variance": np.ones(2)})
    y, _ = BatchNorm().forward(p, np.array([[3.0, 9.0]]), ctx)
    np.testing.assert_array_equal(y, [[0.5, -0.5]])
    np.testing.assert_allclose(ctx.updates[0, "variance"], 0.9)


def test_layer_norm_normalises_each_sample():
    x = np.random.default_rng(0).normal(loc=4, scale=3, size=(5, 40))
    p = {"gain": np.ones(40), "shift": np.zeros(40)}
    y, _ = LayerNorm(epsilon=1e-12).forward(p, x, context())
    np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=1), 1, rtol=1e-9)


@pytest.mark.parametrize(
    "raw",
    [
        np.uint8,
        np.int8,
        bool,
        np.uint16,
        np.int64,
        np.float16,
        np.float32,
        np.float64,
        ">f4",
        ">i4",
    ],
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_scale_takes_raw_data(raw, dtype):
    x = np.array([[0, 1, 1], [1, 0, 1]]).astype(raw)
    y, _ = Scale(0.5, (2.0, 4.0, -1.0)).forward({}, x, context(dtype=np.dtype(dtype)))
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, [[-1, 2, -0.5], [1, -2, -0.5]])


def test_scale_subtracts_before_it_rounds():
    """Features near 10⁹ keep their differences of 1, which float32 alone could not hold."""
    x = np.array([[1e9 + 1], [1e9 + 2]])
    y, _ = Scale(1e9).forward({}, x, context(dtype=np.dtype(np.float32)))
    np.testing.assert_array_equal(y, [[1], [2]])
    y, _ = Scale(1e9).forward({}, x.astype(np.int64), context(dtype=np.dtype(np.float32)))
    np.testing.assert_array_equal(y, [[1], [2]])


def test_a_threshold_inside_the_sigmoid_is_the_bias_with_its_sign_turned():
    """σ(z − t): ∂L/∂t = −∂L/∂b. SoftStep's t, behind the sigmoid, has another gradient."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 1)), rng.integers(2, size=(20, 1))
    p, _ = Dense(1, "sigmoid").forward({"W": np.ones((1, 1)), "b": np.array([-0.3])}, x, context())
    along_bias = (p - y).mean()
    step = SoftStep(k=10, threshold=0.4)
    answer, cache = step.forward({"t": np.array([0.4])}, p, context())
    _, gradients = step.backward_logits({"t": np.array([0.4])}, (answer - y) / 20, cache)
    assert gradients["t"] == pytest.approx(-10 * (answer - y).mean())
    assert gradients["t"] != pytest.approx(-along_bias, rel=0.1)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Dense(0), "at least 1 unit, 0 was given"),
        (lambda: Dense(2.5), "at least 1 unit, 2.5 was given"),
        (lambda: Dense(True), "at least 1 unit, True was given"),
        (lambda: Dense(2, "rleu"), "there is no activation 'rleu'"),
        (lambda: Dense(2, weight_init="hee"), "there is no initializer 'hee'"),
        (lambda: Dropout(1.0), r"rate is in \[0, 1\), 1.0 was given"),
        (lambda: Dropout(-0.1), r"rate is in \[0, 1\)"),
        (lambda: BatchNorm(momentum=1), r"momentum is in \[0, 1\), 1 was given"),
        (lambda: LayerNorm(epsilon=0), "epsilon must be above 0, 0 was given"),
        (lambda: Scale(np.inf), "Scale's shift is a finite number, or one for each feature"),
        (lambda: Scale(0, ((1, 2), (3, 4))), "Scale's factor is a finite number"),
        (lambda: SoftStep(k=0), "steepness k must be above 0"),
        (lambda: SoftStep(threshold=1), r"starts within \(0, 1\), 1 was given"),
        (lambda: Dense(2).build((3, 4)), r"shape \(n, 3, 4\): put Flatten\(\) before it"),
        (lambda: LayerNorm().build((3, 4)), r"shape \(n, 3, 4\): put Flatten\(\) before it"),
        (lambda: Scale((1, 2)).build((3,)), "Scale has 2 numbers as its shift, .* 3 features"),
        (lambda: SoftStep().build((2,)), r"one probability a sample.* put Dense\(1, 'sigmoid'\)"),
    ],
)
def test_what_is_not_legal_is_one_sentence(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()


def test_default_weights_fit_the_activation():
    """He's variance 2/inputs before ReLU and its kin, Glorot's 2/(inputs + units) otherwise."""
    for name, variance in (("relu", 2 / 400), ("gelu", 2 / 400), ("tanh", 2 / 600)):
        spec = Dense(200, name).build((400,)).parameters[0]
        W = spec.initializer.sample(spec.shape, 0, 0)
        assert W.var() == pytest.approx(variance, rel=0.02)


def test_flatten_keeps_the_last_axis_fastest():
    x = np.arange(12).reshape(2, 2, 3)
    np.testing.assert_array_equal(Flatten().forward({}, x, context())[0], x.reshape(2, 6))


def test_numpy_integers_are_units_too():
    assert Dense(np.int64(3)) == Dense(3) and type(Dense(np.int64(3)).units) is int
    assert Activation(np.tanh.__name__) == Activation("tanh")
