"""Arrays and arguments at the boundary: what is taken, and one sentence for what is not."""

import numpy as np
import pytest
import scipy.sparse

from glassnet.errors import InputError
from glassnet.network import Network
from glassnet.nn.layers import Dense, Flatten, Scale
from glassnet.training.inputs import batch_rows, check_inputs
from training.problems import classes, classifier, numbers, regressor

QUIET = {"verbose": False, "epochs": 2}


def whole_numbers(n=48):
    """Features 0 … 7 and labels, so that every kind of number holds them exactly."""
    rng = np.random.default_rng(0)
    return rng.integers(8, size=(n, 4)), rng.integers(3, size=n)


def after_fit(X, y, dtype="float32", scaled=False):
    layers = [Scale(3.5, 0.25)] if scaled else []
    layers += [Dense(6, "tanh"), Dense(3, "softmax")]
    net = Network(layers, "cross_entropy", dtype=dtype)
    net.fit(X, y, batch_size=16, **QUIET)
    return net.parameters, net.forward(X), net.evaluate(X, y)


class Kinds:
    """The same numbers in every form that a user may hold them in."""

    @staticmethod
    def memmap(X, folder):
        np.save(folder / "x.npy", X.astype(np.uint8))
        return np.load(folder / "x.npy", mmap_mode="r")

    forms = {
        "uint8": lambda X: X.astype(np.uint8),
        "int64": lambda X: X.astype(np.int64),
        "float16": lambda X: X.astype(np.float16),
        "float32": lambda X: X.astype(np.float32),
        "longdouble": lambda X: X.astype(np.longdouble),
        "big-endian": lambda X: X.astype(">f8"),
        "big-endian integers": lambda X: X.astype(">i2"),
        "Fortran order": lambda X: np.asfortranarray(X.astype(np.float64)),
        "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
        "read-only": lambda X: np.frombuffer(X.astype("f8").tobytes()).reshape(X.shape),
        "lists": lambda X: X.tolist(),
        "sparse csr": lambda X: scipy.sparse.csr_array(X),
        "sparse csc": lambda X: scipy.sparse.csc_matrix(X),
        "sparse coo": lambda X: scipy.sparse.coo_array(X.astype(np.float64)),
    }


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("form", [*Kinds.forms, "memmap"])
def test_the_same_numbers_in_any_form_train_the_same_network(form, scaled, tmp_path):
    X, y = whole_numbers()
    given = Kinds.memmap(X, tmp_path) if form == "memmap" else Kinds.forms[form](X)
    expected = after_fit(X.astype(np.float64), y, scaled=scaled)
    parameters, outputs, figures = after_fit(given, y, scaled=scaled)
    np.testing.assert_allclose(parameters, expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(outputs, expected[1], rtol=1e-5, atol=1e-6)
    assert figures["loss"] == pytest.approx(expected[2]["loss"], rel=1e-5)


def test_booleans_are_zeros_and_ones():
    X = np.random.default_rng(0).random((40, 4)) < 0.5
    y = X[:, 0].astype(int)
    np.testing.assert_array_equal(after_fit(X, y)[0], after_fit(X.astype(float), y)[0])


def test_images_are_flattened():
    X = np.random.default_rng(0).random((30, 4, 3))
    net = Network([Flatten(), Dense(2, "softmax")], "cross_entropy")
    net.fit(X, np.arange(30) % 2, **QUIET)
    assert net.forward(X).shape == (30, 2) and net.stack.input_shape == (4, 3)
    assert net.forward(X[:0]).shape == (0, 2)
    assert net.trace(X[:0])[-1].output.shape == (0, 2)


def test_data_are_never_changed():
    for dtype in ("float32", "float64"):
        X, y = classes()
        X = X.astype(dtype)
        Y = np.eye(3, dtype=dtype)[y]
        weights = np.full(len(X), 2.0)
        before = X.copy(), Y.copy(), weights.copy()
        net = classifier(dtype)
        net.fit(X, Y, sample_weight=weights, validation=(X, Y), **QUIET)
        net.evaluate(X, Y)
        net.trace(X)
        np.testing.assert_equal((X, Y, weights), before)


def test_outputs_are_the_user_s_to_change():
    """No output shares memory with the inputs or the parameters."""
    X = np.ones((3, 2), np.float32)
    net = Network([Dense(2)], "mean_squared_error", inputs=2)
    net.forward(X)[:] = 7
    assert (X == 1).all()
    identity = Network([Flatten()], "mean_squared_error", inputs=2)
    identity.forward(X)[:] = 7
    assert (X == 1).all()


def test_no_copy_of_the_whole_is_made():
    """uint8 images stay uint8: training them needs memory for batches alone."""
    import tracemalloc

    X = np.zeros((20_000, 200), np.uint8)
    Y = np.zeros((20_000, 1), np.float32)
    net = Network([Scale(0, 1 / 255), Dense(1)], "mean_squared_error", inputs=200)
    tracemalloc.start()
    net.fit(X, Y, epochs=1, batch_size=2000, optimizer="sgd", verbose=False)
    net.evaluate(X, Y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.75 * 4 * X.size  # float32 of all would be 16 MB


@pytest.mark.parametrize(
    "size, rows", [(1, 1), (40, 40), (100, 60), (0.5, 30), (1.0, 60), (0.1, 6), (0.001, 1),
                   (np.int64(7), 7), (np.float32(0.25), 15), (1, 1)],
)  # fmt: skip
def test_batch_sizes(size, rows):
    assert batch_rows(size, 60) == rows


@pytest.mark.parametrize("size", [0, -1, 0.0, 1.5, True, "32", None, np.nan])
def test_batch_sizes_that_are_none(size):
    with pytest.raises(InputError, match=r"batch_size is a number of rows from 1 up, or a share"):
        batch_rows(size, 60)


def test_batches_are_of_that_size():
    X, y = classes(50)
    rows = []

    def listener(event):
        rows.extend(getattr(getattr(event, "report", None), "rows", []))

    classifier().fit(X, y, batch_size=0.3, callbacks=[listener], epochs=1, verbose=False)
    assert rows == [15, 15, 15, 5]


def test_a_batch_of_all_rows_is_not_shuffled():
    """In float64 sums a shuffled full batch would differ in its last bits."""
    X, y = classes(60)
    seeds = [classifier("float64", seed=s).build(2) for s in (1, 2)]
    seeds[1].parameters[:] = seeds[0].parameters
    for net in seeds:
        net.fit(X, y, batch_size=1.0, epochs=4, verbose=False)
    np.testing.assert_array_equal(seeds[0].parameters, seeds[1].parameters)
    for net in seeds:
        net.fit(X, y, batch_size=30, epochs=1, verbose=False)
    assert (seeds[0].parameters != seeds[1].parameters).any()


NAN = np.array([[1.0, 2.0], [np.nan, 1.0], [np.inf, np.nan]])


@pytest.mark.parametrize(
    "X, Y, settings, sentence",
    [
        (np.array([["a", "b"]]), [0], {}, "X must hold numbers, it holds <U1; glassnet.Classifier"),
        (np.array([[1, None]]), [0], {}, "X must hold numbers, it holds object"),
        ([1.0, 2.0], [0, 1], {}, r"\(n, features\), .* shape \(2,\) was given: use X.reshape"),
        (5.0, [0], {}, r"shape \(\) was given"),
        ([[1, 2], [3]], [0, 1], {}, "X is not an array: its rows are not all of one length"),
        (np.ma.masked_array([[1.0, 2.0]], [[0, 1]]), [0], {}, "X is a masked array: fill in"),
        (NAN, [0, 1, 2], {}, "X holds 3 value.s. that are NaN or infinite, the first in row 1, "
                             "feature 0"),
        (np.zeros((3, 5)), [0, 1, 2], {}, r"X has samples of shape \(5,\), the network takes \(2,"),
        (np.zeros((3, 2, 2)), [0, 1, 2], {}, r"X has samples of shape \(2, 2\), the network"),
        (np.zeros((0, 2)), [], {}, "X has no samples: at least one is needed"),
        (np.zeros((3, 2)), [0, 1], {}, "Y must have one row for each of the 3 samples, it has 2"),
        (np.zeros((3, 2)), 1, {}, "Y must have one row .*, it has no rows"),
        (np.zeros((2, 2)), [[1], [2, 3]], {}, "Y is not an array: its rows are not all of one"),
        (np.zeros((2, 2)), ["a", "b"], {}, "targets that are numbers, <U1"),
        (None, None, {"batch_size": 0}, "batch_size is a number of rows"),
        (None, None, {"epochs": -1}, "epochs is a whole number from 0 up, -1 was given"),
        (None, None, {"epochs": 2.5}, "epochs is a whole number from 0 up, 2.5 was given"),
        (None, None, {"optimizer": "adamm"}, "there is no optimizer 'adamm'"),
        (None, None, {"learning_rate": -1}, "a finite number above 0, -1.0 was given"),
        (None, None, {"learning_rate": "fast"}, "'fast' is not a learning rate"),
        (None, None, {"l2": -1}, "l2 is a finite number from 0 up"),
        (None, None, {"engine": "cuda"}, "engine is 'auto', 'numpy' or 'native', 'cuda' was given"),
        (None, None, {"validation": 0.2}, r"validation is a pair of samples and targets, \(X, Y\)"),
        (None, None, {"validation": (1, 2, 3)}, "validation is a pair"),
        (None, None, {"validation": (np.zeros((2, 3)), [0, 1])}, r"validation X has samples of sh"),
        (None, None, {"validation": (np.zeros((2, 2)), [0])}, "validation Y must have one row"),
        (None, None, {"validation": (np.zeros((0, 2)), [])}, "validation X has no samples"),
        (None, None, {"callbacks": print}, "callbacks is a list of functions of one event"),
        (None, None, {"callbacks": [3]}, "callbacks is a list of functions of one event"),
        (None, None, {"sample_weight": [1, 2]}, r"each of the 60 samples, .* shape \(2,\) was"),
        (None, None, {"sample_weight": -np.ones(60)}, "a number that is negative, NaN or infinite"),
        (None, None, {"sample_weight": np.full(60, np.nan)}, "negative, NaN or infinite"),
        (None, None, {"sample_weight": np.zeros(60)}, "every sample_weight is 0"),
        (None, None, {"sample_weight": ["a"] * 60}, "sample_weight must hold numbers, it holds"),
    ],
)  # fmt: skip
def test_bad_input_to_fit_is_one_sentence_and_changes_nothing(X, Y, settings, sentence):
    net = classifier()
    net.build(2)
    before = net.parameters.copy()
    if X is None:
        X, Y = classes()
    with pytest.raises(InputError, match=sentence) as caught:
        net.fit(X, Y, **{"verbose": False, "epochs": 1} | settings)
    assert "\n" not in str(caught.value)
    np.testing.assert_array_equal(net.parameters, before)
    assert net.state.step == 0 and net.history.epochs == 0


def test_sparse_inputs_are_looked_at_too():
    X = scipy.sparse.csr_array(np.array([[0, np.nan], [1.0, 0]]))
    with pytest.raises(InputError, match="X holds 1 value.s. that are NaN or infinite; fill in"):
        check_inputs(X)


def test_large_inputs_are_looked_at_in_blocks(monkeypatch):
    monkeypatch.setattr("glassnet.training.inputs._BLOCK", 6)
    X = np.zeros((10, 2))
    X[7, 1] = X[9, 0] = np.inf
    with pytest.raises(InputError, match="2 value.s. .*, the first in row 7, feature 1"):
        check_inputs(X)


def test_predictions_check_their_inputs():
    X, y = classes()
    net = classifier()
    net.fit(X, y, **QUIET)
    for call in (net.forward, net.trace, lambda X: net.evaluate(X, y)):
        with pytest.raises(InputError, match=r"X has samples of shape \(3,\), the network takes"):
            call(np.zeros((60, 3)))
        with pytest.raises(InputError, match="NaN or infinite"):
            call(np.full((60, 2), np.nan))
    with pytest.raises(InputError, match="X has no samples: there is nothing to evaluate"):
        net.evaluate(X[:0], y[:0])


def test_targets_of_one_output_may_be_a_plain_list():
    X, Y = numbers()
    one, two = regressor(), regressor()
    one.fit(X, Y, **QUIET)
    two.fit(X.tolist(), Y[:, 0].tolist(), **QUIET)
    np.testing.assert_array_equal(one.parameters, two.parameters)
