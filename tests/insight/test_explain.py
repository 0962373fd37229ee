"""`gn.explain`: its numbers are the engine's, it changes nothing, and it says what is asked."""

import os
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engines import numpy_engine
from glassnet.errors import InputError
from glassnet.insight.explain import explain_past
from glassnet.insight.explanation import Explanation
from glassnet.insight.step.sources import PAPERS
from glassnet.nn import activations, layers, losses, normalization, optimizers
from glassnet.training.past import Past
from house.modules import ROOT

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 4)), RNG.integers(0, 3, 6)


def small(dtype: str = "float64", **options: Any) -> gn.Network:
    return gn.Network(
        [gn.Dense(5, "relu"), gn.Dense(3, "softmax")], "cross_entropy", inputs=4, dtype=dtype,
        **options,
    )  # fmt: skip


def values(explanation: Explanation, stage: str, layer: str, symbol: str) -> np.ndarray:
    [found] = [
        quantity.values
        for each in explanation.stages
        for quantity in each.quantities
        if (each.name, quantity.layer, quantity.symbol) == (stage, layer, symbol)
    ]
    return found


def printed(text: str, head: str) -> np.ndarray:
    """The numbers that are printed under a head, up to the next line that is none."""
    lines = text.partition(head)[2].splitlines()[1:]
    rows = []
    for line in lines:
        if not line.startswith("      ") or not re.fullmatch(r"[-+.e\d ∞]+", line):
            if rows:
                break
            continue
        rows.append([float(cell) for cell in line.split()])
    return np.array(rows)


def test_the_numbers_are_the_engines() -> None:
    net = small()
    before = net.state.copy()
    explanation = gn.explain(net, X, Y, learning_rate=0.3)
    loss, gradient = numpy_engine.loss_and_gradient(net.stack, net.state, X, Y)
    assert explanation.loss == loss
    for segment in net.stack.layout.segments:
        own = values(explanation, "backward", segment.layer_name, f"∂L/∂{segment.spec.name}")
        assert np.array_equal(own, segment.view(gradient))
    traced = net.trace(X)
    assert np.array_equal(values(explanation, "forward", "hidden", "y"), traced[0].output)
    assert np.array_equal(values(explanation, "forward", "output", "ŷ"), traced[1].output)
    after = net.state.parameters - 0.3 * gradient
    own = values(explanation, "update", "output", "W")
    np.testing.assert_allclose(own, net.stack.layout.segments[2].view(after), rtol=1e-14)
    assert np.array_equal(net.parameters, before.parameters)
    assert net.state.slots == before.slots
    net.parameters[...] = after
    assert explanation.loss_after == pytest.approx(net.evaluate(X, Y)["loss"], rel=1e-12)


def test_the_printed_numbers_are_the_engines() -> None:
    net = small()
    text = gn.explain(net, X, Y).text()
    _, gradient = numpy_engine.loss_and_gradient(net.stack, net.state, X, Y)
    parts = text.split("4. Backward")
    for segment in net.stack.layout.segments:
        name, symbol = segment.layer_name, segment.spec.name
        shown = printed(parts[0], f"  {name}  {symbol}  (")
        np.testing.assert_allclose(shown.reshape(segment.shape), segment.view(net.parameters),
                                   atol=6e-5)  # fmt: skip
        shown = printed(parts[1], f"  {name}  ∂L/∂{symbol}  (")
        np.testing.assert_allclose(shown.reshape(segment.shape), segment.view(gradient),
                                   atol=6e-5)  # fmt: skip
    shown = printed(parts[0], "  output  ŷ  (")
    np.testing.assert_allclose(shown, net.forward(X), atol=6e-5)


