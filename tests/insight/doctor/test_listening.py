"""The doctor as a listener: it changes nothing, repeats nothing, takes little time, and hears every
kind of run."""

import io

import numpy as np
import pytest

from glassnet.errors import InputError, NonFiniteLossError
from glassnet.insight.doctor import Doctor, Finding
from glassnet.insight.doctor.budget import Budget
from glassnet.insight.doctor.finding import RULES, in_order, report
from glassnet.models.regressor import Regressor
from glassnet.nn.layers import Activation, Dense, Dropout
from glassnet.nn.losses import BinaryCrossEntropy, CrossEntropy, Huber, MeanSquaredError
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.schedules import Cosine, OneCycle
from glassnet.nn.soft_step import SoftStep
from insight.doctor.runs import classifier, clouds, line, moons, net, watch


def finding(rule="loss-spike", level="warning", **more):
    texts = {"why": "w", "seen": "s", "cause": "c", "test": "t", "advice": "a"}
    return Finding(rule=rule, level=level, **(texts | more))


@pytest.mark.parametrize("engine", ["auto", "numpy"])
@pytest.mark.parametrize("rate", [0.01, 3.0])
def test_a_run_is_the_same_with_and_without(engine, rate):
    X, y = clouds()
    results = []
    for callbacks in ([], [Doctor()]):
        network = net(Dense(8, "relu"), Dropout(0.2), BatchNorm(), Dense(3, "softmax"))
        try:
            network.fit(X, y, epochs=8, learning_rate=rate, engine=engine, verbose=False,
                        validation=(X, y), callbacks=callbacks)  # fmt: skip
        except NonFiniteLossError:
            pass
        results.append((network.parameters.tobytes(), network.history.loss))
    assert results[0] == results[1]


def test_findings_do_not_repeat():
    X, Y = line()
    network = net(Dense(16, "relu"), Dense(1), loss="mean_squared_error")
    doctor = watch(network, X, Y, learning_rate=0.5, optimizer="sgd", epochs=400, clip_norm=5.0)
    keys = [f.key for f in doctor.findings]
    assert len(keys) == len(set(keys))


def test_going_on_keeps_the_findings_and_starting_anew_does_not():
    X, y = clouds()
    X[:, 1] *= 1e4
    network, doctor = classifier(), Doctor()
    options = {"epochs": 2, "verbose": False, "callbacks": [doctor]}
    network.fit(X, y, **options)
    first = len(doctor.alarms)
    network.fit(X, y, **options)
    assert [f.rule for f in doctor.alarms].count("unscaled-columns") == 1 and first >= 1
    Z, y = clouds()
    classifier().fit(Z, y, **options)
    assert "unscaled-columns" not in {f.rule for f in doctor.findings}


def test_a_run_that_fails_leaves_its_findings():
    X, Y = line()
    network, doctor = net(Dense(8, "relu"), Dense(1), loss="mean_squared_error"), Doctor()
    with pytest.raises(NonFiniteLossError):
        network.fit(X, Y, optimizer="sgd", learning_rate=50.0, epochs=50, verbose=False,
                    callbacks=[doctor])  # fmt: skip
    assert "loss-not-finite" in doctor.text() and doctor.alarms


def test_alarms_are_told_as_they_appear():
    X, y = clouds()
    X[:, 0] *= 1e5
    told = io.StringIO()
    classifier().fit(X, y, epochs=2, verbose=False, callbacks=[Doctor(verbose=True, stream=told)])
    assert told.getvalue().startswith("FAULT unscaled-columns")
    classifier().fit(*clouds(), epochs=2, verbose=False,
                     callbacks=[Doctor(verbose=True, stream=told)])  # fmt: skip
    assert told.getvalue().count("FAULT unscaled-columns") == 1


def test_lbfgs_keeps_no_past_and_nothing_breaks():
    X, y = clouds()
    doctor = watch(classifier(), X, y, optimizer="lbfgs", learning_rate=None, epochs=20)
    assert doctor.findings == [] and doctor.share == 0


def test_a_column_has_its_name():
    X, y = clouds()
    X[:, 3] *= 1e4
    doctor = Doctor(feature_names=["age", "height", "weight", "area"])
    classifier().fit(X, y, epochs=1, verbose=False, callbacks=[doctor])
    assert "'area'" in doctor.alarms[0].seen


