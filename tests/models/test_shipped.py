"""The models that come with glassnet, the docstrings' examples, what loading doesn't import."""

import doctest
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.models import classifier, load, regressor

SHIPPED = Path(str(files("glassnet.models") / "shipped"))


def test_the_breast_cancer_model_is_right_on_all_569() -> None:
    data = gn.load_dataset("breast-cancer")
    model = load.load(SHIPPED / "breast-cancer.json")
    assert (model.predict(data.X) == data.y).all() and len(data) == 569
    low, high = model.threshold_gap_
    assert 0 < low <= model.threshold_ < high < 1
    p = model.predict_proba(data.X)[:, 1]
    np.testing.assert_allclose([p[data.y == 0].max(), p[data.y == 1].min()], [low, high], rtol=1e-6)


@pytest.mark.parametrize("module", [classifier, regressor])
def test_the_docstrings_examples(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]
    assert found.attempted > 0 and found.failed == 0


def test_a_plain_network_is_loaded_without_scikit_learn(tmp_path: Path) -> None:
    network = gn.Network([gn.Dense(1)], "mean_squared_error", inputs=2)
    network.save(tmp_path / "network.json")
    script = (
        "import sys, glassnet; network = glassnet.load(sys.argv[1]); "
        "print(network.forward([[0.0, 0.0]]).shape, 'sklearn' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path / "network.json")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert answer.stdout.strip() == "(1, 1) False", answer.stderr
