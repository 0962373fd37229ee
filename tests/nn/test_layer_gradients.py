"""Every layer's backward against numeric differentiation, under a random upstream gradient."""

import numpy as np
import pytest

from glassnet.insight.numeric import Evaluation, compare, slopes
from glassnet.insight.proof import bends
from glassnet.nn.layers import Dense
from nn.cases import ACTIVATION_CASES, LAYER_CASES, context, parameters, samples

ROUNDS = 3


def sides_of(layer, cache):
    function = getattr(layer, "activation", None)
    places = bends(function) if function is not None else ()
    found = [(cache.z > place).reshape(-1) for place in places]
    return np.concatenate(found) if found else np.empty(0, bool)


@pytest.mark.parametrize("name", LAYER_CASES)
def test_backward_is_the_derivative_of_forward(name):
    case = LAYER_CASES[name]
    layer, tested, kinks = case.layer, 0, 0
    for seed in range(ROUNDS):
        rng = np.random.default_rng([seed, len(name)])
        layout, vector, buffer_layout, buffer_vector = parameters(layer, case.shape, rng)
        x = samples(case, rng)
        buffers = buffer_layout.views(buffer_vector)[0]

        def run(vector, x, layer=layer, layout=layout, buffers=buffers, training=case.training):
            return layer.forward(layout.views(vector)[0], x, context(buffers, training))

        y, cache = run(vector, x)
        upstream = rng.normal(size=y.shape)

        def of_parameters(vector, x=x, upstream=upstream, run=run, layer=layer):
            y, cache = run(vector, x)
            return Evaluation(float((upstream * y).sum()), sides_of(layer, cache))

        def of_inputs(flat, vector=vector, x=x, upstream=upstream, run=run, layer=layer):
            y, cache = run(vector, flat.reshape(x.shape))
            return Evaluation(float((upstream * y).sum()), sides_of(layer, cache))

        dx, gradients = layer.backward(layout.views(vector)[0], upstream, cache)
        assert set(gradients) == {segment.spec.name for segment in layout.segments}
        numeric = slopes(of_parameters, vector)
        proofs = [compare("x", dx, slopes(of_inputs, x.reshape(-1)))]
        for segment in layout.segments:
            part = gradients[segment.spec.name]
            assert part.shape == segment.shape
            proofs.append(compare(segment.name, part, numeric[segment.slice]))
        for proof in proofs:
            assert proof.holds, proof
            tested, kinks = tested + proof.tested, kinks + len(proof.kinks)
    assert kinks < 0.01 * tested


@pytest.mark.parametrize("name", ["identity", "softmax", "tanh"])
def test_backward_from_logits_starts_at_the_pre_activations(name):
    rng = np.random.default_rng(5)
    layer = Dense(4, ACTIVATION_CASES[name])
    layout, vector, _, _ = parameters(layer, (3,), rng)
    x, upstream = rng.normal(size=(6, 3)), rng.normal(size=(6, 4))

    def of_parameters(vector):
        p = layout.views(vector)[0]
        return Evaluation(float((upstream * (x @ p["W"] + p["b"])).sum()))

    p = layout.views(vector)[0]
    _, cache = layer.forward(p, x, context())
    dx, gradients = layer.backward_logits(p, upstream, cache)
    numeric = slopes(of_parameters, vector)
    for segment in layout.segments:
        assert compare(segment.name, gradients[segment.spec.name], numeric[segment.slice]).holds
    np.testing.assert_allclose(dx, upstream @ p["W"].T, rtol=1e-12)
