"""Saving figures: both kinds, whole or not at all, the same bytes each time."""

import errno
import os
from xml.etree import ElementTree

import pytest

from glassnet.errors import FileError
from glassnet.plots import loss_curve, save_figure


def figure():
    return loss_curve([3.0, 2.0, 1.0]).figure


def test_png_and_svg_are_written_and_nothing_else(tmp_path):
    paths = save_figure(figure(), tmp_path / "loss.v1")
    assert [path.name for path in paths] == ["loss.v1.png", "loss.v1.svg"]
    assert sorted(os.listdir(tmp_path)) == ["loss.v1.png", "loss.v1.svg"]
    assert paths[0].read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert ElementTree.parse(paths[1]).getroot().tag.endswith("svg")
    # The user's own rights, not the 0600 of a temporary file.
    plain = tmp_path / "plain"
    plain.touch()
    assert paths[0].stat().st_mode == plain.stat().st_mode


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    first = save_figure(figure(), tmp_path / "a")
    second = save_figure(figure(), str(tmp_path / "b"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_a_full_disk_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    (tmp_path / "loss.png").write_bytes(b"old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="loss.png' could not be written: No space left") as caught:
        save_figure(figure(), tmp_path / "loss")
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["loss.png"]
    assert (tmp_path / "loss.png").read_bytes() == b"old"


def test_the_file_appears_by_being_moved_into_place(tmp_path, monkeypatch):
    (tmp_path / "loss.png").write_bytes(b"old")

    def refuse(source, target):
        assert (tmp_path / "loss.png").read_bytes() == b"old"
        assert source.parent == target.parent and source.read_bytes().startswith(b"\x89PNG")
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(FileError, match="Permission denied"):
        save_figure(figure(), tmp_path / "loss")
    assert os.listdir(tmp_path) == ["loss.png"]


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(FileError, match="choose a folder that exists"):
        save_figure(figure(), tmp_path / "nowhere" / "loss")


def test_a_figure_that_cannot_be_drawn_leaves_nothing(tmp_path):
    broken = loss_curve([1.0, 2.0]).figure
    broken.text(0.5, 0.5, "$\\frac{$")
    with pytest.raises(ValueError):
        save_figure(broken, tmp_path / "loss")
    assert os.listdir(tmp_path) == []
