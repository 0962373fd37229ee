"""What all tests share: the shared data, a cache of their own, no network, hypothesis settings."""

import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Before NumPy is imported: the tests share the cores among themselves, not among BLAS threads.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ["MPLBACKEND"] = "Agg"

ROOT = Path(__file__).resolve().parent.parent
NEEDS_SHARED_DATA = "needs ../shared/data"
NEEDS_CHROMIUM = "needs a browser"
SHARED_DATA = Path(os.environ.get("GLASSNET_DATA") or ROOT.parent / "shared" / "data").absolute()

if SHARED_DATA.is_dir():
    os.environ["GLASSNET_DATA"] = str(SHARED_DATA)
else:
    os.environ.pop("GLASSNET_DATA", None)

settings.register_profile(
    "glassnet",
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("glassnet")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with MNIST and the breast-cancer file; the test is left out where it is absent.

    Its tests find the folder in GLASSNET_DATA as well; all other tests don't have that variable.
    """
    if not SHARED_DATA.is_dir():
        pytest.skip(NEEDS_SHARED_DATA)
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def own_session_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder for fixtures that outlive a test, so that none touches the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSNET_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        yield


_cache_numbers = itertools.count()


@pytest.fixture(autouse=True)
def own_surroundings(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cache folder of the test's own (not made yet), and the shared data only where asked for."""
    folder = tmp_path_factory.getbasetemp() / f"cache-{next(_cache_numbers)}"
    monkeypatch.setenv("GLASSNET_CACHE", str(folder))
    if "shared_data" not in request.fixturenames:
        monkeypatch.delenv("GLASSNET_DATA", raising=False)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Fail the test that reaches beyond this machine; a name under .invalid is never found."""
    find, connect = socket.getaddrinfo, socket.socket.connect

    def is_local(host: Any) -> bool:
        name = host.decode() if isinstance(host, bytes) else host
        return not name or name in ("localhost", "::1", "0.0.0.0") or name.startswith("127.")

    def find_local(host: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(host, str) and host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not is_local(host):
            pytest.fail(f"the test looked up {host!r}: tests use the loopback address alone")
        return find(host, *arguments, **options)

    def connect_local(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not is_local(address[0]):
            pytest.fail(f"the test connected to {address!r}: tests use the loopback address alone")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", find_local)
        patch.setattr(socket.socket, "connect", connect_local)
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests were left out for want of the shared data."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NEEDS_SHARED_DATA in str(report.longrepr) for report in skipped)
    terminalreporter.write_line(f"{count} tests needed ../shared/data and were left out")
    count = sum(NEEDS_CHROMIUM in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(
            f"{count} browser tests were left out: install Chromium (apt-get install chromium) and "
            "run them with GLASSNET_BROWSER_TESTS=require pytest tests/browser"
        )
