"""The lab as files: the wheel, the folder's contents, and that nothing of anyone's is lost."""

import base64
import csv
import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from glassnet import __version__
from glassnet.data import sources
from glassnet.errors import FileError, InputError
from glassnet.lab.static import folder as static, pyodide
from glassnet.lab.static.folder import SETTINGS, static_index, write_static
from glassnet.lab.static.pyodide import runtime_files
from glassnet.lab.static.wheel import NAME, light_files, pure_wheel

INDEX = '<!doctype html>\n<html><head>\n<meta charset="utf-8" />\n<title>lab</title></head></html>'
RUNTIME = {"pyodide.mjs": b"main", "pyodide.asm.mjs": b"runtime", "pyodide.asm.wasm": b"\0asm",
           "python_stdlib.zip": b"library"}  # fmt: skip
WHEELS = {"numpy": {"numpy-1.whl": b"numbers"}, "msgspec": {"a-1.whl": b"old", "a-2.whl": b"new"}}


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small Pyodide; what is known of the real one is set to it."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    everything = RUNTIME | WHEELS["numpy"] | {"a-2.whl": b"new"}
    for name, data in everything.items():
        (folder / name).write_bytes(data)
    monkeypatch.setattr(pyodide, "PYODIDE_FILES", {n: digest(d) for n, d in RUNTIME.items()})
    known = {lib: {n: digest(d) for n, d in choices.items()} for lib, choices in WHEELS.items()}
    monkeypatch.setattr(pyodide, "PYODIDE_WHEELS", known)
    return folder


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A small page."""
    folder = tmp_path / "page"
    folder.mkdir()
    contents = {"index.html": INDEX, "lab.js": "1", "worker.js": "2", "lab.css": "p {}"}
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    found = {name: folder / name for name in contents}
    monkeypatch.setattr(static, "page_files", lambda: found)
    return found


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*")
            if p.is_file()}  # fmt: skip


# The wheel


def test_the_same_files_give_the_same_wheel() -> None:
    assert pure_wheel() == pure_wheel()


def test_the_record_is_right() -> None:
    with zipfile.ZipFile(io.BytesIO(pure_wheel())) as archive:
        names = archive.namelist()
        record = f"glassnet-{__version__}.dist-info/RECORD"
        rows = list(csv.reader(archive.read(record).decode().splitlines()))
        assert names == sorted(names) and {row[0] for row in rows} == set(names)
        for name, hashed, size in rows:
            if name == record:
                continue
            data = archive.read(name)
            found = base64.urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()
            assert hashed == f"sha256={found}" and int(size) == len(data)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_goes_in() -> None:
    found = light_files()
    wanted = {"__init__.py", "lab/session.py", "lab/static/carrier.py", "lab/pad/mnist.json"}
    assert wanted <= set(found)
    left_out = (
        r"\.(so|cpp|hpp|md|toml)$|^cli/|^lab/(server|notebook)/|^lab/static/(folder|wheel|py)"
    )
    assert not [name for name in found if re.search(left_out, name)]


def test_it_runs_with_numpy_and_msgspec_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(pure_wheel())) as archive:
        archive.extractall(tmp_path)
    numpy = find_spec("numpy")
    assert numpy is not None and numpy.origin is not None
    installed = Path(numpy.origin).parent.parent
    for library in ("numpy", "numpy.libs", "msgspec"):
        if (installed / library).exists():
            (tmp_path / library).symlink_to(installed / library)
    script = f"""
import sys
sys.path = [p for p in sys.path if "site-packages" not in p] + [{str(tmp_path)!r}]
import glassnet, numpy as np
assert glassnet.__file__.startswith({str(tmp_path)!r}), glassnet.__file__
from glassnet.lab.static.carrier import Carrier
from glassnet.lab.frames import unbundle
from glassnet.lab.pad import prepare, trained_digits
carrier = Carrier()
carrier.receive('{{"do":"open"}}')
carrier.receive('{{"do":"want","views":["network","loss"]}}')
carrier.receive('{{"do":"step","count":20}}')
while (data := carrier.next_bundle()) is None:
    carrier.turn()
