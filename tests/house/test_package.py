"""What is built for others: the wheel holds the whole package, its data too, and nothing else."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from glassnet.engines import native
from house.modules import ROOT

# Needed by the build, and nothing more, so that nothing else is built in by mistake.
NEEDED = ["pyproject.toml", "CMakeLists.txt", "README.md", "LICENSE", "src"]


def build(kind: str, folder: Path, **variables: str) -> Path:
    """Build a wheel or a source archive from a copy of the sources, from nothing else."""
    copy = folder / "copy"
    copy.mkdir()
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    script = f"import scikit_build_core.build as b, sys; b.build_{kind}(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", script, str(folder)], cwd=copy, check=True, capture_output=True,
        env=os.environ | variables,
    )  # fmt: skip
    return next(path for path in folder.iterdir() if path.is_file())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree, where no compiler works."""
    broken = shutil.which("false") or "false"
    return build("wheel", tmp_path_factory.mktemp("wheel"), CXX=broken, CC=broken)


def test_without_a_compiler_the_wheel_is_for_every_machine(wheel: Path) -> None:
    assert wheel.name == "glassnet-0.1.0-py3-none-any.whl"


def test_the_kernel_was_built_where_there_is_a_compiler() -> None:
    """The installation that these tests run in: a fallback would hide a kernel that broke."""
    if not (shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")):
        pytest.skip("no C++ compiler here")
    assert native.kernel() is not None, native.why_not()


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    source = ROOT / "src"
    present = {
        path.relative_to(source).as_posix()
        for path in (source / "glassnet").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == present


def test_the_wheel_runs_from_another_place(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    # -S leaves out the .pth files, and with them an editable installation of this source tree.
    libraries = [str(tmp_path), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    script = (
        "import glassnet as gn; from glassnet.engines import native; "
        "assert 'not built' in native.why_not(); "
        "print(gn.__file__, len(gn.load_dataset('digits')))"
    )
    answer = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(libraries)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [str(tmp_path / "glassnet" / "__init__.py"), "1797"]


def test_the_source_archive_is_made(tmp_path: Path) -> None:
    assert build("sdist", tmp_path).name == "glassnet-0.1.0.tar.gz"
