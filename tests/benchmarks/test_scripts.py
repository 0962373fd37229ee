"""The benchmarks work, in a small way: what they write is whole. Their times are not looked at."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from house.modules import ROOT

PEERS = {"torch": "PyTorch", "jax": "JAX", "keras": "Keras"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """One in which no peer but scikit-learn is installed, on any machine."""
    folder = tmp_path / "peers"
    folder.mkdir()
    for name in PEERS:
        (folder / f"{name}.py").write_text(f"raise ImportError('no {name} here')\n")
    return os.environ | {"PYTHONPATH": str(folder)}


def run(script: str, *words: str, environment: dict[str, str], out: Path) -> tuple[str, Any]:
    """What the script printed and wrote; its pictures are there."""
    command = [sys.executable, str(ROOT / "benchmarks" / script), "--quick", "--out", str(out)]
    done = subprocess.run([*command, *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    if script not in ("command_line.py", "verify.py", "doctor.py"):
        assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        assert "</svg>" in out.with_suffix(".svg").read_text(encoding="utf-8")
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document["benchmark"] == script.removesuffix(".py") and document["quick"]
    assert document["machine"]["cores"] >= 1 and document["machine"]["versions"]["glassnet"]
    return done.stdout, document


def check_tools(entries: dict[str, Any], number: str, printed: str) -> None:
    """Every tool has positive times, or says that its library is missing."""
    for tool, entry in entries.items():
        if any(word in tool for word in PEERS.values()):
            assert entry["missing"].startswith("not installed: no "), tool
            assert f"{tool} missing" in " ".join(printed.split())
        elif "missing" in entry:
            native = tool in ("glassnet native", "kernel alone")
            assert native or "no dropout" in entry["missing"], (tool, entry)
        else:
            assert entry["median"] > 0 and min(entry[number]) > 0, (tool, entry)


def test_train_speed(environment: dict[str, str], tmp_path: Path) -> None:
    rows = ("--rows", "2-4-2,full batch,Adam")
    printed, document = run(
        "train_speed.py", *rows, environment=environment, out=tmp_path / "speed.json"
    )
    names = ["2-4-2 b10", "784-10-10 full batch", "784-512-256-10 b128 Adam+dropout"]
    assert [row["name"] for row in document["rows"]] == names
    for row in document["rows"]:
        assert list(row["peak_gflops"]) == ["NumPy"] and row["peak_gflops"]["NumPy"] > 0
        assert len(row["tools"]) == 8 and "median" in row["tools"]["glassnet NumPy"]
        check_tools(row["tools"], "microseconds", printed)
    assert "the shares are of NumPy's" in printed and "NaN" not in printed


def test_time_to_accuracy(environment: dict[str, str], tmp_path: Path, shared_data: Path) -> None:
    tools = ("--tools", "numpy,eager")
    printed, document = run(
        "time_to_accuracy.py", *tools, environment=environment, out=tmp_path / "times.json"
    )
    ways = [(result["target"], result["way"]) for result in document["results"]]
    assert sorted(ways) == [(t, w) for t in (0.5, 0.6) for w in ("process", "warm")]
    for result in document["results"]:
        check_tools(result["tools"], "seconds", printed)
        assert result["tools"]["glassnet NumPy"]["epochs"][0] >= 1


def test_scaling(environment: dict[str, str], tmp_path: Path) -> None:
    dimensions = ("--rows", "width,threads")
    printed, document = run(
        "scaling.py", *dimensions, environment=environment, out=tmp_path / "scaling.json"
    )
    assert list(document["results"]) == ["width", "threads"]
    entry = document["results"]["width"]["glassnet NumPy"]
    assert entry["sizes"] == [32, 64, 128] and len(entry["microseconds"]) == 3
    assert isinstance(entry["slope"], float) and "larger half" in printed


def test_one_row(environment: dict[str, str], tmp_path: Path) -> None:
    printed, document = run("one_row.py", environment=environment, out=tmp_path / "row.json")
    assert {"kernel alone", "glassnet native", "scikit-learn"} < set(document["results"])
    check_tools(document["results"], "microseconds", printed)


def test_command_line(environment: dict[str, str], tmp_path: Path) -> None:
    printed, document = run("command_line.py", environment=environment, out=tmp_path / "line.json")
    assert all(entry["median"] > 0 for entry in document["results"].values())
    assert "glassnet train digits" in printed


def test_verify(environment: dict[str, str], tmp_path: Path) -> None:
    few = ("--workers", "1")
    printed, document = run("verify.py", *few, environment=environment, out=tmp_path / "v.json")
    assert len(document["results"]) == 22
    for kind, entry in document["results"].items():
        assert 0 <= entry["right"] <= entry["networks"] and entry["networks"] > 0, kind
    assert "planted mistakes named:" in printed and "right gradients accused:" in printed


def test_doctor(environment: dict[str, str], tmp_path: Path) -> None:
    few = ("--jobs", "1", "--only", "mixed units,odd target,healthy")
    printed, document = run("doctor.py", *few, environment=environment, out=tmp_path / "d.json")
    assert {name: entry["runs"] for name, entry in document["faults"].items()} == {
        "mixed units": 3, "odd target": 3,
    }  # fmt: skip
    assert document["recall"] == 1.0 and 0 <= document["alarmed"] <= document["healthy"]
    assert document["healthy"] >= 5 and "in all" in printed
