"""What is wrong with data, on data that have it and on data that only look like it."""

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.insight.doctor import examine
from glassnet.nn.initializers import Normal
from glassnet.nn.layers import Dense, Scale
from insight.doctor.runs import clouds, found, line, moons, net, watch


def rules(findings, alarms=True):
    return {f.rule for f in findings if f.is_alarm or not alarms}


def regression():
    return net(Dense(16, "relu"), Dense(1), loss="mean_squared_error")


def test_clean_data_have_nothing_wrong():
    for X, y in (clouds(), moons(), line()):
        assert rules(examine(X, y)) == set()
    assert rules(examine(np.eye(4)[np.arange(200) % 4], np.arange(200) % 2)) == set()


@pytest.mark.parametrize("factor", [300.0, 1e4])
def test_a_column_in_another_unit_is_named(factor):
    X, y = clouds()
    X[:, 2] *= factor
    finding = examine(X, y, feature_names=["a", "b", "area", "d"])[0]
    assert (finding.rule, finding.why) == ("unscaled-columns", "units")
    assert "'area'" in finding.seen
    assert finding.numbers["ratio"] == pytest.approx(factor, rel=0.5)


def test_pixels_at_the_edge_of_pictures_are_no_other_unit():
    draw = np.random.default_rng(4)
    pixels = draw.integers(0, 256, (400, 9)).astype(np.uint8)
    pixels[:, 0] = np.where(draw.random(400) < 0.2, draw.integers(1, 3, 400), 0)  # hardly any ink
    y = (pixels[:, 4] > 128).astype(int)
    network = net(Scale(128.0, 1 / 74), Dense(4, "relu"), Dense(2, "softmax"))
    assert rules(examine(pixels, y, network=network)) == set()
    table = examine((pixels - 128.0) / 74, y)  # the same numbers as a table: they may have units
    assert [finding.why for finding in table if finding.is_alarm] == ["units"]


def test_rare_words_and_long_tails_are_no_other_unit():
    draw = np.random.default_rng(0)
    rare = (draw.random((500, 3)) < 0.01).astype(float)
    tails = draw.standard_t(3, size=(500, 3))
    X = np.concatenate([rare, tails], axis=1)
    assert rules(examine(X, draw.integers(0, 2, 500))) == set()


def test_pixels_to_255_are_too_large_unless_the_network_scales_them():
    draw = np.random.default_rng(1)
    X, y = draw.integers(0, 256, (200, 30)).astype(float), np.arange(200) % 2
    assert examine(X, y)[0].why == "size"
    layers = (Dense(8, "relu"), Dense(1, "sigmoid"))
    scaled = net(Scale(0.0, 1 / 255), *layers, loss="binary_cross_entropy")
    assert "unscaled-columns" not in rules(examine(X, y, network=scaled))


def test_one_odd_row_does_not_make_the_columns_large():
    X, y = clouds()
    X[17] *= 1000
    findings = examine(X, y, network=net(Dense(8, "relu"), Dense(3, "softmax")))
    assert findings[0].rule == "outlier" and findings[0].row == 17
    assert "unscaled-columns" not in rules(findings)


@pytest.mark.parametrize("column", [0, 1])
def test_a_smaller_odd_value_is_found_in_a_column_without_long_tails(column):
    draw = np.random.default_rng(5)
    X = draw.normal(size=(400, 3)) * [1.0, 1.5, 1.0]
    X[:, 2] = np.exp(1.5 * X[:, 2])  # beside one with them, whose largest value is nearly as far
    X[17, column] = 50.0
    y = draw.integers(0, 2, 400)
    assert [f.row for f in examine(X, y) if f.rule == "outlier"] == [17]
    X[17, column] = 10.0
    assert "outlier" not in rules(examine(X, y), alarms=False)


def test_long_tails_are_no_outliers():
    draw = np.random.default_rng(3)
    X = np.exp(draw.normal(size=(600, 5)) * 1.5)
    network = net(Dense(8, "relu"), Dense(1, "sigmoid"), loss="binary_cross_entropy")
    assert "outlier" not in rules(examine(X, draw.integers(0, 2, 600), network=network), False)
    for seed in range(20):
        X = np.random.default_rng(seed).standard_t(3, size=(600, 10))
        assert "outlier" not in rules(examine(X, draw.integers(0, 2, 600)), False), seed


