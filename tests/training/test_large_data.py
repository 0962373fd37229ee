"""A mapped file much larger than the memory that training on it may have."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.problems import needs_kernel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")

FEATURES = 784


@pytest.mark.parametrize(
    ("dtype", "engine"),
    [("u1", "numpy"), pytest.param("u1", "native", marks=needs_kernel), ("f4", "numpy")],
)
def test_memory_does_not_grow_with_the_data(dtype: str, engine: str, tmp_path: Path) -> None:
    """Private memory is held to 48 MB more than before by the system itself; resident memory, in
    which mapped pages count, stays well below the file's size.

    A window has 26 or 103 MB. A batch may reach into the next one, and the system may map up to
    2 MB more at either end of each of a window's 32 blocks.
    """
    size, most = (300_000_000, 160_000_000) if dtype == "u1" else (600_000_000, 370_000_000)
    path = tmp_path / "rows.npy"
    shape = (size // (FEATURES * np.dtype(dtype).itemsize), FEATURES)
    np.lib.format.open_memmap(path, "w+", np.dtype(dtype), shape).flush()  # zeros: all holes
    program = Path(__file__).with_name("memory_program.py")
    done = subprocess.run(
        [sys.executable, str(program), str(path), engine],
        capture_output=True,
        text=True,
        env={**os.environ, "GLASSNET_THREADS": "2", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["room"] < size / 5
    assert {name: rise for name, rise in found["risen"].items() if rise > most} == {}
