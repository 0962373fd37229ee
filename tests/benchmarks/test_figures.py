"""What the benchmarks work out: operations, slopes, tables, and the page made from results."""

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from house.modules import ROOT

FOLDER = ROOT / "benchmarks"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a benchmark's module as its script does."""
    monkeypatch.syspath_prepend(str(FOLDER))

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    return load


def test_operations_of_a_step(script: Any) -> None:
    row = script("_rows").Row((3, 4, 2), 5, 10)
    forward = 2 * 5 * (3 * 4 + 4 * 2)
    assert row.flops == forward + forward + 2 * 5 * 4 * 2
    uneven = script("_rows").Row((3, 4, 2), 5, 12)  # batches of 5, 5 and 2
    assert uneven.steps == 3 and uneven.flops == pytest.approx(row.flops * 12 / 15)


def test_first_weights_have_the_scale_of_glassnets(script: Any) -> None:
    import glassnet as gn

    row = script("_rows").Row((400, 300, 200), 8, 8)
    net = gn.Network([gn.Dense(300, "relu"), gn.Dense(200, "softmax")], "cross_entropy", seed=1)
    ours = [W for W in net.build(400).parameter_views().values() if W.ndim == 2]
    for W, own in zip(script("_rows").initial_weights(row, 2), ours, strict=True):
        assert W.shape == own.shape and W.dtype == own.dtype
        assert W.std() == pytest.approx(own.std(), rel=0.02)
        assert abs(W).max() == pytest.approx(abs(own).max(), rel=0.2)


def test_a_slope_is_the_exponent(script: Any) -> None:
    sizes = [1, 2, 4, 8]
    slope = script("scaling").slope
    assert slope(sizes, [3.0 * n**1.5 for n in sizes]) == pytest.approx(1.5)
    assert slope([4], [1.0]) is None


def test_reaching_a_target_counts_training_alone(script: Any) -> None:
    accuracies = iter([0.5, 0.96, 0.975, 0.982])

    def ask(do: str, **values: int) -> dict[str, float]:
        return {"seconds": 2.0} if do == "fit" else {"accuracy": next(accuracies)}

    found = script("_reach").reach(ask, [0.98, 0.9, 0.95, 0.99], epochs=4)
    assert found == {
        0.9: {"seconds": 4.0, "epochs": 2},
        0.95: {"seconds": 4.0, "epochs": 2},
        0.98: {"seconds": 8.0, "epochs": 4},
    }


def test_mnist_is_read_as_glassnet_reads_it(script: Any, shared_data: Path) -> None:
    import glassnet as gn

    X, y, test_X, test_y = script("_mnist").load_mnist(100)
    test = gn.load_dataset("mnist").test
    assert X.shape == (100, 784) and X.dtype == np.float32 and X.max() == 1
    assert np.array_equal(test_X, test.X.astype(np.float32) * np.float32(1 / 255))
    assert np.array_equal(test_y, test.y) and len(y) == 100


def test_the_page_is_made_from_the_results(script: Any) -> None:
    table = script("table")
    text = table.PAGE.read_text(encoding="utf-8")
    assert table.page(text, table.tables(table.kept())) == text


def test_a_table_of_results(script: Any, tmp_path: Path) -> None:
    tools = {
        "glassnet native": {"median": 50.0},
        "JAX": {"median": 75.0},
        "PyTorch eager": {"missing": "not installed"},
    }
    row = {"name": "2-4-2 b10", "flops": 1e6, "peak_gflops": {"NumPy": 100.0}, "tools": tools}
    machine = {"cpu": "a machine", "cores": 2, "vectors": ["avx2"], "versions": {"jax": "1"}}
    document = {"benchmark": "train_speed", "quick": False, "rounds": 7, "machine": machine}
    path = tmp_path / "speed.json"
    path.write_text(json.dumps({**document, "rows": [row]}), encoding="utf-8")
    printed = script("table").tables([path])
    assert "| network | glassnet native | of the peak | JAX | PyTorch eager |" in printed
    assert "| 2-4-2 b10 | 50 | 20% | 1.50 × | missing |" in printed
