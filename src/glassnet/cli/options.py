"""Options that several commands share, and the kinds of values they take."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_UNITS |= {"K": 10**3, "M": 10**6, "G": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


class Size(click.ParamType[int]):
    """A number of bytes such as 500MB."""

    name = "size"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Bytes of '500MB', '1.5GB' or '1000000'."""
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*", str(value))
        if not found or found[2].upper() not in _UNITS:
            self.fail(f"{value!r} is not a size; write it as 500MB or 2GB", param, ctx)
        return int(float(found[1]) * _UNITS[found[2].upper()])


class Whole(click.ParamType[int]):
    """A whole number from `low` up."""

    name = "whole number"

    def __init__(self, low: int = 0) -> None:
        self.low = low

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """The number, exactly."""
        text = str(value).strip()
        if not re.fullmatch(r"[+-]?\d{1,20}", text) or int(text) < self.low:
            self.fail(f"{value!r} is not a whole number from {self.low} up", param, ctx)
        return int(text)


class NumberOr(click.ParamType[Any]):
    """A number, or one of a few words; whole numbers stay whole."""

    name = "number"

    def __init__(self, *words: str, low: float = 0.0, strict: bool = False) -> None:
        self.words, self.low, self.strict = words, low, strict
        self.name = "|".join(("number", *words))

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """An int, a float or one of the words."""
        text = str(value).strip()
        if text in self.words:
            return text
        try:
            number: int | float = int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
        except ValueError:
            words = "".join(f" or {word!r}" for word in self.words)
            self.fail(f"{value!r} is not a number{words}", param, ctx)
        beyond = number <= self.low if self.strict else number < self.low
        if beyond or number != number or number == float("inf"):
            least = "above" if self.strict else "at least"
            self.fail(f"{value} is not possible; give a number {least} {self.low:g}", param, ctx)
        return number


class Several(click.ParamType[Any]):
    """Values separated by commas, each of one kind, or one of a few words."""

    name = "list"

    def __init__(self, kind: Callable[[str], Any], what: str, *words: str) -> None:
        self.kind, self.what, self.words = kind, what, words
        self.name = what

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """A list of values, or the word."""
        text = str(value).strip()
        if text in self.words:
            return text
        try:
            return [self.kind(part.strip()) for part in text.split(",")]
        except ValueError:
            words = "".join(f" or {word!r}" for word in self.words)
            self.fail(f"{value!r} is not {self.what}{words}", param, ctx)


def numbers_or_one(values: Any) -> Any:
    """The only value of a list of one, else the list: one dropout for all layers, or one each."""
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def _add(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


debug_option = click.option(
    "--debug", is_flag=True, expose_value=False, help="Print the traceback of a fault."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print nothing but faults.")
size_option = click.option(
    "--max-size", type=Size(), metavar="SIZE", help="What a packed file may unpack to [1GB]."
)
table_options = _add(
    click.option("--target", metavar="COLUMN", help="The column to predict."),
    click.option(
        "--categorical",
        multiple=True,
        metavar="COLUMN",
        help="A column of labels, not of numbers; several: separated by commas.",
    ),
    size_option,
)
data_option = click.option(
    "--data", "-d", metavar="DATA", help="A file, a folder or a named set with the samples."
)
explicit_options = _add(json_option, quiet_option, debug_option)


class Sectioned(click.Command):
    """A command whose help shows its many options under headings."""

    sections: dict[str, tuple[str, ...]] = {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each section's options; those in none come last."""
        named = {name for names in self.sections.values() for name in names}
        params = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        rest = tuple(param.name or "" for param in params if param.name not in named)
        for title, names in (self.sections | {"Other": rest}).items():
            records = [param.get_help_record(ctx) for param in params if param.name in names]
            with formatter.section(title):
                formatter.write_dl([record for record in records if record], col_max=24)


def column_names(given: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of every --categorical, split at commas."""
    return tuple(name.strip() for names in given for name in names.split(",") if name.strip())
