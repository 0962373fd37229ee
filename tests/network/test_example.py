"""The README's first example, as it stands there."""

import numpy as np

import glassnet as gn


def test_the_example_runs(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    digits = gn.load_dataset("digits")
    train, test = digits.split(test=0.2, seed=0)
    encoder = gn.OneHotEncoder(digits.classes)
    net = gn.Network([gn.Dense(32, "relu"), gn.Dense(10, "softmax")], loss="cross_entropy", seed=0)
    history = net.fit(
        train.X, encoder.encode(train.y), learning_rate=0.1, batch_size=0.1,
        epochs=50, optimizer="sgd", validation=(test.X, encoder.encode(test.y)),
    )  # fmt: skip
    labels = encoder.decode(net.forward(test.X))
    assert (labels == test.y).mean() > 0.9
    assert history.epochs == 50 and len(history.validation_accuracy) == 50
    assert history.validation_accuracy[-1] == (labels == test.y).mean()
    net.summary()
    assert len(net.trace(test.X[:3])) == 2
    figures = net.evaluate(test.X, encoder.encode(test.y))
    assert figures["accuracy"] == history.validation_accuracy[-1]
    net.save("digits.json")
    again = gn.load("digits.json")
    np.testing.assert_array_equal(again.forward(test.X), net.forward(test.X))
    assert "epoch 50/50" in capsys.readouterr().err
