"""Pages of a mapped file: which arrays have any to give back, what is asked for, nothing lost."""

import mmap

import numpy as np
import pytest

from glassnet.engines.pages import Pages, mapping_of
from training.problems import classifier

pytestmark = pytest.mark.skipif(
    not hasattr(mmap, "MADV_DONTNEED"), reason="this system takes no pages back"
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows.npy"
    np.save(path, np.arange(60_000, dtype=np.float32).reshape(3000, 20))
    return path


class Recorder(mmap.mmap):
    """A mapping that keeps what it is asked."""

    def madvise(self, *wish):
        self.__dict__.setdefault("wishes", []).append(wish)


@pytest.fixture
def recorded(tmp_path):
    """4 MB of bytes in a read-only mapping, and an array of rows of 1,000 bytes in it."""
    path = tmp_path / "bytes"
    path.write_bytes(bytes(4_000_128))
    with path.open("rb") as opened:
        mapping = Recorder(opened.fileno(), 0, access=mmap.ACCESS_READ)
    return mapping, np.frombuffer(mapping, dtype=np.uint8, offset=128).reshape(4000, 1000)


@pytest.mark.parametrize("mode", ["r", "r+"])
def test_views_of_a_mapped_file_lie_in_its_mapping(file, mode):
    X = np.load(file, mmap_mode=mode)
    views = (X, np.asarray(X), X[5:100], X[::2], X.reshape(-1, 4, 5), np.asarray(X)[:, 3:], X.T)
    assert all(mapping_of(view) is X._mmap for view in views)


def test_what_is_private_or_no_file_s_is_left_alone(file):
    private = np.load(file, mmap_mode="c")
    anonymous = np.frombuffer(mmap.mmap(-1, 4096), dtype=np.uint8)
    mapped = np.load(file, mmap_mode="r")
    for X in (private, private[3:], np.asarray(private), anonymous, np.zeros((3, 2)), mapped + 1,
              mapped[[1, 2]], mapped[:0] + 1):  # fmt: skip
        assert mapping_of(X) is None
        pages = Pages(X, 1)
        assert pages.rows is None
        pages.read(10)
        pages.ahead(0, 2)


def test_pages_are_given_back_each_time_that_so_much_was_read(recorded):
    mapping, X = recorded
    pages = Pages(X, 10_000)
    assert pages.rows == 10
    for _ in range(25):
        pages.read(3)
    assert mapping.wishes == [(mmap.MADV_DONTNEED,)] * 6  # every 4 × 3 rows


@pytest.mark.parametrize("first", [0, 1, 1234])
def test_rows_ahead_are_asked_for_by_pages(recorded, first):
    mapping, X = recorded
    Pages(X[first:]).ahead(500, 1700)
    begins, lengths = np.array([wish[1:] for wish in mapping.wishes]).T
    assert {wish[0] for wish in mapping.wishes} == {mmap.MADV_WILLNEED}
    assert not (begins % mmap.PAGESIZE).any()
    np.testing.assert_array_equal(begins[1:], begins[:-1] + lengths[:-1])
    begin, end = (128 + 1000 * (first + row) for row in (500, 1700))
    assert begin - mmap.PAGESIZE < begins[0] <= begin and begins[-1] + lengths[-1] == end


def test_rows_that_do_not_lie_together_are_not_asked_for(recorded):
    mapping, X = recorded
    for view in (X[::2], X[:, 5:], X.T, X[::-1]):
        Pages(view).ahead(10, 20)
    assert not hasattr(mapping, "wishes")


def test_a_refused_wish_changes_nothing(recorded):
    mapping, X = recorded

    def refuse(*wish):
        raise OSError(22, "Invalid argument")

    mapping.madvise = refuse
    Pages(X, 1).read(1)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_nothing_is_lost(file, mode, monkeypatch):
    """Changes of a mapped array outlive training on it, predictions and scores."""
    monkeypatch.setattr(Pages.__init__, "__defaults__", (4096,))
    given_back, advise = [], Pages._advise

    def noted(pages, wish, *part):
        given_back.append(wish == "MADV_DONTNEED")
        advise(pages, wish, *part)

    monkeypatch.setattr(Pages, "_advise", noted)
    X = np.load(file, mmap_mode=mode)
    expected = np.array(X)
    if mode != "r":
        X[::7, 3] = expected[::7, 3] = -1
    y = np.arange(3000) % 3
    outputs = []
    for samples in (X, expected):
        net = classifier()
        net.fit(samples, y, epochs=2, batch_size=50, learning_rate=1e-6, shuffle="blocks",
                verbose=False)  # fmt: skip
        outputs.append((net.parameters, net.forward(samples), net.evaluate(samples, y)))
    assert sum(given_back) > 3 if mode != "c" else not given_back
    np.testing.assert_array_equal(X, expected)
    np.testing.assert_equal(outputs[0], outputs[1])
    if mode == "r+":
        X.flush()
        np.testing.assert_array_equal(np.load(file), expected)
