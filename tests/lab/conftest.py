"""A lab's server, for the tests that only ask it things."""

from collections.abc import Iterator

import pytest

from lab.serving import Lab, serving


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A running server with a stand-in for the page."""
    with serving(tmp_path_factory.mktemp("page"), names=("lab.school.example",)) as running:
        yield running