UNUSUAL = {
    "one row a batch": dict(batch_size=1, epochs=10, learning_rate=0.002),
    "all rows": dict(batch_size=1.0, epochs=300),
    "as they lie": dict(shuffle=False),
    "blocks": dict(shuffle="blocks"),
    "cosine": dict(learning_rate=Cosine(0.02, warmup=0.1)),
    "one cycle": dict(learning_rate=OneCycle(0.02)),
    "clipped": dict(clip_norm=1.0),
    "max norm": dict(max_norm=3.0),
    "weight decay": dict(optimizer="adamw"),
    "penalties": dict(l1=1e-4, l2=1e-4),
    "rmsprop": dict(optimizer="rmsprop", learning_rate=0.003),
    "few epochs": dict(epochs=1),
    "no epochs": dict(epochs=0),
    "numpy": dict(engine="numpy"),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_runs_raise_no_alarm(name):
    X, y = clouds()
    doctor = watch(classifier(), X, y, **UNUSUAL[name])
    assert doctor.alarms == [], doctor.text()


NETWORKS = {
    "layer norm": (
        [Dense(16), LayerNorm(), Activation("gelu"), Dense(3, "softmax")], "cross_entropy"),
    "batch norm": (
        [Dense(16), BatchNorm(), Activation("relu"), Dense(3, "softmax")], "cross_entropy"),
    "logits": ([Dense(16, "relu"), Dense(3)], CrossEntropy(from_logits=True)),
    "smoothed": ([Dense(16, "relu"), Dense(3, "softmax")], CrossEntropy(label_smoothing=0.1)),
    "summed": ([Dense(16, "relu"), Dense(3, "softmax")], CrossEntropy(reduction="sum")),
    "no hidden layer": ([Dense(3, "softmax")], "cross_entropy"),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_unusual_networks_raise_no_alarm(name):
    X, y = clouds()
    layers, loss = NETWORKS[name]
    rate = 0.001 if name == "summed" else 0.01
    doctor = watch(
        net(*layers, loss=loss), X, y, learning_rate=rate, validation=(X[:0:-1], y[:0:-1])
    )
    assert {f.rule for f in doctor.alarms} <= {"duplicates"}, doctor.text()


@pytest.mark.parametrize("loss", [
    "mean_absolute_error", Huber(delta=0.5), MeanSquaredError("sum"),
    (lambda p, y: np.square(p - y).sum(axis=1), lambda p, y: 2 * (p - y)),
])  # fmt: skip
def test_losses_of_numbers_raise_no_alarm(loss):
    X, Y = line()
    rate = 0.0005 if isinstance(loss, MeanSquaredError) else 0.01
    doctor = watch(net(Dense(16, "tanh"), Dense(1), loss=loss), X, Y, learning_rate=rate, epochs=60)
    assert doctor.alarms == [], doctor.text()


def test_counts_several_labels_and_a_learned_threshold():
    draw = np.random.default_rng(0)
    X = draw.normal(size=(400, 4))
    counts = draw.poisson(np.exp(0.5 * X[:, :1]))
    doctor = watch(net(Dense(8, "tanh"), Dense(1, "exponential"), loss="poisson"), X, counts)
    assert doctor.alarms == [], doctor.text()
    several = (X[:, :3] + 0.3 * draw.normal(size=(400, 3)) > 0).astype(float)
    network = net(Dense(8, "tanh"), Dense(3, "sigmoid"), loss="binary_cross_entropy")
    assert watch(network, X, several).alarms == []
    yes = several[:, :1]
    layers = [Dense(8, "tanh"), Dense(1, "sigmoid"), SoftStep(joint=True)]
    assert watch(net(*layers, loss=BinaryCrossEntropy()), X, yes).alarms == []


def test_sparse_samples_and_weights():
    from scipy import sparse

    draw = np.random.default_rng(1)
    X = draw.poisson(0.3, size=(300, 40)).astype(float)
    y = (X @ draw.normal(size=40) > 0).astype(float)
    network = net(Dense(16, "relu"), Dense(1, "sigmoid"), loss="binary_cross_entropy")
    doctor = watch(network, sparse.csr_matrix(X), y, sample_weight=draw.uniform(0, 2, 300))
    assert doctor.alarms == [], doctor.text()


def test_the_estimators_raise_no_alarm():
    X, Y = line()
    doctor = Doctor()
    Regressor(random_state=0, verbose=False, callbacks=[doctor]).fit(X * 50 + 3, Y[:, 0] * 100)
    assert doctor.alarms == [], doctor.text()


def test_looks_take_a_small_part_of_a_long_run():
    X, y = moons(2000, noise=0.2)
    network = net(Dense(64, "tanh"), Dense(64, "tanh"), Dense(1, "sigmoid"),
                  loss="binary_cross_entropy")  # fmt: skip
    doctor = watch(network, X, y, epochs=60, learning_rate=0.003)
    assert doctor.seconds["training"] > 0
    assert doctor.seconds["looks"] <= max(0.1 * doctor.seconds["training"], 0.05)


def test_time_is_counted_once():
    budget = Budget()
    with budget.look(), budget.diagnosis(), budget.diagnosis():
        sum(range(100_000))
    assert budget.diagnoses > 0 and budget.looks < 0.5 * budget.diagnoses


def test_a_fault_of_the_doctor_ends_its_visit_not_the_run(monkeypatch):
    from glassnet.insight.doctor import visit

    def broken(*arguments):
        raise RuntimeError("broken")

    monkeypatch.setattr(visit, "look", broken)
    X, y = clouds()
    network = classifier()
    with pytest.warns(RuntimeWarning, match="the doctor has left"):
        network.fit(X, y, epochs=3, verbose=False, callbacks=[Doctor()])
    assert network.history.epochs == 3


def test_the_first_named_is_nearest_to_the_root():
    ordered = in_order([
        finding("plateau"), finding("dead-units", step=90), finding("loss-spike", began=12),
        finding("class-imbalance", level="note"), finding("outlier"),
    ])  # fmt: skip
    assert [f.rule for f in ordered] == [
        "outlier", "loss-spike", "dead-units", "plateau", "class-imbalance",
    ]  # fmt: skip


def test_a_report_is_read_in_eighty_columns():
    long = "a " * 90
    text = report([finding(rule, seen=long, layer="hidden", epoch=3) for rule in RULES])
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"WARNING {rule} (epoch 3, layer 'hidden')" in text for rule in RULES)
    assert report([]) == "Nothing is wrong, as far as can be seen."


def test_a_rule_must_be_known():
    with pytest.raises(ValueError, match="no such rule"):
        finding("hunger")


def test_callbacks_are_checked_as_ever():
    with pytest.raises(InputError):
        classifier().fit(*clouds(), epochs=1, verbose=False, callbacks=["doctor"])
