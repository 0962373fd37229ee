"""What a word on the command line means: a file, a run's description, a data set or a model."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassnet.errors import InputError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from glassnet.files.run import Run

# The systems that have a description of their own; those with a write-up also have its setting.
SYSTEMS = ("patterns", "breast-cancer", "mnist-compressed", "digits", "kaggle")
HELD_OUT = 0.2


@dataclass(frozen=True)
class Choice:
    """A run to make, the name that its files get, and what the person should know about it."""

    run: "Run"
    name: str
    note: str = ""


def choose_run(what: str, original: bool = False) -> Choice:
    """The run that WHAT stands for: a file first, then one of the five, then a named set."""
    note = _shadow(what, (*SYSTEMS, *_set_names()), "the system or set of that name")
    if os.path.isfile(what):
        if original:
            raise InputError(f"{what!r} is a file; --original is for {', '.join(SYSTEMS)}")
        return Choice(_run_of_file(what), _stem(what), note)
    if what in SYSTEMS:
        preset = f"{what}-original" if original else what
        return Choice(_preset(preset), preset, note)
    if original:
        raise InputError(f"{what!r} has no original setting; those with one: {', '.join(SYSTEMS)}")
    if what in _set_names():
        return Choice(_run_of_set(what), what, note)
    if os.path.isdir(what):
        return Choice(_run_of_file(what), _stem(what))
    raise InputError(_unknown(what, (*SYSTEMS, *_set_names())))


def choose_data(text: str) -> dict[str, Any]:
    """The fields of [data] that DATA stands for: a path, or a named set."""
    if text in _set_names() and not os.path.isfile(text):
        return {"name": text, "path": None}
    if not os.path.exists(text):
        raise InputError(_unknown(text, _set_names()))
    return {"name": None, "path": text}


def choose_model(text: str) -> tuple["Path | Traversable", str]:
    """The model file that MODEL stands for, and a note where it could be two things."""
    shipped = _shipped()
    note = _shadow(text, shipped, "the shipped model of that name")
    if text in shipped and not os.path.isfile(text):
        return shipped[text], note
    if not os.path.exists(text):
        ending = f"; shipped with glassnet: {', '.join(shipped)}" if shipped else ""
        hint = _near(text, shipped) or f"train one with: glassnet train digits{ending}"
        raise InputError(f"there is no model file {text!r}; {hint}")
    return Path(text), note


def _run_of_file(path: str) -> "Run":
    from glassnet.files.run import Data, Run, read_run

    if path.lower().endswith(".toml"):
        return read_run(path)
    return Run(data=Data(path=path))


def _run_of_set(name: str) -> "Run":
    from glassnet.data import describe_dataset
    from glassnet.files.run import Data, Run

    about = describe_dataset(name).split("(")[0].split(", ")[0].strip()
    return Run(title=f"{name}: {about}", data=Data(name=name))


def _preset(name: str) -> "Run":
    from importlib.resources import files

    from glassnet.files.run import run_from_toml

    text = (files("glassnet.models") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    return run_from_toml(text, f"'{name}.toml'")


def _shipped() -> dict[str, "Traversable"]:
    """The models that come with glassnet, by name."""
    from importlib.resources import files

    folder = files("glassnet.models") / "shipped"
    if not folder.is_dir():
        return {}
    found = (entry for entry in folder.iterdir() if entry.name.endswith(".json"))
    return {entry.name.removesuffix(".json"): entry for entry in found}


def _set_names() -> tuple[str, ...]:
    from glassnet.data import dataset_names

    return dataset_names()


def _stem(path: str) -> str:
    """'train' of data/train.csv.gz; the folder's name of a folder."""
    name = Path(path).resolve().name
    return name.split(".")[0] or name.strip(".")


def _shadow(text: str, names: Iterable[str], other: str) -> str:
    """The note where a file and a name are the same word."""
    if text not in names:
        return ""
    if os.path.isfile(text):
        return f"{text!r} is the file of that name here; {other} is had in another folder"
    if os.path.isdir(text):
        return f"{text!r} is {other}; for the folder write {os.path.join('.', text)}"
    return ""


def _unknown(text: str, names: Iterable[str]) -> str:
    looks_like_path = os.sep in text or "/" in text or os.path.splitext(text)[1] != ""
    if looks_like_path:
        return f"there is no file {text!r} (looked in {os.getcwd()!r}); check the name"
    hint = _near(text, names) or f"the sets are {', '.join(dict.fromkeys(names))}"
    return f"there is no file and no data set {text!r}; {hint}"


def _near(text: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(text, list(names), n=1)
    return f"did you mean {close[0]!r}?" if close else ""
