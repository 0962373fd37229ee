"""Python for the browser: Pyodide's files and the wheels of NumPy and msgspec for it, from a folder
or downloaded once into the user's cache. Every file is known by its SHA-256.
"""

import logging
from pathlib import Path

from glassnet.data.download import cache_folder, sha256_of
from glassnet.data.sources import (
    PYODIDE_ADDRESSES,
    PYODIDE_FILES,
    PYODIDE_VERSION,
    PYODIDE_WHEELS,
)
from glassnet.data.unpacking import reason
from glassnet.errors import FileError, InputError

WHAT = f"Pyodide {PYODIDE_VERSION}'s files and the wheels of numpy and msgspec for it"


def runtime_files(folder: Path | None = None) -> dict[str, Path]:
    """The runtime's files and the wheels by their names, each checked.

    folder: where they lie; None: in the cache, downloaded where they are missing.

    Raises
    ------
    FileError : where one is missing, or cannot be read or downloaded.
    InputError : where one has another SHA-256 than the original.
    """
    if folder is None:
        return {name: _cached(name, digest) for name, digest in _first_choices().items()}
    if not folder.is_dir():
        raise FileError(f"there is no folder '{folder}'; it should hold {WHAT}")
    return {name: _given(folder / name, digest) for name, digest in _choices_in(folder).items()}


def _first_choices() -> dict[str, str]:
    found = dict(PYODIDE_FILES)
    for choices in PYODIDE_WHEELS.values():
        name = next(iter(choices))
        found[name] = choices[name]
    return found


def _choices_in(folder: Path) -> dict[str, str]:
    """What is to be found in the folder: of a wheel the first choice that is there."""
    found = dict(PYODIDE_FILES)
    for library, choices in PYODIDE_WHEELS.items():
        name = next((name for name in choices if (folder / name).is_file()), None)
        if name is None:
            raise FileError(
                f"'{folder}' holds no wheel of {library} for Pyodide {PYODIDE_VERSION}; expected "
                f"{' or '.join(choices)}"
            )
        found[name] = choices[name]
    return found


def _given(path: Path, digest: str) -> Path:
    if not path.is_file():
        raise FileError(f"'{path.parent}' holds no '{path.name}'; it should hold {WHAT}")
    try:
        found = sha256_of(path)
    except OSError as error:
        raise FileError(f"cannot read '{path}': {reason(error)}") from None
    if found != digest:
        raise InputError(
            f"'{path}' has SHA-256 {found}, expected {digest}, that of Pyodide {PYODIDE_VERSION}; "
            "fetch it again"
        )
    return path


def _cached(name: str, digest: str) -> Path:
    """The file in the cache, downloaded from the first address that has it."""
    import pooch

    folder = cache_folder() / f"pyodide-{PYODIDE_VERSION}"
    logger = pooch.get_logger()
    level, failures = logger.level, []
    logger.setLevel(logging.WARNING)
    try:
        for address in PYODIDE_ADDRESSES:
            try:
                known = f"sha256:{digest}"
                return Path(pooch.retrieve(address + name, known, fname=name, path=folder))
            except OSError as error:
                if not type(error).__module__.startswith("requests."):
                    raise
                failures.append(f"{address}: {_few_words(error)}")
            except ValueError:  # pooch: the SHA-256 differs; nothing is kept
                failures.append(f"{address}: sent a file with another SHA-256")
    except OSError as error:
        raise FileError(
            f"{name} could not be kept in '{folder}': {reason(error)}; make room, or set "
            "GLASSNET_CACHE to another folder"
        ) from None
    finally:
        logger.setLevel(level)
    raise FileError(
        f"{name} could not be downloaded ({'; '.join(failures)}); try again later, or name a "
        f"folder that holds {WHAT} with --pyodide"
    )


def _few_words(error: Exception) -> str:
    """requests puts a chain of errors into one message; its kind and status say enough."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"answered {response.status_code}"
    return "did not answer in time" if "Timeout" in type(error).__name__ else "cannot be reached"
