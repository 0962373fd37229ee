"""The part of glassnet that runs in a browser, as a pure wheel made of the installed files.

The same files give the same bytes: sorted names, one fixed time, no native code.
"""

import zipfile
from base64 import urlsafe_b64encode
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from glassnet import __version__

PACKAGE = Path(__file__).resolve().parents[2]
KINDS = {".py", ".npz", ".json"}
PAGE = ("index.html", "lab.css", "lab.js")  # of lab/page: a recording is a page of its own
# What needs a terminal, other libraries or a server, and so is of no use there.
LEFT_OUT = {
    "__main__.py", "cli", "plots", "study", "exports", "models/presets", "models/shipped",
    "lab/server", "lab/notebook", "lab/static/folder.py", "lab/static/wheel.py",
    "lab/static/pyodide.py",
}  # fmt: skip
NAME = f"glassnet-{__version__}-py3-none-any.whl"
_INFO = f"glassnet-{__version__}.dist-info"
_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can name
_METADATA = f"""Metadata-Version: 2.1
Name: glassnet
Version: {__version__}
Summary: The part of glassnet that runs in a browser, with NumPy and msgspec alone.
License: MIT
Requires-Python: >=3.11
Requires-Dist: numpy
Requires-Dist: msgspec
"""
_WHEEL = """Wheel-Version: 1.0
Generator: glassnet
Root-Is-Purelib: true
Tag: py3-none-any
"""


def pure_wheel(package: Path = PACKAGE) -> bytes:
    """The wheel named `NAME`. package: the folder of the installed glassnet."""
    members = {f"glassnet/{name}": (package / name).read_bytes() for name in light_files(package)}
    members[f"{_INFO}/METADATA"] = _METADATA.encode("utf-8")
    members[f"{_INFO}/WHEEL"] = _WHEEL.encode("utf-8")
    record = f"{_INFO}/RECORD"
    lines = [f"{name},{_digest(data)},{len(data)}" for name, data in sorted(members.items())]
    members[record] = "\n".join([*lines, f"{record},,", ""]).encode("utf-8")
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(members.items()):
            member = zipfile.ZipInfo(name, _TIME)
            member.create_system, member.external_attr = 3, 0o644 << 16
            archive.writestr(member, data, zipfile.ZIP_DEFLATED, 9)
    return written.getvalue()


def light_files(package: Path = PACKAGE) -> list[str]:
    """The files that go in, by their names inside the package."""
    found = []
    for path in sorted(package.rglob("*")):
        name = path.relative_to(package)
        places = {name.as_posix(), *(parent.as_posix() for parent in name.parents)}
        wanted = path.name in PAGE if name.parts[:2] == ("lab", "page") else path.suffix in KINDS
        if wanted and path.is_file() and places.isdisjoint(LEFT_OUT):
            found.append(name.as_posix())
    return found


def _digest(data: bytes) -> str:
    return f"sha256={urlsafe_b64encode(sha256(data).digest()).rstrip(b'=').decode('ascii')}"
