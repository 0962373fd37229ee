"""Atomic writing: whole or not at all, the old file kept, one sentence."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from glassnet.errors import FileError
from glassnet.files.atomic import atomic_path, write_bytes, write_text

FULL_DISK = """
import resource, signal, sys
from glassnet.errors import FileError
from glassnet.files.atomic import write_bytes

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_bytes(sys.argv[1], b"x" * 100_000)
except FileError as error:
    print(error)
"""


def test_a_file_is_written_and_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_text(target, "eins ü")
    assert target.read_text("utf-8") == "eins ü"
    write_bytes(target, b"two")
    assert target.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_limit_on_the_disk_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "model.json"
    target.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(target)], capture_output=True, text=True, check=True
    )
    assert "cannot write" in done.stdout and "unchanged" in done.stdout
    assert done.stdout.count("\n") == 1 and done.stderr == ""
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model.json"]


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        ("fsync", errno.ENOSPC, "the disk is full"),
        ("replace", errno.EACCES, "no permission"),
        ("replace", errno.EIO, os.strerror(errno.EIO)),
        ("open", errno.EROFS, "read-only"),
    ],
)
def test_a_failure_before_the_move_leaves_the_old_file(
    call: str, code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "model.json"
    target.write_bytes(b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(FileError, match=words) as caught:
            write_bytes(target, b"new")
    assert "\n" not in str(caught.value) and "model.json" in str(caught.value)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model.json"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_writer_that_fails_leaves_nothing(error: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(error), atomic_path(tmp_path / "figure.png") as temporary:
        assert temporary.suffix == ".png" and temporary.parent == tmp_path
        temporary.write_bytes(b"half")
        raise error
    assert os.listdir(tmp_path) == []


def test_the_new_name_appears_only_when_the_bytes_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("fsync"), fsync(fd))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append("replace"), replace(a, b))[1])
    write_bytes(tmp_path / "a", b"1")
    assert order[:2] == ["fsync", "replace"]


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    for path, words in {
        tmp_path: "it is a folder",
        tmp_path / "none" / "a.json": "the folder '.*none' does not exist",
        "/dev/null": "not an ordinary file",
        tmp_path / ("n" * 300): "too long",
        "a\0b": "null",
    }.items():
        with pytest.raises(FileError, match=words):
            write_bytes(path, b"")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    old_mask = os.umask(0o022)
    try:
        write_bytes(tmp_path / "a", b"1")
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644
    finally:
        os.umask(old_mask)
    (tmp_path / "a").chmod(0o600)
    (tmp_path / "link").symlink_to("a")
    write_bytes(tmp_path / "link", b"2")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "a").read_bytes() == b"2"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
