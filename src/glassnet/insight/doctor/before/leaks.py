"""Before training: validation samples that are training samples too.

Rows that are equal by chance are no leak: pictures of four black or white pixels must repeat. By
chance two rows agree with probability Π_j Σ_v p_jv² (each column's values drawn independently);
equal rows far beyond that were copied.
"""

from typing import Any

import numpy as np

from glassnet.engines.samples import dense_rows
from glassnet.insight.doctor.finding import FAULT, NOTE, Finding
from glassnet.nn.arrays import Array

KEY_COLUMNS = 8
MOST_VALIDATION = 2048
LEAST, SHARE = 3, 0.01
NATURAL = 0.05  # matches expected by chance for each validation row: from there on, no leak


def duplicates(X: Any, validation: Any) -> list[Finding]:
    """Rows of `validation` that are in X to the last digit."""
    if hasattr(X, "toarray") or hasattr(validation, "toarray") or not len(validation):
        return []
    count = len(validation)
    asked = np.arange(count)
    if count > MOST_VALIDATION:
        asked = np.linspace(0, count - 1, MOST_VALIDATION).astype(np.int64)
    theirs = dense_rows(validation, asked).reshape(len(asked), -1)
    columns = _telling_columns(theirs)
    if not len(columns):
        return []
    mine = _taken(X, columns)
    key, own = _keys(mine), _keys(theirs[:, columns])
    order = np.argsort(key, kind="stable")
    place = np.searchsorted(key[order], own)
    place = np.minimum(place, len(key) - 1)
    twin = order[place]
    same = np.flatnonzero(key[twin] == own)
    pairs = [(int(asked[i]), int(twin[i])) for i in same if _equal(X, twin[i], theirs[i])]
    share = len(pairs) / len(asked)
    if not pairs:
        return []
    chance = _chance(theirs) * len(mine)
    is_leak = len(pairs) >= LEAST and share >= SHARE and chance < NATURAL
    theirs_row, mine_row = pairs[0]
    return [
        Finding(
            rule="duplicates",
            level=FAULT if is_leak else NOTE,
            why="leak" if is_leak else "chance",
            seen=f"{len(pairs):,} of {len(asked):,} validation samples ({100 * share:.3g} %) are "
            f"training samples, to the last digit: validation row {theirs_row} is training row "
            f"{mine_row}",
            cause="samples were copied before the split, or the two parts overlap: the validation "
            "score is partly a training score"
            if is_leak
            else "few samples, or columns of so few values that rows agree by chance",
            test=f"by chance {chance:.2g} of the training rows would agree with a validation row; "
            "split first, then copy or augment: if the score falls, it was this",
            advice="leave the twins out: X, i = np.unique(X, axis=0, return_index=True), then split"
            if is_leak
            else "nothing, where repeats are natural; else np.unique(X, axis=0) before the split",
            numbers={"pairs": float(len(pairs)), "share": share, "chance": chance},
        )
    ]


def _telling_columns(x: Array) -> Array:
    """The columns with the most different values among some rows."""
    part = x[:: max(1, len(x) // 256)]
    different = np.array([len(np.unique(column)) for column in part.T])
    order = np.argsort(different)[::-1][:KEY_COLUMNS]
    return np.sort(order[different[order] > 1]) if (different > 1).any() else order[:1]


def _taken(X: Any, columns: Array) -> Array:
    flat = X.reshape(len(X), -1) if X.ndim > 2 else X
    return np.asarray(flat[:, columns])


def _keys(values: Array) -> Array:
    """A number for each row, the same for the same values: a sum in a fixed order."""
    numbers = values.astype(np.float32).astype(np.float64)
    weights = np.cos(1.0 + 2.399963 * np.arange(numbers.shape[1]))
    return np.asarray((numbers * weights).sum(axis=1))


def _equal(X: Any, row: int, values: Array) -> bool:
    mine = np.asarray(X[row]).reshape(-1).astype(np.float32)
    return bool(np.array_equal(mine, values.astype(np.float32)))


def _chance(x: Array) -> float:
    """Π_j Σ_v p_jv²: how likely two rows agree, were the columns independent; each sum from the
    pairs of rows that agree in the column, which knows no bias where few rows are looked at."""
    count, chance = len(x), 1.0
    if count < 2:
        return 0.0
    for column in x.T:
        _, counts = np.unique(column, return_counts=True)
        chance *= float((counts * (counts - 1)).sum()) / (count * (count - 1))
        if chance < 1e-30:
            return 0.0
    return chance
