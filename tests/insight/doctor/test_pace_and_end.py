"""Too slow, not at all, too much, too little: each planted, each told by its cause."""

import numpy as np
import pytest

from glassnet.insight.doctor import Doctor
from glassnet.insight.doctor.after.calibration import miscalibration
from glassnet.insight.doctor.after.overfitting import Overfit, overfitting
from glassnet.insight.doctor.measures.scale import LossScale
from glassnet.models.classifier import Classifier
from glassnet.nn.layers import Dense, Dropout
from glassnet.training.callbacks import EarlyStopping
from insight.doctor.runs import classifier, clouds, found, line, moons, net, watch


@pytest.mark.parametrize("rate", [1e-6, 1e-4])
def test_crawling(rate):
    X, y = clouds()
    doctor = watch(classifier(), X, y, optimizer="sgd", learning_rate=rate)
    first = doctor.alarms[0]
    assert first.rule == "crawling"
    assert first.numbers["gain"] > 4 * first.numbers["own"] and first.numbers["factor"] >= 10


@pytest.mark.parametrize("optimizer, rate, batch", [("rmsprop", 0.1, 8), ("adam", 0.2, 16)])
def test_steps_so_long_that_the_loss_jumps_about(optimizer, rate, batch):
    X, y = clouds(600, classes=6, d=8, width=0.8)
    settings = {"optimizer": optimizer, "batch_size": batch, "epochs": 40}
    doctor = watch(classifier(6, hidden=32), X, y, learning_rate=rate, **settings)
    first = doctor.alarms[0]
    assert (first.rule, first.why) == ("noisy-loss", "learning-rate"), doctor.text()
    assert first.numbers["slower"] < 0.5 * first.numbers["own"]
    calm = watch(classifier(6, hidden=32), X, y, learning_rate=rate / 20, **settings)
    assert calm.alarms == [], calm.text()


def test_features_that_say_nothing():
    draw = np.random.default_rng(0)
    X, y = draw.normal(size=(400, 3)), draw.integers(0, 2, 400)
    network = net(Dense(8, "tanh"), Dense(2, "softmax"))
    doctor = watch(network, X, y, optimizer="sgd", learning_rate=0.05, epochs=30)
    assert found(doctor, "plateau").why == "data"


@pytest.mark.parametrize("seed", [2, 4, 10])
def test_noise_is_not_blamed_on_the_penalty_that_keeps_it_from_being_learned_by_heart(seed):
    draw = np.random.default_rng(seed)
    X, y = draw.normal(size=(320, 5)), draw.integers(0, 2, 320)
    doctor = Doctor()
    Classifier(verbose=False, random_state=seed, callbacks=[doctor]).fit(X, y)
    assert found(doctor, "plateau").why == "data", doctor.text()


def test_overfitting_names_the_best_epoch():
    X, y = clouds(400, width=1.5)
    wrong = np.where(np.random.default_rng(0).random(60) < 0.4, (y[:60] + 1) % 3, y[:60])
    network = classifier(hidden=128, activation="relu")
    doctor = watch(network, X[:60], wrong, validation=(X[60:], y[60:]), epochs=200,
                   learning_rate=0.005)  # fmt: skip
    first = doctor.alarms[0]
    assert first.rule == "overfitting"
    curve = network.history.validation_loss
    assert first.epoch == int(np.argmin(curve)) + 1
    assert first.numbers["best"] == pytest.approx(min(curve))


def test_a_run_that_goes_back_to_its_best_epoch_has_no_alarm():
    X, y = clouds(400, width=1.5)
    wrong = np.where(np.random.default_rng(0).random(60) < 0.4, (y[:60] + 1) % 3, y[:60])
    for own in ({"keep_best": True}, {}):
        network = classifier(hidden=128, activation="relu")
        doctor = Doctor()
        stopping = [] if own else [EarlyStopping(20)]
        network.fit(X[:60], wrong, validation=(X[60:], y[60:]), epochs=200, verbose=False,
                    learning_rate=0.005, callbacks=[doctor, *stopping], **own)  # fmt: skip
        assert "overfitting" not in {f.rule for f in doctor.alarms}


@pytest.mark.parametrize("own, why", [
    ({"units": 1}, "capacity"),
    ({"l2": 2.0}, "penalty"),
])  # fmt: skip
def test_underfitting_by_its_cause(own, why):
    X, y = clouds(600, classes=6, d=8)
    network = classifier(6, own.pop("units", 32), "tanh")
    doctor = watch(network, X, y, epochs=60, **own)
    assert doctor.alarms[0].why == why, doctor.text()
    assert found(doctor, "underfitting").numbers["simple"] > 0.8


def test_worse_than_the_simplest_models():
    X, y = clouds(600, classes=6, d=8)
    doctor = watch(classifier(6, 1), X[:400], y[:400], validation=(X[400:], y[400:]))
    finding = found(doctor, "worse-than-baseline")
    assert finding.numbers["score"] < finding.numbers["simple"] - 0.1


def test_the_same_answer_for_all():
    draw = np.random.default_rng(1)
    X, y = draw.normal(size=(500, 4)), (np.arange(500) % 12 == 0).astype(float)
    network = net(Dense(8, "tanh"), Dense(1, "sigmoid"), loss="binary_cross_entropy")
    finding = found(watch(network, X, y), "one-class")
    assert finding.numbers["share"] >= 0.99 and finding.numbers["true"] == pytest.approx(
        0.916, abs=0.02
    )


