"""scikit-learn's own checks of an estimator, each a test, none expected to fail."""

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from glassnet.models.classifier import Classifier
from glassnet.models.regressor import Regressor


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([Classifier(), Regressor()])
def test_check_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)
