"""Finding NaN and infinite values: which column holds how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.data.table import Table
from glassnet.errors import InputError


@dataclass(frozen=True)
class NonFinite:
    """A column with values that are no finite numbers: its name, how many, the first one's row."""

    column: str
    nan: int
    infinite: int
    first_row: int

    def __str__(self) -> str:
        counts = [
            f"{n} {what}" for n, what in ((self.nan, "NaN"), (self.infinite, "infinite")) if n
        ]
        return f"column {self.column!r}: {' and '.join(counts)} (first in sample {self.first_row})"


def find_nonfinite(X: Any, feature_names: Sequence[str] | None = None) -> list[NonFinite]:
    """Count NaN and infinite values in each column; the columns without any are left out.

    Parameters
    ----------
    X : (n, d) array, or a `Table`, whose text columns are passed over.
    feature_names : d names; None is the table's own, or x0 ….
    """
    if isinstance(X, Table):
        names = [name for name in X.names if X.is_numeric(name)]
        found = [_look(X[name], name) for name in names]
        return [column for column in found if column is not None]
    values = np.asarray(X)
    # The sum is finite where all values are, and costs no copy; large ones may overflow it.
    with np.errstate(over="ignore", invalid="ignore"):
        if values.dtype.kind != "f" or np.isfinite(values.sum(dtype=np.float64)):
            return []
    given = feature_names if feature_names is not None else []
    names = [*given, *(f"x{j}" for j in range(len(given), values.shape[1]))]
    found = [_look(values[:, j], names[j]) for j in range(values.shape[1])]
    return [column for column in found if column is not None]


def require_finite(X: Any, feature_names: Sequence[str] | None = None, place: str = "X") -> None:
    """Raise InputError, naming each column and how many, where a value is NaN or infinite."""
    found = find_nonfinite(X, feature_names)
    if not found:
        return
    more = f" and {len(found) - 3} more columns" if len(found) > 3 else ""
    raise InputError(
        f"{place} holds values that are no finite numbers: "
        f"{', '.join(str(column) for column in found[:3])}{more}; fill or remove them"
    )


def _look(values: Any, name: str) -> NonFinite | None:
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong) == 0:
        return None
    nan = int(np.isnan(values[wrong]).sum())
    return NonFinite(name, nan, len(wrong) - nan, int(wrong[0]))
