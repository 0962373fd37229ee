"""What the comparison with scikit-learn says is so, in the scikit-learn that is installed."""

import inspect

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

import glassnet as gn
from docs.pages import ROOT
from glassnet.nn.activations import ACTIVATIONS

PAGE = (ROOT / "docs" / "comparison.md").read_text(encoding="utf-8")
IRIS = gn.load_dataset("iris")
PARAMETERS = set(MLPClassifier().get_params()) | set(MLPRegressor().get_params())
OURS = set(gn.Classifier().get_params())


def fitted(**parameters: object) -> MLPClassifier:
    with pytest.warns(ConvergenceWarning):
        return MLPClassifier((4,), max_iter=2, random_state=0, **parameters).fit(IRIS.X, IRIS.y)


def test_the_names_of_activations_and_losses() -> None:
    allowed = MLPClassifier._parameter_constraints["activation"][0].options
    assert allowed == {"identity", "logistic", "tanh", "relu"}
    assert MLPRegressor._parameter_constraints["loss"][0].options == {"squared_error", "poisson"}
    assert "loss" not in MLPClassifier().get_params()
    assert len(ACTIVATIONS) == 11


@pytest.mark.parametrize("value", [["relu", "tanh"], np.tanh])
def test_one_activation_for_all_layers_and_none_of_ones_own(value: object) -> None:
    with pytest.raises(ValueError, match="activation"):
        MLPClassifier((4, 4), activation=value).fit(IRIS.X, IRIS.y)


@pytest.mark.parametrize(
    "missing",
    ["dropout", "class_weight", "callbacks", "l1", "weight_decay", "clip_norm", "max_norm"],
)
def test_parameters_that_it_does_not_have(missing: str) -> None:
    assert missing not in PARAMETERS
    assert missing in OURS


def test_sample_weights_but_no_validation_set() -> None:
    theirs = inspect.signature(MLPClassifier.fit).parameters
    assert "sample_weight" in theirs and not any("val" in name for name in theirs)
    assert "validation" in inspect.signature(gn.Classifier.fit).parameters


def test_the_validation_score_only_with_early_stopping() -> None:
    assert fitted().validation_scores_ is None
    stopped = fitted(early_stopping=True)
    assert len(stopped.validation_scores_) == 2 and not hasattr(stopped, "validation_loss_curve_")


def test_schedules_only_with_sgd() -> None:
    text = " ".join((MLPClassifier.__doc__ or "").split())
    assert "Only used when ``solver='sgd'``" in text or "Only used when solver='sgd'" in text


def test_text_and_missing_values_are_refused() -> None:
    gaps = IRIS.X.copy()
    gaps[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        MLPClassifier().fit(gaps, IRIS.y)
    with pytest.raises(ValueError, match="could not convert string"):
        MLPClassifier().fit(np.array([["a"], ["b"]], dtype=object), [0, 1])
    gn.Classifier(epochs=1).fit(gaps, IRIS.y)
    gn.Classifier(epochs=1).fit(np.array([["a"], ["b"]], dtype=object), [0, 1])


def test_thresholds_multi_label_and_sparse_are_there_too() -> None:
    from scipy.sparse import csr_matrix
    from sklearn.model_selection import TunedThresholdClassifierCV

    assert "cost" not in inspect.signature(TunedThresholdClassifierCV).parameters
    assert MLPClassifier().__sklearn_tags__().classifier_tags.multi_label
    for model in (
        MLPClassifier(max_iter=500, tol=1.0, n_iter_no_change=1),
        gn.Classifier(epochs=1),
    ):
        model.fit(csr_matrix(IRIS.X), IRIS.y)


def test_ctrl_c_keeps_its_model_too() -> None:
    module = inspect.getmodule(MLPClassifier)
    assert module is not None and "except KeyboardInterrupt" in inspect.getsource(module)


def test_every_named_part_of_ours_is_there() -> None:
    for name in ("BatchNorm", "LayerNorm", "Dropout", "Huber", "MeanAbsoluteError", "Cosine"):
        assert hasattr(gn, name)
    assert "label_smoothing" in inspect.signature(gn.CrossEntropy).parameters
    assert "test_comparison.py" in PAGE
