"""The drawing pad: a digit drawn by hand, brought to the form of MNIST or of the 8x8 digits, and a
trained network that reads it. NumPy and msgspec alone; how the network was made: see README.md.

LeCun, Cortes, Burges, the MNIST database: the digits were "size normalized to fit in a 20x20 pixel
box while preserving their aspect ratio", grey by anti-aliasing, and centred "by computing the
center of mass of the pixels". Alpaydin, Kaynak, Optical Recognition of Handwritten Digits (UCI
repository, 1998): 32x32 bitmaps, the ink counted in blocks of 4x4, which gives 0 to 16.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from glassnet.errors import InputError
from glassnet.files.model import build_stack, model_from_json
from glassnet.network import Network
from glassnet.nn.arrays import Array

Kind = Literal["mnist", "digits"]

LARGEST = 2048  # pixels a side of a pad
FAINTEST = 32  # of 255: what is lighter counts as paper when the digit's box is looked for


@dataclass(frozen=True)
class Prepared:
    """A drawn digit as a network takes it, and what was done to it.

    picture: u1 (28, 28) from 0 to 255 for MNIST; u1 (8, 8) from 0 to 16 for the digits (which
        ``load_dataset("digits")`` divides by 16).
    plain: the pad in the same form, but where and as large as it was drawn.
    shift: how far the ink's centre of mass moved from plain to picture, right and down, in pixels.
    scale: how much taller the digit is in the picture than in plain.
    """

    picture: Array
    plain: Array
    shift: tuple[float, float]
    scale: float


@dataclass(frozen=True)
class _Form:
    side: int  # cells of the grid that the digit is placed in
    height: int  # of the box that it fits in
    width: int
    stretch: float  # how much more one side may be made larger than the other
    block: int  # cells of the grid a side of a pixel
    middle: float | None  # where the centre of mass comes to; None: the box is in the middle
    ink: float  # where cells are black or white: what counts as black


# Both were found in the sets themselves: MNIST's centres of mass lie within 14 and 15 pixels from
# the corner, 14.5 on average; the 8x8 digits are all 8 pixels high and nearly all 6 wide.
FORMS: dict[str, _Form] = {
    "mnist": _Form(28, height=20, width=20, stretch=1.0, block=1, middle=14.5, ink=0.0),
    "digits": _Form(32, height=32, width=22, stretch=1.6, block=4, middle=None, ink=64.0),
}


def trained_digits() -> Network:
    """The trained network for MNIST's digits: 784 pixels from 0 to 255 in, 10 probabilities out."""
    from importlib.resources import files

    data = files(__package__).joinpath("mnist.json").read_bytes()
    document = model_from_json(data, "mnist.json")
    stack, state = build_stack(document, source="mnist.json")
    return Network.of(stack, state, document.network.seed)


def prepare(ink: Array, kind: Kind = "mnist") -> Prepared | None:
    """The drawn digit centred and scaled as the set's own were; None for an empty pad.

    ink: u1 (h, w), 255 is ink and 0 paper. Raises ``InputError`` for anything else.
    """
    form = FORMS.get(kind)
    if form is None:
        raise InputError(f"a drawing can be made like {' or '.join(FORMS)}, found {kind!r}")
    _check(ink)
    rows = np.flatnonzero((ink >= FAINTEST).any(axis=1))
    columns = np.flatnonzero((ink >= FAINTEST).any(axis=0))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    digit = ink[top:bottom, left:right].astype(np.float64)
    tall, wide = _factors(bottom - top, right - left, form)
    down, across = _centre(digit)
    start = (
        _start(down * tall, (bottom - top) * tall, form),
        _start(across * wide, (right - left) * wide, form),
    )
    plain_factor = form.side / max(ink.shape)
    margins = [(form.side - pixels * plain_factor) / 2 for pixels in ink.shape]
    moved_down = start[0] + down * tall - margins[0] - (top + down) * plain_factor
    moved_across = start[1] + across * wide - margins[1] - (left + across) * plain_factor
    return Prepared(
        picture=_picture(digit, (tall, wide), start, form),
        plain=_picture(ink.astype(np.float64), (plain_factor,) * 2, (margins[0], margins[1]), form),
        shift=(moved_across / form.block, moved_down / form.block), scale=tall / plain_factor,
    )  # fmt: skip


def _check(ink: Array) -> None:
    if not isinstance(ink, np.ndarray) or ink.ndim != 2 or ink.dtype != np.uint8:
        found = f"{ink.dtype} {ink.shape}" if isinstance(ink, np.ndarray) else type(ink).__name__
        raise InputError(f"a drawing is a uint8 array (height, width), found {found}")
    if not 1 <= min(ink.shape) <= max(ink.shape) <= LARGEST:
        raise InputError(
            f"a drawing has 1 to {LARGEST} pixels a side, found {ink.shape[0]} x {ink.shape[1]}"
        )


def _centre(digit: Array) -> tuple[float, float]:
    """The centre of mass, down and right from the corner, in pixels."""
    total = digit.sum()
    down = (digit.sum(axis=1) * (np.arange(digit.shape[0]) + 0.5)).sum() / total
    across = (digit.sum(axis=0) * (np.arange(digit.shape[1]) + 0.5)).sum() / total
    return float(down), float(across)


def _factors(height: int, width: int, form: _Form) -> tuple[float, float]:
    """How much taller and wider the digit becomes to fit its box."""
    tall, wide = form.height / height, form.width / width
    return min(tall, wide * form.stretch), min(wide, tall * form.stretch)


def _start(centre: float, size: float, form: _Form) -> float:
    """Where the digit begins, in whole cells as in MNIST; it stays in the grid."""
    if form.middle is None:
        return (form.side - size) / 2
    return float(min(max(np.rint(form.middle - centre), 0), np.floor(form.side - size)))


def _shares(count: int, factor: float, start: float, side: int) -> Array:
    """(side, count): how much of a cell's length each pixel covers."""
    edges = start + factor * np.arange(count + 1)
    cells = np.arange(side)[:, None]
    overlap = np.minimum(edges[1:], cells + 1) - np.maximum(edges[:-1], cells)
    return np.asarray(np.maximum(overlap, 0.0))


def _picture(
    ink: Array, factors: tuple[float, float], start: tuple[float, float], form: _Form
) -> Array:
    """The ink made larger and laid from `start` on; a cell is the mean over its area."""
    down = _shares(ink.shape[0], factors[0], start[0], form.side)
    across = _shares(ink.shape[1], factors[1], start[1], form.side)
    cells = down @ ink @ across.T
    if form.block == 1:
        return np.asarray(np.rint(cells).clip(0, 255), dtype=np.uint8)
    side = form.side // form.block
    black = cells >= min(form.ink, cells.max() / 2)  # a hairline is ink as well
    blocks = black.reshape(side, form.block, side, form.block)
    return np.asarray(blocks.sum(axis=(1, 3)), dtype=np.uint8)
