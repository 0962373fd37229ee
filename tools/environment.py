"""Makes `.venv` what the pinned requirements say, with nothing but the standard library.

`python tools/environment.py demo` (or `test`) does nothing when the environment is whole, puts
the package in anew when only its metadata or its modules' places changed, and makes everything
anew otherwise: after an interrupted install, after files were lost, after the requirements or the
place changed.
"""

import csv
import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
NATIVE = ROOT / "src" / "glassnet" / "engines" / "native"
STAMP = VENV / "glassnet-environment.json"
REQUIREMENTS = {"demo": ROOT / "requirements.txt", "test": ROOT / "requirements-test.txt"}


def main(kind: str) -> int:
    """Bring the environment to `kind`; the exit code is pip's, or 0."""
    wanted = {
        "root": str(ROOT),
        "requirements": {name: digest(path) for name, path in REQUIREMENTS.items()},
        "package": digest(ROOT / "pyproject.toml"),
        "kernel": digest(*kernel_sources()),
        "modules": module_names(),
    }
    found = read_stamp()
    whole = found is not None and is_whole(VENV)
    same_pins = whole and all(found.get(key) == wanted[key] for key in ("root", "requirements"))
    installed = found["kinds"] if same_pins else []
    own = ("package", "kernel", "modules")
    if kind in installed and all(found.get(key) == wanted[key] for key in own):
        return 0

    # The stamp goes first and comes last: an interrupted install leaves none behind.
    STAMP.unlink(missing_ok=True)
    try:
        if not same_pins:
            print("Making .venv, with every package at its pinned version ...", flush=True)
            make_venv()
        if kind not in installed:
            pip("--require-hashes", "--requirement", REQUIREMENTS[kind])
            # The test requirements hold the demo's, at the same versions.
            installed = ["demo", "test"] if kind == "test" else ["demo"]
        install_package()
    except subprocess.CalledProcessError as error:
        print("The installation did not finish: see above; then type the same command again.")
        return error.returncode
    except KeyboardInterrupt:
        print("\nThe installation was interrupted; type the same command to begin it anew.")
        return 130
    stamp = wanted | {"kinds": installed}
    STAMP.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    return 0


def digest(*paths: Path) -> str:
    """The SHA-256 of the files' contents, one after the other."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def kernel_sources() -> list[Path]:
    """What the native kernel is built from."""
    return [ROOT / "CMakeLists.txt", *sorted(NATIVE.glob("*.?pp"))]


def module_names() -> str:
    """The SHA-256 of the modules' names: the installation finds a module where it once lay."""
    names = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "src").rglob("*.py"))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def install_package() -> None:
    """Put the package in, its kernel built anew; without one, say so in a line. An earlier kernel
    goes with the earlier installation, so a failed build leaves none behind."""
    pip("--no-deps", "--no-build-isolation", "--editable", ROOT)
    question = "from glassnet.engines import native; raise SystemExit(native.kernel() is None)"
    if subprocess.run([VENV / "bin" / "python", "-c", question]).returncode:
        print("The native kernel was not built, so the NumPy engine does the work; to see why:")
        print("  .venv/bin/python -m pip install --no-deps --no-build-isolation -v -e .")


def read_stamp() -> dict | None:
    """What the last finished installation wrote, or None."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) and "kinds" in stamp and "package" in stamp else None


def is_whole(venv: Path) -> bool:
    """Whether the interpreter runs and every file that pip recorded is there."""
    python = venv / "bin" / "python"
    try:
        answer = subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
        )
    except OSError:
        return False
    packages = Path(answer.stdout.strip())
    records = list(packages.glob("*.dist-info/RECORD")) if answer.returncode == 0 else []
    folders = list(packages.glob("*.dist-info")) if records else []
    return bool(records) and len(records) == len(folders) and all(map(is_complete, records))


def is_complete(record: Path) -> bool:
    """Whether every file that one package's RECORD names exists."""
    packages = record.parent.parent
    with record.open(encoding="utf-8", newline="") as lines:
        # Compiled .pyc files come and go by themselves.
        names = [row[0] for row in csv.reader(lines) if row and not row[0].endswith(".pyc")]
    return all((packages / name).exists() for name in names)


def make_venv() -> None:
    """A new, empty environment in place of whatever is there."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)


def pip(*arguments: str | Path) -> None:
    """Run the environment's own pip."""
    command = [VENV / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check"]
    subprocess.run([*command, "--quiet", *arguments], check=True)


if __name__ == "__main__":
    # Two commands typed at once take turns; the system gives the lock back if one is killed.
    with (ROOT / ".venv-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sys.exit(main(sys.argv[1]))
