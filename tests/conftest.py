"""What all tests share: the shared data, the hypothesis profile, a cache of their own."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

# Before NumPy is imported: the tests share the cores among themselves, not among BLAS threads.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ["MPLBACKEND"] = "Agg"

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
NEEDS_SHARED_DATA = "needs ../shared/data"

settings.register_profile(
    "glassnet",
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("glassnet")

_cache_numbers = itertools.count()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with MNIST and the breast-cancer file; the test is left out where it is absent."""
    named = os.environ.get("GLASSNET_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(NEEDS_SHARED_DATA)
    return folder.resolve()


@pytest.fixture(autouse=True)
def own_cache(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A cache folder of the test's own (not made yet), so that no test touches the user's."""
    folder = tmp_path_factory.getbasetemp() / f"cache-{next(_cache_numbers)}"
    monkeypatch.setenv("GLASSNET_CACHE", str(folder))
    yield folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests were left out for want of the shared data."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NEEDS_SHARED_DATA in str(report.longrepr) for report in skipped)
    terminalreporter.write_line(f"{count} tests needed ../shared/data and were left out")
