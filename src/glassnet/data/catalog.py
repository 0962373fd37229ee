"""The data sets by name: `load_dataset`, the names, and a line about each."""

from collections.abc import Callable
from typing import Any

from glassnet.data import synthetic
from glassnet.data.dataset import Dataset
from glassnet.data.embedded import ABOUT, load_embedded
from glassnet.data.patterns import patterns
from glassnet.data.plane_inputs import check_inputs, with_inputs
from glassnet.errors import InputError

_MADE: dict[str, Callable[..., Dataset]] = {
    "moons": synthetic.moons,
    "circles": synthetic.circles,
    "spiral": synthetic.spiral,
    "xor": synthetic.xor,
    "blobs": synthetic.blobs,
}

_DESCRIPTIONS: dict[str, str] = {
    "patterns": "the eight 2 x 2 black and white pictures, two of each of four patterns",
    **{name: about[0] for name, about in ABOUT.items()},
    "moons": "two interleaved half circles in the plane (n, noise, seed)",
    "circles": "a circle inside a circle in the plane (n, noise, seed)",
    "spiral": "spiral arms in the plane (n, noise, seed, arms, turns)",
    "xor": "four squares in the plane, opposite ones of one class (n, noise, seed)",
    "blobs": "round clouds in the plane (n, noise, seed, classes)",
    "mnist": "handwritten digits, 60,000 + 10,000 pictures of 28 x 28 (downloaded once, 12 MB)",
    "fashion-mnist": "clothes, 60,000 + 10,000 pictures of 28 x 28 (downloaded once, 31 MB)",
}


def dataset_names() -> tuple[str, ...]:
    """Every name that `load_dataset` takes."""
    return tuple(_DESCRIPTIONS)


def describe_dataset(name: str) -> str:
    """One line about the data set; raises InputError for an unknown name."""
    _known(name)
    return _DESCRIPTIONS[name]


def load_dataset(name: str, **options: Any) -> Dataset:
    """Load a data set by its name.

    Parameters
    ----------
    name : patterns, breast-cancer (malignant = 1), digits, iris, wine, diabetes (a regression);
        moons, circles, spiral, xor, blobs (made from a seed); mnist, fashion-mnist (downloaded
        on first use into the user's cache; looked for under GLASSNET_DATA before that).
    options : for the made ones n, noise, seed, spiral also arms and turns, blobs also classes, and
        inputs, what the features are (some of x1, x2, x1^2, x2^2, x1x2, sin x1, sin x2);
        for the downloaded ones progress, a function of (file name, bytes so far, bytes in all).

    Raises
    ------
    InputError : for an unknown name or option.
    FileError : where a download failed.
    """
    _known(name)
    loader, allowed = _loader(name)
    for option in options:
        if option not in allowed:
            takes = f"it takes {', '.join(allowed)}" if allowed else "it takes none"
            raise InputError(f"data set {name!r} has no option {option!r}; {takes}")
    return loader(**options)


def _loader(name: str) -> tuple[Callable[..., Dataset], tuple[str, ...]]:
    """Find what loads the data set, and the options that this takes."""
    if name == "patterns":
        return patterns, ()
    if name in ABOUT:
        return lambda: load_embedded(name), ()
    if name in _MADE:
        maker = _MADE[name]
        return _with_inputs(maker), (*made_options(name), "inputs")
    from glassnet.data.downloaded import load_downloaded

    return lambda **options: load_downloaded(name, _DESCRIPTIONS[name], **options), ("progress",)


def made_options(name: str) -> dict[str, float]:
    """The numbers that a made set takes, with their usual values; none for other sets."""
    maker = _MADE.get(name)
    if maker is None:
        return {}
    names = maker.__code__.co_varnames[: maker.__code__.co_argcount]
    return dict(zip(names, maker.__defaults__ or (), strict=True))


def _with_inputs(maker: Callable[..., Dataset]) -> Callable[..., Dataset]:
    def make(inputs: Any = None, **options: Any) -> Dataset:
        made = maker(**options)
        return made if inputs is None else with_inputs(made, check_inputs(inputs))

    return make


def _known(name: str) -> None:
    if name in _DESCRIPTIONS:
        return
    from difflib import get_close_matches

    close = get_close_matches(str(name), _DESCRIPTIONS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(_DESCRIPTIONS)}"
    raise InputError(f"there is no data set called {name!r}; {hint}")