kinds = [frame.kind for frame in unbundle(data)]
assert "network" in kinds and "error" not in kinds, kinds
ink = np.zeros((50, 50), np.uint8)
ink[10:40, 20:25] = 255
picture = prepare(ink).picture.reshape(1, -1)
assert trained_digits().forward(picture).argmax() == 1
print("well")
"""
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, cwd=tmp_path
    )
    assert answer.stdout == "well\n", answer.stderr


# The folder


def test_what_the_folder_holds(tmp_path: Path, files: Path, page: dict[str, Path]) -> None:
    write_static(tmp_path / "lab", files)
    written = tree(tmp_path / "lab")
    settings = json.loads(written[SETTINGS])
    assert sorted(written) == settings["files"]
    python = [settings[part] for part in ("main", "runtime", "wasm", "library")]
    for about in (*python, *settings["wheels"]):
        data = written[about["path"]]
        assert about["size"] == len(data) and about["sha256"] == digest(data)
    assert [Path(about["path"]).name for about in settings["wheels"]] == [
        "numpy-1.whl", "a-2.whl", NAME,
    ]  # fmt: skip
    assert written["lab.js"] == b"1" and ".nojekyll" in written
    index = written["index.html"].decode()
    assert 'name="glassnet-transport" content="worker"' in index
    assert "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'" in index
    assert index.index("charset") < index.index("Content-Security-Policy") < index.index("<title>")


def test_no_address_is_absolute(tmp_path: Path, files: Path, page: dict[str, Path]) -> None:
    write_static(tmp_path / "lab", files)
    for name, data in tree(tmp_path / "lab").items():
        if name.endswith((".html", ".json")):
            assert not re.search(rb'(src|href|path)"?[=:] ?"(/|https?:)', data), name


def test_writing_twice_gives_the_same_bytes(
    tmp_path: Path, files: Path, page: dict[str, Path]
) -> None:
    write_static(tmp_path / "lab", files)
    before = tree(tmp_path / "lab")
    page["lab.js"].write_text("changed", encoding="utf-8")
    write_static(tmp_path / "lab", files)
    after = tree(tmp_path / "lab")
    assert after.pop("lab.js") == b"changed" and before.pop("lab.js") == b"1"
    assert before == after
    assert {path.name for path in tmp_path.iterdir()} == {"lab", "page", "pyodide"}


@pytest.mark.parametrize("strange", ["thesis.tex", ".git/config", "python-314.0.3/notes.txt"])
def test_what_glassnet_did_not_write_is_not_replaced(
    tmp_path: Path, files: Path, page: dict[str, Path], strange: str
) -> None:
    write_static(tmp_path / "lab", files)
    place = tmp_path / "lab" / strange
    place.parent.mkdir(exist_ok=True)
    place.write_text("years of work", encoding="utf-8")
    before = tree(tmp_path / "lab")
    with pytest.raises(InputError, match=f"'{strange}', which glassnet did not write"):
        write_static(tmp_path / "lab", files)
    assert tree(tmp_path / "lab") == before


def test_other_folders_are_refused(tmp_path: Path, files: Path, page: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="holds 'a-2.whl', which glassnet did not write"):
        write_static(files, files)
    with pytest.raises(InputError, match="is there and no folder"):
        write_static(files / "a-2.whl", files)
    (tmp_path / "link").symlink_to(files, target_is_directory=True)
    with pytest.raises(InputError, match="is there and no folder"):
        write_static(tmp_path / "link", files)
    with pytest.raises(FileError, match="there is no folder"):
        write_static(tmp_path / "none" / "lab", files)
    forged = tmp_path / "forged"
    forged.mkdir()
    (forged / SETTINGS).write_text('{"format": "glassnet-static", "files": 7}', encoding="utf-8")
    with pytest.raises(InputError, match="which glassnet did not write"):
        write_static(forged, files)
    (tmp_path / "empty").mkdir()
    write_static(tmp_path / "empty", files)


@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("at", ["copyfile", "rename", "second rename"])
def test_an_interrupted_write_leaves_nothing_half(
    tmp_path: Path, files: Path, page: dict[str, Path], monkeypatch: pytest.MonkeyPatch,
    is_there: bool, error: BaseException, at: str,
) -> None:  # fmt: skip
    if is_there:
        write_static(tmp_path / "lab", files)
    before = tree(tmp_path)
    calls = iter(range(100))
    where, name = (static.shutil, "copyfile") if at == "copyfile" else (os, "rename")
    real = getattr(where, name)

    def fails(*arguments: object) -> object:
        if next(calls) == (1 if at == "second rename" and is_there else 0):
            raise error
        return real(*arguments)

    with monkeypatch.context() as patch, pytest.raises((KeyboardInterrupt, FileError)):
        patch.setattr(where, name, fails)
        write_static(tmp_path / "lab", files)
    assert tree(tmp_path) == before


def test_a_page_without_a_worker_or_a_head(
    tmp_path: Path, files: Path, page: dict[str, Path]
) -> None:
    del page["worker.js"]
    with pytest.raises(FileError, match="without 'worker.js'"):
        write_static(tmp_path / "lab", files)
    with pytest.raises(FileError, match="no <head>"):
        static_index("<p>")


# Pyodide's files


def test_the_first_wheel_that_is_there_is_taken(files: Path) -> None:
    assert "a-2.whl" in runtime_files(files) and "a-1.whl" not in runtime_files(files)
    (files / "a-1.whl").write_bytes(b"old")
    assert "a-1.whl" in runtime_files(files) and "a-2.whl" not in runtime_files(files)


def test_files_that_are_missing_or_others(files: Path, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no folder"):
        runtime_files(tmp_path / "none")
    (files / "pyodide.mjs").write_bytes(b"another")
    with pytest.raises(InputError, match=r"pyodide\.mjs' has SHA-256 .* fetch it again"):
        runtime_files(files)
    (files / "pyodide.mjs").unlink()
    with pytest.raises(FileError, match=r"holds no 'pyodide\.mjs'"):
        runtime_files(files)
    (files / "numpy-1.whl").unlink()
    with pytest.raises(FileError, match="no wheel of numpy .* expected numpy-1.whl"):
        runtime_files(files)


@pytest.fixture
def mirror(files: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A host of the small Pyodide, behind one that answers nothing."""
    (files / "a-1.whl").write_bytes(b"old")

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(files))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        here = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(pyodide, "PYODIDE_ADDRESSES", (f"{here}nothing/", here))
        yield files
        server.shutdown()
        thread.join()


def test_downloads_are_kept(mirror: Path) -> None:
    first = runtime_files()
    assert {name: path.read_bytes() for name, path in first.items()} == (
        RUNTIME | WHEELS["numpy"] | {"a-1.whl": b"old"}
    )
    for path in mirror.iterdir():
        path.unlink()
    assert runtime_files() == first


def test_downloads_that_fail(mirror: Path) -> None:
    (mirror / "python_stdlib.zip").write_bytes(b"another")
    with pytest.raises(FileError, match=r"python_stdlib\.zip could .* another SHA-256.*--pyodide"):
        runtime_files()
    (mirror / "python_stdlib.zip").unlink()
    with pytest.raises(FileError, match=r"zip could not .*answered 404.*answered 404"):
        runtime_files()


def test_what_is_known_of_pyodide_is_of_one_version() -> None:
    version = sources.PYODIDE_VERSION
    assert all(f"v{version}/" in address for address in sources.PYODIDE_ADDRESSES)
    names = [name for choices in sources.PYODIDE_WHEELS.values() for name in choices]
    abi = sources.PYODIDE_INFO["abi_version"]
    assert all(name.endswith(f"-cp314-cp314-pyemscripten_{abi}_wasm32.whl") for name in names)