@pytest.mark.parametrize("times", [1e3, 1e6])
def test_an_odd_value_is_found_without_a_network(times):
    X, y = clouds()
    odd = X.copy()
    odd[17, 2] = times
    finding = examine(odd, y, feature_names=["a", "b", "area", "d"])[0]
    assert (finding.rule, finding.row) == ("outlier", 17) and "'area'" in finding.seen
    held = examine(X, y, validation=(odd[10:60] + 1e-3, y[10:60]))[0]
    assert held.rule == "outlier" and "in validation row 7 " in held.seen and held.row is None
    numbers, Y = line()
    Y[9] *= times
    assert examine(numbers, Y[:, 0])[0].row == 9


@pytest.mark.parametrize("labels", [(1, 2, 3), (0, 2, 4), (-1, 1, 1)])
def test_labels_that_a_network_would_not_take_are_a_note_without_one(labels):
    X, y = clouds()
    (finding,) = examine(X, np.array(labels)[y])[:1]
    assert (finding.rule, finding.why, finding.level) == ("labels", "not-from-zero", "note")
    assert "labels" not in rules(examine(X, np.array(["a", "b", "c"])[y]), alarms=False)


def test_small_whole_numbers_wrap():
    X = np.random.default_rng(2).integers(0, 256, (100, 20)).astype(np.uint8)
    finding = examine(X, np.arange(100) % 2)[0]
    assert finding.rule == "uint8-arithmetic"
    assert str(np.array([127], np.uint8) - np.array([128], np.uint8)) in f"[{finding.cause}]" or (
        "255" in finding.cause
    )
    assert rules(examine((X > 99).astype(np.uint8), np.arange(100) % 2)) == set()


@pytest.mark.parametrize(
    "labels, why", [((1, 2, 3), "not-from-zero"), ((0, 1, 3), "not-from-zero")]
)
def test_labels_that_fit_refuses_are_explained(labels, why):
    X, y = clouds()
    network = net(Dense(8, "relu"), Dense(3, "softmax"))
    finding = examine(X, np.array(labels)[y], network=network)[0]
    assert (finding.rule, finding.why) == ("labels", why)
    with pytest.raises(InputError):
        network.fit(X, np.array(labels)[y], epochs=1, verbose=False)


def test_labels_from_one_with_an_output_too_many():
    X, y = clouds()
    doctor = watch(net(Dense(8, "relu"), Dense(4, "softmax")), X, y + 1)
    assert found(doctor, "labels").why == "not-from-zero"


def test_class_numbers_as_quantities():
    X, y = clouds(classes=5)
    network = net(Dense(8, "tanh"), Dense(1), loss="mean_squared_error")
    assert found(watch(network, X, y.astype(float)), "labels").why == "not-one-hot"


@pytest.mark.parametrize("output", ["sigmoid", "tanh", "relu"])
def test_targets_out_of_reach(output):
    X, Y = line()
    doctor = watch(net(Dense(8, "tanh"), Dense(1, output), loss="mean_squared_error"), X, Y)
    assert doctor.alarms[0].rule == "target-range"
    share = found(doctor, "target-range").numbers["beyond"]
    low = -1 if output == "tanh" else 0
    high = np.inf if output == "relu" else 1
    assert share == pytest.approx(np.mean((low > Y) | (high < Y)))


def test_targets_within_reach_are_fine():
    X, Y = line()
    inside = (Y - Y.min()) / np.ptp(Y)
    doctor = watch(net(Dense(8, "tanh"), Dense(1, "sigmoid"), loss="mean_squared_error"), X, inside)
    assert "target-range" not in {f.rule for f in doctor.findings}


@pytest.mark.parametrize("size, shift, why", [
    (77, 152, "target-size"),
    (30, 0, "target-size"),
    (1, 50, "target-offset"),
    (1, 1000, "target-offset"),
    (0.1, 5, "target-offset"),
])  # fmt: skip
def test_targets_far_from_one_under_a_squared_loss(size, shift, why):
    X, Y = line()
    findings = examine(X, size * Y + shift, network=regression())
    assert (findings[0].rule, findings[0].why) == ("unscaled-target", why)
    assert findings[0].is_alarm
    first = [f for f in findings if f.rule == "initial-loss"]
    assert all(not f.is_alarm and f.why == "target-offset" for f in first), first
    assert bool(first) == (why == "target-offset")


@pytest.mark.parametrize("size, shift", [(1, 0), (3, 2), (0.3, 0.5)])
def test_targets_near_one_are_fine(size, shift):
    X, Y = line()
    assert examine(X, size * Y + shift, network=regression()) == []