def test_the_same_number_for_all():
    X, Y = line()
    network = net(Dense(8, "tanh"), Dense(1), loss="mean_squared_error")
    finding = found(watch(network, X, Y, l2=10.0, optimizer="sgd"), "one-class")
    assert finding.numbers["ratio"] < 0.01


def test_validation_better_than_training_is_explained_not_accused():
    X, y = clouds(600, classes=8, d=6, width=0.5)
    network = net(Dense(64, "relu"), Dropout(0.6), Dense(8, "softmax"))
    doctor = watch(network, X[:400], y[:400], validation=(X[400:], y[400:]), learning_rate=0.003)
    finding = found(doctor, "validation-better")
    assert finding.why == "measured-differently" and not finding.is_alarm
    assert "dropout" in finding.cause
    assert finding.numbers["measured_alike"] < finding.numbers["training"]


def test_validation_samples_that_are_easier():
    X, y = clouds(900, width=1.6)
    centres = np.array([X[y == k].mean(axis=0) for k in range(3)])
    own = np.linalg.norm(X - centres[y], axis=1)
    other = np.min([np.linalg.norm(X - centres[(y + k) % 3], axis=1) for k in (1, 2)], axis=0)
    easy = np.argsort(own - other)[:150]
    rest = np.setdiff1d(np.arange(900), easy)
    network = classifier(hidden=8)
    doctor = watch(network, X[rest], y[rest], validation=(X[easy], y[easy]), epochs=20)
    finding = found(doctor, "validation-better")
    assert finding.why == "easier-samples" and finding.is_alarm


def test_probabilities_that_are_not_what_they_say():
    X, y = clouds(700, width=2.2)
    network = classifier(hidden=128, activation="relu")
    doctor = watch(network, X[:120], y[:120], validation=(X[120:], y[120:]), epochs=300)
    finding = found(doctor, "miscalibration")
    assert finding.why == "overconfident" and finding.numbers["ece"] > 0.15
    assert finding.numbers["sure"] > finding.numbers["right"] + 0.1
    assert "→" in finding.seen


def test_honest_probabilities_raise_nothing():
    X, y = moons(900, noise=0.35)
    network = net(Dense(16, "tanh"), Dense(1, "sigmoid"), loss="binary_cross_entropy")
    doctor = watch(network, X[:600], y[:600], validation=(X[600:], y[600:]), epochs=40)
    assert doctor.alarms == [], doctor.text()


def test_squared_errors_on_classes_are_judged_as_classes():
    X, y = clouds()
    network = net(Dense(16, "tanh"), Dense(3, "sigmoid"), loss="mean_squared_error")
    doctor = watch(network, X, np.eye(3)[y], validation=(X, np.eye(3)[y]), epochs=60,
                   learning_rate=0.02)  # fmt: skip
    assert {f.rule for f in doctor.alarms} <= {"duplicates"}


def test_smoothed_labels_of_the_estimators_are_no_worse_than_hard_ones():
    X, y = clouds(500)
    doctor = Doctor()
    model = Classifier(random_state=0, verbose=False, callbacks=[doctor])
    model.fit(X[:350], y[:350], validation=(X[350:], y[350:]))
    assert doctor.alarms == [], doctor.text()


def test_too_little_learned_by_steps_that_are_too_short_is_no_matter_of_units():
    X, y = moons(400, noise=0.15, seed=4)
    layers = [Dense(24, "tanh"), Dense(24, "tanh"), Dense(1, "sigmoid")]
    settings = {"optimizer": "sgd", "learning_rate": 0.02, "batch_size": 64, "epochs": 60}
    doctor = watch(net(*layers, loss="binary_cross_entropy", seed=4), X, y, **settings)
    finding = found(doctor, "underfitting")
    assert finding.why == "learning-rate" and "too small" in finding.cause, finding
    advised = float(finding.advice.split("learning_rate=")[1].split(";")[0])
    again = watch(net(*layers, loss="binary_cross_entropy", seed=4), X, y,
                  **settings | {"learning_rate": advised, "epochs": 300})  # fmt: skip
    assert again.alarms == [], again.text()


@pytest.mark.parametrize("right, level", [(0.95, None), (0.83, "note"), (0.72, "warning")])
def test_how_far_off_probabilities_are_decides_whether_it_is_an_alarm(right, level):
    probabilities = np.full(400, 0.95)
    answers = (np.arange(400) < right * 400).astype(float)
    levels = [finding.level for finding in miscalibration(probabilities, answers)]
    assert levels == ([] if level is None else [level])


@pytest.mark.parametrize("accuracy, lost, level", [
    (0.97, 0.0, "note"),  # surer of what it gets wrong, and no more of it wrong
    (0.75, 0.0, "warning"),
    (0.97, 0.03, "note"),  # three answers of a hundred: chance
    (0.9, 0.08, "warning"),
])  # fmt: skip
def test_overfitting_is_an_alarm_where_it_costs_answers(accuracy, lost, level):
    scale = LossScale(constant=0.69, least=0.0, classes=2)
    seen = Overfit(5, 0.3, 0.75, 0.3, 0.01, lost, accuracy)
    (finding,) = overfitting(seen, scale, rows=200, kept=False, sure=5.0, checked=100)
    assert finding.level == level
