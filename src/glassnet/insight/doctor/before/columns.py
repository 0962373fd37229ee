"""Before training: what the columns are like. Sizes, units, whole numbers that wrap, and one column
that gives the answer away."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.insight.doctor.finding import FAULT, WARNING, Finding
from glassnet.nn.arrays import Array

LARGE = 10.0  # root mean square of all inputs
TINY = 0.003
UNITS = 100.0  # times: one column's spread over another's
RARE = 0.95  # of the rows have one value: such a column says nothing of its unit
ANSWER = 0.99  # of the rows are told by the column alone
SECOND = 0.02  # of the rows at least, and five times as many, the next best column gets wrong


@dataclass(frozen=True)
class Columns:
    """Some rows as the first trained layer gets them: x (n, d) float64; y (n,) class numbers or
    (n, k) numbers; names of the columns; whole: the samples' own dtype is a small integer."""

    x: Array
    y: Array | None
    names: Sequence[str] = ()
    dtype: np.dtype = np.dtype(np.float64)
    is_scaled: bool = False  # a Scale or a normalisation comes first
    are_classes: bool = True

    def name(self, column: int) -> str:
        """What a column is called."""
        return self.names[column] if column < len(self.names) else f"x{column}"


def examine_columns(columns: Columns) -> list[Finding]:
    """Everything that can be said of the columns."""
    if columns.x.size == 0:
        return []
    whole = whole_numbers(columns)
    sizes = [] if whole else unscaled(columns)
    return [*whole, *sizes, *answer_column(columns)]


def whole_numbers(columns: Columns) -> list[Finding]:
    """uint8 and its kin, not scaled by the network: X − mean wraps around in them."""
    kind, size = columns.dtype.kind, columns.dtype.itemsize
    largest = float(np.abs(columns.x).max())
    if kind not in "iu" or size > 2 or columns.is_scaled or largest <= LARGE:
        return []
    a, b = int(largest) // 2, int(largest) // 2 + 1
    wrapped = np.array([a]).astype(columns.dtype) - np.array([b]).astype(columns.dtype)
    return [
        Finding(
            rule="uint8-arithmetic",
            level=FAULT,
            why="whole-numbers",
            seen=f"X is {columns.dtype}, up to {largest:.0f}, and nothing scales it",
            cause=f"small whole numbers wrap around: in {columns.dtype}, {a} − {b} is "
            f"{int(wrapped[0])}; and inputs of {largest:.0f} make every first-layer gradient as "
            "large",
            test="X.dtype; after X.astype(float) the same subtraction gives −1",
            advice="X = X.astype(np.float32) / 255 before anything is computed with it",
            numbers={"largest": largest, "bytes": float(size)},
        )
    ]