def test_pixels_that_are_nearly_always_white_are_no_offset():
    draw = np.random.default_rng(0)
    X = 1 - draw.random((300, 30)) * (draw.random((300, 30)) < np.linspace(0.11, 0.9, 30))
    network = net(Dense(16, "tanh"), Dense(30, "sigmoid"), loss="mean_squared_error")
    assert "unscaled-target" not in rules(examine(X - 0.5, X, network=network))


def test_large_initial_weights_are_still_named_where_the_targets_are_sound():
    X, Y = line()
    layers = (Dense(64, "relu", weight_init=Normal(5.0)), Dense(1, weight_init=Normal(5.0)))
    first = examine(X, Y, network=net(*layers, loss="mean_squared_error"))[0]
    assert (first.rule, first.why) == ("initial-loss", "initial-weights")


def test_copies_among_the_validation_samples_are_found_and_counted():
    X, y = clouds(300)
    train, held = slice(0, 200), slice(200, 300)
    copied = np.concatenate([X[train], X[200:230]])
    finding = examine(
        copied, np.concatenate([y[train], y[200:230]]), validation=(X[held], y[held])
    )[0]
    assert finding.rule == "duplicates" and finding.numbers["pairs"] == 30
    assert rules(examine(X[train], y[train], validation=(X[held], y[held]))) == set()


def test_pictures_of_few_pixels_repeat_by_nature():
    draw = np.random.default_rng(4)
    X, y = draw.integers(0, 2, (200, 4)).astype(float), draw.integers(0, 2, 200)
    findings = examine(X[:150], y[:150], validation=(X[150:], y[150:]))
    assert rules(findings) == set()
    assert [f.why for f in findings if f.rule == "duplicates"] == ["chance"]


@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_the_answer_among_the_columns(noise):
    X, y = clouds(width=1.5)
    answer = np.array([2.0, 0.0, 1.0])[y] + noise * np.random.default_rng(0).normal(size=len(y))
    finding = examine(np.insert(X, 1, answer, axis=1), y)[0]
    assert finding.rule == "answer-column" and finding.numbers["column"] == 1
    X, Y = line(noise=1.0)
    finding = examine(np.insert(X, 3, Y[:, 0] + noise, axis=1), Y)[0]
    assert finding.rule == "answer-column" and finding.numbers["column"] == 3


def test_an_easy_problem_is_no_answer_column():
    draw = np.random.default_rng(0)
    y = np.arange(200) % 2
    far = 3.0 * (2 * y - 1)[:, None] + 0.3 * draw.normal(size=(200, 2))
    assert rules(examine(far, y)) == set()
    assert rules(examine(np.concatenate([far, draw.normal(size=(200, 3))], axis=1), y)) == set()


def test_imbalance_is_an_alarm_only_where_it_is_extreme():
    X, _ = moons(1000)
    for rare, alarm in ((0.01, True), (0.03, True), (0.08, False), (0.3, False)):
        y = (np.arange(1000) < 1000 * rare).astype(int)
        assert ("class-imbalance" in rules(examine(X, y))) == alarm, rare


def test_weights_that_balance_the_classes_are_seen():
    X, y = moons(500)
    rare = (np.arange(500) < 10).astype(float)
    network = net(Dense(4, "tanh"), Dense(1, "sigmoid"), loss="binary_cross_entropy")
    weights = np.where(rare > 0, 49.0, 1.0)
    assert "class-imbalance" in {f.rule for f in watch(network, X, rare, epochs=2).alarms}
    network.reset()
    doctor = watch(network, X, rare, epochs=2, sample_weight=weights)
    assert "class-imbalance" not in {f.rule for f in doctor.alarms}


def test_twenty_samples_that_contradict_each_other():
    X = np.zeros((40, 3))
    y = np.random.default_rng(0).integers(0, 2, 40)
    findings = examine(X, y, network=net(Dense(16, "relu"), Dense(2, "softmax")))
    finding = next(f for f in findings if f.rule == "cannot-memorise")
    assert finding.why == "contradictions"


def test_twenty_samples_that_can_be_learned():
    X, y = moons(200, noise=0.4)
    for activation in ("relu", "tanh", "sigmoid", "gelu"):
        network = net(Dense(32, activation), Dense(2, "softmax"))
        assert "cannot-memorise" not in rules(examine(X, y, network=network)), activation


def test_the_network_is_not_touched():
    X, y = clouds()
    network = net(Dense(8, "relu"), Dense(3, "softmax"))
    examine(X, y, network=network)
    with pytest.raises(InputError):
        _ = network.parameters
    network.build(4)
    before = network.parameters.copy()
    examine(X, y, network=network)
    assert np.array_equal(network.parameters, before)
