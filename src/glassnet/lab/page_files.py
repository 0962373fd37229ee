"""Where the lab's page lies: the files that Vite built, as they are installed with the package."""

from pathlib import Path

from glassnet.errors import FileError

FOLDER = Path(__file__).resolve().parent / "page"


def page_files(folder: Path | None = None) -> dict[str, Path]:
    """The page's files by the path that a browser asks for, such as ``assets/lab.js``.

    folder: where they lie; None: where the build puts them.

    Raises ``FileError`` where the page was not built; the sentence says how to get it.
    """
    folder = FOLDER if folder is None else folder
    if not (folder / "index.html").is_file():
        raise FileError(
            "the lab's page is not built; in a checkout type 'make lab' (it needs Node 20.19 or "
            "newer), or install glassnet from a wheel, which brings it along"
        )
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
