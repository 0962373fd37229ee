"""Fetching a file once: resumed where it was cut off, checked by its SHA-256, moved into place.

A file is looked for under GLASSNET_DATA, then in the cache (GLASSNET_CACHE or the platform's
folder), then at each address in turn. Layout of both folders: `<set>/<original file name>`.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from glassnet.data.sources import RemoteFile, RemoteSet
from glassnet.data.unpacking import reason
from glassnet.errors import FileError, InputError

Progress = Callable[[str, int, int], None]

TIMEOUT = 30.0
_PIECE = 2**16
_REQUESTS = 20  # at one address, as long as each brings something


def cache_folder() -> Path:
    """Where downloads are kept: GLASSNET_CACHE, or `glassnet` in the platform's cache folder."""
    own = os.environ.get("GLASSNET_CACHE")
    if own:
        return Path(own)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "glassnet"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "glassnet" / "Cache"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "glassnet"


def fetch(remote: RemoteSet, file: RemoteFile, progress: Progress | None = None) -> Path:
    """Find the file, downloading it where needed, and give its checked path.

    Parameters
    ----------
    remote : the set with its addresses.
    file : the file's name, size and SHA-256.
    progress : called with (file name, bytes so far, bytes in all) while it downloads; None is
        silent.

    Raises
    ------
    InputError : where the file under GLASSNET_DATA has another SHA-256.
    FileError : where no address gave the file, or it could not be written. What was fetched is
        kept, and the next call goes on from there.
    """
    own = _in_own_data(remote, file)
    if own is not None:
        return own
    target = cache_folder() / remote.name / file.name
    if target.is_file() and sha256_of(target) == file.sha256:
        return target
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        failures = []
        with _alone_in(target.parent):
            # Another process may have brought it while this one waited.
            if target.is_file() and sha256_of(target) == file.sha256:
                return target
            for address in remote.addresses:
                failure = _fetch_from(address + file.name, part, file, progress)
                if failure is None:
                    os.replace(part, target)
                    return target
                failures.append(f"{address}: {failure}")
    except OSError as error:
        raise FileError(
            f"{remote.name}/{file.name} could not be kept in {str(target.parent)!r}: "
            f"{reason(error)}; make room, or set GLASSNET_CACHE to another folder"
        ) from None
    raise FileError(
        f"{remote.name}/{file.name} could not be downloaded ({'; '.join(failures)}); try again "
        f"later, or put the file into a folder {remote.name!r} and set GLASSNET_DATA to the "
        "folder that holds it"
    )


def print_progress(name: str, done: int, total: int) -> None:
    """Keep one line on standard error up to date, where that is a terminal."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        megabytes = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"
        print(f"\rdownloading {name}: {megabytes}", end=end, file=sys.stderr, flush=True)


def sha256_of(path: Path) -> str:
    """Compute the file's SHA-256 in hex."""
    from hashlib import file_digest

    with path.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def _in_own_data(remote: RemoteSet, file: RemoteFile) -> Path | None:
    folder = os.environ.get("GLASSNET_DATA")
    if not folder:
        return None
    path = Path(folder) / remote.name / file.name
    if not path.is_file():
        return None
    try:
        found = sha256_of(path)
    except OSError as error:
        raise FileError(f"{str(path)!r} cannot be read: {reason(error)}") from None
    if found != file.sha256:
        raise InputError(
            f"{str(path)!r} (found through GLASSNET_DATA) has SHA-256 {found}, expected "
            f"{file.sha256}; fetch it again or take it away"
        )
    return path


def _fetch_from(
    address: str, part: Path, file: RemoteFile, progress: Progress | None
) -> str | None:
    """Download into `part`, going on after a cut; None when it is right, else why it is not.

    Trouble with the disk is raised as OSError; trouble with the network is the answer.
    """
    failure: str | None = None
    for _ in range(_REQUESTS):
        had = _size(part)
        if had < file.size:
            failure = _request(address, part, file, had, progress)
        got = _size(part)
        if got == file.size and sha256_of(part) == file.sha256:
            return None
        if got >= file.size:
            part.unlink()
            failure = "sent a file with another SHA-256"
            if had == 0:
                return failure
            # The wrong bytes may be those that were here before: once more, from the start.
        elif got <= had:
            return failure
    return failure


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process downloads into the folder; on Windows, don't."""
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:
        yield
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        # Not every network file system knows locks; the SHA-256 is looked at in any case.
        with suppress(OSError):
            flock(opened, LOCK_EX)
        yield
    finally:
        os.close(opened)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _request(
    address: str, part: Path, file: RemoteFile, had: int, progress: Progress | None
) -> str | None:
    """Append to `part` what one request brings; None, or why it broke off."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    headers = {"User-Agent": "glassnet", "Accept-Encoding": "identity"}
    if had:
        headers["Range"] = f"bytes={had}-"
    try:
        response = urlopen(Request(address, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        with error:
            return f"answered {error.code} {error.reason}"
    except URLError as error:
        return reason(error.reason) if isinstance(error.reason, OSError) else str(error.reason)
    except (OSError, HTTPException, ValueError) as error:
        return reason(error)
    with response:
        resumed = response.status == 206 and _starts_at(response.headers, had)
        if response.status not in (200, 206) or (response.status == 206 and not resumed):
            return f"answered {response.status} where 200 or 206 was expected"
        done = had if resumed else 0
        with part.open("ab" if resumed else "wb") as out:
            while True:
                try:
                    piece = response.read1(_PIECE)
                except (OSError, HTTPException) as error:
                    return f"broke off after {done} bytes ({reason(error)})"
                if not piece:
                    break
                done += len(piece)
                if done > file.size:
                    break
                out.write(piece)
                if progress is not None:
                    progress(file.name, done, file.size)
    if done > file.size:
        part.unlink()
        return f"sent more than the {file.size} bytes of the file"
    return None if done == file.size else f"broke off after {done} of {file.size} bytes"


def _starts_at(headers: object, place: int) -> bool:
    found = str(headers.get("Content-Range", "")) if hasattr(headers, "get") else ""
    return found.startswith(f"bytes {place}-")