def test_a_unit_is_the_sum_of_its_terms() -> None:
    net = gn.Network([gn.Dense(7, "gelu"), gn.Dense(3)], "mean_squared_error", inputs=20)
    inputs = RNG.normal(size=(2, 20))
    explanation = gn.explain(net, inputs, RNG.normal(size=(2, 3)), unit="hidden:3")
    [unit] = explanation.units
    views = net.parameter_views()
    products = inputs[0] * views["hidden.W"][:, 2]
    largest = np.sort(np.abs(products))[::-1][:8]
    assert [abs(term.product) for term in unit.sum.terms] == pytest.approx(largest)
    assert unit.sum.others == 12
    assert unit.sum.total + unit.bias == pytest.approx(unit.z, rel=1e-5)
    assert unit.z == pytest.approx(products.sum(), rel=1e-5)
    assert unit.y == net.trace(inputs)[0].output[0, 2]
    assert explanation.chain is not None and explanation.chain.unit == 3
    assert explanation.chain.layer == "hidden"
    for term in unit.sum.terms:
        assert f"x{term.number} " in explanation.text()


def test_without_a_unit_the_largest_of_each_layer_and_the_targets_class_are_shown() -> None:
    net = small()
    units = gn.explain(net, X, Y).units
    y = net.trace(X)[0].output[0]
    shown = [unit.unit - 1 for unit in units if unit.layer == "hidden"]
    assert sorted(y[shown].tolist()) == sorted(np.sort(np.abs(y))[::-1][:3].tolist())
    assert int(Y[0]) + 1 in [unit.unit for unit in units if unit.layer == "output"]


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("unit", "hidden:9", ("'hidden'", "1 to 5", "9")),
        ("unit", "hidden:0", ("1 to 5",)),
        ("unit", "hiden:1", ("'hiden'", "hidden (layer 1)", "output (layer 2)")),
        ("unit", "hidden", ("hidden:1", "counted from 1")),
        ("unit", "hidden:x", ("hidden:1",)),
        ("unit", "hidden:1,2", ("hidden:1",)),
        ("weight", "output:6,1", ("input", "1 to 5")),
        ("weight", "output:1,4", ("unit", "1 to 3")),
        ("weight", "output:1", ("output:1,2", "output:b,2")),
        ("weight", "3:1,1", ("'3'",)),
        ("weight", "output:²,1", ("output:1,2",)),
    ],
)
def test_a_place_that_is_none_is_refused(option: str, text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as refusal:
        gn.explain(small(), X, Y, **{option: text})
    for word in (text, *words):
        assert word in str(refusal.value)


def test_layers_go_by_name_and_by_number() -> None:
    net = gn.Network(
        [gn.Scale(0, 0.5), gn.Dense(5, "relu"), gn.Dropout(0.5), gn.Dense(3, "softmax")],
        "cross_entropy", inputs=4,
    )  # fmt: skip
    by_name, by_number = (gn.explain(net, X, Y, weight=f"{w}:2,3").chain for w in ("output", "4"))
    assert by_name is not None and by_number is not None
    assert (by_name.layer, by_name.input, by_name.unit) == ("output", 2, 3)
    assert by_name.value == by_number.value == float(net.parameter_views()["output.W"][1, 2])
    with pytest.raises(InputError, match="'dropout' is not dense"):
        gn.explain(net, X, Y, unit="3:1")


def test_penalties_have_a_value_and_a_gradient_of_their_own() -> None:
    net = small()
    plain, both = gn.explain(net, X, Y), gn.explain(net, X, Y, l1=0.01, l2=0.1)
    W = [net.parameter_views()[f"{name}.W"] for name in ("hidden", "output")]
    penalty = sum(0.01 * np.abs(w).sum() + 0.05 * (w**2).sum() for w in W)
    assert values(both, "loss", "penalty", "R") == pytest.approx(penalty)
    assert values(both, "loss", "loss", "L") == plain.loss
    assert both.loss == pytest.approx(plain.loss + penalty)
    own = values(both, "backward", "output", "∂R/∂W")
    np.testing.assert_allclose(own, 0.01 * np.sign(W[1]) + 0.1 * W[1])
    of_loss = [values(each, "backward", "output", "∂L/∂W") for each in (plain, both)]
    assert np.array_equal(*of_loss)
    assert "∂R" not in plain.text() and "R = λ₁ Σ |W| + λ₂/2 · Σ W²" in both.text()


def test_a_warm_up_from_zero_is_said_and_its_highest_rate_taken() -> None:
    class Ramp:
        name, epochs = "ramp", None

        def rate(self, epoch: float, epochs: float) -> float:
            return 0.2 * epoch / epochs

    for schedule in (gn.Cosine(0.2, warmup=0.1), Ramp()):
        explanation = gn.explain(small(), X, Y, learning_rate=schedule)
        assert "(the run warms up from 0 to this rate)" in explanation.text()
        assert "learning rate 0.2" in explanation.text()
        assert explanation.loss_after < explanation.loss
    assert "warms up" not in gn.explain(small(), X, Y, learning_rate=0.2).text()


def test_raw_and_scaled_inputs_of_a_network_that_scales() -> None:
    net = gn.Network([gn.Scale(10.0, 0.5), gn.Dense(1)], "mean_squared_error", inputs=2)
    explanation = gn.explain(net, [[12.0, 7.0]], [1.0], feature_names=["age", "height"])
    rows = [(row.name, row.raw, row.given, row.scaled) for row in explanation.inputs]
    assert rows == [("age", None, 12.0, 1.0), ("height", None, 7.0, -1.5)]
    text = explanation.text()
    assert re.search(r"feature +raw +scaled", text)
    assert re.search(r"age +12\.0000 +1\.0000", text)
    assert "·age (1)" in text and "(height)" in text


def test_an_estimator_is_explained_with_its_columns_and_its_own_settings() -> None:
    ages = np.array([20.0, 30, np.nan, 50, 60, 70, 25, 35])
    colours = np.array(["red", "blue", "red", "blue", "red", "red", "blue", "blue"], object)
    table = gn.Table({"age": ages, "colour": colours})
    labels = np.array(["no", "yes"] * 4)
    model = gn.Classifier((4,), epochs=3, random_state=0).fit(table, labels)
    explanation = gn.explain(model, table.rows([2, 3]), labels[[2, 3]])
    names = [row.name for row in explanation.inputs]
    assert names == ["age", "age missing", "colour = blue", "colour = red"]
    assert explanation.inputs[0].raw == "missing" and explanation.inputs[3].raw == "red"
    text = explanation.text()
    assert "adam" in text and "the run warms up from 0" in text
    assert values(explanation, "loss", "penalty", "R") > 0
    assert np.array_equal(
        values(explanation, "forward", "output", "ŷ"),
        model.network_.trace(model.preprocessor_.transform(table.rows([2, 3])))[-1].output,
    )


def test_a_regressors_targets_are_said_to_be_standardised() -> None:
    data = gn.load_dataset("diabetes")
    model = gn.Regressor((4,), epochs=2, random_state=0).fit(data.X, data.y)
    explanation = gn.explain(model, data.X[:2], data.y[:2], feature_names=data.feature_names)
    assert "standardised" in explanation.text().splitlines()[0]
    assert explanation.inputs[0].name == data.feature_names[0]


def test_gradient_times_input_adds_up_for_a_linear_network() -> None:
    net = gn.Network([gn.Flatten(), gn.Dense(3, "softmax")], "cross_entropy", inputs=(2, 3))
    pixels = RNG.random((2, 2, 3))
    explanation = gn.explain(net, pixels, [0, 1])
    assert explanation.attributions.shape == (2, 3, 2, 3)
    z = net.trace(pixels)[1].cache.z - net.parameter_views()["output.b"]
    sums = explanation.attributions.sum(axis=(2, 3))
    np.testing.assert_allclose(sums, z, rtol=1e-5)
    assert np.array_equal(explanation.pixels(2, sample=2), explanation.attributions[1, 2])
    with pytest.raises(InputError, match="no class 3"):
        explanation.pixels(3)
    with pytest.raises(InputError, match="no sample 3"):
        explanation.pixels(0, sample=3)


def test_gradient_times_input_is_the_slope_of_the_logit() -> None:
    net = gn.Network(
        [gn.Scale(0.2, 3.0), gn.Dense(6, "tanh"), gn.Dropout(0.5), gn.BatchNorm(), gn.LayerNorm(),
         gn.Dense(1, "sigmoid"), gn.SoftStep(joint=True)],
        "binary_cross_entropy", inputs=4, dtype="float64",
    )  # fmt: skip
    explanation = gn.explain(net, X, (Y > 0).astype(float), classes=["no", "yes"])
    h = 1e-6

    def logit(x: np.ndarray) -> float:
        return float(net.trace(x[None])[5].cache.z[0, 0])

    for j in range(4):
        e = np.eye(4)[j] * h
        slope = (logit(X[1] + e) - logit(X[1] - e)) / (2 * h)
        assert explanation.pixels("yes", 2)[j] == pytest.approx(X[1, j] * slope, rel=1e-6)
        assert explanation.pixels("no", 2)[j] == -explanation.pixels("yes", 2)[j]


def trained(**options: Any) -> tuple[gn.Network, Past, np.ndarray, np.ndarray]:
    inputs, labels = RNG.normal(size=(50, 4)), RNG.integers(0, 3, 50)
    net = gn.Network(
        [gn.Dense(8, "relu"), gn.Dropout(0.3), gn.BatchNorm(), gn.Dense(3, "softmax")],
        "cross_entropy", seed=5, dtype="float64",
    )  # fmt: skip
    found: list[Past] = []

    def keep(event: gn.RunStarted) -> None:
        if isinstance(event, gn.RunStarted) and event.past is not None:
            found.append(event.past)

    net.fit(inputs, labels, callbacks=[keep], verbose=False, **options)
    return net, found[0], inputs, labels


def test_a_step_of_a_run_is_the_step_that_it_made() -> None:
    rate = gn.Cosine(0.05, warmup=0.2)
    options = {"batch_size": 12, "epochs": 4, "engine": "numpy", "l2": 0.01, "learning_rate": rate}
    _, past, inputs, _ = trained(optimizer="adam", **options)
    for step in (0, 7, 13, 19):
        explanation = explain_past(past, step)
        before, after = past.state_at(step), past.state_at(step + 1) if step < 19 else past.state
        layout = past.job.stack.layout
        for segment in layout.segments:
            name, symbol = segment.layer_name, segment.spec.name
            own = values(explanation, "initialise", name, symbol)
            assert np.array_equal(own, segment.view(before.parameters))
            own = values(explanation, "update", name, symbol)
            assert np.array_equal(own, segment.view(after.parameters))
        for segment in past.job.stack.buffer_layout.segments:
            own = values(explanation, "update", segment.layer_name, segment.spec.name)
            assert np.array_equal(own, segment.view(after.buffers))
        rows = past.batch_rows(step)
        assert explanation.sample_numbers == tuple(rows + 1)
        assert np.array_equal(values(explanation, "forward", "data", "X"), inputs[rows])
        chain = explanation.chain
        assert chain is not None and chain.check.is_equal
        assert f"t = {step + 1}" in chain.optimizer
    assert "(the schedule's rate here is 0)" in explain_past(past, 0).text()


def test_a_step_of_weighted_samples_is_the_step_that_it_made() -> None:
    weight = np.where(np.arange(50) % 5, RNG.random(50) + 0.5, 0.0)
    _, past, _, _ = trained(batch_size=9, epochs=2, engine="numpy", sample_weight=weight)
    explanation, after = explain_past(past, 3), past.state_at(4)
    for segment in past.job.stack.layout.segments:
        own = values(explanation, "update", segment.layer_name, segment.spec.name)
        assert np.array_equal(own, segment.view(after.parameters))
    assert "L = Σ w l" in explanation.text() and "w · (ŷ − y)" in explanation.text()
    assert 0 not in (np.array(explanation.sample_numbers) - 1) % 5
    assert explanation.chain is not None and explanation.chain.check.is_equal


def test_of_a_runs_batch_the_sample_that_tells_most_is_shown() -> None:
    _, past, _, _ = trained(batch_size=12, epochs=2)
    for weight in ("hidden:2,3", "output:4,1"):
        explanation = explain_past(past, 4, weight=weight)
        chain, rows = explanation.chain, past.batch_rows(4)
        assert chain is not None
        assert explanation.shown == np.abs(chain.shares).argmax()
        assert chain.sample == rows[explanation.shown] + 1
        share = chain.shares[explanation.shown]
        assert float(chain.links[-1].product) == pytest.approx(share, rel=1e-12)
        assert f"numbers of sample {chain.sample} are shown" in explanation.text()
    unasked = explain_past(past, 4)
    losses = values(unasked, "loss", "loss", "l")
    assert unasked.shown == losses.argmax() and "whose loss is the largest" in unasked.text()


def test_another_sample_at_a_step_is_said_not_to_be_the_step() -> None:
    _, past, inputs, labels = trained(optimizer="momentum", batch_size=12, epochs=2)
    explanation = explain_past(past, 3, samples=(inputs[:2], labels[:2]))
    assert "not the step that it made" in " ".join(explanation.text().split())
    hidden = values(explanation, "initialise", "hidden", "W")
    assert np.array_equal(
        hidden, past.job.stack.layout.segments[0].view(past.state_at(3).parameters)
    )
    with pytest.raises(InputError, match="no step 10 in this run: it came to the steps 0 to 9"):
        explain_past(past, 10)


def test_what_cannot_be_explained_is_refused() -> None:
    net = small()
    for words, arguments, options in (
        ("no samples", (X[:0], Y[:0]), {}),
        ("lbfgs chooses", (X, Y), {"optimizer": "lbfgs"}),
        ("2 sample_numbers", (X, Y), {"sample_numbers": [1, 2]}),
        ("9 pixels", (X, Y), {"image_shape": (3, 3)}),
        ("takes (4,)", (X[:, :3], Y), {}),
    ):
        with pytest.raises(InputError, match=re.escape(words)):
            gn.explain(net, *arguments, **options)
    with pytest.raises(InputError, match="fitted; Classifier was given"):
        gn.explain(gn.Classifier(), X, Y)
    with pytest.raises(InputError, match="3 is not a unit"):
        gn.explain(net, X, Y, unit=3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="lbfgs chooses"):
        model = gn.Classifier((3,), optimizer="lbfgs", epochs=2).fit(X, Y)
        gn.explain(model, X, Y)


def test_infinite_numbers_are_explained_too() -> None:
    net = small("float32")
    net.parameters[...] *= np.float32(1e30)
    explanation = gn.explain(net, X, Y)
    assert "NaN" in explanation.text() or "∞" in explanation.text()
    explanation.html(), explanation.latex(), explanation.plain()


def test_a_network_without_dense_layers_has_no_chain() -> None:
    net = gn.Network([gn.LayerNorm()], "mean_squared_error", inputs=4)
    explanation = gn.explain(net, X, X)
    assert explanation.chain is None and explanation.units == ()
    with pytest.raises(InputError, match="no dense layer"):
        gn.explain(net, X, X, weight="layer_norm:1,1")


def test_the_papers_are_those_that_the_docstrings_name() -> None:
    rooms = (layers, normalization, activations, losses, optimizers)
    for name, paper in PAPERS.items():
        [kind] = [vars(room)[name] for room in rooms if name in vars(room)]
        told = " ".join((kind.__doc__ or "").split())
        for year in re.findall(r"\b(?:19|20)\d\d\b", paper):
            assert year in told, (name, year)
        first = re.findall(r"[A-Z][a-zé]+", paper.removeprefix("label smoothing: "))[0]
        assert first in told, (name, first)


def test_with_numpy_and_msgspec_alone() -> None:
    script = (
        "import sys; from house.light_program import Blocker; sys.meta_path.insert(0, Blocker());"
        "import glassnet as gn; import numpy as np;"
        "net = gn.Network([gn.Dense(3, 'tanh'), gn.Dense(2, 'softmax')], 'cross_entropy');"
        "net.fit(np.eye(4), [0, 1, 0, 1], epochs=1, verbose=False);"
        "step = gn.explain(net, np.eye(4), [0, 1, 0, 1], optimizer='adam', image_shape=(2, 2));"
        "step.text(), step.html(), step.latex(), step.plain(), step.attributions"
    )
    folders = os.pathsep.join(str(ROOT / folder) for folder in ("src", "tests"))
    answer = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": folders},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
