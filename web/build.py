"""Builds the lab's page into the Python package, where Node is there: `python web/build.py`.

Does nothing where the page is newer than everything that it is made of. Without Node it says what
is missing and leaves the rest to work without a page; with --required that is a fault.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent
PAGE = WEB.parent / "src" / "glassnet" / "lab" / "page"
LEAST_NODE = (20, 19)
HOW = "install Node 20.19 or newer (with npm), then type: make lab"


def main() -> int:
    """The exit code: 0 where the page is there, or may be missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail where it can't be built")
    required = parser.parse_args().required
    if is_new():
        return 0
    trouble = missing()
    if trouble is None:
        trouble = build()
    if trouble is None:
        return 0
    print(f"the lab's page was not built: {trouble}", file=sys.stderr)
    return int(required)


def is_new() -> bool:
    """Whether the page is newer than its sources."""
    made = [PAGE / "index.html", PAGE / "widget.js"]
    if not all(path.is_file() for path in made):
        return False
    since = min(path.stat().st_mtime for path in made)
    return all(source.stat().st_mtime <= since for source in sources())


def sources() -> list[Path]:
    """The files that the page is made of."""
    own = [path for path in WEB.iterdir() if path.is_file() and path.name != "build.py"]
    return own + [path for name in ("src", "public") for path in (WEB / name).rglob("*")
                  if path.is_file()]  # fmt: skip


def missing() -> str | None:
    """What is missing to build it, in a sentence."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return f"there is no Node; {HOW}"
    told = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    numbers = re.match(r"v(\d+)\.(\d+)", told)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < LEAST_NODE:
        return f"this Node is {told.strip() or 'of no known version'}; {HOW}"
    return None


def build() -> str | None:
    """Fetch what the build needs, by the lock file, and build; what went wrong, in a sentence."""
    steps = [["npm", "run", "build"]]
    lock, fetched = WEB / "package-lock.json", WEB / "node_modules" / ".package-lock.json"
    if not fetched.is_file() or fetched.stat().st_mtime < lock.stat().st_mtime:
        steps.insert(0, ["npm", "ci", "--no-audit", "--no-fund"])
    for step in steps:
        done = subprocess.run(step, cwd=WEB, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            return f"'{' '.join(step)}' in {WEB.name}/ failed, see above"
    return None


if __name__ == "__main__":
    sys.exit(main())