def unscaled(columns: Columns) -> list[Finding]:
    """All columns far from 1, or columns in units of very different size."""
    x = columns.x
    # The median of the rows' sizes: one row of another kind does not make the others large.
    size = float(np.median(np.sqrt(np.mean(np.square(x), axis=1))))
    spread = x.std(axis=0)
    counted = np.flatnonzero((spread > 0) & ~_mostly_one_value(x))
    ratio, large, small = 1.0, 0, 0
    if len(counted) > 1:
        spreads = _robust_spread(x[:, counted])
        large, small = int(counted[spreads.argmax()]), int(counted[spreads.argmin()])
        ratio = float(spreads.max() / spreads.min())
    # An offset acts like a size: a year is 2,000 whatever its spread.
    offset = np.abs(x.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    far = int(np.argmax(np.where(spread > 0, np.abs(x).max(axis=0), 0)))
    numbers = {"rms": size, "ratio": ratio, "largest": float(np.abs(x).max())}
    scale = "standardise: Classifier and Regressor do it (scaling='standard'), or " + _recipe(x)
    # Bytes are pixels or counts, all in one unit: one that hardly varies lies at a picture's edge.
    are_bytes = columns.dtype.kind in "iu" and columns.dtype.itemsize == 1
    if ratio >= UNITS and size > 0 and not are_bytes:
        return [
            Finding(
                rule="unscaled-columns",
                level=FAULT if size > LARGE or ratio > 10 * UNITS else WARNING,
                why="units",
                seen=f"column {columns.name(large)!r} spreads {_times(ratio)} as much as "
                f"{columns.name(small)!r} ({spread[large]:.3g} and {spread[small]:.3g})",
                cause="columns in different units: the largest one decides every sum, and the "
                "learning rate that it stands is far too small for the others",
                test="standardise X: if the loss then falls at the same rate, it was this",
                advice=scale,
                numbers=numbers,
            )
        ]
    if size > LARGE:
        return [
            Finding(
                rule="unscaled-columns",
                level=FAULT if size > 3 * LARGE else WARNING,
                why="size",
                seen=f"the inputs have a root mean square of {size:.3g} and reach "
                f"{numbers['largest']:.4g}, in column {columns.name(far)!r}"
                + (f" (mean {offset[far]:.0f} × its spread)" if offset[far] > 10 else ""),
                cause="inputs far from 1: units saturate, and the gradient of the first layer is "
                "as many times larger",
                test="divide X by that number: if the loss then falls at the same rate, it was "
                "this",
                advice=scale,
                numbers=numbers,
            )
        ]
    if 0 < size < TINY:
        return [
            Finding(
                rule="unscaled-columns",
                level=WARNING,
                why="size",
                seen=f"the inputs have a root mean square of only {size:.3g}",
                cause="inputs far below 1: the first layer hardly notices them",
                test="divide X by that number: if the loss then falls, it was this",
                advice=scale,
                numbers=numbers,
            )
        ]
    return []


def answer_column(columns: Columns) -> list[Finding]:
    """One column that tells the target nearly without fault, where the others don't."""
    y = columns.y
    if y is None or len(columns.x) < 20 or columns.x.shape[1] < 2:
        return []
    if columns.are_classes:
        found = _answers_classes(columns.x, y)
    else:
        found = _answers_numbers(columns.x, y)
    if found is None:
        return []
    column, best, second = found
    how = "of the samples are told" if columns.are_classes else "of the target's variance is told"
    return [
        Finding(
            rule="answer-column",
            level=FAULT,
            why="leak",
            seen=f"column {columns.name(column)!r} alone: {100 * best:.1f} % {how} by it, by the "
            f"next best column {100 * second:.1f} %",
            cause="the column is the answer, or was made from it; it will not be there, or not "
            "be known, when new samples are to be predicted",
            test="leave the column out: if the score falls to that of the other columns, the "
            "score was the column's",
            advice=f"leave {columns.name(column)!r} out, or find out when its value is known",
            numbers={"column": float(column), "alone": best, "second": second},
        )
    ]


def _answers_classes(x: Array, y: Array) -> tuple[int, float, float] | None:
    """The column that alone tells nearly every class."""
    labels = np.unique(y, return_inverse=True)[1]
    classes = int(labels.max()) + 1
    if classes < 2 or classes > len(y) // 4:
        return None
    ratio = _variance_ratio(x, labels, classes)
    order = np.argsort(ratio)[::-1]
    best_column = int(order[0])
    best = _told_by(x[:, best_column], labels)
    if best < ANSWER:
        return None
    second = max((_told_by(x[:, int(c)], labels) for c in order[1:4]), default=0.0)
    largest = float(np.bincount(labels).max()) / len(labels)
    if x.shape[1] == 2 and not _is_code(x[:, best_column], labels):
        return None  # two columns of a made-up problem: one of them may well be enough
    # The others must do clearly worse; where they do as well, the problem is just easy.
    clearly = 1 - second >= max(SECOND, 5 * (1 - best))
    if not clearly and not _is_code(x[:, best_column], labels):
        return None
    if largest > 0.98:
        return None
    return best_column, best, second


def _answers_numbers(x: Array, y: Array) -> tuple[int, float, float] | None:
    """The column whose correlation with the only target is nearly 1."""
    target = y.reshape(len(y), -1)
    if target.shape[1] != 1 or target.std() == 0:
        return None
    t = (target[:, 0] - target.mean()) / target.std()
    spread = x.std(axis=0)
    z = (x - x.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    told = np.square(z.T @ t / len(t))
    order = np.argsort(told)[::-1]
    best, second = float(told[order[0]]), float(told[order[1]])
    exact = best > 1 - 1e-9
    if best < ANSWER or (second > 0.9 and not exact):
        return None
    if x.shape[1] < 4 and not exact:
        return None  # few columns of a made-up problem: one of them may well be nearly enough
    return int(order[0]), best, second


def _told_by(column: Array, labels: Array) -> float:
    """The share of rows whose class the column tells: each of few values by its most frequent
    class; else by cuts halfway between the classes' medians."""
    values, place = np.unique(column, return_inverse=True)
    classes = int(labels.max()) + 1
    if len(values) <= 2 * classes:
        table = np.zeros((len(values), classes))
        np.add.at(table, (place, labels), 1)
        return float(table.max(axis=1).sum() / len(column))
    medians = np.array([np.median(column[labels == k]) for k in range(classes)])
    order = np.argsort(medians)
    cuts = (medians[order][1:] + medians[order][:-1]) / 2
    return float(np.mean(order[np.searchsorted(cuts, column)] == labels))


def _is_code(column: Array, labels: Array) -> bool:
    """Whether the column is the label written in other numbers: a value for each class."""
    values, place = np.unique(column, return_inverse=True)
    classes = int(labels.max()) + 1
    if len(values) > 2 * classes:
        return False
    table = np.zeros((len(values), classes))
    np.add.at(table, (place, labels), 1)
    return bool((np.count_nonzero(table, axis=1) == 1).all())


def _variance_ratio(x: Array, labels: Array, classes: int) -> Array:
    """Each column's variance between the classes over that within them."""
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    one_hot = np.eye(classes)[labels]
    centred = x - x.mean(axis=0)
    means = one_hot.T @ centred / counts[:, None]
    between = counts @ np.square(means)
    total = np.square(centred).sum(axis=0)
    within = np.maximum(total - between, 1e-12 * np.maximum(total, 1e-300))
    return np.where(total > 0, between / within, 0.0)


def _mostly_one_value(x: Array) -> Array:
    """Columns of which nearly all rows have the same value, and columns of two values."""
    found = []
    for column in x.T:
        _, counts = np.unique(column, return_counts=True)
        found.append(counts.max() >= RARE * len(column) or len(counts) <= 2)
    return np.array(found)


def _robust_spread(x: Array) -> Array:
    """What the middle four fifths span; the standard deviation where that is nothing."""
    low, high = np.quantile(x, [0.1, 0.9], axis=0)
    deviation = x.std(axis=0)
    return np.asarray(np.where(high > low, (high - low) / 2.563, deviation))


def _recipe(x: Array) -> str:
    if x.shape[1] >= 16 and x.min() >= 0 and x.max() <= 255 and (x == np.round(x)).all():
        return f"X / {x.max():.0f}, or a first layer gn.Scale(0, 1 / {x.max():.0f})"
    return "a first layer gn.Scale(X.mean(0), 1 / X.std(0))"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.2g} ×"
