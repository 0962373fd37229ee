"""The errors that glassnet raises: each message is one clear sentence for the person who reads it.

The command line prints `str(error)` as one line and exits with 2; a library's own traceback
never stands in for one of these.
"""

from typing import Any, Self


class GlassnetError(Exception):
    """What every error of glassnet is; catch this one to catch them all."""


class InputError(GlassnetError, ValueError):
    """Something handed in is not usable: a value, a shape, a name, a column, a file's content.

    The sentence names the place, the value found, the value expected and the next step.
    """


class FileError(GlassnetError, OSError):
    """A file could not be found, read, written or downloaded."""


class MissingExtraError(GlassnetError, ImportError):
    """A library that only some features need is not installed."""

    @classmethod
    def of(cls, feature: str, extra: str) -> Self:
        """The error whose sentence names `feature` and the pip command that installs `extra`.

        >>> print(MissingExtraError.of("reading Parquet files", "tables"))
        reading Parquet files needs an extra; install it with: pip install 'glassnet[tables]'
        """
        return cls(f"{feature} needs an extra; install it with: pip install 'glassnet[{extra}]'")


class NonFiniteLossError(GlassnetError, ArithmeticError):
    """The loss became infinite or NaN; the run ended before that step's update was applied.

    Attributes
    ----------
    step : the number of the step, counted from 0, or None where it is not known.
    layer : the name of the first layer with a non-finite value, or None.
    largest : the largest finite absolute value in that layer, or None.
    history : the run's `History` up to that step, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        step: int | None = None,
        layer: str | None = None,
        largest: float | None = None,
        history: Any = None,
    ) -> None:
        super().__init__(message)
        self.step = step
        self.layer = layer
        self.largest = largest
        self.history = history
