"""Every loss against numeric differentiation, by its outputs and by its logits, and the shortcut
ŷ − y against the long way through the output activation."""

import numpy as np
import pytest

from glassnet.insight.numeric import Evaluation, compare, slopes
from glassnet.nn.activations import Exponential, Sigmoid, Softmax
from glassnet.nn.losses import BinaryCrossEntropy, CrossEntropy, Huber, MeanAbsoluteError, Poisson
from nn.cases import FLOAT64, LOSS_CASES, targets_for

ROWS, OUTPUTS = 5, 3


def outputs_for(loss, rng):
    """Outputs where the loss is defined, not as they fall out of an activation."""
    low, high = loss.outputs_in
    if high == 1:
        return rng.uniform(0.05, 0.95, (ROWS, OUTPUTS))
    return rng.uniform(0.2, 3, (ROWS, OUTPUTS)) if low == 0 else rng.normal(size=(ROWS, OUTPUTS))


def sides_of(loss, outputs, y):
    if isinstance(loss, MeanAbsoluteError):
        return outputs > y
    if isinstance(loss, Huber):
        return np.abs(outputs - y) > loss.delta
    return None


@pytest.mark.parametrize("name", LOSS_CASES)
def test_derivative_by_outputs(name):
    loss, rng = LOSS_CASES[name], np.random.default_rng(len(name))
    for Y in targets_for(loss, rng, ROWS, OUTPUTS):
        y = loss.targets(Y, OUTPUTS, FLOAT64)
        outputs = outputs_for(loss, rng)
        weights = rng.uniform(0.2, 1, ROWS)

        def f(flat, y=y, weights=weights):
            outputs = flat.reshape(ROWS, OUTPUTS)
            value = float(weights @ loss.per_sample(outputs, y))
            return Evaluation(value, sides_of(loss, outputs, y))

        analytic = loss.derivative(outputs, y) * weights[:, None]
        proof = compare(name, analytic, slopes(f, outputs.reshape(-1)))
        assert proof.holds and not proof.kinks, proof


MEETING = {
    **{
        f"softmax, smoothing {s}": (CrossEntropy(label_smoothing=s), Softmax()) for s in (0.0, 0.15)
    },
    **{f"sigmoid, {r}": (BinaryCrossEntropy(reduction=r), Sigmoid()) for r in ("mean", "sum")},
    **{f"exponential, {r}": (Poisson(reduction=r), Exponential()) for r in ("mean", "sum")},
}


@pytest.mark.parametrize("name", MEETING)
def test_shortcut_equals_the_long_way_and_the_numeric_one(name):
    loss, activation = MEETING[name]
    rng = np.random.default_rng(2)
    for Y in targets_for(loss, rng, ROWS, OUTPUTS):
        y = loss.targets(Y, OUTPUTS, FLOAT64)
        z = rng.normal(size=(ROWS, OUTPUTS))
        outputs = activation.value(z)
        long_way = activation.backward(loss.derivative(outputs, y), z, outputs)
        shortcut = loss.derivative_logits(outputs, y)
        np.testing.assert_allclose(shortcut, long_way, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(
            loss.per_sample_logits(z, y), loss.per_sample(outputs, y), rtol=1e-12, atol=1e-14
        )

        def f(flat, y=y):
            logits = flat.reshape(ROWS, OUTPUTS)
            return Evaluation(float(loss.per_sample_logits(logits, y).sum()))

        assert compare(name, shortcut, slopes(f, z.reshape(-1))).holds


def test_full_softmax_jacobian():
    """backward against the matrix diag(y) − y yᵀ, written out."""
    z, dy = np.random.default_rng(0).normal(size=(2, 4, 5))
    y = Softmax().value(z)
    for row in range(4):
        jacobian = np.diag(y[row]) - np.outer(y[row], y[row])
        np.testing.assert_allclose(
            Softmax().backward(dy, z, y)[row], jacobian @ dy[row], rtol=1e-12, atol=1e-15
        )


@pytest.mark.parametrize(
    "taking_logits, meeting, activation",
    [
        (CrossEntropy(from_logits=True), CrossEntropy(), Softmax()),
        (BinaryCrossEntropy(from_logits=True), BinaryCrossEntropy(), Sigmoid()),
    ],
)
def test_from_logits_is_the_same_loss(taking_logits, meeting, activation):
    rng = np.random.default_rng(4)
    z = rng.normal(size=(ROWS, OUTPUTS))
    for Y in targets_for(meeting, rng, ROWS, OUTPUTS):
        y = meeting.targets(Y, OUTPUTS, FLOAT64)
        np.testing.assert_allclose(
            taking_logits.per_sample(z, y), meeting.per_sample_logits(z, y), rtol=1e-14
        )
        np.testing.assert_allclose(
            taking_logits.derivative(z, y),
            meeting.derivative_logits(activation.value(z), y),
            rtol=1e-13,
            atol=1e-16,
        )
        np.testing.assert_array_equal(
            taking_logits.right(z, y), meeting.right(activation.value(z), y)
        )


def test_mean_and_sum_of_elementwise_losses():
    """Under "mean" a sample's loss is the mean over its outputs, under "sum" their sum."""
    rng = np.random.default_rng(1)
    for name, loss in LOSS_CASES.items():
        if not name.endswith("-mean") or name.startswith("cross"):
            continue
        summed = LOSS_CASES[name.replace("-mean", "-sum")]
        y = loss.targets(targets_for(loss, rng, ROWS, OUTPUTS)[0], OUTPUTS, FLOAT64)
        outputs = outputs_for(loss, rng)
        np.testing.assert_allclose(
            summed.per_sample(outputs, y), OUTPUTS * loss.per_sample(outputs, y), rtol=1e-13
        )
        np.testing.assert_allclose(
            summed.derivative(outputs, y), OUTPUTS * loss.derivative(outputs, y), rtol=1e-13
        )


def test_indices_and_one_hot_rows_are_the_same_targets():
    rng = np.random.default_rng(3)
    outputs = rng.dirichlet(np.ones(4), 6)
    labels = rng.integers(4, size=6)
    for smoothing in (0.0, 0.2):
        loss = CrossEntropy(label_smoothing=smoothing)
        forms = [labels, labels[:, None], labels.astype(float), np.eye(4, dtype=int)[labels]]
        checked = [loss.targets(Y, 4, FLOAT64) for Y in forms]
        for y in checked[1:]:
            np.testing.assert_array_equal(
                loss.per_sample(outputs, y), loss.per_sample(outputs, checked[0])
            )
            np.testing.assert_array_equal(
                loss.derivative_logits(outputs, y), loss.derivative_logits(outputs, checked[0])
            )
            np.testing.assert_array_equal(loss.right(outputs, y), loss.right(outputs, checked[0]))
